// `check` and `try`: the body and its fallback are the two regions of one op.
#include <string_view>

#include "frontend/lower_function.h"
#include "frontend/tree.h"
#include "runtime/base/check.h"

namespace lmp::frontend {
namespace {

bool IsWordByte(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The text of an expression as any layout of it gives it: a message is a value, and may be read by
// a model. Blanks go, but for one between two words; strings stay.
std::string WithoutLayout(std::string_view text) {
  std::string out;
  bool quoted = false, blank = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
      blank = true;
      continue;
    }
    if (blank && !out.empty() && IsWordByte(out.back()) && IsWordByte(c)) out += ' ';
    blank = false;
    if (c == '"' && (i == 0 || text[i - 1] != '\\')) quoted = !quoted;
    out += c;
  }
  return out;
}

}  // namespace

void FunctionLowering::LowerCheck(const ast::CheckStmt& stmt) {
  std::vector<ValueId> told;
  const ValueId condition =
      function_.test != nullptr ? LowerTested(stmt.condition, &told) : Lower(stmt.condition);
  const Span span = tree()[stmt.condition].span;
  const std::string& text = model_.units[function_.unit].source->text();
  std::string written = text.substr(span.begin, span.end - span.begin);
  if (function_.test == nullptr) written = WithoutLayout(written);
  ValueId message = stmt.message.valid() ? Lower(stmt.message)
                                         : builder_.ConstStr("`" + written + "` does not hold");
  if (!told.empty()) {
    told.insert(told.begin(), message);
    message = builder_.StrCat(std::move(told));
  }
  ValueId context;
  if (frame_.feedback.valid() && frame_.feedback == frame_.context) {
    context = ValueOrDefault(frame_.context);
    if (frame_.message) context = builder_.CtxClose(context, *frame_.message);
  }
  builder_.SetSpan(span);
  builder_.Check(condition, message, context);
}

// In a test, a comparison that does not hold tells what was compared.
ir::ValueId FunctionLowering::LowerTested(ast::ExprId condition, std::vector<ValueId>* told) {
  const auto* binary = std::get_if<ast::BinaryExpr>(&tree()[condition].node);
  const bool compares = binary != nullptr && binary->op >= ast::BinaryOp::kEqual &&
                        binary->op <= ast::BinaryOp::kNotIn;
  if (!compares) return Lower(condition);
  const ValueId left = Lower(binary->left);
  const ValueId right = Lower(binary->right);
  TellSide(binary->left, left, told);
  TellSide(binary->right, right, told);
  return Combine(condition, *binary, left, right);
}

void FunctionLowering::TellSide(ast::ExprId side, ValueId value, std::vector<ValueId>* told) {
  const ast::Expr& expr = tree()[side];
  const bool plain = std::holds_alternative<ast::IntExpr>(expr.node) ||
                     std::holds_alternative<ast::FloatExpr>(expr.node) ||
                     FixedText(tree(), side).has_value();
  const TypeId type = notes()[side].type;
  const bool has_text =
      type.valid() && type != types().none() && !ir::HoldsContext(*model_.program, type);
  if (plain || !has_text) return;
  const std::string& text = model_.units[function_.unit].source->text();
  const std::string written = text.substr(expr.span.begin, expr.span.end - expr.span.begin);
  told->push_back(builder_.ConstStr("\n`" + written + "` is "));
  told->push_back(builder_.CallPure("json", {value}, types().str()));
}

void FunctionLowering::LowerTry(ast::StmtId id, const ast::TryStmt& stmt, const After& after) {
  const TryNote& note = notes().tries.at(id.index);
  std::vector<ast::StmtId> all = stmt.body.statements;
  if (stmt.else_body)
    all.insert(all.end(), stmt.else_body->statements.begin(), stmt.else_body->statements.end());
  std::vector<ir::NamedOperand> named;
  for (const OptionNote& option : note.options) {
    const auto* time = std::get_if<ast::DurationExpr>(&tree()[option.value].node);
    named.push_back({option.name, time != nullptr ? builder_.ConstInt(time->milliseconds)
                                                  : LowerAs(option.value, option.type)});
  }
  After outside = after;
  if (note.outlives) outside.scope = notes()[id].scope;
  const std::vector<SlotId> carried = Carried(WritesOf(all), ExitsOf(all), outside);
  const SlotId context = note.feedback ? frame_.context : SlotId();
  builder_.SetSpan(tree()[id].span);
  const std::vector<ValueId> params =
      builder_.BeginTry(std::move(named), context.valid() ? ValueOrDefault(context) : ValueId());
  const Values before = values_;
  const SlotId outer_feedback = std::exchange(frame_.feedback, context);
  if (context.valid()) value(context) = params[0];
  const After inner{&carried, note.outlives ? outside.scope : std::nullopt};
  LowerList(stmt.body.statements, inner);
  std::vector<ValueId> yields = ValuesOf(carried);
  frame_.feedback = outer_feedback;
  values_ = before;
  if (stmt.else_body) {
    const ValueId failure = builder_.NextFallback(std::move(yields));
    if (note.failure.valid()) {
      value(note.failure) = failure;
      builder_.NameValue(failure, slot(note.failure).name);
    }
    LowerList(stmt.else_body->statements, {&carried, std::nullopt});
    yields = ValuesOf(carried);
    values_ = before;
  }
  SetAll(carried, builder_.End(std::move(yields)));
}

ir::ValueId FunctionLowering::LowerTryExpr(ast::ExprId id, const ast::TryExpr& expr) {
  const ExprNote& note = notes()[id];
  const std::vector<SlotId> carried = Carried(note.writes, 0, {});
  const auto arm = [&](ast::ExprId side) {
    const ValueId made = LowerAs(side, note.type);
    std::vector<ValueId> yields = ValuesOf(carried);
    yields.insert(yields.begin(), made);
    return yields;
  };
  builder_.BeginTry({}, ValueId());
  const Values before = values_;
  const SlotId outer_feedback = std::exchange(frame_.feedback, SlotId());
  builder_.NextFallback(arm(expr.attempt));
  values_ = before;
  std::vector<ValueId> yields = arm(expr.fallback);
  values_ = before;
  frame_.feedback = outer_feedback;
  const std::vector<ValueId> results = builder_.End(std::move(yields));
  SetAll(carried, std::span(results).subspan(1));
  return results[0];
}

}  // namespace lmp::frontend
