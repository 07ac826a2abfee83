#include "frontend/phrase.h"

#include <algorithm>

namespace lmp::frontend {

using enum TokenKind;

std::string Phrase::Source(size_t first, size_t last) const {
  return std::string(text_.substr(tokens_[first].begin, tokens_[last].end - tokens_[first].begin));
}

bool Phrase::Starts(size_t i) const {
  return i == begin_ || tokens_[i].first_on_line ||
         OneOf(At(i - 1), {kLBrace, kRBrace, kStrClose, kBlockClose});
}

size_t Phrase::CloserOfBracket(size_t open) const {
  size_t depth = 0;
  for (size_t i = open; i < end_; ++i) {
    if (IsOpener(At(i))) ++depth;
    if (IsCloser(At(i)) && --depth == 0) return i;
  }
  return end_;
}

size_t Phrase::Opener(size_t i) const {
  size_t depth = 0;
  for (size_t k = i + 1; k-- > begin_;) {
    if (IsCloser(At(k))) ++depth;
    if (IsOpener(At(k)) && depth-- == 0) return k;
  }
  return end_;
}

size_t Phrase::StringEnd(size_t i) const {
  if (OneOf(At(i), {kRawStr, kRawBlock})) return i;
  size_t depth = 0;
  for (size_t k = i; k < end_; ++k) {
    if (OneOf(At(k), {kStrOpen, kBlockOpen})) ++depth;
    if (OneOf(At(k), {kStrClose, kBlockClose}) && --depth == 0) return k;
  }
  return end_;
}

std::string Phrase::FixedString(size_t i) const {
  if (At(i) != kStrOpen) return "";
  if (At(i + 1) == kStrText && At(i + 2) == kStrClose) return Source(i, i + 2);
  return "";
}

size_t Phrase::OperandBegin(size_t last) const {
  size_t i = last;
  while (true) {
    if (IsCloser(At(i)) && At(i) != kRBrace) {
      i = Opener(i - 1);
      if (i == end_) return end_;
      // A call or an index goes on with what is called.
      const bool postfix = i > begin_ && EndsOperand(At(i - 1)) && At(i) != kLineLParen &&
                           At(i) != kLineLBrack && !OneOf(At(i - 1), {kRBrace});
      if (!postfix) return i;
      --i;
      continue;
    }
    if (OneOf(At(i), {kStrClose, kBlockClose})) {
      size_t depth = 0;
      while (i > begin_) {
        if (OneOf(At(i), {kStrClose, kBlockClose})) ++depth;
        if (OneOf(At(i), {kStrOpen, kBlockOpen}) && --depth == 0) return i;
        --i;
      }
      return OneOf(At(i), {kStrOpen, kBlockOpen}) ? i : end_;
    }
    const bool literal = OneOf(At(i), {kInt, kFloat, kRawStr, kRawBlock});
    if (!literal && !IsWord(At(i))) return end_;
    if (i <= begin_ + 1 || At(i - 1) != kDot) return i;
    i -= 2;
  }
}

size_t Phrase::ExpressionEnd(size_t first) const {
  size_t depth = 0;
  size_t last = first;
  for (size_t i = first; i < end_; ++i) {
    if (depth == 0 && i > first && (tokens_[i].first_on_line || OneOf(At(i), {kComma, kSemi})))
      break;
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

NameSet Phrase::BoundNames(std::string_view text, const Tokens& tokens) {
  NameSet names;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (!IsWord(tokens[i].kind)) continue;
    const std::string_view name = tokens[i].TextIn(text);
    const bool bound = i > 0 && IsWord(tokens[i - 1].kind) &&
                       IsAnyOf(tokens[i - 1].TextIn(text),
                               {"let", "var", "gen", "select", "for", "fork", "fn", "record",
                                "enum", "type", "const", "as", "tool", "corpus", "import"});
    const bool parameter = i > 0 && i + 1 < tokens.size() && tokens[i + 1].kind == kColon &&
                           OneOf(tokens[i - 1].kind, {kLParen, kComma});
    if (bound || parameter) names.emplace(name);
  }
  return names;
}

}  // namespace lmp::frontend
