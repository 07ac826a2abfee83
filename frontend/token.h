// Tokens as the front end sees them: a kind and a byte range. The lexer makes them, the token
// filter retypes them, the parser reads them; a vector of them is the whole state between those
// steps.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace lmp::frontend {

// Values are the generated lexer's token types; 0 is unused there and here.
enum class TokenKind : uint8_t {
  kNone = 0,
#define LMP_TOKEN(enumerator, grammar_name, spelling) enumerator,
#include "frontend/token.def"
  kEof = 255,
};

struct Token {
  TokenKind kind = TokenKind::kNone;
  uint32_t begin = 0;  // bytes
  uint32_t end = 0;
  uint32_t line = 1;  // of its first byte
  bool first_on_line = false;

  std::string_view TextIn(std::string_view source) const {
    return source.substr(begin, end - begin);
  }
};

using Tokens = std::vector<Token>;

inline bool OneOf(TokenKind kind, std::initializer_list<TokenKind> kinds) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// "" where the text varies (names, literals).
std::string_view Spelling(TokenKind kind);

inline bool IsReserved(TokenKind kind) {
  return kind >= TokenKind::kImport && kind <= TokenKind::kNot;
}
// A name or a word that could stand as one.
inline bool IsWord(TokenKind kind) { return kind == TokenKind::kName || IsReserved(kind); }
// The text is one of the reserved words, whatever the filter made of the token.
bool IsReservedText(std::string_view text);
// A word that opens a declaration.
inline bool IsItemWord(TokenKind kind) {
  return kind >= TokenKind::kImport && kind <= TokenKind::kTest && kind != TokenKind::kAs;
}
inline bool IsRole(TokenKind kind) {
  return kind >= TokenKind::kSystem && kind <= TokenKind::kObserve;
}
// A word that opens a statement.
bool IsStatementWord(TokenKind kind);
inline bool IsInterp(TokenKind kind) {
  return kind == TokenKind::kStrInterp || kind == TokenKind::kBlockInterp;
}
inline bool IsOpener(TokenKind kind) {
  return OneOf(kind, {TokenKind::kLBrace, TokenKind::kLMap, TokenKind::kLParen, TokenKind::kLBrack,
                      TokenKind::kLineLParen, TokenKind::kLineLBrack}) ||
         IsInterp(kind);
}
inline bool IsCloser(TokenKind kind) {
  return OneOf(kind, {TokenKind::kRBrace, TokenKind::kRParen, TokenKind::kRBrack});
}
// The closer that belongs to `opener`.
TokenKind CloserOf(TokenKind opener);
// An operand may end with such a token (a name, a literal, a closing bracket).
bool EndsOperand(TokenKind kind);
// Tokens between the quotes of a string.
bool IsStringPart(TokenKind kind);

}  // namespace lmp::frontend
