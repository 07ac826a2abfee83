// LMP for embedders: the only header a host program needs.
//
//   lmp::CompileOutcome compiled = lmp::Compile("rag.lmp", source);          // any thread
//   auto engine = lmp::Engine::Load({.model = "model.gguf"});                // one model
//   auto run = engine.value()->Start(compiled.program, "main", R"({"question": "..."})",
//                                    {.on_text = [](std::string_view t) { ... }});
//   const lmp::RunReport& report = run.value()->Wait();
//
// Nothing here throws, prints, installs signal handlers or keeps global state; several engines may
// live in one process. A failure inside one engine fails its runs with `internal` and leaves the
// others and the host alone.
//
// Threads: all functions may be called on any thread. Callbacks run on the engine's thread: they
// must return quickly and must not call Wait. One that throws fails its run with `internal`.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/api/answer.h"
#include "runtime/api/completion_request.h"
#include "runtime/base/diagnostic.h"
#include "runtime/base/status.h"

namespace lmp {

inline constexpr std::string_view kVersion = "0.1.0";

// --- Programs ---------------------------------------------------------------------------------

struct ParameterSummary {
  std::string name;
  std::string type;
  std::optional<std::string> default_json;
  std::string description = {};  // as the program has it, or ""
};
struct FunctionSummary {
  std::string name;
  std::vector<ParameterSummary> parameters;
  std::string result;  // type; "none"
};

// What a code of a diagnostic ("E0340") means, with a wrong program and its mended form. Errors:
// NotFound, naming codes that are near.
Result<std::string> ExplainError(std::string_view code);
// All of them, each with one line about it, in order.
struct ErrorSummary {
  std::string code, summary;
};
std::vector<ErrorSummary> ErrorSummaries();

struct PassSelection {
  std::vector<std::string> disabled = {};             // --no-pass=NAME
  std::optional<std::vector<std::string>> only = {};  // run just these, in this order
};

// A compiled program: immutable, shared by any number of engines and runs.
class Program {
 public:
  struct State;
  explicit Program(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::vector<FunctionSummary> functions() const;
  // {"types": {NAME: schema}, "functions": {NAME: {"arguments": schema, "result": schema}}} as JSON
  // Schemas; types are referred to as prefix + NAME. Contexts have none: null.
  std::string JsonSchemas(std::string_view prefix) const;
  std::string IrText() const;        // as lowered, before passes
  std::string PlanText() const;      // the IR as the passes leave it
  std::string PlanDot() const;       // the same as a graph in Graphviz's language
  std::string config_model() const;  // of `config { model: }`, empty if it has none
  const State& state() const { return *state_; }

 private:
  std::shared_ptr<const State> state_;
};
using ProgramRef = std::shared_ptr<const Program>;

struct CompileOutcome {
  ProgramRef program;  // null if a diagnostic is an error, or `status` is
  Status status;       // InvalidArgument (a pass name), Internal (a fault of LMP, not of the text)
  std::vector<Diagnostic> diagnostics;
  std::vector<Source> sources;
};
CompileOutcome Compile(std::string name, std::string text, const PassSelection& passes = {});
// As Compile, of a text that somebody else has sent: it may read no files. `status` is also
// Unsupported: it declares a corpus or a tool, which would read files or ask servers as this
// process.
CompileOutcome CompileSent(std::string name, std::string text);

// The text in the layout of `lmp fmt`; comments and all that is written stay.
struct FormatOutcome {
  std::string text;  // empty if a diagnostic is an error, or `status` is
  Status status;     // Internal (a fault of LMP, not of the text)
  std::vector<Diagnostic> diagnostics;
  std::vector<Source> sources;
};
FormatOutcome Format(std::string name, std::string text);

// Parts of a text for a display in colours, in order; what stands between them has none.
// Nothing of text that is no UTF-8.
struct ColoredPart {
  size_t begin = 0, end = 0;
  std::string_view kind;  // keyword, string, number, comment
};
std::vector<ColoredPart> Colored(std::string_view text);

// Parses IR text, verifies it, runs the passes and prints it again. `stats` (nullable) receives one
// line per pass.
Result<std::string> OptimizeIr(std::string_view name, std::string_view text,
                               const PassSelection& passes, std::string* stats);
std::vector<std::string> PassNames();

// What is known before a run: static text, shared prefixes, what runs in parallel, bounds, pass
// counters. With a model file also token counts; only its tokenizer and chat format are read.
struct ExplainOptions {
  std::string model = {};  // "": counts are bytes
  // Engines that are servers: "" that of the run, else as functions name it. What remains of the
  // gains there is said.
  std::vector<std::string> on_servers = {};
};
struct ExplainOutcome {
  std::string text;                     // empty if a diagnostic is an error
  std::vector<Diagnostic> diagnostics;  // of the program under that model
};
// Errors: those of ReadModelSummary.
Result<ExplainOutcome> Explain(const Program& program, const ExplainOptions& options);

// --- Contexts ---------------------------------------------------------------------------------

// A context as a value of the host: what a run gave for the type `context`, and what later runs of
// the same engine, of any program, take where they ask for one. It does not change: any number of
// runs may go on from it, at the same time. While it is held, the KV that the engine had computed
// of it stays in the cache before all that nobody holds; it is evicted only where memory is needed
// that nothing else can give, and then computed again. Answers do not depend on that.
//
// Cheap to copy. May be copied and destroyed on any thread, and after its engine.
class Context {
 public:
  struct State;
  Context() = default;  // of no engine: taken by no run
  explicit Context(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  int tokens() const;  // of a prompt that ends here; 0 of one that is of no engine
  const std::shared_ptr<const State>& state() const { return state_; }

 private:
  std::shared_ptr<const State> state_;
};

// A typed argument of a run: text, a number, a bool, a list, a record, a context, or null.
class Argument {
 public:
  Argument(std::nullptr_t);         // NOLINT: implicit by design, as are those below
  Argument(const char* text);       // NOLINT; UTF-8
  Argument(std::string_view text);  // NOLINT
  Argument(const std::string& text) : Argument(std::string_view(text)) {}  // NOLINT
  Argument(bool value);                                                    // NOLINT
  template <std::integral T>
  Argument(T value) : Argument(Number{std::to_string(value)}) {}  // NOLINT
  Argument(double value);     // NOLINT; NaN and infinities become null
  Argument(Context context);  // NOLINT
  static Argument List(const std::vector<Argument>& items);
  static Argument Record(const std::vector<std::pair<std::string, Argument>>& fields);
  static Argument FromJson(std::string json);  // as it is

  // A context is {"$context": i}, where i is its place in contexts().
  std::string json() const;
  std::vector<Context> contexts() const;

 private:
  struct Number {
    std::string digits;
  };
  explicit Argument(Number number) : json_(std::move(number.digits)) {}
  Argument() = default;
  void Append(const Argument& part);

  std::string json_;  // without the numbers of contexts
  struct Held {
    size_t number_at = 0;  // in json_
    Context context;
  };
  std::vector<Held> held_;
};
// JSON of arguments that are no contexts: ArgumentsJson({{"question", "Why?"}, {"count", 3}}).
std::string ArgumentsJson(const std::vector<std::pair<std::string, Argument>>& arguments);

// What a run is started with: a JSON object with one member per parameter, or typed arguments:
// engine->Start(program, "turn", {{"question", "Why?"}, {"talk", context}}).
class Arguments {
 public:
  Arguments() : json_("{}") {}
  Arguments(const char* json) : json_(json) {}             // NOLINT: implicit by design
  Arguments(std::string_view json) : json_(json) {}        // NOLINT
  Arguments(std::string json) : json_(std::move(json)) {}  // NOLINT
  Arguments(std::string_view json, std::vector<Context> contexts)
      : json_(json), contexts_(std::move(contexts)) {}
  Arguments(std::initializer_list<std::pair<std::string, Argument>> arguments);
  explicit Arguments(const std::vector<std::pair<std::string, Argument>>& arguments);

  // Contexts in it are {"$context": i}, where i is their place in contexts().
  const std::string& json() const { return json_; }
  const std::vector<Context>& contexts() const { return contexts_; }

 private:
  std::string json_;
  std::vector<Context> contexts_;
};

// --- Engines ----------------------------------------------------------------------------------

struct EngineConfig {
  std::string model = {};        // GGUF file
  std::string kv_type = "bf16";  // bf16, f32, int8
  std::string kernels = "auto";  // auto, reference, cpu_avx2, cpu_avx512, ...
  int threads = 0;               // 0: one per core
  uint64_t kv_bytes = 0;         // 0: a quarter of memory, at least one full context, at most 4 GiB
  int step_tokens_max = 512;     // rows per step (chunked prefill budget)
  int sequences_max = 64;        // running at once
  bool prefix_cache = true, same_step_sharing = true;
  bool speculation = true;  // guesses ahead of a generation: fewer steps, the same bits
  // Stored KV of passages (docs/CHUNK-REUSE.md): a folder, memory in front of it, or memory alone.
  // With neither, passages are computed like any other text.
  std::string chunk_store = {};
  uint64_t chunk_store_bytes = 0;            // payload kept in the folder; 0: 8 GiB
  uint64_t chunk_memory_bytes = 256u << 20;  // used only by `insert ... with reuse:`; 0: none
  std::function<void(std::string_view)> on_log = {};  // nullable
  // How much of the model's weights is read, of how many bytes; nullable. Called in Load, on its
  // thread, after each matrix; at the end both are equal. Of each of `engines` its own.
  std::function<void(uint64_t done_bytes, uint64_t total_bytes)> on_load = {};
  // Whether programs may ask the servers that they name (`http.get`, `http.post`), and what their
  // tools' `env("NAME")` is, read when a run starts. Null: the environment of the process.
  bool http_tools = true;
  std::function<std::optional<std::string>(const std::string& name)> environment = {};
  // Servers with OpenAI's API that generate instead of this process (docs/DELEGATION.md):
  // "http://127.0.0.1:8000". Of `model` only tokenizer and chat format are read then.
  std::vector<std::string> servers = {};
  std::string server_kind = {};   // lmp, vllm, sglang, llama-server, llama-cpp-python; "": asked
  std::string server_model = {};  // as requests name it; "": the first that the server has
  std::string server_key = {};    // of the servers' API; "": none
  int server_seconds = 300;       // for a server's first word
  // What is asked there goes before all that has less, also where a server counts the other way.
  // Only of kinds that know priorities (vllm, sglang), whose operators must have enabled them.
  int server_priority = 0;
  // Engines that functions name (`@engine("big")`), each with its `name`; at most 16, without
  // engines of their own. With servers and no model, the tokenizer is that of the model above; with
  // neither, these functions run where the rest does. Their on_log may be null: it is the one
  // above; http_tools and environment are those above.
  std::vector<EngineConfig> engines = {};
  std::string name = {};  // in `engines`: 1 to 64 letters, digits, `_` and `-`, a letter first
};

struct ModelSummary {
  std::string path, name, architecture, weight_format, kernels, kv_type, chat_notice;
  int layers = 0, width = 0, heads = 0, kv_heads = 0, head_dim = 0, vocabulary = 0, context_max = 0;
  uint64_t weight_bytes = 0, kv_bytes = 0;
  int threads = 0;
  // Equal where token ids mean the same text (SHA-256 in hex); empty in a build without libcrypto.
  std::string vocabulary_digest;
};

// A piece of text, whole characters, and whose it is.
struct TextPiece {
  std::string_view text;
  // What the program calls it: `reply` of `gen reply` and of an emit of it; of the result of a
  // call, the function that was called. Empty of all other text.
  std::string_view name;
  // The function in which that `gen`, `select` or call stands, or which emits: "ask".
  std::string_view function;
  // Which generation of the run it is: "main.ask#0/3/ask.reply#0". Empty where `name` is.
  std::string_view site;
  // Of what is generated: nothing of it follows, and `text` may be empty. Not when the run ends by
  // a failure elsewhere or is cancelled.
  bool last = false;
};

struct CorpusProgress {
  int64_t files_done = 0, files_total = 0, bytes_done = 0, bytes_total = 0;
  std::optional<double> seconds_left = {};
  std::string_view name;
};

// A run that listens: what `listen()` waits for. Copies may be kept and answered on any thread; the
// first answer counts, and one that comes late is not heard.
class Listening {
 public:
  struct State;
  explicit Listening(std::shared_ptr<State> state) : state_(std::move(state)) {}
  void Answer(std::string line) const;  // UTF-8, without the line break
  // Nobody says anything more: the failure `listen` with this message.
  void End(std::string why = "the input has ended") const;
  // Nobody waits any more: the run was cancelled, its time is over.
  bool cancelled() const;

 private:
  std::shared_ptr<State> state_;
};

struct RunOptions {
  std::optional<uint64_t> seed = {};  // else the program's config, else 0
  std::string tenant = {};            // no cache sharing across tenants
  // For whom it runs: what is for one is computed in the order in which it was started, and those
  // for whom something runs take turns, however much each has started. 0: all who give none.
  uint64_t owner = 0;
  bool explain = false;  // collect RunReport::explain
  // What the program emits, as it comes; the same with whose text it is. Nullable.
  std::function<void(std::string_view)> on_text = {};
  std::function<void(const TextPiece&)> on_piece = {};
  // What each `gen` writes and each `select` chooses, as it comes, emitted or not; of several at
  // the same time, in turns. Also what a `try` takes back. Nullable.
  std::function<void(const TextPiece&)> on_generated = {};
  // The program listens: all that it has emitted before was given to on_text. Must return at once;
  // the answer may come much later. Null: nobody is there, the failure `listen`.
  std::function<void(const Listening&)> on_listen = {};
  // Once, when the run has ended (Wait returns at once), unless it was destroyed before. Nullable.
  std::function<void()> on_done = {};
  // A corpus that the program declares was read, or could not be brought up to date: a line for
  // people, and while documents are read, how far it is. Nullable; called on a thread of corpora.
  std::function<void(std::string_view)> on_notice = {};
  std::function<void(const CorpusProgress&)> on_corpus = {};
  bool trace = false;  // collect RunReport::trace
  // Keep in RunReport::record what comes into the run from outside.
  bool record = false;
  // Such a record: the run is repeated as it says, and asks no tool and no corpus. Start refuses
  // what is not the same program, model, function, arguments or seed, and to record it again. A run
  // that is given contexts can be neither recorded nor repeated.
  std::string replay = {};
  bool calls = false;  // collect RunReport::calls
  // What all values and contexts of the run may take at one time; beyond it the failure `limit`. 0:
  // only single values have a limit. For programs of people whom you do not know.
  uint64_t value_bytes_max = 0;
};

// A stretch of a context as the model sees it. Special tokens are spelt as the vocabulary has them.
struct ContextPart {
  std::string kind;   // role (what the chat format adds), static, dynamic, generated, forced
  std::string state;  // cached, computed: as the last question found it; waiting: for the next
  std::string text;
  int tokens = 0;
};

// One call of the model, for whoever looks at a run.
struct ModelCall {
  std::string kind;         // gen, select, warm
  std::string site, place;  // "main.ask#0/3/ask.reply#0", "rag.lmp:12:3"
  std::string engine;       // on which it was: EngineConfig::name; "": that of the run
  std::string why;          // the rest was not cached; nothing of what other tenants have asked
  double start_s = 0, end_s = 0;  // since the run began
  int prompt_tokens = 0, cached_tokens = 0, computed_tokens = 0, generated_tokens = 0,
      forced_tokens = 0, reused_tokens = 0;
  bool exact = true;
  // The prompt, and what a gen wrote behind it. None where that does not fit what the calls before
  // left of 65,536 tokens.
  std::vector<ContextPart> parts;
};

struct RunStats {
  int calls = 0;
  int64_t prompt_tokens = 0, cached_tokens = 0, computed_tokens = 0, generated_tokens = 0,
          forced_tokens = 0;
  int preemptions = 0;
  double seconds = 0;
  // Passages under a reuse policy: prompt tokens whose KV was loaded, passage tokens computed again
  // to repair it; and what is not exactly what a full prefill gives: calls, and their prompt tokens
  // from the first approximate one on.
  int64_t reused_tokens = 0, recomputed_tokens = 0, approximate_tokens = 0;
  int approximate_calls = 0;
  // Passages under `auto` whose stored KV it chose to use, and those that it chose to compute.
  int auto_reused = 0, auto_computed = 0;
  int reordered = 0;  // lists of passages inserted in another order than given (`order: "any"`)
  int tool_calls = 0, tool_hits = 0;  // tries of tools; of these, answered by what `@cache` kept
};

struct RunFailure {
  // limit, constraint, overflow, check, budget, timeout, value, retrieve, tool, listen, remote,
  // cancelled, internal, replay
  std::string kind;
  std::string message;
  std::string site;   // the generation, with its path
  std::string place;  // "rag.lmp:12:3", may be empty
};

struct RunReport {
  bool ok = false;
  std::string value_json;  // when ok; a context is {"$context": i}, where i is its place in:
  std::vector<Context> contexts;
  std::string value_text;  // as interpolation would print it; empty for none, and for contexts
  RunFailure failure;      // when not ok
  RunStats stats;
  std::string explain;  // with RunOptions::explain: what was cached, computed, and why
  // With RunOptions::trace: when each generation, call, tool, fork, loop and try ran and what it
  // cost, as trace events in JSON for Perfetto or chrome://tracing.
  std::string trace;
  std::string record;  // with RunOptions::record: JSON, a line for each answer (docs/FORMATS.md)
  std::vector<ModelCall> calls;  // with RunOptions::calls, in the program's order
};

// Whose run a record is of. Errors: InvalidArgument with the line, Unsupported (another format).
struct RecordedRun {
  std::string function, arguments_json;
  uint64_t seed = 0;
};
Result<RecordedRun> ReadRecord(std::string_view record);

class Run {
 public:
  // Cancels the run if it still runs; no callback is called after it.
  virtual ~Run() = default;
  virtual const RunReport& Wait() = 0;
  virtual bool done() const = 0;
  virtual void Cancel() = 0;
};

// --- Completions ------------------------------------------------------------------------------

// What the model says next, without a program: behind a conversation, a text or tokens, once or
// several times. It runs among the engine's runs and shares their cache.
// runtime/api/completion_request.h has what is asked.

struct CompletionChoice {
  std::string text;
  std::vector<ChatCall> calls;  // of ChatTools, in order; the last may be cut (finish: "length")
  // "stop": the model, a stop string or the form ended it; "length": tokens_max or the context;
  // "tool_calls": it has calls, and was not cut.
  std::string finish;
  std::vector<ScoredToken> tokens;  // with CompletionRequest::top_logprobs or score_tokens
  std::vector<int32_t> ids;         // as they stand behind the prompt
};

struct CompletionReport {
  bool ok = false;
  std::vector<CompletionChoice> choices;
  RunFailure failure;  // when not ok: overflow, constraint, value, cancelled, internal, remote
  int64_t prompt_tokens = 0, cached_tokens = 0;  // of the prompt, counted once
  int64_t generated_tokens = 0;                  // of all choices
};

class Completion {
 public:
  // Cancels it if it still runs; no callback is called after it.
  virtual ~Completion() = default;
  virtual const CompletionReport& Wait() = 0;
  virtual bool done() const = 0;
  virtual void Cancel() = 0;
};

// --- Engines' facts ---------------------------------------------------------------------------

struct EngineCounters {
  uint64_t steps = 0, rows = 0, prompt_tokens = 0, cached_tokens = 0, generated_tokens = 0,
           forced_tokens = 0;
  uint64_t draft_rows = 0, draft_drawn = 0;  // of guessed tokens, and how many of these came
  // Pages of the KV cache; those that are not free are the tree's, which others may find, or
  // private to a sequence.
  uint64_t preemptions = 0, pages_total = 0, pages_free = 0, pages_tree = 0, pages_private = 0,
           pages_evicted = 0;
  uint64_t sequences_running = 0, sequences_waiting = 0;  // now: generations and what else runs
  uint64_t sequences_finished = 0, sequences_failed = 0;
  uint64_t passages_waiting = 0;  // now: whose KV is to be stored once the engine is idle
};

// One call of a tool that a program declares: `tool order(id: string) -> string =
// host("orders.lookup")`.
struct ToolCall {
  std::string_view name;            // "orders.lookup"
  std::string_view arguments_json;  // {"id":"ORD-1"}
  std::function<bool()> cancelled;  // true once nobody waits: cancelled, or its time is over
};
// Gives JSON of the tool's result type. Called on threads of the engine, several at once; it may
// block, but the engine ends only when it has returned. An error, an exception, text that is not of
// the type, and no answer in time are the failure `tool` or `timeout` of the program.
using ToolFunction = std::function<Result<std::string>(const ToolCall& call)>;

class Engine {
 public:
  // Cancels what runs; its runs may outlive it.
  virtual ~Engine() = default;
  // Errors: NotFound (no such file), Corruption or Unsupported (the file, naming the field),
  // InvalidArgument (options), ResourceExhausted (memory).
  static Result<std::unique_ptr<Engine>> Load(const EngineConfig& config);

  virtual const ModelSummary& model() const = 0;
  // What is wrong with the program under this model, such as fixed text longer than its context,
  // and which engines it names that nobody gave: those that a run of `function` may meet, or, if
  // that is empty, a run of any. Nothing in it is an error if the function can be started.
  virtual Result<std::vector<Diagnostic>> Check(const ProgramRef& program,
                                                std::string_view function = {}) = 0;
  // Starts `function`. Errors: InvalidArgument (no such function; arguments, contexts of another
  // engine, an engine that the program names and nobody gave, a variable of the environment that is
  // not set), Unsupported (what Check finds,
  // rendered), ResourceExhausted (too many waiting), Unavailable (in a child of fork()), Internal
  // (the engine has failed).
  virtual Result<std::unique_ptr<Run>> Start(const ProgramRef& program, std::string_view function,
                                             const Arguments& arguments,
                                             RunOptions options = {}) = 0;
  // Tokenises the prompt on the caller's thread. Errors: InvalidArgument (the request; messages for
  // a model without a chat format), and as Start. A prompt that does not fit the context is the
  // failure `overflow`.
  virtual Result<std::unique_ptr<Completion>> Complete(CompletionRequest request) = 0;
  // For CompletionRequest::tools, of this engine's model. May take seconds; any thread. Errors:
  // InvalidArgument (names, `only`; a model without a chat format).
  virtual Result<ToolsOutcome> CompileTools(const ToolRules& rules) = 0;
  // What `host(name)` of programs calls from now on; null takes it away. Any thread.
  virtual void SetTool(std::string name, ToolFunction function) = 0;
  // Errors: Unavailable (in a child of fork()), Internal.
  virtual Result<EngineCounters> Counters() = 0;
  virtual void ClearCache() = 0;
};

// JSON of one argument from a command-line word (plain text for strings and enums, else JSON).
Result<std::string> ArgumentFromWord(const Program& program, std::string_view function,
                                     std::string_view parameter, std::string_view word);

// What Start would say of a function and its arguments, without an engine. Errors: InvalidArgument.
Status CheckArguments(const Program& program, std::string_view function,
                      const Arguments& arguments);

// Whether the environment of the process has the variables that tools called from `function` need.
// Errors: InvalidArgument, naming the variable.
Status CheckEnvironment(const Program& program, std::string_view function);

// --- Tests ------------------------------------------------------------------------------------

struct TestReport {
  std::string name, place;  // "rag.lmp:12:6"
  bool ok = false;
  Diagnostic failure = {};  // when not ok; its code is the kind of the failure
  double seconds = 0;
  std::string record = {};  // with TestOptions::record
};
struct TestOptions {
  std::string filter = {};  // tests whose name has it in it; empty: all
  std::optional<uint64_t> seed = {};
  // Null: no model, only what a test mocks answers. Else the model answers what is not mocked, and
  // all tests run at the same time.
  Engine* engine = nullptr;
  // With an engine: tests give records, or are repeated from those that `replay` (nullable) has.
  bool record = false;
  std::function<Result<std::string>(const std::string& test)> replay = {};
};
struct TestsOutcome {
  std::vector<TestReport> tests;  // that were run, in the order of the file
  int left_out = 0;               // by the filter
  Status status;                  // Internal, and those of Engine::Start
  std::vector<Diagnostic> diagnostics;
  std::vector<Source> sources;
};
// Compiles a file and runs its `test`s. None is run if a diagnostic is an error. Blocks.
TestsOutcome RunTests(std::string name, std::string text, const TestOptions& options = {});

// --- Sessions (REPL) --------------------------------------------------------------------------

// Statements and expressions over one context, entered piece by piece. A failed piece changes
// nothing; Undo goes back one piece.
class Session {
 public:
  virtual ~Session() = default;
  static std::unique_ptr<Session> Make(Engine* engine);  // which must outlive it

  struct Outcome {
    bool incomplete = false;  // an open bracket or string: ask for more lines
    std::vector<Diagnostic> diagnostics;
    std::vector<Source> sources;
    bool has_value = false;
    RunReport report;  // value_text is what to print
    bool ran = false;
    ProgramRef program;  // what the piece became; null if it runs nothing
  };
  // `options.on_generated` hears what is shown in no other way: the `gen`s and `select`s of the
  // piece itself, not those of functions, if it is no expression; none whose value it may emit.
  virtual Outcome Enter(const std::string& piece, const RunOptions& options) = 0;
  virtual bool Undo() = 0;
  // Another session that goes on from here. Contexts are values, so it costs nothing.
  virtual std::unique_ptr<Session> Fork() const = 0;
  // Goes on from where another session of the same engine is.
  virtual void GoTo(const Session& other) = 0;
  // The type of an expression, which is not run; else diagnostics say why it has none.
  struct TypeOutcome {
    std::string type;
    std::vector<Diagnostic> diagnostics;
    std::vector<Source> sources;
  };
  virtual TypeOutcome TypeOf(const std::string& expression) const = 0;
  // What a generation, choice or tool gives from now on, instead of being asked: "reply = \"yes\"".
  // The name is that of what entries generate themselves, else as in a `mock` of a test: "f.reply",
  // a tool, "retrieve". It holds for all points of this session, until another of its name, or
  // RemoveMock. Without diagnostics that are errors it is set.
  struct MockOutcome {
    std::vector<Diagnostic> diagnostics;
    std::vector<Source> sources;
  };
  virtual MockOutcome SetMock(const std::string& mock) = 0;
  virtual bool RemoveMock(const std::string& name) = 0;    // false: there is none of that name
  virtual std::vector<std::string> Mocks() const = 0;      // as they were set
  virtual std::vector<std::string> Variables() const = 0;  // "name: type" each
  virtual std::vector<ContextPart> Context() const = 0;    // the session's, in order
  // How the last word of an unfinished entry may go on: `words` for what stands from byte `begin`.
  struct Completion {
    size_t begin = 0;
    std::vector<std::string> words;
  };
  virtual Completion Complete(std::string_view entry) const = 0;
  // What `explain` says of a declared function, or of the last entry that ran ("").
  // Errors: NotFound.
  virtual Result<std::string> Explain(const std::string& function) const = 0;
  virtual void CancelCurrent() = 0;  // ends the piece that runs, if one does; any thread
};

// --- Corpora ----------------------------------------------------------------------------------

// Documents cut into passages and found again: docs/RAG.md. Everything is in one file; vectors are
// those that the caller computes.
struct CorpusConfig {
  std::string path = {};
  bool create = false;  // make the file if there is none
  // None: those of the file; 384 and 0 for a new one. Others: the next Update cuts all again.
  std::optional<int> chunk_tokens = {}, chunk_overlap = {};
  std::string model = {};  // whose tokenizer counts; empty: tokens are estimated
  // Purges what was computed from a document (its chunk KV) after it was removed or edited; called
  // again later if it fails. Nullable.
  std::function<Status(const std::string& document)> on_gone = {};
};

struct CorpusUpdateOptions {
  uint64_t file_bytes_max = 64u << 20;
  // Overwrite what removed and edited documents leave in the file, at the cost of writing it anew.
  bool erase = true;
  std::function<void(const CorpusProgress&)> on_progress = {};  // nullable
  std::function<bool()> cancelled = {};                         // nullable; asked between files
};
struct CorpusUpdate {
  int64_t added = 0, changed = 0, unchanged = 0, removed = 0, read = 0;  // documents
  int64_t chunks_added = 0, chunks_kept = 0, chunks_removed = 0;
  struct Skipped {
    std::string name, reason;
  };
  std::vector<Skipped> skipped;
  std::vector<std::string> missing;  // sources that are not there; their documents stay
  bool cancelled = false;            // what was done stays
};
struct CorpusRemoval {
  int64_t documents = 0, chunks = 0, purges_waiting = 0;
};
struct CorpusVectors {
  int64_t added = 0, unchanged = 0;
  std::vector<std::string> unknown;
};
struct CorpusQuery {
  std::string text = {};
  std::vector<float> vector = {};  // with both, ranks are fused
  size_t k = 5;
};
struct CorpusHit {
  std::string id, document, heading, text;
  int64_t line = 0, tokens = 0;
  double score = 0;
  int word_rank = 0, vector_rank = 0;  // from 1; 0: not found that way
};
struct CorpusFacts {
  int64_t documents = 0, chunks = 0, tokens = 0, vectors = 0, vector_dimension = 0, skipped = 0,
          file_bytes = 0, purges_waiting = 0;
  int chunk_tokens = 0, chunk_overlap = 0;
  std::string counter;
  std::vector<std::string> sources;
  bool residue = false;
};

// One thread at a time. Any number of processes may search, one at a time changes; errors of all:
// Corruption (a damaged file), Unavailable (another process changes it; the disk), and:
class Corpus {
 public:
  virtual ~Corpus() = default;
  // Errors: NotFound, InvalidArgument (limits), Unsupported (another version; a build without
  // corpora), those of reading the model.
  static Result<std::unique_ptr<Corpus>> Open(const CorpusConfig& config);

  // Adds files, folders and patterns ("docs/**/*.md"), then brings the corpus up to date with all
  // that were ever added. Errors: NotFound, InvalidArgument.
  virtual Result<CorpusUpdate> Update(const std::vector<std::string>& sources,
                                      const CorpusUpdateOptions& options = {}) = 0;
  // Lines {"id", "text", "title"}: documents without files.
  virtual Result<CorpusUpdate> AddPassages(std::string_view jsonl,
                                           const CorpusUpdateOptions& options = {}) = 0;
  // Lines {"id" or "text", "embedding"}. Errors: InvalidArgument, naming the line.
  virtual Result<CorpusVectors> AddVectors(std::string_view jsonl) = 0;
  // Documents, folders or sources by name. When it returns Ok, no byte of them is left in the file.
  // Errors: NotFound.
  virtual Result<CorpusRemoval> Remove(const std::vector<std::string>& names) = 0;
  // Errors: InvalidArgument (the vector).
  virtual Result<std::vector<CorpusHit>> Search(const CorpusQuery& query) = 0;
  // All chunks in order (score and ranks are 0), until the callback returns false.
  virtual Status ForEachChunk(const std::function<bool(const CorpusHit&)>& on_chunk) = 0;
  virtual Result<CorpusFacts> Facts() = 0;
};

// --- Stored KV of passages --------------------------------------------------------------------

// A folder of EngineConfig::chunk_store while no engine has it open, whatever its model.
// Errors of all: NotFound (no store there), Unavailable (another process has it open),
// Unsupported (another format; a build without stores), Corruption. Block.
struct ChunkStoreFacts {
  uint64_t objects = 0, bytes = 0;  // passages, and their KV
  std::string model;                // SHA-256 of the model file
  std::string kv_type;
};
Result<ChunkStoreFacts> ReadChunkStore(const std::string& path);

struct ChunkStorePurge {
  uint64_t objects = 0, bytes = 0;
};
// Removes the passages of the documents (but those that another document of the tenant also holds),
// or, without documents, all of a tenant; "" is the tenant of runs that name none. When it returns,
// no file of the store holds them any more.
Result<ChunkStorePurge> PurgeChunkStore(const std::string& path, const std::string& tenant,
                                        const std::vector<std::string>& documents);

// For CorpusConfig::on_gone. Opens the store at the first document; no store is nothing to do.
std::function<Status(const std::string& document)> PurgeDocumentsOf(std::string path,
                                                                    std::string tenant = {});

// --- Facts ------------------------------------------------------------------------------------

// Kernel implementations of this machine and the one in use per op, as text.
std::string KernelReport(const std::string& kernels);
// Reads a model file's header and tokenizer only.
Result<ModelSummary> ReadModelSummary(const std::string& path);

// Random weights in the shape of a real model: for benches and tests, where the texts do not
// matter.
struct SynthModelConfig {
  std::string shape = "smol135m";  // tiny, smol135m, llama1b, llama8b_4l
  std::string format = "bf16";     // of the matrices: f32, f16, bf16, q8_0, q4_0, q4_k, ...
  std::string tokenizer;  // a file with a tokenizer; empty: a simple one of the shape's size
  uint64_t seed = 1;      // the same choices give the same bytes
};
// Writes a GGUF file; a reader never sees half of it. The whole model is in memory meanwhile.
// Errors: NotFound (shape, tokenizer), InvalidArgument, Unsupported (a tokenizer that GGUF cannot
// hold), Unavailable (cannot write).
Status WriteSynthModel(const SynthModelConfig& config, const std::string& path);

// --- Benches ----------------------------------------------------------------------------------

struct BenchConfig {
  std::string model;
  int threads = 2;
  int reps = 5;
  bool full = false;
  std::string rows = "*";
  std::string tasks;  // of `quality` and `select`: a file of tasks
  std::string risks;  // of `quality`: where to write what was lost, for `auto`
  std::string table;  // of `select`: where to write the temperatures that `confidence` goes by
  int samples = 0;    // of each task of these; 0: as many as the bench takes by itself
  std::function<void(std::string_view)> on_progress;  // nullable
};
struct BenchSummary {
  std::string name, summary;
};
std::vector<BenchSummary> Benches();
struct BenchOutcome {
  std::string table, json;
};
// Errors: NotFound and Unsupported when the bench cannot run here.
Result<BenchOutcome> RunBench(std::string_view name, const BenchConfig& config);

}  // namespace lmp
