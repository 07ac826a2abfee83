// Cold = warm: random worlds on random engines give the oracle's outcomes, bit for bit.
#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "tests/sim/sim_engine.h"
#include "tests/sim/sim_world.h"

namespace lmp::sim {
namespace {

constexpr DigestModelOptions kModel = {.context_max = 400};

// The worlds are worth playing: everything that can happen does, often.
struct Coverage {
  engine::EngineStats sum;
  std::map<engine::EndReason, int> ends;
  std::map<engine::FailureKind, int> failures;

  void Add(const engine::EngineStats& stats) {
    sum.rows += stats.rows;
    sum.cached_tokens += stats.cached_tokens;
    sum.generated_tokens += stats.generated_tokens;
    sum.forced_tokens += stats.forced_tokens;
    sum.preemptions += stats.preemptions;
    sum.pages_evicted += stats.pages_evicted;
  }
  void Add(const Outcome& outcome) {
    if (outcome.reason.has_value()) ++ends[*outcome.reason];
    if (outcome.failure.has_value()) ++failures[*outcome.failure];
  }
  void Check() {
    CHECK(sum.cached_tokens > 100'000);
    CHECK(sum.forced_tokens > 1'000);
    CHECK(sum.preemptions > 1'000);
    CHECK(sum.pages_evicted > 10'000);
    using engine::EndReason;
    for (const EndReason reason :
         {EndReason::kEndToken, EndReason::kStop, EndReason::kComplete, EndReason::kLength}) {
      CHECK(ends[reason] > 100);
    }
    CHECK(failures[engine::FailureKind::kLimit] > 20);
  }
};

TEST_CASE("200 seeds: any cache, pool, batch limit, chunk budget, preemption, cancels") {
  const Vocabulary vocabulary = MakeVocabulary();
  Oracle oracle(MakeDigestModel(vocabulary.tokenizer->spec(), kModel), vocabulary.tokenizer);
  const WorldOptions world_options;
  Coverage coverage;
  // LMP_SIM_SEED=n runs one seed, LMP_SIM_SEEDS=n that many.
  const char* one = std::getenv("LMP_SIM_SEED");
  const char* many = std::getenv("LMP_SIM_SEEDS");
  const uint64_t begin = one != nullptr ? std::strtoull(one, nullptr, 10) : 0;
  const uint64_t count = one != nullptr    ? 1
                         : many != nullptr ? std::strtoull(many, nullptr, 10)
                                           : 200;
  for (uint64_t seed = begin; seed < begin + count; ++seed) {
    const World world = MakeWorld(seed, vocabulary, world_options, oracle);
    Rng rng(seed ^ 0x656e67696e65);
    for (int play = 0; play < 3; ++play) {
      const engine::EngineOptions options = RandomEngineOptions(rng, world_options);
      const auto engine = MakeDigestEngine(vocabulary, options, kModel);
      PlayOptions play_options;
      play_options.arrival_steps = rng.Below(2) == 0 ? 1 : 100;
      play_options.cancel_share = rng.Below(2) == 0 ? 0 : 0.2;
      const std::string error =
          PlayWorld(world, *engine, seed + static_cast<uint64_t>(play), play_options);
      coverage.Add(engine->stats());
      CAPTURE(seed);
      CAPTURE(play);
      REQUIRE_MESSAGE(error.empty(), ToString(options) << "\n  " << error);
    }
    for (const Outcome& outcome : world.outcomes) coverage.Add(outcome);
  }
  if (count >= 200) coverage.Check();
}

// What is guessed ahead is drawn, partly drawn or not, and never seen in what comes out.
TEST_CASE("500 seeds: few sequences of a model that repeats itself, so that guesses come true") {
  DigestModelOptions repeats = kModel;
  repeats.repeats = true;
  const Vocabulary vocabulary = MakeVocabulary();
  Oracle oracle(MakeDigestModel(vocabulary.tokenizer->spec(), repeats), vocabulary.tokenizer);
  const WorldOptions world_options = {.sequences = 3, .prompt_max = 120, .generate_max = 80};
  uint64_t rows = 0, drawn = 0;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    const World world = MakeWorld(seed, vocabulary, world_options, oracle);
    Rng rng(seed ^ 0x6472616674);
    engine::EngineOptions options = RandomEngineOptions(rng, world_options);
    options.speculation = true;
    const auto engine = MakeDigestEngine(vocabulary, options, repeats);
    const std::string error = PlayWorld(world, *engine, seed, {.arrival_steps = 200});
    CAPTURE(seed);
    REQUIRE_MESSAGE(error.empty(), ToString(options) << "\n  " << error);
    rows += engine->stats().draft_rows;
    drawn += engine->stats().draft_drawn;
  }
  CHECK(rows > 2'000);
  CHECK(drawn > 1'000);
  CHECK(rows - drawn > 100);
}

}  // namespace
}  // namespace lmp::sim
