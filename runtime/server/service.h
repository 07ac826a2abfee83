// Service: what a request asks for, and what is said to it; no sockets here.
//
// One thread, but for ReadCall and what a RunAsk calls: `event` is called on the engine's.
#pragma once

#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/server/server.h"

namespace lmp::server {

struct Request {
  std::string method, target;
  // The values of those headers, and of Sec-Fetch-Site.
  std::string authorization, api_key, origin, host, fetch_site;
  // Of a preflight: Access-Control-Request-Method and -Headers.
  std::string wanted_method, wanted_headers;
  std::string body;
};

struct Reply {
  int status = 200;
  std::string body;  // JSON
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string type = "application/json";  // empty: there is no body
};

// The code of what is refused or cut off as the server ends.
inline constexpr std::string_view kShuttingDown = "shutting_down";

// OpenAI's error object, with all four members. `param`, `code`: null if empty.
Reply ErrorReply(int status, std::string_view message, std::string_view param = "",
                 std::string_view code = "");
Reply ErrorReply(const Status& status, std::string_view param = "");
// Of a run of a program that did not start: `param` is the function or the argument.
Reply StartErrorReply(const Status& status);

// Who asks.
struct Caller {
  size_t tenant = 0;            // its number from 1; 0 where no key is asked for
  std::string cache_name = {};  // Tenant::cache_name; empty where no key is asked for
  bool is_operator = true;      // may see what is counted of all; also where there is one tenant
};

// Whose cache a request shares: that of its tenant and salt.
inline constexpr size_t kCacheSaltBytesMax = 256;
std::string TenantOf(const Caller& caller, std::string_view salt);

// What the desk reads and starts: it may take long.
struct DeskAsk {
  enum class What { kChat, kCompletion, kAnswer, kCall, kCheck, kPlay, kState, kCache, kMetrics };
  What what = What::kChat;
  Caller caller = {};
  const ServedProgram* program = nullptr;  // of kCall
};

// A run that a request asks for, and how it is told.
struct RunAsk {
  bool stream = false;
  bool generations = false;  // in a stream, also what is generated and not emitted
  // A stream that fails before anything was said has the status of that.
  bool waits_for_first = false;
  uint64_t owner = 0;  // RunOptions::owner: the tenant
  // `options` have callbacks and the owner only.
  std::function<Result<std::unique_ptr<Run>>(Engine* engine, RunOptions options)> start;
  // An event of the stream, with its blank line; empty: nothing is said of the piece.
  std::function<std::string(const TextPiece& piece, bool emitted)> event;
  // What comes of the run: its reply, or the last event of its stream.
  std::function<Reply(const RunReport& report, std::string_view emitted)> finished;
  std::function<std::string(const RunReport& report)> last_event;
};

class Service {
 public:
  Service(const Engine* engine, std::vector<ServedProgram> programs, const ServerOptions& options);
  // Hosts elsewhere cannot hold contexts: functions that take or give some are not served.
  static bool Callable(const FunctionSummary& function);
  static Status CheckNames(const std::vector<ServedProgram>& programs);

  // What can be said without the body: wrong keys, paths, methods. None: go on.
  std::optional<Reply> Refuse(const Request& request) const;
  // The path as docs/SERVER.md has it, "other" for those that are not there.
  std::string_view RouteOf(const Request& request) const;
  // What lets a web page of another origin read the answer; empty where it may not.
  std::vector<std::pair<std::string, std::string>> CorsOf(const Request& request) const;
  // Of a request that is not refused:
  Caller CallerOf(const Request& request) const { return *FindCaller(request); }
  std::variant<Reply, RunAsk, DeskAsk> Answer(const Request& request) const;
  // A call of a function of that program, which outlives it. Any thread.
  static std::variant<Reply, RunAsk> ReadCall(const ServedProgram& program, std::string_view body,
                                              const Caller& caller);

  const std::vector<ServedProgram>& programs() const { return programs_; }

  // What requests call the model, and a name for how it is run.
  std::string model_name() const;
  std::string fingerprint() const;

  // No new runs from now on.
  void Drain() { draining_ = true; }
  bool draining() const { return draining_; }

 private:
  // None: a key is asked for, and this is none of them.
  std::optional<Caller> FindCaller(const Request& request) const;
  const ServedProgram* Find(std::string_view name) const;
  // What is told of all tenants.
  std::variant<Reply, RunAsk, DeskAsk> Totals(DeskAsk ask) const;
  // What the path allows; empty: there is nothing.
  std::string_view MethodsOf(std::string_view path) const;
  // Whether the page that asks, if one does, is this server's.
  bool OwnPage(const Request& request) const;
  // Whether pages of its origin may ask and read: --cors-origin.
  bool AllowedOrigin(const Request& request) const;
  Reply Programs() const;
  Reply Models(std::string_view id) const;

  const ModelSummary model_;
  const std::vector<ServedProgram> programs_;
  const ApiKeys api_keys_;
  const std::vector<std::string> cors_origins_;
  const bool playground_, loopback_;
  const std::time_t started_;
  const std::string openapi_;
  bool draining_ = false;
};

}  // namespace lmp::server
