// Tools of the passes: new ops and values in a Graph, substitution of values, removal of what is no
// longer placed. A pass rebuilds the op lists of regions; ops and values that drop out of the lists
// stay in the vectors until Compact. One thread.
#pragma once

#include <vector>

#include "ir/program.h"

namespace lmp::ir {

// Adds the op with fresh results of the given types to the graph, standing in `region` but not yet
// in its list of ops.
OpId AddOp(Graph* graph, Op op, RegionId region, const std::vector<TypeId>& result_types);
// The same for a constant.
OpId AddConst(Graph* graph, Value value, TypeId type, RegionId region);

// Values that stand for other values. Chains are followed.
class Substitution {
 public:
  explicit Substitution(const Graph& graph) : to_(graph.values.size()) {}
  void Replace(ValueId from, ValueId to);
  ValueId operator()(ValueId value) const;
  // Rewrites operands and named operands of one op, or the yields of a region.
  void ApplyTo(Op* op) const;
  void ApplyTo(std::vector<ValueId>* values) const;
  // Rewrites everything placed in the graph.
  void ApplyToAll(Graph* graph) const;

 private:
  std::vector<ValueId> to_;  // invalid: itself
};

// Removes the elements of `list` whose place is marked.
template <typename T>
void EraseMarked(std::vector<T>* list, const std::vector<bool>& marked) {
  size_t kept = 0;
  for (size_t i = 0; i < list->size(); ++i) {
    if (i < marked.size() && marked[i]) continue;
    if (kept != i) (*list)[kept] = std::move((*list)[i]);
    ++kept;
  }
  list->resize(kept);
}

// Makes ValueDef::index, ValueDef::op and so on agree with the lists after results or parameters
// were removed, and drops ops, regions and values that are not placed.
void Compact(Graph* graph);

// Places a copy of the op list of `source` (with inner regions) into `region`: parameters and
// outside values as `substitution` says, which also learns the copies of its results. Returns the
// new ops.
std::vector<OpId> CloneOps(Graph* graph, RegionId source, RegionId region,
                           Substitution* substitution);

}  // namespace lmp::ir
