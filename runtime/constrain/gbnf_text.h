// A Grammar as a text of GBNF (gbnf.h), so that other servers keep to it: the same language, of
// what is well-formed UTF-8. What GBNF can say is written as it was made; conjunctions, complements
// and divisors become the rules of their automaton over code points.
//
// Pure function; any thread. Errors: Unsupported (special tokens; a prefix that ends inside a
// character), ResourceExhausted (too many rules).
#pragma once

#include <cstddef>
#include <string>

#include "runtime/base/status.h"
#include "runtime/constrain/constraint.h"

namespace lmp::constrain {

Result<std::string> GbnfText(const Grammar& grammar);

}  // namespace lmp::constrain
