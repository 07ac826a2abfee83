// Finds out what a Jinja chat template puts around messages, by rendering small conversations and
// looking where their texts come out. A template is usable where every conversation is
//
//   header of the first role | text | footer | header of the next role | text | footer ...
//
// with the same header for a role and the same footer everywhere, as contexts are built up message
// by message. Others (the system text inside the first user turn, say) are refused.
//
// Pure function, any thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/text/tokenizer.h"

namespace lmp::text {

struct ProbedChat {
  TokenizerSpec::Chat chat;
  // What it does beyond that. Programs do not; a conversation that comes whole does.
  std::string preamble;  // begins a conversation whose first message is no system message
  std::string opening;   // stands behind the assistant's header where the model is to speak
  bool trims = false;    // takes blanks and line breaks off both ends of texts
  std::string notice;    // these in words; may be empty
};
// `bos` and `eos` are the texts of these tokens, empty where the model has none. Errors:
// Unsupported "tokenizer.chat_template: ...".
Result<ProbedChat> ProbeChatTemplate(std::string_view source, std::string_view bos,
                                     std::string_view eos);

}  // namespace lmp::text
