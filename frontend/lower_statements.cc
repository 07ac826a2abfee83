// Statements: names, messages, generations.
#include "frontend/lower_function.h"
#include "runtime/base/check.h"

namespace lmp::frontend {

ir::Role RoleOf(ast::Role role) {
  switch (role) {
    case ast::Role::kSystem:
      return ir::Role::kSystem;
    case ast::Role::kUser:
      return ir::Role::kUser;
    case ast::Role::kAssistant:
      return ir::Role::kAssistant;
    case ast::Role::kObserve:
      return ir::Role::kObserve;
  }
  return ir::Role::kUser;
}

void FunctionLowering::LowerStatement(ast::StmtId id, const After& after) {
  const ast::Stmt& stmt = tree()[id];
  const StmtNote& note = notes()[id];
  builder_.SetSpan(stmt.span);
  if (const auto* let = std::get_if<ast::LetStmt>(&stmt.node)) {
    SetNamed(note.slot, let->value);
  } else if (const auto* assign = std::get_if<ast::AssignStmt>(&stmt.node)) {
    SetNamed(note.slot, assign->value);
  } else if (const auto* text = std::get_if<ast::TextStmt>(&stmt.node)) {
    LowerText(text->value);
  } else if (const auto* role = std::get_if<ast::RoleStmt>(&stmt.node)) {
    LowerRole(note, *role);
  } else if (const auto* gen = std::get_if<ast::GenStmt>(&stmt.node)) {
    LowerGen(note, *gen);
  } else if (const auto* select = std::get_if<ast::SelectStmt>(&stmt.node)) {
    LowerSelect(note, *select);
  } else if (const auto* insert = std::get_if<ast::InsertStmt>(&stmt.node)) {
    LowerInsert(id, *insert, stmt.span);
  } else if (const auto* on = std::get_if<ast::OnStmt>(&stmt.node)) {
    LowerOn(note, *on);
  } else if (const auto* branch = std::get_if<ast::IfStmt>(&stmt.node)) {
    LowerIf(*branch, {}, {}, after);
  } else if (const auto* match = std::get_if<ast::MatchStmt>(&stmt.node)) {
    LowerMatch(id, *match, after);
  } else if (const auto* loop = std::get_if<ast::ForStmt>(&stmt.node)) {
    LowerFor(id, *loop);
  } else if (const auto* repeat = std::get_if<ast::WhileStmt>(&stmt.node)) {
    LowerWhile(id, *repeat);
  } else if (const auto* result = std::get_if<ast::ReturnStmt>(&stmt.node)) {
    value(frame_.result) = LowerAs(result->value, slot(frame_.result).type);
    Leave(ExitCode::kReturn, after);
  } else if (const auto* yield = std::get_if<ast::YieldStmt>(&stmt.node)) {
    value(frame_.result) = LowerAs(yield->value, slot(frame_.result).type);
    Leave(ExitCode::kReturn, after);
  } else if (std::holds_alternative<ast::BreakStmt>(stmt.node)) {
    Leave(ExitCode::kBreak, after);
  } else if (std::holds_alternative<ast::ContinueStmt>(stmt.node)) {
    Leave(ExitCode::kContinue, after);
  } else if (const auto* emit = std::get_if<ast::EmitStmt>(&stmt.node)) {
    ValueId emitted = Lower(emit->value);
    value(function_.effect) = builder_.Emit(value(function_.effect), emitted);
  } else if (const auto* check = std::get_if<ast::CheckStmt>(&stmt.node)) {
    LowerCheck(*check);
  } else if (const auto* attempt = std::get_if<ast::TryStmt>(&stmt.node)) {
    LowerTry(id, *attempt, after);
  } else if (const auto* call = std::get_if<ast::CallStmt>(&stmt.node)) {
    Lower(call->call);
  } else {
    LMP_CHECK(std::holds_alternative<ast::MockStmt>(stmt.node));  // whoever runs the test has it
  }
}

void FunctionLowering::SetNamed(SlotId id, ast::ExprId expr) {
  ValueId bound = LowerAs(expr, slot(id).type);
  // A value that has a name of its own keeps it.
  if (notes()[expr].meaning != Meaning::kLocal) builder_.NameValue(bound, slot(id).name);
  value(id) = bound;
}

// Fixed text and values become ops of their own, so that the fixed front of a prompt stays visible.
void FunctionLowering::LowerText(ast::ExprId expr) {
  ValueId& context = value(frame_.context);
  const auto* string = std::get_if<ast::StringExpr>(&tree()[expr].node);
  if (string == nullptr) {
    ValueId text = LowerText(Lower(expr));
    context = builder_.CtxText(context, text);
    return;
  }
  for (const ast::StringPart& part : string->parts) {
    ValueId text = LowerPart(part);
    context = builder_.CtxText(context, text);
  }
}

void FunctionLowering::LowerRole(const StmtNote& note, const ast::RoleStmt& stmt) {
  value(frame_.context) =
      builder_.CtxOpen(ValueOrDefault(frame_.context), RoleOf(stmt.role), note.is_private);
  frame_.message = RoleOf(stmt.role);
  LowerList(stmt.body.statements, {nullptr, note.scope});
  frame_.message.reset();
  value(frame_.context) = builder_.CtxClose(value(frame_.context), RoleOf(stmt.role));
  if (note.pin || note.ttl_ms > 0)
    value(frame_.context) = builder_.CtxPin(value(frame_.context), note.ttl_ms);
}

void FunctionLowering::LowerOn(const StmtNote& note, const ast::OnStmt& stmt) {
  if (stmt.copy) value(note.slot) = value(note.source);
  SlotId outer = frame_.context;
  frame_.context = note.slot;
  const std::optional<ir::Role> message = std::exchange(frame_.message, std::nullopt);
  LowerList(stmt.body.statements, {nullptr, note.scope});
  frame_.message = message;
  frame_.context = outer;
}

void FunctionLowering::LowerGen(const StmtNote& note, const ast::GenStmt& stmt) {
  std::vector<ir::NamedOperand> named = LowerOptions(note.options);
  builder_.SetSpan(stmt.name.span);
  ValueId context = ValueOrDefault(frame_.context);
  if (!note.in_message) context = builder_.CtxOpen(context, ir::Role::kAssistant);
  auto made = builder_.Gen(context, note.type, std::move(named), Site(stmt.name.text), note.exact);
  builder_.NameValue(made.value, stmt.name.text);
  value(note.slot) = made.value;
  value(frame_.context) =
      note.in_message ? made.ctx : builder_.CtxClose(made.ctx, ir::Role::kAssistant);
}

void FunctionLowering::LowerSelect(const StmtNote& note, const ast::SelectStmt& stmt) {
  ValueId choices = LowerAs(stmt.choices, types().ListOf(types().str()));
  builder_.SetSpan(stmt.name.span);
  ValueId context = ValueOrDefault(frame_.context);
  if (!note.in_message) context = builder_.CtxOpen(context, ir::Role::kAssistant);
  auto made = builder_.Select(context, choices, {}, note.method, Site(stmt.name.text));
  builder_.NameValue(made.value, stmt.name.text);
  value(note.slot) = made.value;
  value(slot(note.slot).probabilities) = made.probabilities;
  value(frame_.context) =
      note.in_message ? made.ctx : builder_.CtxClose(made.ctx, ir::Role::kAssistant);
}

std::vector<ir::NamedOperand> FunctionLowering::LowerOptions(
    const std::vector<OptionNote>& options) {
  std::vector<ir::NamedOperand> named;
  for (const OptionNote& option : options) {
    if (option.constant) {
      named.push_back({option.name, builder_.Const(*option.constant, option.type)});
      continue;
    }
    if (!option.value.valid()) {
      named.push_back({option.name, value(option.slot)});
      continue;
    }
    ValueId given = Lower(option.value);
    bool one_string = IsKind(types(), option.type, TypeKind::kList) &&
                      IsKind(types(), builder_.TypeOf(given), TypeKind::kStr);
    given = one_string ? builder_.ListMake({given}, option.type) : Convert(given, option.type);
    named.push_back({option.name, given});
  }
  return named;
}

std::string FunctionLowering::Site(const std::string& name) {
  return function_.name + "." + name + "#" + std::to_string(sites_[name]++);
}

void FunctionLowering::Leave(ExitCode code, const After& after) {
  if (!IsRead(frame_.exit, after)) return;
  value(frame_.exit) = builder_.ConstInt(static_cast<int64_t>(code));
}

}  // namespace lmp::frontend
