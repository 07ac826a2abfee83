// Run: one execution of a bound plan. Dataflow: an op fires when its operands are there; nothing
// else orders ops, so independent generations are in the engine at the same time.
//
//   Scope (one per region instance)      Run
//    slots[]   values, ready or not        scopes by id
//    waiting[] per op: missing operands    ready queue of (scope, op position)
//    states[]  per op                      in-flight sequences -> (scope, op position)
//    parent, owner op                      open emits
//
// A scope ends when all its ops are done; its yields then become the owner op's results (if), the
// next round (for, while) or an element (fork). The body of a called function is a scope whose
// owner is the call.
//
// Failures are deterministic: of the ops of one scope the failing one that stands first counts; ops
// behind it are cancelled, ops before it may finish. The same rule holds among fork children.
//
// Thread: the engine's. Owned by the Loop.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ir/run_stats.h"
#include "ir/site.h"
#include "runtime/base/clock_rng.h"
#include "runtime/engine/engine.h"
#include "runtime/exec/budget.h"
#include "runtime/exec/context.h"
#include "runtime/exec/engines.h"
#include "runtime/exec/list_scan.h"
#include "runtime/exec/pins.h"
#include "runtime/exec/request.h"
#include "runtime/exec/select_choice.h"
#include "runtime/exec/task.h"

namespace lmp::exec {

using ScopeId = uint64_t;
inline constexpr ScopeId kNoScope = 0;
// A shorter prefix than this is not worth a sequence of its own.
inline constexpr int kWarmTokensMin = 2 * kPageTokens;
inline constexpr char kCallbackThrew[] = "the host's callback for generated text threw";

struct OpRef {
  ScopeId scope = kNoScope;
  uint32_t position = 0;
  bool operator==(const OpRef&) const = default;
};

struct Slot {
  bool ready = false;
  ir::Value value;
  std::vector<OpRef> waiters;
};

enum class OpState : uint8_t { kWaiting, kQueued, kRunning, kDone, kCancelled };

// What `order: "any"` has found so far.
struct Ordering {
  std::vector<size_t> order, left;  // passages
  ContextRef context;               // with those of `order`
  int cached = 0;                   // of it
  size_t tried = 0;                 // of `left`, as the next
  ContextRef best;                  // with the best of these; null: none adds anything
  size_t chosen = 0;                // which of `left` that is
};

// What a running op remembers between events.
struct OpProgress {
  // gen, select, ctx.warm
  std::vector<engine::SequenceId> sequences;  // select: one per option; 0 when ended
  std::string streamed;                       // gen: final text so far
  ListScan scan;                              // gen of a list: of `streamed`
  ContextRef context;                         // operand, for building the result
  std::vector<std::string> options;
  std::vector<std::vector<TokenId>> option_tokens;
  std::vector<ScoredOption> scored;
  std::unique_ptr<Ordering> ordering;
  SelectMethod method = SelectMethod::kGreedy;       // select: how options are weighed
  bool warming = false;                              // select: the shared prefix first
  bool counted = false;                              // gen, select: among the calls
  std::unique_ptr<engine::Retained> warmed;          // ... kept while the options are scored
  std::optional<int> cached_tokens;                  // ... of the prompt
  std::optional<engine::SequenceUsage> early_usage;  // ctx.warm {early}: of all its sequences
  int64_t early_start_ns = 0;
  std::shared_ptr<std::atomic<bool>> cancelled;  // retrieve, listen
  std::shared_ptr<Unwanted> unwanted;            // tool
  int64_t deadline_ns = 0;  // try, tool, listen: when it ends, if it has a time
  // try
  int64_t emits = 0;                            // that its block has done
  const RecordedEvent* over = nullptr;          // of a replay: its time was over
  std::shared_ptr<Budget> budget;               // of the attempts; fork: none
  std::vector<std::shared_ptr<Budget>> shares;  // fork under a budget: of the children
  bool handling = false;                        // the fallback runs
  // gen: the budget, not `max`, is what ends it
  bool cut_by_budget = false;
  // regions
  std::vector<ScopeId> children;    // fork: per element, kNoScope when not running
  std::vector<bool> started;        // fork: per element
  std::vector<size_t> order;        // fork: in which children start; empty: as the elements come
  ir::Value list;                   // for: what it goes over
  std::vector<ir::Value> elements;  // fork; gen of a list: those that are complete
  bool growing = false;             // fork: more elements will come
  std::vector<ir::Value> carried;
  int64_t round = 0;
  int64_t limit = 0;
  size_t next_child = 0, running = 0, running_max = 0;
  std::vector<std::optional<ir::Value>> yielded;
  std::vector<bool> kept;
  std::optional<size_t> failed_child;
  Failure failure;
};

struct Scope {
  ScopeId id = kNoScope;
  ScopeId parent = kNoScope;
  OpRef owner;             // owner.scope == parent; kNoScope for the entry function
  size_t child_index = 0;  // among the owner's children; the round of a loop
  const BoundGraph* graph = nullptr;
  ir::RegionId region;
  ir::SitePath path;
  size_t place = 0;                // of Run::places_: where its model is
  std::shared_ptr<Budget> budget;  // nullable; of the innermost try that has one, or a share of it
  std::vector<Slot> slots;
  std::vector<uint32_t> waiting;  // per op: operands not ready
  std::vector<OpState> states;
  std::map<uint32_t, OpProgress> progress;
  size_t open_ops = 0;
  size_t bytes = 0;           // of all this, about
  size_t missing_yields = 0;  // yields from outer scopes that are not ready
  std::optional<uint32_t> failed_position;
  Failure failure;

  const ir::Region& ir_region() const { return graph->graph->region(region); }
  const ir::Op& op(uint32_t position) const { return graph->graph->op(ir_region().ops[position]); }
};

class Run final : public Task {
 public:
  // `post` is called with what the run's retriever found, its tools gave and was said to it, on any
  // thread; it must end in OnRetrieved, OnTool and OnSaid.
  // `engines` and `pins` outlive the run.
  Run(RunId id, Request request, Engines* engines, const Clock* clock, Pins* pins,
      std::function<void(Event)> post = {});
  ~Run() override;

  void Start() override;
  void OnSequenceEvent(engine::SequenceEvent& event) override;
  void OnRetrieved(uint64_t ticket, Retriever::Answer answer) override;
  void OnTool(uint64_t ticket, Toolbox::Answer answer) override;
  void OnSaid(uint64_t ticket, Listener::Answer answer) override;
  // Fires what can fire, then streams open emits.
  bool Advance() override;
  bool StartIdle() override;
  bool HasReady() const override { return !ready_.empty(); }
  std::optional<int64_t> NextDeadlineNs() const override;
  void Cancel() override;
  void Abort(const Failure& failure) override;
  bool done() const override { return done_; }
  void KeepContexts(const Keep& keep) override;
  void Publish() noexcept override;

 private:
  // Of a try or a listen that has a time, or a tool.
  struct Deadline {
    OpRef op;
    int64_t granted_ms = 0;
    int64_t at_ns = 0;
  };
  // An engine and what was bound for its model: functions that name it, and what these call, run
  // there with no context of another one.
  struct Place {
    std::string name;  // "": the run's own
    size_t engine = 0;
    std::shared_ptr<const BoundPlan> plan;
    ContextMaker maker;
    std::deque<OpRef> parked = {};  // ready, but put aside until the engine takes more sequences
  };
  struct OpenEmit {
    OpRef op;
    size_t written = 0;  // bytes of the value already given to the sink
  };

  // run.cc: scopes and dataflow
  // Puts a ready op aside if there is no room for what it starts.
  bool Park(const Scope& scope, OpRef ref);
  bool HasRoomForScope() const;
  bool WaitsForEngines() const;
  Place& PlaceOf(const Scope& scope) { return places_[scope.place]; }
  const Place& PlaceOf(const Scope& scope) const { return places_[scope.place]; }
  const ContextMaker& MakerOf(const Scope& scope) const { return PlaceOf(scope).maker; }
  engine::Engine& EngineOf(const Scope& scope) { return engines_->at(PlaceOf(scope).engine); }
  // Where a function runs that is called from `place`.
  size_t PlaceFor(const ir::Graph& function, size_t place) const;
  // Fires one op that was put aside; false if none may go on yet.
  bool Resume();
  Scope* Find(ScopeId id);
  // A parameter without a value comes later: Forward.
  // With a `parent`, `place` is none unless a function begins.
  ScopeId OpenScope(const BoundGraph* graph, ir::RegionId region, ScopeId parent, OpRef owner,
                    size_t child_index, ir::SitePath path,
                    std::vector<std::optional<ir::Value>> params,
                    std::optional<size_t> place = std::nullopt);
  void Forward(Scope& from, ir::ValueId value, ScopeId to, size_t parameter);
  Scope& HomeOf(Scope& scope, ir::ValueId value);  // in which it is made
  Slot& SlotOf(Scope& scope, ir::ValueId value);
  using Tickets = std::unordered_map<uint64_t, OpRef>;  // asked outside, not answered yet
  std::optional<OpRef> TakeTicket(Tickets* asked, uint64_t ticket);
  const ir::Value& ValueOf(Scope& scope, ir::ValueId value);
  void SetSlot(Scope& scope, ir::ValueId value, ir::Value v);
  void FinishOp(Scope& scope, uint32_t position, std::vector<ir::Value> results);
  void FailOp(Scope& scope, uint32_t position, Failure failure);
  void SettleScope(ScopeId id);
  void ScopeEnded(ScopeId id, std::vector<ir::Value> yields);
  void ScopeFailed(ScopeId id);
  void CancelOp(Scope& scope, uint32_t position);
  void Count(Scope& scope, uint32_t position, const engine::SequenceUsage& usage);
  void CloseScope(ScopeId id);
  Failure MakeFailure(const Scope& scope, const ir::Op& op, std::string kind,
                      std::string message) const;

  // run_ops.cc: what each op does
  void Fire(Scope& scope, uint32_t position);
  // run_mock.cc: true if a test has the answer.
  bool AnswerMocked(Scope& scope, uint32_t position, const ir::Op& op);
  bool ShowMocked(const Scope& scope, const ir::Op& op, const ir::Value& value);
  ir::RunCounts CountsSoFar() const;
  Result<std::vector<ir::Value>> MockedGen(const ir::Mock& mock, Scope& scope, const ir::Op& op);
  Result<std::vector<ir::Value>> MockedTool(const ir::Mock& mock, const ir::Op& op) const;
  Result<std::vector<ir::Value>> MockedSelect(const ir::Mock& mock, Scope& scope, const ir::Op& op);
  Result<std::vector<ir::Value>> MockedLine(const ir::Mock& mock);
  Result<std::vector<ir::Value>> MockedRetrieve(const ir::Mock& mock, Scope& scope,
                                                const ir::Op& op);
  ir::Value ContextBehind(Scope& scope, const ir::Op& op, const std::string& text);
  void FirePure(Scope& scope, uint32_t position, const ir::Op& op);
  void FireContext(Scope& scope, uint32_t position, const ir::Op& op);
  void FireCount(Scope& scope, uint32_t position, const ir::Op& op);
  void FireStats(Scope& scope, uint32_t position, const ir::Op& op);
  void FireCall(Scope& scope, uint32_t position, const ir::Op& op);
  void FireRetrieve(Scope& scope, uint32_t position, const ir::Op& op);
  void RetrieveFailed(Scope& scope, uint32_t position, const std::string& message);
  void FireRegion(Scope& scope, uint32_t position, const ir::Op& op);
  void FireFork(Scope& scope, uint32_t position, const ir::Op& op);
  void StartForkChildren(Scope& scope, uint32_t position);
  void NextRound(Scope& scope, uint32_t position);
  void SettleFork(Scope& scope, uint32_t position);
  static void ChargeShares(const Scope& scope, const OpProgress& progress, size_t children);

  // run_try.cc: failures, budgets, time
  void FireCheck(Scope& scope, uint32_t position, const ir::Op& op);
  struct EmitRule {
    bool now = false;    // nothing before it can forbid it any more
    bool whole = false;  // its value as a whole, not as it grows
  };
  EmitRule EmitRuleOf(const Scope& scope, uint32_t position);
  void FireTry(Scope& scope, uint32_t position, const ir::Op& op);
  void StartAttempt(Scope& scope, uint32_t position);
  void SettleTry(Scope& scope, uint32_t position, Failure failure, bool may_repeat = true);
  void CheckDeadlines();
  void TryIsOver(Scope& scope, uint32_t position, int64_t granted_ms);
  bool WaitsForBudget(const Scope& scope, OpRef ref);
  bool PayForCall(Scope& scope, uint32_t position, size_t prompt_tokens);
  static void PayForTokens(const Scope& scope, int generated);
  void FailForTokens(Scope& scope, uint32_t position);

  // run_tool.cc: tools
  bool WaitsForChecks(const Scope& scope, OpRef ref);
  void FireTool(Scope& scope, uint32_t position, const ir::Op& op);
  void TakeToolAnswer(Scope& scope, uint32_t position, const Toolbox::Answer& answer);
  void ToolFailed(Scope& scope, uint32_t position, std::string kind, std::string message);

  // run_listen.cc
  void FireListen(Scope& scope, uint32_t position, const ir::Op& op);
  // run_replay.cc: records and replays
  std::string RecordSite(const Scope& scope, uint32_t position) const;
  void Record(const Scope& scope, uint32_t position, RecordedEvent::Kind kind, std::string text,
              int64_t ordinal = 0);
  void RecordOver(const Scope& scope, uint32_t position);
  // Answers an op that asks the world from the replay, or parks it; false if there is no replay.
  bool AnswerRecorded(Scope& scope, uint32_t position, const ir::Op& op);
  void TakeRecorded(Scope& scope, uint32_t position, const RecordedEvent& event);
  // A `try` whose time was over where the record was made ends here, at the same emit.
  bool EndsAtOnce(Scope& scope, uint32_t position);
  bool EndsBehindEmit(const Scope& scope);
  void EndOver(Scope& scope, uint32_t position);
  // Nothing goes on, and something waits for an answer that was not recorded.
  bool FailParked();
  void AddToHash(std::string_view text);
  void EndRecord();

  // run_model.cc: what asks the engine
  void FireGen(Scope& scope, uint32_t position, const ir::Op& op);
  // An op that has much to tokenise goes on in the next turn of the run; `bytes`: of the next text.
  void CountTokenised(size_t bytes);
  bool TurnIsOver() const;
  void GoOnNextTurn(Scope& scope, uint32_t position);
  void FireSelect(Scope& scope, uint32_t position, const ir::Op& op);
  bool ContinueOrder(Scope& scope, const ir::Op& op, Ordering* so_far);
  void FireOrder(Scope& scope, uint32_t position, const ir::Op& op);
  void FireWarm(Scope& scope, uint32_t position, const ir::Op& op);
  // early.cc: contexts made resident while nothing else is to do
  void FireEarly(Scope& scope, uint32_t position, const ir::Op& op);
  bool StartEarly(Scope& scope, uint32_t position);
  void AdvanceEarly();
  void OnEarlySequence(Scope& scope, uint32_t position, engine::SequenceEvent& event);
  void FinishEarly(Scope& scope, uint32_t position);
  void StartScores(Scope& scope, uint32_t position);
  // `report` is nullable.
  void FinishGen(Scope& scope, uint32_t position, engine::FinishedEvent& event, CallReport* report);
  void FinishSelect(Scope& scope, uint32_t position);
  void FailWatched(Scope& scope, uint32_t position);
  std::string TenantOf(const ContextValue& context) const;
  bool StartSequence(Scope& scope, uint32_t position, engine::SequenceSpec spec);
  std::vector<size_t> OrderOf(const Scope& scope, uint32_t position);
  // Null if the run has reported too many tokens.
  ContextRef CopyForReport(const ContextValue& context, int cached_tokens);
  // Null: the run does not report it.
  CallReport* Report(Scope& scope, uint32_t position, engine::SequenceId id,
                     const engine::SequenceUsage& usage, int64_t started_ns);
  std::optional<ir::Value> NamedValue(Scope& scope, const ir::Op& op, std::string_view name);

  // run_trace.cc
  void BeginSpan(const Scope& scope, uint32_t position);
  OpSpan* SpanOf(const Scope& scope, uint32_t position);  // null: not traced
  void EndSpan(const Scope& scope, uint32_t position, std::string_view how);

  // grow.cc: lists that are there in part
  bool FinalElements(Scope& scope, ir::ValueId value, std::vector<ir::Value>* out);
  void GrowFork(Scope& scope, uint32_t position);
  void AdvanceGrowing();

  // emit.cc: streaming output
  bool FinalListText(Scope& scope, const ir::Op& op, std::string* out);
  bool FinalTextOf(Scope& home, const ir::ValueDef& def, const Slot& slot, std::string* out);
  // A part of an emitted text that one op has made.
  struct EmitPart {
    std::string text;
    const Scope* home = nullptr;  // of the op; null: text of no gen, select or call
    const ir::Op* maker = nullptr;
  };
  // Appends what is final of `value` to `out`; true if that is all of it.
  bool FinalText(Scope& scope, ir::ValueId value, std::vector<EmitPart>* out);
  void AdvanceEmits();
  // These are false if the sink threw.
  bool WriteBehind(const Scope& scope, const std::vector<EmitPart>& parts, size_t* written);
  // ... of what is generated
  bool ShowGenerated(const Scope& scope, const ir::Op& op, std::string_view text, bool last);

  Request request_;
  Engines* engines_;
  const Clock* clock_;
  Pins* pins_;
  const std::function<void(Event)> post_;
  std::vector<Place> places_;  // the run's own first
  uint64_t seed_ = 0;
  const ir::ValueAccount account_;  // of the values and contexts that it makes
  ir::ValueCharge given_;           // its arguments
  // In this call of Advance: ops, bytes read or copied, and what was made before it.
  size_t fired_ = 0, work_bytes_ = 0;
  uint64_t made_before_ = 0;
  int64_t start_ns_ = 0;

  std::unordered_map<ScopeId, std::unique_ptr<Scope>> scopes_;
  size_t scope_bytes_ = 0;
  ScopeId next_scope_ = 1;
  ScopeId entry_ = kNoScope;
  std::deque<OpRef> ready_;
  // Ready, but put aside until fewer scopes are open. The newest scope goes on first, so that many
  // nested calls need little memory.
  std::vector<OpRef> for_scopes_;
  std::vector<OpRef> held_;    // until another op has ended: WaitsForBudget, WaitsForChecks
  std::vector<OpRef> parked_;  // of a replay: what it has no answer for
  uint64_t emitted_hash_ = 0;  // of a record or replay: of what was emitted
  std::vector<Deadline> deadlines_;
  std::unordered_map<engine::SequenceId, OpRef> in_flight_;
  std::unordered_map<engine::SequenceId, int64_t> started_ns_;
  Tickets retrievals_;   // by ticket, not answered yet
  Tickets asked_tools_;  // the same; and what is listened for
  size_t lines_mocked_ = 0;
  int64_t calls_mocked_ = 0;
  uint64_t next_ticket_ = 1;
  std::vector<OpenEmit> emits_;
  std::vector<OpRef> early_;                                   // ctx.warm {early}: running
  std::vector<OpRef> growing_;                                 // forks whose lists are not complete
  std::map<std::pair<ScopeId, uint32_t>, size_t> open_spans_;  // of result_.spans
  bool done_ = false;
  size_t reported_tokens_left_ = kReportedTokensMax;
  std::optional<Failure> callback_threw_;  // when nothing was left that could fail of it
  RunResult result_;
};

}  // namespace lmp::exec
