// StringSet: a set of strings that a schema allows, and its spellings (json_text.h). Values; the
// algebra refers to a pool. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/constrain/json_schema/json_text.h"

namespace lmp::constrain {

struct StringSet {
  // If present: exactly these strings (not spellings), sorted, and `spelled` does not count.
  std::optional<std::vector<std::string>> members;
  Expr spelled;
  // Only a part of the set is known (a format whose strings we generate but do not recognise all):
  // its complement is not known.
  bool partial = false;

  bool operator==(const StringSet&) const = default;
  bool IsNone() const { return members && members->empty() && !partial; }
};

class StringAlgebra {
 public:
  explicit StringAlgebra(JsonText& text) : text_(text), pool_(text.pool()) {}

  JsonText& text() const { return text_; }
  StringSet All() const { return {std::nullopt, text_.AnyString(), false}; }
  static StringSet None() { return {std::vector<std::string>(), Expr(), false}; }
  static StringSet Of(std::vector<std::string> members);
  StringSet OfSpelled(Expr spelled, bool partial = false) const {
    return {std::nullopt, spelled, partial};
  }
  StringSet OfLength(uint32_t min, uint32_t max) {
    return OfSpelled(pool_.Repeat(text_.AnyChar(), min, max));
  }
  bool IsAll(const StringSet& set) const { return set == All(); }

  StringSet And(const StringSet& a, const StringSet& b);
  StringSet Or(const StringSet& a, const StringSet& b);
  // Precondition: not partial.
  StringSet Not(const StringSet& a);
  bool Contains(const StringSet& set, std::string_view text);
  // True only if no string at all is in the set. Errors: ResourceExhausted.
  Result<bool> IsEmpty(const StringSet& set);
  Expr Spellings(const StringSet& set);

 private:
  JsonText& text_;
  ExprPool& pool_;
};

}  // namespace lmp::constrain
