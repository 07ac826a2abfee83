// unroll_loops: a `for` over a constant list whose body only computes and builds context becomes
// its rounds one after the other, so that examples given in a prompt are static text.
//
//   %shots: list<str> = const ["a", "b"]          %0: str = const "a"
//   %r: ctx = for %shots, %c (%s: str, %k: ctx)   %k.1 = ctx.open %c {role=user}
//     %k.1 = ctx.open %k {role=user}              %k.2 = ctx.text %k.1, %0
//     %k.2 = ctx.text %k.1, %s             =>     ...once more from the result, with "b"
//     ...
//
// Applies when the list is a `const` or `list.make` of at most kRoundsMax items, the body has no
// region, model or effect op, and the copies stay below kOpsMax, those of all loops below
// kUnrolledOpsMax. Keeps results because the rounds
// run in the same order on the same values; nothing in the body has a site, so no sample can
// change. fold_text then merges what became constant.
#include <algorithm>

#include "ir/analysis.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"
#include "runtime/base/limits.h"

namespace lmp::ir {
namespace {

constexpr size_t kRoundsMax = 64;
constexpr size_t kOpsMax = 2048;

class Unroller {
 public:
  // `left`: copies of ops that all functions together may still get.
  Unroller(Program* program, Graph* graph, size_t* left)
      : types_(program->types), graph_(*graph), substitution_(*graph), left_(*left) {}

  int64_t Run() {
    Walk(RegionId(0));
    return count_;
  }

 private:
  void Walk(RegionId region) {
    const std::vector<OpId> ops = std::move(graph_.region(region).ops);
    std::vector<OpId> placed;
    for (const OpId id : ops) {
      substitution_.ApplyTo(&graph_.op(id));
      const std::vector<RegionId> inner = graph_.op(id).regions;
      for (const RegionId r : inner) Walk(r);
      if (graph_.op(id).kind == OpKind::kFor && Applies(graph_.op(id))) {
        Unroll(id, region, &placed);
      } else {
        placed.push_back(id);
      }
    }
    graph_.region(region).ops = std::move(placed);
    substitution_.ApplyTo(&graph_.region(region).yields);
  }

  bool Applies(const Op& op) const {
    const OpId maker = graph_.value(op.operands[0]).op;
    if (!maker.valid()) return false;
    size_t rounds = 0;
    if (graph_.op(maker).kind == OpKind::kConst) {
      rounds = graph_.op(maker).attributes.value.as_list().size();
    } else if (graph_.op(maker).kind == OpKind::kListMake) {
      rounds = graph_.op(maker).operands.size();
    } else {
      return false;
    }
    const std::vector<OpId>& body = graph_.region(op.regions[0]).ops;
    const bool plain = std::all_of(body.begin(), body.end(), [this](OpId id) {
      const OpClass op_class = OpClassOf(graph_.op(id).kind);
      return op_class == OpClass::kPure || op_class == OpClass::kContext;
    });
    return plain && rounds <= kRoundsMax && rounds * body.size() <= kOpsMax &&
           rounds * (body.size() + 1) <= left_;
  }

  void Unroll(OpId id, RegionId region, std::vector<OpId>* placed) {
    ++count_;
    const Op op = graph_.op(id);
    const OpId maker = graph_.value(op.operands[0]).op;
    const TypeId element = types_[graph_.value(op.operands[0]).type].element;
    const Op list = graph_.op(maker);
    const size_t rounds =
        list.kind == OpKind::kConst ? list.attributes.value.as_list().size() : list.operands.size();
    const Region body = graph_.region(op.regions[0]);
    left_ -= rounds * (body.ops.size() + 1);
    std::vector<ValueId> carried(op.operands.begin() + 1, op.operands.end());
    for (size_t round = 0; round < rounds; ++round) {
      ValueId item;
      if (list.kind == OpKind::kConst) {
        const OpId constant =
            AddConst(&graph_, list.attributes.value.as_list()[round], element, region);
        placed->push_back(constant);
        item = graph_.op(constant).results[0];
      } else {
        item = list.operands[round];
      }
      Substitution round_values(graph_);
      round_values.Replace(body.params[0], item);
      for (size_t i = 0; i < carried.size(); ++i)
        round_values.Replace(body.params[i + 1], carried[i]);
      const std::vector<OpId> copies = CloneOps(&graph_, op.regions[0], region, &round_values);
      placed->insert(placed->end(), copies.begin(), copies.end());
      for (size_t i = 0; i < carried.size(); ++i) carried[i] = round_values(body.yields[i]);
    }
    for (size_t i = 0; i < carried.size(); ++i) substitution_.Replace(op.results[i], carried[i]);
  }

  const TypeTable& types_;
  Graph& graph_;
  Substitution substitution_;
  size_t& left_;
  int64_t count_ = 0;
};

}  // namespace

PassCounters UnrollLoops(Program* program) {
  int64_t loops = 0;
  size_t left = kUnrolledOpsMax;
  for (Graph& graph : program->functions) loops += Unroller(program, &graph, &left).Run();
  return {{"loops unrolled", loops}};
}

}  // namespace lmp::ir
