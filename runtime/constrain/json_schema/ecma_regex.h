// Regular expressions of JSON Schema (ECMA-262, without flags, by code points): parsed into a tree,
// and turned into an expression over spelled JSON strings (json_text.h) of all strings in which the
// pattern is found somewhere (`pattern` searches; it is not anchored).
//
// Supported: everything regular. Lookahead is an intersection or a difference with what follows, so
// it is supported where what follows is the rest of the string (not inside a repeat, except for
// `((?!x)c)*` at the end). Refused: back references, lookbehind, \b, \p of other classes than L, N,
// M, and `^` or `$` inside a repeat.
//
// Errors: InvalidArgument (no regular expression), Unsupported (one that is not supported),
// ResourceExhausted (too long, too deep). Pure functions.
#pragma once

#include <string_view>

#include "runtime/base/status.h"
#include "runtime/constrain/json_schema/json_text.h"

namespace lmp::constrain {

inline constexpr int kPatternDepthMax = 100;  // nested groups; people write under 10

Result<Expr> SearchExpr(JsonText& text, std::string_view pattern);

}  // namespace lmp::constrain
