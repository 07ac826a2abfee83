#include "runtime/server/service.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>

#include "runtime/base/json.h"
#include "runtime/base/limits.h"
#include "runtime/server/members.h"
#include "runtime/server/openapi.h"
#include "runtime/server/playground.h"
#include "runtime/server/run_reply.h"

namespace lmp::server {

namespace {

constexpr size_t kNameShownMax = 60;  // of a name that is not there
// A call of a program that is longer is read at the desk: that would hold up all sockets.
constexpr size_t kReadAtOnceBytesMax = 64u << 10;
constexpr std::string_view kMetrics = "/metrics";
constexpr std::string_view kOpenApi = "/openapi.json";
constexpr std::string_view kPrograms = "/v1/programs";
constexpr std::string_view kModels = "/v1/models";
constexpr std::string_view kChat = "/v1/chat/completions";
constexpr std::string_view kCompletions = "/v1/completions";
constexpr std::string_view kAnswer = "/v1/answer";
constexpr std::string_view kPlayground = "/v1/playground";
constexpr std::string_view kCheck = "/v1/playground/check";
constexpr std::string_view kPlay = "/v1/playground/run";
constexpr std::string_view kState = "/v1/playground/state";
constexpr std::string_view kCache = "/v1/playground/cache";

// A call of a served function.
struct ProgramCall {
  const ServedProgram* program = nullptr;
  std::string function = "main";
  std::string arguments_json = "{}";
  std::optional<uint64_t> seed;
  std::string tenant;
  uint64_t owner = 0;
  bool stream = false;
  bool generations = false;
  bool trace = false;
};

// Takes as long for any key of that length.
bool SameKey(std::string_view a, std::string_view b) {
  unsigned char difference = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i] ^ b[i % std::max<size_t>(1, b.size())]);
  return difference == 0;
}

// The key of "Bearer KEY", empty of anything else. Schemes have no case (RFC 9110, 11.1).
std::string_view BearerOf(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == b; };
  const std::string_view scheme = authorization.substr(0, kScheme.size());
  if (!std::equal(scheme.begin(), scheme.end(), kScheme.begin(), kScheme.end(), same)) return "";
  const size_t key = authorization.find_first_not_of(' ', kScheme.size());
  return key == std::string_view::npos ? "" : authorization.substr(key);
}

std::string_view PathOf(const Request& request) {
  return std::string_view(request.target).substr(0, request.target.find('?'));
}

bool IsOfPlayground(std::string_view path) {
  return IsPageFile(path) || (path.starts_with(kPlayground) && (path.size() == kPlayground.size() ||
                                                                path[kPlayground.size()] == '/'));
}

// "127.0.0.1:8080", "[::1]:8080", "localhost" name this machine, whoever resolves them.
bool NamesThisMachine(std::string_view host) {
  const size_t colon = host.find(':', host.starts_with("[") ? host.find(']') : 0);
  const std::string_view name = host.substr(0, colon);
  const bool address =
      name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string_view::npos;
  return address || name == "localhost" || name == "[::1]";
}

// Hosts elsewhere cannot hold contexts.
bool HasContext(std::string_view type) {
  for (size_t at = type.find("context"); at != std::string_view::npos;
       at = type.find("context", at + 1)) {
    const auto name = [&](size_t i) {
      return i < type.size() &&
             (std::isalnum(static_cast<unsigned char>(type[i])) || type[i] == '_');
    };
    if ((at == 0 || !name(at - 1)) && !name(at + 7)) return true;
  }
  return false;
}

Json ProgramJson(const ServedProgram& served) {
  Json functions = Json::array();
  for (const FunctionSummary& f : served.program->functions()) {
    if (Service::Callable(f)) functions.push_back(FunctionJson(f));
  }
  return {{"id", served.name}, {"object", "lmp.program"}, {"functions", std::move(functions)}};
}

Json ResultJson(const ProgramCall& call, const RunReport& report) {
  Json value = Json::parse(report.value_json, nullptr, false);
  if (value.is_discarded()) value = nullptr;  // of a function without a result
  return {{"object", "lmp.run"},
          {"program", call.program->name},
          {"function", call.function},
          {"value", std::move(value)},
          {"usage", UsageJson(report.stats)}};
}

// With its time line, if the call asks for one.
Json Traced(Json json, const RunReport& report) {
  if (!report.trace.empty()) json["trace"] = Json::parse(report.trace, nullptr, false);
  return json;
}

// `given.program` outlives the run.
RunAsk AskOf(ProgramCall given) {
  const auto call = std::make_shared<const ProgramCall>(std::move(given));
  RunAsk ask;
  ask.stream = call->stream;
  ask.owner = call->owner;
  ask.generations = call->generations;
  ask.start = [call](Engine* engine, RunOptions options) {
    options.seed = call->seed;
    options.tenant = call->tenant;
    options.trace = call->trace;
    return engine->Start(call->program->program, call->function, call->arguments_json,
                         std::move(options));
  };
  ask.event = PieceEvent;
  ask.finished = [call](const RunReport& report, std::string_view emitted) -> Reply {
    if (!report.ok) {
      const Json failed = FailureJson(report, call->program->folder);
      return {StatusOf(report.failure), DumpJson(Traced(failed, report))};
    }
    Json json = Traced(ResultJson(*call, report), report);
    json["text"] = emitted;
    return {200, DumpJson(json)};
  };
  ask.last_event = [call](const RunReport& report) {
    return report.ok ? Event("done", Traced(ResultJson(*call, report), report))
                     : Event("error", Traced(FailureJson(report, call->program->folder), report));
  };
  return ask;
}

}  // namespace

bool Service::Callable(const FunctionSummary& function) {
  return !HasContext(function.result) &&
         std::none_of(function.parameters.begin(), function.parameters.end(),
                      [](const ParameterSummary& p) { return HasContext(p.type); });
}

std::string TenantOf(const Caller& caller, std::string_view salt) {
  if (caller.tenant == 0 && salt.empty()) return "";
  return caller.cache_name + "/" + std::string(salt);
}

Service::Service(const Engine* engine, std::vector<ServedProgram> programs,
                 const ServerOptions& options)
    : model_(engine->model()),
      programs_(std::move(programs)),
      api_keys_(options.api_keys),
      cors_origins_(options.cors_origins),
      playground_(options.playground),
      loopback_(IsLoopback(options.address)),
      started_(std::time(nullptr)),
      openapi_(OpenApiDocument(programs_, !api_keys_.keys.empty())) {}

std::string_view Service::MethodsOf(std::string_view path) const {
  if (playground_ && (path == kPlayground || path == kState || path == kCache || IsPageFile(path)))
    return "GET";
  if (playground_ && (path == kCheck || path == kPlay)) return "POST";
  if (path == "/health" || path == "/healthz" || path == "/readyz" || path == kMetrics ||
      path == kOpenApi || path == kPrograms || path == kModels ||
      path.starts_with(std::string(kModels) + "/"))
    return "GET";
  if (path == kChat || path == kCompletions || path == kAnswer) return "POST";
  return path.starts_with(std::string(kPrograms) + "/") ? "GET, POST" : "";
}

// A page from elsewhere could ask a server on this machine in its visitor's place, also under a
// name of its own that leads here.
bool Service::OwnPage(const Request& request) const {
  if (loopback_ && !NamesThisMachine(request.host)) return false;
  if (request.origin.empty()) return true;
  const size_t host = request.origin.find("://");
  return host != std::string::npos && request.origin.substr(host + 3) == request.host;
}

bool Service::AllowedOrigin(const Request& request) const {
  return std::any_of(cors_origins_.begin(), cors_origins_.end(), [&](const std::string& origin) {
    return origin == "*" || origin == request.origin;
  });
}

Status Service::CheckNames(const std::vector<ServedProgram>& programs) {
  std::set<std::string> seen;
  for (const ServedProgram& served : programs) {
    const auto plain = [](unsigned char c) {
      return std::isalnum(c) || c == '_' || c == '-' || c == '.';
    };
    if (served.name.empty() || !std::all_of(served.name.begin(), served.name.end(), plain)) {
      return InvalidArgument("the program name `" + served.name +
                             "` cannot be part of a path: expected letters, digits, _, - and .");
    }
    if (!seen.insert(served.name).second)
      return InvalidArgument("two programs have the name `" + served.name + "`");
  }
  return OkStatus();
}

std::optional<Caller> Service::FindCaller(const Request& request) const {
  if (api_keys_.keys.empty()) return Caller{};
  std::string_view given = request.api_key;
  if (given.empty()) given = BearerOf(request.authorization);
  std::optional<Caller> found;
  for (const ApiKey& key : api_keys_.keys) {
    if (SameKey(given, key.key))
      found = Caller{key.tenant + 1, api_keys_.tenants[key.tenant].cache_name,
                     key.is_operator || api_keys_.tenants.size() == 1};
  }
  return found;
}

std::string_view Service::RouteOf(const Request& request) const {
  const std::string_view path = PathOf(request);
  if (playground_ && IsOfPlayground(path)) return kPlayground;
  if (path.starts_with(std::string(kPrograms) + "/")) return "/v1/programs/NAME";
  if (path.starts_with(std::string(kModels) + "/")) return "/v1/models/ID";
  for (const std::string_view known :
       {kChat, kCompletions, kAnswer, kPrograms, kModels, kMetrics, kOpenApi,
        std::string_view("/health"), std::string_view("/healthz"), std::string_view("/readyz")}) {
    if (path == known) return known;
  }
  return "other";
}

std::vector<std::pair<std::string, std::string>> Service::CorsOf(const Request& request) const {
  if (cors_origins_.empty()) return {};
  std::vector<std::pair<std::string, std::string>> headers = {{"Vary", "Origin"}};
  if (request.origin.empty() || !AllowedOrigin(request)) return headers;
  headers.emplace_back("Access-Control-Allow-Origin", request.origin);
  if (request.method != "OPTIONS") return headers;
  headers.emplace_back("Access-Control-Allow-Methods", "GET, POST");
  // Clients send names of their own: whoever may ask may send them.
  constexpr size_t kNamesBytesMax = 1024;
  if (!request.wanted_headers.empty() && request.wanted_headers.size() <= kNamesBytesMax)
    headers.emplace_back("Access-Control-Allow-Headers", request.wanted_headers);
  headers.emplace_back("Access-Control-Max-Age", "600");
  return headers;
}

std::optional<Reply> Service::Refuse(const Request& request) const {
  const std::string_view path = PathOf(request);
  // Browsers ask first whether they may ask, without the key.
  const bool preflight = request.method == "OPTIONS" && !request.wanted_method.empty();
  if (!cors_origins_.empty() && preflight) return Reply{204, "", {}, ""};
  if (playground_ && IsOfPlayground(path) && !OwnPage(request))
    return ErrorReply(403, "the playground is for pages of this server, under its own address", "",
                      "wrong_origin");
  // Where no key is asked for, any page that a browser shows could post in its visitor's place, as
  // text that needs no preflight. Browsers name the page's origin then; other clients name none.
  if (api_keys_.keys.empty() && request.method == "POST" && !AllowedOrigin(request) &&
      ((!request.origin.empty() && !OwnPage(request)) || request.fetch_site == "cross-site")) {
    return ErrorReply(403,
                      "a page of another origin asks: expected one that --cors-origin allows, or "
                      "an API key",
                      "", "wrong_origin");
  }
  const bool open = path == "/health" || path == "/healthz" || path == "/readyz" ||
                    (playground_ && IsPageFile(path));
  if (!open && !FindCaller(request))
    return ErrorReply(401, "this server asks for a key: expected `Authorization: Bearer KEY`", "",
                      "invalid_api_key");
  const std::string_view methods = MethodsOf(path);
  if (methods.empty()) {
    return ErrorReply(404, "there is nothing at " + std::string(path) +
                               (IsOfPlayground(path) ? "; --playground serves the page"
                                                     : "; GET /v1/programs lists what is served"));
  }
  const bool known = request.method == "GET" || request.method == "POST";
  if (!known || methods.find(request.method) == std::string_view::npos) {
    Reply reply = ErrorReply(
        405, std::string(path) + " takes " + std::string(methods) + ", found " + request.method);
    const bool head = methods.starts_with("GET");  // is taken where GET is
    reply.headers.emplace_back("Allow", std::string(methods) + (head ? ", HEAD" : ""));
    return reply;
  }
  const std::string prefix = std::string(kPrograms) + "/";
  if (path.starts_with(prefix) && Find(path.substr(prefix.size())) == nullptr) {
    return ErrorReply(404,
                      "there is no program `" + std::string(path.substr(prefix.size())) +
                          "`; GET /v1/programs lists those that are served",
                      "", "program_not_found");
  }
  if (draining_ && (request.method == "POST" || path == "/readyz"))
    return ErrorReply(503, "the server is about to end: try another", "", kShuttingDown);
  return std::nullopt;
}

std::variant<Reply, RunAsk, DeskAsk> Service::Answer(const Request& request) const {
  const std::string_view path = PathOf(request);
  if (path == "/health" || path == "/healthz") return Reply{200, R"({"status":"ok"})", {}};
  if (path == "/readyz") return Reply{200, R"({"status":"ready"})", {}};
  using What = DeskAsk::What;
  if (path == kChat) return DeskAsk{What::kChat, CallerOf(request)};
  if (path == kCompletions) return DeskAsk{What::kCompletion, CallerOf(request)};
  if (path == kAnswer) return DeskAsk{What::kAnswer, CallerOf(request)};
  if (path == kCheck) return DeskAsk{What::kCheck, CallerOf(request)};
  if (path == kPlay) return DeskAsk{What::kPlay, CallerOf(request)};
  if (path == kState) return Totals({What::kState, CallerOf(request)});
  if (path == kCache) return DeskAsk{What::kCache, CallerOf(request)};
  if (path == kPlayground) return PlaygroundFacts(model_, programs_);
  if (IsPageFile(path)) return PageFile(path);
  if (path == kMetrics) return Totals({What::kMetrics, CallerOf(request)});
  if (path == kOpenApi) return Reply{200, openapi_, {}};
  if (path == kPrograms) return Programs();
  if (path.starts_with(kModels)) return Models(path.substr(kModels.size()));
  const ServedProgram& served = *Find(path.substr(kPrograms.size() + 1));
  if (request.method == "GET") return Reply{200, DumpJson(ProgramJson(served)), {}};
  if (request.body.size() > kReadAtOnceBytesMax)
    return DeskAsk{What::kCall, CallerOf(request), &served};
  auto call = ReadCall(served, request.body, CallerOf(request));
  if (auto* refused = std::get_if<Reply>(&call)) return std::move(*refused);
  return std::get<RunAsk>(std::move(call));
}

// They would tell one tenant what others ask, and what of that was cached.
std::variant<Reply, RunAsk, DeskAsk> Service::Totals(DeskAsk ask) const {
  if (ask.caller.is_operator) return ask;
  return ErrorReply(403,
                    "these counters are of several tenants: expected a key that the key file "
                    "marks `operator`",
                    "", "not_operator");
}

std::string Service::model_name() const {
  return std::filesystem::path(model_.path).stem().string();
}

std::string Service::fingerprint() const {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const std::string& part :
       {std::string(kVersion), model_.path, model_.weight_format, model_.kernels, model_.kv_type}) {
    for (const char c : part + "\n") hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  char text[24];
  std::snprintf(text, sizeof text, "fp_%010llx", static_cast<unsigned long long>(hash >> 24));
  return text;
}

const ServedProgram* Service::Find(std::string_view name) const {
  const auto found = std::find_if(programs_.begin(), programs_.end(),
                                  [&](const ServedProgram& p) { return p.name == name; });
  return found == programs_.end() ? nullptr : &*found;
}

Reply Service::Programs() const {
  Json data = Json::array();
  for (const ServedProgram& served : programs_) data.push_back(ProgramJson(served));
  return {200, DumpJson({{"object", "list"}, {"data", std::move(data)}}), {}};
}

Reply Service::Models(std::string_view id) const {
  const std::string name = model_name();
  Json model = {{"id", name},
                {"object", "model"},
                {"created", started_},
                {"owned_by", "lmp"},
                {"max_model_len", model_.context_max}};
  if (!model_.vocabulary_digest.empty()) model["vocabulary"] = model_.vocabulary_digest;
  if (id.empty()) return {200, DumpJson({{"object", "list"}, {"data", Json::array({model})}}), {}};
  if (id.substr(1) == name) return {200, DumpJson(model), {}};
  return ErrorReply(404,
                    "there is no model `" + std::string(id.substr(1)) + "`, only `" + name + "`",
                    "model", "model_not_found");
}

std::variant<Reply, RunAsk> Service::ReadCall(const ServedProgram& program, std::string_view body,
                                              const Caller& caller) {
  std::optional<Reply> error;
  const std::optional<Json> object = ReadObject(body.empty() ? "{}" : body, &error);
  if (!object) return *std::move(error);
  Members members(*object, "", &error);
  members.Only(
      {"arguments", "function", "stream", "generations", "trace", "seed", "cache_salt"},
      "arguments, function, stream, generations, trace, seed or cache_salt (a program's own are in "
      "`arguments`)");
  ProgramCall call;
  call.program = &program;
  if (const Json* arguments = members.Find("arguments")) {
    if (!arguments->is_object())
      members.Wrong("arguments", "an object with a member per parameter");
    call.arguments_json = DumpJson(*arguments);
  }
  call.function = members.Text("function", kLineBytesMax).value_or(call.function);
  call.seed = members.Seed("seed");
  call.stream = members.Bool("stream", false);
  call.generations = members.Bool("generations", false);
  call.trace = members.Bool("trace", false);
  const std::string salt = members.Text("cache_salt", kCacheSaltBytesMax).value_or("");
  if (error) return *std::move(error);
  const std::vector<FunctionSummary> functions = program.program->functions();
  const auto function =
      std::find_if(functions.begin(), functions.end(),
                   [&](const FunctionSummary& f) { return f.name == call.function; });
  if (function == functions.end()) {
    members.Fail("function", "the program `" + program.name + "` has no such function, found \"" +
                                 call.function.substr(0, kNameShownMax) + "\"; GET /v1/programs/" +
                                 program.name + " lists what it has");
  } else if (!Callable(*function)) {
    members.Fail("function", "it takes or gives a context, which stays inside of one process");
  }
  if (error) return *std::move(error);
  call.tenant = TenantOf(caller, salt);
  call.owner = caller.tenant;
  if (call.trace && !caller.is_operator) {
    return ErrorReply(
        403,
        "a trace tells how the program is made: expected a key that the key file marks "
        "`operator`",
        "trace", "not_operator");
  }
  return AskOf(std::move(call));
}

}  // namespace lmp::server
