// SetAlgebra::Disjoint: a proof that two sets have no value in common, by types, by scalars, by the
// lengths of arrays, and by a property that one side requires and that has no common value (a
// discriminator, or a name that the other side does not allow).
#include <algorithm>

#include "runtime/constrain/json_schema/set_algebra.h"

namespace lmp::constrain {
namespace {

constexpr int kDepthMax = 6;

}  // namespace

bool SetAlgebra::Disjoint(const ValueSet& a, const ValueSet& b, int depth) {
  if (!Spend(a, b).ok()) return false;
  if ((a.null && b.null) || (a.no && b.no) || (a.yes && b.yes)) return false;
  if (!a.number.IsNone() && !b.number.IsNone()) {
    const Result<bool> none = graph_.numbers().IsEmpty(graph_.numbers().And(a.number, b.number));
    if (!none.ok() || !*none) return false;
  }
  if (!a.string.IsNone() && !b.string.IsNone()) {
    const Result<bool> none = graph_.strings().IsEmpty(graph_.strings().And(a.string, b.string));
    if (!none.ok() || !*none) return false;
  }
  for (const ArrayShape& x : a.arrays) {
    for (const ArrayShape& y : b.arrays) {
      if (!DisjointArrays(x, y, depth)) return false;
    }
  }
  for (const ObjectShape& x : a.objects) {
    for (const ObjectShape& y : b.objects) {
      if (!DisjointObjects(x, y, depth)) return false;
    }
  }
  return true;
}

bool SetAlgebra::DisjointNodes(NodeId a, NodeId b, int depth) {
  if (a == graph_.Nothing() || b == graph_.Nothing()) return true;
  if (a == b || a == graph_.Any() || b == graph_.Any() || depth >= kDepthMax) return false;
  // What cannot be read could be anything.
  const NormalForm* x = graph_.ProbeNormal(a);
  const NormalForm* y = x == nullptr ? nullptr : graph_.ProbeNormal(b);
  return y != nullptr && Disjoint(x->set, y->set, depth + 1);
}

bool SetAlgebra::DisjointArrays(const ArrayShape& a, const ArrayShape& b, int depth) {
  const uint32_t least = std::max(a.min, b.min);
  if (least > std::min(a.max, b.max)) return true;
  const uint32_t looked_at = std::min<uint32_t>(
      least, static_cast<uint32_t>(std::max(a.prefix.size(), b.prefix.size()) + 1));
  for (uint32_t i = 0; i < looked_at; ++i) {
    if (DisjointNodes(a.ItemAt(i), b.ItemAt(i), depth)) return true;
  }
  return false;
}

bool SetAlgebra::DisjointObjects(const ObjectShape& a, const ObjectShape& b, int depth) {
  if (std::max(a.min, b.min) > std::min(a.max, b.max)) return true;
  const auto apart = [&](const ObjectShape& x, const ObjectShape& y) {
    return std::any_of(x.properties.begin(), x.properties.end(),
                       [&](const ObjectShape::Property& property) {
                         if (!property.required) return false;
                         const NodeId other = ValueOf(y, property.name);
                         // Keys that only a part of is known of prove nothing.
                         if (y.partial && y.Find(property.name) == nullptr) return false;
                         return DisjointNodes(property.value, other, depth);
                       });
  };
  return apart(a, b) || apart(b, a);
}

}  // namespace lmp::constrain
