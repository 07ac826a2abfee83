// dead_code: removes what no result, emitted text or question to the model depends on.
//
//   %x, %c.1 = gen %c {...}      (nobody reads %x or %c.1)     =>    nothing
//   %r: str, %k: ctx = for ...   (nobody reads %k)             =>    %r: str = for ... without %k
//
// Live is what the body yields, and what live ops need; effects are threaded into the yields, so
// emit and effectful calls are live by that rule alone. A check is live, and so is a call of a
// function that checks. In the body of a `try`, and in what it calls, all that may fail is live:
// there a failure is a result. A generation is dead if neither its value nor its context is read:
// nothing else can tell that it was made. Its failure goes with it (a value nobody reads need not
// be computed). A context op that only ctx.drop or ctx.warm reads is dead too. Differs from
// last_use, which keeps the ops and marks the end of their KV's use.
#include <functional>
#include <set>
#include <string>

#include "ir/analysis.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace lmp::ir {
namespace {

class Sweeper {
 public:
  // `strict`: a `try` calls the function.
  Sweeper(Graph* graph, const CheckingFunctions& checking, bool strict)
      : graph_(*graph),
        checking_(checking),
        strict_(strict),
        live_values_(graph_.values.size(), false),
        live_ops_(graph_.ops.size(), false) {}

  void Run(PassCounters* counters) {
    for (const ValueId yield : graph_.body().yields) Mark(yield);
    for (const OpId id : OpsInside(graph_, RegionId(0))) {
      const bool tried = strict_ || InsideTry(graph_, graph_.op(id).parent);
      if (ChecksItself(graph_.op(id), checking_) || (tried && MayFail(graph_.op(id).kind)))
        MarkOp(id);
    }
    while (!pending_.empty()) {
      const ValueId value = pending_.back();
      pending_.pop_back();
      Follow(value);
    }
    Sweep(RegionId(0));
    (*counters)[0].second += generations_;
    (*counters)[1].second += others_;
    (*counters)[2].second += slots_;
  }

 private:
  static bool MayFail(OpKind kind) {
    switch (OpClassOf(kind)) {
      case OpClass::kPure:
        return kind == OpKind::kCallPure || kind == OpKind::kUnionGet || kind == OpKind::kStrCat ||
               kind == OpKind::kStrFmt || kind == OpKind::kNarrow;
      case OpClass::kModel:
        return kind != OpKind::kCtxWarm && kind != OpKind::kCtxOrder && kind != OpKind::kTokens;
      case OpClass::kWorld:
      case OpClass::kRegion:
        return true;
      default:
        return false;
    }
  }

  void Mark(ValueId value) {
    if (live_values_[value.index]) return;
    live_values_[value.index] = true;
    pending_.push_back(value);
  }

  // Everything a live value needs.
  void Follow(ValueId value) {
    const ValueDef& def = graph_.value(value);
    if (def.op.valid()) {
      MarkOp(def.op);
      const Op& op = graph_.op(def.op);
      if (op.kind == OpKind::kIf || op.kind == OpKind::kTry) {
        for (const RegionId arm : op.regions) Mark(graph_.region(arm).yields[def.index]);
      } else if (op.kind == OpKind::kFor || op.kind == OpKind::kWhile) {
        MarkSlot(op, def.index);
      } else if (op.kind == OpKind::kFork) {
        for (const ValueId yield : graph_.region(op.regions[0]).yields) Mark(yield);
      }
      return;
    }
    const OpId owner = graph_.region(def.region).owner;
    if (!owner.valid()) return;
    MarkOp(owner);
    const Op& op = graph_.op(owner);
    if (op.kind != OpKind::kFork && def.index > 0) MarkSlot(op, def.index - 1);
  }

  // A live op stands in live ops and needs its operands; of a loop's only those that are no carried
  // value.
  void MarkOp(OpId id) {
    if (live_ops_[id.index]) return;
    live_ops_[id.index] = true;
    const Op& op = graph_.op(id);
    const OpId owner = graph_.region(op.parent).owner;
    if (owner.valid()) MarkOp(owner);
    for (const NamedOperand& operand : op.named) Mark(operand.value);
    if (op.kind == OpKind::kFor) {
      Mark(op.operands[0]);
    } else if (op.kind == OpKind::kWhile) {
      Mark(graph_.region(op.regions[0]).yields[0]);
    } else {
      if (op.kind == OpKind::kFork) {
        for (const ValueId yield : graph_.region(op.regions[0]).yields) Mark(yield);
      }
      for (const ValueId operand : op.operands) Mark(operand);
    }
  }

  void MarkSlot(const Op& op, size_t slot) {
    const Region& body = graph_.region(op.regions[0]);
    const bool is_for = op.kind == OpKind::kFor;
    Mark(op.operands[slot + (is_for ? 1 : 0)]);
    Mark(body.yields[slot + (is_for ? 0 : 1)]);
    Mark(body.params[slot + 1]);
    Mark(op.results[slot]);
  }

  bool Stays(OpId id) const {
    const Op& op = graph_.op(id);
    // A drop is worth keeping as long as its context is.
    if (op.kind == OpKind::kCtxDrop) return live_values_[op.operands[0].index];
    return live_ops_[id.index];
  }

  void Sweep(RegionId region) {
    std::vector<OpId> kept;
    for (const OpId id : graph_.region(region).ops) {
      if (!Stays(id)) {
        Count(id);
        continue;
      }
      kept.push_back(id);
      if (graph_.op(id).kind == OpKind::kCtxDrop) {
        // Nobody waits for what is not computed.
        std::erase_if(graph_.op(id).operands, [this](ValueId v) { return !live_values_[v.index]; });
      }
      SweepSlots(&graph_.op(id));
      for (const RegionId inner : graph_.op(id).regions) Sweep(inner);
    }
    graph_.region(region).ops = std::move(kept);
  }

  void Count(OpId id) {
    const OpKind kind = graph_.op(id).kind;
    const bool asks = kind == OpKind::kGen || kind == OpKind::kSelect || kind == OpKind::kCall;
    ++(asks ? generations_ : others_);
    for (const RegionId region : graph_.op(id).regions) {
      for (const OpId inner : graph_.region(region).ops) Count(inner);
    }
  }

  void SweepSlots(Op* op) {
    const bool has_arms = op->kind == OpKind::kIf || op->kind == OpKind::kTry;
    if (!has_arms && op->kind != OpKind::kFor && op->kind != OpKind::kWhile) return;
    std::vector<bool> dead_results;
    for (const ValueId result : op->results) dead_results.push_back(!live_values_[result.index]);
    for (const bool dead : dead_results) slots_ += dead ? 1 : 0;
    const auto shifted = [&dead_results](size_t by) {
      std::vector<bool> marks(by, false);
      marks.insert(marks.end(), dead_results.begin(), dead_results.end());
      return marks;
    };
    if (has_arms) {
      for (const RegionId arm : op->regions) EraseMarked(&graph_.region(arm).yields, dead_results);
    } else {
      const bool is_for = op->kind == OpKind::kFor;
      EraseMarked(&op->operands, shifted(is_for ? 1 : 0));
      EraseMarked(&graph_.region(op->regions[0]).yields, shifted(is_for ? 0 : 1));
      EraseMarked(&graph_.region(op->regions[0]).params, shifted(1));
    }
    EraseMarked(&op->results, dead_results);
  }

  Graph& graph_;
  const CheckingFunctions& checking_;
  const bool strict_;
  std::vector<bool> live_values_, live_ops_;
  std::vector<ValueId> pending_;
  int64_t generations_ = 0, others_ = 0, slots_ = 0;
};

}  // namespace

PassCounters RemoveDeadCode(Program* program) {
  PassCounters counters = {
      {"generations removed", 0}, {"operations removed", 0}, {"carried values removed", 0}};
  const CheckingFunctions checking = FunctionsThatCheck(*program);
  std::set<std::string, std::less<>> strict;
  for (auto graph = program->functions.rbegin(); graph != program->functions.rend(); ++graph) {
    const bool called = strict.contains(graph->name);  // callers stand behind callees
    Sweeper sweeper(&*graph, checking, called);
    sweeper.Run(&counters);
    for (const OpId id : OpsInside(*graph, RegionId(0))) {
      const Op& op = graph->op(id);
      if (op.kind == OpKind::kCall && (called || InsideTry(*graph, op.parent)))
        strict.insert(op.attributes.name);
    }
  }
  return counters;
}

}  // namespace lmp::ir
