// parallelize: removes orders that nothing needs.
//
// 1. An effect that a function, loop or branch only hands on is taken off it: a function that emits
//    nothing loses its effect parameter, so that its calls are ordered by data alone.
//
//      fn @f(%e: eff, %x: str) -> str, eff      fn @f(%x: str) -> str
//      %y, %e.1 = call @f %e, %x           =>   %y = call @f %x
//
// 2. What a loop carries without changing it, or an `if` yields alike from both arms, is captured.
// 3. A `for` that only collects one item a round becomes a `fork`:
//
//      %l = for %xs, %empty (%x, %acc)          %l = fork %xs (%x, %i)
//        %v = ...                                 %v = ...
//        %one = list.make %v               =>     yield %v
//        %acc.1 = call.pure @add %acc, %one
//        yield %acc.1
//
//    It applies when nothing else is carried, the items read nothing of the list so far, and the
//    list is known to have at most kForkChildrenMax items. An index of a fork and a round of a loop
//    are the same element of a site path, so samples stay; the first failing round is the failing
//    child with the lowest index. Effect-free by the verifier: what is not carried cannot be an
//    effect.
//
// The dataflow executor runs at once whatever is not ordered, so there is nothing else to insert.
#include <algorithm>
#include <set>

#include "ir/analysis.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"
#include "runtime/base/limits.h"

namespace lmp::ir {
namespace {

class Parallelizer {
 public:
  Parallelizer(Program* program, Graph* graph, std::set<std::string>* freed)
      : program_(*program), graph_(*graph), freed_(*freed), substitution_(*graph) {}

  void Run(PassCounters* counters) {
    TakeTokensOffCalls();
    substitution_.ApplyToAll(&graph_);
    // Taking a value off an inner loop may make it unchanged in the outer one: inner regions first.
    Unthread(RegionId(0));
    substitution_.ApplyToAll(&graph_);
    const bool silent = graph_.effectful && graph_.body().yields.back() == graph_.body().params[0];
    if (silent) FreeFunction();
    Compact(&graph_);
    MakeForks();
    (*counters)[0].second += silent ? 1 : 0;
    (*counters)[1].second += calls_;
    (*counters)[2].second += unthreaded_;
    (*counters)[3].second += forks_;
  }

 private:
  // Calls of functions that have lost their effect hand the token on.
  void TakeTokensOffCalls() {
    for (const OpId id : OpsInside(graph_, RegionId(0))) {
      Op& op = graph_.op(id);
      if (op.kind != OpKind::kCall || freed_.count(op.attributes.name) == 0) continue;
      substitution_.Replace(op.results.back(), op.operands[0]);
      op.results.pop_back();
      op.operands.erase(op.operands.begin());
      ++calls_;
    }
  }

  void Unthread(RegionId region) {
    for (const OpId id : graph_.region(region).ops) {
      substitution_.ApplyTo(&graph_.op(id));
      const std::vector<RegionId> inner = graph_.op(id).regions;
      for (const RegionId r : inner) Unthread(r);
      Op& op = graph_.op(id);
      if (op.kind == OpKind::kIf || op.kind == OpKind::kTry) UnthreadArms(&op);
      if (op.kind == OpKind::kFor) UnthreadLoop(&op, 1, 0);
      if (op.kind == OpKind::kWhile) UnthreadLoop(&op, 0, 1);
    }
    substitution_.ApplyTo(&graph_.region(region).yields);
  }

  void UnthreadArms(Op* op) {
    std::vector<ValueId>& then_yields = graph_.region(op->regions[0]).yields;
    std::vector<ValueId>& else_yields = graph_.region(op->regions.back()).yields;
    const bool alone = op->regions.size() == 1;
    std::vector<bool> gone(op->results.size(), false);
    for (size_t i = 0; i < gone.size(); ++i) {
      // Equal in both of two arms means defined outside of them.
      if (then_yields[i] != else_yields[i]) continue;
      if (alone && IsInside(graph_, DefiningRegion(graph_, then_yields[i]), op->regions[0]))
        continue;
      gone[i] = true;
      ++unthreaded_;
      substitution_.Replace(op->results[i], then_yields[i]);
    }
    EraseMarked(&op->results, gone);
    EraseMarked(&then_yields, gone);
    if (!alone) EraseMarked(&else_yields, gone);
  }

  // Operands from `operand` on and yields from `yield` on are what the loop carries.
  void UnthreadLoop(Op* op, size_t operand, size_t yield) {
    Region& body = graph_.region(op->regions[0]);
    std::vector<bool> gone_operands(op->operands.size(), false),
        gone_params(body.params.size(), false);
    std::vector<bool> gone_yields(body.yields.size(), false),
        gone_results(op->results.size(), false);
    for (size_t i = 0; i < op->results.size(); ++i) {
      if (body.yields[yield + i] != body.params[i + 1]) continue;
      gone_operands[operand + i] = gone_params[i + 1] = gone_yields[yield + i] = gone_results[i] =
          true;
      ++unthreaded_;
      substitution_.Replace(body.params[i + 1], op->operands[operand + i]);
      substitution_.Replace(op->results[i], op->operands[operand + i]);
    }
    EraseMarked(&op->operands, gone_operands);
    EraseMarked(&body.params, gone_params);
    EraseMarked(&body.yields, gone_yields);
    EraseMarked(&op->results, gone_results);
  }

  void FreeFunction() {
    graph_.effectful = false;
    graph_.body().params.erase(graph_.body().params.begin());
    graph_.body().yields.pop_back();
    freed_.insert(graph_.name);
  }

  void MakeForks() {
    const UseIndex uses(graph_);
    Substitution results(graph_);
    for (const OpId id : OpsInside(graph_, RegionId(0))) {
      if (graph_.op(id).kind == OpKind::kFor) TryFork(id, uses, &results);
    }
    results.ApplyToAll(&graph_);
    // The joins themselves read what the forks made.
    for (const auto& [join, made] : joins_) graph_.op(join).operands[1] = made;
  }

  // The item that the `for` collects in each round, or none if it does something else.
  ValueId CollectedItem(const Op& op, const UseIndex& uses) const {
    if (op.operands.size() != 2) return ValueId();
    const auto items = ItemsMax(program_, graph_, op.operands[0]);
    if (!items || *items > static_cast<int64_t>(kForkChildrenMax)) return ValueId();
    const Region& body = graph_.region(op.regions[0]);
    const ValueId so_far = body.params[1];
    const OpId append_id = graph_.value(body.yields[0]).op;
    if (!append_id.valid() || uses.of(so_far).size() != 1 || uses.of(body.yields[0]).size() != 1)
      return ValueId();
    const Op& append = graph_.op(append_id);
    const bool appends =
        append.kind == OpKind::kCallPure &&
        (append.attributes.name == "add" || append.attributes.name == "concat_list") &&
        append.operands[0] == so_far && append.parent == op.regions[0];
    if (!appends) return ValueId();
    const OpId one = graph_.value(append.operands[1]).op;
    const bool single = one.valid() && graph_.op(one).kind == OpKind::kListMake &&
                        graph_.op(one).operands.size() == 1;
    return single ? graph_.op(one).operands[0] : ValueId();
  }

  void TryFork(OpId id, const UseIndex& uses, Substitution* results) {
    const ValueId item = CollectedItem(graph_.op(id), uses);
    if (!item.valid()) return;
    ++forks_;
    const TypeId list_type = graph_.value(graph_.op(id).results[0]).type;
    const ValueId init = graph_.op(id).operands[1];
    const RegionId region = graph_.op(id).regions[0];
    // The accumulator's parameter becomes the index; the append is left behind.
    const OpId append = graph_.value(graph_.region(region).yields[0]).op;
    std::erase(graph_.region(region).ops, append);
    const ValueId index = graph_.region(region).params[1];
    graph_.value(index).type = program_.types.i64();
    graph_.value(index).name = "i";
    graph_.region(region).yields = {item};
    Op& op = graph_.op(id);
    op.kind = OpKind::kFork;
    op.attributes.on_error = "fail";
    op.operands.pop_back();
    const Value* start = ConstantOf(graph_, init);
    if (start != nullptr && start->as_list().empty()) return;
    Op join;
    join.kind = OpKind::kCallPure;
    join.attributes.name = "concat_list";
    join.operands = {init, op.results[0]};
    join.span = op.span;
    const RegionId parent = op.parent;
    const ValueId collected = op.results[0];
    const OpId joined = AddOp(&graph_, std::move(join), parent, {list_type});
    graph_.value(graph_.op(joined).results[0]).name = graph_.value(collected).name;
    std::vector<OpId>& ops = graph_.region(parent).ops;
    ops.insert(std::find(ops.begin(), ops.end(), id) + 1, joined);
    results->Replace(collected, graph_.op(joined).results[0]);
    joins_.emplace_back(joined, collected);
  }

  Program& program_;
  Graph& graph_;
  std::set<std::string>& freed_;
  Substitution substitution_;
  std::vector<std::pair<OpId, ValueId>> joins_;
  int64_t calls_ = 0, unthreaded_ = 0, forks_ = 0;
};

}  // namespace

PassCounters Parallelize(Program* program) {
  PassCounters counters = {{"functions without effect", 0},
                           {"calls without effect", 0},
                           {"values no longer threaded", 0},
                           {"loops made forks", 0}};
  std::set<std::string> freed;
  for (Graph& graph : program->functions) Parallelizer(program, &graph, &freed).Run(&counters);
  return counters;
}

}  // namespace lmp::ir
