#include "runtime/constrain/json_schema/number_set.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "runtime/base/check.h"
#include "runtime/constrain/number_expr.h"

namespace lmp::constrain {
namespace {

constexpr int kWholeDigitsMax = 40;
constexpr uint32_t kFractionDigitsMax = 30;
constexpr uint64_t kModulusMax = 100'000;  // remainders are states

const Decimal kOne{false, "1", 0};
const Decimal kMinusOne{true, "1", 0};
const Decimal kZero{};

Expr Digits(ExprPool& pool, uint32_t min, uint32_t max) {
  return pool.Repeat(pool.Bytes(ByteSet::Range('0', '9')), min, max);
}

// Of two bounds the one that leaves less.
void Tighten(const std::optional<Decimal>& bound, bool exclusive, bool is_low,
             std::optional<Decimal>* best, bool* best_exclusive) {
  if (!bound) return;
  if (*best) {
    const auto order = Compare(*bound, **best);
    if (order == 0) *best_exclusive = *best_exclusive || exclusive;
    if (order == 0 || (order < 0) == is_low) return;
  }
  *best = bound;
  *best_exclusive = exclusive;
}

bool Above(const NumberSet& set, const Decimal& value) {
  if (!set.low) return true;
  const auto order = Compare(value, *set.low);
  return order > 0 || (order == 0 && !set.low_exclusive);
}
bool Below(const NumberSet& set, const Decimal& value) {
  if (!set.high) return true;
  const auto order = Compare(value, *set.high);
  return order < 0 || (order == 0 && !set.high_exclusive);
}

bool IsLess(const NumberSet::Member& a, const NumberSet::Member& b) {
  return Compare(a.value, b.value) < 0;
}

Share Both(Share a, Share b) { return std::min(a, b); }
Share Either(Share a, Share b) { return std::max(a, b); }

uint64_t PowerOfTen(int n) {
  uint64_t value = 1;
  for (; n > 0 && value < kModulusMax * 100; --n) value *= 10;
  return value;
}

// The digits of a number of at most 9 digits.
uint64_t SmallDigits(const Decimal& value) { return std::stoull(value.digits); }

bool IsMultiple(const Decimal& value, const Decimal& of) {
  if (value.IsZero()) return true;
  // Without trailing zeros, finer digits than the divisor's cannot be a multiple.
  if (value.exponent < of.exponent) return false;
  const uint64_t divisor = SmallDigits(of);
  uint64_t rest = 0;
  std::string digits = value.digits;
  digits.append(static_cast<size_t>(value.exponent - of.exponent), '0');
  for (const char c : digits) rest = (rest * 10 + static_cast<uint64_t>(c - '0')) % divisor;
  return rest == 0;
}

// Whether readers that make a double of "1e+23" and an exact integer of its digits find them equal.
bool IsSameToReaders(const std::string& plain, const std::string& spelling) {
  const double read = std::strtod(spelling.c_str(), nullptr);
  if (plain.find('.') != std::string::npos) return std::strtod(plain.c_str(), nullptr) == read;
  char exact[400];
  const int size = std::snprintf(exact, sizeof exact, "%.0f", read);
  return size < static_cast<int>(sizeof exact) && plain == exact;
}

}  // namespace

NumberAlgebra::NumberAlgebra(ExprPool& pool) : pool_(pool) {}

std::string NumberAlgebra::CannotBeMultiple(const Decimal& value) {
  const std::string limit = std::to_string(kModulusMax);
  if (value.digits.size() > 6 || value.exponent > 6)
    return "only divisors of few digits, up to " + limit;
  const uint64_t digits = SmallDigits(value);
  if (value.exponent >= 0) {
    return digits * PowerOfTen(value.exponent) <= kModulusMax
               ? ""
               : "only whole divisors up to " + limit;
  }
  // A whole number times 10^-k: a multiple's whole part is free if the digits divide 10^k.
  if (-value.exponent > 30) return "a divisor with more than 30 digits behind the point";
  uint64_t rest = digits;
  for (const uint64_t prime : {2u, 5u}) {
    for (int i = 0; i < -value.exponent && rest % prime == 0; ++i) rest /= prime;
  }
  return rest == 1 ? "" : "only divisors that are whole or divide a power of ten";
}

NumberSet NumberAlgebra::Of(std::vector<NumberSet::Member> members) {
  // Of several spellings of a value the first counts.
  std::stable_sort(members.begin(), members.end(), IsLess);
  members.erase(std::unique(members.begin(), members.end()), members.end());
  NumberSet set;
  set.members = std::move(members);
  return set;
}

NumberSet NumberAlgebra::And(const NumberSet& a, const NumberSet& b) {
  if (a.IsAll() || b.IsNone()) return b;
  if (b.IsAll() || a.IsNone()) return a;
  if (a.members || b.members) {
    const NumberSet& finite = a.members ? a : b;
    const NumberSet& other = a.members ? b : a;
    NumberSet out = NumberSet::None();
    for (const NumberSet::Member& member : *finite.members) {
      if (!Contains(other, member.value)) continue;
      out.members->push_back(member);
      out.members->back().is_whole |= other.whole;
    }
    return out;
  }
  NumberSet out = a;
  Tighten(b.low, b.low_exclusive, true, &out.low, &out.low_exclusive);
  Tighten(b.high, b.high_exclusive, false, &out.high, &out.high_exclusive);
  out.whole = a.whole || b.whole;
  for (const Decimal& multiple : b.multiples_of) {
    if (std::find(out.multiples_of.begin(), out.multiples_of.end(), multiple) ==
        out.multiples_of.end()) {
      out.multiples_of.push_back(multiple);
    }
  }
  if (b.plain.valid()) out.plain = a.plain.valid() ? pool_.And(a.plain, b.plain) : b.plain;
  for (size_t i = 0; i < 4; ++i) out.shares[i] = Both(a.shares[i], b.shares[i]);
  if (out.low && out.high) {
    const auto order = Compare(*out.low, *out.high);
    if (order > 0 || (order == 0 && (out.low_exclusive || out.high_exclusive))) {
      return NumberSet::None();
    }
  }
  return out;
}

NumberSet NumberAlgebra::Or(const NumberSet& a, const NumberSet& b) {
  if (a == b || a.IsAll() || b.IsNone()) return a;
  if (b.IsAll() || a.IsNone()) return b;
  if (a.members && b.members) {
    NumberSet out = NumberSet::None();
    std::set_union(a.members->begin(), a.members->end(), b.members->begin(), b.members->end(),
                   std::back_inserter(*out.members), IsLess);
    return out;
  }
  NumberSet out;
  out.whole = (a.whole && b.whole);
  out.plain = pool_.Or(Values(a), Values(b));
  const Shares of_a = SharesOf(a);
  const Shares of_b = SharesOf(b);
  for (size_t i = 0; i < 4; ++i) out.shares[i] = Either(of_a[i], of_b[i]);
  return out;
}

NumberSet NumberAlgebra::Not(const NumberSet& a) {
  if (a.IsAll()) return NumberSet::None();
  if (a.IsNone()) return NumberSet::All();
  NumberSet out;
  out.plain = pool_.AndNot(Universe(), Values(a));
  const Shares shares = SharesOf(a);
  for (size_t i = 0; i < 4; ++i) {
    out.shares[i] = shares[i] == Share::kSome   ? Share::kSome
                    : shares[i] == Share::kNone ? Share::kAll
                                                : Share::kNone;
  }
  return out;
}

bool NumberAlgebra::Contains(const NumberSet& set, const Decimal& value) {
  if (set.members) {
    return std::binary_search(set.members->begin(), set.members->end(),
                              NumberSet::Member{value, {}}, IsLess);
  }
  if (!Above(set, value) || !Below(set, value)) return false;
  if (set.whole && !value.IsInteger()) return false;
  for (const Decimal& multiple : set.multiples_of) {
    if (!IsMultiple(value, multiple)) return false;
  }
  return !set.plain.valid() || pool_.Matches(set.plain, value.Plain());
}

Result<bool> NumberAlgebra::IsEmpty(const NumberSet& set) {
  if (set.members) return set.members->empty();
  const Shares shares = SharesOf(set);
  if (std::any_of(shares.begin(), shares.end(), [](Share s) { return s == Share::kAll; })) {
    return false;
  }
  // Bounds that do not contradict each other leave some number between them, if only a tiny one.
  if (!set.whole && set.multiples_of.empty() && !set.plain.valid()) return false;
  return pool_.IsEmpty(Values(set));
}

Expr NumberAlgebra::Universe() {
  if (!universe_.valid()) universe_ = Within(NumberSet::All(), true);
  return universe_;
}

Expr NumberAlgebra::Zeros() {
  return pool_.Optional(
      pool_.Concat(pool_.Byte('.'), pool_.Repeat(pool_.Byte('0'), 1, kFractionDigitsMax)));
}

// Plain spellings within the bounds: whole numbers without a point, unless `as_values`.
Expr NumberAlgebra::Within(const NumberSet& set, bool as_values) {
  const NumberForm form{kWholeDigitsMax, static_cast<int>(kFractionDigitsMax), false};
  NumberBounds bounds;
  if (set.low) bounds.low = set.low->Plain();
  if (set.high) bounds.high = set.high->Plain();
  bounds.low_exclusive = set.low_exclusive;
  bounds.high_exclusive = set.high_exclusive;
  const auto spell = [&](const NumberBounds& b) {
    Result<Expr> expr = set.whole ? Integers(pool_, b, form) : Decimals(pool_, b, form);
    LMP_CHECK(expr.ok());  // a Decimal is a number of at most 400 digits
    return *expr;
  };
  Expr expr;
  if (!bounds.low && !bounds.high) {
    // In two halves, so that there is no "-0".
    NumberBounds from_zero, below_zero;
    from_zero.low = "0";
    below_zero.high = "0";
    below_zero.high_exclusive = true;
    expr = pool_.Or(spell(from_zero), spell(below_zero));
  } else {
    expr = spell(bounds);
  }
  return set.whole && as_values ? pool_.Concat(expr, Zeros()) : expr;
}

Expr NumberAlgebra::MultiplesOf(const Decimal& value, bool as_values) {
  const Expr sign = pool_.Optional(pool_.Byte('-'));
  const uint64_t digits = SmallDigits(value);
  if (value.exponent >= 0) {
    const auto modulus = static_cast<uint32_t>(digits * PowerOfTen(value.exponent));
    const Expr whole = pool_.Concat(sign, pool_.Multiple(modulus));
    return as_values ? pool_.Concat(whole, Zeros()) : whole;
  }
  // D behind the point stands for D * 10^(k - |D|) of the smallest steps.
  const int k = -value.exponent;
  std::vector<Expr> fractions = {pool_.Epsilon()};
  for (int length = 1; length <= k; ++length) {
    uint64_t divisor = digits;
    for (const uint64_t prime : {2u, 5u}) {
      for (int i = 0; i < k - length && divisor % prime == 0; ++i) divisor /= prime;
    }
    const auto n = static_cast<uint32_t>(length);
    Expr part = Digits(pool_, n, n);
    if (divisor > 1) part = pool_.And(part, pool_.Multiple(static_cast<uint32_t>(divisor)));
    if (length == k) {
      part = pool_.Concat(part, pool_.Repeat(pool_.Byte('0'), 0, kFractionDigitsMax - n));
    }
    fractions.push_back(pool_.Concat(pool_.Byte('.'), part));
  }
  const Expr whole = pool_.Plus(pool_.Bytes(ByteSet::Range('0', '9')));
  return pool_.Concat(sign, pool_.Concat(whole, pool_.Or(fractions)));
}

Expr NumberAlgebra::Values(const NumberSet& set) {
  if (set.members) {
    std::vector<Expr> parts;
    for (const NumberSet::Member& member : *set.members) {
      const Expr digits = pool_.Literal(member.value.Plain());
      parts.push_back(pool_.Concat(
          digits, member.value.IsInteger() ? Zeros()
                                           : pool_.Repeat(pool_.Byte('0'), 0, kFractionDigitsMax)));
    }
    return pool_.Or(parts);
  }
  std::vector<Expr> parts = {Within(set, true)};
  for (const Decimal& multiple : set.multiples_of) parts.push_back(MultiplesOf(multiple, true));
  if (set.plain.valid()) parts.push_back(set.plain);
  return pool_.And(parts);
}

Shares NumberAlgebra::SharesOf(const NumberSet& set) const {
  if (set.members) {
    const Share some = set.members->empty() ? Share::kNone : Share::kSome;
    return {some, some, some, some};
  }
  // The classes as ranges: below -1, -1 to 0, 0 to 1, from 1 on.
  const Decimal* lows[] = {nullptr, &kMinusOne, &kZero, &kOne};
  const Decimal* highs[] = {&kMinusOne, &kZero, &kOne, nullptr};
  Shares out = set.shares;
  for (size_t i = 0; i < 4; ++i) {
    const bool covers_low = !set.low || (lows[i] != nullptr && Compare(*set.low, *lows[i]) <= 0 &&
                                         (i != 3 || Above(set, kOne)));
    const bool covers_high =
        !set.high || (highs[i] != nullptr && Compare(*set.high, *highs[i]) >= 0 &&
                      (i != 0 || Below(set, kMinusOne)));
    const bool outside = (set.high && lows[i] != nullptr && Compare(*set.high, *lows[i]) < 0) ||
                         (set.low && highs[i] != nullptr && Compare(*set.low, *highs[i]) > 0);
    Share share = outside ? Share::kNone : covers_low && covers_high ? Share::kAll : Share::kSome;
    if (!set.multiples_of.empty()) share = Both(share, Share::kSome);
    if (set.whole) share = i == 1 || i == 2 ? Share::kNone : Both(share, Share::kSome);
    out[i] = Both(out[i], share);
  }
  return out;
}

Expr NumberAlgebra::Scientific(const Shares& shares) {
  const Expr digit = pool_.Bytes(ByteSet::Range('0', '9'));
  const Expr first = pool_.Bytes(ByteSet::Range('1', '9'));
  const Expr mantissa = pool_.Concat(
      first,
      pool_.Optional(pool_.Concat(pool_.Byte('.'), pool_.Repeat(digit, 1, kFractionDigitsMax))));
  const Expr zero = pool_.Optional(pool_.Byte('0'));
  // One to 299, so that every double reader finds a finite number that is not 0.
  const Expr powers[] = {
      pool_.Concat(zero, first), pool_.Concat(first, digit),
      pool_.Concat(pool_.Bytes(ByteSet::Range('1', '2')), pool_.Concat(digit, digit))};
  const Expr power = pool_.Or(powers);
  const Expr e = pool_.Bytes(ByteSet::OfEach("eE"));
  const Expr small[] = {mantissa, e, pool_.Byte('-'), power};
  const Expr large[] = {mantissa, e, pool_.Optional(pool_.Byte('+')), power};
  const Expr kinds[] = {pool_.Concat(large), pool_.Concat(small)};
  Expr out = pool_.Empty();
  for (size_t i = 0; i < 4; ++i) {
    if (shares[i] != Share::kAll) continue;
    const Expr kind = kinds[i == 1 || i == 2];
    out = pool_.Or(out, i < 2 ? pool_.Concat(pool_.Byte('-'), kind) : kind);
  }
  return out;
}

Expr NumberAlgebra::Spellings(const NumberSet& set) {
  if (set.members) {
    std::vector<std::string> texts;
    for (const NumberSet::Member& member : *set.members) {
      std::string plain = member.value.Plain();
      const bool is_plain = member.spelling.find_first_of(".eE") == std::string::npos;
      if (is_plain || IsSameToReaders(plain, member.spelling)) texts.push_back(std::move(plain));
      if (is_plain || !member.is_whole) texts.push_back(member.spelling);
    }
    return pool_.Literals(std::move(texts));
  }
  std::vector<Expr> parts = {Within(set, false)};
  for (const Decimal& multiple : set.multiples_of) {
    parts.push_back(MultiplesOf(multiple, !set.whole));
  }
  if (set.plain.valid()) parts.push_back(set.plain);
  return pool_.Or(pool_.And(parts), Scientific(SharesOf(set)));
}

}  // namespace lmp::constrain
