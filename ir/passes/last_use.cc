// last_use: marks where the KV of a context has no further use in the run, so that it can be
// evicted at once and not by age.
//
//   %x, %k = gen %c {...}                %x, %k = gen %c {...}
//   %k.1 = ctx.text %k, %s          =>   %k.1 = ctx.text %k, %s
//   %y, %k.2 = gen %k.1 {...}            %y, %k.2 = gen %k.1 {...}
//                                        ctx.drop %k, %y
//
// The further operands are values that the users of the KV give: order exists only through values,
// and the KV is of use until they are there.
//
// Applies to contexts that hold KV of their own: results of gen, select and ctx.warm. What open,
// close, text and warm make of such a context still rests on its KV, so their uses count as its
// uses. If one of them is yielded, put into a list or record, or passed to a function that returns
// contexts, it may live on under another name and the context is left alone. The drop stands behind
// the last use in the region that defines the context; where that use is an `if`, in each arm
// behind the last use there, or at the start of an arm that has none. Never inside a loop or fork
// around which the context was made: those run their bodies more than once. Keeps results because
// ctx.drop has none. Runs last, since every other pass may move uses.
#include <algorithm>

#include "ir/analysis.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace lmp::ir {
namespace {

class DropPlacer {
 public:
  DropPlacer(const Program& program, Graph* graph)
      : program_(program), graph_(*graph), uses_(*graph) {}

  int64_t Run() {
    for (const OpId id : OpsInside(graph_, RegionId(0))) {
      const Op& op = graph_.op(id);
      const bool holds_kv =
          op.kind == OpKind::kGen || op.kind == OpKind::kSelect || op.kind == OpKind::kCtxWarm;
      std::vector<OpId> users;
      if (holds_kv && CollectUses(op.results.back(), &users))
        PlaceIn(op.parent, op.results.back(), users, SIZE_MAX);
    }
    // From the back of each region, so that places stay valid.
    std::stable_sort(drops_.begin(), drops_.end(),
                     [](const Drop& a, const Drop& b) { return a.place > b.place; });
    for (const Drop& drop : drops_) Insert(drop);
    return static_cast<int64_t>(drops_.size());
  }

 private:
  struct Drop {
    RegionId region;
    size_t place;  // index of the op it stands before
    ValueId context;
    std::vector<ValueId> after;  // results of what uses the KV
  };

  // Collects the uses of a context and of what context ops make of it. False if one of them lives
  // on under another name.
  bool CollectUses(ValueId context, std::vector<OpId>* users) const {
    std::vector<ValueId> pending = {context};
    while (!pending.empty()) {
      const ValueId value = pending.back();
      pending.pop_back();
      for (const Use& use : uses_.of(value)) {
        if (!use.op.valid()) return false;
        const Op& user = graph_.op(use.op);
        const bool extends =
            OpClassOf(user.kind) == OpClass::kContext || user.kind == OpKind::kCtxWarm;
        const bool reads = user.kind == OpKind::kGen || user.kind == OpKind::kSelect ||
                           user.kind == OpKind::kCtxOrder || user.kind == OpKind::kTokens ||
                           (user.kind == OpKind::kCall &&
                            !HoldsContext(program_, program_.Find(user.attributes.name)->result));
        if (!extends && !reads) return false;
        users->push_back(use.op);
        if (extends) pending.push_back(user.results[0]);
      }
    }
    return !users->empty();
  }

  // The op of `region` in which the use stands, or none if it stands elsewhere.
  OpId LiftTo(RegionId region, OpId user) const {
    while (user.valid() && graph_.op(user).parent != region)
      user = graph_.region(graph_.op(user).parent).owner;
    return user;
  }

  // A value that each user (or the region op around it) gives and that is seen in `region`. Context
  // ops are left out: their own users are in the list. So are ops that give an effect only, and an
  // `if` around `region` itself: its other arm does not run.
  std::vector<ValueId> ResultsOf(const std::vector<OpId>& users, RegionId region) const {
    std::vector<ValueId> results;
    for (const OpId user : users) {
      OpId op = user;
      while (!IsInside(graph_, region, graph_.op(op).parent))
        op = graph_.region(graph_.op(op).parent).owner;
      const OpKind kind = graph_.op(op).kind;
      if (OpClassOf(kind) == OpClass::kContext || kind == OpKind::kCtxWarm) continue;
      const std::vector<RegionId>& inner = graph_.op(op).regions;
      const bool around = std::any_of(inner.begin(), inner.end(),
                                      [&](RegionId r) { return IsInside(graph_, region, r); });
      if (around) continue;
      for (const ValueId result : graph_.op(op).results) {
        if (program_.types[graph_.value(result).type].kind == TypeKind::kEffect) continue;
        if (std::find(results.begin(), results.end(), result) == results.end())
          results.push_back(result);
        break;
      }
    }
    return results;
  }

  void PlaceIn(RegionId region, ValueId context, const std::vector<OpId>& users, size_t if_unused) {
    size_t last = SIZE_MAX;
    for (const OpId inner : users) {
      const OpId user = LiftTo(region, inner);
      if (user.valid() && (last == SIZE_MAX || uses_.position(user) > last))
        last = uses_.position(user);
    }
    if (last == SIZE_MAX) {
      drops_.push_back({region, if_unused, context, ResultsOf(users, region)});
      return;
    }
    const Op& op = graph_.op(graph_.region(region).ops[last]);
    if (op.kind != OpKind::kIf) {
      drops_.push_back({region, last + 1, context, ResultsOf(users, region)});
      return;
    }
    for (const RegionId arm : op.regions) PlaceIn(arm, context, users, 0);
  }

  void Insert(const Drop& drop) {
    Op op;
    op.kind = OpKind::kCtxDrop;
    op.operands = drop.after;
    op.operands.insert(op.operands.begin(), drop.context);
    const OpId id = AddOp(&graph_, std::move(op), drop.region, {});
    std::vector<OpId>& ops = graph_.region(drop.region).ops;
    ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(drop.place), id);
  }

  const Program& program_;
  Graph& graph_;
  const UseIndex uses_;
  std::vector<Drop> drops_;
};

}  // namespace

PassCounters MarkLastUse(Program* program) {
  int64_t drops = 0;
  for (Graph& graph : program->functions) drops += DropPlacer(*program, &graph).Run();
  return {{"contexts dropped", drops}};
}

}  // namespace lmp::ir
