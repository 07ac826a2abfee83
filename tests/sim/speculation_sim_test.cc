// Guesses on a real transformer: 500 runs with speculation and without, greedy and sampled, give
// the same tokens and text (decision 7). Random weights in a small shape go round in circles behind
// a prompt that repeats itself, so guesses come true and also fail. (Where log-probabilities are
// asked for, nothing is guessed.)
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/engine/local_engine.h"
#include "runtime/model/synth.h"
#include "runtime/model/transformer.h"
#include "tests/sim/sim_world.h"

namespace lmp::sim {
namespace {

using engine::EngineStats;
using engine::GenerateSpec;
using engine::SequenceSpec;

std::unique_ptr<engine::Engine> SpeculationEngine(const std::vector<std::byte>& bytes,
                                                  const Vocabulary& vocabulary, bool speculation) {
  const auto file = model::GgufFile::Parse(bytes);
  REQUIRE_MESSAGE(file.ok(), file.status().ToString());
  auto opened = model::OpenModel(*file, {.threads = 1});
  REQUIRE_MESSAGE(opened.ok(), opened.status().ToString());
  engine::EngineOptions options;
  options.kv_pages = 64;
  options.speculation = speculation;
  return engine::MakeLocalEngine(std::move(opened->model), vocabulary.tokenizer, vocabulary.trie,
                                 options)
      .value();
}

// A few tokens, again and again, the last time not to their end.
std::vector<TokenId> RepeatingPrompt(Rng& rng, const Vocabulary& vocabulary) {
  const auto count = static_cast<uint64_t>(vocabulary.tokenizer->vocabulary());
  std::vector<TokenId> pattern, tokens;
  for (uint64_t i = 4 + rng.Below(12); i > 0; --i) {
    pattern.push_back(static_cast<TokenId>(3 + rng.Below(count - 3)));
  }
  const size_t size = 2 * pattern.size() + rng.Below(2 * pattern.size());
  for (size_t i = 0; i < size; ++i) tokens.push_back(pattern[i % pattern.size()]);
  return tokens;
}

struct Shown {
  std::vector<TokenId> tokens;
  std::string text;
  bool operator==(const Shown&) const = default;
};

std::vector<Shown> Run(engine::Engine& engine, const std::vector<SequenceSpec>& specs) {
  std::vector<Shown> shown(specs.size());
  engine::SequenceId first = 0;
  for (size_t i = 0; i < specs.size(); ++i) {
    const auto id = engine.Start(specs[i]);
    REQUIRE_MESSAGE(id.ok(), id.status().ToString());
    if (i == 0) first = *id;
  }
  while (engine.HasWork()) {
    std::vector<engine::SequenceEvent> events;
    const Status status = engine.Step(&events);
    REQUIRE_MESSAGE(status.ok(), status.ToString());
    for (const engine::SequenceEvent& event : events) {
      const auto* finished = std::get_if<engine::FinishedEvent>(&event);
      if (finished == nullptr) continue;
      shown[finished->id - first] = {finished->tokens, finished->text};
    }
  }
  engine.ClearCache();
  return shown;
}

TEST_CASE("500 runs on a transformer, with guesses and without: the same tokens") {
  const Vocabulary vocabulary = MakeVocabulary();
  const model::TensorType formats[] = {model::TensorType::kBF16, model::TensorType::kQ8_0};
  uint64_t runs = 0;
  for (const bool greedy : {true, false}) {
    EngineStats with, without;
    for (const std::string architecture : {"llama", "qwen2"}) {
      for (const model::TensorType format : formats) {
        const text::TokenizerSpec tokenizer = DigestTokenizerSpec();
        const model::SynthShape shape = {.name = "speculation",
                                         .architecture = architecture,
                                         .layers = 2,
                                         .width = 64,
                                         .heads = 4,
                                         .kv_heads = 2,
                                         .head_dim = 16,
                                         .ffn_width = 64,
                                         .vocabulary = static_cast<int>(tokenizer.pieces.size()),
                                         .context = 256};
        const auto bytes =
            model::MakeSynthModel(shape, {.format = format, .seed = 5, .tokenizer = tokenizer})
                .value();
        const auto guessing = SpeculationEngine(bytes, vocabulary, true);
        const auto plain = SpeculationEngine(bytes, vocabulary, false);
        for (int seed = 0; seed < 63; ++seed, ++runs) {
          Rng rng(runs);
          std::vector<SequenceSpec> specs;
          for (uint64_t n = 1 + rng.Below(2); n > 0; --n) {
            GenerateSpec generate;
            generate.max_tokens = generate.min_tokens = 20 + static_cast<int>(rng.Below(60));
            if (!greedy) {
              generate.sampling = {.temperature = rng.Below(2) == 0 ? 0.2 : 1.0,
                                   .top_k = rng.Below(2) == 0 ? 2 : 0,
                                   .seed = rng.Below(1000)};
            }
            specs.push_back(
                {.tokens = RepeatingPrompt(rng, vocabulary), .work = std::move(generate)});
          }
          CAPTURE(greedy);
          CAPTURE(architecture);
          CAPTURE(seed);
          const std::vector<Shown> expected = Run(*plain, specs);
          REQUIRE(!expected[0].tokens.empty());
          REQUIRE(Run(*guessing, specs) == expected);
        }
        const auto add = [](EngineStats* sum, const EngineStats& one) {
          sum->steps += one.steps;
          sum->draft_rows += one.draft_rows;
          sum->draft_drawn += one.draft_drawn;
        };
        add(&with, guessing->stats());
        add(&without, plain->stats());
      }
    }
    MESSAGE(std::string(greedy ? "greedy: " : "sampled: ")
            << without.steps << " steps, with guesses " << with.steps << "; of " << with.draft_rows
            << " tokens guessed " << with.draft_drawn << " were drawn");
    CHECK(without.draft_rows == 0);
    CHECK(with.draft_drawn > 100);
    CHECK(with.draft_rows - with.draft_drawn > 100);
    CHECK(with.steps < without.steps);
  }
  CHECK(runs >= 500);
}

}  // namespace
}  // namespace lmp::sim
