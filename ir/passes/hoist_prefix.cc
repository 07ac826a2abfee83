// hoist_prefix: what every child of a fork would append first is appended once, before the fork,
// and made resident there; the children are then admitted together (gang).
//
//   %l = fork %xs (%x, %i)                    %k = ctx.open %c {role=user}
//     %k = ctx.open %c {role=user}            %k.1 = ctx.text %k, %lead
//     %k.1 = ctx.text %k, %lead          =>   %k.2 = ctx.warm %k.1 {siblings=8}
//     %k.2 = ctx.text %k.1, %x                %l = fork %xs {gang=true} (%x, %i)
//     ...                                       %k.3 = ctx.text %k.2, %x
//                                               ...
//
// Moved are context ops, constants and string ops that cannot fail, directly in the body, whose
// operands come from outside it. Inner forks go first, so that what leaves an inner fork may leave
// the outer one too. A context that children continue is warmed unless it is empty, has just been
// generated (its KV is there), or the fork is known to have fewer than two children.
//
// Keeps results because a context is a value: children continue the same text, with its last
// message still open if it was. Without the warm, n children that arrive together would each
// prefill the prefix. Differs from fold_text, which cuts texts so that their known part can move.
#include <algorithm>
#include <string_view>

#include "ir/analysis.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace lmp::ir {
namespace {

class Hoister {
 public:
  Hoister(Program* program, Graph* graph) : program_(*program), graph_(*graph) {}

  void Run(PassCounters* counters) {
    Walk(RegionId(0));
    (*counters)[0].second += moved_;
    (*counters)[1].second += warmed_;
  }

 private:
  void Walk(RegionId region) {
    std::vector<OpId> placed;
    const std::vector<OpId> ops = graph_.region(region).ops;
    for (const OpId id : ops) {
      const std::vector<RegionId> inner = graph_.op(id).regions;
      for (const RegionId r : inner) Walk(r);
      if (graph_.op(id).kind == OpKind::kFork) {
        MoveOut(id, region, &placed);
        Warm(id, region, &placed);
      }
      placed.push_back(id);
    }
    graph_.region(region).ops = std::move(placed);
  }

  bool ComesFromOutside(ValueId value, RegionId body) const {
    return !IsInside(graph_, DefiningRegion(graph_, value), body);
  }

  // Built-ins that fail on no value of their argument types, sizes apart.
  static bool CannotFail(const Op& op) {
    static constexpr std::string_view kTotal[] = {"len", "json", "trim", "lower", "upper",  "eq",
                                                  "ne",  "not",  "and",  "or",    "reverse"};
    return std::find(std::begin(kTotal), std::end(kTotal), op.attributes.name) != std::end(kTotal);
  }

  bool Movable(const Op& op) const {
    switch (op.kind) {
      case OpKind::kConst:
      case OpKind::kStrCat:
      case OpKind::kStrFmt:
      case OpKind::kCtxEmpty:
      case OpKind::kCtxOpen:
      case OpKind::kCtxClose:
      case OpKind::kCtxText:
      case OpKind::kCtxInsert:
      case OpKind::kCtxWarm:
        return true;
      case OpKind::kCallPure:
        return CannotFail(op);
      default:
        return false;
    }
  }

  // Moves invariant ops of the fork's body into `placed`, before the fork.
  void MoveOut(OpId fork, RegionId region, std::vector<OpId>* placed) {
    const RegionId body = graph_.op(fork).regions[0];
    std::vector<OpId> stays;
    for (const OpId id : std::vector<OpId>(graph_.region(body).ops)) {
      Op& op = graph_.op(id);
      const bool invariant =
          std::all_of(op.operands.begin(), op.operands.end(),
                      [&](ValueId operand) { return ComesFromOutside(operand, body); });
      if (!invariant || !Movable(op)) {
        stays.push_back(id);
        continue;
      }
      op.parent = region;
      placed->push_back(id);
      if (OpClassOf(op.kind) == OpClass::kContext) ++moved_;
    }
    graph_.region(body).ops = std::move(stays);
  }

  // Contexts from outside that the ops directly in the body continue, in order of their first use.
  std::vector<ValueId> ContinuedContexts(RegionId body) const {
    std::vector<ValueId> contexts;
    for (const OpId id : graph_.region(body).ops) {
      const Op& op = graph_.op(id);
      const bool continues = OpClassOf(op.kind) == OpClass::kContext || op.kind == OpKind::kGen ||
                             op.kind == OpKind::kSelect || op.kind == OpKind::kCall;
      if (!continues) continue;
      for (const ValueId operand : op.operands) {
        if (program_.types[graph_.value(operand).type].kind != TypeKind::kCtx) continue;
        if (!ComesFromOutside(operand, body) || !WorthWarming(operand)) continue;
        if (std::find(contexts.begin(), contexts.end(), operand) == contexts.end())
          contexts.push_back(operand);
      }
    }
    return contexts;
  }

  bool WorthWarming(ValueId context) const {
    const OpId maker = graph_.value(context).op;
    if (!maker.valid()) return true;
    const OpKind kind = graph_.op(maker).kind;
    return kind != OpKind::kCtxEmpty && kind != OpKind::kCtxWarm && kind != OpKind::kGen &&
           kind != OpKind::kSelect;
  }

  void Warm(OpId fork, RegionId region, std::vector<OpId>* placed) {
    const auto children = ItemsExact(graph_, graph_.op(fork).operands[0]);
    const auto most = ItemsMax(program_, graph_, graph_.op(fork).operands[0]);
    if (most && *most < 2) return;
    const RegionId body = graph_.op(fork).regions[0];
    Substitution warmed(graph_);
    for (const ValueId context : ContinuedContexts(body)) {
      Op warm;
      warm.kind = OpKind::kCtxWarm;
      warm.operands = {context};
      warm.attributes.siblings = children.value_or(0);
      warm.span = graph_.op(fork).span;
      const OpId id = AddOp(&graph_, std::move(warm), region, {program_.types.ctx()});
      const ValueId result = graph_.op(id).results[0];
      graph_.value(result).name = graph_.value(context).name;
      warmed.Replace(context, result);
      placed->push_back(id);
      ++warmed_;
      graph_.op(fork).attributes.gang = true;
    }
    for (const OpId id : OpsInside(graph_, body)) {
      warmed.ApplyTo(&graph_.op(id));
      for (const RegionId inner : graph_.op(id).regions)
        warmed.ApplyTo(&graph_.region(inner).yields);
    }
    warmed.ApplyTo(&graph_.region(body).yields);
  }

  Program& program_;
  Graph& graph_;
  int64_t moved_ = 0, warmed_ = 0;
};

}  // namespace

PassCounters HoistPrefix(Program* program) {
  PassCounters counters = {{"context operations moved", 0}, {"prefixes warmed", 0}};
  for (Graph& graph : program->functions) Hoister(program, &graph).Run(&counters);
  return counters;
}

}  // namespace lmp::ir
