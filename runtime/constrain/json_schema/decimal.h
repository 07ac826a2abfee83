// Decimal: an exact decimal number as a schema writes it. Values; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lmp::constrain {

// digits * 10^exponent, negative or not. Normal form: digits have no leading and no trailing zeros;
// zero is "" with exponent 0 and not negative.
struct Decimal {
  bool negative = false;
  std::string digits;
  int exponent = 0;

  bool operator==(const Decimal&) const = default;

  // From JSON's spelling. None if it is no number, or has more than 400 digits written out in full.
  static std::optional<Decimal> Parse(std::string_view spelling);

  bool IsZero() const { return digits.empty(); }
  bool IsInteger() const { return exponent >= 0; }
  // Digits written out in full, without exponent: "-12", "0.05". Integers have no point.
  std::string Plain() const;
};

std::strong_ordering Compare(const Decimal& a, const Decimal& b);
// The integer, if it is one that fits.
std::optional<int64_t> ToInt64(const Decimal& value);

}  // namespace lmp::constrain
