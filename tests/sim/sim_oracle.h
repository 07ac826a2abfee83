// The sequential oracle of simulation: one sequence at a time, every token's logits computed from
// the whole token list in a fresh pool. It shares Generation and Sampler with the engine (what a
// `gen` means has its own unit tests) and nothing of planning, paging or caching.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/model/model.h"
#include "runtime/text/tokenizer.h"

namespace lmp::sim {

struct Outcome {
  std::optional<engine::EndReason> reason;  // or
  std::optional<engine::FailureKind> failure;
  std::string text;
  std::vector<TokenId> tokens;
  std::vector<double> logprobs;

  bool operator==(const Outcome&) const = default;  // bits of logprobs: no NaN is ever made
  std::string ToString() const;
};

class Oracle {
 public:
  Oracle(std::unique_ptr<model::Model> model, std::shared_ptr<const text::Tokenizer> tokenizer);
  Outcome Run(const engine::SequenceSpec& spec);

 private:
  // Logits of rows [from, tokens.size()), computed in one step from nothing.
  std::span<const float> Logits(std::span<const TokenId> tokens, int from);

  std::unique_ptr<model::Model> model_;
  std::shared_ptr<const text::Tokenizer> tokenizer_;
  std::shared_ptr<const constrain::TokenMask> text_tokens_;
  std::unique_ptr<model::KvPool> pool_;
  std::vector<int32_t> positions_;
  std::vector<PageId> pages_;
};

}  // namespace lmp::sim
