// What the finders of foreign phrases share: tokens by index, brackets, places where a statement
// starts, and reports of which each kind of mistake has one. A base class; lives as long as one
// search, and text and tokens outlive it.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/layout.h"
#include "frontend/mistakes.h"

namespace lmp::frontend {

inline bool IsAnyOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}
inline bool IsTextStart(TokenKind kind) {
  return OneOf(
      kind, {TokenKind::kStrOpen, TokenKind::kBlockOpen, TokenKind::kRawStr, TokenKind::kRawBlock});
}

class Phrase {
 protected:
  // Tokens [begin, end) of `tokens`, which are filtered.
  Phrase(std::string_view text, const Tokens& tokens, size_t begin, size_t end);

  TokenKind At(size_t i) const { return i < end_ ? tokens_[i].kind : TokenKind::kEof; }
  std::string_view TextAt(size_t i) const {
    return i < end_ ? tokens_[i].TextIn(text_) : std::string_view();
  }
  // The text from token `first` to token `last`.
  std::string Source(size_t first, size_t last) const;
  // Token i and the next one touch.
  bool Touches(size_t i) const { return i + 1 < end_ && tokens_[i].end == tokens_[i + 1].begin; }
  bool SameLine(size_t a, size_t b) const { return b < end_ && tokens_[a].line == tokens_[b].line; }
  // A statement may start at token i.
  bool Starts(size_t i) const;
  // The token that closes the bracket opened at `open`, or end_.
  size_t CloserOfBracket(size_t open) const;
  // The innermost bracket around token i, or end_.
  size_t Opener(size_t i) const;
  // The last token of the string that starts at token i.
  size_t StringEnd(size_t i) const;
  // The text of a string without `${}` at token i, with its quotes; "" for anything else.
  std::string FixedString(size_t i) const;
  // The regular expression `re"..."` of the string or pattern from token `first` to `last`; ""
  // where it cannot be told.
  std::string PatternText(size_t first, size_t last) const;
  // The first token of the operand that token `last` ends: a name with fields and calls behind it,
  // a literal, a bracket. end_ where token `last` ends no operand, or a very long one.
  size_t OperandBegin(size_t last) const;
  // The last token of the expression that starts at `first`: in front of a comma, of a closer of a
  // bracket opened before, of another statement, or of the next line.
  size_t ExpressionEnd(size_t first) const;
  // The last token of the argument that starts at `first`, in front of a comma or of `close`.
  size_t ArgumentEnd(size_t first, size_t close) const;

  // One diagnostic per kind of mistake; later ones of a kind add their fixes to it.
  Diagnostic& Report(std::string_view title, size_t token, std::string help);
  void Replace(Diagnostic* d, size_t token, std::string replacement) const;
  void Replace(Diagnostic* d, size_t first, size_t last, std::string replacement) const;
  void Insert(Diagnostic* d, size_t before, std::string text) const;
  // Lets the parse go on behind a mistake that has no certain fix; the user is offered nothing.
  void PassOver(size_t first, size_t last, std::string replacement);

  std::string_view text_;
  const Tokens& tokens_;
  const size_t begin_;
  const size_t end_;
  std::vector<Diagnostic> found_;

 private:
  // Of a token, found once for all, so that no search over a long program is quadratic.
  static constexpr uint32_t kNowhere = 0xffffffffu;
  struct Links {
    uint32_t partner = kNowhere;  // the other bracket or quote
    uint32_t around = kNowhere;   // the innermost bracket open behind this token
    uint32_t operand = kNowhere;  // the first token of the operand that this one ends
  };
  void Join(size_t open, size_t close);
  size_t PartnerOf(size_t i) const;
  size_t OperandEndingAt(size_t last) const;

  std::vector<Links> links_;
};

// The finders of habits that run on every program, whether or not it parses: they leave names alone
// that the tokens bind somewhere (`let x`, `fn f`, `x: T`, `for x`) or that are in `declared`.
class HabitFinder : protected Phrase {
 protected:
  HabitFinder(std::string_view text, const Tokens& tokens, const NameSet& declared);

  bool IsBound(std::string_view name) const { return bound_.contains(name); }
  // A word that means nothing here.
  bool IsForeign(size_t i) const { return IsWord(At(i)) && !IsBound(TextAt(i)); }

  NameSet bound_;
};

}  // namespace lmp::frontend
