// Small questions about a syntax tree that several stages ask. Pure, any thread.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "frontend/ast.h"

namespace lmp::frontend {

inline bool Contains(Span outer, Span inner) {
  return outer.source == inner.source && outer.begin <= inner.begin && inner.end <= outer.end;
}

// The blocks that belong to a statement or an expression itself (not to what is inside them).
void ForEachBlock(const ast::Stmt& stmt, const std::function<void(const ast::Block&)>& visit);
void ForEachBlock(const ast::Expr& expr, const std::function<void(const ast::Block&)>& visit);

// The name a statement binds in its own scope: let, var, gen, select.
const ast::Name* BoundName(const ast::Stmt& stmt);

// The text of a string without interpolations.
std::optional<std::string> FixedText(const ast::File& file, ast::ExprId expr);

// The name if the expression is a single name, or nullptr.
const ast::Name* AsName(const ast::File& file, ast::ExprId expr);

// True if a `return` stands in the statements (forks and context values not searched).
bool HasReturn(const ast::File& file, std::span<const ast::StmtId> statements);

}  // namespace lmp::frontend
