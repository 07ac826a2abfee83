// Mistakes that the place where the parser stopped gives away, with words of their own: tuples,
// functions without a name, a value as a statement of a message. Pure, any thread.
#pragma once

#include <optional>
#include <string_view>

#include "frontend/syntax_errors.h"

namespace lmp::frontend {

// A complete diagnostic (spans are places in `text`), with fixes only where they are certain; none
// where the mistake is not one of these. What it tells needs no other remedy.
std::optional<Diagnostic> DescribeKnown(std::string_view text, const Tokens& tokens,
                                        const SyntaxError& error);

}  // namespace lmp::frontend
