// _lmp: what the Python package needs of lmp.h, in the simplest types. lmp/__init__.py makes it
// Pythonic: exceptions, keyword options, values as Python objects, iterators and coroutines.
//
// Errors are returned, as (value, None) or (None, (code, message)). LMP's threads never take the
// interpreter's lock: what they have to say waits in a Stream, whose file descriptor asyncio can
// watch. Everything that blocks releases the lock, and waiting ends for signals (Ctrl-C).
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "runtime/api/lmp.h"
#include "runtime/api/python/tool_queue.h"
#include "runtime/base/spin.h"

namespace py = pybind11;

namespace {

using lmp::Status;

py::tuple Failed(const Status& status) {
  return py::make_tuple(py::none(), py::make_tuple(std::string(lmp::StatusCodeName(status.code())),
                                                   status.message()));
}
template <typename T>
py::tuple Done(T&& value) {
  return py::make_tuple(std::forward<T>(value), py::none());
}
// The result of a call that may block.
template <typename Call>
auto Unlocked(Call call) {
  const py::gil_scoped_release unlocked;
  return call();
}

using lmp_python::ToolQueue;

// Frees what has threads, or waits for one. In a child of os.fork(), which has none of them, it is
// left as it is: the interpreter frees handles when it likes.
template <typename T>
void LetGo(pid_t process, std::unique_ptr<T>* owned) {
  if (getpid() == process) {
    owned->reset();
  } else {
    [[maybe_unused]] const T* left = owned->release();
  }
}

// What one run has to say and nobody has taken yet; filled on the engine's thread.
class Stream {
 public:
  // Whose the text is, as lmp::TextPiece says, and whether it was emitted (else generated).
  struct Piece {
    std::string text, name, function, site;
    bool emitted = true, last = false;
  };

  Stream() = default;
  ~Stream() {
    if (fd_ >= 0) close(fd_);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void Add(const lmp::TextPiece& piece, bool emitted) {
    const std::lock_guard lock(mutex_);
    if (!pieces_.empty() && pieces_.back().emitted == emitted && !pieces_.back().last &&
        pieces_.back().site == piece.site && pieces_.back().function == piece.function) {
      pieces_.back().text += piece.text;
      pieces_.back().last = piece.last;
    } else {
      pieces_.push_back({std::string(piece.text), std::string(piece.name),
                         std::string(piece.function), std::string(piece.site), emitted,
                         piece.last});
    }
    there_ = true;
    if (readers_ > 0) changed_.notify_all();
    if (fd_tells_text_) WakeDescriptor();
  }
  void End() {
    const std::lock_guard lock(mutex_);
    ended_ = over_ = true;
    changed_.notify_all();
    WakeDescriptor();
  }

  // Ready to read at the end, and, once it was asked for without `only_end`, when there is text.
  int FileDescriptor(bool only_end) {
    const std::lock_guard lock(mutex_);
    if (fd_ < 0) fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    fd_tells_text_ = fd_tells_text_ || !only_end;
    if (ended_ || (fd_tells_text_ && !pieces_.empty())) WakeDescriptor();
    return fd_;
  }

  // What there is, and whether that was all. Waits for text or the end, or for the end alone, at
  // most `seconds`.
  std::pair<std::vector<Piece>, bool> Take(double seconds, bool only_end) {
    // Short runs end before a thread could fall asleep and be woken.
    if (seconds > 0) lmp::SpinUntil([&] { return over_ || (!only_end && there_); });
    std::unique_lock lock(mutex_);
    const auto ready = [&] { return ended_ || (!only_end && !pieces_.empty()); };
    readers_ += only_end ? 0 : 1;
    changed_.wait_for(lock, std::chrono::duration<double>(seconds), ready);
    readers_ -= only_end ? 0 : 1;
    if (fd_ >= 0) {
      uint64_t count = 0;
      [[maybe_unused]] const ssize_t bytes = read(fd_, &count, sizeof count);
    }
    if (only_end) return {{}, ended_};
    there_ = false;
    return {std::exchange(pieces_, {}), ended_};
  }

 private:
  void WakeDescriptor() {
    const uint64_t one = 1;
    if (fd_ >= 0) [[maybe_unused]]
      const ssize_t bytes = write(fd_, &one, sizeof one);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Piece> pieces_;
  bool ended_ = false;
  // The same without the lock, for whoever looks before he sleeps.
  std::atomic<bool> there_ = false, over_ = false;
  // Who waits for the end alone is not woken by text: with few cores that takes time from the
  // model.
  int readers_ = 0;
  bool fd_tells_text_ = false;
  int fd_ = -1;
};

// How often a wait looks for signals.
constexpr double kSignalSeconds = 0.05;

class Run {
 public:
  Run(std::unique_ptr<lmp::Run> run, std::shared_ptr<Stream> stream)
      : run_(std::move(run)), stream_(std::move(stream)) {}
  ~Run() {
    const py::gil_scoped_release unlocked;
    LetGo(process_, &run_);
  }

  // (pieces as (text, name, function, site, emitted), ended); blocks until there is either, or for
  // `timeout` seconds (None: for ever).
  py::tuple Take(const py::object& timeout, bool only_end) {
    const bool bounded = !timeout.is_none();
    const double most = bounded ? timeout.cast<double>() : 0;
    const auto begin = std::chrono::steady_clock::now();
    while (true) {
      const std::chrono::duration<double> gone = std::chrono::steady_clock::now() - begin;
      const double left = bounded ? most - gone.count() : kSignalSeconds;
      std::pair<std::vector<Stream::Piece>, bool> found;
      {
        const py::gil_scoped_release unlocked;
        found = stream_->Take(std::clamp(left, 0.0, kSignalSeconds), only_end);
      }
      if (found.second || !found.first.empty() || (bounded && left <= kSignalSeconds)) {
        py::list pieces;
        for (const Stream::Piece& p : found.first)
          pieces.append(py::make_tuple(p.text, p.name, p.function, p.site, p.emitted, p.last));
        return py::make_tuple(pieces, found.second);
      }
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    }
  }
  void Cancel() { run_->Cancel(); }
  int FileDescriptor(bool only_end) { return stream_->FileDescriptor(only_end); }

  // After the end.
  py::dict Report() {
    const lmp::RunReport& r = run_->Wait();
    const lmp::RunStats& s = r.stats;
    py::dict stats;
    stats["calls"] = s.calls;
    stats["prompt_tokens"] = s.prompt_tokens;
    stats["cached_tokens"] = s.cached_tokens;
    stats["computed_tokens"] = s.computed_tokens;
    stats["generated_tokens"] = s.generated_tokens;
    stats["forced_tokens"] = s.forced_tokens;
    stats["preemptions"] = s.preemptions;
    stats["seconds"] = s.seconds;
    stats["reused_tokens"] = s.reused_tokens;
    stats["recomputed_tokens"] = s.recomputed_tokens;
    stats["approximate_tokens"] = s.approximate_tokens;
    stats["approximate_calls"] = s.approximate_calls;
    stats["auto_reused"] = s.auto_reused;
    stats["auto_computed"] = s.auto_computed;
    stats["reordered"] = s.reordered;
    stats["tool_calls"] = s.tool_calls;
    stats["tool_hits"] = s.tool_hits;
    py::dict out;
    out["ok"] = r.ok;
    out["value_json"] = r.value_json;
    out["contexts"] = r.contexts;
    out["value_text"] = r.value_text;
    out["failure"] =
        py::make_tuple(r.failure.kind, r.failure.message, r.failure.site, r.failure.place);
    out["stats"] = stats;
    out["explain"] = r.explain;
    out["record"] = r.record;
    out["trace"] = r.trace;
    return out;
  }

 private:
  const pid_t process_ = getpid();
  std::unique_ptr<lmp::Run> run_;
  std::shared_ptr<Stream> stream_;
};

py::list Diagnostics(const std::vector<lmp::Diagnostic>& found,
                     const std::vector<lmp::Source>& sources) {
  py::list out;
  for (const lmp::Diagnostic& d : found) {
    out.append(py::make_tuple(d.severity == lmp::Severity::kError,
                              lmp::DiagnosticToJson(d, sources),
                              lmp::RenderDiagnostic(d, sources)));
  }
  return out;
}

// (program or None, diagnostics as (is an error, JSON, text)), or an error.
py::tuple Compile(const std::string& name, const std::string& text) {
  const lmp::CompileOutcome compiled = Unlocked([&] { return lmp::Compile(name, text); });
  if (!compiled.status.ok()) return Failed(compiled.status);
  return Done(
      py::make_tuple(compiled.program, Diagnostics(compiled.diagnostics, compiled.sources)));
}

py::list Functions(const lmp::Program& program) {
  py::list out;
  for (const lmp::FunctionSummary& f : program.functions()) {
    py::list parameters;
    for (const lmp::ParameterSummary& p : f.parameters)
      parameters.append(py::make_tuple(p.name, p.type, p.default_json));
    out.append(py::make_tuple(f.name, parameters, f.result));
  }
  return out;
}

class Engine {
 public:
  explicit Engine(std::unique_ptr<lmp::Engine> engine) : engine_(std::move(engine)) {}
  ~Engine() {
    const py::gil_scoped_release unlocked;
    if (getpid() == process_) tools_->Close();  // so that no tool keeps the engine
    LetGo(process_, &engine_);
  }
  void SetTool(const std::string& name, bool there) {
    lmp::ToolFunction function;
    if (there) function = [tools = tools_](const lmp::ToolCall& call) { return tools->Ask(call); };
    Unlocked([&] { engine_->SetTool(name, std::move(function)); });
  }
  std::shared_ptr<ToolQueue> Tools() const { return tools_; }

  py::tuple Start(const lmp::ProgramRef& program, const std::string& function,
                  const std::string& arguments_json, const std::vector<lmp::Context>& contexts,
                  const std::optional<uint64_t>& seed, const std::string& tenant, bool explain,
                  bool generations, const std::optional<std::string>& listener, bool record,
                  const std::string& replay, bool trace, uint64_t owner) {
    auto stream = std::make_shared<Stream>();
    lmp::RunOptions options;
    options.seed = seed;
    options.tenant = tenant;
    options.owner = owner;
    options.explain = explain;
    options.record = record;
    options.replay = replay;
    options.trace = trace;
    options.on_piece = [stream](const lmp::TextPiece& piece) { stream->Add(piece, true); };
    if (generations) {
      options.on_generated = [stream](const lmp::TextPiece& piece) { stream->Add(piece, false); };
    }
    if (listener) {
      options.on_listen = [tools = tools_, name = *listener](const lmp::Listening& listening) {
        tools->Listen(name, listening);
      };
    }
    options.on_done = [stream] { stream->End(); };
    auto run = Unlocked([&] {
      return engine_->Start(program, function, lmp::Arguments(arguments_json, contexts),
                            std::move(options));
    });
    if (!run.ok()) return Failed(run.status());
    return Done(std::make_unique<Run>(std::move(run).value(), std::move(stream)));
  }

  py::tuple Check(const lmp::ProgramRef& program) {
    const auto found = Unlocked([&] { return engine_->Check(program); });
    if (!found.ok()) return Failed(found.status());
    return Done(Diagnostics(found.value(), {}));
  }

  py::tuple Answer(const std::string& question,
                   const std::vector<std::tuple<std::string, std::string, std::string>>& passages,
                   const std::string& reuse, const std::string& tenant) {
    lmp::AnswerQuery query;
    query.question = question;
    query.reuse = reuse;
    query.tenant = tenant;
    for (const auto& [id, text, document] : passages)
      query.passages.push_back({id, text, document});
    const auto reply = Unlocked([&] { return lmp::Answer(engine_.get(), query); });
    if (!reply.ok()) return Failed(reply.status());
    const lmp::AnswerReply& r = reply.value();
    return Done(py::make_tuple(r.text, r.citations, r.exact, r.prompt_tokens, r.computed_tokens,
                               r.reused_tokens));
  }

  py::tuple Counters() {
    const auto counters = Unlocked([&] { return engine_->Counters(); });
    if (!counters.ok()) return Failed(counters.status());
    const lmp::EngineCounters& c = counters.value();
    py::dict out;
    out["steps"] = c.steps;
    out["rows"] = c.rows;
    out["prompt_tokens"] = c.prompt_tokens;
    out["cached_tokens"] = c.cached_tokens;
    out["generated_tokens"] = c.generated_tokens;
    out["forced_tokens"] = c.forced_tokens;
    out["preemptions"] = c.preemptions;
    out["pages_total"] = c.pages_total;
    out["pages_free"] = c.pages_free;
    out["pages_evicted"] = c.pages_evicted;
    out["passages_waiting"] = c.passages_waiting;
    return Done(std::move(out));
  }
  void ClearCache() { engine_->ClearCache(); }

  py::dict Model() const {
    const lmp::ModelSummary& m = engine_->model();
    py::dict out;
    out["path"] = m.path;
    out["name"] = m.name;
    out["architecture"] = m.architecture;
    out["weight_format"] = m.weight_format;
    out["kernels"] = m.kernels;
    out["kv_type"] = m.kv_type;
    out["chat_notice"] = m.chat_notice;
    out["layers"] = m.layers;
    out["width"] = m.width;
    out["heads"] = m.heads;
    out["kv_heads"] = m.kv_heads;
    out["head_dim"] = m.head_dim;
    out["vocabulary"] = m.vocabulary;
    out["context_max"] = m.context_max;
    out["weight_bytes"] = m.weight_bytes;
    out["kv_bytes"] = m.kv_bytes;
    out["threads"] = m.threads;
    return out;
  }

 private:
  const pid_t process_ = getpid();
  const std::shared_ptr<ToolQueue> tools_ = std::make_shared<ToolQueue>();
  std::unique_ptr<lmp::Engine> engine_;
};

py::tuple Load(lmp::EngineConfig config) {
  auto log = std::make_shared<std::vector<std::string>>();
  config.on_log = [log](std::string_view line) { log->emplace_back(line); };
  auto engine = Unlocked([&] { return lmp::Engine::Load(config); });
  if (!engine.ok()) return Failed(engine.status());
  return Done(py::make_tuple(std::make_unique<Engine>(std::move(engine).value()), *log));
}

class Corpus {
 public:
  explicit Corpus(std::unique_ptr<lmp::Corpus> corpus) : corpus_(std::move(corpus)) {}
  ~Corpus() {
    const py::gil_scoped_release unlocked;
    corpus_.reset();
  }

  static py::tuple Open(const std::string& path, bool create, const std::string& model) {
    lmp::CorpusConfig config;
    config.path = path;
    config.create = create;
    config.model = model;
    auto corpus = Unlocked([&] { return lmp::Corpus::Open(config); });
    if (!corpus.ok()) return Failed(corpus.status());
    return Done(std::make_unique<Corpus>(std::move(corpus).value()));
  }

  // `passages`: lines of JSON instead of files.
  py::tuple Update(const std::vector<std::string>& sources,
                   const std::optional<std::string>& passages) {
    const auto update = Unlocked(
        [&] { return passages ? corpus_->AddPassages(*passages) : corpus_->Update(sources); });
    if (!update.ok()) return Failed(update.status());
    const lmp::CorpusUpdate& u = update.value();
    py::list skipped;
    for (const auto& one : u.skipped) skipped.append(py::make_tuple(one.name, one.reason));
    py::dict out;
    out["added"] = u.added;
    out["changed"] = u.changed;
    out["unchanged"] = u.unchanged;
    out["removed"] = u.removed;
    out["chunks_added"] = u.chunks_added;
    out["chunks_removed"] = u.chunks_removed;
    out["skipped"] = skipped;
    out["missing"] = u.missing;
    return Done(std::move(out));
  }

  py::tuple Remove(const std::vector<std::string>& names) {
    const auto removal = Unlocked([&] { return corpus_->Remove(names); });
    if (!removal.ok()) return Failed(removal.status());
    return Done(py::make_tuple(removal.value().documents, removal.value().chunks));
  }

  // One row per id.
  py::tuple AddVectors(const std::vector<std::string>& ids,
                       const py::array_t<float, py::array::c_style | py::array::forcecast>& rows) {
    if (rows.ndim() != 2 || rows.shape(0) != static_cast<py::ssize_t>(ids.size())) {
      return Failed(lmp::InvalidArgument(
          "expected an array of one row per id, " + std::to_string(ids.size()) + " rows, found " +
          std::to_string(rows.ndim()) + " dimensions and " +
          std::to_string(rows.ndim() > 0 ? rows.shape(0) : 0) + " rows"));
    }
    std::string lines;
    for (size_t i = 0; i < ids.size(); ++i) {
      std::vector<lmp::Argument> numbers;
      for (py::ssize_t k = 0; k < rows.shape(1); ++k)
        numbers.emplace_back(static_cast<double>(rows.at(static_cast<py::ssize_t>(i), k)));
      lines +=
          lmp::ArgumentsJson({{"id", ids[i]}, {"embedding", lmp::Argument::List(numbers)}}) + "\n";
    }
    const auto report = Unlocked([&] { return corpus_->AddVectors(lines); });
    if (!report.ok()) return Failed(report.status());
    return Done(
        py::make_tuple(report.value().added, report.value().unchanged, report.value().unknown));
  }

  // Hits as (id, document, heading, text, line, score), best first.
  py::tuple Search(
      const std::string& text,
      const std::optional<py::array_t<float, py::array::c_style | py::array::forcecast>>& vector,
      size_t count) {
    lmp::CorpusQuery query;
    query.text = text;
    query.k = count;
    if (vector) query.vector.assign(vector->data(), vector->data() + vector->size());
    const auto hits = Unlocked([&] { return corpus_->Search(query); });
    if (!hits.ok()) return Failed(hits.status());
    py::list out;
    for (const lmp::CorpusHit& h : hits.value())
      out.append(py::make_tuple(h.id, h.document, h.heading, h.text, h.line, h.score));
    return Done(std::move(out));
  }

 private:
  std::unique_ptr<lmp::Corpus> corpus_;
};

// Engines on servers, or of functions: what Engine of the package makes of its arguments.
void SetServers(const py::dict& given, lmp::EngineConfig* config) {
  config->servers = given["urls"].cast<std::vector<std::string>>();
  config->server_kind = given["kind"].cast<std::string>();
  config->server_model = given["model"].cast<std::string>();
  config->server_key = given["key"].cast<std::string>();
  config->server_seconds = given["seconds"].cast<int>();
  config->server_priority = given["priority"].cast<int>();
}

}  // namespace

PYBIND11_MODULE(_lmp, m) {
  m.doc() = "The part of LMP that is not written in Python; use the package lmp.";
  m.attr("__version__") = std::string(lmp::kVersion);
  m.def("compile", &Compile, py::arg("name"), py::arg("text"));
  m.def(
      "load",
      [](const std::string& model, const std::string& kv_type, const std::string& kernels,
         int threads, uint64_t kv_bytes, int sequences_max, bool prefix_cache,
         const std::string& chunk_store, uint64_t chunk_store_bytes,
         std::optional<uint64_t> chunk_memory_bytes, int step_tokens_max, bool http_tools,
         std::optional<std::map<std::string, std::string>> environment,
         const std::optional<py::dict>& servers,
         const std::vector<std::tuple<std::string, std::string, std::optional<py::dict>>>&
             engines) {
        lmp::EngineConfig config;
        config.model = model;
        config.kv_type = kv_type;
        config.kernels = kernels;
        config.threads = threads;
        config.kv_bytes = kv_bytes;
        config.sequences_max = sequences_max;
        config.prefix_cache = prefix_cache;
        config.chunk_store = chunk_store;
        config.chunk_store_bytes = chunk_store_bytes;
        if (chunk_memory_bytes) config.chunk_memory_bytes = *chunk_memory_bytes;
        config.step_tokens_max = step_tokens_max;
        config.http_tools = http_tools;
        if (environment) {
          config.environment = [variables = *std::move(environment)](
                                   const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            if (found == variables.end()) return std::nullopt;
            return found->second;
          };
        }
        for (const auto& [name, other_model, other_servers] : engines) {
          lmp::EngineConfig other = config;
          other.engines.clear();
          other.chunk_store.clear();
          other.environment = nullptr;
          other.name = name;
          other.model = other_model;
          if (other_servers) SetServers(*other_servers, &other);
          config.engines.push_back(std::move(other));
        }
        if (servers) SetServers(*servers, &config);
        return Load(std::move(config));
      },
      py::kw_only(), py::arg("model"), py::arg("kv_type"), py::arg("kernels"), py::arg("threads"),
      py::arg("kv_bytes"), py::arg("sequences_max"), py::arg("prefix_cache"),
      py::arg("chunk_store"), py::arg("chunk_store_bytes"), py::arg("chunk_memory_bytes"),
      py::arg("step_tokens_max"), py::arg("http_tools"), py::arg("environment"), py::arg("servers"),
      py::arg("engines"));
  m.def(
      "read_record",
      [](const std::string& record) {
        const lmp::Result<lmp::RecordedRun> read = lmp::ReadRecord(record);
        if (!read.ok()) return Failed(read.status());
        const lmp::RecordedRun& r = read.value();
        return Done(py::make_tuple(r.function, r.arguments_json, r.seed));
      },
      py::arg("record"));

  py::class_<lmp::Program, std::shared_ptr<lmp::Program>>(m, "Program")
      .def_property_readonly("functions", &Functions)
      .def_property_readonly("config_model", &lmp::Program::config_model)
      .def("ir_text", &lmp::Program::IrText)
      .def("plan_text", &lmp::Program::PlanText)
      .def("plan_dot", &lmp::Program::PlanDot);
  py::class_<lmp::Context>(m, "Context").def_property_readonly("tokens", &lmp::Context::tokens);
  py::class_<Run>(m, "Run")
      .def("take", &Run::Take, py::arg("timeout"), py::arg("only_end"))
      .def("cancel", &Run::Cancel)
      .def("fileno", &Run::FileDescriptor)
      .def("report", &Run::Report);
  py::class_<ToolQueue, std::shared_ptr<ToolQueue>>(m, "ToolQueue")
      .def("fileno", &ToolQueue::FileDescriptor)
      .def("take", &ToolQueue::Take)
      .def("answer", &ToolQueue::Answer, py::arg("id"), py::arg("ok"), py::arg("text"));
  py::class_<Engine>(m, "Engine")
      .def("set_tool", &Engine::SetTool, py::arg("name"), py::arg("there"))
      .def("tools", &Engine::Tools)
      .def("start", &Engine::Start, py::arg("program"), py::arg("function"),
           py::arg("arguments_json"), py::arg("contexts"), py::arg("seed"), py::arg("tenant"),
           py::arg("explain"), py::arg("generations"), py::arg("listener"), py::arg("record"),
           py::arg("replay"), py::arg("trace"), py::arg("owner"))
      .def("check", &Engine::Check)
      .def("answer", &Engine::Answer, py::arg("question"), py::arg("passages"), py::arg("reuse"),
           py::arg("tenant"))
      .def("counters", &Engine::Counters)
      .def("clear_cache", &Engine::ClearCache)
      .def("model", &Engine::Model);
  py::class_<Corpus>(m, "Corpus")
      .def_static("open", &Corpus::Open, py::arg("path"), py::arg("create"), py::arg("model"))
      .def("update", &Corpus::Update, py::arg("sources"), py::arg("passages"))
      .def("remove", &Corpus::Remove)
      .def("add_vectors", &Corpus::AddVectors)
      .def("search", &Corpus::Search, py::arg("text"), py::arg("vector"), py::arg("count"));
}
