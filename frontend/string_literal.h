// The text of a string literal: escapes decoded, block strings dedented, every byte traceable to
// the source. Dedent works on source lines before escapes are decoded, so `\n` and `\t` never move
// a margin. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/ast.h"
#include "frontend/repair.h"
#include "frontend/token.h"
#include "runtime/base/diagnostic.h"

namespace lmp::frontend {

// One token between the quotes, or one whole `${...}` (then `value` is valid).
struct StringPiece {
  TokenKind kind = TokenKind::kNone;
  uint32_t begin = 0;
  uint32_t end = 0;
  ast::ExprId value;
};

// `begin` and `end` are the places in text.text() between the quotes. Wrong escapes and margins add
// diagnostics (spans in the user's text).
ast::StringExpr DecodeString(const RepairedText& text, uint32_t begin, uint32_t end, bool block,
                             const std::vector<StringPiece>& pieces,
                             std::vector<Diagnostic>* diagnostics);

// r"..." and r"""...""": no escapes, no interpolation; the block form is dedented.
ast::StringExpr DecodeRawString(const RepairedText& text, uint32_t begin, uint32_t end, bool block,
                                std::vector<Diagnostic>* diagnostics);

}  // namespace lmp::frontend
