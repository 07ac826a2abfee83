#include "ir/builder.h"

#include <algorithm>

#include "ir/analysis.h"
#include "ir/failure.h"
#include "ir/passage.h"
#include "ir/run_stats.h"
#include "runtime/base/check.h"

namespace lmp::ir {

Builder::Builder(Program* program, std::string function, std::vector<Param> params, TypeId result,
                 bool effectful)
    : program_(program) {
  graph_.name = std::move(function);
  graph_.params = std::move(params);
  graph_.result = result;
  graph_.effectful = effectful;
  std::vector<TypeId> body_types;
  if (effectful) body_types.push_back(types().effect());
  for (const Param& param : graph_.params) body_types.push_back(param.type);
  const RegionId body = NewRegion(OpId(), body_types);
  for (size_t i = 0; i < graph_.params.size(); ++i) {
    NameValue(graph_.body().params[i + (effectful ? 1 : 0)], graph_.params[i].name);
  }
  open_.push_back({OpId(), body, {}});
}

std::span<const ValueId> Builder::body_params() const { return graph_.body().params; }

void Builder::NameValue(ValueId value, std::string name) {
  graph_.value(value).name = std::move(name);
}

ValueId Builder::NewValue(TypeId type) {
  LMP_CHECK(type.valid() && type.index < types().size());
  ValueDef def;
  def.type = type;
  graph_.values.push_back(std::move(def));
  return ValueId(graph_.values.size() - 1);
}

RegionId Builder::NewRegion(OpId owner, const std::vector<TypeId>& param_types) {
  const RegionId id(graph_.regions.size());
  Region region;
  region.owner = owner;
  for (const TypeId type : param_types) {
    const ValueId param = NewValue(type);
    graph_.value(param).region = id;
    graph_.value(param).index = static_cast<uint32_t>(region.params.size());
    region.params.push_back(param);
  }
  graph_.regions.push_back(std::move(region));
  if (owner.valid()) graph_.op(owner).regions.push_back(id);
  return id;
}

OpId Builder::Append(Op op, std::vector<TypeId> result_types) {
  LMP_CHECK(!open_.empty());
  for (const ValueId operand : op.operands) LMP_CHECK(operand.index < graph_.values.size());
  for (const NamedOperand& operand : op.named)
    LMP_CHECK(operand.value.index < graph_.values.size());
  std::sort(op.named.begin(), op.named.end(),
            [](const NamedOperand& a, const NamedOperand& b) { return a.name < b.name; });
  const OpId id(graph_.ops.size());
  op.parent = open_.back().region;
  op.span = span_;
  for (const TypeId type : result_types) {
    const ValueId result = NewValue(type);
    graph_.value(result).op = id;
    graph_.value(result).index = static_cast<uint32_t>(op.results.size());
    op.results.push_back(result);
  }
  graph_.region(op.parent).ops.push_back(id);
  graph_.ops.push_back(std::move(op));
  return id;
}

ValueId Builder::One(Op op, TypeId result) {
  return graph_.op(Append(std::move(op), {result})).results[0];
}

namespace {

Op MakeOp(OpKind kind, std::vector<ValueId> operands = {}) {
  Op op;
  op.kind = kind;
  op.operands = std::move(operands);
  return op;
}

}  // namespace

const Value* Builder::ConstantOf(ValueId value) const { return ir::ConstantOf(graph_, value); }

ValueId Builder::Const(Value value, TypeId type) {
  Op op = MakeOp(OpKind::kConst);
  op.attributes.value = std::move(value);
  return One(std::move(op), type);
}

ValueId Builder::Undef(TypeId type) { return One(MakeOp(OpKind::kUndef), type); }

ValueId Builder::CallPure(std::string name, std::vector<ValueId> operands, TypeId result) {
  Op op = MakeOp(OpKind::kCallPure, std::move(operands));
  op.attributes.name = std::move(name);
  return One(std::move(op), result);
}

ValueId Builder::StrCat(std::vector<ValueId> operands) {
  return One(MakeOp(OpKind::kStrCat, std::move(operands)), types().str());
}

ValueId Builder::StrFmt(ValueId value) {
  return One(MakeOp(OpKind::kStrFmt, {value}), types().str());
}

ValueId Builder::ListMake(std::vector<ValueId> operands, TypeId list_type) {
  return One(MakeOp(OpKind::kListMake, std::move(operands)), list_type);
}

ValueId Builder::RecordMake(std::string record, std::vector<ValueId> operands) {
  Op op = MakeOp(OpKind::kRecordMake, std::move(operands));
  op.attributes.name = record;
  return One(std::move(op), types().RecordOf(std::move(record)));
}

ValueId Builder::Field(ValueId record, std::string field, TypeId type) {
  Op op = MakeOp(OpKind::kField, {record});
  op.attributes.name = std::move(field);
  return One(std::move(op), type);
}

ValueId Builder::Narrow(ValueId value, TypeId type) {
  return One(MakeOp(OpKind::kNarrow, {value}), type);
}

ValueId Builder::UnionMake(ValueId record, TypeId type) {
  return One(MakeOp(OpKind::kUnionMake, {record}), type);
}

ValueId Builder::UnionIs(ValueId value, std::string record) {
  Op op = MakeOp(OpKind::kUnionIs, {value});
  op.attributes.name = std::move(record);
  return One(std::move(op), types().boolean());
}

ValueId Builder::UnionGet(ValueId value, std::string record) {
  Op op = MakeOp(OpKind::kUnionGet, {value});
  op.attributes.name = record;
  return One(std::move(op), types().RecordOf(std::move(record)));
}

ValueId Builder::CtxEmpty() { return One(MakeOp(OpKind::kCtxEmpty), types().ctx()); }

ValueId Builder::CtxOpen(ValueId ctx, Role role, bool is_private) {
  Op op = MakeOp(OpKind::kCtxOpen, {ctx});
  op.attributes.role = role;
  op.attributes.is_private = is_private;
  return One(std::move(op), types().ctx());
}

ValueId Builder::CtxPin(ValueId ctx, int64_t ttl_ms) {
  Op op = MakeOp(OpKind::kCtxWarm, {ctx});
  op.attributes.pin = true;
  op.attributes.ttl_ms = ttl_ms;
  return One(std::move(op), types().ctx());
}

ValueId Builder::CtxClose(ValueId ctx, Role role) {
  Op op = MakeOp(OpKind::kCtxClose, {ctx});
  op.attributes.role = role;
  return One(std::move(op), types().ctx());
}

ValueId Builder::CtxText(ValueId ctx, ValueId text) {
  return One(MakeOp(OpKind::kCtxText, {ctx, text}), types().ctx());
}

ValueId Builder::CtxInsert(ValueId ctx, ValueId text, ValueId document, std::string reuse) {
  Op op = MakeOp(OpKind::kCtxInsert, {ctx, text});
  if (document.valid()) op.operands.push_back(document);
  op.attributes.reuse = std::move(reuse);
  return One(std::move(op), types().ctx());
}

Builder::GenResult Builder::Gen(ValueId ctx, TypeId type, std::vector<NamedOperand> named,
                                std::string site, bool exact) {
  Op op = MakeOp(OpKind::kGen, {ctx});
  op.attributes.exact = exact;
  op.named = std::move(named);
  op.attributes.type = type;
  op.attributes.site = std::move(site);
  const OpId id = Append(std::move(op), {types().WithoutHoles(type), types().ctx()});
  return {graph_.op(id).results[0], graph_.op(id).results[1]};
}

Builder::SelectResult Builder::Select(ValueId ctx, ValueId options, std::vector<NamedOperand> named,
                                      std::string method, std::string site) {
  Op op = MakeOp(OpKind::kSelect, {ctx, options});
  op.named = std::move(named);
  op.attributes.method = std::move(method);
  op.attributes.site = std::move(site);
  const OpId id =
      Append(std::move(op), {types().str(), types().ListOf(types().f64()), types().ctx()});
  const std::vector<ValueId>& results = graph_.op(id).results;
  return {results[0], results[1], results[2]};
}

ValueId Builder::CtxOrder(ValueId ctx, ValueId labels, ValueId texts) {
  return One(MakeOp(OpKind::kCtxOrder, {ctx, labels, texts}), types().ListOf(types().i64()));
}

ValueId Builder::Stats() {
  std::vector<ValueId> before;
  for (const OpId id : graph_.region(open_.back().region).ops) {
    const Op& op = graph_.op(id);
    const OpClass kind = OpClassOf(op.kind);
    if (kind != OpClass::kModel && kind != OpClass::kRegion) continue;
    for (const ValueId result : op.results) {
      // A context that something more reads would be kept for it.
      const TypeKind type = types()[graph_.value(result).type].kind;
      if (type != TypeKind::kEffect && type != TypeKind::kCtx) before.push_back(result);
    }
  }
  return One(MakeOp(OpKind::kStats, std::move(before)),
             types().RecordOf(std::string(kRunStatsRecord)));
}

ValueId Builder::Retrieve(std::string corpus, ValueId queries, ValueId k) {
  Op op = MakeOp(OpKind::kRetrieve, {queries});
  if (k.valid()) op.named.push_back({"k", k});
  op.attributes.name = std::move(corpus);
  return One(std::move(op), types().ListOf(types().RecordOf(std::string(kPassageRecord))));
}

std::vector<ValueId> Builder::Call(std::string function, ValueId effect,
                                   std::vector<ValueId> operands, TypeId result) {
  if (effect.valid()) operands.insert(operands.begin(), effect);
  Op op = MakeOp(OpKind::kCall, std::move(operands));
  // The ordinal counts calls of this callee in source order, so that other calls may come and go.
  op.attributes.site =
      graph_.name + "." + function + "#" + std::to_string(call_counts_[function]++);
  op.attributes.name = std::move(function);
  std::vector<TypeId> result_types;
  if (result != types().none()) result_types.push_back(result);
  if (effect.valid()) result_types.push_back(types().effect());
  return graph_.op(Append(std::move(op), std::move(result_types))).results;
}

std::vector<ValueId> Builder::Tool(std::string tool, ValueId effect, std::vector<ValueId> operands,
                                   TypeId result) {
  std::vector<TypeId> results = {result};
  if (effect.valid()) {
    operands.insert(operands.begin(), effect);
    results.push_back(types().effect());
  }
  Op op = MakeOp(OpKind::kTool, std::move(operands));
  op.attributes.name = std::move(tool);
  return graph_.op(Append(std::move(op), std::move(results))).results;
}

std::vector<ValueId> Builder::Listen(ValueId effect, ValueId timeout_ms) {
  Op op = MakeOp(OpKind::kListen, {effect});
  if (timeout_ms.valid()) op.named.push_back({"timeout", timeout_ms});
  return graph_.op(Append(std::move(op), {types().str(), types().effect()})).results;
}

ValueId Builder::Tokens(ValueId context_or_text) {
  return One(MakeOp(OpKind::kTokens, {context_or_text}), types().i64());
}

ValueId Builder::Clip(ValueId text, ValueId tokens) {
  return One(MakeOp(OpKind::kClip, {text, tokens}), types().str());
}

ValueId Builder::Emit(ValueId effect, ValueId value) {
  return One(MakeOp(OpKind::kEmit, {effect, value}), types().effect());
}

void Builder::Check(ValueId condition, ValueId message, ValueId ctx) {
  std::vector<ValueId> operands = {condition, message};
  if (ctx.valid()) operands.push_back(ctx);
  Append(MakeOp(OpKind::kCheck, std::move(operands)), {});
}

void Builder::BeginIf(ValueId condition) {
  const OpId id = Append(MakeOp(OpKind::kIf, {condition}), {});
  open_.push_back({id, NewRegion(id, {}), {}});
}

void Builder::NextRegion(std::vector<ValueId> yields) {
  LMP_CHECK(open_.size() > 1);
  Open& open = open_.back();
  LMP_CHECK(graph_.op(open.op).kind == OpKind::kIf && graph_.op(open.op).regions.size() == 1);
  for (const ValueId yield : yields) open.yield_types.push_back(TypeOf(yield));
  graph_.region(open.region).yields = std::move(yields);
  open.region = NewRegion(open.op, {});
}

std::vector<ValueId> Builder::BeginTry(std::vector<NamedOperand> named, ValueId ctx) {
  Op op = MakeOp(OpKind::kTry, {});
  std::sort(named.begin(), named.end(),
            [](const NamedOperand& a, const NamedOperand& b) { return a.name < b.name; });
  op.named = std::move(named);
  op.attributes.feedback = ctx.valid();
  std::vector<TypeId> params;
  if (ctx.valid()) {
    op.operands = {ctx};
    params = {types().ctx()};
  }
  const OpId id = Append(std::move(op), {});
  open_.push_back({id, NewRegion(id, params), {}});
  return graph_.region(open_.back().region).params;
}

ValueId Builder::NextFallback(std::vector<ValueId> yields) {
  LMP_CHECK(open_.size() > 1);
  Open& open = open_.back();
  LMP_CHECK(graph_.op(open.op).kind == OpKind::kTry && graph_.op(open.op).regions.size() == 1);
  for (const ValueId yield : yields) open.yield_types.push_back(TypeOf(yield));
  graph_.region(open.region).yields = std::move(yields);
  open.region = NewRegion(open.op, {types().RecordOf(std::string(kFailureRecord))});
  return graph_.region(open.region).params[0];
}

std::vector<ValueId> Builder::BeginLoop(Op op, TypeId first, size_t carried_begin) {
  // Bounds hold for the first round only: what a later round carries has the bare type.
  std::vector<TypeId> param_types = {first};
  for (size_t i = carried_begin; i < op.operands.size(); ++i) {
    param_types.push_back(types().Erased(TypeOf(op.operands[i])));
  }
  const OpId id = Append(std::move(op), {});
  open_.push_back({id, NewRegion(id, param_types), {}});
  return graph_.region(open_.back().region).params;
}

std::vector<ValueId> Builder::BeginFor(ValueId list, std::vector<ValueId> carried) {
  const Type list_type = types()[TypeOf(list)];
  LMP_CHECK(list_type.kind == TypeKind::kList);
  carried.insert(carried.begin(), list);
  return BeginLoop(MakeOp(OpKind::kFor, std::move(carried)), list_type.element, 1);
}

std::vector<ValueId> Builder::BeginWhile(ValueId limit, std::vector<ValueId> carried) {
  Op op = MakeOp(OpKind::kWhile, std::move(carried));
  op.named = {{"limit", limit}};
  return BeginLoop(std::move(op), types().i64(), 0);
}

std::vector<ValueId> Builder::BeginFork(ValueId list, std::vector<NamedOperand> named,
                                        bool filtered, std::string on_error) {
  const Type list_type = types()[TypeOf(list)];
  LMP_CHECK(list_type.kind == TypeKind::kList);
  Op op = MakeOp(OpKind::kFork, {list});
  op.named = std::move(named);
  op.attributes.filtered = filtered;
  op.attributes.on_error = std::move(on_error);
  const OpId id = Append(std::move(op), {});
  open_.push_back({id, NewRegion(id, {list_type.element, types().i64()}), {}});
  return graph_.region(open_.back().region).params;
}

std::vector<TypeId> Builder::ResultTypesOf(const Open& open, const std::vector<ValueId>& yields) {
  const Op& op = graph_.op(open.op);
  std::vector<TypeId> result_types;
  switch (op.kind) {
    case OpKind::kTry:
      if (op.regions.size() == 1) {
        for (const ValueId yield : yields) result_types.push_back(TypeOf(yield));
        break;
      }
      [[fallthrough]];
    case OpKind::kIf:
      LMP_CHECK(op.regions.size() == 2 && yields.size() == open.yield_types.size());
      for (size_t i = 0; i < yields.size(); ++i) {
        const auto joined = types().Join(open.yield_types[i], TypeOf(yields[i]));
        LMP_CHECK_MSG(joined.has_value(), "the arms of an " + std::string(OpName(op.kind)) +
                                              " yield " + types().ToText(open.yield_types[i]) +
                                              " and " + types().ToText(TypeOf(yields[i])));
        result_types.push_back(*joined);
      }
      break;
    case OpKind::kFor:
    case OpKind::kWhile: {
      // A while yields whether to go on first; its parameters begin with the round.
      const std::vector<ValueId>& params = graph_.region(open.region).params;
      const size_t skip = op.kind == OpKind::kWhile ? 1 : 0;
      LMP_CHECK(yields.size() == params.size() - 1 + skip);
      if (skip == 1) LMP_CHECK(types()[TypeOf(yields[0])].kind == TypeKind::kBool);
      for (size_t i = 1; i < params.size(); ++i) {
        const TypeId carried = TypeOf(params[i]);
        LMP_CHECK_MSG(types().Fits(TypeOf(yields[i - 1 + skip]), carried),
                      "a loop carries " + types().ToText(carried) + " but yields " +
                          types().ToText(TypeOf(yields[i - 1 + skip])));
        result_types.push_back(carried);
      }
      break;
    }
    case OpKind::kFork: {
      LMP_CHECK(yields.size() == (op.attributes.filtered ? 2u : 1u));
      const TypeId yielded = TypeOf(yields.back());
      const bool nulls = op.attributes.on_error == "null";
      result_types.push_back(types().ListOf(nulls ? types().OptionalOf(yielded) : yielded));
      break;
    }
    default:
      LMP_CHECK_MSG(false, "not a region op: " + std::string(OpName(op.kind)));
  }
  return result_types;
}

std::vector<ValueId> Builder::End(std::vector<ValueId> yields) {
  LMP_CHECK(open_.size() > 1);
  const Open open = open_.back();
  const std::vector<TypeId> result_types = ResultTypesOf(open, yields);
  open_.pop_back();
  graph_.region(open.region).yields = std::move(yields);
  for (const TypeId type : result_types) {
    const ValueId result = NewValue(type);
    graph_.value(result).op = open.op;
    graph_.value(result).index = static_cast<uint32_t>(graph_.op(open.op).results.size());
    graph_.op(open.op).results.push_back(result);
  }
  return graph_.op(open.op).results;
}

Graph Builder::Finish(std::vector<ValueId> yields) {
  LMP_CHECK(open_.size() == 1);
  open_.clear();
  const size_t expected =
      (graph_.result != types().none() ? 1u : 0u) + (graph_.effectful ? 1u : 0u);
  LMP_CHECK(yields.size() == expected);
  graph_.body().yields = std::move(yields);
  return std::move(graph_);
}

}  // namespace lmp::ir
