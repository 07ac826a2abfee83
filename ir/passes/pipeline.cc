// pipeline: a fork over a list that grows while the program runs starts each child once its element
// is there.
//
//   %o, %k = gen %c {type=list<rec<Point>>}      %o, %k = gen %c {type=list<rec<Point>>}
//   %l = fork %o (%p, %i)                   =>   %l = fork %o {pipelined=true} (%p, %i)
//     %t = field %p {name=title}                   ...
//     %k.1 = ctx.text %base, %t
//
// A list grows if it is generated, if it is what the children of a fork that ask the model or the
// world yield, or what a function or a branch makes in such a way. Marked are forks whose children
// read, besides their element, nothing that is there only behind the list (its length, the context
// that wrote it): others would wait for its end all the same.
//
// Keeps results because children are independent and have no effects, and a failing operation
// before the fork counts before the failures of children. What a `try` gives is no growing list:
// the elements of an attempt that fails must not be seen.
#include <algorithm>
#include <set>
#include <string>

#include "ir/analysis.h"
#include "ir/passes/passes.h"

namespace lmp::ir {
namespace {

using Functions = std::set<std::string, std::less<>>;

bool AsksOutside(const Op& op) {
  const OpClass kind = OpClassOf(op.kind);
  return kind == OpClass::kModel || kind == OpClass::kWorld;
}

class Pipeliner {
 public:
  Pipeliner(const Program& program, Graph* graph, const Functions& growing)
      : program_(program), graph_(*graph), growing_(growing) {}

  int64_t Run() {
    int64_t marked = 0;
    for (const OpId id : OpsInside(graph_, RegionId(0))) {
      Op& op = graph_.op(id);
      if (op.kind != OpKind::kFork || !Grows(op.operands[0]) || ReadsBehind(op)) continue;
      op.attributes.pipelined = true;
      ++marked;
    }
    return marked;
  }

  bool ReturnsGrowing() const {
    return !graph_.body().yields.empty() && Grows(graph_.body().yields[0]);
  }

 private:
  bool Grows(ValueId list) const {
    const ValueDef& def = graph_.value(list);
    if (!def.op.valid() || program_.types[def.type].kind != TypeKind::kList) return false;
    const Op& op = graph_.op(def.op);
    switch (op.kind) {
      case OpKind::kGen:
        return true;
      case OpKind::kCall:
        return def.index == 0 && growing_.contains(op.attributes.name);
      case OpKind::kFork: {
        const std::vector<OpId> inside = OpsInside(graph_, op.regions[0]);
        return std::any_of(inside.begin(), inside.end(),
                           [&](OpId id) { return AsksOutside(graph_.op(id)); }) ||
               op.attributes.pipelined;
      }
      case OpKind::kIf:
        return std::any_of(op.regions.begin(), op.regions.end(), [&](RegionId arm) {
          return Grows(graph_.region(arm).yields[def.index]);
        });
      default:
        return false;
    }
  }

  // The body of the fork reads something that the maker of its list gives, besides its element.
  bool ReadsBehind(const Op& fork) const {
    std::set<uint32_t> behind;
    for (const ValueId made : graph_.op(graph_.value(fork.operands[0]).op).results)
      behind.insert(made.index);
    const auto reads = [&](const Op& op) {
      const auto is_behind = [&](ValueId value) { return behind.contains(value.index); };
      return std::any_of(op.operands.begin(), op.operands.end(), is_behind) ||
             std::any_of(op.named.begin(), op.named.end(),
                         [&](const NamedOperand& n) { return is_behind(n.value); }) ||
             std::any_of(op.regions.begin(), op.regions.end(), [&](RegionId region) {
               const std::vector<ValueId>& yields = graph_.region(region).yields;
               return std::any_of(yields.begin(), yields.end(), is_behind);
             });
    };
    const RegionId body = fork.regions[0];
    for (const OpId id : OpsInside(graph_, RegionId(0))) {
      const Op& op = graph_.op(id);
      const bool inside = IsInside(graph_, op.parent, body);
      bool depends = reads(op);
      for (const RegionId region : op.regions) {
        for (const OpId inner : OpsInside(graph_, region))
          depends = depends || reads(graph_.op(inner));
      }
      if (!depends) continue;
      if (inside) return true;
      for (const ValueId result : op.results) behind.insert(result.index);
    }
    return false;
  }

  const Program& program_;
  Graph& graph_;
  const Functions& growing_;  // functions that return a growing list
};

}  // namespace

PassCounters Pipeline(Program* program) {
  PassCounters counters = {{"forks over growing lists", 0}};
  Functions growing;
  for (Graph& graph : program->functions) {  // callees stand before callers
    Pipeliner pipeliner(*program, &graph, growing);
    counters[0].second += pipeliner.Run();
    if (pipeliner.ReturnsGrowing()) growing.insert(graph.name);
  }
  return counters;
}

}  // namespace lmp::ir
