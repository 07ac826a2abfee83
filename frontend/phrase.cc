#include "frontend/phrase.h"

#include <algorithm>

namespace lmp::frontend {

using enum TokenKind;

namespace {

constexpr uint32_t kOperandBytesMax = 400;

}  // namespace

std::string Phrase::Source(size_t first, size_t last) const {
  return std::string(text_.substr(tokens_[first].begin, tokens_[last].end - tokens_[first].begin));
}

bool Phrase::Starts(size_t i) const {
  return i == begin_ || tokens_[i].first_on_line ||
         OneOf(At(i - 1), {kLBrace, kRBrace, kStrClose, kBlockClose});
}

Phrase::Phrase(std::string_view text, const Tokens& tokens, size_t begin, size_t end)
    : text_(text), tokens_(tokens), begin_(begin), end_(end), links_(end - begin) {
  std::vector<size_t> brackets;
  std::vector<size_t> strings;
  for (size_t i = begin_; i < end_; ++i) {
    const TokenKind kind = At(i);
    Links& links = links_[i - begin_];
    if (IsOpener(kind)) brackets.push_back(i);
    if (IsCloser(kind) && !brackets.empty()) {
      Join(brackets.back(), i);
      brackets.pop_back();
    }
    if (OneOf(kind, {kStrOpen, kBlockOpen})) strings.push_back(i);
    if (OneOf(kind, {kStrClose, kBlockClose}) && !strings.empty()) {
      Join(strings.back(), i);
      strings.pop_back();
    }
    if (!brackets.empty()) links.around = static_cast<uint32_t>(brackets.back());
    links.operand = static_cast<uint32_t>(OperandEndingAt(i));
  }
}

void Phrase::Join(size_t open, size_t close) {
  links_[open - begin_].partner = static_cast<uint32_t>(close);
  links_[close - begin_].partner = static_cast<uint32_t>(open);
}

size_t Phrase::PartnerOf(size_t i) const {
  if (i < begin_ || i >= end_ || links_[i - begin_].partner == kNowhere) return end_;
  return links_[i - begin_].partner;
}

size_t Phrase::CloserOfBracket(size_t open) const {
  return IsOpener(At(open)) ? PartnerOf(open) : end_;
}

size_t Phrase::Opener(size_t i) const {
  if (begin_ == end_ || i + 1 < begin_ + 1) return end_;
  const uint32_t around = links_[std::min(i, end_ - 1) - begin_].around;
  return around == kNowhere ? end_ : around;
}

size_t Phrase::StringEnd(size_t i) const {
  if (OneOf(At(i), {kRawStr, kRawBlock})) return i;
  return OneOf(At(i), {kStrOpen, kBlockOpen}) ? PartnerOf(i) : end_;
}

std::string Phrase::FixedString(size_t i) const {
  if (At(i) != kStrOpen) return "";
  if (At(i + 1) == kStrText && At(i + 2) == kStrClose) return Source(i, i + 2);
  return "";
}

std::string Phrase::PatternText(size_t first, size_t last) const {
  if (first == last && At(first) == kRegex) return std::string(TextAt(first));
  if (first == last && At(first) == kRawStr) {
    const std::string_view body = TextAt(first).substr(1);
    return body.ends_with("\\\"") ? "" : "re" + std::string(body);
  }
  if (At(first) != kStrOpen || StringEnd(first) != last) return "";
  std::string pattern = "re\"";
  for (size_t i = first + 1; i < last; ++i) {
    if (!OneOf(At(i), {kStrText, kStrEscape, kStrBadEscape})) return "";
    pattern += TextAt(i) == "\\\\" ? "\\" : TextAt(i);
  }
  return pattern + "\"";
}

size_t Phrase::OperandBegin(size_t last) const {
  if (last < begin_ || last >= end_ || links_[last - begin_].operand == kNowhere) return end_;
  const size_t first = links_[last - begin_].operand;
  // A longer one is no phrase of a newcomer, and repairs of a chain would copy it again and again.
  return tokens_[last].end - tokens_[first].begin > kOperandBytesMax ? end_ : first;
}

// From the links of the tokens before it.
size_t Phrase::OperandEndingAt(size_t last) const {
  const auto before = [this](size_t i) -> size_t { return links_[i - begin_].operand; };
  if (IsCloser(At(last)) && At(last) != kRBrace) {
    const size_t open = PartnerOf(last);
    if (open == end_) return kNowhere;
    // A call or an index goes on with what is called.
    const bool postfix = open > begin_ && EndsOperand(At(open - 1)) &&
                         !OneOf(At(open), {kLineLParen, kLineLBrack}) && At(open - 1) != kRBrace;
    return postfix ? before(open - 1) : open;
  }
  if (OneOf(At(last), {kStrClose, kBlockClose})) {
    const size_t open = PartnerOf(last);
    return open == end_ ? kNowhere : open;
  }
  if (!OneOf(At(last), {kInt, kFloat, kRawStr, kRawBlock}) && !IsWord(At(last))) return kNowhere;
  return last <= begin_ + 1 || At(last - 1) != kDot ? last : before(last - 2);
}

size_t Phrase::ExpressionEnd(size_t first) const {
  size_t depth = 0;
  size_t last = first;
  for (size_t i = first; i < end_; ++i) {
    // A statement may follow on the same line; `if` and `for` may also go on with an expression.
    const bool follows = IsStatementWord(At(i)) && !OneOf(At(i), {kIf, kFor});
    if (depth == 0 && i > first &&
        (tokens_[i].first_on_line || follows || OneOf(At(i), {kComma, kSemi}))) {
      break;
    }
    if (IsCloser(At(i)) && depth-- == 0) break;
    if (IsOpener(At(i))) ++depth;
    if (OneOf(At(i), {kStrOpen, kBlockOpen})) {
      i = StringEnd(i);
      if (i == end_) return end_ - 1;
    }
    last = i;
  }
  return last;
}

size_t Phrase::ArgumentEnd(size_t first, size_t close) const {
  size_t depth = 0;
  for (size_t i = first; i < close; ++i) {
    if (depth == 0 && At(i) == kComma) return i - 1;
    if (IsOpener(At(i)) || OneOf(At(i), {kStrOpen, kBlockOpen})) ++depth;
    if (IsCloser(At(i)) || OneOf(At(i), {kStrClose, kBlockClose})) --depth;
  }
  return close - 1;
}

Diagnostic& Phrase::Report(std::string_view title, size_t token, std::string help) {
  for (Diagnostic& d : found_) {
    if (d.title == title) return d;
  }
  found_.push_back(MakeMistake(Mistake::kOtherLanguage, tokens_[token].begin, tokens_[token].end,
                               std::string(title)));
  found_.back().helps.push_back(std::move(help));
  return found_.back();
}

void Phrase::Replace(Diagnostic* d, size_t token, std::string replacement) const {
  AddFix(d, tokens_[token].begin, tokens_[token].end, std::move(replacement));
}

void Phrase::Replace(Diagnostic* d, size_t first, size_t last, std::string replacement) const {
  AddFix(d, tokens_[first].begin, tokens_[last].end, std::move(replacement));
}

void Phrase::Insert(Diagnostic* d, size_t before, std::string text) const {
  AddFix(d, tokens_[before].begin, tokens_[before].begin, std::move(text));
}

void Phrase::PassOver(size_t first, size_t last, std::string replacement) {
  Replace(&Report("", first, ""), first, last, std::move(replacement));
}

HabitFinder::HabitFinder(std::string_view text, const Tokens& tokens, const NameSet& declared)
    : Phrase(text, tokens, 0, tokens.size()), bound_(declared) {
  for (size_t i = 0; i < end_; ++i) {
    if (!IsWord(At(i))) continue;
    const bool bound =
        i > 0 && IsWord(At(i - 1)) &&
        IsAnyOf(TextAt(i - 1), {"let", "var", "gen", "select", "for", "fork", "fn", "record",
                                "enum", "type", "const", "as", "tool", "corpus", "import"});
    const bool parameter = i > 0 && At(i + 1) == kColon && OneOf(At(i - 1), {kLParen, kComma});
    if (bound || parameter) bound_.emplace(TextAt(i));
  }
}

}  // namespace lmp::frontend
