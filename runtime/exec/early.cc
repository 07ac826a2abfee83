// ctx.warm {early}: what a prompt begins with is computed while the rest of it is waited for, and
// only while the engine has nothing else to do: a little at a time, so that what comes meanwhile
// waits for little. It ends when the context is resident, or when what it waits for is there. It
// never fails: whoever goes on with the context will say what is wrong with it.
#include <algorithm>
#include <utility>

#include "runtime/exec/run.h"

namespace lmp::exec {

namespace {

constexpr int kRowsMax = 128;  // of one go

// Tokens of the context that may be computed early: passages under a policy of reuse are for the
// one who asks.
int EndOf(const ContextValue& context) {
  return context.chunks.empty() ? static_cast<int>(context.tokens.size())
                                : context.chunks.front().begin;
}

}  // namespace

void Run::FireEarly(Scope& scope, uint32_t position, const ir::Op& op) {
  OpProgress& progress = scope.progress[position];
  progress.context =
      std::static_pointer_cast<const ContextValue>(ValueOf(scope, op.operands[0]).as_context());
  early_.push_back({scope.id, position});
}

// Ends those that wait for nothing any more.
void Run::AdvanceEarly() {
  for (const OpRef ref : std::vector<OpRef>(early_)) {
    Scope* scope = Find(ref.scope);
    if (scope == nullptr || scope->states[ref.position] != OpState::kRunning) continue;
    const ir::Op& op = scope->op(ref.position);
    const bool waits = std::any_of(op.operands.begin() + 1, op.operands.end(),
                                   [&](ir::ValueId v) { return !SlotOf(*scope, v).ready; });
    if (!waits && scope->progress[ref.position].sequences.empty())
      FinishEarly(*scope, ref.position);
  }
}

bool Run::StartIdle() {
  const ir::ValueAccount::Use use(account_);
  for (const OpRef ref : std::vector<OpRef>(early_)) {
    Scope* scope = Find(ref.scope);
    if (scope != nullptr && StartEarly(*scope, ref.position)) return true;
  }
  return false;
}

// Starts on the next rows of a context; false, and the operation ends, if there are none.
bool Run::StartEarly(Scope& scope, uint32_t position) {
  OpProgress& progress = scope.progress[position];
  const ContextValue& context = *progress.context;
  const int cached = EngineOf(scope).CachedTokens(context.tokens, TenantOf(context));
  const int end = EndOf(context);
  // Where nothing is kept, nothing would be found either.
  if (end - cached < kWarmTokensMin || !EngineOf(scope).options().prefix_cache) {
    FinishEarly(scope, position);
    return false;
  }
  engine::SequenceSpec spec;
  const int most = cached / kPageTokens * kPageTokens + kRowsMax;
  spec.tokens.assign(context.tokens.begin(), context.tokens.begin() + std::min(end, most));
  spec.context_tokens = context.chunk_context;
  spec.retain = true;
  spec.tenant = TenantOf(context);
  spec.owner = request_.owner;
  spec.program = id();
  const Result<engine::SequenceId> started =
      engines_->Start(PlaceOf(scope).engine, std::move(spec));
  if (!started.ok()) {
    FinishEarly(scope, position);
    return false;
  }
  in_flight_[started.value()] = {scope.id, position};
  started_.push_back(started.value());
  progress.sequences = {started.value()};
  if (!progress.early_usage) progress.early_start_ns = clock_->NowNs() - start_ns_;
  return true;
}

void Run::OnEarlySequence(Scope& scope, uint32_t position, engine::SequenceEvent& event) {
  OpProgress& progress = scope.progress[position];
  in_flight_.erase(progress.sequences.front());
  progress.sequences.clear();
  auto* finished = std::get_if<engine::FinishedEvent>(&event);
  const engine::SequenceUsage& usage =
      finished != nullptr ? finished->usage : std::get<engine::FailedEvent>(event).usage;
  if (!progress.early_usage) {
    progress.early_usage = usage;
  } else {
    progress.early_usage->prompt_tokens = usage.prompt_tokens;
    progress.early_usage->computed_tokens += usage.computed_tokens;
    progress.early_usage->preemptions += usage.preemptions;
  }
  if (finished == nullptr) return FinishEarly(scope, position);
  progress.warmed = std::move(finished->retained);
  if (usage.prompt_tokens >= EndOf(*progress.context)) FinishEarly(scope, position);
}

void Run::FinishEarly(Scope& scope, uint32_t position) {
  std::erase(early_, OpRef{scope.id, position});
  OpProgress& progress = scope.progress[position];
  auto context = std::make_shared<ContextValue>(*progress.context);
  context->retained = std::move(progress.warmed);
  if (progress.early_usage) {
    progress.sequences = {0};  // one report for all of them
    Report(scope, position, 0, *progress.early_usage, progress.early_start_ns);
  }
  FinishOp(scope, position, {ir::Value::Context(std::move(context))});
}

}  // namespace lmp::exec
