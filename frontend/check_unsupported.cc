// Parts of the language that parse and are not there yet: one diagnostic each; what they would have
// bound counts as bound, so that nothing else is reported because of them.
#include "frontend/check.h"
#include "frontend/tree.h"

namespace lmp::frontend {

void Checker::Refuse(Span span, std::string_view what) {
  report_->Add(Mistake::kNotYetSupported, span, std::string(what) + " is not yet supported");
}

void Checker::RefuseStatement(ast::StmtId id, std::string_view what) {
  const ast::Stmt& stmt = tree()[id];
  Span head = stmt.span;
  size_t line = TextOf(head).find('\n');
  if (line != std::string::npos) head.end = head.begin + static_cast<uint32_t>(line);
  Refuse(head, what);
  body_->uncertain = true;
  ForEachBlock(stmt, [this](const ast::Block& block) { BindInside(block); });
}

void Checker::BindInside(const ast::Block& block) {
  for (ast::StmtId id : block.statements) {
    const ast::Stmt& stmt = tree()[id];
    if (const ast::Name* name = BoundName(stmt);
        name != nullptr && !FindLocal(name->text).valid()) {
      Bind(*name, SlotKind::kVar, TypeId(), id);
    }
    ForEachBlock(stmt, [this](const ast::Block& inner) { BindInside(inner); });
  }
}

}  // namespace lmp::frontend
