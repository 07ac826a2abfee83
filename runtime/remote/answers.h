// What servers answer, read from their JSON. All of it comes from outside: a member of another type
// than OpenAI's specification gives it is an error that names it.
//
// Pure functions; any thread. Errors: Corruption (no such answer), Unavailable (the server says
// that it failed).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/token_id.h"

namespace lmp::remote {

struct ServedUsage {
  int prompt_tokens = 0, completion_tokens = 0;
  std::optional<int> cached_tokens;  // not every server says it
};

// One event of a stream of /v1/completions.
struct CompletionDelta {
  std::string text;
  std::vector<TokenId> ids;
  std::string finish;  // "stop", "length", ...; empty: it goes on
  std::optional<ServedUsage> usage;
};
Result<CompletionDelta> ReadDelta(std::string_view data);

// The log-probabilities of prompt tokens [begin, end) that a whole answer has at these places.
struct ServedScores {
  std::vector<double> logprobs;
  ServedUsage usage;
};
Result<ServedScores> ReadScores(std::string_view body, size_t begin, size_t end);

// What an answer says of the tokens that it lists: llama-server's `logprobs.content`, or the lists
// `logprobs.tokens` and `logprobs.token_logprobs`.
struct ServedToken {
  std::optional<TokenId> id;  // else its text is all that is known of it
  std::string text;
  std::optional<double> logprob;
};
struct ServedTokens {
  std::vector<ServedToken> tokens;
  ServedUsage usage;
};
Result<ServedTokens> ReadTokens(std::string_view body);

// An entry of /v1/models.
struct ServedModel {
  std::string id, owner;
  int context_max = 0;     // 0: it does not say
  std::string vocabulary;  // engine::VocabularyDigest; empty: it does not say
};
Result<std::vector<ServedModel>> ReadModels(std::string_view body);

// The member `name` of what detokenizes; null where that is no text.
std::optional<std::string> ReadDetokenized(std::string_view body, std::string_view name);

// What SGLang says of itself in /get_server_info, as far as it is about priorities.
struct ServedOrder {
  bool enabled = true;      // it schedules by priority; of a server that does not say: it may
  bool less_first = false;  // `--schedule-low-priority-values-first`
};
Result<ServedOrder> ReadOrder(std::string_view body);

// What a server says in the body of a refusal, in one line of a few hundred bytes.
std::string ReadRefusal(std::string_view body);

}  // namespace lmp::remote
