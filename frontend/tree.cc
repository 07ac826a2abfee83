#include "frontend/tree.h"

namespace lmp::frontend {
namespace {

template <typename... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <typename... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace

void ForEachBlock(const ast::Stmt& stmt, const std::function<void(const ast::Block&)>& visit) {
  std::visit(Overloaded{
                 [&](const ast::RoleStmt& s) { visit(s.body); },
                 [&](const ast::OnStmt& s) { visit(s.body); },
                 [&](const ast::ForStmt& s) { visit(s.body); },
                 [&](const ast::WhileStmt& s) { visit(s.body); },
                 [&](const ast::IfStmt& s) {
                   visit(s.then_body);
                   if (s.else_body) visit(*s.else_body);
                 },
                 [&](const ast::MatchStmt& s) {
                   for (const ast::Arm& arm : s.arms) visit(arm.body);
                   if (s.else_body) visit(*s.else_body);
                 },
                 [&](const ast::TryStmt& s) {
                   visit(s.body);
                   if (s.else_body) visit(*s.else_body);
                 },
                 [](const auto&) {},
             },
             stmt.node);
}

void ForEachBlock(const ast::Expr& expr, const std::function<void(const ast::Block&)>& visit) {
  if (const auto* context = std::get_if<ast::ContextExpr>(&expr.node)) visit(context->body);
  if (const auto* fork = std::get_if<ast::ForkExpr>(&expr.node)) visit(fork->body);
}

const ast::Name* BoundName(const ast::Stmt& stmt) {
  if (const auto* s = std::get_if<ast::LetStmt>(&stmt.node)) return &s->name;
  if (const auto* s = std::get_if<ast::GenStmt>(&stmt.node)) return &s->name;
  if (const auto* s = std::get_if<ast::SelectStmt>(&stmt.node)) return &s->name;
  return nullptr;
}

std::optional<std::string> FixedText(const ast::File& file, ast::ExprId expr) {
  const auto* string = std::get_if<ast::StringExpr>(&file[expr].node);
  if (string == nullptr) return std::nullopt;
  std::string text;
  for (const ast::StringPart& part : string->parts) {
    if (part.value.valid()) return std::nullopt;
    text += part.text;
  }
  return text;
}

const ast::Name* AsName(const ast::File& file, ast::ExprId expr) {
  const auto* name = std::get_if<ast::NameExpr>(&file[expr].node);
  return name == nullptr ? nullptr : &name->name;
}

bool HasReturn(const ast::File& file, std::span<const ast::StmtId> statements) {
  for (ast::StmtId id : statements) {
    if (std::holds_alternative<ast::ReturnStmt>(file[id].node)) return true;
    bool found = false;
    ForEachBlock(file[id], [&](const ast::Block& block) {
      found = found || HasReturn(file, block.statements);
    });
    if (found) return true;
  }
  return false;
}

}  // namespace lmp::frontend
