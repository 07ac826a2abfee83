#include "runtime/remote/checked_text.h"

#include <algorithm>
#include <utility>

#include "runtime/base/text.h"

namespace lmp::remote {
namespace {

constexpr size_t kQuotedBytes = 60;

std::string Head(std::string_view text) {
  const std::string_view part = text.substr(0, kQuotedBytes);
  return QuoteText(part.substr(0, Utf8SafePrefix(part)));
}

std::string Tail(std::string_view text) {
  size_t begin = text.size() - std::min(text.size(), kQuotedBytes);
  while (begin < text.size() && (static_cast<uint8_t>(text[begin]) & 0xc0) == 0x80) ++begin;
  return QuoteText(text.substr(begin));
}

}  // namespace

Result<CheckedText> CheckedText::Make(const engine::GenerateSpec& spec,
                                      const text::Tokenizer& tokenizer, bool heals) {
  CheckedText made(spec, tokenizer);
  // With a least number of tokens it depends on tokens where stops begin to count: the server's.
  if (spec.min_tokens == 0) {
    LMP_TRY(made.stops_, text::StopMatcher::Make(spec.stops, spec.stops_until));
  }
  if (spec.matcher && spec.healed_bytes > 0) {
    made.healed_ =
        spec.matcher->grammar()->prefix().substr(0, static_cast<size_t>(spec.healed_bytes));
    made.healed_left_ = heals ? 0 : made.healed_.size();
    if (heals && !made.matcher_->AcceptBytes(made.healed_))
      return Internal("a type does not begin with its own prefix");
  }
  return made;
}

std::optional<CheckedFailure> CheckedText::Accept(std::string_view bytes) {
  if (!matcher_) return std::nullopt;
  const constrain::Matcher before = *matcher_;
  if (matcher_->AcceptBytes(bytes)) return std::nullopt;
  if (!matcher_->status().ok())
    return CheckedFailure{engine::FailureKind::kConstraint, matcher_->status().message()};
  matcher_ = before;
  size_t good = 0;
  while (good < bytes.size() && matcher_->AcceptBytes(bytes.substr(good, 1))) ++good;
  while (good > 0 && (static_cast<uint8_t>(bytes[good]) & 0xc0) == 0x80) --good;
  const std::string behind =
      healed_.substr(0, healed_.size() - healed_left_) + text_ + std::string(bytes.substr(0, good));
  return CheckedFailure{
      engine::FailureKind::kConstraint,
      "the server wrote what the type does not allow: " + Head(bytes.substr(good)) +
          (behind.empty() ? std::string(" at the beginning") : " behind " + Tail(behind))};
}

std::optional<CheckedFailure> CheckedText::Push(std::string_view text) {
  if (stopped_ || text.empty()) return std::nullopt;
  if (healed_left_ > 0) {
    const std::string_view healed = text.substr(0, healed_left_);
    if (auto failure = Accept(healed)) return failure;
    healed_left_ -= healed.size();
    text.remove_prefix(healed.size());
  }
  const size_t before = text_.size();
  if (const auto match = stops_.Push(text)) {
    stopped_ = true;
    // The match may begin in what was held back.
    if (match->begin < before) {
      text_.resize(match->begin);
      return std::nullopt;
    }
    text = text.substr(0, match->begin - before);
  }
  if (auto failure = Accept(text)) return failure;
  text_ += text;
  return std::nullopt;
}

std::string CheckedText::Take() {
  const size_t held = stopped_ ? 0 : stops_.held_bytes();
  const size_t end = text_.size() - std::min(held, text_.size() - taken_);
  const std::string_view part(text_.data() + taken_, end - taken_);
  std::string out(part.substr(0, Utf8SafePrefix(part)));
  taken_ += out.size();
  return out;
}

std::variant<engine::EndReason, CheckedFailure> CheckedText::Finish(std::string_view finish) {
  using engine::EndReason;
  using engine::FailureKind;
  stops_ = {};  // what was held back begins no stop any more
  if (stopped_) return EndReason::kStop;
  const bool whole = healed_left_ == 0 && (!matcher_ || matcher_->Accepting());
  if (finish == "length") {
    if (whole && must_complete_) return EndReason::kComplete;
    if (!must_complete_ && healed_left_ == 0) return EndReason::kLength;
    return CheckedFailure{FailureKind::kLimit, "the value was not complete after max_tokens = " +
                                                   std::to_string(max_tokens_) + " tokens"};
  }
  if (finish != "stop") {
    return CheckedFailure{FailureKind::kRemote, "the server ended the text with " +
                                                    QuoteText(std::string(finish)) +
                                                    ", expected \"stop\" or \"length\""};
  }
  if (whole) return matcher_ && matcher_->Final() ? EndReason::kComplete : EndReason::kEndToken;
  // The server leaves stop strings out of what it writes: what is here is the text before one.
  if (has_stops_ && healed_left_ == 0) return EndReason::kStop;
  return CheckedFailure{FailureKind::kConstraint,
                        "the server ended the text before the value was complete" +
                            (text_.empty() ? std::string() : ", behind " + Tail(text_))};
}

std::vector<TokenId> CheckedText::Tokens(const std::vector<TokenId>& served) const {
  const std::string all = healed_ + text_;
  std::vector<TokenId> out;
  size_t spelt = 0;
  for (const TokenId id : served) {
    if (spelt == all.size()) break;
    if (id < 0 || id >= tokenizer_->vocabulary()) break;
    const std::string_view bytes = tokenizer_->Bytes(id);
    const std::string_view rest = std::string_view(all).substr(spelt);
    if (bytes.empty()) break;  // an end token
    if (!rest.starts_with(bytes)) {
      // A stop string may cut inside a token: the canonical tokens of what stays (decision 8).
      if (!bytes.starts_with(rest)) break;
      tokenizer_->Encode(rest, text::FragmentStart::kContinue, &out);
      return out;
    }
    out.push_back(id);
    spelt += bytes.size();
  }
  if (spelt == all.size()) return out;
  out.clear();
  tokenizer_->Encode(all, text::FragmentStart::kContinue, &out);
  return out;
}

}  // namespace lmp::remote
