// Cold = warm for whole programs: 200 random programs on the digest model, through the real loop
// and engine, in every way the engine may run them, against a run of each alone without a cache.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/exec/bind/prompt_bounds.h"
#include "tests/sim/exec_world.h"
#include "tests/support/ir_random.h"
#include "tests/support/sanitized.h"

namespace lmp::sim {
namespace {

constexpr uint64_t kSeeds = testing::kSanitized ? 80 : 200;

std::unique_ptr<engine::Engine> Digest(const engine::EngineOptions& options) {
  return testing::MakeDigestEngine(options);
}

std::vector<ProgramCase> AllCases() {
  std::vector<ProgramCase> cases;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::string error;
    for (ProgramCase& made : MakeCases(seed, {}, Digest, &error)) cases.push_back(std::move(made));
    CAPTURE(seed);
    REQUIRE_MESSAGE(error.empty(), error);
  }
  return cases;
}

struct Setting {
  const char* name;
  engine::EngineOptions options;
  bool tiny = false;
};

std::vector<Setting> Settings() {
  std::vector<Setting> out;
  out.push_back({"plain", {}, false});
  out.push_back({"one at a time", {.sequences_max = 1}, false});
  out.push_back({"chunks of 16", {.step_tokens_max = 16}, false});
  out.push_back({"tiny pool", {.sequences_max = 64}, true});
  out.push_back(
      {"tiny pool, chunks of 16, preempted", {.step_tokens_max = 16, .preempt_every = 3}, true});
  out.push_back({"preempted", {.preempt_every = 3}, false});
  out.push_back({"no cache, batched", {.prefix_cache = false}, false});
  out.push_back({"no sharing in a step", {.same_step_sharing = false}, false});
  return out;
}

struct Happened {
  int bounded = 0;  // runs whose prompts are
  int64_t asked = 0, allowed = 0;
  int tight = 0, most_at_once = 0;  // bounds of contexts that were reached
  uint64_t preemptions = 0, evicted = 0, cached = 0, cancelled = 0, failed = 0;
  void Add(const engine::EngineStats& stats) {
    preemptions += stats.preemptions;
    evicted += stats.pages_evicted;
    cached += stats.cached_tokens;
  }
};

// What was bound before the run holds for it.
void CheckBounds(const ProgramCase& program, const ObservedRun& run, Happened* happened) {
  const ir::Bounds& bounds = program.plan->plan->Find("main")->bounds;
  const ir::Graph& main = *program.plan->plan->program->Find("main");
  const auto contexts = ir::MostOf(bounds.contexts, main, program.arguments);
  if (contexts) CHECK(run.most_at_once <= *contexts);
  const exec::PromptBounds prompts = exec::BoundPrompts(
      *program.plan)[static_cast<size_t>(&main - &program.plan->plan->program->functions[0])];
  // An option of a select is a call of its own, behind one prompt.
  int64_t asked = 0, longest = 0;
  std::set<std::vector<size_t>> seen;
  for (const exec::CallReport& call : run.outcome.result.calls) {
    if (call.kind != "gen" && call.kind != "select") continue;
    std::vector<size_t> place = call.order;
    place.pop_back();
    if (!seen.insert(place).second) continue;
    int64_t prompt = 0;
    for (const exec::SegmentReport& segment : call.segments) prompt += segment.tokens;
    asked += prompt;
    longest = std::max(longest, prompt + (call.kind == "gen" ? call.usage.generated_tokens : 0));
  }
  const auto most = ir::MostOf(prompts.prompts, main, program.arguments);
  if (most) CHECK(asked <= *most);
  const auto longest_most = ir::MostOf(prompts.longest, main, program.arguments);
  if (longest_most) CHECK(longest <= *longest_most);
  CHECK(prompts.reason.empty() == (prompts.prompts.known() && prompts.longest.known()));
  happened->bounded += most ? 1 : 0;
  if (most) {
    happened->asked += asked;
    happened->allowed += *most;
  }
  happened->tight += contexts && run.most_at_once == *contexts ? 1 : 0;
  happened->most_at_once = std::max(happened->most_at_once, run.most_at_once);
}

void CheckSettings(const ProgramCase& program, Happened* happened) {
  for (Setting setting : Settings()) {
    if (setting.tiny) setting.options.kv_pages = TinyPool(program.longest);
    ExecWorld world(Digest, setting.options);
    for (const char* turn : {"cold", "warm"}) {
      const ObservedRun run = world.Run(program);
      const std::string error = Difference(program.reference, run);
      CAPTURE(std::string(turn));
      CAPTURE(std::string(setting.name));
      REQUIRE_MESSAGE(error.empty(), error);
      CheckBounds(program, run, happened);
    }
    const std::string error = world.SettledError();
    CAPTURE(std::string(setting.name));
    REQUIRE_MESSAGE(error.empty(), error);
    happened->Add(world.stats());
  }
}

// Programs [begin, begin + count) at once on one engine, each twice; some are cancelled, and the
// cache is cleared now and then.
void CheckTogether(const std::vector<ProgramCase>& cases, size_t begin, size_t count, uint64_t seed,
                   Happened* happened) {
  Rng rng(seed);
  engine::EngineOptions options;
  options.sequences_max = std::vector<int>{1, 4, 64}[rng.Below(3)];
  options.step_tokens_max = rng.Below(2) == 0 ? 16 : 512;
  options.preempt_every = rng.Below(2) == 0 ? 3 : 0;
  int longest = 0;
  for (size_t i = begin; i < begin + count; ++i) longest = std::max(longest, cases[i].longest);
  if (rng.Below(3) != 0) options.kv_pages = TinyPool(longest);
  ExecWorld world(Digest, options);
  struct Running {
    const ProgramCase* program;
    ExecWorld::Submitted submitted;
    bool cancelled;
  };
  std::vector<Running> running;
  for (size_t i = 0; i < 2 * count; ++i) {
    const ProgramCase& program = cases[begin + i / 2];
    running.push_back({&program, world.Submit(program), false});
    if (rng.Below(3) == 0) {
      Running& victim = running[rng.Below(running.size())];
      victim.cancelled = true;
      for (uint64_t spin = rng.Below(4); spin > 0; --spin) world.stats();  // some ticks later
      world.loop().Cancel(victim.submitted.id);
    }
    if (rng.Below(8) == 0) world.loop().ClearCache();
  }
  for (const Running& r : running) {
    const ObservedRun got = world.Wait(r.submitted);
    CAPTURE(r.program->seed);
    if (r.cancelled && !got.outcome.result.ok && got.outcome.result.failure.kind == "cancelled") {
      ++happened->cancelled;
      continue;
    }
    happened->failed += got.outcome.result.ok ? 0 : 1;
    const std::string error = Difference(r.program->reference, got);
    REQUIRE_MESSAGE(error.empty(), error);
  }
  const std::string error = world.SettledError();
  REQUIRE_MESSAGE(error.empty(), error);
  happened->Add(world.stats());
}

TEST_CASE("200 random programs: cold = warm, alone or together, whatever the engine does") {
  const std::vector<ProgramCase> cases = AllCases();
  size_t ok = 0, answers = 0, failed = 0;
  for (const ProgramCase& c : cases) {
    (c.reference.outcome.result.ok ? ok : failed) += 1;
    answers += c.reference.answers.size();
  }
  Happened alone;
  for (const ProgramCase& program : cases) {
    CAPTURE(program.seed);
    CheckSettings(program, &alone);
  }
  Happened together;
  constexpr size_t kGroup = 10;
  for (size_t begin = 0; begin + kGroup <= cases.size(); begin += kGroup) {
    CAPTURE(begin);
    CheckTogether(cases, begin, kGroup, begin + 1, &together);
  }
  MESSAGE("programs ok " << ok << ", failing " << failed << ", answers " << answers
                         << "; alone: preemptions " << alone.preemptions << ", evicted pages "
                         << alone.evicted << ", cached tokens " << alone.cached
                         << "; together: preemptions " << together.preemptions << ", evicted pages "
                         << together.evicted << ", cached tokens " << together.cached
                         << ", cancelled " << together.cancelled << ", failed " << together.failed);
  // Everything that could break the promise has happened, often.
  CHECK(ok > kSeeds * 3 / 2);
  CHECK(failed > 0);
  CHECK(answers > 5 * kSeeds);
  for (const Happened& happened : {alone, together}) {
    CHECK(happened.preemptions > 100);
    CHECK(happened.evicted > 100);
    CHECK(happened.cached > 10'000);
  }
  CHECK(together.cancelled > 10);
  MESSAGE("bounds: of contexts reached " << alone.tight << " times, at most " << alone.most_at_once
                                         << "; prompts bounded " << alone.bounded << " times, "
                                         << alone.asked << " tokens of " << alone.allowed);
  CHECK(alone.tight > 10);
}

}  // namespace
}  // namespace lmp::sim
