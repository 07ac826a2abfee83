// Regions: what stands behind an early exit, if, loops, forks. See lower.h for the scheme.
#include <algorithm>
#include <utility>

#include "frontend/lower_function.h"
#include "runtime/base/check.h"

namespace lmp::frontend {
namespace {

bool Contains(const std::vector<SlotId>& slots, SlotId slot) {
  return std::find(slots.begin(), slots.end(), slot) != slots.end();
}

constexpr ExitSet kStops = Bit(ExitCode::kBreak) | Bit(ExitCode::kReturn);

}  // namespace

// ---- What regions carry ----

std::vector<SlotId> FunctionLowering::WritesOf(Statements statements) const {
  std::vector<SlotId> writes;
  for (ast::StmtId id : statements) {
    const std::vector<SlotId>& more = notes()[id].writes;
    writes.insert(writes.end(), more.begin(), more.end());
  }
  std::sort(writes.begin(), writes.end());
  writes.erase(std::unique(writes.begin(), writes.end()), writes.end());
  return writes;
}

ExitSet FunctionLowering::ExitsOf(Statements statements) const {
  ExitSet exits = 0;
  for (ast::StmtId id : statements) exits |= notes()[id].exits;
  return exits;
}

bool FunctionLowering::FallsThrough(Statements statements) const {
  return std::all_of(statements.begin(), statements.end(),
                     [&](ast::StmtId id) { return notes()[id].falls_through; });
}

bool FunctionLowering::IsRead(SlotId id, const After& after) {
  return after.live == nullptr || Contains(*after.live, id);
}

std::vector<SlotId> FunctionLowering::Carried(const std::vector<SlotId>& writes, ExitSet exits,
                                              const After& after) {
  std::vector<SlotId> carried;
  auto add = [&](SlotId id) {
    if (IsRead(id, after)) carried.push_back(id);
  };
  for (SlotId id : writes) {
    if (id == frame_.context) ValueOrDefault(id);  // it begins empty, outside of the region
    const bool outlives =
        after.scope && slot(id).scope == *after.scope && slot(id).kind != SlotKind::kEffect;
    if (IsLive(id) || outlives) add(id);
  }
  if (exits != 0) add(frame_.exit);
  if ((exits & Bit(ExitCode::kReturn)) != 0 && slot(frame_.result).type != types().none())
    add(frame_.result);
  return carried;
}

ir::ValueId FunctionLowering::ValueOrDefault(SlotId id) {
  if (IsLive(id)) return value(id);
  switch (slot(id).kind) {
    case SlotKind::kContext:
      return value(id) = builder_.CtxEmpty();
    case SlotKind::kExit:
      return value(id) = builder_.ConstInt(static_cast<int64_t>(ExitCode::kNone));
    default:
      return value(id) = builder_.Undef(slot(id).type);
  }
}

std::vector<ir::ValueId> FunctionLowering::ValuesOf(const std::vector<SlotId>& slots) {
  std::vector<ValueId> values;
  for (SlotId id : slots) values.push_back(ValueOrDefault(id));
  return values;
}

void FunctionLowering::SetAll(const std::vector<SlotId>& slots, std::span<const ValueId> values) {
  LMP_CHECK(slots.size() == values.size());
  for (size_t i = 0; i < slots.size(); ++i) {
    value(slots[i]) = values[i];
    const Slot& of = slot(slots[i]);
    builder_.NameValue(
        values[i],
        of.kind == SlotKind::kContext || of.kind == SlotKind::kContextValue ? "" : of.name);
  }
}

// ---- Lists ----

void FunctionLowering::LowerList(Statements statements, const After& after) {
  for (size_t i = 0; i < statements.size(); ++i) {
    const StmtNote& note = notes()[statements[i]];
    Statements rest = statements.subspan(i + 1);
    if (note.exits == 0) {
      LowerStatement(statements[i], rest.empty() ? after : After{});
      continue;
    }
    if (!note.falls_through || rest.empty()) {
      LowerStatement(statements[i], after);
      return;
    }
    const auto* branch = std::get_if<ast::IfStmt>(&tree()[statements[i]].node);
    if (branch != nullptr && LowerIfWithRest(*branch, rest, after)) return;
    LowerStatement(statements[i], {});
    LowerRest(rest, after);
    return;
  }
}

void FunctionLowering::LowerRest(Statements rest, const After& after) {
  std::vector<SlotId> carried = Carried(WritesOf(rest), ExitsOf(rest), after);
  builder_.BeginIf(ExitIs(ExitCode::kNone));
  Values before = values_;
  LowerList(rest, {&carried, after.scope});
  std::vector<ValueId> yields = ValuesOf(carried);
  builder_.NextRegion(std::move(yields));
  values_ = before;
  yields = ValuesOf(carried);
  values_ = before;
  SetAll(carried, builder_.End(std::move(yields)));
}

// `if c { return a } rest` is `if c { return a } else { rest }`: no exit code is needed.
bool FunctionLowering::LowerIfWithRest(const ast::IfStmt& stmt, Statements rest,
                                       const After& after) {
  Statements then_body = stmt.then_body.statements;
  Statements else_body = stmt.else_body ? Statements(stmt.else_body->statements) : Statements();
  if (!FallsThrough(then_body) && ExitsOf(else_body) == 0) {
    LowerIf(stmt, {}, rest, after);
    return true;
  }
  if (!FallsThrough(else_body) && ExitsOf(then_body) == 0) {
    LowerIf(stmt, rest, {}, after);
    return true;
  }
  return false;
}

// The rests stand behind the arms; names they bind may outlive the `if`.
void FunctionLowering::LowerIf(const ast::IfStmt& stmt, Statements then_rest, Statements else_rest,
                               const After& after) {
  Statements then_body = stmt.then_body.statements;
  Statements else_body = stmt.else_body ? Statements(stmt.else_body->statements) : Statements();
  std::vector<ast::StmtId> all(then_body.begin(), then_body.end());
  for (Statements more : {else_body, then_rest, else_rest})
    all.insert(all.end(), more.begin(), more.end());
  ValueId condition = Lower(stmt.condition);
  std::vector<SlotId> carried = Carried(WritesOf(all), ExitsOf(all), after);
  auto arm = [&](Statements body, Statements rest) {
    const After inner{&carried, std::nullopt};
    LowerList(body, rest.empty() ? inner : After{});
    if (!rest.empty()) LowerList(rest, {&carried, after.scope});
    return ValuesOf(carried);
  };
  builder_.BeginIf(condition);
  Values before = values_;
  std::vector<ValueId> yields = arm(then_body, then_rest);
  builder_.NextRegion(std::move(yields));
  values_ = before;
  yields = arm(else_body, else_rest);
  values_ = before;
  SetAll(carried, builder_.End(std::move(yields)));
}

ir::ValueId FunctionLowering::ExitIs(ExitCode code) {
  ValueId exit = ValueOrDefault(frame_.exit);
  return builder_.CallPure("eq", {exit, builder_.ConstInt(static_cast<int64_t>(code))},
                           types().boolean());
}

void FunctionLowering::ReplaceExit(ExitCode code) {
  ValueId is = ExitIs(code);
  builder_.BeginIf(is);
  builder_.NextRegion({builder_.ConstInt(static_cast<int64_t>(ExitCode::kNone))});
  std::vector<ValueId> results = builder_.End({value(frame_.exit)});
  value(frame_.exit) = results[0];
}

// ---- Loops ----

void FunctionLowering::LowerFor(ast::StmtId id, const ast::ForStmt& stmt) {
  Statements body = stmt.body.statements;
  ExitSet exits = ExitsOf(body);
  ValueId list = Lower(stmt.list);
  ValueId outer_exit = value(frame_.exit);
  value(frame_.exit) = ValueId();
  std::vector<SlotId> carried = Carried(WritesOf(body), exits & kStops, {});
  std::vector<ValueId> params = builder_.BeginFor(list, ValuesOf(carried));
  Values before = values_;
  SetAll(carried, std::span(params).subspan(1));
  if ((exits & kStops) == 0) value(frame_.exit) = ValueId();
  value(notes()[id].slot) = params[0];
  builder_.NameValue(params[0], stmt.name.text);
  LowerForBody(body, exits, carried);
  std::vector<ValueId> yields = ValuesOf(carried);
  values_ = before;
  SetAll(carried, builder_.End(std::move(yields)));
  EndLoop(exits, outer_exit);
}

// A `for` visits every element: once it is left, the other rounds do nothing.
void FunctionLowering::LowerForBody(Statements body, ExitSet exits,
                                    const std::vector<SlotId>& carried) {
  if ((exits & kStops) == 0) {
    LowerList(body, {&carried, std::nullopt});
    return;
  }
  builder_.BeginIf(ExitIs(ExitCode::kNone));
  Values before = values_;
  LowerList(body, {&carried, std::nullopt});
  if ((exits & Bit(ExitCode::kContinue)) != 0) ReplaceExit(ExitCode::kContinue);
  builder_.NextRegion(ValuesOf(carried));
  values_ = before;
  SetAll(carried, builder_.End(ValuesOf(carried)));
}

void FunctionLowering::EndLoop(ExitSet exits, ValueId outer_exit) {
  if ((exits & Bit(ExitCode::kReturn)) == 0) {
    value(frame_.exit) = outer_exit;
  } else if ((exits & Bit(ExitCode::kBreak)) != 0) {
    ReplaceExit(ExitCode::kBreak);
  }
}

void FunctionLowering::LowerWhile(ast::StmtId id, const ast::WhileStmt& stmt) {
  Statements body = stmt.body.statements;
  ExitSet exits = ExitsOf(body);
  ValueId limit = LowerAs(stmt.limit, types().i64());
  ValueId outer_exit = value(frame_.exit);
  value(frame_.exit) = ValueId();
  std::vector<SlotId> carried = Carried(notes()[id].writes, exits & kStops, {});
  std::vector<ValueId> params = builder_.BeginWhile(limit, ValuesOf(carried));
  Values before = values_;
  SetAll(carried, std::span(params).subspan(1));
  if ((exits & kStops) == 0) value(frame_.exit) = ValueId();
  std::vector<ValueId> yields;
  if (!stmt.condition.valid()) {
    yields = LowerWhileBody(body, exits, carried);
  } else {
    ValueId condition = Lower(stmt.condition);
    builder_.BeginIf(condition);
    Values outside = values_;
    builder_.NextRegion(LowerWhileBody(body, exits, carried));
    values_ = outside;
    std::vector<ValueId> passed = ValuesOf(carried);
    passed.insert(passed.begin(), builder_.ConstBool(false));
    yields = builder_.End(std::move(passed));
  }
  values_ = before;
  SetAll(carried, builder_.End(std::move(yields)));
  EndLoop(exits, outer_exit);
}

// Yields of a round: whether another may follow, then what is carried.
std::vector<ir::ValueId> FunctionLowering::LowerWhileBody(Statements body, ExitSet exits,
                                                          const std::vector<SlotId>& carried) {
  LowerList(body, {&carried, std::nullopt});
  bool stops = (exits & kStops) != 0;
  if (stops && (exits & Bit(ExitCode::kContinue)) != 0) ReplaceExit(ExitCode::kContinue);
  ValueId go_on = stops ? ExitIs(ExitCode::kNone) : builder_.ConstBool(true);
  std::vector<ValueId> yields = ValuesOf(carried);
  yields.insert(yields.begin(), go_on);
  return yields;
}

// ---- Values with a body ----

ir::ValueId FunctionLowering::LowerFork(ast::ExprId id, const ast::ForkExpr& fork) {
  const ExprNote& note = notes()[id];
  ValueId list = Lower(fork.list);
  std::vector<ir::NamedOperand> named = LowerOptions(note.options);
  std::vector<ir::NamedOperand> own;
  for (size_t i = 0; i < note.options.size(); ++i) {
    if (note.options[i].slot.valid()) {
      value(note.options[i].slot) = named[i].value;
    } else {
      own.push_back(named[i]);
    }
  }
  ValueId context = ValueOrDefault(frame_.context);
  std::vector<ValueId> params = builder_.BeginFork(list, std::move(own), false, note.on_error);
  Values before = values_;
  Frame outer = frame_;
  frame_ = {note.context, note.exit, note.result, true};
  value(note.context) = context;
  value(note.element) = params[0];
  builder_.NameValue(params[0], fork.name.text);
  value(function_.effect) = ValueId();
  const std::vector<SlotId> live = {note.result};
  LowerList(fork.body.statements, {&live, std::nullopt});
  ValueId yielded = ValueOrDefault(note.result);
  values_ = before;
  frame_ = outer;
  return builder_.End({yielded})[0];
}

ir::ValueId FunctionLowering::LowerComprehension(ast::ExprId id,
                                                 const ast::ComprehensionExpr& comprehension) {
  const ExprNote& note = notes()[id];
  ValueId list = Lower(comprehension.list);
  bool filtered = comprehension.condition.valid();
  std::vector<ValueId> params = builder_.BeginFork(list, {}, filtered, "fail");
  Values before = values_;
  value(function_.effect) = ValueId();
  value(note.element) = params[0];
  builder_.NameValue(params[0], comprehension.name.text);
  std::vector<ValueId> yields;
  if (!filtered) {
    yields = {Lower(comprehension.value)};
  } else {
    ValueId keep = Lower(comprehension.condition);
    if (IsTotal(comprehension.value)) {
      yields = {keep, Lower(comprehension.value)};
    } else {
      builder_.BeginIf(keep);
      ValueId kept = Lower(comprehension.value);
      builder_.NextRegion({kept});
      yields = {keep, builder_.End({builder_.Undef(builder_.TypeOf(kept))})[0]};
    }
  }
  values_ = before;
  return builder_.End(std::move(yields))[0];
}

ir::ValueId FunctionLowering::LowerContextValue(ast::ExprId id, const ast::ContextExpr& context) {
  SlotId fresh = notes()[id].context;
  value(fresh) = builder_.CtxEmpty();
  SlotId outer = frame_.context;
  frame_.context = fresh;
  const std::optional<ir::Role> message = std::exchange(frame_.message, std::nullopt);
  LowerList(context.body.statements, {});
  frame_.message = message;
  frame_.context = outer;
  return value(fresh);
}

}  // namespace lmp::frontend
