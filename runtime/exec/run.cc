// Scopes and dataflow: opening, waking, finishing and failing. What single ops do is in run_ops.cc,
// run_model.cc and emit.cc.
#include "runtime/exec/run.h"

#include <algorithm>
#include <utility>

#include "ir/analysis.h"
#include "ir/failure.h"
#include "runtime/base/limits.h"

namespace lmp::exec {

namespace {

// In the ready queue and among waiters: the scope itself instead of one of its ops, ...
constexpr uint32_t kSettle = 0xffffffffu;
// ... or, from here on, the parameters of a called function.
constexpr uint32_t kFirstParameter = 0x80000000u;

// Per call of Advance: a few milliseconds.
constexpr size_t kOpsPerAdvance = 10'000;
// ... where so many bytes, made, read or copied, count as an op.
constexpr size_t kBytesPerOp = 1024;

size_t BytesOf(const ContextValue& context) {
  return sizeof context + context.tokens.capacity() * sizeof(TokenId) + context.pending.capacity() +
         context.segments.capacity() * sizeof(Segment) +
         context.chunks.capacity() * sizeof(engine::ChunkSpan) +
         context.forced.capacity() * sizeof(int);
}

void ForEachContext(const ir::Value& value,
                    const std::function<void(const ContextValue&)>& on_context) {
  if (value.is_context()) {
    on_context(static_cast<const ContextValue&>(*value.as_context()));
  } else if (value.is_list()) {
    for (const ir::Value& item : value.as_list()) ForEachContext(item, on_context);
  } else if (value.is_record()) {
    for (const auto& [name, field] : value.as_record().fields) ForEachContext(field, on_context);
  }
}

}  // namespace

Run::Run(RunId id, Request request, Engines* engines, const Clock* clock, Pins* pins,
         std::function<void(Event)> post)
    : Task(id),
      request_(std::move(request)),
      engines_(engines),
      clock_(clock),
      pins_(pins),
      post_(std::move(post)),
      seed_(request_.seed.value_or(request_.plan->defaults.seed)),
      account_(request_.value_bytes_max) {
  const auto add = [&](const std::string& name, size_t engine,
                       const std::shared_ptr<const BoundPlan>& plan) {
    LMP_CHECK(engine < engines_->size());
    places_.push_back({name, engine, plan, ContextMaker(*plan->tokenizer, plan->format)});
  };
  add("", 0, request_.plan);
  for (const Elsewhere& other : request_.elsewhere) {
    if (other.plan != nullptr) add(other.name, other.engine, other.plan);
  }
}

Run::~Run() = default;

void Run::Start() {
  const ir::ValueAccount::Use use(account_);
  start_ns_ = clock_->NowNs();
  size_t given = 0;
  for (const ir::Value& v : request_.arguments) given += ir::ValueBytes(v);
  given_ = ir::ValueCharge(given);
  const ir::Graph* function = request_.plan->plan->program->Find(request_.function);
  LMP_CHECK(function != nullptr);
  const size_t place = PlaceFor(*function, 0);
  const BoundGraph* graph = places_[place].plan->Find(request_.function);
  LMP_CHECK(graph != nullptr);
  std::vector<std::optional<ir::Value>> params;
  if (graph->graph->effectful) params.push_back(ir::Value::Effect());
  for (ir::Value& v : request_.arguments) params.push_back(std::move(v));
  entry_ = next_scope_;
  OpenScope(graph, ir::RegionId(0), kNoScope, {}, 0, {}, std::move(params), place);
}

size_t Run::PlaceFor(const ir::Graph& function, size_t place) const {
  if (function.engine.empty()) return place;
  for (size_t i = 1; i < places_.size(); ++i) {
    if (places_[i].name == function.engine) return i;
  }
  const bool is_own = std::any_of(
      request_.elsewhere.begin(), request_.elsewhere.end(),
      [&](const Elsewhere& other) { return other.name == function.engine && !other.plan; });
  LMP_CHECK(is_own);
  return 0;
}

Scope* Run::Find(ScopeId id) {
  const auto it = scopes_.find(id);
  return it == scopes_.end() ? nullptr : it->second.get();
}

ScopeId Run::OpenScope(const BoundGraph* graph, ir::RegionId region, ScopeId parent, OpRef owner,
                       size_t child_index, ir::SitePath path,
                       std::vector<std::optional<ir::Value>> params, std::optional<size_t> place) {
  const ScopeId id = next_scope_++;
  auto holder = std::make_unique<Scope>();
  Scope& scope = *holder;
  scopes_.emplace(id, std::move(holder));
  scope.id = id;
  scope.parent = parent;
  scope.owner = owner;
  scope.child_index = child_index;
  scope.graph = graph;
  scope.region = region;
  scope.path = std::move(path);
  if (const Scope* around = Find(parent)) {
    scope.budget = around->budget;
    scope.place = around->place;
  }
  if (place) scope.place = *place;
  scope.slots.resize(graph->slot_count[region.index]);
  const ir::Region& r = scope.ir_region();
  LMP_CHECK(params.size() == r.params.size());
  scope.waiting.assign(r.ops.size(), 0);
  scope.states.assign(r.ops.size(), OpState::kWaiting);
  scope.open_ops = r.ops.size();
  scope.bytes = sizeof(Scope) + scope.slots.size() * (sizeof(Slot) + sizeof(OpRef)) +
                r.ops.size() * (sizeof(uint32_t) + sizeof(OpState));
  scope_bytes_ += scope.bytes;
  for (size_t i = 0; i < params.size(); ++i) {
    if (params[i]) SetSlot(scope, r.params[i], *std::move(params[i]));
  }
  for (uint32_t p = 0; p < r.ops.size(); ++p) {
    const ir::Op& op = scope.op(p);
    const auto wait_for = [&](ir::ValueId v) {
      Slot& slot = SlotOf(scope, v);
      if (slot.ready) return;
      slot.waiters.push_back({id, p});
      ++scope.waiting[p];
    };
    if (op.kind == ir::OpKind::kEmit) {
      wait_for(op.operands[0]);        // its value may still be growing: emit.cc
    } else if (op.attributes.early) {  // a call takes its arguments as they come
      if (op.kind == ir::OpKind::kCtxWarm) wait_for(op.operands[0]);
    } else if (!op.attributes.pipelined) {  // the list of such a fork may be growing, too: grow.cc
      for (const ir::ValueId v : op.operands) wait_for(v);
    }
    for (const auto& n : op.named) wait_for(n.value);
    if (scope.waiting[p] == 0) {
      scope.states[p] = OpState::kQueued;
      ready_.push_back({id, p});
    }
  }
  // A region may yield what an outer scope is still making, or an argument that is not there yet,
  // without any op that reads it.
  for (const ir::ValueId v : r.yields) {
    Slot& slot = SlotOf(scope, v);
    const bool made_here = graph->home[v.index] == region && graph->graph->value(v).op.valid();
    if (slot.ready || made_here) continue;
    slot.waiters.push_back({id, kSettle});
    ++scope.missing_yields;
  }
  // Through the queue, so that a long loop with an empty body does not recurse.
  if (scope.open_ops == 0) ready_.push_back({id, kSettle});
  return id;
}

Scope& Run::HomeOf(Scope& scope, ir::ValueId value) {
  const ir::RegionId home = scope.graph->home[value.index];
  Scope* s = &scope;
  while (s->region != home) {
    s = Find(s->parent);
    LMP_CHECK(s != nullptr);
  }
  return *s;
}

Slot& Run::SlotOf(Scope& scope, ir::ValueId value) {
  return HomeOf(scope, value).slots[scope.graph->slot[value.index]];
}

// Which op has asked; none if it was given up meanwhile.
std::optional<OpRef> Run::TakeTicket(Tickets* asked, uint64_t ticket) {
  const auto found = asked->find(ticket);
  if (found == asked->end()) return std::nullopt;
  const OpRef ref = found->second;
  asked->erase(found);
  const Scope* scope = Find(ref.scope);
  const bool waits = scope != nullptr && scope->states[ref.position] == OpState::kRunning;
  return waits ? std::optional(ref) : std::nullopt;
}

const ir::Value& Run::ValueOf(Scope& scope, ir::ValueId value) {
  const Slot& slot = SlotOf(scope, value);
  LMP_CHECK(slot.ready);
  return slot.value;
}

void Run::SetSlot(Scope& scope, ir::ValueId value, ir::Value v) {
  Slot& slot = SlotOf(scope, value);
  LMP_CHECK(!slot.ready);
  slot.ready = true;
  slot.value = std::move(v);
  for (const OpRef& waiter : std::exchange(slot.waiters, {})) {
    Scope* s = Find(waiter.scope);
    if (s != nullptr && waiter.position == kSettle) {
      if (--s->missing_yields == 0) ready_.push_back(waiter);
      continue;
    }
    if (s != nullptr && waiter.position >= kFirstParameter) {
      SetSlot(*s, s->ir_region().params[waiter.position - kFirstParameter], slot.value);
      continue;
    }
    if (s == nullptr || --s->waiting[waiter.position] > 0) continue;
    if (s->states[waiter.position] != OpState::kWaiting) continue;
    s->states[waiter.position] = OpState::kQueued;
    ready_.push_back(waiter);
  }
}

// Hands `value` over to a parameter of an open scope as soon as it is there.
void Run::Forward(Scope& from, ir::ValueId value, ScopeId to, size_t parameter) {
  SlotOf(from, value).waiters.push_back({to, kFirstParameter + static_cast<uint32_t>(parameter)});
}

bool Run::TurnIsOver() const {
  const size_t bytes = work_bytes_ + static_cast<size_t>(account_.made() - made_before_);
  return fired_ + bytes / kBytesPerOp > kOpsPerAdvance;
}

void Run::GoOnNextTurn(Scope& scope, uint32_t position) {
  scope.states[position] = OpState::kQueued;
  ready_.push_front({scope.id, position});
}

bool Run::Advance() {
  const ir::ValueAccount::Use use(account_);
  made_before_ = account_.made();
  fired_ = work_bytes_ = 0;
  CheckDeadlines();
  while (!done_) {
    if (callback_threw_) Abort(*callback_threw_);
    while (!ready_.empty() && !done_ && !callback_threw_) {
      ++fired_;
      if (TurnIsOver()) return true;
      const OpRef ref = ready_.front();
      ready_.pop_front();
      Scope* scope = Find(ref.scope);
      if (scope != nullptr && ref.position == kSettle) {
        SettleScope(ref.scope);
        continue;
      }
      if (scope == nullptr || scope->states[ref.position] != OpState::kQueued) continue;
      if (WaitsForBudget(*scope, ref) || WaitsForChecks(*scope, ref) || Park(*scope, ref)) continue;
      scope->states[ref.position] = OpState::kRunning;
      BeginSpan(*scope, ref.position);
      Fire(*scope, ref.position);
    }
    if (done_) return false;
    AdvanceGrowing();
    AdvanceEarly();
    AdvanceEmits();
    if (!done_ && !callback_threw_ && ready_.empty() && !Resume() && !FailParked()) return false;
  }
  return false;
}

bool Run::Park(const Scope& scope, OpRef ref) {
  const ir::Op& op = scope.op(ref.position);
  if (op.kind == ir::OpKind::kCtxWarm && op.attributes.early) return false;
  switch (op.kind) {
    case ir::OpKind::kGen:
    case ir::OpKind::kSelect:
    case ir::OpKind::kCtxWarm:
      if (PlaceOf(scope).parked.empty() && EngineOf(scope).Room(request_.owner) > 0) return false;
      PlaceOf(scope).parked.push_back(ref);
      return true;
    case ir::OpKind::kCall:
    case ir::OpKind::kFork:
      if (HasRoomForScope()) return false;
      for_scopes_.push_back(ref);
      return true;
    default:
      return false;
  }
}

bool Run::HasRoomForScope() const {
  return scopes_.size() < kScopesMax && scope_bytes_ < kScopeBytesMax;
}

bool Run::WaitsForEngines() const {
  return !in_flight_.empty() || std::any_of(places_.begin(), places_.end(), [](const Place& place) {
    return !place.parked.empty();
  });
}

bool Run::Resume() {
  const auto go_on = [&](OpRef ref) {
    Scope* scope = Find(ref.scope);
    if (scope == nullptr) return false;
    OpState& state = scope->states[ref.position];
    if (state == OpState::kQueued) {
      state = OpState::kRunning;
      BeginSpan(*scope, ref.position);
      Fire(*scope, ref.position);
      return true;
    }
    if (state != OpState::kRunning) return false;
    StartScores(*scope, ref.position);
    return true;
  };
  for (Place& place : places_) {
    while (!place.parked.empty() && engines_->at(place.engine).Room(request_.owner) > 0) {
      const OpRef ref = place.parked.front();
      place.parked.pop_front();
      if (go_on(ref)) return true;
    }
  }
  // With nothing on its way, no scope would ever end: one more must open.
  while (!for_scopes_.empty() && (HasRoomForScope() || (!WaitsForEngines() && retrievals_.empty() &&
                                                        asked_tools_.empty()))) {
    const OpRef ref = for_scopes_.back();
    for_scopes_.pop_back();
    if (go_on(ref)) return true;
  }
  return false;
}

void Run::FinishOp(Scope& scope, uint32_t position, std::vector<ir::Value> results) {
  const ir::Op& op = scope.op(position);
  LMP_CHECK(results.size() == op.results.size());
  for (const ir::Value& result : results) {
    if (!result.is_context()) continue;
    const auto& context = static_cast<const ContextValue&>(*result.as_context());
    if (!context.charge.any()) context.charge = ir::ValueCharge(BytesOf(context));
  }
  if (account_.over() && ir::OpClassOf(op.kind) != ir::OpClass::kEffect) {
    results.clear();
    return FailOp(scope, position,
                  MakeFailure(scope, op, "limit",
                              "the values of the run take more than " +
                                  std::to_string(account_.bytes_max()) + " bytes at one time"));
  }
  scope.states[position] = OpState::kDone;
  EndSpan(scope, position, "done");
  scope.progress.erase(position);
  --scope.open_ops;
  for (const OpRef& waiting : std::exchange(held_, {})) ready_.push_back(waiting);
  for (size_t i = 0; i < results.size(); ++i) SetSlot(scope, op.results[i], std::move(results[i]));
  SettleScope(scope.id);
}

void Run::FailOp(Scope& scope, uint32_t position, Failure failure) {
  const ScopeId id = scope.id;
  EndSpan(scope, position, failure.kind);
  CancelOp(scope, position);
  if (!scope.failed_position || position < *scope.failed_position) {
    scope.failed_position = position;
    scope.failure = std::move(failure);
    for (uint32_t p = position + 1; p < scope.states.size(); ++p) {
      if (scope.states[p] != OpState::kDone && scope.states[p] != OpState::kCancelled)
        CancelOp(scope, p);
    }
  }
  SettleScope(id);
}

// Ends the scope when all its ops are done, or fails it when all before the failed one are.
void Run::SettleScope(ScopeId id) {
  Scope* scope = Find(id);
  if (scope == nullptr) return;
  if (scope->failed_position) {
    for (uint32_t p = 0; p < *scope->failed_position; ++p) {
      if (scope->states[p] != OpState::kDone) return;
    }
    ScopeFailed(id);
    return;
  }
  if (scope->open_ops > 0 || scope->missing_yields > 0) return;
  std::vector<ir::Value> yields;
  for (const ir::ValueId v : scope->ir_region().yields) yields.push_back(ValueOf(*scope, v));
  ScopeEnded(id, std::move(yields));
}

void Run::ScopeFailed(ScopeId id) {
  Scope& scope = *Find(id);
  Failure failure = std::move(scope.failure);
  const OpRef owner = scope.owner;
  const size_t child = scope.child_index;
  CloseScope(id);
  Scope* parent = Find(owner.scope);
  if (parent == nullptr) {
    failure.context = nullptr;
    result_.ok = false;
    result_.failure = std::move(failure);
    done_ = true;
    return;
  }
  const ir::Op& op = parent->op(owner.position);
  OpProgress& progress = parent->progress[owner.position];
  if (op.kind == ir::OpKind::kTry) return SettleTry(*parent, owner.position, std::move(failure));
  if (op.kind != ir::OpKind::kFork) {
    if (op.kind == ir::OpKind::kCall) failure.context = nullptr;
    progress.children.clear();
    FailOp(*parent, owner.position, std::move(failure));
    return;
  }
  progress.children[child] = kNoScope;
  --progress.running;
  if (ir::Handles(op, op.regions[0]) && !ir::EndsRun(failure.kind)) {
    if (op.attributes.on_error == "null") progress.yielded[child] = ir::Value::Null();
  } else if (!progress.failed_child || child < *progress.failed_child) {
    progress.failed_child = child;
    progress.failure = std::move(failure);
    for (size_t i = child + 1; i < progress.children.size(); ++i) {
      if (progress.children[i] == kNoScope) continue;
      CloseScope(std::exchange(progress.children[i], kNoScope));
      --progress.running;
    }
  }
  SettleFork(*parent, owner.position);
}

// Stops what the op has in the engine and below it; its results will never come.
void Run::CancelOp(Scope& scope, uint32_t position) {
  const OpState before = std::exchange(scope.states[position], OpState::kCancelled);
  if (before == OpState::kDone || before == OpState::kCancelled) return;
  EndSpan(scope, position, "cancelled");
  std::erase_if(emits_, [&](const OpenEmit& emit) {
    return emit.op.scope == scope.id && emit.op.position == position;
  });
  std::erase(growing_, OpRef{scope.id, position});
  std::erase(early_, OpRef{scope.id, position});
  const auto it = scope.progress.find(position);
  if (it == scope.progress.end()) return;
  const OpProgress progress = std::move(it->second);
  scope.progress.erase(it);
  for (const engine::SequenceId sequence : progress.sequences) {
    started_ns_.erase(sequence);
    if (in_flight_.erase(sequence) == 0) continue;
    engines_->Cancel(sequence);
    const ir::Op& op = scope.op(position);
    if (done_ || op.kind != ir::OpKind::kGen || ShowGenerated(scope, op, "", true)) continue;
    // Its op has failed already: the run itself does, at the next step.
    callback_threw_ = MakeFailure(scope, op, "internal", kCallbackThrew);
  }
  if (progress.unwanted != nullptr) progress.unwanted->Set();
  if (progress.cancelled != nullptr) {
    progress.cancelled->store(true);
    // An answer may never come; nobody may wait for it.
    std::erase_if(asked_tools_, [&](const auto& asked) {
      return asked.second.scope == scope.id && asked.second.position == position;
    });
  }
  for (const ScopeId child : progress.children) {
    if (child != kNoScope) CloseScope(child);
  }
}

void Run::CloseScope(ScopeId id) {
  Scope* scope = Find(id);
  if (scope == nullptr) return;
  for (uint32_t p = 0; p < scope->states.size(); ++p) CancelOp(*scope, p);
  scope_bytes_ -= scope->bytes;
  scopes_.erase(id);
}

Failure Run::MakeFailure(const Scope& scope, const ir::Op& op, std::string kind,
                         std::string message) const {
  Failure failure;
  failure.kind = std::move(kind);
  failure.message = std::move(message);
  failure.site = op.attributes.site.empty() ? scope.graph->graph->name
                                            : ir::SiteText(scope.path, op.attributes.site);
  failure.span = op.span;
  return failure;
}

void Run::Cancel() {
  if (done_) return;
  Failure failure;
  failure.kind = "cancelled";
  failure.message = "the run was cancelled";
  failure.site = request_.function;
  // What is on its way was worked for. (Of what another failure ends, how far it came is chance.)
  for (const auto& [sequence, where] : in_flight_)
    Count(*Find(where.scope), where.position, engines_->UsageOf(sequence));
  Abort(failure);
}

void Run::Abort(const Failure& failure) {
  if (done_) return;
  result_.ok = false;
  result_.failure = failure;
  done_ = true;
  while (!scopes_.empty()) CloseScope(scopes_.begin()->first);
}

void Run::KeepContexts(const Keep& keep) {
  ForEachContext(result_.value, [&](const ContextValue& context) {
    // One that came from outside goes there again, and others may look at it.
    if (context.kept == nullptr) {
      // Maybe nothing. No context comes from another place than the run's own.
      context.kept = keep(engines_->at(0).Retain(context.tokens, request_.tenant));
    }
  });
}

void Run::Publish() noexcept {
  try {
    EndRecord();
  } catch (const std::exception& e) {  // no memory for it
    result_.ok = false;
    result_.failure = {"internal", e.what(), request_.function, {}};
  }
  result_.stats.wall_ns = clock_->NowNs() - start_ns_;
  // A value that leaves the engine's thread owns no handle of the engine.
  ForEachContext(result_.value, [](const ContextValue& context) { context.retained.reset(); });
  std::stable_sort(result_.calls.begin(), result_.calls.end(),
                   [](const CallReport& a, const CallReport& b) { return a.order < b.order; });
  scopes_.clear();  // values may own retained KV: they go on this thread
  const std::shared_ptr<RunSink> sink = std::move(request_.sink);
  if (sink == nullptr) return;
  try {
    sink->OnDone(std::move(result_));
  } catch (...) {
    // The host's own mistake, and nobody is left to be told.
  }
}

}  // namespace lmp::exec
