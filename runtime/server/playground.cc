#include "runtime/server/playground.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "runtime/api/engine_view.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"
#include "runtime/server/members.h"
#include "runtime/server/run_reply.h"

namespace lmp::server {

namespace {

constexpr size_t kCacheNodesMax = 300;

struct PlayedRun {
  ProgramRef program;
  std::string folder;  // ServedProgram::folder
  std::string function = "main";
  std::string arguments_json = "{}";
  std::optional<uint64_t> seed;
  std::string tenant;
  uint64_t owner = 0;
  // Of a program that was sent: what its values may take, and its place among those that run.
  uint64_t value_bytes_max = 0;
  std::shared_ptr<const void> place = nullptr;
};

Json DiagnosticsJson(const CompileOutcome& compiled) {
  Json all = Json::array();
  for (const Diagnostic& d : compiled.diagnostics)
    all.push_back(Json::parse(DiagnosticToJson(d, compiled.sources), nullptr, false));
  return all;
}

// Why there is no program: `place` is where, if it is one mistake.
Reply WrongProgram(const CompileOutcome& compiled) {
  if (!compiled.status.ok() && compiled.status.code() != StatusCode::kUnsupported)
    return ErrorReply(compiled.status, "source");
  Reply reply = ErrorReply(400,
                           compiled.status.ok() ? "the program is wrong: `diagnostics` says where"
                                                : std::string(compiled.status.message()),
                           "source", compiled.status.ok() ? "wrong_program" : "program_not_taken");
  Json body = Json::parse(reply.body, nullptr, false);
  body["diagnostics"] = DiagnosticsJson(compiled);
  reply.body = DumpJson(body);
  return reply;
}

Json ModelCallsJson(const std::vector<ModelCall>& calls) {
  Json all = Json::array();
  for (const ModelCall& call : calls) {
    Json parts = Json::array();
    for (const ContextPart& part : call.parts) {
      parts.push_back({{"kind", part.kind},
                       {"state", part.state},
                       {"text", part.text},
                       {"tokens", part.tokens}});
    }
    all.push_back({{"kind", call.kind},
                   {"site", call.site},
                   {"place", OrNull(PlaceInFile(call.place))},
                   {"why", call.why},
                   {"start_s", call.start_s},
                   {"end_s", call.end_s},
                   {"prompt_tokens", call.prompt_tokens},
                   {"cached_tokens", call.cached_tokens},
                   {"computed_tokens", call.computed_tokens},
                   {"generated_tokens", call.generated_tokens},
                   {"forced_tokens", call.forced_tokens},
                   {"reused_tokens", call.reused_tokens},
                   {"exact", call.exact},
                   {"parts", std::move(parts)}});
  }
  return all;
}

std::string PlayedEvent(const RunReport& report, std::string_view folder) {
  if (!report.ok) {
    Json failed = FailureJson(report, folder);
    failed["calls"] = ModelCallsJson(report.calls);
    return Event("error", failed);
  }
  // This is written on the thread of the sockets.
  const std::string_view written = report.value_json;
  const bool cut = written.size() > kReportedValueBytesMax;
  Json value = cut ? Json() : Json::parse(written, nullptr, false);
  if (value.is_discarded()) value = nullptr;  // of a function without a result
  Json done = {{"object", "lmp.run"},
               {"value", std::move(value)},
               {"usage", UsageJson(report.stats)},
               {"calls", ModelCallsJson(report.calls)}};
  if (cut) {
    done["value_cut"] = {
        {"bytes", written.size()},
        {"json", written.substr(0, Utf8SafePrefix(written.substr(0, kReportedValueBytesMax)))}};
  }
  return Event("done", done);
}

Json CountersJson(const EngineCounters& c) {
  return {{"prompt_tokens", c.prompt_tokens},
          {"cached_tokens", c.cached_tokens},
          {"generated_tokens", c.generated_tokens},
          {"forced_tokens", c.forced_tokens},
          {"steps", c.steps},
          {"rows", c.rows},
          {"pages_total", c.pages_total},
          {"pages_free", c.pages_free},
          {"pages_evicted", c.pages_evicted},
          {"preemptions", c.preemptions},
          {"sequences_running", c.sequences_running},
          {"sequences_waiting", c.sequences_waiting}};
}

Json CacheTreeJson(const CacheTree& tree, bool with_others) {
  Json nodes = Json::array();
  for (const CacheTree::Node& node : tree.nodes) {
    nodes.push_back({{"parent", node.parent < 0 ? Json(nullptr) : Json(node.parent)},
                     {"tokens", node.tokens},
                     {"pages_below", node.pages_below},
                     {"hits", node.hits},
                     {"idle", node.idle},
                     {"leased", node.leased},
                     {"retained", node.retained}});
  }
  return {{"engine", tree.engine},
          {"nodes", std::move(nodes)},
          {"node_count", tree.node_count},
          {"pages", tree.page_count},
          {"pages_others", with_others ? Json(tree.pages_others) : Json()}};
}

RunAsk AskOfPlayed(PlayedRun given) {
  const auto run = std::make_shared<const PlayedRun>(std::move(given));
  RunAsk ask;
  ask.stream = ask.generations = true;
  ask.owner = run->owner;
  ask.start = [run](Engine* engine, RunOptions options) {
    options.seed = run->seed;
    options.tenant = run->tenant;
    options.calls = true;
    options.value_bytes_max = run->value_bytes_max;
    return engine->Start(run->program, run->function, run->arguments_json, std::move(options));
  };
  ask.event = PieceEvent;
  ask.last_event = [run](const RunReport& report) { return PlayedEvent(report, run->folder); };
  ask.finished = [](const RunReport&, std::string_view) {
    return ErrorReply(500, "a run of the page is a stream");
  };
  return ask;
}

}  // namespace

const CompileOutcome& Playground::Compiled(const std::string& source, const Caller& caller) {
  return compiled_.Get(caller.tenant, source, [&] { return CompileSent("program.lmp", source); });
}

std::shared_ptr<const void> Playground::TakePlace(const Caller& caller) {
  if (running_.use_count() > static_cast<long>(kSentRunsMax)) return nullptr;
  if (caller.tenant == 0) return running_;
  std::shared_ptr<const void>& of_tenant = running_of_[caller.tenant];
  if (of_tenant == nullptr) of_tenant = std::make_shared<char>();
  if (of_tenant.use_count() > static_cast<long>(kSentRunsOfTenantMax)) return nullptr;
  return std::make_shared<std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>>(
      running_, of_tenant);
}

Reply Playground::Check(std::string_view body, const Caller& caller) {
  std::optional<Reply> error;
  const std::optional<Json> object = ReadObject(body, &error);
  if (!object) return *std::move(error);
  Members members(*object, "", &error);
  members.Only({"source"}, "source");
  const std::string source = members.RequiredText("source", kSourceBytesMax);
  if (error) return *std::move(error);
  const CompileOutcome& compiled = Compiled(source, caller);
  Json functions = Json::array();
  if (compiled.program != nullptr) {
    for (const FunctionSummary& f : compiled.program->functions()) {
      if (Service::Callable(f)) functions.push_back(FunctionJson(f));
    }
  }
  return {200, DumpJson({{"object", "lmp.check"},
                         {"ok", compiled.program != nullptr},
                         {"message", OrNull(compiled.status.message())},
                         {"functions", std::move(functions)},
                         {"diagnostics", DiagnosticsJson(compiled)}})};
}

std::variant<Reply, RunAsk> Playground::Read(const std::vector<ServedProgram>& programs,
                                             std::string_view body, const Caller& caller) {
  std::optional<Reply> error;
  const std::optional<Json> object = ReadObject(body, &error);
  if (!object) return *std::move(error);
  Members members(*object, "", &error);
  members.Only({"source", "program", "function", "arguments", "seed", "cache_salt"},
               "source or program, function, arguments, seed or cache_salt");
  PlayedRun run;
  std::string source;
  if (members.Find("program") == nullptr) {
    source = members.RequiredText("source", kSourceBytesMax);
  } else if (members.Find("source") != nullptr) {
    members.Fail("source", "a run has a `program` or a `source`, found both");
  } else {
    const std::string name = members.Text("program", kSourceBytesMax).value_or("");
    const auto found = std::find_if(programs.begin(), programs.end(),
                                    [&](const ServedProgram& p) { return p.name == name; });
    if (found != programs.end()) {
      run.program = found->program;
      run.folder = found->folder;
    } else {
      members.Fail("program", "there is no program of that name");
    }
  }
  if (members.Find("function") != nullptr)
    run.function = members.Text("function", kSourceBytesMax).value_or("");
  if (const Json* arguments = members.Find("arguments")) {
    run.arguments_json = DumpJson(*arguments);
    if (!arguments->is_object())
      members.Wrong("arguments", "an object with a member per parameter");
  }
  run.seed = members.Seed("seed");
  run.tenant = TenantOf(caller, members.Text("cache_salt", kCacheSaltBytesMax).value_or(""));
  if (error) return *std::move(error);
  if (run.program == nullptr) {
    const CompileOutcome& compiled = Compiled(source, caller);
    if (compiled.program == nullptr) return WrongProgram(compiled);
    run.program = compiled.program;
    run.value_bytes_max = kSentRunBytesMax;
    run.place = TakePlace(caller);
    if (run.place == nullptr) {
      return ErrorReply(429,
                        std::to_string(kSentRunsMax) + " programs that were sent run already, or " +
                            std::to_string(kSentRunsOfTenantMax) + " of this tenant",
                        "", "too_many_runs");
    }
  }
  for (const FunctionSummary& f : run.program->functions()) {
    if (f.name == run.function && !Service::Callable(f))
      return ErrorReply(
          400, "function `" + f.name + "` takes or gives a context: call one that does not",
          "function");
  }
  run.owner = caller.tenant;
  return AskOfPlayed(std::move(run));
}

Reply Playground::State() {
  const Result<std::vector<NamedCounters>> counters = ReadCounters(engine_);
  if (!counters.ok()) return ErrorReply(counters.status());
  Json state = CountersJson(counters->front().counters);
  state["object"] = "lmp.state";
  state["engines"] = Json::array();  // that functions name
  for (size_t i = 1; i < counters->size(); ++i) {
    Json other = CountersJson((*counters)[i].counters);
    other["name"] = (*counters)[i].engine;
    state["engines"].push_back(std::move(other));
  }
  return {200, DumpJson(state)};
}

Reply Playground::Cache(const Caller& caller) {
  const auto trees = ReadCacheTrees(engine_, TenantOf(caller, ""), kCacheNodesMax);
  if (!trees.ok()) return ErrorReply(trees.status());
  Json all = Json::array();
  for (const CacheTree& tree : *trees) all.push_back(CacheTreeJson(tree, caller.is_operator));
  return {200, DumpJson({{"object", "lmp.cache"}, {"trees", std::move(all)}})};
}

Reply PlaygroundFacts(const ModelSummary& model, const std::vector<ServedProgram>& programs) {
  Json served = Json::array();
  for (const ServedProgram& one : programs) {
    Json functions = Json::array();
    for (const FunctionSummary& f : one.program->functions()) {
      if (Service::Callable(f)) functions.push_back(FunctionJson(f));
    }
    served.push_back(
        {{"id", one.name}, {"functions", std::move(functions)}, {"source", one.source}});
  }
  return {200, DumpJson({{"object", "lmp.playground"},
                         {"version", kVersion},
                         {"model",
                          {{"name", model.name},
                           {"architecture", model.architecture},
                           {"weights", model.weight_format},
                           {"kernels", model.kernels},
                           {"kv", model.kv_type},
                           {"context_max", model.context_max},
                           {"threads", model.threads}}},
                         {"page_tokens", 16},
                         {"programs", std::move(served)}})};
}

}  // namespace lmp::server
