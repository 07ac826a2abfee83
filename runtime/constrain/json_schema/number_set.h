// NumberSet: a set of numbers that a schema allows, and its spellings.
//
// Sets are exact by value. Spellings are those of one universe: plain decimals (no leading zeros,
// no
// "-0", at most 40 digits before and 30 behind the point), and normalised scientific ones
// ("-1.5e-07"), which fall into four classes by sign and size. A scientific spelling is allowed
// only where the whole class is, since the digits of bounds say nothing about it; so what is
// allowed is always within the set, and complements stay exact (Share::kSome stays kSome).
//
// Values; the algebra refers to a pool. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/constrain/expr.h"
#include "runtime/constrain/json_schema/decimal.h"

namespace lmp::constrain {

// How much of a class of spellings lies in a set.
enum class Share : uint8_t { kNone, kSome, kAll };
// -1.5e3, -1.5e-3, 1.5e-3, 1.5e3
using Shares = std::array<Share, 4>;

struct NumberSet {
  struct Member {
    Decimal value;
    std::string spelling;   // as the schema has it
    bool is_whole = false;  // an integer: not spelled with a point or an exponent
    bool operator==(const Member& other) const { return value == other.value; }
  };
  // If present: exactly these, by value, and nothing below counts.
  std::optional<std::vector<Member>> members;
  // Else all numbers that fulfil all of the following.
  std::optional<Decimal> low, high;
  bool low_exclusive = false, high_exclusive = false;
  bool whole = false;  // integers; spelled without a point
  std::vector<Decimal> multiples_of;
  Expr plain;  // plain spellings; invalid: all
  Shares shares = {Share::kAll, Share::kAll, Share::kAll, Share::kAll};

  bool operator==(const NumberSet&) const = default;

  static NumberSet All() { return {}; }
  static NumberSet None() {
    NumberSet set;
    set.members.emplace();
    return set;
  }
  bool IsNone() const { return members && members->empty(); }
  bool IsAll() const { return *this == NumberSet(); }
};

class NumberAlgebra {
 public:
  explicit NumberAlgebra(ExprPool& pool);

  static NumberSet Of(std::vector<NumberSet::Member> members);

  NumberSet And(const NumberSet& a, const NumberSet& b);
  NumberSet Or(const NumberSet& a, const NumberSet& b);
  NumberSet Not(const NumberSet& a);
  bool Contains(const NumberSet& set, const Decimal& value);
  // True only if no number at all is in the set. Errors: ResourceExhausted.
  Result<bool> IsEmpty(const NumberSet& set);
  // What to generate: of members and of whole numbers the shortest spelling (and the schema's own).
  Expr Spellings(const NumberSet& set);
  // Empty if the expression of multiples of `value` can be built, else why not.
  static std::string CannotBeMultiple(const Decimal& value);

 private:
  Expr Universe();
  // The plain spellings of all values of the set.
  Expr Values(const NumberSet& set);
  Expr Within(const NumberSet& set, bool as_values);
  Expr MultiplesOf(const Decimal& value, bool as_values);
  Expr Zeros();  // nothing, or a point and zeros
  Shares SharesOf(const NumberSet& set) const;
  Expr Scientific(const Shares& shares);

  ExprPool& pool_;
  Expr universe_;
};

}  // namespace lmp::constrain
