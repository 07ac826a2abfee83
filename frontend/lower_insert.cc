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
  if (note.any) return LowerInAnyOrder(note, passages);
  const std::vector<ValueId> params = builder_.BeginFor(passages, {value(frame_.context)});
  const Values before = values_;
  builder_.NameValue(params[0], "passage");
  value(frame_.context) = params[1];
  LowerPassage(note, params[0]);
  const ValueId after = value(frame_.context);
  values_ = before;
  value(frame_.context) = builder_.End({after})[0];
}

// The text of each passage as `of` makes it.
ir::ValueId FunctionLowering::EachText(ValueId passages,
                                       const std::function<ValueId(ValueId)>& of) {
  const std::vector<ValueId> params = builder_.BeginFork(passages, {}, false, "fail");
  builder_.NameValue(params[0], "passage");
  const Values before = values_;
  const ValueId text = of(params[0]);
  values_ = before;
  return builder_.End({text})[0];
}

// Labels and passages are made first, because what is cached decides which of them comes next.
void FunctionLowering::LowerInAnyOrder(const InsertNote& note, ValueId passages) {
  const Span span = builder_.span();
  const ValueId labels = EachText(passages, [&](ValueId passage) {
    if (!note.label.valid()) return builder_.ConstStr("");
    value(note.it) = passage;
    return LowerText(Lower(note.label));
  });
  builder_.SetSpan(span);
  const ValueId texts = EachText(passages, [&](ValueId passage) { return TextOf(passage); });
  const ValueId order = builder_.CtxOrder(value(frame_.context), labels, texts);
  const std::vector<ValueId> params = builder_.BeginFor(order, {value(frame_.context)});
  const Values before = values_;
  const TypeId element = types()[builder_.TypeOf(passages)].element;
  const ValueId passage = builder_.CallPure("index", {passages, params[0]}, element);
  builder_.NameValue(passage, "passage");
  value(frame_.context) = params[1];
  LowerPassage(note, passage);
  const ValueId after = value(frame_.context);
  values_ = before;
  value(frame_.context) = builder_.End({after})[0];
}

ir::ValueId FunctionLowering::TextOf(ValueId passage) {
  const bool record = IsKind(types(), builder_.TypeOf(passage), TypeKind::kRecord);
  return record ? builder_.Field(passage, "text", types().str()) : passage;
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
  passage = TextOf(passage);
  ValueId& context = value(frame_.context);
  context = builder_.CtxInsert(context, passage, document, note.reuse);
}

}  // namespace lmp::frontend
