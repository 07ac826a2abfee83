// What servers with OpenAI's API take beyond it, and under which names. One table; a server that is
// none of these is not asked to generate, as nothing would be known of what it ignores.
//
// Immutable; any thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace lmp::remote {

struct ServerKind {
  std::string_view name;   // as users write it
  std::string_view owner;  // `owned_by` of the models that it lists
  bool takes_ids = false;  // a prompt as token ids; else as text
  enum class Grammar { kGrammar, kStructuredOutputs, kEbnf } grammar = Grammar::kGrammar;
  // Log-probabilities of given tokens: `score_tokens`, of an echoed prompt, or of tokens that the
  // server is made to write.
  enum class Score { kScoreTokens, kEcho, kForced } score = Score::kForced;
  bool end_ids = false;      // `stop_token_ids`; else it ends where its model file says
  bool min_tokens = false;   // `min_tokens`
  bool salt = false;         // `cache_salt`
  bool returns_ids = false;  // `return_token_ids`
  bool interrupts = false;   // a request ends the one that runs: one at a time
  bool heals = false;        // `healed_bytes`: the text is without them, and so is `max_tokens`
  bool sites = false;        // `seed` and `site` as they are; else a seed of 31 bits
  // What it calls the text of ids at POST /detokenize; empty: it is not asked there.
  std::string_view detokenized = {};
  // `priority`: none, less is sooner, or more is sooner unless the server says otherwise.
  enum class Priority { kNone, kLessFirst, kMoreFirst } priority = Priority::kNone;
};

// Errors: InvalidArgument, with the names there are.
Result<const ServerKind*> ServerKindNamed(std::string_view name);
// Null if that owner is of none.
const ServerKind* ServerKindOfOwner(std::string_view owner);

}  // namespace lmp::remote
