#include "runtime/api/c/lmp.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/api/lmp.h"
#include "runtime/base/json.h"

struct lmp_program {
  lmp::ProgramRef program;
  std::string lints, functions;
};
struct lmp_engine {
  std::unique_ptr<lmp::Engine> engine;
  std::string model;
};
struct lmp_run {
  std::unique_ptr<lmp::Run> run;
  // Of lmp_run_error; made by the first lmp_run_wait that sees the end.
  std::once_flag ended;
  std::string error;
  std::atomic<const lmp::RunReport*> report{nullptr};
};
struct lmp_context {
  lmp::Context context;
};
struct lmp_listening {
  lmp::Listening listening;
};
struct lmp_corpus {
  std::unique_ptr<lmp::Corpus> corpus;
};

namespace {

using lmp::Json;
using lmp::Status;

char* Copy(std::string_view text) {
  auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) return nullptr;
  std::copy(text.begin(), text.end(), copy);
  copy[text.size()] = '\0';
  return copy;
}

lmp_status CodeOf(lmp::StatusCode code) {
  using enum lmp::StatusCode;
  switch (code) {
    case kOk:
      return LMP_OK;
    case kCancelled:
      return LMP_CANCELLED;
    case kInvalidArgument:
      return LMP_INVALID_ARGUMENT;
    case kNotFound:
      return LMP_NOT_FOUND;
    case kResourceExhausted:
      return LMP_RESOURCE_EXHAUSTED;
    case kDeadlineExceeded:
      return LMP_DEADLINE_EXCEEDED;
    case kUnavailable:
      return LMP_UNAVAILABLE;
    case kCorruption:
      return LMP_CORRUPTION;
    case kUnsupported:
      return LMP_UNSUPPORTED;
    case kInternal:
      return LMP_INTERNAL;
  }
  return LMP_INTERNAL;
}

lmp_status Fail(const Status& status, char** error) {
  if (error != nullptr) *error = Copy(status.message());
  return CodeOf(status.code());
}

// No exception leaves a function of the C interface.
template <typename Body>
lmp_status Guarded(char** error, Body body) noexcept {
  try {
    const Status status = body();
    return status.ok() ? LMP_OK : Fail(status, error);
  } catch (const std::exception& e) {
    if (error != nullptr) *error = Copy(e.what());
  } catch (...) {
    if (error != nullptr) *error = Copy("an unknown exception");
  }
  return LMP_INTERNAL;
}

Status Missing(std::string_view what) {
  return lmp::InvalidArgument(std::string(what) + " is NULL");
}

std::string TextOr(const char* text, const char* otherwise) {
  return text != nullptr ? text : otherwise;
}

// The caller's struct as this version knows it: fields that the caller has not are zero, those that
// this version has not must be.
template <typename T>
Status ReadStruct(const T* given, T* out) {
  *out = {};
  out->size = sizeof(T);
  if (given == nullptr) return lmp::OkStatus();
  if (given->size < sizeof(size_t)) return lmp::InvalidArgument("`size` of the options is not set");
  const auto* bytes = reinterpret_cast<const unsigned char*>(given);
  for (size_t i = sizeof(T); i < given->size; ++i) {
    if (bytes[i] != 0)
      return lmp::Unsupported("the options have a field that this version has not");
  }
  std::memcpy(out, given, std::min(given->size, sizeof(T)));
  return lmp::OkStatus();
}

// As much of `found` as the caller's struct has.
template <typename T>
Status WriteStruct(T found, T* out) {
  if (out == nullptr) return Missing("the struct to fill");
  if (out->size < sizeof(size_t)) return lmp::InvalidArgument("`size` of the struct is not set");
  found.size = out->size;
  std::memcpy(out, &found, std::min(out->size, sizeof(T)));
  return lmp::OkStatus();
}

std::string FunctionsJson(const lmp::Program& program) {
  Json out = Json::array();
  for (const lmp::FunctionSummary& function : program.functions()) {
    Json parameters = Json::array();
    for (const lmp::ParameterSummary& p : function.parameters) {
      Json parameter = {{"name", p.name}, {"type", p.type}};
      if (p.default_json) {
        lmp::Result<Json> value = lmp::ParseJson(*p.default_json);
        if (value.ok()) parameter["default"] = std::move(value).value();
      }
      if (!p.description.empty()) parameter["description"] = p.description;
      parameters.push_back(std::move(parameter));
    }
    out.push_back({{"name", function.name},
                   {"parameters", std::move(parameters)},
                   {"result", function.result}});
  }
  return lmp::DumpJson(out);
}

std::string ModelJson(const lmp::ModelSummary& m) {
  return lmp::DumpJson(Json{{"path", m.path},
                            {"name", m.name},
                            {"architecture", m.architecture},
                            {"weight_format", m.weight_format},
                            {"kernels", m.kernels},
                            {"kv_type", m.kv_type},
                            {"chat_notice", m.chat_notice},
                            {"layers", m.layers},
                            {"width", m.width},
                            {"heads", m.heads},
                            {"kv_heads", m.kv_heads},
                            {"head_dim", m.head_dim},
                            {"vocabulary", m.vocabulary},
                            {"context_max", m.context_max},
                            {"weight_bytes", m.weight_bytes},
                            {"kv_bytes", m.kv_bytes},
                            {"threads", m.threads}});
}

using Variables = std::map<std::string, std::string>;
// Errors: InvalidArgument, naming the text.
lmp::Result<Variables> EnvironmentOf(const char* const* texts) {
  Variables out;
  for (size_t i = 0; texts[i] != nullptr; ++i) {
    const std::string_view text = texts[i];
    const size_t sign = text.find('=');
    if (sign == 0 || sign == text.npos)
      return lmp::InvalidArgument("`environment`: expected \"NAME=value\" at " + std::to_string(i));
    out.insert_or_assign(std::string(text.substr(0, sign)), std::string(text.substr(sign + 1)));
  }
  return out;
}

// Errors: InvalidArgument. Without the engines that functions name.
lmp::Result<lmp::EngineConfig> ConfigOf(const lmp_engine_options& o) {
  lmp::EngineConfig config;
  config.model = TextOr(o.model, "");
  config.kv_type = TextOr(o.kv_type, "bf16");
  config.kernels = TextOr(o.kernels, "auto");
  config.threads = o.threads;
  config.kv_bytes = o.kv_bytes;
  if (o.step_tokens_max != 0) config.step_tokens_max = o.step_tokens_max;
  if (o.sequences_max != 0) config.sequences_max = o.sequences_max;
  config.prefix_cache = o.no_prefix_cache == 0;
  config.same_step_sharing = o.no_same_step_sharing == 0;
  config.chunk_store = TextOr(o.chunk_store, "");
  config.chunk_store_bytes = o.chunk_store_bytes;
  if (o.chunk_memory_bytes != 0) config.chunk_memory_bytes = o.chunk_memory_bytes;
  if (o.no_chunk_memory != 0) config.chunk_memory_bytes = 0;
  if (o.on_log != nullptr) {
    config.on_log = [call = o.on_log, user = o.user](std::string_view text) {
      call(user, text.data(), text.size());
    };
  }
  config.http_tools = o.no_http_tools == 0;
  if (o.environment != nullptr) {
    LMP_TRY(Variables variables, EnvironmentOf(o.environment));
    config.environment =
        [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      if (found == variables.end()) return std::nullopt;
      return found->second;
    };
  }
  for (size_t i = 0; o.servers != nullptr && o.servers[i] != nullptr; ++i)
    config.servers.emplace_back(o.servers[i]);
  config.server_kind = TextOr(o.server_kind, "");
  config.server_model = TextOr(o.server_model, "");
  config.server_key = TextOr(o.server_key, "");
  if (o.server_seconds != 0) config.server_seconds = o.server_seconds;
  config.server_priority = o.server_priority;
  config.name = TextOr(o.name, "");
  return config;
}

// Errors: InvalidArgument, Unsupported (a field that this version has not).
lmp::Result<std::vector<lmp::EngineConfig>> NamedConfigsOf(const lmp_engine_options& o) {
  std::vector<lmp::EngineConfig> configs;
  for (size_t i = 0; o.engines != nullptr && o.engines[i] != nullptr; ++i) {
    const std::string where = "`engines` at " + std::to_string(i);
    lmp_engine_options known;
    if (Status read = ReadStruct(o.engines[i], &known); !read.ok()) return read.WithPrefix(where);
    if (known.engines != nullptr)
      return lmp::InvalidArgument(where + ": an engine of functions has no engines of its own");
    lmp::Result<lmp::EngineConfig> config = ConfigOf(known);
    if (!config.ok()) return config.status().WithPrefix(where);
    configs.push_back(std::move(config).value());
  }
  return configs;
}

using PieceCall = void (*)(void* user, const lmp_text_piece* piece);

std::function<void(const lmp::TextPiece&)> PiecesTo(PieceCall call, void* user) {
  if (call == nullptr) return nullptr;
  return [call, user](const lmp::TextPiece& piece) {
    const std::string text(piece.text), name(piece.name), function(piece.function),
        site(piece.site);
    const lmp_text_piece shown = {sizeof(lmp_text_piece), text.c_str(), text.size(), name.c_str(),
                                  function.c_str(),       site.c_str(), piece.last};
    call(user, &shown);
  };
}

// Errors: InvalidArgument.
lmp::Result<lmp::Arguments> ArgumentsOf(const char* json, const lmp_run_options& o) {
  if (o.context_count > 0 && o.contexts == nullptr) return Missing("`contexts`");
  std::vector<lmp::Context> contexts;
  for (size_t i = 0; i < o.context_count; ++i) {
    if (o.contexts[i] == nullptr) return Missing("context " + std::to_string(i));
    contexts.push_back(o.contexts[i]->context);
  }
  return lmp::Arguments(TextOr(json, "{}"), std::move(contexts));
}

lmp::RunOptions OptionsOf(const lmp_run_options& o) {
  lmp::RunOptions options;
  if (o.has_seed != 0) options.seed = o.seed;
  options.tenant = TextOr(o.tenant, "");
  options.owner = o.owner;
  options.explain = o.explain != 0;
  options.record = o.record != 0;
  options.trace = o.trace != 0;
  if (o.on_text != nullptr) {
    options.on_text = [call = o.on_text, user = o.user](std::string_view text) {
      call(user, text.data(), text.size());
    };
  }
  options.on_piece = PiecesTo(o.on_piece, o.user);
  options.on_generated = PiecesTo(o.on_generated, o.user);
  if (o.on_listen != nullptr) {
    options.on_listen = [call = o.on_listen, user = o.user](const lmp::Listening& listening) {
      call(user, new lmp_listening{listening});
    };
  }
  if (o.on_done != nullptr) options.on_done = [call = o.on_done, user = o.user] { call(user); };
  return options;
}

// The report of a run that somebody has waited for.
const char* Of(const lmp_run* run, std::string lmp::RunReport::*field) {
  const lmp::RunReport* report = run != nullptr ? run->report.load() : nullptr;
  return report != nullptr ? (report->*field).c_str() : "";
}

}  // namespace

const char* lmp_version() { return lmp::kVersion.data(); }

const char* lmp_status_name(lmp_status status) {
  static constexpr const char* kNames[] = {"ok",
                                           "cancelled",
                                           "invalid_argument",
                                           "not_found",
                                           "resource_exhausted",
                                           "deadline_exceeded",
                                           "unavailable",
                                           "corruption",
                                           "unsupported",
                                           "internal",
                                           "failed"};
  const auto index = static_cast<size_t>(status);
  return index < std::size(kNames) ? kNames[index] : "unknown";
}

void lmp_free(char* text) { std::free(text); }

// --- Programs ---

lmp_status lmp_compile(const char* name, const char* text, size_t length, lmp_program** program,
                       char** error) {
  return Guarded(error, [&]() -> Status {
    if (program == nullptr) return Missing("`program`");
    *program = nullptr;
    if (text == nullptr) return Missing("`text`");
    lmp::CompileOutcome compiled =
        lmp::Compile(TextOr(name, "program.lmp"), std::string(text, length));
    if (!compiled.status.ok()) return compiled.status;
    std::string findings;
    for (const lmp::Diagnostic& d : compiled.diagnostics)
      findings += lmp::RenderDiagnostic(d, compiled.sources);
    if (compiled.program == nullptr) return lmp::InvalidArgument(std::move(findings));
    std::string functions = FunctionsJson(*compiled.program);
    *program =
        new lmp_program{std::move(compiled.program), std::move(findings), std::move(functions)};
    return lmp::OkStatus();
  });
}

const char* lmp_program_lints(const lmp_program* program) {
  return program != nullptr ? program->lints.c_str() : "";
}
const char* lmp_program_functions_json(const lmp_program* program) {
  return program != nullptr ? program->functions.c_str() : "[]";
}
void lmp_program_free(lmp_program* program) { delete program; }

// --- Engines ---

lmp_status lmp_engine_load(const lmp_engine_options* options, lmp_engine** engine, char** error) {
  return Guarded(error, [&]() -> Status {
    if (engine == nullptr) return Missing("`engine`");
    *engine = nullptr;
    lmp_engine_options known;
    if (Status read = ReadStruct(options, &known); !read.ok()) return read;
    if (known.model == nullptr) return Missing("`model`");
    LMP_TRY(lmp::EngineConfig config, ConfigOf(known));
    LMP_TRY(config.engines, NamedConfigsOf(known));
    LMP_TRY(std::unique_ptr<lmp::Engine> loaded, lmp::Engine::Load(config));
    std::string model = ModelJson(loaded->model());
    *engine = new lmp_engine{std::move(loaded), std::move(model)};
    return lmp::OkStatus();
  });
}

const char* lmp_engine_model_json(const lmp_engine* engine) {
  return engine != nullptr ? engine->model.c_str() : "{}";
}

lmp_status lmp_engine_read_counters(lmp_engine* engine, lmp_engine_counters* counters,
                                    char** error) {
  return Guarded(error, [&]() -> Status {
    if (engine == nullptr) return Missing("`engine`");
    LMP_TRY(const lmp::EngineCounters c, engine->engine->Counters());
    lmp_engine_counters found = {};
    found.steps = c.steps;
    found.rows = c.rows;
    found.prompt_tokens = c.prompt_tokens;
    found.cached_tokens = c.cached_tokens;
    found.generated_tokens = c.generated_tokens;
    found.forced_tokens = c.forced_tokens;
    found.preemptions = c.preemptions;
    found.pages_total = c.pages_total;
    found.pages_free = c.pages_free;
    found.pages_evicted = c.pages_evicted;
    found.passages_waiting = c.passages_waiting;
    return WriteStruct(found, counters);
  });
}

void lmp_engine_clear_cache(lmp_engine* engine) {
  if (engine == nullptr) return;
  Guarded(nullptr, [&] {
    engine->engine->ClearCache();
    return lmp::OkStatus();
  });
}

struct lmp_tool_call {
  std::string name, arguments;
  std::function<bool()> cancelled;
  lmp::Result<std::string> answer = lmp::Unavailable("it gave no answer");
};

const char* lmp_tool_call_name(const lmp_tool_call* call) {
  return call == nullptr ? "" : call->name.c_str();
}
const char* lmp_tool_call_arguments_json(const lmp_tool_call* call) {
  return call == nullptr ? "" : call->arguments.c_str();
}
int32_t lmp_tool_call_cancelled(const lmp_tool_call* call) {
  return call != nullptr && call->cancelled() ? 1 : 0;
}
void lmp_tool_call_reply(lmp_tool_call* call, const char* json, size_t length) {
  if (call != nullptr && json != nullptr) call->answer = std::string(json, length);
}
void lmp_tool_call_fail(lmp_tool_call* call, const char* message) {
  if (call != nullptr) call->answer = lmp::Unavailable(message == nullptr ? "" : message);
}

lmp_status lmp_engine_set_tool(lmp_engine* engine, const char* name,
                               void (*function)(void* user, lmp_tool_call* call), void* user,
                               char** error) {
  return Guarded(error, [&]() -> lmp::Status {
    if (engine == nullptr || name == nullptr) return lmp::InvalidArgument("no engine, or no name");
    if (function == nullptr) {
      engine->engine->SetTool(name, nullptr);
      return lmp::OkStatus();
    }
    engine->engine->SetTool(name, [function, user](const lmp::ToolCall& asked) {
      lmp_tool_call call;
      call.name = asked.name;
      call.arguments = asked.arguments_json;
      call.cancelled = asked.cancelled;
      function(user, &call);
      return call.answer;
    });
    return lmp::OkStatus();
  });
}

void lmp_engine_free(lmp_engine* engine) { delete engine; }

// --- Runs ---

void lmp_listening_answer(lmp_listening* listening, const char* line, size_t length) {
  const std::unique_ptr<lmp_listening> owned(listening);
  if (owned == nullptr) return;
  Guarded(nullptr, [&] {
    owned->listening.Answer(line != nullptr ? std::string(line, length) : std::string());
    return lmp::OkStatus();
  });
}
void lmp_listening_end(lmp_listening* listening, const char* why) {
  const std::unique_ptr<lmp_listening> owned(listening);
  if (owned == nullptr) return;
  Guarded(nullptr, [&] {
    owned->listening.End(TextOr(why, "the input has ended"));
    return lmp::OkStatus();
  });
}
int32_t lmp_listening_cancelled(const lmp_listening* listening) {
  return listening != nullptr && listening->listening.cancelled() ? 1 : 0;
}

lmp_status lmp_run_start(lmp_engine* engine, const lmp_program* program, const char* function,
                         const char* arguments_json, const lmp_run_options* options, lmp_run** run,
                         char** error) {
  return Guarded(error, [&]() -> Status {
    if (run == nullptr) return Missing("`run`");
    *run = nullptr;
    if (engine == nullptr) return Missing("`engine`");
    if (program == nullptr) return Missing("`program`");
    lmp_run_options known;
    if (Status read = ReadStruct(options, &known); !read.ok()) return read;
    auto made = std::make_unique<lmp_run>();
    LMP_TRY(const lmp::Arguments arguments, ArgumentsOf(arguments_json, known));
    LMP_TRY(made->run, engine->engine->Start(program->program, TextOr(function, "main"), arguments,
                                             OptionsOf(known)));
    *run = made.release();
    return lmp::OkStatus();
  });
}

lmp_status lmp_run_replay(lmp_engine* engine, const lmp_program* program, const char* record,
                          const lmp_run_options* options, lmp_run** run, char** error) {
  return Guarded(error, [&]() -> Status {
    if (run == nullptr) return Missing("`run`");
    *run = nullptr;
    if (engine == nullptr) return Missing("`engine`");
    if (program == nullptr) return Missing("`program`");
    if (record == nullptr) return Missing("`record`");
    lmp_run_options known;
    if (Status read = ReadStruct(options, &known); !read.ok()) return read;
    LMP_TRY(const lmp::RecordedRun recorded, lmp::ReadRecord(record));
    lmp::RunOptions repeated = OptionsOf(known);
    repeated.seed = recorded.seed;
    repeated.replay = record;
    auto made = std::make_unique<lmp_run>();
    LMP_TRY(made->run, engine->engine->Start(program->program, recorded.function,
                                             recorded.arguments_json, std::move(repeated)));
    *run = made.release();
    return lmp::OkStatus();
  });
}

lmp_status lmp_run_wait(lmp_run* run) {
  if (run == nullptr) return LMP_INVALID_ARGUMENT;
  bool ok = false;
  const lmp_status status = Guarded(nullptr, [&] {
    const lmp::RunReport& report = run->run->Wait();
    std::call_once(run->ended, [&] {
      const lmp::RunFailure& f = report.failure;
      if (!report.ok)
        run->error = (f.place.empty() ? "" : f.place + ": ") + f.kind + ": " + f.message;
      run->report = &report;
    });
    ok = report.ok;
    return lmp::OkStatus();
  });
  return status != LMP_OK || ok ? status : LMP_FAILED;
}

int32_t lmp_run_done(lmp_run* run) { return run == nullptr || run->run->done() ? 1 : 0; }

void lmp_run_cancel(lmp_run* run) {
  if (run == nullptr) return;
  Guarded(nullptr, [&] {
    run->run->Cancel();
    return lmp::OkStatus();
  });
}

const char* lmp_run_value_json(const lmp_run* run) { return Of(run, &lmp::RunReport::value_json); }
const char* lmp_run_value_text(const lmp_run* run) { return Of(run, &lmp::RunReport::value_text); }
const char* lmp_run_explain(const lmp_run* run) { return Of(run, &lmp::RunReport::explain); }
const char* lmp_run_record(const lmp_run* run) { return Of(run, &lmp::RunReport::record); }
const char* lmp_run_trace(const lmp_run* run) { return Of(run, &lmp::RunReport::trace); }
const char* lmp_run_failure_kind(const lmp_run* run) {
  const lmp::RunReport* report = run != nullptr ? run->report.load() : nullptr;
  return report != nullptr ? report->failure.kind.c_str() : "";
}
const char* lmp_run_error(const lmp_run* run) {
  return run != nullptr && run->report.load() != nullptr ? run->error.c_str() : "";
}

lmp_status lmp_run_read_stats(const lmp_run* run, lmp_run_stats* stats) {
  return Guarded(nullptr, [&]() -> Status {
    const lmp::RunReport* report = run != nullptr ? run->report.load() : nullptr;
    if (report == nullptr) return lmp::InvalidArgument("nobody has waited for the run");
    const lmp::RunStats& s = report->stats;
    lmp_run_stats found = {};
    found.calls = s.calls;
    found.prompt_tokens = s.prompt_tokens;
    found.cached_tokens = s.cached_tokens;
    found.computed_tokens = s.computed_tokens;
    found.generated_tokens = s.generated_tokens;
    found.forced_tokens = s.forced_tokens;
    found.preemptions = s.preemptions;
    found.seconds = s.seconds;
    found.reused_tokens = s.reused_tokens;
    found.recomputed_tokens = s.recomputed_tokens;
    found.approximate_tokens = s.approximate_tokens;
    found.approximate_calls = s.approximate_calls;
    found.auto_reused = s.auto_reused;
    found.auto_computed = s.auto_computed;
    found.reordered = s.reordered;
    found.tool_calls = s.tool_calls;
    found.tool_hits = s.tool_hits;
    return WriteStruct(found, stats);
  });
}

void lmp_run_free(lmp_run* run) { delete run; }

size_t lmp_run_context_count(const lmp_run* run) {
  const lmp::RunReport* report = run != nullptr ? run->report.load() : nullptr;
  return report != nullptr ? report->contexts.size() : 0;
}

lmp_context* lmp_run_context(const lmp_run* run, size_t index) {
  if (index >= lmp_run_context_count(run)) return nullptr;
  return new (std::nothrow) lmp_context{run->report.load()->contexts[index]};
}

int64_t lmp_context_tokens(const lmp_context* context) {
  return context != nullptr ? context->context.tokens() : 0;
}

void lmp_context_free(lmp_context* context) { delete context; }

// --- Answers ---

lmp_status lmp_answer(lmp_engine* engine, const lmp_answer_query* query, char** reply_json,
                      char** error) {
  return Guarded(error, [&]() -> Status {
    if (reply_json == nullptr) return Missing("`reply_json`");
    *reply_json = nullptr;
    if (engine == nullptr) return Missing("`engine`");
    lmp_answer_query known;
    if (Status read = ReadStruct(query, &known); !read.ok()) return read;
    if (known.question == nullptr) return Missing("`question`");
    const bool given = known.ids != nullptr && known.texts != nullptr;
    if (known.passage_count > 0 && !given) return Missing("`ids` or `texts`");
    lmp::AnswerQuery asked;
    asked.question = known.question;
    asked.reuse = TextOr(known.reuse, "auto");
    asked.tenant = TextOr(known.tenant, "");
    for (size_t i = 0; i < known.passage_count; ++i) {
      if (known.ids[i] == nullptr || known.texts[i] == nullptr)
        return Missing("passage " + std::to_string(i));
      asked.passages.push_back({known.ids[i], known.texts[i],
                                known.documents != nullptr ? TextOr(known.documents[i], "") : ""});
    }
    LMP_TRY(const lmp::AnswerReply reply, lmp::Answer(engine->engine.get(), asked));
    *reply_json = Copy(lmp::DumpJson(Json{{"text", reply.text},
                                          {"citations", reply.citations},
                                          {"exact", reply.exact},
                                          {"prompt_tokens", reply.prompt_tokens},
                                          {"computed_tokens", reply.computed_tokens},
                                          {"reused_tokens", reply.reused_tokens}}));
    return lmp::OkStatus();
  });
}

// --- Corpora ---

lmp_status lmp_corpus_open(const char* path, int32_t create, lmp_corpus** corpus, char** error) {
  return Guarded(error, [&]() -> Status {
    if (corpus == nullptr) return Missing("`corpus`");
    *corpus = nullptr;
    if (path == nullptr) return Missing("`path`");
    lmp::CorpusConfig config;
    config.path = path;
    config.create = create != 0;
    auto made = std::make_unique<lmp_corpus>();
    LMP_TRY(made->corpus, lmp::Corpus::Open(config));
    *corpus = made.release();
    return lmp::OkStatus();
  });
}

lmp_status lmp_corpus_update(lmp_corpus* corpus, const char* const* sources, size_t source_count,
                             char** report_json, char** error) {
  return Guarded(error, [&]() -> Status {
    if (corpus == nullptr) return Missing("`corpus`");
    if (source_count > 0 && sources == nullptr) return Missing("`sources`");
    std::vector<std::string> names;
    for (size_t i = 0; i < source_count; ++i) {
      if (sources[i] == nullptr) return Missing("source " + std::to_string(i));
      names.emplace_back(sources[i]);
    }
    LMP_TRY(const lmp::CorpusUpdate u, corpus->corpus->Update(names));
    if (report_json == nullptr) return lmp::OkStatus();
    Json skipped = Json::array();
    for (const auto& one : u.skipped)
      skipped.push_back({{"name", one.name}, {"reason", one.reason}});
    *report_json = Copy(lmp::DumpJson(Json{{"added", u.added},
                                           {"changed", u.changed},
                                           {"unchanged", u.unchanged},
                                           {"removed", u.removed},
                                           {"chunks_added", u.chunks_added},
                                           {"chunks_removed", u.chunks_removed},
                                           {"skipped", std::move(skipped)},
                                           {"missing", u.missing}}));
    return lmp::OkStatus();
  });
}

lmp_status lmp_corpus_search(lmp_corpus* corpus, const char* text, const float* vector,
                             size_t dimension, size_t count, char** hits_json, char** error) {
  return Guarded(error, [&]() -> Status {
    if (hits_json == nullptr) return Missing("`hits_json`");
    *hits_json = nullptr;
    if (corpus == nullptr) return Missing("`corpus`");
    lmp::CorpusQuery query;
    query.text = TextOr(text, "");
    if (vector != nullptr) query.vector.assign(vector, vector + dimension);
    query.k = count;
    LMP_TRY(const std::vector<lmp::CorpusHit> found, corpus->corpus->Search(query));
    Json hits = Json::array();
    for (const lmp::CorpusHit& hit : found) {
      hits.push_back({{"id", hit.id},
                      {"document", hit.document},
                      {"heading", hit.heading},
                      {"text", hit.text},
                      {"line", hit.line},
                      {"score", hit.score}});
    }
    *hits_json = Copy(lmp::DumpJson(hits));
    return lmp::OkStatus();
  });
}

void lmp_corpus_free(lmp_corpus* corpus) { delete corpus; }
