// What OpenAI's clients ask, as completions: POST /v1/chat/completions and /v1/completions.
// docs/SERVER.md has the table of what is taken, refused and ignored.
#pragma once

#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/server/recent.h"
#include "runtime/server/service.h"

namespace lmp::server {

class Members;

struct CompletionCall {
  bool chat = true;
  bool stream = false;
  bool include_usage = false;  // a last chunk of a stream that has it
  bool logprobs = false;
  bool token_ids = false;
  std::string id, model, fingerprint;
  std::time_t created = 0;
  // One per prompt. The choices of request i have the numbers from i * choices on.
  std::vector<CompletionRequest> requests;
  size_t choices = 1;
  std::vector<std::string> echoes;  // one per request, or none: what stands before its texts
};

// Thread: one. Compiling a form takes up to seconds.
class OpenAiReader {
 public:
  using ToolCompiler = std::function<Result<ToolsOutcome>(const ToolRules&)>;
  // `model`: the name that requests must give. `compile`: of the engine.
  OpenAiReader(std::string model, std::string fingerprint, ToolCompiler compile)
      : model_(std::move(model)),
        fingerprint_(std::move(fingerprint)),
        compile_(std::move(compile)) {}

  // Fills in all but the callbacks. `caller`: whose request it is.
  std::variant<Reply, CompletionCall> Read(bool chat, std::string_view body, const Caller& caller);

 private:
  ChatTools ReadTools(Members& body, size_t tenant, TextForm* form);

  const std::string model_, fingerprint_;
  const ToolCompiler compile_;
  // By schema, also why there is none; by what the rules say.
  Recent<SchemaOutcome> forms_;
  Recent<Result<ToolsOutcome>> tools_;
};

}  // namespace lmp::server
