#include "runtime/server/run_reply.h"

#include "runtime/server/quoted.h"

namespace lmp::server {

namespace {

std::string_view ErrorType(int status) {
  if (status == 401) return "authentication_error";
  if (status == 429) return "rate_limit_error";
  if (status == 422) return "run_failure";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

// Names of files in the folder stay, where it lies on this machine is left out.
std::string WithoutFolder(std::string text, std::string_view folder) {
  if (folder.empty()) return text;
  const std::string prefix = std::string(folder) + "/";
  for (size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at))
    text.erase(at, prefix.size());
  return text;
}

Json ErrorJson(int status, std::string_view message, std::string_view param,
               std::string_view code) {
  return Json{{"error",
               {{"message", message},
                {"type", ErrorType(status)},
                {"param", OrNull(param)},
                {"code", OrNull(code)}}}};
}

}  // namespace

std::string_view PlaceInFile(std::string_view place) {
  return place.substr(place.rfind('/') + 1);  // npos + 1 is 0
}

Json OrNull(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

Reply ErrorReply(int status, std::string_view message, std::string_view param,
                 std::string_view code) {
  Reply reply{status, DumpJson(ErrorJson(status, message, param, code)), {}};
  if (status == 429 || status == 503) reply.headers.emplace_back("Retry-After", "1");
  if (status == 401) reply.headers.emplace_back("WWW-Authenticate", "Bearer");
  return reply;
}

Reply ErrorReply(const Status& status, std::string_view param) {
  switch (status.code()) {
    case StatusCode::kInvalidArgument:
    case StatusCode::kUnsupported:
      return ErrorReply(400, status.message(), param);
    case StatusCode::kNotFound:
      return ErrorReply(404, status.message(), param);
    case StatusCode::kResourceExhausted:
      return ErrorReply(429, status.message(), param, "too_many_runs");
    case StatusCode::kUnavailable:
      return ErrorReply(503, status.message(), param);
    default:
      return ErrorReply(500, status.message(), param);
  }
}

Reply StartErrorReply(const Status& status) {
  // "argument `notes[0].stars`: expected ..." has its place in the value.
  const std::string& text = status.message();
  std::string param;
  for (const std::string_view before : {"argument `", "there is no parameter `"}) {
    const size_t found = text.find(before);
    if (found == std::string::npos) continue;
    const size_t begin = found + before.size();
    param = "arguments." + text.substr(begin, text.find('`', begin) - begin);
    break;
  }
  return ErrorReply(status, param);
}

Json UsageJson(const RunStats& s) {
  return {{"prompt_tokens", s.prompt_tokens},
          {"completion_tokens", s.generated_tokens},
          {"total_tokens", s.prompt_tokens + s.generated_tokens},
          {"prompt_tokens_details", {{"cached_tokens", s.cached_tokens}}},
          {"calls", s.calls},
          {"computed_tokens", s.computed_tokens},
          {"forced_tokens", s.forced_tokens},
          {"reused_tokens", s.reused_tokens},
          {"approximate_tokens", s.approximate_tokens},
          {"seconds", s.seconds}};
}

int StatusOf(const RunFailure& failure) {
  if (failure.kind == "internal") return 500;
  if (failure.kind == "cancelled" || failure.kind == kShuttingDown) return 503;
  if (failure.kind == "remote") return 502;  // a server behind this one
  return failure.kind == "overflow" ? 400 : 422;
}

std::string_view CodeOf(const RunFailure& failure) {
  return failure.kind == "overflow" ? "context_length_exceeded" : std::string_view(failure.kind);
}

Json FailureJson(const RunReport& report, std::string_view folder) {
  const RunFailure& failure = report.failure;
  const std::string message = WithoutFolder(failure.message, folder);
  Json json = ErrorJson(StatusOf(failure), message, "", CodeOf(failure));
  json["error"]["place"] = OrNull(PlaceInFile(failure.place));
  json["usage"] = UsageJson(report.stats);
  return json;
}

std::string Event(std::string_view name, const Json& data) {
  return "event: " + std::string(name) + "\ndata: " + DumpJson(data) + "\n\n";
}

std::string PieceEvent(const TextPiece& piece, bool emitted) {
  std::string event = emitted ? "event: text\ndata: " : "event: generated\ndata: ";
  event += R"({"text":)" + Quoted(piece.text) + R"(,"name":)" + Quoted(piece.name) +
           R"(,"function":)" + Quoted(piece.function) + R"(,"site":)" + Quoted(piece.site);
  event += piece.last ? ",\"last\":true}\n\n" : "}\n\n";
  return event;
}

Json FunctionJson(const FunctionSummary& function) {
  Json parameters = Json::array();
  for (const ParameterSummary& p : function.parameters) {
    Json parameter = {{"name", p.name}, {"type", p.type}};
    if (!p.description.empty()) parameter["description"] = p.description;
    if (p.default_json) parameter["default"] = Json::parse(*p.default_json, nullptr, false);
    parameters.push_back(std::move(parameter));
  }
  return {
      {"name", function.name}, {"parameters", std::move(parameters)}, {"result", function.result}};
}

}  // namespace lmp::server
