// Playground: what the page of `lmp serve --playground` asks. Programs that somebody sends are
// compiled and run, and what the model saw is shown. Off unless asked for: whoever may ask can read
// the served programs and use the machine's time (docs/SERVER.md).
//
// A program that is sent reads no files and asks no servers (CompileSent of lmp.h).
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string_view>
#include <variant>

#include "runtime/server/recent.h"
#include "runtime/server/service.h"

namespace lmp::server {

inline constexpr size_t kSourceBytesMax = 64u << 10;
inline constexpr size_t kSentRunsOfTenantMax = 8;  // of kSentRunsMax, by the keys of one tenant

// Thread: that of the desk. The engine outlives it.
class Playground {
 public:
  explicit Playground(Engine* engine) : engine_(engine) {}

  // What is wrong with a source, and its functions.
  Reply Check(std::string_view body, const Caller& caller);
  // A run of a source, or of a served program. It streams, and ends with the calls of the model.
  std::variant<Reply, RunAsk> Read(const std::vector<ServedProgram>& programs,
                                   std::string_view body, const Caller& caller);
  // Counters of the engines.
  Reply State();
  // The shape of what is cached for runs of that tenant: no text, and nothing of others unless he
  // is an operator.
  Reply Cache(const Caller& caller);

 private:
  const CompileOutcome& Compiled(const std::string& source, const Caller& caller);
  // Held by a run of a program that was sent; null if kSentRunsMax hold one, or
  // kSentRunsOfTenantMax of the tenant.
  std::shared_ptr<const void> TakePlace(const Caller& caller);

  Engine* const engine_;
  Recent<CompileOutcome> compiled_{8};  // by source
  const std::shared_ptr<const void> running_ = std::make_shared<char>();
  std::map<size_t, std::shared_ptr<const void>> running_of_;  // by tenant
};

// The model, and the served programs with their sources.
Reply PlaygroundFacts(const ModelSummary& model, const std::vector<ServedProgram>& programs);
// The page, its script and its style.
bool IsPageFile(std::string_view path);
Reply PageFile(std::string_view path);

}  // namespace lmp::server
