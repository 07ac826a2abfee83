#include "ir/rewrite.h"

#include "ir/analysis.h"
#include "runtime/base/check.h"

namespace lmp::ir {

namespace {

ValueId AddValue(Graph* graph, TypeId type, std::string name) {
  ValueDef def;
  def.type = type;
  def.name = std::move(name);
  graph->values.push_back(std::move(def));
  return ValueId(graph->values.size() - 1);
}

}  // namespace

OpId AddOp(Graph* graph, Op op, RegionId region, const std::vector<TypeId>& result_types) {
  const OpId id(graph->ops.size());
  op.parent = region;
  op.results.clear();
  for (const TypeId type : result_types) {
    const ValueId result = AddValue(graph, type, "");
    graph->value(result).op = id;
    graph->value(result).index = static_cast<uint32_t>(op.results.size());
    op.results.push_back(result);
  }
  graph->ops.push_back(std::move(op));
  return id;
}

OpId AddConst(Graph* graph, Value value, TypeId type, RegionId region) {
  Op op;
  op.kind = OpKind::kConst;
  op.attributes.value = std::move(value);
  return AddOp(graph, std::move(op), region, {type});
}

void Substitution::Replace(ValueId from, ValueId to) {
  to = (*this)(to);
  LMP_CHECK(from != to);
  if (from.index >= to_.size()) to_.resize(from.index + 1);
  to_[from.index] = to;
}

ValueId Substitution::operator()(ValueId value) const {
  while (value.index < to_.size() && to_[value.index].valid()) value = to_[value.index];
  return value;
}

void Substitution::ApplyTo(Op* op) const {
  ApplyTo(&op->operands);
  for (NamedOperand& operand : op->named) operand.value = (*this)(operand.value);
}

void Substitution::ApplyTo(std::vector<ValueId>* values) const {
  for (ValueId& value : *values) value = (*this)(value);
}

void Substitution::ApplyToAll(Graph* graph) const {
  for (const OpId id : OpsInside(*graph, RegionId(0))) {
    ApplyTo(&graph->op(id));
    for (const RegionId region : graph->op(id).regions) ApplyTo(&graph->region(region).yields);
  }
  ApplyTo(&graph->body().yields);
}

namespace {

// Copies what is placed, in order, into a graph of its own.
class Compactor {
 public:
  explicit Compactor(Graph* graph) : old_(*graph), values_(graph->values.size()) {}

  Graph Run() {
    new_.name = std::move(old_.name);
    new_.params = std::move(old_.params);
    new_.result = old_.result;
    new_.effectful = old_.effectful;
    new_.engine = std::move(old_.engine);
    new_.span = old_.span;
    CopyRegion(RegionId(0), OpId());
    return std::move(new_);
  }

 private:
  ValueId Define(ValueId value, OpId op, RegionId region, size_t index) {
    ValueDef def = old_.value(value);
    def.op = op;
    def.region = region;
    def.index = static_cast<uint32_t>(index);
    new_.values.push_back(std::move(def));
    return values_[value.index] = ValueId(new_.values.size() - 1);
  }

  ValueId Map(ValueId value) const {
    LMP_CHECK(values_[value.index].valid());
    return values_[value.index];
  }

  RegionId CopyRegion(RegionId id, OpId owner) {
    const RegionId copy(new_.regions.size());
    new_.regions.emplace_back().owner = owner;
    const Region& source = old_.region(id);
    std::vector<ValueId> params;
    for (size_t i = 0; i < source.params.size(); ++i)
      params.push_back(Define(source.params[i], OpId(), copy, i));
    new_.region(copy).params = std::move(params);
    for (const OpId op : source.ops) CopyOp(op, copy);
    std::vector<ValueId> yields;
    for (const ValueId yield : source.yields) yields.push_back(Map(yield));
    new_.region(copy).yields = std::move(yields);
    return copy;
  }

  void CopyOp(OpId id, RegionId parent) {
    const OpId copy(new_.ops.size());
    Op& source = old_.op(id);
    Op op;
    op.kind = source.kind;
    op.attributes = std::move(source.attributes);
    op.span = source.span;
    op.parent = parent;
    for (const ValueId operand : source.operands) op.operands.push_back(Map(operand));
    for (const NamedOperand& operand : source.named)
      op.named.push_back({operand.name, Map(operand.value)});
    new_.ops.push_back(std::move(op));
    new_.region(parent).ops.push_back(copy);
    for (const RegionId region : source.regions) {
      const RegionId region_copy = CopyRegion(region, copy);
      new_.op(copy).regions.push_back(region_copy);
    }
    for (size_t i = 0; i < source.results.size(); ++i) {
      const ValueId result = Define(source.results[i], copy, RegionId(), i);
      new_.op(copy).results.push_back(result);
    }
  }

  Graph& old_;
  Graph new_;
  std::vector<ValueId> values_;
};

}  // namespace

void Compact(Graph* graph) { *graph = Compactor(graph).Run(); }

std::vector<OpId> CloneOps(Graph* graph, RegionId source, RegionId region,
                           Substitution* substitution) {
  std::vector<OpId> copies;
  const std::vector<OpId> originals = graph->region(source).ops;
  for (const OpId original : originals) {
    Op op = graph->op(original);
    const std::vector<ValueId> results = op.results;
    const std::vector<RegionId> regions = std::move(op.regions);
    op.regions.clear();
    substitution->ApplyTo(&op);
    std::vector<TypeId> types;
    for (const ValueId result : results) types.push_back(graph->value(result).type);
    const OpId copy = AddOp(graph, std::move(op), region, types);
    for (const RegionId inner : regions) {
      const RegionId inner_copy(graph->regions.size());
      graph->regions.emplace_back().owner = copy;
      graph->op(copy).regions.push_back(inner_copy);
      const std::vector<ValueId> params = graph->region(inner).params;
      for (size_t i = 0; i < params.size(); ++i) {
        const ValueDef def = graph->value(params[i]);
        const ValueId param = AddValue(graph, def.type, def.name);
        graph->value(param).region = inner_copy;
        graph->value(param).index = static_cast<uint32_t>(i);
        graph->region(inner_copy).params.push_back(param);
        substitution->Replace(params[i], param);
      }
      std::vector<OpId> ops = CloneOps(graph, inner, inner_copy, substitution);
      graph->region(inner_copy).ops = std::move(ops);
      std::vector<ValueId> yields = graph->region(inner).yields;
      substitution->ApplyTo(&yields);
      graph->region(inner_copy).yields = std::move(yields);
    }
    for (size_t i = 0; i < results.size(); ++i) {
      const ValueId result = graph->op(copy).results[i];
      graph->value(result).name = graph->value(results[i]).name;
      substitution->Replace(results[i], result);
    }
    copies.push_back(copy);
  }
  return copies;
}

}  // namespace lmp::ir
