// What the parser tells about its first mistake, in words a user understands, and which stretch of
// tokens to leave out so that the rest can be parsed. Knows nothing of ANTLR; pure, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/token.h"
#include "runtime/base/diagnostic.h"

namespace lmp::frontend {

// The smallest piece around a mistake that a grammar rule can do without (its ERROR alternative).
enum class Unit { kNone, kItem, kField, kMember, kArm, kStatement };

struct SyntaxError {
  size_t at = 0;     // the token that does not fit; tokens.size() at the end of the file
  std::string rule;  // the grammar rule being read
  // What would have fitted; empty where several readings ended at different places.
  std::vector<TokenKind> expected;
  Unit unit = Unit::kNone;
  size_t unit_begin = 0;  // its first token
  bool Expects(TokenKind kind) const;
};

// A complete diagnostic (spans are places in `text`), with fixes only where they are certain.
Diagnostic DescribeError(std::string_view text, const Tokens& tokens, const SyntaxError& error);

// Half open: the tokens to leave out, at least one if there are any.
struct Stretch {
  size_t begin = 0;
  size_t end = 0;
};
Stretch StretchAround(std::string_view text, const Tokens& tokens, const SyntaxError& error);

// A small change of the tokens that may mend the mistake, to be tried by parsing.
struct Remedy {
  Diagnostic diagnostic;  // with the change as its fixes
  Tokens tokens;          // with the change made; unfiltered like the ones given
  // The token the change put in. The filter must leave its kind alone, or the change means nothing.
  std::optional<size_t> inserted;
};
// Best first. `raw` are the unfiltered tokens that `tokens` come from, one for one.
std::vector<Remedy> RemediesFor(std::string_view text, const Tokens& raw, const Tokens& tokens,
                                const SyntaxError& error);

}  // namespace lmp::frontend
