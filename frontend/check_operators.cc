// Operators: operand types come from the built-in behind each one.
#include "frontend/check.h"
#include "frontend/operators.h"
#include "frontend/tree.h"
#include "ir/builtin.h"

namespace lmp::frontend {

TypeId Checker::CheckUnary(const ast::UnaryExpr& unary, Span span) {
  if (unary.op == ast::UnaryOp::kNot) {
    CheckCondition(unary.operand);
    return types().boolean();
  }
  TypeId type = Check(unary.operand);
  if (!type.valid()) return TypeId();
  if (Is(type, TypeKind::kI64) || Is(type, TypeKind::kF64)) return types().Erased(type);
  report_->Add(Mistake::kWrongOperands, span, "`-` needs a number, found " + User(type));
  return TypeId();
}

TypeId Checker::CheckBinary(ast::ExprId id, const ast::BinaryExpr& binary, TypeId hint) {
  using Op = ast::BinaryOp;
  if (binary.op == Op::kAnd || binary.op == Op::kOr) return CheckLogic(id, binary, hint);
  if (binary.op == Op::kRange) {
    bool low = Expect(binary.left, types().i64(), "the begin of a range");
    bool high = Expect(binary.right, types().i64(), "the end of a range");
    return low && high ? types().ListOf(types().i64()) : TypeId();
  }
  TypeId left = Check(binary.left);
  TypeId right = Check(binary.right, left);
  if (!left.valid() || !right.valid()) {
    bool arithmetic = binary.op <= Op::kSubtract;
    return arithmetic ? TypeId() : types().boolean();
  }
  switch (binary.op) {
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kRemainder:
    case Op::kAdd:
    case Op::kSubtract:
      return CheckArithmetic(binary, left, right);
    case Op::kIn:
    case Op::kNotIn:
      return CheckIn(binary, left, right);
    default:
      return CheckComparison(binary, left, right);
  }
}

TypeId Checker::CheckLogic(ast::ExprId id, const ast::BinaryExpr& binary, TypeId hint) {
  const TypeId left = Check(binary.left, types().boolean());
  const NullFacts facts = FactsOf(binary.left);
  BeginWrites();
  PushScope();
  Know(binary.op == ast::BinaryOp::kAnd ? facts.if_true : facts.if_false);
  const TypeId right = Check(binary.right, types().boolean());
  PopScope();
  notes()[id].writes = EndWrites();
  if (hint != types().boolean() && ReportDefault(binary, left, right)) return TypeId();
  ReportNoCondition(binary.left, left);
  ReportNoCondition(binary.right, right);
  return types().boolean();
}

// xs or []: a default, where others take a value for a condition.
bool Checker::ReportDefault(const ast::BinaryExpr& binary, TypeId left, TypeId right) {
  if (binary.op != ast::BinaryOp::kOr || !left.valid() || !right.valid()) return false;
  if (Is(left, TypeKind::kBool) || Is(right, TypeKind::kBool)) return false;
  Diagnostic& d = report_->Add(Mistake::kWrongOperands, binary.op_span,
                               "`or` joins conditions, and these are values");
  if (Is(left, TypeKind::kOptional)) {
    const std::string text = TextOf(SpanOf(binary.left));
    const std::string made = text + " != null ? " + text + " : " + TextOf(SpanOf(binary.right));
    const SlotId name = SlotId(notes()[binary.left].target);
    const bool fixed = notes()[binary.left].meaning == Meaning::kLocal &&
                       slot(name).kind != SlotKind::kVar &&
                       Assignable(&types(), right, types()[left].element);
    d.helps.push_back(fixed ? "write `" + made + "`"
                            : "give it a name with `let`, and test that for null: `" + made + "`");
    if (fixed) d.fixes.push_back({Joined(binary), "(" + made + ")"});
    return true;
  }
  const std::string value = TextOf(SpanOf(binary.left));
  const std::string condition = ConditionOf(binary.left, left);
  if (condition.empty() || !types().Join(left, right)) return true;
  const std::string made = condition + " ? " + value + " : " + TextOf(SpanOf(binary.right));
  d.helps.push_back("write `" + made + "`");
  d.fixes.push_back({Joined(binary), "(" + made + ")"});
  return true;
}

TypeId Checker::CheckArithmetic(const ast::BinaryExpr& binary, TypeId left, TypeId right) {
  bool numbers = (Is(left, TypeKind::kI64) || Is(left, TypeKind::kF64)) &&
                 (Is(right, TypeKind::kI64) || Is(right, TypeKind::kF64));
  bool lists =
      binary.op == ast::BinaryOp::kAdd && Is(left, TypeKind::kList) && Is(right, TypeKind::kList);
  if (lists) {
    if (auto joined = types().Join(left, right)) return types().Erased(*joined);
    ReportOperands(binary, left, right);
    return TypeId();
  }
  bool strings =
      binary.op == ast::BinaryOp::kAdd && Is(left, TypeKind::kStr) && Is(right, TypeKind::kStr);
  if (!numbers && !strings) {
    ReportOperands(binary, left, right);
    return TypeId();
  }
  const TypeId operands[] = {left, right};
  Result<TypeId> type = ir::BuiltinResultType(BuiltinOf(binary.op), operands, &types());
  if (type.ok()) return *type;
  report_->Add(Mistake::kWrongOperands, binary.op_span, type.status().message());
  return TypeId();
}

Span Checker::Joined(const ast::BinaryExpr& binary) const {
  return {SpanOf(binary.left).source, SpanOf(binary.left).begin, SpanOf(binary.right).end};
}

// 0 < a < 10
bool Checker::ReportChain(const ast::BinaryExpr& binary, TypeId left, TypeId right) {
  const auto* inner = std::get_if<ast::BinaryExpr>(&tree()[binary.left].node);
  const bool numbers = Is(right, TypeKind::kI64) || Is(right, TypeKind::kF64);
  const auto compares = [](ast::BinaryOp op) {
    return op == ast::BinaryOp::kLess || op == ast::BinaryOp::kLessEqual ||
           op == ast::BinaryOp::kGreater || op == ast::BinaryOp::kGreaterEqual;
  };
  if (inner == nullptr || !compares(inner->op) || !compares(binary.op)) return false;
  if (!Is(left, TypeKind::kBool) || !numbers) return false;
  const std::string middle = " and " + TextOf(SpanOf(inner->right));
  Diagnostic& d =
      report_->Add(Mistake::kWrongOperands, binary.op_span, "two comparisons are joined by `and`");
  d.helps.push_back("write `" + TextOf(SpanOf(binary.left)) + middle + " " +
                    std::string(Spelling(binary.op)) + " " + TextOf(SpanOf(binary.right)) + "`");
  const Span end = SpanOf(binary.left);
  d.fixes.push_back({{end.source, end.end, end.end}, middle});
  return true;
}

void Checker::ReportOperands(const ast::BinaryExpr& binary, TypeId left, TypeId right) {
  std::string spelling(Spelling(binary.op));
  Diagnostic& d =
      report_->Add(Mistake::kWrongOperands, binary.op_span,
                   "`" + spelling + "` cannot take " + User(left) + " and " + User(right));
  d.secondary.push_back({SpanOf(binary.left), WithArticle(types(), left)});
  d.secondary.push_back({SpanOf(binary.right), WithArticle(types(), right)});
  if (binary.op == ast::BinaryOp::kMultiply && Is(left, TypeKind::kStr) &&
      Is(right, TypeKind::kI64)) {
    std::string fixed = "join([" + TextOf(SpanOf(binary.left)) + " for i in 0.." +
                        TextOf(SpanOf(binary.right)) + "], \"\")";
    d.helps.push_back("a string is repeated by `" + fixed + "`");
    d.fixes.push_back({Joined(binary), fixed});
  }
  if (binary.op == ast::BinaryOp::kRemainder && Is(left, TypeKind::kStr)) {
    const std::string value[] = {TextOf(SpanOf(binary.right))};
    d.helps.push_back("values stand inside a string: `\"Hi ${name}\"`");
    for (std::string_view place : {"%s", "%d", "%f"}) {
      std::string filled = FilledIn(binary.left, place, value);
      if (!filled.empty() && HasText(types(), right)) d.fixes.push_back({Joined(binary), filled});
    }
  }
  if (binary.op != ast::BinaryOp::kAdd) return;
  auto offer = [&](ast::ExprId other, TypeId type) {
    if (!HasText(types(), type)) return;
    std::string text = "\"${" + TextOf(SpanOf(other)) + "}\"";
    d.helps.push_back("put the value into the text: `" + text + "`");
    d.fixes.push_back({SpanOf(other), text});
  };
  auto wrap = [&](ast::ExprId item) {
    std::string text = "[" + TextOf(SpanOf(item)) + "]";
    d.helps.push_back("to add one item, write `" + text + "`");
    d.fixes.push_back({SpanOf(item), text});
  };
  if (Is(left, TypeKind::kStr)) {
    offer(binary.right, right);
  } else if (Is(right, TypeKind::kStr) && !Is(left, TypeKind::kList)) {
    offer(binary.left, left);
  } else if (Is(left, TypeKind::kList) && types().Join(types()[left].element, right)) {
    wrap(binary.right);
  }
}

TypeId Checker::CheckComparison(const ast::BinaryExpr& binary, TypeId left, TypeId right) {
  bool numbers = (Is(left, TypeKind::kI64) || Is(left, TypeKind::kF64)) &&
                 (Is(right, TypeKind::kI64) || Is(right, TypeKind::kF64));
  bool equality = binary.op == ast::BinaryOp::kEqual || binary.op == ast::BinaryOp::kNotEqual;
  bool contexts =
      !HasText(types(), left) && !Is(left, TypeKind::kOptional) && left != types().none();
  bool strings = Is(left, TypeKind::kStr) && Is(right, TypeKind::kStr);
  bool good = equality ? numbers || (!contexts && types().Join(left, right).has_value())
                       : numbers || strings;
  if (good || ReportChain(binary, left, right)) return types().boolean();
  std::string title = "`" + std::string(Spelling(binary.op)) + "` cannot compare " + User(left) +
                      " and " + User(right);
  Diagnostic& d = report_->Add(Mistake::kWrongOperands, binary.op_span, std::move(title));
  d.secondary.push_back({SpanOf(binary.left), WithArticle(types(), left)});
  d.secondary.push_back({SpanOf(binary.right), WithArticle(types(), right)});
  for (auto [one, type, other] : {std::tuple(binary.left, left, binary.right),
                                  std::tuple(binary.right, right, binary.left)}) {
    auto text = FixedText(tree(), other);
    if (!text) continue;
    if (Is(type, TypeKind::kEnum)) {
      const Declared* declared = model_->Find(types()[type].name);
      if (declared == nullptr || declared->kind != DeclKind::kEnum) continue;
      for (const ir::EnumMember& member : model_->enums[declared->index].members.members) {
        if (member.name != *text && member.text != *text) continue;
        d.helps.push_back("the member is `" + types()[type].name + "." + member.name + "`");
        d.fixes.push_back({SpanOf(other), types()[type].name + "." + member.name});
      }
    } else if (Is(type, TypeKind::kBool) &&
               (*text == "true" || *text == "false" || *text == "yes" || *text == "no")) {
      std::string value = *text == "true" || *text == "yes" ? "true" : "false";
      d.helps.push_back("a bool is `" + value + "`, without quotes");
      d.fixes.push_back({SpanOf(other), value});
    } else if (Is(type, TypeKind::kI64) && !text->empty() && text->size() < 18 &&
               text->find_first_not_of("0123456789") == std::string::npos) {
      d.helps.push_back("a number has no quotes");
      d.fixes.push_back({SpanOf(other), *text});
    }
  }
  return types().boolean();
}

TypeId Checker::CheckIn(const ast::BinaryExpr& binary, TypeId left, TypeId right) {
  const TypeId operands[] = {left, right};
  Result<TypeId> type = ir::BuiltinResultType("in", operands, &types());
  if (!type.ok()) {
    Diagnostic& d = report_->Add(Mistake::kWrongOperands, binary.op_span,
                                 "`" + std::string(Spelling(binary.op)) + "` cannot look for " +
                                     User(left) + " in " + User(right));
    d.helps.push_back("it looks for an item in a list, or for a part in a string");
  }
  return types().boolean();
}

}  // namespace lmp::frontend
