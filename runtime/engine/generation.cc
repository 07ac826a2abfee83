#include "runtime/engine/generation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/base/check.h"

namespace lmp::engine {
namespace {

Status CheckSpec(const GenerateSpec& spec, int vocabulary) {
  const SamplingOptions& sampling = spec.sampling;
  if (spec.max_tokens < 1) return InvalidArgument("max_tokens must be at least 1");
  if (spec.min_tokens < 0) return InvalidArgument("min_tokens must not be negative");
  if (spec.healed_bytes < 0) return InvalidArgument("healed_bytes must not be negative");
  if (!std::isfinite(sampling.temperature) || sampling.temperature < 0) {
    return InvalidArgument("temperature must be a number that is not negative");
  }
  if (spec.top_scores > vocabulary) {
    return InvalidArgument("top_scores must be at most the vocabulary's size");
  }
  if (sampling.top_k < 0) return InvalidArgument("top_k must not be negative");
  if (!(sampling.top_p > 0 && sampling.top_p <= 1)) {
    return InvalidArgument("top_p must be above 0 and at most 1");
  }
  if (!(sampling.min_p >= 0 && sampling.min_p <= 1)) {
    return InvalidArgument("min_p must be from 0 to 1");
  }
  for (const double penalty : {sampling.presence_penalty, sampling.frequency_penalty}) {
    if (!std::isfinite(penalty)) return InvalidArgument("penalties must be numbers");
  }
  for (const auto& [id, bias] : sampling.logit_bias) {
    if (id < 0 || id >= vocabulary) {
      return InvalidArgument("logit_bias: token " + std::to_string(id) +
                             " is not in the vocabulary of " + std::to_string(vocabulary));
    }
    if (!std::isfinite(bias)) return InvalidArgument("logit_bias: expected numbers");
  }
  for (const TokenId end : spec.end_tokens) {
    if (end < 0 || end >= vocabulary) {
      return InvalidArgument("end token " + std::to_string(end) + " is not in the vocabulary of " +
                             std::to_string(vocabulary));
    }
  }
  return OkStatus();
}

const std::vector<TokenId> kNoTokens;

}  // namespace

std::shared_ptr<const constrain::TokenMask> TextTokens(const text::Tokenizer& tokenizer) {
  auto mask = std::make_shared<constrain::TokenMask>();
  mask->words.resize((static_cast<size_t>(tokenizer.vocabulary()) + 63) / 64);
  for (TokenId id = 0; id < tokenizer.vocabulary(); ++id) {
    // What stands for no text of its own, as in constrain::TokenTrie: an unconstrained generation
    // draws from the same tokens as a constrained one.
    const text::PieceType type = tokenizer.spec().types[static_cast<size_t>(id)];
    if (type == text::PieceType::kUnknown || type == text::PieceType::kUnused) continue;
    if (tokenizer.IsControl(id) || tokenizer.Bytes(id).empty()) continue;
    mask->words[static_cast<size_t>(id) >> 6] |= uint64_t{1} << (static_cast<size_t>(id) & 63);
  }
  return mask;
}

Result<Generation> Generation::Make(GenerateSpec spec, int prompt_size,
                                    const text::Tokenizer& tokenizer,
                                    std::shared_ptr<const constrain::TokenMask> text_tokens) {
  LMP_RETURN_IF_ERROR(CheckSpec(spec, tokenizer.vocabulary()));
  LMP_TRY(text::StopMatcher stops, text::StopMatcher::Make(spec.stops, spec.stops_until));
  return Generation(std::move(spec), prompt_size, tokenizer, std::move(text_tokens),
                    std::move(stops));
}

Generation::Generation(GenerateSpec spec, int prompt_size, const text::Tokenizer& tokenizer,
                       std::shared_ptr<const constrain::TokenMask> text_tokens,
                       text::StopMatcher stops)
    : spec_(std::move(spec)),
      prompt_size_(prompt_size),
      tokenizer_(&tokenizer),
      text_tokens_(std::move(text_tokens)),
      stops_(std::move(stops)),
      decoder_(tokenizer, text::FragmentStart::kContinue),
      kept_(prompt_size),
      healed_left_(static_cast<size_t>(spec_.healed_bytes)) {}

void Generation::Begin(std::vector<TokenId>* tokens) { JumpForward(tokens); }

void Generation::Draw(std::span<const float> logits, Sampler& sampler,
                      std::vector<TokenId>* tokens) {
  LMP_CHECK(!end_.has_value());
  const constrain::TokenMask* mask = Mask();
  if (mask == nullptr) return;
  const std::optional<TokenId> id =
      sampler.Draw(Changed(logits), *mask, spec_.sampling, static_cast<uint64_t>(count_));
  if (!id.has_value()) {
    return Fail(FailureKind::kConstraint,
                "no allowed token has a finite logit at generated token " + std::to_string(count_));
  }
  if (IsEnd(*id)) {
    ++count_;
    return EndText(EndReason::kEndToken, raw_released_ + raw_.size(), tokens);
  }
  if (scores()) AddScore(logits, sampler, *id);
  Take(*id, tokens);
  if (!end_.has_value()) JumpForward(tokens);
}

// With what the request adds to them.
std::span<const float> Generation::Changed(std::span<const float> logits) {
  const SamplingOptions& sampling = spec_.sampling;
  if (sampling.logit_bias.empty() && !penalises()) return logits;
  changed_.assign(logits.begin(), logits.end());
  const auto add = [&](TokenId id, double value) {
    float& logit = changed_[static_cast<size_t>(id)];
    logit = static_cast<float>(static_cast<double>(logit) + value);
  };
  for (const auto& [id, bias] : sampling.logit_bias) add(id, bias);
  for (const auto& [id, count] : taken_) {
    add(id, -(sampling.presence_penalty + count * sampling.frequency_penalty));
  }
  return changed_;
}

int Generation::scored(const std::vector<TokenId>& tokens) const {
  const auto all = static_cast<int>(tokens.size()) - prompt_size_;
  return scores() && !cut_is_scored_ ? std::min(all, static_cast<int>(scores_.size())) : all;
}

void Generation::AddScore(std::span<const float> logits, Sampler& sampler, TokenId id) {
  TokenScore& score = scores_.emplace_back();
  score.id = id;
  score.bytes = tokenizer_->Bytes(id);
  score.logprob = sampler.LogProbabilities(logits, id, tokenizer_->vocabulary(),
                                           static_cast<size_t>(spec_.top_scores), &score.top);
}

void Generation::Score(std::span<const float> logits, Sampler& sampler,
                       const std::vector<TokenId>& tokens) {
  AddScore(logits, sampler, tokens[static_cast<size_t>(prompt_size_) + scores_.size()]);
}

bool Generation::IsEnd(TokenId id) const {
  return std::find(spec_.end_tokens.begin(), spec_.end_tokens.end(), id) != spec_.end_tokens.end();
}

bool Generation::NeedsMask() const {
  return !end_.has_value() && !mask_status_.has_value() && spec_.matcher.has_value() &&
         !spec_.matcher->Unrestricted();
}

void Generation::PrepareMask() {
  const bool may_end = value_count() >= spec_.min_tokens;
  mask_status_ = spec_.matcher->Mask(may_end ? spec_.end_tokens : kNoTokens, &mask_);
}

const constrain::TokenMask* Generation::Mask() {
  if (NeedsMask()) PrepareMask();
  if (mask_status_.has_value()) {
    const Status status = *std::exchange(mask_status_, std::nullopt);
    if (status.ok()) return &mask_;
    Fail(FailureKind::kConstraint, status.message());
    return nullptr;
  }
  const bool may_end = value_count() >= spec_.min_tokens;
  if (!may_end || spec_.end_tokens.empty()) return text_tokens_.get();
  if (open_mask_.words.empty()) {
    open_mask_ = *text_tokens_;
    for (const TokenId end : spec_.end_tokens) {
      open_mask_.words[static_cast<size_t>(end) >> 6] |= uint64_t{1}
                                                         << (static_cast<size_t>(end) & 63);
    }
  }
  return &open_mask_;
}

// One more token of the text, drawn or forced. May end the generation.
void Generation::Take(TokenId id, std::vector<TokenId>* tokens) {
  if (spec_.matcher.has_value() && !spec_.matcher->Accept(id)) {
    LMP_CHECK(!spec_.matcher->status().ok());
    return Fail(FailureKind::kConstraint, spec_.matcher->status().message());
  }
  tokens->push_back(id);
  kept_ = static_cast<int>(tokens->size());
  ++count_;
  if (tokenizer_->Bytes(id).size() <= healed_left_) {
    ++healed_;
  } else if (penalises()) {
    ++taken_[id];
  }
  if (TakeBytes(tokenizer_->Bytes(id), tokens)) return;
  if (spec_.matcher.has_value() && spec_.matcher->Final()) return End(EndReason::kComplete);
  if (value_count() >= spec_.max_tokens) EndAtLimit(tokens);
}

// True if a stop string ended the generation.
bool Generation::TakeBytes(std::string_view bytes, std::vector<TokenId>* tokens) {
  const size_t begin = token_ends_.empty() ? 0 : token_ends_.back();
  token_ends_.push_back(begin + bytes.size());
  const size_t healed = std::min(healed_left_, bytes.size());
  healed_left_ -= healed;
  bytes.remove_prefix(healed);
  raw_.append(bytes);
  if (value_count() > spec_.min_tokens) {
    if (!stops_from_.has_value()) stops_from_ = raw_released_ + raw_.size() - bytes.size();
    if (const auto match = stops_.Push(bytes); match.has_value()) {
      EndText(EndReason::kStop, *stops_from_ + match->begin, tokens);
      return true;
    }
  } else {
    stops_.Pass(bytes);
  }
  Release(raw_released_ + raw_.size() - stops_.held_bytes());
  return false;
}

void Generation::JumpForward(std::vector<TokenId>* tokens) {
  if (!spec_.matcher.has_value()) return;
  const std::string forced = spec_.matcher->ForcedText();
  if (forced.empty()) return;
  std::vector<TokenId> ids;
  tokenizer_->Encode(forced, text::FragmentStart::kContinue, &ids);
  constrain::Matcher behind = *spec_.matcher;
  for (const TokenId id : ids) {
    // A text whose canonical tokens do not spell it (an unknown piece) is drawn instead.
    if (!behind.Accept(id)) return;
  }
  size_t jump = ids.size();
  if (!behind.Final()) {
    // The tail rule: what follows may change how the end of the text is cut.
    size_t sure = tokenizer_->StableCut(forced, text::FragmentStart::kContinue);
    for (jump = 0; jump < ids.size() && tokenizer_->Bytes(ids[jump]).size() <= sure; ++jump) {
      sure -= tokenizer_->Bytes(ids[jump]).size();
    }
  }
  for (size_t i = 0; i < jump && !end_.has_value(); ++i) {
    ++forced_;
    forced_at_.push_back(static_cast<int>(tokens->size()) - prompt_size_);
    Take(ids[i], tokens);
  }
}

// Drops the generation's bytes from raw byte `raw_byte` on, and the tokens that spell them.
void Generation::CutAt(size_t raw_byte, std::vector<TokenId>* tokens) {
  raw_.clear();
  const size_t cut = raw_byte + static_cast<size_t>(spec_.healed_bytes);
  const auto token = std::upper_bound(token_ends_.begin(), token_ends_.end(), cut);
  LMP_CHECK(token != token_ends_.end());
  const size_t index = static_cast<size_t>(token - token_ends_.begin());
  const size_t begin = index == 0 ? 0 : token_ends_[index - 1];
  const size_t at = static_cast<size_t>(prompt_size_) + index;
  const std::string keep(tokenizer_->Bytes((*tokens)[at]).substr(0, cut - begin));
  tokens->resize(at);
  kept_ = static_cast<int>(at);
  token_ends_.resize(index);
  std::erase_if(forced_at_, [&](int forced) { return forced >= static_cast<int>(index); });
  if (!keep.empty()) tokenizer_->Encode(keep, text::FragmentStart::kContinue, tokens);
  if (scores_.size() <= index) return;  // jumped forward: what is there now is scored
  scores_.resize(keep.empty() ? index : index + 1);
  if (!keep.empty()) scores_.back().bytes = keep;
  cut_is_scored_ = true;
}

// Moves raw bytes before `raw_end` to the text stream.
void Generation::Release(size_t raw_end) {
  const size_t count = raw_end - raw_released_;
  if (count == 0) return;
  text_ += decoder_.PushBytes(std::string_view(raw_).substr(0, count));
  raw_.erase(0, count);
  raw_released_ = raw_end;
}

// Ends the text at raw byte `raw_end`, or before the character that is not whole there.
void Generation::EndText(EndReason reason, size_t raw_end, std::vector<TokenId>* tokens) {
  const size_t taken = raw_released_ + raw_.size();
  Release(raw_end);
  raw_released_ -= decoder_.held_bytes();
  decoder_.DropHeld();
  if (raw_released_ < taken) CutAt(raw_released_, tokens);
  End(reason);
}

void Generation::EndAtLimit(std::vector<TokenId>* tokens) {
  if (!spec_.must_complete) return EndText(EndReason::kLength, raw_released_ + raw_.size(), tokens);
  if (spec_.matcher.has_value() && spec_.matcher->Accepting()) return End(EndReason::kComplete);
  Fail(FailureKind::kLimit, "the value was not complete after max_tokens = " +
                                std::to_string(spec_.max_tokens) + " tokens");
}

void Generation::Fail(FailureKind kind, std::string message) {
  End(GenerationFailure{kind, std::move(message)});
}

void Generation::End(GenerationEnd end) {
  if (end_.has_value()) return;
  Release(raw_released_ + raw_.size());
  text_ += decoder_.Finish();
  end_ = std::move(end);
}

std::vector<TokenScore> Generation::TakeScores() {
  std::vector<TokenScore> out;
  const auto text_begin = static_cast<size_t>(spec_.healed_bytes);
  for (; scores_taken_ < scores_.size(); ++scores_taken_) {
    TokenScore& score = scores_[scores_taken_];
    const size_t begin = score_bytes_taken_, end = begin + score.bytes.size();
    if (!end_.has_value() && end > text_begin + raw_released_) break;
    score_bytes_taken_ = end;
    if (begin < text_begin) score.bytes.erase(0, text_begin - begin);
    if (!score.bytes.empty()) out.push_back(std::move(score));
  }
  return out;
}

std::string Generation::TakeText() {
  std::string part = text_.substr(text_taken_);
  text_taken_ = text_.size();
  return part;
}

}  // namespace lmp::engine
