// SetAlgebra: and, or, not and disjointness of value sets. Children are combined as nodes, unread.
//
// Errors: Unsupported for a complement that has no such form, ResourceExhausted for too many
// alternatives. An object for one operation; one thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/constrain/json_schema/schema_graph.h"

namespace lmp::constrain {

inline constexpr size_t kShapesMax = 256;  // alternatives of one value; people write under 50

class SetAlgebra {
 public:
  // `place` is to blame for complements of children.
  SetAlgebra(SchemaGraph& graph, const SchemaPlace& place) : graph_(graph), place_(place) {}

  Result<ValueSet> And(const ValueSet& a, const ValueSet& b);
  Result<ValueSet> Or(const ValueSet& a, const ValueSet& b);
  // Of any number of sets; lists of values are merged at once.
  Result<ValueSet> Or(std::span<const ValueSet* const> sets);
  Result<ValueSet> Not(const ValueSet& a);
  // True only if no value is in both. Looks into required properties and items.
  bool Disjoint(const ValueSet& a, const ValueSet& b, int depth = 0);

  // The node of a key that is not declared.
  NodeId OtherValue(const ObjectShape& shape, std::string_view name);
  // The node of any key.
  NodeId ValueOf(const ObjectShape& shape, std::string_view name);

 private:
  bool IsAny(const ArrayShape& shape) const;
  bool IsAny(const ObjectShape& shape) const;
  Status Spend(const ValueSet& a, const ValueSet& b);
  // False if nothing is in both.
  bool AndArrays(const ArrayShape& a, const ArrayShape& b, ArrayShape* out);
  Result<bool> AndObjects(const ObjectShape& a, const ObjectShape& b, ObjectShape* out);
  Status AndOthers(const ObjectShape& a, const ObjectShape& b, ObjectShape* out);
  bool Trim(ArrayShape* shape) const;
  bool MayHold(const ObjectShape& shape) const;
  Result<std::vector<ArrayShape>> NotArray(const ArrayShape& shape);
  Result<std::vector<ObjectShape>> NotObject(const ObjectShape& shape);
  Result<std::vector<ArrayShape>> AndAll(const std::vector<ArrayShape>& a,
                                         const std::vector<ArrayShape>& b);
  Result<std::vector<ObjectShape>> AndAll(const std::vector<ObjectShape>& a,
                                          const std::vector<ObjectShape>& b);
  bool DisjointNodes(NodeId a, NodeId b, int depth);
  bool DisjointArrays(const ArrayShape& a, const ArrayShape& b, int depth);
  bool DisjointObjects(const ObjectShape& a, const ObjectShape& b, int depth);

  SchemaGraph& graph_;
  SchemaPlace place_;
};

}  // namespace lmp::constrain
