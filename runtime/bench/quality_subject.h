// QualitySubject: a model that answers questions over passages under one reuse policy after the
// other, and what can be seen of it. Prompts are made as a program makes them (exec::ContextMaker),
// so that seams, labels and compile contexts are those of `insert`.
//
// One thread. Every answer starts from an empty prefix cache.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cache/chunk_store.h"
#include "runtime/bench/bench.h"
#include "runtime/bench/model_tap.h"
#include "runtime/bench/quality_tasks.h"
#include "runtime/bench/released_blend.h"
#include "runtime/engine/engine.h"
#include "runtime/text/chat_format.h"

namespace lmp::bench {

inline constexpr int kAnswerTokensMax = 48;

struct QualityAnswer {
  std::string text;
  std::vector<TokenId> tokens;
  bool ended = false;
  std::vector<float> logits;  // [tokens + 1][vocabulary]
  engine::SequenceUsage usage;
  double charged = 1;  // of the passages' rows, over all layers
};

class QualitySubject {
 public:
  // Errors: those of loading the model; Unsupported without SHA-256.
  static Result<std::unique_ptr<QualitySubject>> Open(const BenchOptions& options);

  // The chat up to the answer. Passages are inserted under `policy`, or with null part of the
  // message's text, tokenised as a whole.
  engine::SequenceSpec Prompt(const QualityTask& task, const engine::ReusePolicy* policy) const;
  // Stores the passages of a prompt.
  Status Store(const engine::SequenceSpec& prompt);
  // A greedy answer.
  Result<QualityAnswer> Answer(const engine::SequenceSpec& prompt);
  Result<QualityAnswer> AnswerReleased(const engine::SequenceSpec& prompt, double ratio);
  // Logits along `continuation`, [continuation + 1][vocabulary].
  Result<std::vector<float>> Force(const engine::SequenceSpec& prompt,
                                   const std::vector<TokenId>& continuation);
  Result<std::vector<float>> ForceReleased(const engine::SequenceSpec& prompt, double ratio,
                                           const std::vector<TokenId>& continuation);

  Trace& trace() { return trace_; }
  // Whether there is a table for `auto` beside the model.
  bool has_risks() const { return engine_->options().reuse_risks != nullptr; }
  const text::Tokenizer& tokenizer() const { return engine_->tokenizer(); }
  const model::ModelConfig& config() const { return engine_->model_config(); }

 private:
  QualitySubject() = default;
  double Charged(const engine::SequenceSpec& prompt, const engine::SequenceUsage& usage) const;

  Trace trace_;
  std::shared_ptr<cache::ChunkStore> store_;
  std::unique_ptr<engine::Engine> engine_;  // of a ModelTap on trace_
  text::ChatFormat format_;
  std::unique_ptr<ReleasedBlend> released_;
};

}  // namespace lmp::bench
