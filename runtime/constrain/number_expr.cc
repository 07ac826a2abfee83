#include "runtime/constrain/number_expr.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace lmp::constrain {
namespace {

constexpr int kBoundDigitsMax = 400;  // the largest double has 309

// A number without sign: digits before the point (no leading zeros, "0" if none) and behind it (no
// trailing zeros).
struct Magnitude {
  std::string whole = "0";
  std::string fraction;
  bool zero() const { return whole == "0" && fraction.empty(); }
};
struct Number {
  bool negative = false;
  Magnitude magnitude;
};

// A bound of magnitudes.
struct Bound {
  Magnitude at;
  bool exclusive = false;
};
struct Range {
  Bound low;
  std::optional<Bound> high;
};

int CompareWhole(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

std::string PlusOne(std::string digits) {
  for (size_t i = digits.size(); i > 0; --i) {
    if (digits[i - 1] != '9') {
      ++digits[i - 1];
      return digits;
    }
    digits[i - 1] = '0';
  }
  return "1" + digits;
}

// Precondition: positive.
std::string MinusOne(std::string digits) {
  for (size_t i = digits.size(); i > 0; --i) {
    if (digits[i - 1] != '0') {
      --digits[i - 1];
      break;
    }
    digits[i - 1] = '9';
  }
  if (digits.size() > 1 && digits[0] == '0') digits.erase(0, 1);
  return digits;
}

Result<Number> Parse(std::string_view text) {
  const auto bad = [&] {
    return InvalidArgument("the bound \"" + std::string(text.substr(0, 60)) + "\" is not a number");
  };
  Number number;
  size_t at = 0;
  const auto digits = [&] {
    const size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return std::string(text.substr(begin, at - begin));
  };
  if (at < text.size() && text[at] == '-') {
    number.negative = true;
    ++at;
  }
  std::string whole = digits();
  std::string fraction;
  if (whole.empty()) return bad();
  if (at < text.size() && text[at] == '.') {
    ++at;
    fraction = digits();
    if (fraction.empty()) return bad();
  }
  int exponent = 0;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    const bool minus = at < text.size() && text[at] == '-';
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::string power = digits();
    if (power.empty() || power.size() > 4) return bad();
    exponent = minus ? -std::stoi(power) : std::stoi(power);
  }
  if (at != text.size()) return bad();
  if (whole.size() + fraction.size() + static_cast<size_t>(std::abs(exponent)) > kBoundDigitsMax) {
    return InvalidArgument("the bound \"" + std::string(text.substr(0, 60)) + "\" has more than " +
                           std::to_string(kBoundDigitsMax) + " digits");
  }
  for (; exponent > 0; --exponent) {
    whole += fraction.empty() ? '0' : fraction[0];
    if (!fraction.empty()) fraction.erase(0, 1);
  }
  for (; exponent < 0; ++exponent) {
    fraction.insert(fraction.begin(), whole.empty() ? '0' : whole.back());
    if (!whole.empty()) whole.pop_back();
  }
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  fraction.erase(fraction.find_last_not_of('0') + 1);
  number.magnitude = {whole.empty() ? "0" : whole, fraction};
  if (number.magnitude.zero()) number.negative = false;
  return number;
}

// Builds expressions of magnitudes.
class Digits {
 public:
  Digits(ExprPool& pool, const NumberForm& form) : pool_(pool), form_(form) {}

  // Whole numbers from `low` on, up to `high`, else to as many digits as the form allows.
  Expr Whole(const std::string& low, const std::optional<std::string>& high) {
    if (high && CompareWhole(low, *high) > 0) return pool_.Empty();
    const size_t digits_max = std::max(low.size(), static_cast<size_t>(form_.integer_digits_max));
    const std::string last = high ? *high : std::string(digits_max, '9');
    if (low.size() == last.size()) return SameLength(low, last);
    std::vector<Expr> parts = {SameLength(low, std::string(low.size(), '9'))};
    // All lengths between, and the last one where it is not cut short.
    const bool whole_last = last.find_first_not_of('9') == std::string::npos;
    const size_t rest_max = last.size() - (whole_last ? 1 : 2);
    if (low.size() <= rest_max) {
      parts.push_back(pool_.Concat(Digit('1', '9'), Any(static_cast<uint32_t>(low.size()),
                                                        static_cast<uint32_t>(rest_max))));
    }
    if (!whole_last) parts.push_back(SameLength("1" + std::string(last.size() - 1, '0'), last));
    return pool_.Or(parts);
  }

  // Nothing, or a point and digits, within the bounds on the part behind the point.
  Expr Fraction(const Bound* low, const Bound* high) {
    const auto most = static_cast<uint32_t>(form_.fraction_digits_max);
    const bool bare = (low == nullptr || (low->at.fraction.empty() && !low->exclusive)) &&
                      (high == nullptr || !high->at.fraction.empty() || !high->exclusive);
    Expr digits = pool_.Empty();
    if (most > 0) {
      digits = Any(1, most);
      if (low != nullptr) digits = AtLeast(low->at.fraction, 0, low->exclusive, most);
      if (high != nullptr) {
        const Expr below = AtMost(high->at.fraction, 0, high->exclusive, most);
        digits = low == nullptr ? below : pool_.And(digits, below);
      }
    }
    const Expr some = pool_.Concat(pool_.Byte('.'), digits);
    return bare ? pool_.Optional(some) : some;
  }

  // Decimals in a range of magnitudes.
  Expr Decimal(const Range& range) {
    const Magnitude& low = range.low.at;
    const Expr low_whole = pool_.Literal(low.whole);
    if (!range.high) {
      return pool_.Or(pool_.Concat(low_whole, Fraction(&range.low, nullptr)),
                      pool_.Concat(Whole(PlusOne(low.whole), {}), Fraction(nullptr, nullptr)));
    }
    const Magnitude& high = range.high->at;
    const int order = CompareWhole(low.whole, high.whole);
    if (order > 0) return pool_.Empty();
    if (order == 0) return pool_.Concat(low_whole, Fraction(&range.low, &*range.high));
    std::vector<Expr> parts = {
        pool_.Concat(low_whole, Fraction(&range.low, nullptr)),
        pool_.Concat(pool_.Literal(high.whole), Fraction(nullptr, &*range.high))};
    const std::string after = PlusOne(low.whole);
    const std::string before = MinusOne(high.whole);
    if (CompareWhole(after, before) <= 0) {
      parts.push_back(pool_.Concat(Whole(after, before), Fraction(nullptr, nullptr)));
    }
    return pool_.Or(parts);
  }

 private:
  Expr Digit(char first, char last) {
    if (first > last) return pool_.Empty();
    return pool_.Bytes(ByteSet::Range(static_cast<uint8_t>(first), static_cast<uint8_t>(last)));
  }
  Expr Any(uint32_t min, uint32_t max) { return pool_.Repeat(Digit('0', '9'), min, max); }

  // Digit strings of one length between two such, inclusive.
  Expr SameLength(const std::string& low, const std::string& high) {
    const size_t n = low.size();
    size_t same = 0;
    while (same < n && low[same] == high[same]) ++same;
    if (same == n) return pool_.Literal(low);
    // Behind the first digit that differs only one of the bounds still binds; behind the last digit
    // that is not 0 (not 9) it does not bind either.
    const size_t low_end = std::max(low.find_last_not_of('0') + 1, same + 1);
    const size_t high_end = std::max(high.find_last_not_of('9') + 1, same + 1);
    const auto any_from = [&](size_t i) {
      return Any(static_cast<uint32_t>(n - i), static_cast<uint32_t>(n - i));
    };
    Expr above = any_from(low_end);
    for (size_t i = low_end; i > same + 1; --i) {
      const char l = low[i - 1];
      above = pool_.Or(pool_.Concat(Digit(l, l), above),
                       pool_.Concat(Digit(static_cast<char>(l + 1), '9'), any_from(i)));
    }
    Expr below = any_from(high_end);
    for (size_t i = high_end; i > same + 1; --i) {
      const char h = high[i - 1];
      below = pool_.Or(pool_.Concat(Digit(h, h), below),
                       pool_.Concat(Digit('0', static_cast<char>(h - 1)), any_from(i)));
    }
    // A first digit whose bound does not bind goes with the digits between.
    const Expr any = any_from(same + 1);
    const char first = static_cast<char>(low[same] + (above == any ? 0 : 1));
    const char last = static_cast<char>(high[same] - (below == any ? 0 : 1));
    std::vector<Expr> parts = {pool_.Concat(Digit(first, last), any)};
    if (above != any) parts.push_back(pool_.Concat(Digit(low[same], low[same]), above));
    if (below != any) parts.push_back(pool_.Concat(Digit(high[same], high[same]), below));
    return pool_.Concat(pool_.Literal(low.substr(0, same)), pool_.Or(parts));
  }

  // Digits D, at least one and `left` at most, with 0.D >= 0.f (or >), from digit i on.
  Expr AtLeast(const std::string& f, size_t i, bool exclusive, uint32_t left) {
    if (i == f.size()) {
      if (!exclusive) return Any(i == 0 ? 1 : 0, left);
      Expr nonzero = pool_.Empty();  // at least one digit of them is not 0
      for (uint32_t n = 1; n <= left; ++n) {
        nonzero = pool_.Or(pool_.Concat(Digit('1', '9'), Any(0, n - 1)),
                           pool_.Concat(Digit('0', '0'), nonzero));
      }
      return nonzero;
    }
    if (left == 0) return pool_.Empty();
    return pool_.Or(pool_.Concat(Digit(static_cast<char>(f[i] + 1), '9'), Any(0, left - 1)),
                    pool_.Concat(Digit(f[i], f[i]), AtLeast(f, i + 1, exclusive, left - 1)));
  }

  // The same with 0.D <= 0.f (or <). f has no trailing zeros, so a shorter D is below it.
  Expr AtMost(const std::string& f, size_t i, bool exclusive, uint32_t left) {
    if (i == f.size()) {
      if (exclusive) return pool_.Empty();
      return pool_.Repeat(Digit('0', '0'), i == 0 ? 1 : 0, left);
    }
    const Expr end = i == 0 ? pool_.Empty() : pool_.Epsilon();
    if (left == 0) return end;
    const Expr parts[] = {end,
                          pool_.Concat(Digit('0', static_cast<char>(f[i] - 1)), Any(0, left - 1)),
                          pool_.Concat(Digit(f[i], f[i]), AtMost(f, i + 1, exclusive, left - 1))};
    return pool_.Or(parts);
  }

  ExprPool& pool_;
  const NumberForm& form_;
};

// The parts of [low, high] on either side of zero, as magnitudes; zero belongs to `positive`.
struct Sides {
  std::optional<Range> positive, negative;
};

Result<Sides> Split(const NumberBounds& bounds) {
  std::optional<Number> low, high;
  if (bounds.low) {
    LMP_TRY(low, Parse(*bounds.low));
  }
  if (bounds.high) {
    LMP_TRY(high, Parse(*bounds.high));
  }
  Sides sides;
  if (!high || !high->negative) {
    Range range;
    if (low && !low->negative) range.low = {low->magnitude, bounds.low_exclusive};
    if (high) range.high = Bound{high->magnitude, bounds.high_exclusive};
    sides.positive = range;
  }
  if (!low || low->negative) {
    Range range{{{}, true}, {}};
    if (high && high->negative) range.low = {high->magnitude, bounds.high_exclusive};
    if (low) range.high = Bound{low->magnitude, bounds.low_exclusive};
    sides.negative = range;
  }
  return sides;
}

}  // namespace

Result<Expr> Integers(ExprPool& pool, const NumberBounds& bounds, const NumberForm& form) {
  LMP_TRY(const Sides sides, Split(bounds));
  Digits digits(pool, form);
  const auto whole = [&](const Range& range) {
    // The least whole number not below the bound, and the greatest not above.
    std::string low = range.low.at.whole;
    if (!range.low.at.fraction.empty() || range.low.exclusive) low = PlusOne(low);
    std::optional<std::string> high;
    if (range.high) {
      high = range.high->at.whole;
      if (range.high->at.fraction.empty() && range.high->exclusive) {
        if (*high == "0") return pool.Empty();
        high = MinusOne(*high);
      }
    }
    return digits.Whole(low, high);
  };
  Expr expr = pool.Empty();
  if (sides.positive) expr = whole(*sides.positive);
  if (sides.negative) expr = pool.Or(expr, pool.Concat(pool.Byte('-'), whole(*sides.negative)));
  return expr;
}

Result<Expr> Decimals(ExprPool& pool, const NumberBounds& bounds, const NumberForm& form) {
  LMP_TRY(const Sides sides, Split(bounds));
  Digits digits(pool, form);
  if (!bounds.low && !bounds.high) {
    // Without bounds the sign is free and every form may have an exponent.
    Expr number = pool.Concat(digits.Whole("0", {}), digits.Fraction(nullptr, nullptr));
    if (form.exponent) {
      const Expr exponent[] = {pool.Bytes(ByteSet::OfEach("eE")),
                               pool.Optional(pool.Bytes(ByteSet::OfEach("+-"))),
                               pool.Repeat(pool.Bytes(ByteSet::Range('0', '9')), 1, 2)};
      number = pool.Concat(number, pool.Optional(pool.Concat(exponent)));
    }
    return pool.Concat(pool.Optional(pool.Byte('-')), number);
  }
  Expr expr = pool.Empty();
  if (sides.positive) expr = digits.Decimal(*sides.positive);
  if (sides.negative) {
    expr = pool.Or(expr, pool.Concat(pool.Byte('-'), digits.Decimal(*sides.negative)));
  }
  return expr;
}

}  // namespace lmp::constrain
