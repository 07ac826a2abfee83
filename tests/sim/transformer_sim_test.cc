// Cold = warm on a real transformer: the same worlds, the same bits of log-probabilities and the
// same tokens, whatever the engine shared, cut, evicted or preempted. The oracle computes every
// token's logits from the whole prompt in one step.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "runtime/engine/local_engine.h"
#include "runtime/model/synth.h"
#include "runtime/model/transformer.h"
#include "tests/sim/sim_world.h"

namespace lmp::sim {
namespace {

std::unique_ptr<model::Model> OpenSynth(const std::vector<std::byte>& bytes, int threads) {
  const auto file = model::GgufFile::Parse(bytes);
  REQUIRE_MESSAGE(file.ok(), file.status().ToString());
  auto opened = model::OpenModel(*file, {.threads = threads});
  REQUIRE_MESSAGE(opened.ok(), opened.status().ToString());
  return std::move(opened->model);
}

std::vector<std::byte> SynthBytes(const std::string& architecture) {
  const text::TokenizerSpec tokenizer = DigestTokenizerSpec();
  const model::SynthShape shape = {.name = "sim",
                                   .architecture = architecture,
                                   .layers = 2,
                                   .width = 48,
                                   .heads = 6,
                                   .kv_heads = 2,
                                   .head_dim = 8,
                                   .ffn_width = 64,
                                   .vocabulary = static_cast<int>(tokenizer.pieces.size()),
                                   .context = 512};
  return model::MakeSynthModel(shape, {.seed = 3, .tokenizer = tokenizer}).value();
}

TEST_CASE("20 seeds on a transformer: cold = warm, bit for bit") {
  const Vocabulary vocabulary = MakeVocabulary();
  // Shapes of a page, of a 256-token attention split, and short ones.
  const WorldOptions worlds[] = {
      {.sequences = 20, .prompt_max = 60, .generate_max = 12},
      {.sequences = 8, .prompt_max = 280, .generate_max = 8},
  };
  uint64_t cached = 0;
  uint64_t preemptions = 0;
  for (const std::string architecture : {"llama", "qwen2"}) {
    const std::vector<std::byte> bytes = SynthBytes(architecture);
    Oracle oracle(OpenSynth(bytes, 1), vocabulary.tokenizer);
    for (uint64_t seed = 0; seed < 10; ++seed) {
      const WorldOptions& options = worlds[seed % 2];
      const World world = MakeWorld(seed, vocabulary, options, oracle);
      Rng rng(seed + 77);
      for (int play = 0; play < 5; ++play) {
        const engine::EngineOptions engine_options = RandomEngineOptions(rng, options);
        const auto engine =
            engine::MakeLocalEngine(OpenSynth(bytes, 1 + play % 2), vocabulary.tokenizer,
                                    vocabulary.trie, engine_options)
                .value();
        const std::string error =
            PlayWorld(world, *engine, seed, {.arrival_steps = 20, .cancel_share = 0.1});
        CAPTURE(architecture);
        CAPTURE(seed);
        REQUIRE_MESSAGE(error.empty(), ToString(engine_options) << "\n  " << error);
        cached += engine->stats().cached_tokens;
        preemptions += engine->stats().preemptions;
      }
    }
  }
  CHECK(cached > 5'000);
  CHECK(preemptions > 50);
}

}  // namespace
}  // namespace lmp::sim
