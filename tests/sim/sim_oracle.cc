#include "tests/sim/sim_oracle.h"

#include <numeric>
#include <utility>
#include <variant>

#include "runtime/base/check.h"
#include "runtime/base/text.h"
#include "runtime/engine/generation.h"
#include "runtime/engine/sampler.h"

namespace lmp::sim {

using engine::FailureKind;

std::string Outcome::ToString() const {
  std::string out = reason.has_value() ? "reason " + std::to_string(static_cast<int>(*reason))
                                       : "failure " + std::string(FailureKindName(*failure));
  out += " text " + QuoteText(text) + " tokens";
  for (const TokenId token : tokens) out += " " + std::to_string(token);
  if (!logprobs.empty()) out += " logprobs";
  for (const double p : logprobs) out += " " + FormatDouble(p);
  return out;
}

Oracle::Oracle(std::unique_ptr<model::Model> model,
               std::shared_ptr<const text::Tokenizer> tokenizer)
    : model_(std::move(model)), tokenizer_(std::move(tokenizer)) {
  const int pages = PagesFor(model_->config().context_max);
  pool_ = model_->MakeKvPool(static_cast<uint32_t>(pages)).value();
  for (int i = 0; i < pages; ++i) pages_.push_back(PageId(i));
  positions_.resize(static_cast<size_t>(model_->config().context_max));
  std::iota(positions_.begin(), positions_.end(), 0);
  text_tokens_ = engine::TextTokens(*tokenizer_);
}

std::span<const float> Oracle::Logits(std::span<const TokenId> tokens, int from) {
  model::StepLayout layout;
  layout.sequences.push_back({.tokens = tokens,
                              .positions = std::span(positions_).first(tokens.size()),
                              .pages = pages_,
                              .logits_from = from});
  model::StepOutput output;
  const Status status = model_->Step(layout, *pool_, &output);
  LMP_CHECK_MSG(status.ok(), status.message());
  return output.logits;
}

Outcome Oracle::Run(const engine::SequenceSpec& spec) {
  const auto vocabulary = static_cast<size_t>(model_->config().vocabulary);
  const int context_max = model_->config().context_max;
  const int prompt_size = static_cast<int>(spec.tokens.size());
  Outcome outcome;
  outcome.reason = engine::EndReason::kComplete;
  if (const auto* score = std::get_if<engine::ScoreSpec>(&spec.work)) {
    const int from = prompt_size - score->count - 1;
    const auto logits = Logits(std::span(spec.tokens).first(spec.tokens.size() - 1), from);
    engine::Sampler sampler;
    for (int i = 0; i < score->count; ++i) {
      outcome.logprobs.push_back(
          sampler.LogProbability(logits.subspan(static_cast<size_t>(i) * vocabulary, vocabulary),
                                 spec.tokens[static_cast<size_t>(from + i + 1)]));
    }
    return outcome;
  }
  const auto* generate = std::get_if<engine::GenerateSpec>(&spec.work);
  if (generate == nullptr) return outcome;

  engine::Sampler sampler;
  std::vector<TokenId> tokens = spec.tokens;
  engine::Generation generation =
      engine::Generation::Make(*generate, prompt_size, *tokenizer_, text_tokens_).value();
  generation.Begin(&tokens);
  while (!generation.end().has_value()) {
    if (static_cast<int>(tokens.size()) >= context_max) {
      generation.Fail(FailureKind::kOverflow, "context");
    } else {
      generation.Draw(Logits(tokens, static_cast<int>(tokens.size()) - 1), sampler, &tokens);
    }
  }
  outcome.text = generation.text();
  if (const auto* failure = std::get_if<engine::GenerationFailure>(&*generation.end())) {
    outcome.reason.reset();
    outcome.failure = failure->kind;
  } else {
    outcome.reason = std::get<engine::EndReason>(*generation.end());
    outcome.tokens.assign(tokens.begin() + prompt_size, tokens.end());
  }
  return outcome;
}

}  // namespace lmp::sim
