// Engines and runs of lmp.h over exec::Loop.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <thread>

#include "runtime/api/chunks.h"
#include "runtime/api/engine_impl.h"
#include "runtime/api/record.h"
#include "runtime/api/report.h"
#include "runtime/api/state.h"
#include "runtime/api/trace.h"
#include "runtime/base/limits.h"
#include "runtime/base/spin.h"
#include "runtime/engine/local_engine.h"
#include "runtime/engine/reuse_risks.h"
#include "runtime/engine/vocabulary_digest.h"
#include "runtime/model/transformer.h"

namespace lmp {

struct Listening::State {
  std::mutex mutex;
  std::shared_ptr<const std::atomic<bool>> cancelled;
  std::function<void(exec::Listener::Answer)> done;  // null once it was called

  void Finish(exec::Listener::Answer answer) {
    std::function<void(exec::Listener::Answer)> once;
    {
      std::lock_guard lock(mutex);
      once = std::exchange(done, nullptr);
    }
    if (once) once(std::move(answer));
  }
};

void Listening::Answer(std::string line) const { state_->Finish(std::move(line)); }
void Listening::End(std::string why) const { state_->Finish(Unavailable(std::move(why))); }
bool Listening::cancelled() const { return state_->cancelled->load(); }

namespace api {

namespace {

constexpr uint64_t kKvBytesDefaultMax = 4ull << 30;

Result<KvType> KvTypeOf(const std::string& name) {
  if (name == "bf16") return KvType::kBf16;
  if (name == "f32") return KvType::kF32;
  if (name == "int8") return KvType::kInt8;
  return InvalidArgument("KV type \"" + name + "\" is unknown: expected bf16, f32 or int8");
}

// The host's end of one run: filled on the engine thread, awaited on the caller's.
class RunState final : public exec::RunSink, public exec::Listener {
 public:
  RunState(ProgramRef program, RunOptions options, std::shared_ptr<const void> engine)
      : program_(std::move(program)), options_(std::move(options)), engine_(std::move(engine)) {}

  void OnEmit(const exec::Piece& piece) override {
    std::lock_guard lock(emit_mutex_);
    if (!detached_ && options_.on_text) options_.on_text(piece.text);
    if (!detached_ && options_.on_piece) options_.on_piece(TextPieceOf(piece));
  }
  void OnGenerated(const exec::Piece& piece) override {
    std::lock_guard lock(emit_mutex_);
    if (!detached_ && options_.on_generated) options_.on_generated(TextPieceOf(piece));
  }
  bool listens() const { return options_.on_listen != nullptr; }
  void Start(std::shared_ptr<const std::atomic<bool>> cancelled,
             std::function<void(Answer)> done) override {
    auto state = std::make_shared<Listening::State>();
    state->cancelled = std::move(cancelled);
    state->done = std::move(done);
    const Listening listening(std::move(state));
    std::lock_guard lock(emit_mutex_);
    if (detached_) return;
    try {
      options_.on_listen(listening);
    } catch (...) {
      listening.End("the host's callback for listening threw");
    }
  }
  void OnNotice(std::string_view line) {
    std::lock_guard lock(notice_mutex_);
    if (!deaf_ && options_.on_notice) options_.on_notice(line);
  }
  void OnCorpus(const CorpusProgress& progress) {
    std::lock_guard lock(notice_mutex_);
    if (!deaf_ && options_.on_corpus) options_.on_corpus(progress);
  }
  // Before the run begins.
  void SetTools(std::shared_ptr<const RunTools> tools) { tools_ = std::move(tools); }
  // No callback begins after this, and none of another thread is still going on.
  void Detach() {
    {
      std::lock_guard lock(emit_mutex_);
      detached_ = true;
    }
    std::lock_guard lock(notice_mutex_);
    deaf_ = true;
  }
  void OnDone(exec::RunResult result) override {
    RunReport report;
    try {
      report = MakeReport(result, program_, engine_);
      if (!options_.explain) report.explain.clear();
      if (options_.calls) report.calls = ModelCallsOf(result, program_->state().sources);
      if (options_.trace) report.trace = TraceJson(result, program_->state().sources);
      if (result.record != nullptr) report.record = exec::PrintRecord(*result.record);
    } catch (const std::exception& e) {
      // Whoever waits must be woken.
      report.failure = {"internal", e.what(), "", ""};
    }
    if (tools_ != nullptr) {
      report.stats.tool_calls = tools_->calls();
      report.stats.tool_hits = tools_->hits();
    }
    {
      std::lock_guard lock(mutex_);
      report_ = std::move(report);
      value_ = std::move(result.value);
      done_.store(true, std::memory_order_release);
      ended_.notify_all();
    }
    std::lock_guard lock(emit_mutex_);
    if (detached_ || !options_.on_done) return;
    try {
      options_.on_done();
    } catch (...) {  // the run has ended already: there is nothing left to fail
    }
  }
  const RunReport& Wait() {
    if (SpinUntil([this] { return done(); })) return report_;
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return done(); });
    return report_;
  }
  bool done() const { return done_.load(std::memory_order_acquire); }
  // After Wait.
  const ir::Value& value() const { return value_; }

 private:
  static TextPiece TextPieceOf(const exec::Piece& piece) {
    return {piece.text, piece.name, piece.function, piece.site, piece.last};
  }

  ProgramRef program_;
  RunOptions options_;
  const std::shared_ptr<const void> engine_;
  std::shared_ptr<const RunTools> tools_;  // nullable
  std::recursive_mutex emit_mutex_;        // a callback may destroy its own run
  bool detached_ = false;
  std::recursive_mutex notice_mutex_;
  bool deaf_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::atomic<bool> done_{false};  // report_ and value_ do not change any more
  RunReport report_;
  ir::Value value_;
};

class RunImpl final : public ValueRun {
 public:
  RunImpl(std::function<void()> cancel, std::shared_ptr<RunState> state)
      : cancel_(std::move(cancel)), state_(std::move(state)) {}
  ~RunImpl() override {
    state_->Detach();
    Cancel();
  }
  const RunReport& Wait() override { return state_->Wait(); }
  bool done() const override { return state_->done(); }
  void Cancel() override {
    if (!state_->done()) cancel_();
  }
  const ir::Value& value() const override { return state_->value(); }

 private:
  std::function<void()> cancel_;  // the engine may be gone
  std::shared_ptr<RunState> state_;
};

uint32_t PageCount(const EngineConfig& config, const model::ModelConfig& model, size_t page_bytes) {
  const uint64_t physical =
      static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  const uint64_t one_context =
      (static_cast<uint64_t>(model.context_max) / kPageTokens + 1) * page_bytes;
  uint64_t bytes = config.kv_bytes;
  if (bytes == 0) bytes = std::max(one_context, std::min(physical / 4, kKvBytesDefaultMax));
  // More than every running sequence's whole context is never used.
  const uint64_t useful =
      one_context * static_cast<uint64_t>(std::max(config.sequences_max, 1)) * 4;
  if (config.kv_bytes == 0) bytes = std::min(bytes, useful);
  return static_cast<uint32_t>(std::clamp<uint64_t>(bytes / page_bytes, 1, UINT32_MAX - 1));
}

ModelSummary Summarize(const EngineConfig& config, const model::ModelConfig& m,
                       const engine::EngineOptions& options, size_t page_bytes) {
  ModelSummary out;
  out.path = config.model;
  out.name = m.name;
  out.architecture = m.architecture;
  out.weight_format = m.weight_format;
  out.kernels = config.kernels;
  out.kv_type = config.kv_type;
  out.layers = m.layers;
  out.width = m.width;
  out.heads = m.heads;
  out.kv_heads = m.kv_heads;
  out.head_dim = m.head_dim;
  out.vocabulary = m.vocabulary;
  out.context_max = m.context_max;
  out.weight_bytes = m.weight_bytes;
  out.kv_bytes = static_cast<uint64_t>(options.kv_pages) * page_bytes;
  out.threads = config.threads;
  return out;
}

std::vector<std::unique_ptr<engine::Engine>> EnginesOf(std::vector<LoadedEngine>* loaded) {
  std::vector<std::unique_ptr<engine::Engine>> engines;
  for (LoadedEngine& each : *loaded) {
    if (each.engine != nullptr) engines.push_back(std::move(each.engine));
  }
  return engines;
}

}  // namespace

EngineImpl::EngineImpl(LoadedEngine own, std::vector<LoadedEngine> others,
                       std::unique_ptr<CorpusThread> corpora, const EngineConfig& config)
    : tokenizer_(own.tokenizer),
      format_(std::move(own.format)),
      tool_chat_(std::make_shared<text::ToolChat>(text::ToolChat::Make(*tokenizer_, format_))),
      trie_(own.engine->token_trie()),
      kv_tokens_max_(int64_t{own.engine->options().kv_pages} * kPageTokens),
      on_log_(config.on_log),
      corpora_(std::move(corpora)),
      environment_(config.environment ? config.environment : SystemEnvironment),
      asks_servers_(config.http_tools),
      loop_(std::move(own.engine), EnginesOf(&others)) {
  placed_.push_back({"", std::move(own.summary), tokenizer_});
  for (LoadedEngine& other : others) {
    if (other.tokenizer == nullptr) {
      here_.push_back(std::move(other.name));
    } else {
      placed_.push_back(
          {std::move(other.name), std::move(other.summary), std::move(other.tokenizer)});
    }
  }
}

exec::SelectTemperatures EngineImpl::TemperaturesFor(const ir::Program& program, Placed* placed) {
  const bool chooses =
      std::any_of(program.functions.begin(), program.functions.end(), [](const ir::Graph& graph) {
        return std::any_of(graph.ops.begin(), graph.ops.end(),
                           [](const ir::Op& op) { return op.kind == ir::OpKind::kSelect; });
      });
  if (!chooses) return {};
  std::lock_guard lock(mutex_);
  if (placed->temperatures.has_value()) return *placed->temperatures;
  // Without it `confidence` goes by temperature 1.
  Result<exec::SelectTemperatures> read = exec::LoadSelectTemperatures(placed->summary.path);
  if (!read.ok() && on_log_) on_log_(read.status().message());
  return placed->temperatures.emplace(read.ok() ? *std::move(read) : exec::SelectTemperatures());
}

Result<std::string> EngineImpl::ModelDigestOnce(Placed* placed) {
  std::lock_guard lock(mutex_);
  if (placed->digest.empty()) {
    LMP_TRY(placed->digest, ModelDigest(placed->summary));
  }
  return placed->digest;
}

exec::BindResult EngineImpl::BoundPlanOf(const ProgramRef& program, Placed* placed) {
  // A plan that is kept lives, so no other has its address.
  const ir::PlanRef plan = program->state().plan;
  exec::BindResult refused;
  const auto bind = [&]() -> Result<exec::BindResult> {
    const auto functions = FunctionsOn(*plan->program, *placed);
    exec::BindResult result =
        exec::Bind(plan, placed->tokenizer, placed->summary.context_max,
                   TemperaturesFor(*plan->program, placed), functions ? &*functions : nullptr);
    if (!placed->name.empty()) {
      for (Diagnostic& d : result.diagnostics)
        d.notes.push_back("on the engine \"" + placed->name + "\"");
    }
    if (result.plan) return result;
    refused = std::move(result);
    return Unsupported("not bound");
  };
  const Result<exec::BindResult> bound = placed->bound->Get(plan.get(), bind);
  return bound.ok() ? *bound : refused;
}

Result<std::vector<Diagnostic>> EngineImpl::Check(const ProgramRef& program,
                                                  std::string_view function) {
  return Wall<std::vector<Diagnostic>>([&]() -> Result<std::vector<Diagnostic>> {
    if (program == nullptr) return InvalidArgument("there is no program to check");
    const ir::Program& planned = *program->state().plan->program;
    std::vector<Diagnostic> found = CheckEngines(planned, function);
    for (Placed& placed : placed_) {
      const auto there = FunctionsOn(planned, placed);
      if (there && there->empty()) continue;
      const bool own = &placed == &placed_.front();
      if (!own && !function.empty() && !Meets(planned, function, placed)) continue;
      std::vector<Diagnostic> wrong = BoundPlanOf(program, &placed).diagnostics;
      std::move(wrong.begin(), wrong.end(), std::back_inserter(found));
    }
    return found;
  });
}

Status EngineImpl::CheckProcess() const {
  if (getpid() == process_) return OkStatus();
  return Unavailable("the engine was loaded by another process: load one after fork()");
}

Result<std::unique_ptr<ValueRun>> EngineImpl::StartValues(const ProgramRef& program,
                                                          std::string_view function,
                                                          std::vector<ir::Value> arguments,
                                                          RunOptions options) {
  LMP_RETURN_IF_ERROR(CheckProcess());
  const exec::BindResult bound = BoundPlanOf(program, &placed_.front());
  if (!bound.plan) return Unsupported(Render(bound.diagnostics, program->state().sources));
  exec::Request request;
  request.plan = bound.plan;
  LMP_TRY(request.elsewhere, ElsewhereOf(program, function));
  request.function = function;
  request.arguments = std::move(arguments);
  request.seed = options.seed;
  request.tenant = options.tenant;
  request.owner = options.owner;
  request.explain = options.explain;
  request.contexts = options.calls;
  for (const ir::TestCase& test : program->state().tests) {
    if (test.function == function) request.mocks = {program, &test.mocks};
  }
  request.watch_generations = options.on_generated != nullptr;
  request.trace = options.trace;
  request.value_bytes_max = options.value_bytes_max;
  if (options.record || !options.replay.empty()) {
    if (options.record && !options.replay.empty())
      return InvalidArgument("a run that is repeated cannot be recorded");
    const ir::Program& planned = *bound.plan->plan->program;
    for (const ir::Param& param : planned.Find(function)->params) {
      if (ir::HoldsContext(planned, param.type))
        return InvalidArgument("a run that is given contexts can be neither recorded nor repeated");
    }
    LMP_TRY(const std::string digest, ModelDigests(planned, function));
    const uint64_t seed = options.seed.value_or(bound.plan->defaults.seed);
    exec::RecordHead head =
        HeadOf(summary(), digest, *bound.plan, request.function, request.arguments, seed);
    if (options.record) {
      request.record = std::make_shared<exec::RunRecord>();
      request.record->head = std::move(head);
    } else {
      LMP_TRY(request.replay, ReadReplay(options.replay, head));
    }
  }
  const bool asks_world = request.replay == nullptr;
  auto state = std::make_shared<RunState>(program, std::move(options), identity_);
  request.sink = state;
  if (asks_world && corpora_ != nullptr && !program->state().lowered->corpora.empty()) {
    request.retriever = corpora_->ForRun(
        program, [state](std::string_view line) { state->OnNotice(line); },
        [state](const CorpusProgress& progress) { state->OnCorpus(progress); });
  }
  if (asks_world && !program->state().lowered->tools.empty()) {
    HttpWorld world;
    if (asks_servers_) {
      LMP_TRY(world,
              ReadWorld(*program->state().lowered, function, environment_, request.mocks.get()));
    }
    const auto tools = std::make_shared<RunTools>(
        RunTools::Shared{&tools_, asks_servers_ ? &http_tools_ : nullptr, &tool_cache_},
        bound.plan->plan->program, std::move(world), request.tenant);
    state->SetTools(tools);
    request.toolbox = tools;
  }
  if (state->listens()) request.listener = state;
  LMP_TRY(const exec::RunId id, loop_.Submit(std::move(request)));
  return std::unique_ptr<ValueRun>(
      std::make_unique<RunImpl>(loop_.CancellerOf(id), std::move(state)));
}

Result<std::unique_ptr<Run>> EngineImpl::Start(const ProgramRef& program, std::string_view function,
                                               const Arguments& arguments, RunOptions options) {
  return Wall<std::unique_ptr<Run>>([&]() -> Result<std::unique_ptr<Run>> {
    if (program == nullptr) return InvalidArgument("there is no program to run");
    LMP_TRY(const std::vector<exec::ContextRef> contexts,
            ReadContexts(program, function, arguments, identity_));
    LMP_TRY(std::vector<ir::Value> values,
            ReadArguments(*program, function, arguments.json(), contexts));
    LMP_TRY(std::unique_ptr<ValueRun> run,
            StartValues(program, function, std::move(values), std::move(options)));
    return std::unique_ptr<Run>(std::move(run));
  });
}

void EngineImpl::SetTool(std::string name, ToolFunction function) {
  tools_.Set(std::move(name), std::move(function));
}

void EngineImpl::ClearCache() {
  if (CheckProcess().ok()) loop_.ClearCache();
}

Result<LoadedEngine> LoadLocalEngine(EngineConfig config) {
  if (config.threads < 0 || config.threads > kThreadsMax) {
    return InvalidArgument("threads is " + std::to_string(config.threads) + ": expected 1 to " +
                           std::to_string(kThreadsMax) + ", or 0 for one per core");
  }
  if (config.threads == 0)
    config.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  LMP_TRY(const KvType kv, KvTypeOf(config.kv_type));
  model::TransformerOptions options;
  options.kernels = config.kernels;
  options.threads = config.threads;
  options.kv = kv;
  options.on_load = config.on_load;
  LMP_TRY(model::OpenedModel opened, model::OpenModel(config.model, options));
  LMP_TRY(auto tokenizer, text::MakeTokenizer(std::move(opened.tokenizer)));
  LMP_TRY(text::ChatFormat format, text::MakeChatFormat(*tokenizer));
  const size_t page_bytes = opened.model->kv_page_bytes();
  engine::EngineOptions engine_options;
  engine_options.kv_pages = PageCount(config, opened.model->config(), page_bytes);
  engine_options.step_tokens_max = config.step_tokens_max;
  engine_options.sequences_max = config.sequences_max;
  engine_options.prefix_cache = config.prefix_cache;
  engine_options.same_step_sharing = config.same_step_sharing;
  engine_options.speculation = config.speculation;
  LMP_TRY(engine_options.chunk_store, OpenChunkStore(config, *opened.model));
  if (engine_options.chunk_store != nullptr && config.on_log) {
    for (const std::string& warning : engine_options.chunk_store->TakeWarnings()) {
      config.on_log(warning);
    }
  }
  if (engine_options.chunk_store != nullptr) {
    // Without it `auto` computes everything, which is never wrong.
    auto risks = engine::LoadReuseRisks(config.model);
    if (risks.ok()) engine_options.reuse_risks = std::move(risks).value();
    if (!risks.ok() && config.on_log) config.on_log(std::string(risks.status().message()));
  }
  ModelSummary summary = Summarize(config, opened.model->config(), engine_options, page_bytes);
  summary.vocabulary_digest = engine::VocabularyDigest(*tokenizer);
  summary.chat_notice = format.notice;
  if (!format.notice.empty() && config.on_log) config.on_log(format.notice);
  // What an edited document left in the store goes when a run sees that it was edited.
  std::function<Status(const std::string&)> on_gone;
  if (!config.chunk_store.empty()) {
    on_gone = [store = engine_options.chunk_store](const std::string& document) {
      return store->RemoveDocument("", document).status();
    };
  }
  LMP_TRY(auto engine,
          engine::MakeLocalEngine(std::move(opened.model), tokenizer, nullptr, engine_options));
  LoadedEngine out;
  out.name = config.name;
  out.summary = std::move(summary);
  out.tokenizer = std::move(tokenizer);
  out.format = std::move(format);
  out.engine = std::move(engine);
  out.on_gone = std::move(on_gone);
  return out;
}

}  // namespace api

Result<std::unique_ptr<Engine>> Engine::Load(const EngineConfig& config) {
  return api::Wall<std::unique_ptr<Engine>>([&]() -> Result<std::unique_ptr<Engine>> {
    LMP_TRY(api::LoadedEngine own,
            config.servers.empty() ? api::LoadLocalEngine(config) : api::LoadRemoteEngine(config));
    LMP_TRY(std::vector<api::LoadedEngine> others, api::LoadOtherEngines(config));
    auto corpora = api::MakeCorpusThread(own.tokenizer, std::move(own.on_gone));
    return std::unique_ptr<Engine>(std::make_unique<api::EngineImpl>(
        std::move(own), std::move(others), std::move(corpora), config));
  });
}

}  // namespace lmp
