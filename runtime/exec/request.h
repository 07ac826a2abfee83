// What a caller asks the loop to do, and what comes back. Plain values; they cross threads by move.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "ir/mock.h"
#include "ir/value.h"
#include "runtime/base/diagnostic.h"
#include "runtime/engine/engine.h"
#include "runtime/exec/bind/bound_plan.h"
#include "runtime/exec/listener.h"
#include "runtime/exec/retriever.h"
#include "runtime/exec/run_record.h"
#include "runtime/exec/toolbox.h"

namespace lmp::exec {

using RunId = uint64_t;

// A failed run (language.md 3.2): kind, message, and the place in the program.
struct Failure {
  // limit, constraint, overflow, check, budget, timeout, cancelled, internal, remote, value,
  // retrieve, tool, listen, replay
  std::string kind;
  std::string message;
  std::string site;  // "answer.a#0", or the function's name
  Span span;
  ContextRef context =
      nullptr;  // of a check: what a try with feedback goes on from; inside a run only
};

// With Request::contexts, whose reports are written out on the engine's thread.
inline constexpr size_t kReportedTokensMax = 1u << 16;
inline constexpr size_t kReportedCallsMax = 1000;

// Tokens of one prompt segment as the engine found them.
struct SegmentReport {
  SegmentKind kind = SegmentKind::kControl;
  Span span;
  int tokens = 0;
  int cached = 0;  // the rest was computed
};

// One model call of a run.
struct CallReport {
  std::string site;
  std::string kind;    // gen, select, warm
  std::string method;  // select: greedy, likelihood
  std::string engine;  // on which it was, as the program names it; "": that of the run
  Span span;
  engine::SequenceUsage usage;
  std::string diverged_text;            // the token at usage.diverged_at, as it is spelt
  std::vector<SegmentReport> segments;  // only with RunOptions::explain
  int64_t start_ns = 0, end_ns = 0;     // since the run began
  std::vector<size_t> order;            // where the program makes it; compares lexicographically
  // With Request::contexts: a copy of the prompt, for a gen with what it wrote. Nullable.
  std::shared_ptr<const ContextValue> context = nullptr;
  std::shared_ptr<const text::Tokenizer> tokenizer = nullptr;  // of `context`
};

// The order in which `insert ... with order: "any"` put its passages, where it is not the given
// one.
struct OrderReport {
  Span span;
  std::vector<size_t> order;
};

// One operation that takes time: a generation, a call, a tool, a fork. Times are since the run
// began.
struct OpSpan {
  std::string kind;         // "gen", "call", ...: ir::OpName
  std::string name;         // of a call or a tool
  std::string site;         // "main.ask#0/ask.reply#0"; may be empty
  std::string engine = {};  // of what asks the model: as CallReport::engine
  Span span;
  int parent = -1;  // the operation in whose region it stands, by index; -1: none
  int64_t start_ns = 0;
  int64_t first_text_ns = -1;  // of a gen that wrote something
  int64_t end_ns = -1;
  std::string how;                   // done, cancelled, or the kind of its failure
  int calls = 0;                     // of the model
  engine::SequenceUsage usage = {};  // of the last of these
};

struct RunStats {
  int calls = 0;
  int64_t prompt_tokens = 0, cached_tokens = 0, computed_tokens = 0, generated_tokens = 0,
          forced_tokens = 0;
  int preemptions = 0;
  // Stored passages (ctx.insert with a policy): prompt tokens that were loaded, passage tokens that
  // were computed again to repair them; and what is not exactly what a full prefill gives: calls,
  // and their prompt tokens from the first approximate one on.
  int64_t reused_tokens = 0, recomputed_tokens = 0, approximate_tokens = 0;
  int approximate_calls = 0;
  int auto_reused = 0, auto_computed = 0;  // passages under `auto`: what it chose
  int reordered = 0;  // lists of passages that went in in another order than given
  int64_t wall_ns = 0;
};

struct RunResult {
  bool ok = false;
  ir::Value value;  // when ok; contexts in it may be passed to later runs of the same engine
  Failure failure;  // when not ok
  RunStats stats;
  std::vector<OrderReport> orders;    // as they were decided
  std::vector<CallReport> calls;      // in the program's order, whatever ran first
  std::shared_ptr<RunRecord> record;  // of a request that has one, filled
  std::vector<OpSpan> spans;          // with Request::trace, by start; at most kTraceSpansMax
  int64_t spans_left_out = 0;
};

// A piece of text as it becomes final, whole code points, and whose it is.
struct Piece {
  std::string_view text;
  std::string_view name;      // of the gen, select or call that made it: "reply"; "" of other text
  std::string_view function;  // in which that stands, or which emits: "ask"
  std::string_view site;      // "main.ask#0/ask.reply#0"; "" where name is
  bool last = false;          // to OnGenerated: nothing of this generation follows
};

// Where a run's output goes. Called on the engine thread: must return quickly. What OnEmit and
// OnGenerated throw fails the run; OnDone must not throw.
class RunSink {
 public:
  virtual ~RunSink() = default;
  virtual void OnEmit(const Piece& piece) = 0;
  // With Request::watch_generations: what each gen writes and each select chooses. The last piece
  // of one says so, maybe with no text; also of one that fails or is given up, while the run goes
  // on.
  virtual void OnGenerated(const Piece&) {}
  virtual void OnDone(RunResult result) = 0;
};

// What `@engine` of a function means in a run.
struct Elsewhere {
  std::string name;
  size_t engine = 0;  // of the Loop: 1 is the first of the others
  // Of the functions that run there, for its tokenizer. Null: these run where the rest does.
  std::shared_ptr<const BoundPlan> plan;
};

struct Request {
  std::shared_ptr<const BoundPlan> plan;
  std::vector<Elsewhere> elsewhere = {};  // each engine that the run may meet
  std::string function;
  std::vector<ir::Value> arguments;  // one per parameter, types already checked
  std::optional<uint64_t> seed;      // else the program's config, else 0
  std::string tenant = {};
  uint64_t owner = 0;  // engine::SequenceSpec::owner
  bool explain = false;
  // Reports calls without segments, but with their contexts while kReportedTokensMax lasts; at most
  // kReportedCallsMax of them.
  bool contexts = false;
  bool watch_generations = false;
  bool trace = false;
  std::shared_ptr<RunSink> sink;
  // Of a test: what these name is not asked of the model or the retriever. Nullable.
  std::shared_ptr<const std::vector<ir::Mock>> mocks = nullptr;
  std::shared_ptr<Retriever> retriever = nullptr;  // null: `retrieve` fails
  std::shared_ptr<Toolbox> toolbox = nullptr;      // null: tools fail
  std::shared_ptr<RunRecord> record = nullptr;     // its head; the run fills in the rest. Nullable
  // What answers instead of tools, the retriever and the clock. Nullable.
  std::shared_ptr<const RunRecord> replay = nullptr;
  std::shared_ptr<Listener> listener = nullptr;  // null: `listen` fails
  size_t value_bytes_max = 0;  // of the values and contexts that live at one time; 0: no limit
};

// What a completion gave.
struct CompletionResult {
  struct Choice {
    std::string text;
    std::vector<TokenId> tokens = {};   // as they stand behind the prompt
    std::vector<double> logprobs = {};  // of a score
    engine::EndReason reason = engine::EndReason::kComplete;
  };
  bool ok = false;
  std::vector<Choice> choices;
  Failure failure;  // when not ok: that of the first choice that failed
  int prompt_tokens = 0, cached_tokens = 0, generated_tokens = 0;
};

// As RunSink. A choice is known by its number.
class CompletionSink {
 public:
  virtual ~CompletionSink() = default;
  // False: this is more than its host takes, and the completion fails with `limit`.
  virtual bool OnText(size_t choice, engine::TextEvent& text) = 0;
  virtual void OnChoice(size_t choice, engine::EndReason reason) = 0;
  virtual void OnDone(CompletionResult result) = 0;
};

struct CompletionRequest {
  std::vector<TokenId> tokens;    // the prompt
  engine::GenerateSpec generate;  // of each choice; its number is added to `sampling.site`
  int score_tokens = 0;  // not 0: instead, log-probabilities of so many last tokens of the prompt
  size_t choices = 1;
  std::string tenant = {};
  uint64_t owner = 0;  // engine::SequenceSpec::owner
  std::shared_ptr<CompletionSink> sink;
};

// Everything that can wake the engine thread; closed.
struct SubmitEvent {
  RunId id = 0;
  Request request;
};
struct CompleteEvent {
  RunId id = 0;
  CompletionRequest request;
};
struct CancelEvent {
  RunId id = 0;
};
// What a retriever found. `ticket` is the run's name for its question.
struct RetrievedEvent {
  RunId id = 0;
  uint64_t ticket = 0;
  Retriever::Answer answer;
};
// What a tool gave; as RetrievedEvent.
struct ToolEvent {
  RunId id = 0;
  uint64_t ticket = 0;
  Toolbox::Answer answer;
};
// Nobody outside has the contexts any more that this keeps the KV of (Loop::Keep).
struct ReleaseEvent {
  uint64_t kept = 0;
};
// What was said to a run that listens; as RetrievedEvent.
struct SaidEvent {
  RunId id = 0;
  uint64_t ticket = 0;
  Listener::Answer answer;
};
struct ClearCacheEvent {};
// The engine has work that nobody here has given it (Engine::SetWake).
struct WakeEvent {};
struct StatsEvent {
  std::shared_ptr<void> reply;  // the LookAsk of loop.cc, kept opaque here
};
struct ShutdownEvent {};
using Event =
    std::variant<SubmitEvent, CompleteEvent, CancelEvent, RetrievedEvent, ToolEvent, SaidEvent,
                 ReleaseEvent, ClearCacheEvent, WakeEvent, StatsEvent, ShutdownEvent>;

}  // namespace lmp::exec
