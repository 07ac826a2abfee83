#include "tests/sim/exec_world.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <utility>

#include "tests/support/ir_random.h"

namespace lmp::sim {

namespace {

std::string EndOf(const ObservedRun& run) {
  const exec::RunResult& r = run.outcome.result;
  if (r.ok) return "value " + ir::ToJsonText(r.value);
  return "failure " + r.failure.kind + " at " + r.failure.site + ": " + r.failure.message;
}

bool Agree(const std::string& a, const std::string& b) {
  const size_t n = std::min(a.size(), b.size());
  return a.compare(0, n, b, 0, n) == 0;
}

std::string FirstOther(const std::vector<std::string>& from, const std::vector<std::string>& in) {
  for (const std::string& s : from) {
    if (!std::binary_search(in.begin(), in.end(), s)) return s;
  }
  return "another count";
}

// The same question has one answer, whoever asks it.
std::string Contradiction(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::map<std::string, std::string> known;
  for (const auto* answers : {&a, &b}) {
    for (const std::string& text : *answers) {
      const size_t cut = text.find(" -> ");
      const auto [at, is_new] = known.emplace(text.substr(0, cut), text.substr(cut));
      if (!is_new && at->second != text.substr(cut))
        return at->first + at->second + "\nbut" + text.substr(cut);
    }
  }
  return "";
}

bool Skips(const ir::Program& program) {
  for (const ir::Graph& graph : program.functions) {
    for (const ir::Op& op : graph.ops) {
      if (op.attributes.on_error == "skip" || op.kind == ir::OpKind::kTry) return true;
    }
  }
  return false;
}

}  // namespace

std::string Difference(const ObservedRun& reference, const ObservedRun& other) {
  if (EndOf(reference) != EndOf(other)) return EndOf(reference) + "\nbut " + EndOf(other);
  const std::string& emitted = reference.outcome.emitted;
  if (!reference.outcome.result.ok) {
    if (!Agree(emitted, other.outcome.emitted))
      return "emitted " + emitted + "\nbut " + other.outcome.emitted;
    return "";
  }
  if (emitted != other.outcome.emitted)
    return "emitted " + emitted + "\nbut " + other.outcome.emitted;
  if (const std::string error = Contradiction(reference.answers, other.answers); !error.empty())
    return error;
  if (reference.skips) return "";
  if (reference.answers != other.answers) {
    return "answer " + FirstOther(reference.answers, other.answers) + "\nbut " +
           FirstOther(other.answers, reference.answers);
  }
  const exec::RunStats& a = reference.outcome.result.stats;
  const exec::RunStats& b = other.outcome.result.stats;
  if (a.generated_tokens != b.generated_tokens || a.prompt_tokens != b.prompt_tokens) {
    return "prompt and generated tokens " + std::to_string(a.prompt_tokens) + " " +
           std::to_string(a.generated_tokens) + "\nbut " + std::to_string(b.prompt_tokens) + " " +
           std::to_string(b.generated_tokens);
  }
  return "";
}

std::vector<ProgramCase> MakeCases(uint64_t seed, const CaseOptions& options,
                                   const EngineMaker& maker, std::string* error) {
  ir::RandomProgramOptions random;
  random.stops = true;
  random.gen_tokens_max = options.gen_tokens_max;
  random.statements_max = options.statements_max;
  const ir::Program program = ir::RandomProgram(seed, random);

  engine::EngineOptions alone;
  alone.prefix_cache = false;
  alone.same_step_sharing = false;
  alone.sequences_max = 1;
  std::vector<ProgramCase> cases;
  for (const bool with_passes : {false, true}) {
    ProgramCase& made = cases.emplace_back();
    made.seed = seed;
    made.plan = testing::BindProgram(program, with_passes);
    made.arguments = ir::RandomArguments(seed, random);
    ExecWorld world(maker, alone);
    made.reference = world.Run(made);
    made.reference.skips = Skips(program);
    made.longest = world.log().longest();
  }
  const ObservedRun& plain = cases[0].reference;
  const ObservedRun& passed = cases[1].reference;
  // What nobody reads need not fail, and need not be generated.
  if (!plain.outcome.result.ok) return cases;
  const bool compare_answers = !plain.skips;
  if (EndOf(plain) != EndOf(passed)) {
    *error = "without passes " + EndOf(plain) + "\nwith passes " + EndOf(passed);
  } else if (plain.outcome.emitted != passed.outcome.emitted) {
    *error = "without passes emitted " + plain.outcome.emitted + "\nwith passes " +
             passed.outcome.emitted;
  } else if (compare_answers && !std::includes(plain.answers.begin(), plain.answers.end(),
                                               passed.answers.begin(), passed.answers.end())) {
    *error = "only with passes: " + FirstOther(passed.answers, plain.answers);
  }
  return cases;
}

ExecWorld::ExecWorld(const EngineMaker& maker, const engine::EngineOptions& options)
    : log_(std::make_shared<testing::EngineLog>()),
      loop_(std::make_unique<exec::Loop>(testing::Record(maker(options), log_))) {}

ExecWorld::Submitted ExecWorld::Submit(const ProgramCase& program) {
  auto sink = std::make_shared<testing::CollectingSink>();
  exec::Request request;
  request.plan = program.plan;
  request.function = "main";
  request.arguments = program.arguments;
  request.seed = program.seed;
  request.explain = true;
  request.sink = sink;
  return {loop_->Submit(std::move(request)).value(), std::move(sink)};
}

ObservedRun ExecWorld::Wait(const Submitted& submitted) {
  ObservedRun out;
  out.outcome = submitted.sink->Wait();
  out.answers = log_->AnswersOf(submitted.id);
  out.most_at_once = log_->most_at_once(submitted.id);
  return out;
}

std::string ExecWorld::SettledError() {
  std::string error;
  // Cancelled sequences leave the engine at its next step.
  for (int attempt = 0; attempt < 200; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const engine::EngineStats s = stats();
    error.clear();
    if (s.pages_private != 0)
      error += std::to_string(s.pages_private) + " pages are still private; ";
    if (s.pages_free + s.pages_tree != s.pages_total) {
      error += std::to_string(s.pages_free) + " free + " + std::to_string(s.pages_tree) +
               " in the tree of " + std::to_string(s.pages_total) + " pages; ";
    }
    if (log_->live_retained() != 0)
      error += std::to_string(log_->live_retained()) + " handles are still held";
    if (error.empty()) break;
  }
  if (loop_->poisoned()) error += " the loop is poisoned";
  return error;
}

uint32_t TinyPool(int longest) { return static_cast<uint32_t>(longest / kPageTokens) + 2; }

}  // namespace lmp::sim
