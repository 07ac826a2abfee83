#include "runtime/constrain/json_schema/string_set.h"

#include <algorithm>
#include <iterator>

namespace lmp::constrain {

StringSet StringAlgebra::Of(std::vector<std::string> members) {
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  return {std::move(members), Expr(), false};
}

StringSet StringAlgebra::And(const StringSet& a, const StringSet& b) {
  if (IsAll(a) || b.IsNone()) return b;
  if (IsAll(b) || a.IsNone()) return a;
  const bool partial = a.partial || b.partial;
  if (!a.members && !b.members) return OfSpelled(pool_.And(a.spelled, b.spelled), partial);
  const StringSet& finite = a.members ? a : b;
  const StringSet& other = a.members ? b : a;
  StringSet out = None();
  out.partial = partial;
  if (other.members) {
    std::set_intersection(finite.members->begin(), finite.members->end(), other.members->begin(),
                          other.members->end(), std::back_inserter(*out.members));
    return out;
  }
  for (const std::string& member : *finite.members) {
    if (Contains(other, member)) out.members->push_back(member);
  }
  return out;
}

StringSet StringAlgebra::Or(const StringSet& a, const StringSet& b) {
  if (a == b || IsAll(a) || b.IsNone()) return a;
  if (IsAll(b) || a.IsNone()) return b;
  if (a.members && b.members) {
    StringSet out = None();
    std::set_union(a.members->begin(), a.members->end(), b.members->begin(), b.members->end(),
                   std::back_inserter(*out.members));
    out.partial = a.partial || b.partial;
    return out;
  }
  return OfSpelled(pool_.Or(Spellings(a), Spellings(b)), a.partial || b.partial);
}

StringSet StringAlgebra::Not(const StringSet& a) {
  if (a.IsNone()) return All();
  if (IsAll(a)) return None();
  return OfSpelled(pool_.AndNot(text_.AnyString(), Spellings(a)));
}

bool StringAlgebra::Contains(const StringSet& set, std::string_view text) {
  if (set.members) return std::binary_search(set.members->begin(), set.members->end(), text);
  return set.spelled == text_.AnyString() || pool_.Matches(set.spelled, SpellJson(text));
}

Result<bool> StringAlgebra::IsEmpty(const StringSet& set) {
  if (set.partial) return false;
  if (set.members) return set.members->empty();
  return pool_.IsEmpty(set.spelled);
}

Expr StringAlgebra::Spellings(const StringSet& set) {
  if (!set.members) return set.spelled;
  std::vector<std::string> spelled;
  for (const std::string& member : *set.members) spelled.push_back(SpellJson(member));
  return pool_.Literals(std::move(spelled));
}

}  // namespace lmp::constrain
