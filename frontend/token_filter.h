// Between lexer and parser: passes over the tokens that free the grammar of context.
//
// Nesting is bounded before anything recurses over the program. Then one left-to-right pass
//   1. turns each reserved word that stands as a name into a name (`context: string`, `${user}`),
//      by what stands around it: docs/GRAMMAR.md, "Words as names", has the rules in prose;
//   2. retypes `-`, `(` and `[` that are first on their line behind a finished operand, outside
//      brackets, to tokens of no rule: a line never continues the one before it that way;
//   3. tells the `{` of a map from the `{` of a block, by whether an operand must stand there.
// Iterative, linear, any thread; byte ranges are never touched.
#pragma once

#include <cstddef>
#include <optional>

#include "frontend/token.h"

namespace lmp::frontend {

// The first token that lies deeper than kNestingMax. Depth counts open brackets and what else makes
// the parser recurse: prefix operators, `?`, `else if`, nested type arguments.
std::optional<size_t> FindTooDeep(const Tokens& tokens);

void FilterTokens(Tokens* tokens);

}  // namespace lmp::frontend
