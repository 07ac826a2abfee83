#include "ir/analysis.h"

#include <string>
#include <unordered_set>

#include "runtime/base/limits.h"

namespace lmp::ir {

UseIndex::UseIndex(const Graph& graph)
    : graph_(graph), uses_(graph.values.size()), positions_(graph.ops.size(), kNowhere) {
  for (const OpId id : OpsInside(graph, RegionId(0))) {
    const Op& op = graph.op(id);
    for (const ValueId operand : op.operands) uses_[operand.index].push_back({id, op.parent});
    for (const NamedOperand& operand : op.named)
      uses_[operand.value.index].push_back({id, op.parent});
    for (const RegionId region : op.regions) {
      for (const ValueId yield : graph.region(region).yields)
        uses_[yield.index].push_back({OpId(), region});
    }
    positions_[id.index] = 0;
  }
  for (const ValueId yield : graph.body().yields)
    uses_[yield.index].push_back({OpId(), RegionId(0)});
  for (const Region& region : graph.regions) {
    for (size_t i = 0; i < region.ops.size(); ++i) positions_[region.ops[i].index] = i;
  }
}

bool UseIndex::Behind(const Use& use, OpId op) const {
  // Lifts the use out of inner regions until it stands in a region that `op` stands in, directly or
  // through `if`s, and compares the places there.
  for (Use at = use;;) {
    for (OpId mine = op;;) {
      if (graph_.op(mine).parent == at.region) {
        return !at.op.valid() || position(at.op) > position(mine);
      }
      const OpId owner = graph_.region(graph_.op(mine).parent).owner;
      if (!owner.valid()) break;
      mine = owner;
    }
    const OpId owner = graph_.region(at.region).owner;
    if (!owner.valid()) return false;
    at = {owner, graph_.op(owner).parent};
  }
}

const Value* ConstantOf(const Graph& graph, ValueId value) {
  const OpId op = graph.value(value).op;
  if (!op.valid() || graph.op(op).kind != OpKind::kConst) return nullptr;
  return &graph.op(op).attributes.value;
}

std::optional<int64_t> ItemsExact(const Graph& graph, ValueId value) {
  const OpId id = graph.value(value).op;
  if (!id.valid()) return std::nullopt;
  const Op& op = graph.op(id);
  if (op.kind == OpKind::kConst) return static_cast<int64_t>(op.attributes.value.as_list().size());
  if (op.kind == OpKind::kListMake) return static_cast<int64_t>(op.operands.size());
  if (op.kind == OpKind::kFork && !op.attributes.filtered && op.attributes.on_error != "skip") {
    return ItemsExact(graph, op.operands[0]);
  }
  if (op.kind != OpKind::kCallPure || op.attributes.name != "range") return std::nullopt;
  const Value* end = ConstantOf(graph, op.operands.back());
  const Value zero = Value::Int(0);
  const Value* begin = op.operands.size() == 2 ? ConstantOf(graph, op.operands[0]) : &zero;
  if (begin == nullptr || end == nullptr) return std::nullopt;
  int64_t count = 0;
  if (__builtin_sub_overflow(end->as_int(), begin->as_int(), &count)) return std::nullopt;
  return count < 0 ? 0 : count;
}

namespace {

// What is known of an integer: the constant, or the bounds of its type.
std::pair<std::optional<int64_t>, std::optional<int64_t>> IntBounds(const Program& program,
                                                                    const Graph& graph,
                                                                    ValueId value) {
  const Value* constant = ConstantOf(graph, value);
  if (constant != nullptr) return {constant->as_int(), constant->as_int()};
  const Type& type = program.types[graph.value(value).type];
  return {type.low, type.high};
}

}  // namespace

std::optional<int64_t> ItemsMax(const Program& program, const Graph& graph, ValueId value) {
  if (const auto exact = ItemsExact(graph, value)) return exact;
  const Type& type = program.types[graph.value(value).type];
  if (type.kind == TypeKind::kList && type.high) return type.high;
  const OpId id = graph.value(value).op;
  if (!id.valid()) return std::nullopt;
  const Op& op = graph.op(id);
  if (op.kind == OpKind::kGen) return kListItemsDefault;
  if (op.kind == OpKind::kFork) return ItemsMax(program, graph, op.operands[0]);
  if (op.kind != OpKind::kCallPure || op.attributes.name != "range") return std::nullopt;
  const auto end = IntBounds(program, graph, op.operands.back()).second;
  const auto begin = op.operands.size() == 1 ? std::optional<int64_t>(0)
                                             : IntBounds(program, graph, op.operands[0]).first;
  int64_t count = 0;
  if (!begin || !end || __builtin_sub_overflow(*end, *begin, &count)) return std::nullopt;
  return count < 0 ? 0 : count;
}

bool Handles(const Op& op, RegionId region) {
  if (op.kind == OpKind::kFork)
    return op.attributes.on_error == "skip" || op.attributes.on_error == "null";
  return op.kind == OpKind::kTry && op.regions.size() == 2 && op.regions[0] == region;
}

bool InsideTry(const Graph& graph, RegionId region) {
  for (RegionId at = region; graph.region(at).owner.valid(); at = ParentOf(graph, at)) {
    const Op& owner = graph.op(graph.region(at).owner);
    if (owner.kind == OpKind::kTry && owner.regions[0] == at) return true;
  }
  return false;
}

bool ChecksItself(const Op& op, const CheckingFunctions& functions) {
  return op.kind == OpKind::kCheck ||
         (op.kind == OpKind::kCall && functions.contains(op.attributes.name));
}

namespace {

// What fails in `region` does not fail the function.
bool IsHandled(const Graph& graph, RegionId region) {
  for (RegionId at = region; graph.region(at).owner.valid(); at = ParentOf(graph, at)) {
    if (Handles(graph.op(graph.region(at).owner), at)) return true;
  }
  return false;
}

}  // namespace

CheckingFunctions FunctionsThatCheck(const Program& program) {
  CheckingFunctions functions;
  for (const Graph& graph : program.functions) {  // callees stand before callers
    for (const OpId id : OpsInside(graph, RegionId(0))) {
      const Op& op = graph.op(id);
      if (!ChecksItself(op, functions) || IsHandled(graph, op.parent)) continue;
      functions.insert(graph.name);
      break;
    }
  }
  return functions;
}

RegionId DefiningRegion(const Graph& graph, ValueId value) {
  const ValueDef& def = graph.value(value);
  return def.op.valid() ? graph.op(def.op).parent : def.region;
}

RegionId ParentOf(const Graph& graph, RegionId region) {
  const OpId owner = graph.region(region).owner;
  return owner.valid() ? graph.op(owner).parent : RegionId();
}

bool IsInside(const Graph& graph, RegionId inner, RegionId outer) {
  for (RegionId at = inner; at.valid(); at = ParentOf(graph, at)) {
    if (at == outer) return true;
  }
  return false;
}

std::vector<OpId> OpsInside(const Graph& graph, RegionId region) {
  struct Place {
    RegionId region;
    size_t next = 0;
  };
  std::vector<OpId> ops;
  std::vector<Place> stack = {{region}};
  while (!stack.empty()) {
    Place& top = stack.back();
    if (top.next == graph.region(top.region).ops.size()) {
      stack.pop_back();
      continue;
    }
    const OpId id = graph.region(top.region).ops[top.next++];
    ops.push_back(id);
    const std::vector<RegionId>& inner = graph.op(id).regions;
    for (auto r = inner.rbegin(); r != inner.rend(); ++r) stack.push_back({*r});
  }
  return ops;
}

namespace {

bool MayAskModel(const Program& program, const Graph& graph, RegionId region,
                 std::unordered_set<std::string>* seen) {
  for (const OpId id : OpsInside(graph, region)) {
    const Op& op = graph.op(id);
    if (op.kind != OpKind::kCall) {
      if (op.kind == OpKind::kTokens || op.kind == OpKind::kClip) continue;  // no sequence
      const OpClass asks = OpClassOf(op.kind);
      if (asks == OpClass::kModel || asks == OpClass::kWorld) return true;
      continue;
    }
    const Graph* callee = program.Find(op.attributes.name);
    if (callee == nullptr) return true;
    if (!seen->insert(op.attributes.name).second) continue;
    if (MayAskModel(program, *callee, RegionId(0), seen)) return true;
  }
  return false;
}

}  // namespace

size_t ForkElementsMax(const Program& program, const Graph& graph, const Op& fork) {
  std::unordered_set<std::string> seen;
  return MayAskModel(program, graph, fork.regions[0], &seen) ? kForkChildrenMax : kLoopRoundsMax;
}

}  // namespace lmp::ir
