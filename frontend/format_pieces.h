// What the formatter lays out: a program as a list of pieces, each one token or one whole string,
// with the comments in front of it and what the syntax tree says about it. Where a piece stands in
// the source is kept only as far as the layout asks: was there a line break, a blank line.
// Values; `text` of pieces and comments points into the source. One thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "frontend/ast.h"
#include "frontend/lex.h"

namespace lmp::frontend {

// What begins at a piece and gets a line of its own.
enum class Element : uint8_t { kNone, kItem, kStatement, kField, kMember, kArm, kPair };

// What a sign means here, where its spelling alone does not tell.
enum class Sign : uint8_t {
  kNone,
  kTypeOpen,     // `<` of list<T>
  kTypeClose,    // its `>`
  kOptional,     // `?` of T?
  kConditional,  // `?` and `:` of c ? a : b
  kSlice,        // `:` of xs[a:b]
  kNegative,     // `-` with nothing before it
  kDeclaration,  // the word behind the attributes of a declaration
};

struct FormatComment {
  std::string_view text;
  bool own_line = false;
  bool blank_before = false;
};

struct Piece {
  TokenKind kind = TokenKind::kNone;  // of a string, its first token
  Element element = Element::kNone;
  Sign sign = Sign::kNone;
  bool newline_before = false;
  bool blank_before = false;  // a blank line
  std::string_view text;
  uint32_t match = 0;  // of a bracket, the other one; else itself
  std::vector<FormatComment> comments;

  bool multi_line() const { return text.find('\n') != std::string_view::npos; }
};

// Of a text that parses; `tokens` are filtered. The last piece is the end of the file.
std::vector<Piece> MakePieces(std::string_view text, const Tokens& tokens, const Tokens& comments,
                              const ast::File& file);

// Blanks between a piece and the next on one line.
uint32_t BlanksBetween(const Piece& before, const Piece& piece);

}  // namespace lmp::frontend
