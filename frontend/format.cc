#include "frontend/format.h"

#include <algorithm>

#include "frontend/format_layout.h"
#include "frontend/format_pieces.h"
#include "frontend/parse.h"
#include "frontend/token_filter.h"
#include "runtime/base/check.h"

namespace lmp::frontend {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

void ReplaceAll(std::string* text, std::string_view from, std::string_view to) {
  std::string result;
  size_t at = 0;
  for (size_t found; (found = text->find(from, at)) != std::string::npos;
       at = found + from.size()) {
    result.append(*text, at, found - at).append(to);
  }
  *text = result.append(*text, at);
}

// The first line tells; a value has no CR LF, so both kinds of file mean the same.
bool HasCrLf(std::string_view text) {
  const size_t end = text.find('\n');
  return end != std::string_view::npos && end > 0 && text[end - 1] == '\r';
}

struct Filtered {
  Tokens tokens;
  Tokens comments;
};
Filtered LexAndFilter(std::string_view text) {
  Lexed lexed = Lex(text);
  FilterTokens(&lexed.tokens);
  return {std::move(lexed.tokens), std::move(lexed.comments)};
}

std::string_view Trimmed(std::string_view comment) {
  return comment.substr(0, comment.find_last_not_of(" \t\f\r") + 1);
}

// The lines of a block string may have moved: Reindented has compared the values.
bool IsMovable(TokenKind kind) {
  return OneOf(kind, {TokenKind::kBlockText, TokenKind::kRawBlock});
}

bool SameProgram(std::string_view before, const Filtered& old, std::string_view after) {
  const Filtered now = LexAndFilter(after);
  const auto same_token = [&](const Token& a, const Token& b) {
    return a.kind == b.kind && (IsMovable(a.kind) || a.TextIn(before) == b.TextIn(after));
  };
  const auto same_comment = [&](const Token& a, const Token& b) {
    return Trimmed(a.TextIn(before)) == Trimmed(b.TextIn(after));
  };
  return std::equal(old.tokens.begin(), old.tokens.end(), now.tokens.begin(), now.tokens.end(),
                    same_token) &&
         std::equal(old.comments.begin(), old.comments.end(), now.comments.begin(),
                    now.comments.end(), same_comment);
}

}  // namespace

Formatted Format(const Source& source, uint32_t source_index) {
  Formatted result;
  result.diagnostics = Parse(source, source_index).diagnostics;
  if (HasErrors(result.diagnostics)) return result;

  std::string text(source.text());
  const bool crlf = HasCrLf(text);
  ReplaceAll(&text, "\r\n", "\n");
  const Filtered filtered = LexAndFilter(text);
  const ParseResult parsed = Parse(Source(source.name(), text), source_index);
  LMP_CHECK(parsed.complete);
  std::string laid_out = LayOut(MakePieces(text, filtered.tokens, filtered.comments, parsed.file));
  LMP_CHECK_MSG(SameProgram(text, filtered, laid_out), "formatting would change the program");
  if (crlf) ReplaceAll(&laid_out, "\n", "\r\n");
  if (text.starts_with(kByteOrderMark)) result.text = kByteOrderMark;
  result.text += laid_out;
  return result;
}

}  // namespace lmp::frontend
