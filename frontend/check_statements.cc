// Statements other than prompts and exits.
#include <algorithm>

#include "frontend/check.h"
#include "frontend/tree.h"

namespace lmp::frontend {

Checker::Flow Checker::CheckBlock(const ast::Block& block) {
  PushScope();
  Flow flow = CheckList(block.statements);
  PopScope();
  return flow;
}

Checker::Flow Checker::CheckList(std::span<const ast::StmtId> statements) {
  Flow flow;
  bool told = false;
  for (ast::StmtId id : statements) {
    if (has_enough_errors()) return {flow.exits, false};
    if (!flow.falls_through && !told) {
      report_->Add(Mistake::kUnreachable, tree()[id].span, "this is never reached");
      told = true;
    }
    CheckStatement(id);
    flow.exits |= notes()[id].exits;
    flow.falls_through = flow.falls_through && notes()[id].falls_through;
  }
  return flow;
}

void Checker::CheckStatement(ast::StmtId id) {
  const ast::Stmt& stmt = tree()[id];
  const Marked marked = std::holds_alternative<ast::GenStmt>(stmt.node)      ? Marked::kGen
                        : std::holds_alternative<ast::SelectStmt>(stmt.node) ? Marked::kSelect
                        : std::holds_alternative<ast::RoleStmt>(stmt.node)   ? Marked::kMessage
                                                                             : Marked::kElse;
  CheckAttributes(stmt.attributes, marked, &notes()[id]);
  BeginWrites();
  Flow flow;
  if (const auto* s = std::get_if<ast::LetStmt>(&stmt.node)) {
    CheckLet(id, *s);
  } else if (const auto* assign = std::get_if<ast::AssignStmt>(&stmt.node)) {
    CheckAssign(id, *assign);
  } else if (const auto* text = std::get_if<ast::TextStmt>(&stmt.node)) {
    CheckText(*text, stmt.span);
  } else if (const auto* role = std::get_if<ast::RoleStmt>(&stmt.node)) {
    flow = CheckRole(id, *role, stmt.span);
  } else if (const auto* gen = std::get_if<ast::GenStmt>(&stmt.node)) {
    CheckGen(id, *gen);
  } else if (const auto* select = std::get_if<ast::SelectStmt>(&stmt.node)) {
    CheckSelect(id, *select);
  } else if (const auto* insert = std::get_if<ast::InsertStmt>(&stmt.node)) {
    CheckInsert(id, *insert, stmt.span);
  } else if (const auto* on = std::get_if<ast::OnStmt>(&stmt.node)) {
    flow = CheckOn(id, *on, stmt.span);
  } else if (const auto* branch = std::get_if<ast::IfStmt>(&stmt.node)) {
    flow = CheckIf(*branch);
  } else if (const auto* match = std::get_if<ast::MatchStmt>(&stmt.node)) {
    flow = CheckMatch(id, *match, stmt.span);
  } else if (const auto* loop = std::get_if<ast::ForStmt>(&stmt.node)) {
    flow = CheckFor(id, *loop);
  } else if (const auto* repeat = std::get_if<ast::WhileStmt>(&stmt.node)) {
    flow = CheckWhile(*repeat);
  } else if (const auto* result = std::get_if<ast::ReturnStmt>(&stmt.node)) {
    flow = CheckReturn(*result, stmt.span);
  } else if (const auto* yield = std::get_if<ast::YieldStmt>(&stmt.node)) {
    flow = CheckYield(*yield, stmt.span);
  } else if (std::holds_alternative<ast::BreakStmt>(stmt.node)) {
    flow = CheckLoopExit("break", ExitCode::kBreak, stmt.span);
  } else if (std::holds_alternative<ast::ContinueStmt>(stmt.node)) {
    flow = CheckLoopExit("continue", ExitCode::kContinue, stmt.span);
  } else if (const auto* emit = std::get_if<ast::EmitStmt>(&stmt.node)) {
    CheckEmit(*emit, stmt.span);
  } else if (const auto* check = std::get_if<ast::CheckStmt>(&stmt.node)) {
    CheckCheck(*check);
  } else if (const auto* attempt = std::get_if<ast::TryStmt>(&stmt.node)) {
    flow = CheckTry(id, *attempt, stmt.span);
  } else if (const auto* call = std::get_if<ast::CallStmt>(&stmt.node)) {
    const auto& expr = std::get<ast::CallExpr>(tree()[call->call].node);
    const TypeId type = CheckCall(call->call, expr, true);
    notes()[call->call].type = type;
    // user { "Notes:" bullets(xs) }
    if (body_->in_message && type.valid() && type != types().none()) {
      Diagnostic& d =
          report_->Add(Mistake::kOtherLanguage, stmt.span, "a value stands in a message as text");
      const std::string written = "\"${" + TextOf(stmt.span) + "}\"";
      d.helps.push_back("write `" + written + "`");
      if (HasText(types(), type)) d.fixes.push_back({stmt.span, written});
    }
  } else if (const auto* mock = std::get_if<ast::MockStmt>(&stmt.node)) {
    CheckMock(*mock, stmt.span);
  }
  StmtNote& note = notes()[id];
  note.writes = EndWrites();
  note.exits = flow.exits;
  note.falls_through = flow.falls_through;
}

Checker::Flow Checker::CheckIf(const ast::IfStmt& stmt) {
  CheckCondition(stmt.condition);
  const NullFacts facts = FactsOf(stmt.condition);
  const auto arm = [&](const ast::Block& block, const std::vector<SlotId>& not_null) {
    PushScope();
    Know(not_null);
    const Flow inner = CheckBlock(block);
    PopScope();
    return inner;
  };
  Flow flow = arm(stmt.then_body, facts.if_true);
  Flow other;
  if (stmt.else_body) other = arm(*stmt.else_body, facts.if_false);
  if (!flow.falls_through) Know(facts.if_false);
  if (!other.falls_through) Know(facts.if_true);
  flow.exits |= other.exits;
  flow.falls_through = flow.falls_through || other.falls_through;
  return flow;
}

Checker::Flow Checker::CheckFor(ast::StmtId id, const ast::ForStmt& stmt) {
  TypeId element = CheckElements(stmt.list, "for");
  PushScope();
  notes()[id].slot = Bind(stmt.name, SlotKind::kElement, element, ast::StmtId());
  body_->loops++;
  Flow flow = CheckBlock(stmt.body);
  body_->loops--;
  PopScope();
  flow.exits &= Bit(ExitCode::kReturn);
  flow.falls_through = true;
  return flow;
}

Checker::Flow Checker::CheckWhile(const ast::WhileStmt& stmt) {
  if (stmt.limit.valid() && Expect(stmt.limit, types().i64(), "the limit of `while`")) {
    auto limit = KnownValue(stmt.limit);
    bool bad =
        limit && (limit->as_int() < 1 || limit->as_int() > static_cast<int64_t>(kLoopRoundsMax));
    if (bad) {
      report_->Add(Mistake::kOutOfRange, SpanOf(stmt.limit),
                   "the limit of `while` must lie between 1 and " + std::to_string(kLoopRoundsMax));
    }
  }
  body_->loops++;
  PushScope();
  if (stmt.condition.valid()) {
    CheckCondition(stmt.condition);
    Know(FactsOf(stmt.condition).if_true);
  }
  Flow flow = CheckBlock(stmt.body);
  PopScope();
  body_->loops--;
  flow.exits &= Bit(ExitCode::kReturn);
  flow.falls_through = true;
  return flow;
}

void Checker::CheckLet(ast::StmtId id, const ast::LetStmt& stmt) {
  TypeId type;
  if (stmt.type.valid()) {
    type = CheckType(stmt.type);
    Expect(stmt.value, type, "`" + stmt.name.text + "`");
    if (auto value = KnownValue(stmt.value)) CheckBounds(*value, type, SpanOf(stmt.value));
  } else {
    type = Check(stmt.value);
    if (type.valid() && IsUndetermined(types(), type)) {
      Diagnostic& d = report_->Add(Mistake::kTypeUnknown, SpanOf(stmt.value),
                                   "the type of `" + stmt.name.text + "` cannot be told from this");
      d.helps.push_back("write the type: `" + std::string(stmt.is_var ? "var " : "let ") +
                        stmt.name.text +
                        (Is(type, TypeKind::kList) ? ": list<string> = []`" : ": string? = null`"));
      type = TypeId();
    }
    if (stmt.is_var && type.valid()) type = types().Erased(type);
  }
  notes()[id].slot = Bind(stmt.name, stmt.is_var ? SlotKind::kVar : SlotKind::kLet, type, id);
}

void Checker::CheckAssign(ast::StmtId id, const ast::AssignStmt& stmt) {
  SlotId target = FindLocal(stmt.name.text);
  if (!target.valid()) {
    Check(stmt.value);
    const Declared* declared = Named(stmt.name.text);
    if (declared != nullptr) {
      report_
          ->Add(Mistake::kNotAVariable, stmt.name.span,
                "`" + stmt.name.text + "` is not a variable")
          .secondary.push_back({declared->span, "defined here"});
    } else if (!ReportBoundElsewhere(stmt.name)) {
      Diagnostic& d = report_->Add(Mistake::kUnknownName, stmt.name.span,
                                   "`" + stmt.name.text + "` is not defined");
      std::string meant = Nearest(stmt.name.text, VisibleNames());
      d.helps.push_back(meant.empty() ? "a new variable begins with `var`"
                                      : "did you mean `" + meant + "`?");
      if (meant.empty())
        d.fixes.push_back(
            {{stmt.name.span.source, stmt.name.span.begin, stmt.name.span.begin}, "var "});
      if (!meant.empty()) d.fixes.push_back({stmt.name.span, meant});
    }
    // From here on the name is known, so that its uses are not reported as well.
    if (declared == nullptr) Bind(stmt.name, SlotKind::kVar, TypeId(), id);
    return;
  }
  const Slot bound = slot(target);
  if (bound.kind != SlotKind::kVar) {
    Check(stmt.value, bound.type);
    ReportAssignToConstant(stmt, bound);
    return;
  }
  if (Expect(stmt.value, bound.type, "`" + stmt.name.text + "`")) {
    if (auto value = KnownValue(stmt.value)) CheckBounds(*value, bound.type, SpanOf(stmt.value));
  }
  if (bound.frame != body_->frame) {
    Diagnostic& d =
        report_->Add(Mistake::kWriteInFork, stmt.name.span,
                     "a fork cannot change `" + stmt.name.text + "`, which is outside of it");
    d.secondary.push_back({bound.span, "defined outside of the fork"});
    d.notes.push_back("the children of a fork run at the same time and know nothing of each other");
    d.helps.push_back("yield the value, and combine the values after the fork; or use `for`");
    return;
  }
  Write(target);
  notes()[id].slot = target;
}

void Checker::ReportAssignToConstant(const ast::AssignStmt& stmt, const Slot& bound) {
  Diagnostic& d = report_->Add(Mistake::kNotAVariable, stmt.name.span,
                               "`" + stmt.name.text + "` cannot change: it is not a `var`");
  if (bound.span.end > 0) d.secondary.push_back({bound.span, "defined here"});
  const ast::Stmt* definition = bound.statement.valid() ? &tree()[bound.statement] : nullptr;
  const auto* let = definition != nullptr ? std::get_if<ast::LetStmt>(&definition->node) : nullptr;
  if (let != nullptr && definition->attributes.empty()) {
    d.helps.push_back("define it with `var`");
    d.fixes.push_back(
        {{definition->span.source, definition->span.begin, definition->span.begin + 3}, "var"});
  } else if (bound.kind == SlotKind::kGen || bound.kind == SlotKind::kSelect) {
    d.helps.push_back("what the model wrote stays as it is: define a `var` with another name");
  } else {
    d.helps.push_back("define a variable: `var other = " + stmt.name.text + "`");
  }
}

void Checker::CheckEmit(const ast::EmitStmt& stmt, Span span) {
  TypeId type = Check(stmt.value);
  if (body_->frame != 0) {
    ReportInFork(span, "`emit` cannot stand inside", {EffectKind::kEmit, span}, body_->in_list);
    return;
  }
  bool has_context =
      type.valid() && (Is(type, TypeKind::kCtx) ||
                       (Is(type, TypeKind::kList) && Is(types()[type].element, TypeKind::kCtx)));
  if (has_context) {
    CheckNotText(stmt.value, type);
    return;
  }
  if (type.valid() && IsUndetermined(types(), type) && type == types().none()) {
    report_->Add(Mistake::kNoValue, SpanOf(stmt.value), "there is nothing to emit");
    return;
  }
  NoteEffect({EffectKind::kEmit, span}, "`emit`");
}

void Checker::CheckCondition(ast::ExprId condition) {
  ReportNoCondition(condition, Check(condition, types().boolean()));
}

// What others mean by a value where a condition must stand; "" where that is not clear.
std::string Checker::ConditionOf(ast::ExprId value, TypeId type) const {
  const std::string text = TextOf(SpanOf(value));
  const bool simple = std::holds_alternative<ast::NameExpr>(tree()[value].node) ||
                      std::holds_alternative<ast::FieldExpr>(tree()[value].node) ||
                      std::holds_alternative<ast::CallExpr>(tree()[value].node);
  if (Is(type, TypeKind::kList)) return "len(" + text + ") > 0";
  if (!simple) return "";
  if (Is(type, TypeKind::kStr)) return text + " != \"\"";
  if (Is(type, TypeKind::kI64)) return text + " != 0";
  return Is(type, TypeKind::kOptional) ? text + " != null" : "";
}

void Checker::ReportNoCondition(ast::ExprId condition, TypeId type) {
  if (!type.valid() || Is(type, TypeKind::kBool)) return;
  Diagnostic& d = report_->Add(Mistake::kTypeMismatch, SpanOf(condition),
                               "a condition must be bool, found " + User(type));
  const std::string meant = ConditionOf(condition, type);
  if (meant.empty()) return;
  d.helps.push_back("write `" + meant + "`");
  d.fixes.push_back({SpanOf(condition), meant});
}

TypeId Checker::CheckElements(ast::ExprId list, std::string_view word) {
  TypeId type = Check(list);
  if (!type.valid()) return TypeId();
  if (Is(type, TypeKind::kList)) {
    TypeId element = types()[type].element;
    if (element != types().none()) return element;
    report_->Add(Mistake::kTypeUnknown, SpanOf(list), "this list is empty and has no type");
    return TypeId();
  }
  Diagnostic& d = report_->Add(Mistake::kTypeMismatch, SpanOf(list),
                               "`" + std::string(word) + "` goes over a list, found " + User(type));
  if (Is(type, TypeKind::kI64)) {
    d.helps.push_back("to count, write a range: `0.." + TextOf(SpanOf(list)) + "`");
    d.fixes.push_back({{SpanOf(list).source, SpanOf(list).begin, SpanOf(list).begin}, "0.."});
    return types().i64();
  }
  if (Is(type, TypeKind::kStr))
    d.helps.push_back("split it first: `words(s)`, `sentences(s)` or `split(s, \"\\n\")`");
  return TypeId();
}

}  // namespace lmp::frontend
