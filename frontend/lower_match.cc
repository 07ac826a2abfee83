// `match` becomes a chain of `if`s over one value. Without an `else` the last arm stands for all
// that is left.
#include "frontend/lower_function.h"

namespace lmp::frontend {

void FunctionLowering::LowerMatch(ast::StmtId id, const ast::MatchStmt& stmt, const After& after) {
  const MatchNote& note = notes().matches.at(id.index);
  const ValueId subject = Lower(stmt.subject);
  std::vector<ast::StmtId> all;
  for (const ast::Arm& arm : stmt.arms)
    all.insert(all.end(), arm.body.statements.begin(), arm.body.statements.end());
  if (stmt.else_body)
    all.insert(all.end(), stmt.else_body->statements.begin(), stmt.else_body->statements.end());
  const std::vector<SlotId> carried = Carried(WritesOf(all), ExitsOf(all), after);
  const Values before = values_;
  const size_t tested = stmt.arms.size() - (stmt.else_body || stmt.arms.empty() ? 0 : 1);
  const After inner{&carried, std::nullopt};
  for (size_t i = 0; i < tested; ++i) {
    builder_.SetSpan(stmt.arms[i].span);
    builder_.BeginIf(IsMatched(subject, note, note.arms[i]));
    LowerArm(subject, stmt.arms[i], note.arms[i], inner);
    builder_.NextRegion(ValuesOf(carried));
    values_ = before;
  }
  if (tested < stmt.arms.size()) {
    LowerArm(subject, stmt.arms[tested], note.arms[tested], inner);
  } else if (stmt.else_body) {
    LowerList(stmt.else_body->statements, inner);
  }
  std::vector<ValueId> yields = ValuesOf(carried);
  for (size_t i = 0; i < tested; ++i) {
    values_ = before;
    yields = builder_.End(std::move(yields));
  }
  values_ = before;
  SetAll(carried, yields);
}

ir::ValueId FunctionLowering::IsMatched(ValueId subject, const MatchNote& note,
                                        const ArmNote& arm) {
  ValueId matched;
  for (const ir::Value& value : arm.values) {
    const bool record = IsKind(types(), note.type, TypeKind::kUnion);
    const ValueId one =
        record
            ? builder_.UnionIs(subject, value.as_str())
            : builder_.CallPure("eq", {subject, builder_.Const(value, types().Erased(note.type))},
                                types().boolean());
    matched = matched.valid() ? builder_.CallPure("or", {matched, one}, types().boolean()) : one;
  }
  return matched;
}

void FunctionLowering::LowerArm(ValueId subject, const ast::Arm& arm, const ArmNote& noted,
                                const After& after) {
  if (noted.binding.valid()) {
    const ValueId record = builder_.UnionGet(subject, noted.values.front().as_str());
    builder_.NameValue(record, slot(noted.binding).name);
    value(noted.binding) = record;
  }
  LowerList(arm.body.statements, after);
}

}  // namespace lmp::frontend
