// Expressions of decimal numbers within bounds, exact by their digits: no arithmetic that could
// round. Any thread that owns the pool.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/constrain/expr.h"

namespace lmp::constrain {

// A bound: a decimal number as JSON writes it ("-12", "0.50", "1e3"), or none.
struct NumberBounds {
  std::optional<std::string> low, high;
  bool low_exclusive = false, high_exclusive = false;
};

// How numbers without a bound on that side are kept finite.
struct NumberForm {
  int integer_digits_max = 40;   // of a number without a bound there
  int fraction_digits_max = 20;  // 0: integers only
  bool exponent = false;         // "e" forms too; only where neither bound is given
};

// The decimal spellings within the bounds: "-" for negatives, no leading zeros, no "-0" alone for
// integers; a fraction has at least one digit. Empty if no number lies within. Errors:
// InvalidArgument for a bound that is no number or has more than 400 digits.
Result<Expr> Integers(ExprPool& pool, const NumberBounds& bounds, const NumberForm& form = {});
Result<Expr> Decimals(ExprPool& pool, const NumberBounds& bounds, const NumberForm& form = {});

}  // namespace lmp::constrain
