// Shorthands of the chunk reuse tests: a small random transformer, engines on it with a shared
// chunk store, prompts of a system prefix, chunks and a question.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cache/chunk_memory_store.h"
#include "runtime/engine/chunk_reuse.h"
#include "runtime/engine/local_engine.h"
#include "runtime/engine/reuse_risks.h"
#include "runtime/model/synth.h"
#include "runtime/model/transformer.h"
#include "tests/sim/sim_engine.h"
#include "tests/sim/tap_model.h"

namespace lmp::sim {

using engine::ReusePolicy;
using Tokens = std::vector<TokenId>;

inline std::string ReusePolicyName(const ReusePolicy& policy) {
  return engine::ReusePolicyText(policy);
}

class ReuseWorld {
 public:
  explicit ReuseWorld(const std::string& architecture = "llama", int layers = 4,
                      KvType type = KvType::kBf16)
      : vocabulary_(MakeVocabulary()), type_(type) {
    const text::TokenizerSpec tokenizer = DigestTokenizerSpec();
    const model::SynthShape shape = {.name = "reuse",
                                     .architecture = architecture,
                                     .layers = layers,
                                     .width = 48,
                                     .heads = 6,
                                     .kv_heads = 2,
                                     .head_dim = 8,
                                     .ffn_width = 64,
                                     .vocabulary = static_cast<int>(tokenizer.pieces.size()),
                                     .context = 1024};
    bytes_ = model::MakeSynthModel(shape, {.seed = 3, .tokenizer = tokenizer}).value();
  }

  const Vocabulary& vocabulary() const { return vocabulary_; }
  Tokens Random(uint64_t seed, int count) const {
    Rng rng(seed);
    return RandomTokens(rng, vocabulary_, count);
  }

  std::unique_ptr<model::Model> Open() const {
    const auto file = model::GgufFile::Parse(bytes_);
    REQUIRE(file.ok());
    return std::move(model::OpenModel(*file, {.threads = 1, .kv = type_}).value().model);
  }
  std::shared_ptr<cache::ChunkStore> Store(size_t bytes_max = 64u << 20) const {
    const auto identity = engine::MakeChunkIdentity(*Open(), "weights", "tokenizer");
    return cache::OpenMemoryChunkStore(identity, {.bytes_max = bytes_max}).value();
  }
  std::unique_ptr<engine::Engine> Engine(std::shared_ptr<cache::ChunkStore> store,
                                         engine::EngineOptions options = {},
                                         Tap* tap = nullptr) const {
    options.chunk_store = std::move(store);
    std::unique_ptr<model::Model> model = Open();
    if (tap != nullptr) model = std::make_unique<TapModel>(std::move(model), tap);
    return engine::MakeLocalEngine(std::move(model), vocabulary_.tokenizer, vocabulary_.trie,
                                   options)
        .value();
  }

 private:
  Vocabulary vocabulary_;
  KvType type_;
  std::vector<std::byte> bytes_;
};

// A prompt in the making.
struct Prompt {
  engine::SequenceSpec spec;

  Prompt& Text(const Tokens& tokens) {
    spec.tokens.insert(spec.tokens.end(), tokens.begin(), tokens.end());
    return *this;
  }
  // Everything so far is the compile context.
  Prompt& Context() {
    spec.context_tokens = static_cast<int>(spec.tokens.size());
    return *this;
  }
  Prompt& Chunk(const Tokens& tokens, const ReusePolicy& policy) {
    const int begin = static_cast<int>(spec.tokens.size());
    Text(tokens);
    spec.chunks.push_back({begin, static_cast<int>(spec.tokens.size()), policy});
    return *this;
  }
  engine::SequenceSpec Generate(int count = 1) {
    spec.work = engine::GenerateSpec{.max_tokens = count};
    return spec;
  }
};

inline engine::FinishedEvent RunOne(engine::Engine& engine, engine::SequenceSpec spec) {
  const auto id = engine.Start(std::move(spec));
  REQUIRE_MESSAGE(id.ok(), id.status().ToString());
  Ends ends;
  const Status status = RunToEnd(engine, &ends);
  REQUIRE_MESSAGE(status.ok(), status.ToString());
  REQUIRE(ends.finished.contains(*id));
  return std::move(ends.finished.at(*id));
}

inline engine::SequenceSpec Compile(const Tokens& context, const Tokens& chunk) {
  engine::SequenceSpec spec;
  spec.tokens = Join(context, chunk);
  spec.work =
      engine::CompileSpec{.context_tokens = static_cast<int>(context.size()), .document = {}};
  return spec;
}

}  // namespace lmp::sim
