// Colored of lmp.h: the kinds of the lexer's tokens.
#include <algorithm>

#include "frontend/lex.h"
#include "frontend/token_filter.h"
#include "runtime/api/lmp.h"
#include "runtime/base/text.h"

namespace lmp {
namespace {

using frontend::Token;
using frontend::TokenKind;

std::string_view KindOf(const Token& token) {
  if (frontend::IsReserved(token.kind)) return "keyword";
  switch (token.kind) {
    case TokenKind::kDuration:
    case TokenKind::kFloat:
    case TokenKind::kInt:
    case TokenKind::kBadNumber:
      return "number";
    case TokenKind::kRegex:
    case TokenKind::kRawBlock:
    case TokenKind::kRawStr:
    case TokenKind::kBlockOpen:
    case TokenKind::kStrOpen:
    case TokenKind::kStrClose:
    case TokenKind::kBlockClose:
      return "string";
    case TokenKind::kComment:
      return "comment";
    default:
      return frontend::IsStringPart(token.kind) ? "string" : "";
  }
}

}  // namespace

std::vector<ColoredPart> Colored(std::string_view text) {
  if (!IsValidUtf8(text)) return {};
  frontend::Lexed lexed = frontend::Lex(text);
  frontend::FilterTokens(&lexed.tokens);  // words that stand as names
  std::vector<ColoredPart> parts;
  for (const frontend::Tokens* tokens : {&lexed.tokens, &lexed.comments}) {
    for (const Token& token : *tokens) {
      const std::string_view kind = KindOf(token);
      if (!kind.empty() && token.end > token.begin) parts.push_back({token.begin, token.end, kind});
    }
  }
  std::sort(parts.begin(), parts.end(),
            [](const ColoredPart& a, const ColoredPart& b) { return a.begin < b.begin; });
  std::vector<ColoredPart> joined;  // a string is many tokens
  for (const ColoredPart& part : parts) {
    const bool same =
        !joined.empty() && joined.back().kind == part.kind && joined.back().end == part.begin;
    if (same) {
      joined.back().end = part.end;
    } else {
      joined.push_back(part);
    }
  }
  return joined;
}

}  // namespace lmp
