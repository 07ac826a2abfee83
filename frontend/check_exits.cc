// return, yield, break, continue: where they may stand, and what is missing without them.
#include "frontend/check.h"
#include "frontend/tree.h"

namespace lmp::frontend {

Checker::Flow Checker::CheckReturn(const ast::ReturnStmt& stmt, Span span) {
  Flow flow{Bit(ExitCode::kReturn), false};
  Function& function = *body_->function;
  if (body_->place == Place::kFunction && function.decl != nullptr) {
    if (!function.decl->result.valid()) {
      ReportResultType(&function, Check(stmt.value), span);
      return flow;
    }
    if (Expect(stmt.value, function.result, "the result of `" + function.name + "`")) {
      if (auto value = KnownValue(stmt.value))
        CheckBounds(*value, function.result, SpanOf(stmt.value));
    }
    return flow;
  }
  Check(stmt.value);
  body_->uncertain = true;
  flow = Flow{0, true};
  if (body_->place == Place::kFork) {
    Diagnostic& d = report_->Add(Mistake::kMisplacedExit, span,
                                 "a fork gives its value with `yield`, not `return`");
    d.helps.push_back("write `yield`");
    d.fixes.push_back({{span.source, span.begin, span.begin + 6}, "yield"});
  } else if (body_->place == Place::kContextValue) {
    report_->Add(Mistake::kMisplacedExit, span, "`return` cannot leave a `context { }` value");
  } else {
    report_->Add(Mistake::kMisplacedExit, span, "`return` stands outside of any function");
  }
  return flow;
}

void Checker::ReportResultType(Function* function, TypeId type, Span span) {
  if (!type.valid() || body_->uncertain) return;
  body_->uncertain = true;  // one report for all its returns
  Diagnostic& d =
      report_->Add(Mistake::kReturnWithoutType, span,
                   "`" + function->name + "` returns a value but declares no result type");
  if (IsUndetermined(types(), type)) return;
  std::string result = "-> " + User(types().Erased(type));
  d.helps.push_back("declare it: `" + result + "`");
  d.fixes.push_back({{span.source, function->body.begin, function->body.begin}, result + " "});
}

Checker::Flow Checker::CheckYield(const ast::YieldStmt& stmt, Span span) {
  if (body_->place != Place::kFork) {
    Check(stmt.value);
    body_->uncertain = true;
    Diagnostic& d =
        report_->Add(Mistake::kMisplacedExit, span, "`yield` stands outside of any fork");
    if (body_->place == Place::kFunction && body_->function->decl != nullptr) {
      d.helps.push_back("a function gives its value with `return`");
      d.fixes.push_back({{span.source, span.begin, span.begin + 5}, "return"});
    }
    return {};
  }
  Flow flow{Bit(ExitCode::kReturn), false};
  TypeId type = Check(stmt.value, body_->yielded);
  if (!body_->has_yielded) {
    body_->has_yielded = true;
    body_->yielded = type;
    return flow;
  }
  auto joined = JoinTypes(&types(), body_->yielded, type);
  if (joined) {
    body_->yielded = *joined;
    return flow;
  }
  report_->Add(Mistake::kYieldTypesDiffer, SpanOf(stmt.value),
               "a fork yields one type, found " + User(body_->yielded) + " and " + User(type));
  return flow;
}

Checker::Flow Checker::CheckLoopExit(std::string_view word, ExitCode code, Span span) {
  if (body_->loops > 0) return {Bit(code), false};
  std::string title = "`" + std::string(word) + "` stands outside of any loop";
  Diagnostic& d = report_->Add(Mistake::kMisplacedExit, span, std::move(title));
  if (body_->place == Place::kFork) {
    d.notes.push_back("the children of a fork run at the same time: none can end the others");
    d.helps.push_back("to leave a child early, `yield` a value");
  }
  return {};
}

namespace {

// The name bound last on the way to the end of the list, seen from behind the list.
const ast::Name* LastBound(const ast::File& file, std::span<const ast::StmtId> statements) {
  if (statements.empty()) return nullptr;
  const ast::Stmt& last = file[statements.back()];
  if (const auto* role = std::get_if<ast::RoleStmt>(&last.node))
    return LastBound(file, role->body.statements);
  if (const auto* on = std::get_if<ast::OnStmt>(&last.node))
    return LastBound(file, on->body.statements);
  return BoundName(last);
}

}  // namespace

void Checker::AddFinalExit(Diagnostic* diagnostic, std::string_view word, TypeId want,
                           std::span<const ast::StmtId> statements) {
  if (statements.empty()) return;
  const ast::Stmt& last = tree()[statements.back()];
  const std::string& text = model_->units[unit_].source->text();
  std::string keyword = std::string(word) + " ";
  if (const auto* call = std::get_if<ast::CallStmt>(&last.node)) {
    TypeId type = notes()[call->call].type;
    if (!type.valid() || type == types().none() || !Assignable(&types(), type, want)) return;
    diagnostic->helps.push_back("write `" + keyword + TextOf(last.span) + "`");
    diagnostic->fixes.push_back({{last.span.source, last.span.begin, last.span.begin}, keyword});
    return;
  }
  const ast::Name* bound = LastBound(tree(), statements);
  if (bound == nullptr) return;
  std::string value = bound->text;
  for (const Slot& candidate : body_->function->slots) {
    if (candidate.span != bound->span) continue;
    if (Assignable(&types(), candidate.type, want)) break;
    if (!Is(want, TypeKind::kStr) || !HasText(types(), candidate.type)) return;
    value = "\"${" + value + "}\"";
  }
  size_t line = text.rfind('\n', last.span.begin == 0 ? 0 : last.span.begin - 1);
  line = line == std::string::npos ? 0 : line + 1;
  std::string indent = text.substr(line, last.span.begin - line);
  bool own_line = indent.find_first_not_of(" \t") == std::string::npos;
  diagnostic->helps.push_back("end it with `" + keyword + value + "`");
  diagnostic->fixes.push_back({{last.span.source, last.span.end, last.span.end},
                               (own_line ? "\n" + indent : "  ") + keyword + value});
}

void Checker::ReportNoReturn(const Function& function) {
  Span name = function.span;
  Diagnostic& d = report_->Add(Mistake::kMissingReturn, name,
                               "`" + function.name + "` can end without `return`");
  d.label = "declared to return " + User(function.result);
  AddFinalExit(&d, "return", function.result, function.statements);
}

void Checker::ReportNoYield(const ast::Expr& expr) {
  const auto& fork = std::get<ast::ForkExpr>(expr.node);
  Span head{expr.span.source, expr.span.begin, SpanOf(fork.list).end};
  Diagnostic& d = report_->Add(
      Mistake::kForkWithoutYield, head,
      body_->has_yielded ? "this fork has a path without `yield`" : "this fork yields nothing");
  d.notes.push_back("its value is the list of what the children yield, so each child yields once");
  AddFinalExit(&d, "yield", body_->yielded, fork.body.statements);
}

}  // namespace lmp::frontend
