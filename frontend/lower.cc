#include "frontend/lower.h"

#include "frontend/lower_function.h"
#include "runtime/base/check.h"

namespace lmp::frontend {
namespace {

std::vector<ir::Param> ParamsOf(const Model& model, const Function& function) {
  std::vector<ir::Param> params;
  if (!function.repl) {
    for (const Parameter& param : function.params) {
      params.push_back(
          {param.name, param.type, param.has_default, param.default_value, param.description});
    }
    return params;
  }
  if (!function.repl->has_past) return params;
  params.push_back({"v0", model.program->types.ctx(), false, {}});
  for (size_t i = 0; i < function.param_slots.size(); ++i) {
    const Slot& slot = function.slots[function.param_slots[i].index];
    params.push_back({"v" + std::to_string(i + 1), slot.type, false, {}});
  }
  return params;
}

TypeId ResultOf(const Model& model, const Function& function) {
  if (!function.repl) return function.result;
  return model.program->types.RecordOf(ReplResultRecord(function));
}

// The record that carries a REPL session from piece to piece. Its fields are numbered: names of
// users may be hidden or repeated.
void AddReplRecord(const Model& model, const Function& function) {
  ir::RecordDecl record;
  record.name = ReplResultRecord(function);
  auto add = [&](TypeId type) {
    ir::FieldDecl field;
    field.name = "v" + std::to_string(record.fields.size());
    field.type = type;
    record.fields.push_back(std::move(field));
  };
  add(model.program->types.ctx());
  for (const ReplName& name : function.repl->names) add(name.type);
  if (function.repl->has_value)
    add(model.units[function.unit].notes[function.repl->expression].type);
  model.program->records.push_back(std::move(record));
}

void AddRecord(const Model& model, const Record& record) {
  ir::RecordDecl lowered;
  lowered.name = record.name;
  for (size_t i = 0; i < record.fields.size(); ++i) {
    const RecordField& field = record.fields[i];
    lowered.fields.push_back(
        {field.name, field.generated, field.has_default, field.default_value, field.description});
  }
  lowered.holes = record.holes;
  model.program->records.push_back(std::move(lowered));
}

bool IsNamed(const ir::TypeTable& types, const std::string& record) {
  for (uint32_t i = 0; i < types.size(); ++i) {
    const ir::Type& type = types[TypeId(i)];
    if (type.kind == TypeKind::kRecord && type.name == record) return true;
  }
  return false;
}

}  // namespace

std::string ReplResultRecord(const Function& function) { return function.name + "_result"; }

void LowerProgram(const Model& model) {
  for (const Record& record : model.records) {
    // What no type names need not be there; the verifier asks for all that one does.
    if (record.decl != nullptr || IsNamed(model.program->types, record.name))
      AddRecord(model, record);
  }
  for (const Enumeration& enumeration : model.enums)
    model.program->enums.push_back(enumeration.members);
  LMP_CHECK(model.order.size() == model.functions.size());
  for (uint32_t index : model.order) {
    const Function& function = model.functions[index];
    if (function.test != nullptr && !model.lowers_tests) continue;
    if (function.mocks_session) continue;
    if (function.repl) AddReplRecord(model, function);
    if (function.tool) {
      AddTool(model, function);
      model.program->functions.push_back(LowerTool(model, function));
      continue;
    }
    model.program->functions.push_back(FunctionLowering(model, function).Run());
  }
}

FunctionLowering::FunctionLowering(const Model& model, const Function& function)
    : model_(model),
      function_(function),
      builder_(model.program, function.name, ParamsOf(model, function), ResultOf(model, function),
               function.effectful),
      values_(function.slots.size()) {}

ir::Graph FunctionLowering::Run() {
  builder_.SetSpan(function_.span);
  frame_ = {function_.context, function_.exit, function_.value, false};
  std::span<const ValueId> params = builder_.body_params();
  if (function_.effectful) {
    value(function_.effect) = params[0];
    params = params.subspan(1);
  }
  if (function_.repl) {
    if (function_.repl->has_past) {
      value(function_.context) = params[0];
      SetAll(function_.param_slots, params.subspan(1));
    }
    return RunPiece();
  }
  SetAll(function_.param_slots, params);
  const std::vector<SlotId> live = {function_.effect, function_.value};
  LowerList(function_.statements, {&live, std::nullopt});
  std::vector<ValueId> yields;
  if (function_.result != types().none()) yields.push_back(ValueOrDefault(function_.value));
  if (function_.effectful) yields.push_back(value(function_.effect));
  ir::Graph graph = builder_.Finish(std::move(yields));
  graph.span = function_.span;
  graph.engine = function_.engine;
  return graph;
}

ir::Graph FunctionLowering::RunPiece() {
  const ReplBody& repl = *function_.repl;
  LowerList(function_.statements, {});
  std::vector<ValueId> fields;
  ValueId last;
  if (repl.expression.valid()) last = Lower(repl.expression);
  fields.push_back(ValueOrDefault(function_.context));
  for (size_t i = 0; i < repl.slots.size(); ++i)
    fields.push_back(Convert(ValueOrDefault(repl.slots[i]), repl.names[i].type));
  if (repl.has_value) fields.push_back(last);
  std::vector<ValueId> yields = {
      builder_.RecordMake(ReplResultRecord(function_), std::move(fields))};
  if (function_.effectful) yields.push_back(value(function_.effect));
  ir::Graph graph = builder_.Finish(std::move(yields));
  graph.span = function_.span;
  return graph;
}

}  // namespace lmp::frontend
