// Parse tree -> ast::File. Trees that come here have no errors in them. Besides shaping nodes the
// builder reports what the grammar cannot say: numbers out of range, wrong escapes, `${}` in fixed
// text, a `while` without limit, expressions higher than kExpressionHeightMax.
// Recursion is bounded by the nesting cap; chains such as `a + b + c` are walked in a loop.
#pragma once

#include <vector>

#include "frontend/ast.h"
#include "frontend/repair.h"

namespace antlr4 {
class ParserRuleContext;
}

namespace lmp::frontend {

struct AstOutput {
  ast::File* file = nullptr;
  std::vector<Diagnostic>* diagnostics = nullptr;  // spans in the user's text
};

// `tree` is a `file` node whose tokens carry byte places in text.text() as start and stop index.
void BuildItems(const antlr4::ParserRuleContext& tree, const RepairedText& text, AstOutput output);
// `tree` is a `replStatements` node; the ids of its statements.
std::vector<ast::StmtId> BuildStatements(const antlr4::ParserRuleContext& tree,
                                         const RepairedText& text, AstOutput output);
// `tree` is a `replExpression` node.
ast::ExprId BuildExpression(const antlr4::ParserRuleContext& tree, const RepairedText& text,
                            AstOutput output);

}  // namespace lmp::frontend
