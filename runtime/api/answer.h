// Answers from passages (lmp.h includes this). Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/status.h"

namespace lmp {

class Engine;
class Run;
struct RunOptions;
struct RunReport;

// A question answered from passages that the caller has found: `answer` of std.rag, whose prompt
// and types `lmp check` shows (docs/RAG.md).
struct AnswerQuery {
  struct Passage {
    std::string id, text;  // ids differ
    std::string document = {};
  };
  std::string question;
  std::vector<Passage> passages;
  std::string reuse = "auto";  // prefix, link, blend, auto
  std::string tenant = {};
};
struct AnswerReply {
  std::string text;
  std::vector<std::string> citations;  // ids of passages, of those given
  bool exact = true;                   // what computing the whole prompt gives
  int64_t prompt_tokens = 0, computed_tokens = 0, reused_tokens = 0;
};
// Blocks; not on the engine's thread. Errors: InvalidArgument, ResourceExhausted (too long),
// Cancelled, those of Engine::Start.
Result<AnswerReply> Answer(Engine* engine, const AnswerQuery& query);

// Starts it; `options.tenant` is that of the query. What a RunReport's value_json says is
// {"text", "citations"}; `on_generated` hears the text as it comes under the name `text`.
// Errors: InvalidArgument (a policy, equal ids), those of Engine::Start.
Result<std::unique_ptr<Run>> StartAnswer(Engine* engine, const AnswerQuery& query,
                                         RunOptions options);

}  // namespace lmp
