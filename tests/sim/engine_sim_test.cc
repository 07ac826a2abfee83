// Cold = warm: random worlds on random engines give the oracle's outcomes, bit for bit.
#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "runtime/engine/local_engine.h"
#include "tests/sim/sim_world.h"

namespace lmp::sim {
namespace {

constexpr DigestModelOptions kModel = {.context_max = 400};

std::unique_ptr<engine::Engine> MakeEngine(const Vocabulary& vocabulary,
                                           const engine::EngineOptions& options) {
  return engine::MakeLocalEngine(MakeDigestModel(vocabulary.tokenizer->spec(), kModel),
                                 vocabulary.tokenizer, vocabulary.trie, options)
      .value();
}

TEST_CASE("200 seeds: any cache, pool, batch limit, chunk budget, preemption, cancels") {
  const Vocabulary vocabulary = MakeVocabulary();
  Oracle oracle(MakeDigestModel(vocabulary.tokenizer->spec(), kModel), vocabulary.tokenizer);
  const WorldOptions world_options;
  // LMP_SIM_SEED=n runs one seed, LMP_SIM_SEEDS=n that many.
  const char* one = std::getenv("LMP_SIM_SEED");
  const char* many = std::getenv("LMP_SIM_SEEDS");
  const uint64_t begin = one != nullptr ? std::strtoull(one, nullptr, 10) : 0;
  const uint64_t count = one != nullptr ? 1 : many != nullptr ? std::strtoull(many, nullptr, 10) : 200;
  for (uint64_t seed = begin; seed < begin + count; ++seed) {
    const World world = MakeWorld(seed, vocabulary, world_options, oracle);
    Rng rng(seed ^ 0x656e67696e65);
    for (int play = 0; play < 3; ++play) {
      const engine::EngineOptions options = RandomEngineOptions(rng, world_options);
      const auto engine = MakeEngine(vocabulary, options);
      PlayOptions play_options;
      play_options.arrival_steps = rng.Below(2) == 0 ? 1 : 100;
      play_options.cancel_share = rng.Below(2) == 0 ? 0 : 0.2;
      const std::string error = PlayWorld(world, *engine, seed + static_cast<uint64_t>(play), play_options);
      CAPTURE(seed);
      CAPTURE(play);
      REQUIRE_MESSAGE(error.empty(), ToString(options) << "\n  " << error);
    }
  }
}

}  // namespace
}  // namespace lmp::sim
