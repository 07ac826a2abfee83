// Tests for null: behind `x != null` an optional `x` is what it holds. Only names that do not
// change are told; a `var` may be null again by then.
#include <algorithm>

#include "frontend/check.h"
#include "frontend/tree.h"

namespace lmp::frontend {
namespace {

std::vector<SlotId> Both(std::vector<SlotId> a, const std::vector<SlotId>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

Checker::NullFacts Checker::FactsOf(ast::ExprId condition) const {
  const ast::Expr& expr = tree()[condition];
  if (const auto* unary = std::get_if<ast::UnaryExpr>(&expr.node)) {
    if (unary->op != ast::UnaryOp::kNot) return {};
    NullFacts facts = FactsOf(unary->operand);
    std::swap(facts.if_true, facts.if_false);
    return facts;
  }
  const auto* binary = std::get_if<ast::BinaryExpr>(&expr.node);
  if (binary == nullptr) return {};
  if (binary->op == ast::BinaryOp::kAnd)
    return {Both(FactsOf(binary->left).if_true, FactsOf(binary->right).if_true), {}};
  if (binary->op == ast::BinaryOp::kOr)
    return {{}, Both(FactsOf(binary->left).if_false, FactsOf(binary->right).if_false)};
  const SlotId tested = TestedForNull(*binary);
  if (!tested.valid()) return {};
  if (binary->op == ast::BinaryOp::kNotEqual) return {{tested}, {}};
  return {{}, {tested}};
}

// x == null, null != x: the slot of x.
SlotId Checker::TestedForNull(const ast::BinaryExpr& binary) const {
  if (binary.op != ast::BinaryOp::kEqual && binary.op != ast::BinaryOp::kNotEqual) return SlotId();
  const auto is_null = [&](ast::ExprId side) {
    return notes()[side].meaning == Meaning::kConstant && notes()[side].type == types().none();
  };
  const bool left = is_null(binary.left);
  if (left == is_null(binary.right)) return SlotId();
  const ExprNote& name = notes()[left ? binary.right : binary.left];
  if (name.meaning != Meaning::kLocal) return SlotId();
  const SlotId tested(name.target);
  const bool fixed = slot(tested).kind != SlotKind::kVar;
  return fixed && Is(slot(tested).type, TypeKind::kOptional) ? tested : SlotId();
}

// From here to the end of the innermost scope.
void Checker::Know(const std::vector<SlotId>& not_null) {
  std::vector<SlotId>& known = body_->scopes.back().not_null;
  known.insert(known.end(), not_null.begin(), not_null.end());
}

bool Checker::IsNotNull(SlotId slot) const {
  return std::any_of(body_->scopes.begin(), body_->scopes.end(), [&](const Scope& scope) {
    return std::find(scope.not_null.begin(), scope.not_null.end(), slot) != scope.not_null.end();
  });
}

}  // namespace lmp::frontend
