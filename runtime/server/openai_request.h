// What OpenAI's clients ask, as completions: POST /v1/chat/completions and /v1/completions.
// docs/SERVER.md has the table of what is taken, refused and ignored.
#pragma once

#include <ctime>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/server/service.h"

namespace lmp::server {

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
};

// Forms of schemas and grammars, those used last; also why others have none.
class FormCache {
 public:
  enum class Kind { kSchema, kGbnf };
  const SchemaOutcome& Get(Kind kind, const std::string& text);

 private:
  using Entry = std::pair<std::string, SchemaOutcome>;
  std::list<Entry> entries_;  // used last first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text_;
  size_t bytes_ = 0;  // of the texts
};

// Thread: one. Compiling a form takes up to seconds.
class OpenAiReader {
 public:
  // `model`: the name that requests must give.
  explicit OpenAiReader(std::string model, std::string fingerprint)
      : model_(std::move(model)), fingerprint_(std::move(fingerprint)) {}

  // Fills in all but the callbacks. `key`: the number of the request's key.
  std::variant<Reply, CompletionCall> Read(bool chat, std::string_view body, size_t key);

 private:
  const std::string model_, fingerprint_;
  FormCache forms_;
};

}  // namespace lmp::server
