// `insert`: one ctx.insert for each passage, its label before it.
#include "frontend/lower_function.h"

namespace lmp::frontend {

void FunctionLowering::LowerInsert(ast::StmtId id, const ast::InsertStmt& stmt, Span span) {
  const InsertNote& note = notes().inserts.at(id.index);
  ValueId passages = Lower(stmt.value);
  builder_.SetSpan(span);
  if (!note.many) return LowerPassage(note, passages);
  if (note.stable) {
    std::vector<ValueId> operands = {passages};
    if (!note.sort_field.empty()) operands.push_back(builder_.ConstStr(note.sort_field));
    passages = builder_.CallPure("sort", std::move(operands), builder_.TypeOf(passages));
  }
  const std::vector<ValueId> params = builder_.BeginFor(passages, {value(frame_.context)});
  const Values before = values_;
  builder_.NameValue(params[0], "passage");
  value(frame_.context) = params[1];
  LowerPassage(note, params[0]);
  const ValueId after = value(frame_.context);
  values_ = before;
  value(frame_.context) = builder_.End({after})[0];
}

// The label is text of the message, so that only the passage itself is stored and reused.
void FunctionLowering::LowerPassage(const InsertNote& note, ValueId passage) {
  const Span span = builder_.span();
  if (note.label.valid()) {
    value(note.it) = passage;
    LowerText(note.label);
    builder_.SetSpan(span);
  }
  ValueId document;
  if (note.document) document = builder_.Field(passage, "document", types().str());
  if (IsKind(types(), builder_.TypeOf(passage), TypeKind::kRecord))
    passage = builder_.Field(passage, "text", types().str());
  ValueId& context = value(frame_.context);
  context = builder_.CtxInsert(context, passage, document, note.reuse);
}

}  // namespace lmp::frontend
