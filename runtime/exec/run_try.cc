// Failures that a program handles: check, try with its attempts, budgets and deadlines.
#include <algorithm>
#include <string>
#include <utility>

#include "ir/analysis.h"
#include "ir/failure.h"
#include "runtime/exec/run.h"

namespace lmp::exec {

namespace {

constexpr int64_t kNsPerMs = 1'000'000;

std::string_view NameOf(Cost cost) {
  switch (cost) {
    case Cost::kTokens:
      return "tokens";
    case Cost::kPrefill:
      return "prefill";
    case Cost::kCalls:
      return "calls";
  }
  return "";
}

}  // namespace

void Run::FireCheck(Scope& scope, uint32_t position, const ir::Op& op) {
  if (ValueOf(scope, op.operands[0]).as_bool()) return FinishOp(scope, position, {});
  Failure failure = MakeFailure(scope, op, "check", ValueOf(scope, op.operands[1]).as_str());
  if (op.operands.size() == 3) {
    failure.context =
        std::static_pointer_cast<const ContextValue>(ValueOf(scope, op.operands[2]).as_context());
  }
  FailOp(scope, position, std::move(failure));
}

// What stands before an emit may forbid it: a check everywhere; in the body of a `try` that handles
// its failures all that may fail, for the run goes on and what was emitted is a part of its result.
Run::EmitRule Run::EmitRuleOf(const Scope& scope, uint32_t position) {
  const Scope* handled = nullptr;  // the outermost such body
  for (const Scope* at = &scope; at->parent != kNoScope; at = Find(at->parent)) {
    const ir::Op& owner = Find(at->parent)->op(at->owner.position);
    if (ir::Handles(owner, at->region)) handled = at;
  }
  EmitRule rule{true, handled != nullptr};
  bool all = handled != nullptr;
  uint32_t end = position;
  for (const Scope* at = &scope; at != nullptr; at = Find(at->parent)) {
    const std::vector<ir::OpId>& ops = at->ir_region().ops;
    for (uint32_t p = 0; p < end; ++p) {
      if (at->states[p] == OpState::kDone) continue;
      if (all || at->graph->facts->checks[ops[p].index]) rule.now = false;
    }
    if (at == handled) all = false;
    end = at->owner.position;
  }
  return rule;
}

void Run::FireTry(Scope& scope, uint32_t position, const ir::Op& op) {
  OpProgress& progress = scope.progress[position];
  const auto number = [&](std::string_view name) -> std::optional<int64_t> {
    const auto value = NamedValue(scope, op, name);
    return value ? std::optional(value->as_int()) : std::nullopt;
  };
  for (const ir::NamedOperand& option : op.named) {
    const Status fits = ir::CheckTryOption(option.name, ValueOf(scope, option.value).as_int());
    if (!fits.ok()) return FailOp(scope, position, MakeFailure(scope, op, "value", fits.message()));
  }
  progress.limit = number("retries").value_or(0);
  for (const ir::ValueId v : op.operands) progress.carried.push_back(ValueOf(scope, v));
  Budget::Amounts granted;
  granted.fill(Budget::kUnbounded);
  bool bounded = false;
  for (const Cost cost : kCosts) {
    if (const auto most = number(NameOf(cost))) {
      granted[static_cast<size_t>(cost)] = *most;
      bounded = true;
    }
  }
  if (bounded) progress.budget = std::make_shared<Budget>(granted, scope.budget);
  if (EndsAtOnce(scope, position)) return;
  const auto time = number("time");
  if (time && request_.replay == nullptr) {
    const int64_t longest = Budget::kUnbounded / kNsPerMs / 2;
    progress.deadline_ns = clock_->NowNs() + std::min(*time, longest) * kNsPerMs;
    deadlines_.push_back({{scope.id, position}, *time, progress.deadline_ns});
  }
  StartAttempt(scope, position);
}

void Run::StartAttempt(Scope& scope, uint32_t position) {
  const ir::Op& op = scope.op(position);
  OpProgress& progress = scope.progress[position];
  const bool repeats = ir::NamedOperandOf(op, "retries").valid();
  progress.children = {next_scope_};
  const ScopeId body = OpenScope(scope.graph, op.regions[0], scope.id, {scope.id, position},
                                 static_cast<size_t>(progress.round),
                                 repeats ? scope.path.WithIndex(progress.round) : scope.path,
                                 {progress.carried.begin(), progress.carried.end()});
  if (progress.budget != nullptr) Find(body)->budget = progress.budget;
}

// An attempt (or the fallback) of a try has failed: tries again, handles it, or passes it on.
void Run::SettleTry(Scope& scope, uint32_t position, Failure failure, bool may_repeat) {
  const ir::Op& op = scope.op(position);
  OpProgress& progress = scope.progress[position];
  progress.children.clear();
  const ContextRef attempt = std::exchange(failure.context, nullptr);
  if (progress.handling || ir::EndsRun(failure.kind))
    return FailOp(scope, position, std::move(failure));
  if (may_repeat && progress.round < progress.limit && failure.kind != "budget") {
    ++progress.round;
    if (op.attributes.feedback) {
      const auto before =
          std::static_pointer_cast<const ContextValue>(progress.carried[0].as_context());
      ContextRef next =
          MakerOf(scope).Open(attempt != nullptr ? *attempt : *before, ir::Role::kUser, op.span);
      next = MakerOf(scope).Append(*next, ir::FeedbackText(failure.message), SegmentKind::kDynamic,
                                   op.span, nullptr);
      next = MakerOf(scope).Close(*next, ir::Role::kUser, op.span);
      progress.carried[0] = ir::Value::Context(std::move(next));
    }
    return StartAttempt(scope, position);
  }
  if (op.regions.size() == 1) return FailOp(scope, position, std::move(failure));
  progress.handling = true;
  progress.children = {next_scope_};
  OpenScope(scope.graph, op.regions[1], scope.id, {scope.id, position}, 0, scope.path,
            {ir::FailureValue(failure.kind, failure.message, failure.site)});
}

// ---- Time ----

std::optional<int64_t> Run::NextDeadlineNs() const {
  std::optional<int64_t> next;
  for (const Deadline& deadline : deadlines_) {
    if (!next || deadline.at_ns < *next) next = deadline.at_ns;
  }
  return next;
}

// Ends the attempts, the tools and the listening whose time is over.
void Run::CheckDeadlines() {
  if (deadlines_.empty()) return;
  const int64_t now = clock_->NowNs();
  std::vector<Deadline> over;
  std::erase_if(deadlines_, [&](const Deadline& deadline) {
    const Scope* scope = Find(deadline.op.scope);
    if (scope == nullptr || scope->states[deadline.op.position] != OpState::kRunning) return true;
    const OpProgress& progress = scope->progress.at(deadline.op.position);
    if (progress.handling || progress.deadline_ns != deadline.at_ns) return true;
    if (deadline.at_ns > now) return false;
    over.push_back(deadline);
    return true;
  });
  for (const Deadline& deadline : over) {
    Scope* scope = Find(deadline.op.scope);  // an outer one may have closed it
    if (scope == nullptr || scope->states[deadline.op.position] != OpState::kRunning) continue;
    const ir::Op& op = scope->op(deadline.op.position);
    if (op.kind == ir::OpKind::kListen) {
      const std::string message =
          "nobody said anything within " + std::to_string(deadline.granted_ms) + " ms";
      Record(*scope, deadline.op.position, RecordedEvent::Kind::kTimeout, message);
      FailOp(*scope, deadline.op.position, MakeFailure(*scope, op, "timeout", message));
      continue;
    }
    if (op.kind == ir::OpKind::kTool) {
      ToolFailed(*scope, deadline.op.position, "timeout",
                 "no answer within " + std::to_string(deadline.granted_ms) + " ms");
      continue;
    }
    RecordOver(*scope, deadline.op.position);
    TryIsOver(*scope, deadline.op.position, deadline.granted_ms);
  }
}

void Run::TryIsOver(Scope& scope, uint32_t position, int64_t granted_ms) {
  for (const ScopeId child : scope.progress[position].children) CloseScope(child);
  SettleTry(scope, position,
            MakeFailure(scope, scope.op(position), "timeout",
                        "the time of this `try` is over: " + std::to_string(granted_ms) + " ms"),
            false);
}

// ---- Budgets ----

// Under a budget, what asks the model goes in the order of the program: whose tokens are left must
// not depend on who is faster. True if the op has to wait; it is queued again when another ends.
bool Run::WaitsForBudget(const Scope& scope, OpRef ref) {
  if (scope.budget == nullptr) return false;
  const std::vector<ir::OpId>& ops = scope.ir_region().ops;
  const std::vector<bool>& asks = scope.graph->facts->asks;
  if (!asks[ops[ref.position].index]) return false;
  for (uint32_t p = 0; p < ref.position; ++p) {
    if (!asks[ops[p].index] || scope.states[p] == OpState::kDone) continue;
    held_.push_back(ref);
    return true;
  }
  return false;
}

// Takes a call with so many prompt tokens off the budget; if there is not enough, fails the op.
bool Run::PayForCall(Scope& scope, uint32_t position, size_t prompt_tokens) {
  if (scope.budget == nullptr) return true;
  const auto prompt = static_cast<int64_t>(prompt_tokens);
  const auto fail = [&](Cost cost, const std::string& needs) {
    FailOp(scope, position,
           MakeFailure(scope, scope.op(position), "budget",
                       "the budget `" + std::string(NameOf(cost)) + "` is used up: " + needs +
                           scope.budget->ShareText(cost)));
    return false;
  };
  if (scope.budget->Left(Cost::kCalls) < 1) return fail(Cost::kCalls, "one more call is needed");
  const int64_t left = scope.budget->Left(Cost::kPrefill);
  if (left < prompt) {
    return fail(Cost::kPrefill, std::to_string(prompt) + " prompt tokens are needed, " +
                                    std::to_string(left) + " are left");
  }
  if (scope.op(position).kind == ir::OpKind::kGen && scope.budget->Left(Cost::kTokens) < 1)
    return fail(Cost::kTokens, "nothing more may be generated");
  scope.budget->Charge(Cost::kCalls, 1);
  scope.budget->Charge(Cost::kPrefill, prompt);
  return true;
}

void Run::PayForTokens(const Scope& scope, int generated) {
  if (scope.budget != nullptr) scope.budget->Charge(Cost::kTokens, generated);
}

void Run::FailForTokens(Scope& scope, uint32_t position) {
  FailOp(scope, position,
         MakeFailure(scope, scope.op(position), "budget",
                     "the budget `tokens` is used up before the end of the text" +
                         scope.budget->ShareText(Cost::kTokens)));
}

}  // namespace lmp::exec
