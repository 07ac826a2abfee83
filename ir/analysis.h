// What the verifier and the passes ask of a Graph: where values are used, and where an op stands.
// A UseIndex is a snapshot: it does not follow changes of the graph. Pure, one thread.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ir/program.h"

namespace lmp::ir {

// One use of a value: as an operand (op valid) or as a yield of `region` (op invalid).
struct Use {
  OpId op;
  RegionId region;  // where the user stands
  bool operator==(const Use&) const = default;
};

class UseIndex {
 public:
  explicit UseIndex(const Graph& graph);

  const std::vector<Use>& of(ValueId value) const { return uses_[value.index]; }
  bool used(ValueId value) const { return !uses_[value.index].empty(); }
  // Place of the op in its region.
  size_t position(OpId op) const { return positions_[op.index]; }
  bool placed(OpId op) const { return positions_[op.index] != kNowhere; }

  // True if `use` may be reached after `op` in one run of the region that defines the value, given
  // that only `if`s stand between that region and `op`.
  bool Behind(const Use& use, OpId op) const;

 private:
  static constexpr size_t kNowhere = SIZE_MAX;
  const Graph& graph_;
  std::vector<std::vector<Use>> uses_;
  std::vector<size_t> positions_;
};

// The constant that defines `value`, or nullptr.
const Value* ConstantOf(const Graph& graph, ValueId value);
// The most items the list `value` can have, where that is known: by its type's bound, or by how it
// is made (a constant, list.make, a range of bounded integers, a fork of such a list). Trusts the
// bounds of types: they are checked where values come in, by the constraint of a gen or at the
// entry.
std::optional<int64_t> ItemsMax(const Program& program, const Graph& graph, ValueId value);
// The exact count, where that is known.
std::optional<int64_t> ItemsExact(const Graph& graph, ValueId value);
// The most elements a fork may have: its children each take a sequence of the engine if they may
// ask the model; where they only compute, as in `[x + 1 for x in xs]`, as many as a loop has
// rounds.
size_t ForkElementsMax(const Program& program, const Graph& graph, const Op& fork);
// The functions whose callers may see a `check` fail: they hold one, or call such a function,
// outside of any `try` that handles it.
using CheckingFunctions = std::set<std::string, std::less<>>;
CheckingFunctions FunctionsThatCheck(const Program& program);
// The op is a check, or calls a function that checks.
bool ChecksItself(const Op& op, const CheckingFunctions& functions);
// What fails in `region`, one of the op's, does not fail the op.
bool Handles(const Op& op, RegionId region);
// The region is the body of a `try`, or stands in one.
bool InsideTry(const Graph& graph, RegionId region);
// The region whose parameter the value is, or in which the op stands that makes it.
RegionId DefiningRegion(const Graph& graph, ValueId value);
// The region around the op that owns `region`; invalid for the body.
RegionId ParentOf(const Graph& graph, RegionId region);
// True if `inner` is `outer` or stands inside it.
bool IsInside(const Graph& graph, RegionId inner, RegionId outer);
// Every op placed in `region` and inside it, outer before inner, in order.
std::vector<OpId> OpsInside(const Graph& graph, RegionId region);

}  // namespace lmp::ir
