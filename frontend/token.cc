#include "frontend/token.h"

namespace lmp::frontend {

std::string_view Spelling(TokenKind kind) {
  switch (kind) {
#define LMP_TOKEN(enumerator, grammar_name, spelling) \
  case TokenKind::enumerator:                         \
    return spelling;
#include "frontend/token.def"
    case TokenKind::kNone:
    case TokenKind::kEof:
      return "";
  }
  return "";
}

bool IsReservedText(std::string_view text) {
  for (int kind = static_cast<int>(TokenKind::kImport); kind <= static_cast<int>(TokenKind::kNot);
       ++kind) {
    if (Spelling(static_cast<TokenKind>(kind)) == text) return true;
  }
  return false;
}

bool IsStatementWord(TokenKind kind) {
  return OneOf(kind, {TokenKind::kLet, TokenKind::kVar, TokenKind::kReturn, TokenKind::kYield,
                      TokenKind::kBreak, TokenKind::kContinue, TokenKind::kEmit, TokenKind::kIf,
                      TokenKind::kFor, TokenKind::kWhile, TokenKind::kMatch, TokenKind::kTry,
                      TokenKind::kCheck, TokenKind::kMock, TokenKind::kGen, TokenKind::kSelect,
                      TokenKind::kInsert, TokenKind::kOn}) ||
         IsRole(kind);
}

TokenKind CloserOf(TokenKind opener) {
  switch (opener) {
    case TokenKind::kLParen:
    case TokenKind::kLineLParen:
      return TokenKind::kRParen;
    case TokenKind::kLBrack:
    case TokenKind::kLineLBrack:
      return TokenKind::kRBrack;
    default:
      return TokenKind::kRBrace;
  }
}

bool EndsOperand(TokenKind kind) {
  return OneOf(kind, {TokenKind::kName, TokenKind::kInt, TokenKind::kFloat, TokenKind::kDuration,
                      TokenKind::kRegex, TokenKind::kRawStr, TokenKind::kRawBlock,
                      TokenKind::kStrClose, TokenKind::kBlockClose, TokenKind::kStrEol,
                      TokenKind::kRParen, TokenKind::kRBrack, TokenKind::kRBrace});
}

bool IsStringPart(TokenKind kind) {
  return kind >= TokenKind::kStrText && kind <= TokenKind::kBlockBadEscape &&
         !OneOf(kind, {TokenKind::kStrInterp, TokenKind::kBlockInterp, TokenKind::kStrClose,
                       TokenKind::kBlockClose});
}

}  // namespace lmp::frontend
