// Failures: `check`, `try` as a statement with its options, `try a else b`.
#include <algorithm>

#include "frontend/check.h"
#include "frontend/library.h"
#include "frontend/tree.h"
#include "ir/failure.h"
#include "runtime/base/limits.h"

namespace lmp::frontend {
namespace {

constexpr std::string_view kTryOptions[] = {"retries", "feedback", "tokens",
                                            "prefill", "calls",    "time"};

}  // namespace

// The record `failure` is there without a declaration.
void Checker::DeclareFailure() {
  Record record;
  record.name = ir::kFailureRecord;
  record.progress = Progress::kDone;
  for (const ir::FieldDecl& field : ir::FailureDecl(types()).fields) {
    record.fields.push_back({field.name, field.type, field.type, false, {}});
    ++record.parts;
  }
  model_->names.try_emplace(
      record.name, Declared{DeclKind::kRecord, static_cast<uint32_t>(model_->records.size()), {}});
  model_->records.push_back(std::move(record));
}

void Checker::CheckCheck(const ast::CheckStmt& stmt) {
  CheckCondition(stmt.condition);
  if (stmt.message.valid()) Check(stmt.message);
  // Behind it, what it tests for holds.
  Know(FactsOf(stmt.condition).if_true);
}

Checker::Flow Checker::CheckTry(ast::StmtId id, const ast::TryStmt& stmt, Span span) {
  TryNote note = CheckTryOptions(stmt);
  if (note.feedback && body_->in_message) {
    report_
        ->Add(Mistake::kFeedbackInMessage, {span.source, span.begin, span.begin + 3},
              "a `try` with feedback stands inside a message")
        .helps.push_back("put the `try` around the message: what went wrong is told in a message");
  }
  if (note.feedback) {
    Continue(body_->context);
    Write(body_->context);
  }
  const size_t continued = body_->continued.size();
  const int gens = body_->gens;
  const int greedy_gens = body_->greedy_gens;
  if (note.retries) ++body_->repeats;
  PushScope();
  Flow flow = CheckList(stmt.body.statements);
  const Scope names = body_->scopes.back();
  PopScope();
  if (note.retries) {
    --body_->repeats;
    LintEqualAttempts(stmt, note, body_->gens - gens, body_->greedy_gens - greedy_gens);
    if (note.feedback && !body_->in_message) LintFeedback(stmt, continued);
  }
  bool fallback_leaves = true;
  if (stmt.else_body) {
    PushScope();
    const TypeId type = types().RecordOf(std::string(ir::kFailureRecord));
    if (stmt.failure) note.failure = Bind(*stmt.failure, SlotKind::kElement, type, ast::StmtId());
    const Flow fallback = CheckList(stmt.else_body->statements);
    PopScope();
    fallback_leaves = !fallback.falls_through;
    flow.exits |= fallback.exits;
    flow.falls_through = flow.falls_through || fallback.falls_through;
  }
  // Behind a `try` that goes on only where its body came to its end, the names of the body are
  // bound.
  if (fallback_leaves) {
    Scope& around = body_->scopes.back();
    for (const auto& [name, bound] : names.names) {
      slot(bound).scope = around.id;
      around.Add(name, bound);
    }
    Know(names.not_null);
    notes()[id].scope = around.id;
    note.outlives = true;
  }
  notes().tries[id.index] = std::move(note);
  return flow;
}

// The messages of failed attempts stand in a context that nothing in the block goes on from.
void Checker::LintFeedback(const ast::TryStmt& stmt, size_t continued_before) {
  const auto begin = body_->continued.begin() + static_cast<ptrdiff_t>(continued_before);
  if (std::find(begin, body_->continued.end(), body_->context) != body_->continued.end()) return;
  for (const ast::Arg& option : stmt.options) {
    if (!option.name || option.name->text != "feedback") continue;
    Diagnostic& d = report_->Add(Mistake::kFeedbackUnread, option.span,
                                 "nobody reads the feedback of this `try`");
    d.notes.push_back(
        "it comes into the current context of the function, and nothing in the block goes on "
        "from that");
    d.helps.push_back("generate in the current context, or leave `feedback` out");
  }
}

TryNote Checker::CheckTryOptions(const ast::TryStmt& stmt) {
  TryNote note;
  CheckOptions(stmt.options, "try", kTryOptions);
  for (const ast::Arg& option : stmt.options) {
    if (!option.name) continue;
    const std::string& name = option.name->text;
    if (std::find(std::begin(kTryOptions), std::end(kTryOptions), name) == std::end(kTryOptions))
      continue;
    if (std::any_of(note.options.begin(), note.options.end(),
                    [&](const OptionNote& seen) { return seen.name == name; }))
      continue;  // given twice: reported
    if (name == "feedback") {
      if (!Expect(option.value, types().boolean(), "option `feedback`")) continue;
      const auto value = KnownValue(option.value);
      if (!value) {
        report_->Add(Mistake::kNotConstant, SpanOf(option.value),
                     "`feedback` is `true` or `false` where it is written");
      }
      note.feedback = value && value->as_bool();
      continue;
    }
    if (name == "time") {
      CheckTime(option);
    } else {
      CheckTryNumber(option);
    }
    if (name == "retries") note.retries = true;
    note.options.push_back({name, option.value, SlotId(), types().i64()});
  }
  if (note.feedback && !note.retries) {
    report_
        ->Add(Mistake::kUnknownOption, stmt.options.front().span,
              "`feedback` is for the attempts behind a failed one, and there are none")
        .helps.push_back("say how many: `with retries: 2, feedback: true`");
    note.feedback = false;
  }
  return note;
}

void Checker::CheckTryNumber(const ast::Arg& option) {
  const std::string& name = option.name->text;
  if (!Expect(option.value, types().i64(), "option `" + name + "`")) return;
  const auto value = KnownValue(option.value);
  if (!value) return;
  const bool retries = name == "retries";
  const int64_t most = retries ? kRetriesMax : 1'000'000'000;
  if (value->as_int() >= (retries ? 0 : 1) && value->as_int() <= most) return;
  report_->Add(Mistake::kOutOfRange, SpanOf(option.value),
               "option `" + name + "` must lie between " + (retries ? "0" : "1") + " and " +
                   std::to_string(most));
}

void Checker::CheckTime(const ast::Arg& option) {
  if (const auto* time = std::get_if<ast::DurationExpr>(&tree()[option.value].node)) {
    notes()[option.value].type = types().i64();
    if (time->milliseconds < 1) {
      report_->Add(Mistake::kOutOfRange, SpanOf(option.value),
                   "option `" + option.name->text + "` must be more than 0");
    }
    return;
  }
  const TypeId found = Check(option.value);
  Diagnostic& d = report_->Add(Mistake::kTypeMismatch, SpanOf(option.value),
                               "option `" + option.name->text + "` must be a duration" +
                                   (found.valid() ? ", found " + User(found) : std::string()));
  const bool number = std::holds_alternative<ast::IntExpr>(tree()[option.value].node);
  const std::string text = number ? TextOf(SpanOf(option.value)) : "30";
  d.helps.push_back("write it with its unit: `" + text + "s`, `" + text + "ms` or `" + text + "m`");
}

// All attempts draw the same text.
void Checker::LintEqualAttempts(const ast::TryStmt& stmt, const TryNote& note, int gens,
                                int greedy_gens) {
  if (note.feedback || body_->in_message || gens == 0 || gens != greedy_gens) return;
  for (const CallSite& call : body_->function->calls) {
    if (Contains(stmt.body.span, call.span)) return;
  }
  for (const ast::Arg& option : stmt.options) {
    if (!option.name || option.name->text != "retries") continue;
    Diagnostic& d =
        report_->Add(Mistake::kEqualAttempts, option.span, "every attempt writes the same text");
    d.notes.push_back("`temp` is 0, so equal prompts give equal answers");
    d.helps.push_back("tell the model what was wrong: `feedback: true`");
    d.fixes.push_back({{option.span.source, option.span.end, option.span.end}, ", feedback: true"});
    return;
  }
}

TypeId Checker::CheckTryExpr(ast::ExprId id, const ast::TryExpr& expr, TypeId hint) {
  if (body_->place == Place::kConstant) {
    report_->Add(Mistake::kNotConstant, tree()[id].span, "a `try` cannot be a constant");
    return TypeId();
  }
  types().RecordOf(std::string(ir::kFailureRecord));  // the program has it, though nothing names it
  BeginWrites();
  const TypeId attempt = Check(expr.attempt, hint);
  const TypeId fallback = Check(expr.fallback, hint.valid() ? hint : attempt);
  notes()[id].writes = EndWrites();
  if (!attempt.valid() || !fallback.valid()) return TypeId();
  const bool both_fit = Assignable(&types(), attempt, hint) && Assignable(&types(), fallback, hint);
  if (Is(hint, TypeKind::kUnion) && both_fit) return types().Erased(hint);
  if (const auto joined = JoinTypes(&types(), attempt, fallback)) return *joined;
  Diagnostic& d = report_->Add(Mistake::kTypeMismatch, SpanOf(expr.fallback),
                               "both values of a `try` must have one type, found " + User(attempt) +
                                   " and " + User(fallback));
  d.secondary.push_back({SpanOf(expr.attempt), "this is " + WithArticle(types(), attempt)});
  return TypeId();
}

}  // namespace lmp::frontend
