// FindUnbalanced: which bracket is missing or too many, and where it belongs. Counting says that
// one is missing; indentation says which.
#include <algorithm>
#include <optional>

#include "frontend/layout.h"
#include "frontend/mistakes.h"

namespace lmp::frontend {
namespace {

using enum TokenKind;

bool IsBalanced(const Tokens& tokens) {
  std::vector<TokenKind> expected;
  for (const Token& token : tokens) {
    if (IsOpener(token.kind)) {
      expected.push_back(CloserOf(token.kind));
    } else if (IsCloser(token.kind)) {
      if (expected.empty() || expected.back() != token.kind) return false;
      expected.pop_back();
    }
  }
  return expected.empty();
}

class Finder {
 public:
  Finder(std::string_view text, const Tokens& tokens) : text_(text), tokens_(tokens) {}

  std::vector<Diagnostic> Run() {
    for (const Token& token : tokens_) {
      if (token.kind == kRBrace) ++surplus_;
      if (IsOpener(token.kind) && CloserOf(token.kind) == kRBrace) --surplus_;
    }
    for (size_t i = 0; i < tokens_.size() && found_.size() < kFoundMax; ++i) {
      const Token& token = tokens_[i];
      if (token.first_on_line) LeaveByIndent(i);
      if (IsOpener(token.kind)) {
        open_.push_back(i);
      } else if (IsCloser(token.kind)) {
        Close(i);
      }
    }
    while (!open_.empty() && found_.size() < kFoundMax) {
      ReportUnclosed(open_.back(), tokens_.size());
      open_.pop_back();
    }
    return std::move(found_);
  }

 private:
  // Behind that many, the brackets of the file say nothing any more.
  static constexpr size_t kFoundMax = 8;

  size_t IndentAt(size_t token) const { return IndentOf(text_, tokens_[token].begin).size(); }

  // A `{` with its body on lines of its own: its `}` should stand under the line that opens it.
  bool IsBlock(size_t opener) const {
    return tokens_[opener].kind == kLBrace && LastOnLine(tokens_, opener) == opener;
  }

  // A line further left than a block allows shows that the block was meant to end before.
  void LeaveByIndent(size_t i) {
    const size_t indent = IndentAt(i);
    while (!open_.empty()) {
      const size_t top = open_.back();
      const bool declaration = IsItemWord(tokens_[i].kind) && indent == 0;
      bool left = declaration && !IsInterp(tokens_[top].kind);
      if (tokens_[i].kind == kRBrace && IsBlock(top) && indent < IndentAt(top)) {
        left = std::any_of(open_.begin(), open_.end() - 1, [&](size_t opener) {
          return IsBlock(opener) && IndentAt(opener) == indent;
        });
      }
      if (!left || (tokens_[top].kind == kLBrace && surplus_ >= 0)) return;
      ReportUnclosed(top, i);
      open_.pop_back();
    }
  }

  void Close(size_t i) {
    const TokenKind closer = tokens_[i].kind;
    if (!open_.empty() && CloserOf(tokens_[open_.back()].kind) == closer) {
      const bool too_early = closer == kRBrace && surplus_ > 0 && tokens_[i].first_on_line &&
                             IsBlock(open_.back()) && IndentAt(i) > IndentAt(open_.back());
      if (!too_early) {
        open_.pop_back();
        return;
      }
      ReportStray(i);
      return;
    }
    const bool opened = std::any_of(open_.begin(), open_.end(), [&](size_t opener) {
      return CloserOf(tokens_[opener].kind) == closer;
    });
    if (!opened) {
      open_.empty() || tokens_[open_.back()].line != tokens_[i].line ? ReportStray(i)
                                                                     : ReportWrong(i);
      return;
    }
    while (CloserOf(tokens_[open_.back()].kind) != closer) {
      ReportUnclosed(open_.back(), i);
      open_.pop_back();
    }
    open_.pop_back();
  }

  // The line whose block token i, a `}` of its own line, was meant to end: of the same indent, with
  // a body further right and no brace. Its last token, or none.
  std::optional<size_t> HeadWithoutBrace(size_t i) const {
    if (tokens_[i].kind != kRBrace || !tokens_[i].first_on_line) return std::nullopt;
    size_t head = i;
    do {
      if (head == 0) return std::nullopt;
      head = FirstOnLine(tokens_, head - 1);
    } while (IndentAt(head) > IndentAt(i));
    const size_t last = LastOnLine(tokens_, head);
    const bool block =
        OneOf(tokens_[head].kind, {kFn, kIf, kFor, kWhile, kMatch, kOn, kRecord, kEnum, kConfig});
    if (!block || IndentAt(head) != IndentAt(i) || last + 1 >= i) return std::nullopt;
    for (size_t k = head; k <= last; ++k) {
      if (OneOf(tokens_[k].kind, {kLBrace, kRBrace})) return std::nullopt;
    }
    return last;
  }

  void ReportHead(size_t last, size_t closer) {
    const uint32_t end = tokens_[last].end;
    Diagnostic d = MakeMistake(Mistake::kUnclosedDelimiter, end, end, "`{` is missing");
    d.label = "behind this";
    d.secondary.push_back({{0, tokens_[closer].begin, tokens_[closer].end}, "the block ends here"});
    d.helps.push_back("open the block with `{`");
    AddFix(&d, end, end, " {");
    found_.push_back(std::move(d));
  }

  void ReportStray(size_t i) {
    const Token& token = tokens_[i];
    if (token.kind == kRBrace) --surplus_;
    if (const auto last = HeadWithoutBrace(i)) return ReportHead(*last, i);
    const std::string closer(Spelling(token.kind));
    if (!found_.empty() && found_.back().span.end == token.begin &&
        found_.back().fixes.size() == 1 && found_.back().fixes[0].replacement.empty()) {
      // A run of them is one mistake.
      found_.back().span.end = found_.back().fixes[0].span.end = token.end;
      return;
    }
    Diagnostic d = MakeMistake(Mistake::kUnclosedDelimiter, token.begin, token.end,
                               "`" + closer + "` closes nothing");
    d.label = "no bracket is open here that it could close";
    d.helps.push_back("remove it");
    AddFix(&d, token.begin, token.end, "");
    found_.push_back(std::move(d));
  }

  // ( ... ] on one line.
  void ReportWrong(size_t i) {
    const Token& opener = tokens_[open_.back()];
    const Token& token = tokens_[i];
    const std::string expected(Spelling(CloserOf(opener.kind)));
    Diagnostic d =
        MakeMistake(Mistake::kUnclosedDelimiter, token.begin, token.end,
                    "`" + std::string(text_.substr(opener.begin, opener.end - opener.begin)) +
                        "` is closed by `" + std::string(Spelling(token.kind)) + "`");
    d.label = "`" + expected + "` was expected";
    d.secondary.push_back({{0, opener.begin, opener.end}, "opened here"});
    d.helps.push_back("write `" + expected + "`");
    AddFix(&d, token.begin, token.end, expected);
    found_.push_back(std::move(d));
    open_.pop_back();
  }

  // `before`: the token that shows that `opener` should have been closed by then.
  void ReportUnclosed(size_t opener, size_t before) {
    const Token& token = tokens_[opener];
    const std::string closer(Spelling(CloserOf(token.kind)));
    Diagnostic d =
        MakeMistake(Mistake::kUnclosedDelimiter, token.begin, token.end,
                    "`" + std::string(text_.substr(token.begin, token.end - token.begin)) +
                        "` is never closed");
    d.label = "opened here";
    size_t at = 0;
    std::string fix = closer;
    if (IsBlock(opener)) {
      ++surplus_;
      at = BlockEnd(opener, before);
      fix = "\n" + std::string(IndentOf(text_, token.begin)) + "}";
    } else {
      if (token.kind == kLBrace) ++surplus_;
      at = PhraseEnd(opener, before);
      if (token.kind == kLBrace) fix = " }";
    }
    d.secondary.push_back({{0, static_cast<uint32_t>(at), static_cast<uint32_t>(at)},
                           "`" + closer + "` is missing here"});
    d.helps.push_back("close it with `" + closer + "`");
    AddFix(&d, at, at, fix);
    found_.push_back(std::move(d));
  }

  // Behind the last line of the block: the next line is not indented deeper than the opening one.
  size_t BlockEnd(size_t opener, size_t before) const {
    const size_t indent = IndentAt(opener);
    size_t last = opener;
    for (size_t i = opener + 1; i < before; ++i) {
      if (tokens_[i].first_on_line && IndentAt(i) <= indent) break;
      last = i;
    }
    return LineEnd(text_, tokens_[last].end);
  }

  // Behind the last token of the opening line that can belong to the bracket.
  size_t PhraseEnd(size_t opener, size_t before) const {
    if (before < tokens_.size() && tokens_[before].line == tokens_[opener].line) {
      return tokens_[before - 1].end;
    }
    size_t last = std::min(LastOnLine(tokens_, opener), before - 1);
    while (last > opener && OneOf(tokens_[last].kind, {kLBrace, kComma})) --last;
    return tokens_[last].end;
  }

  std::string_view text_;
  const Tokens& tokens_;
  int surplus_ = 0;  // closing minus opening braces that are not accounted for
  std::vector<size_t> open_;
  std::vector<Diagnostic> found_;
};

}  // namespace

std::vector<Diagnostic> FindUnbalanced(std::string_view text, const Tokens& tokens) {
  if (IsBalanced(tokens)) return {};
  return Finder(text, tokens).Run();
}

}  // namespace lmp::frontend
