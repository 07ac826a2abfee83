// Service: what a request asks for, and what is said to it; no sockets here.
//
// One thread, but for ProgramCall, which holds only values.
#pragma once

#include <ctime>
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
  std::string authorization, api_key, origin;  // the values of those headers
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

// OpenAI's error object, with all four members. `param`, `code`: null if empty.
Reply ErrorReply(int status, std::string_view message, std::string_view param = "",
                 std::string_view code = "");
Reply ErrorReply(const Status& status, std::string_view param = "");

// Whose cache a request shares: that of its key (0: none is asked for) and salt.
inline constexpr size_t kCacheSaltBytesMax = 256;
std::string TenantOf(size_t key, std::string_view salt);

// A completion that a request asks for; OpenAiReader reads the rest.
struct CompletionAsk {
  bool chat = true;  // else a text is to go on
  size_t key = 0;
};

struct MetricsAsk {};

// A run that a request asks for.
struct ProgramCall {
  const ServedProgram* program = nullptr;
  std::string function = "main";
  std::string arguments_json = "{}";
  std::optional<uint64_t> seed;
  std::string tenant;
  bool stream = false;
  bool generations = false;  // in a stream, also what is generated and not emitted
};

class Service {
 public:
  Service(const Engine* engine, std::vector<ServedProgram> programs,
          const std::vector<std::string>& api_keys, std::vector<std::string> cors_origins);
  // Hosts elsewhere cannot hold contexts: functions that take or give some are not served.
  static bool Callable(const FunctionSummary& function);
  static Status CheckNames(const std::vector<ServedProgram>& programs);

  // What can be said without the body: wrong keys, paths, methods. None: go on.
  std::optional<Reply> Refuse(const Request& request) const;
  // The path as docs/SERVER.md has it, "other" for those that are not there.
  static std::string_view RouteOf(const Request& request);
  // What lets a web page of another origin read the answer; empty where it may not.
  std::vector<std::pair<std::string, std::string>> CorsOf(const Request& request) const;
  // Of a request that is not refused.
  std::variant<Reply, ProgramCall, CompletionAsk, MetricsAsk> Answer(const Request& request) const;

  // What comes of a run: its reply, or the last event of its stream.
  static Reply Finished(const ProgramCall& call, const RunReport& report, std::string_view emitted);
  // An event of a stream, with its blank line.
  static std::string PieceEvent(const TextPiece& piece, bool emitted);
  static std::string LastEvent(const ProgramCall& call, const RunReport& report);

  // What requests call the model, and a name for how it is run.
  std::string model_name() const;
  std::string fingerprint() const;

  // No new runs from now on.
  void Drain() { draining_ = true; }
  bool draining() const { return draining_; }

 private:
  // Whose request it is: the number of its key from 1, 0 where none is asked for.
  std::optional<size_t> KeyOf(const Request& request) const;
  const ServedProgram* Find(std::string_view name) const;
  std::variant<Reply, ProgramCall> Call(const ServedProgram& program, const Request& request) const;
  Reply Programs() const;
  Reply Models(std::string_view id) const;

  const ModelSummary model_;
  const std::vector<ServedProgram> programs_;
  const std::vector<std::string> api_keys_;
  const std::vector<std::string> cors_origins_;
  const std::time_t started_;
  const std::string openapi_;
  bool draining_ = false;
};

}  // namespace lmp::server
