// What the host does: the function of a `tool` declaration; `run`, which chooses among tools;
// `listen`.
#include "frontend/lower.h"
#include "frontend/lower_function.h"
#include "frontend/types.h"
#include "runtime/base/check.h"

namespace lmp::frontend {

void AddTool(const Model& model, const Function& function) {
  const Tool& tool = *function.tool;
  if (tool.arithmetic) return;
  ir::ToolDecl lowered;
  lowered.name = function.name;
  if (tool.http) {
    for (const ToolOperand& operand : tool.operands)
      lowered.params.push_back({operand.name, operand.type});
  } else {
    for (const Parameter& param : function.params)
      lowered.params.push_back({param.name, param.type});
  }
  lowered.result = function.result;
  lowered.host = tool.host;
  lowered.http = tool.http;
  lowered.effect = tool.effect;
  lowered.timeout_ms = tool.timeout_ms;
  lowered.retries = tool.retries;
  lowered.idempotent = tool.idempotent;
  lowered.cache_ms = tool.cache_ms;
  lowered.span = function.span;
  model.program->tools.push_back(std::move(lowered));
}

ir::Graph LowerTool(const Model& model, const Function& function) {
  if (function.tool->http) return FunctionLowering(model, function).RunTool();
  std::vector<ir::Param> params;
  for (const Parameter& param : function.params)
    params.push_back(
        {param.name, param.type, param.has_default, param.default_value, param.description});
  ir::Builder builder(model.program, function.name, std::move(params), function.result,
                      function.effectful);
  builder.SetSpan(function.span);
  const std::span<const ir::ValueId> given = builder.body_params();
  std::vector<ir::ValueId> operands(given.begin(), given.end());
  std::vector<ir::ValueId> yields;
  if (function.tool->arithmetic) {
    yields = {builder.CallPure("math_eval", std::move(operands), model.program->types.f64())};
  } else {
    ir::ValueId effect;
    if (function.effectful) {
      effect = operands.front();
      operands.erase(operands.begin());
    }
    yields = builder.Tool(function.name, effect, std::move(operands), function.result);
  }
  ir::Graph graph = builder.Finish(std::move(yields));
  graph.span = function.span;
  return graph;
}

// What the tool is given is computed from its parameters.
ir::Graph FunctionLowering::RunTool() {
  builder_.SetSpan(function_.span);
  std::span<const ValueId> params = builder_.body_params();
  ValueId effect;
  if (function_.effectful) {
    effect = params[0];
    params = params.subspan(1);
  }
  SetAll(function_.param_slots, params);
  std::vector<ValueId> operands;
  for (const ToolOperand& operand : function_.tool->operands) {
    const ValueId made = Lower(operand.expr);
    operands.push_back(operand.text ? LowerText(made) : made);
  }
  builder_.SetSpan(function_.span);
  ir::Graph graph =
      builder_.Finish(builder_.Tool(function_.name, effect, std::move(operands), function_.result));
  graph.span = function_.span;
  return graph;
}

ir::ValueId FunctionLowering::LowerRun(const ExprNote& note) {
  const ValueId chosen = Lower(note.arguments[0]);
  const ir::Type type = types()[builder_.TypeOf(chosen)];
  if (type.kind == TypeKind::kRecord) return LowerRunOf(type.name, chosen);
  // One arm for each member; the last stands for what is left.
  size_t open = 0;
  for (; open + 1 < type.members.size(); ++open) {
    const std::string& member = types()[type.members[open]].name;
    builder_.BeginIf(builder_.UnionIs(chosen, member));
    const ValueId effect = value(function_.effect);
    ValueId made = LowerRunOf(member, builder_.UnionGet(chosen, member));
    builder_.NextRegion(WithEffect(made));
    value(function_.effect) = effect;
  }
  const std::string& last = types()[type.members[open]].name;
  std::vector<ValueId> results = WithEffect(LowerRunOf(last, builder_.UnionGet(chosen, last)));
  for (; open > 0; --open) results = builder_.End(std::move(results));
  if (results.size() > 1) value(function_.effect) = results[1];
  return results[0];
}

ir::ValueId FunctionLowering::LowerListen(const ExprNote& note) {
  const Span span = builder_.span();
  ValueId timeout;
  if (!note.arguments.empty()) {
    const auto& time = std::get<ast::DurationExpr>(tree()[note.arguments[0]].node);
    timeout = builder_.ConstInt(time.milliseconds);
  }
  builder_.SetSpan(span);
  const std::vector<ValueId> results = builder_.Listen(value(function_.effect), timeout);
  value(function_.effect) = results[1];
  return results[0];
}

std::vector<ir::ValueId> FunctionLowering::WithEffect(ValueId made) const {
  std::vector<ValueId> values = {made};
  const ValueId effect = values_[function_.effect.index];
  if (effect.valid()) values.push_back(effect);
  return values;
}

// The text of what the tool gives; of a record that is no tool's, a failure.
ir::ValueId FunctionLowering::LowerRunOf(const std::string& name, ValueId arguments) {
  const Record* record = model_.FindRecord(name);
  LMP_CHECK(record != nullptr);
  if (!record->tool) {
    builder_.Check(builder_.ConstBool(false), builder_.ConstStr("`" + name + "` is no tool"), {});
    return builder_.Undef(types().str());
  }
  const Function& tool = model_.functions[*record->tool];
  std::vector<ValueId> operands;
  for (const Parameter& param : tool.params)
    operands.push_back(builder_.Field(arguments, param.name, param.type));
  const ValueId effect = tool.effectful ? value(function_.effect) : ValueId();
  const std::vector<ValueId> results =
      builder_.Call(tool.name, effect, std::move(operands), tool.result);
  if (tool.effectful) value(function_.effect) = results.back();
  if (HasText(types(), tool.result)) return LowerText(results.front());
  return builder_.CallPure("json", {results.front()}, types().str());
}

}  // namespace lmp::frontend
