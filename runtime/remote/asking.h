// A sequence as the body of a request to /v1/completions.
//
// What a server would choose by itself (its own or its model's sampling options) is always written
// out, so that the same program means the same everywhere.
//
// Pure functions; any thread. Errors: Unsupported, naming the construct and the kind of server.
#pragma once

#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/status.h"
#include "runtime/constrain/constraint.h"
#include "runtime/engine/engine.h"
#include "runtime/remote/server_kind.h"
#include "runtime/text/tokenizer.h"

namespace lmp::remote {

// The grammars that were sent last, as GBNF: a program asks with the same ones again and again.
// Any thread.
class GrammarTexts {
 public:
  // Errors: those of constrain::GbnfText.
  Result<std::string> Get(const constrain::GrammarRef& grammar);

 private:
  struct Entry {
    constrain::GrammarRef grammar;  // keeps the address that is the key
    std::string text;
  };
  std::mutex mutex_;
  std::unordered_map<const void*, std::vector<Entry>> texts_;
  size_t count_ = 0;
};

struct Asked {
  const ServerKind* kind = nullptr;
  std::string model;  // as the server calls it
  int priority = 0;   // as the server counts it; 0: not said
};

// `room`: how many tokens the context has left behind the prompt.
Result<std::string> GenerateBody(const Asked& asked, const engine::SequenceSpec& spec,
                                 const engine::GenerateSpec& generate, int room,
                                 const text::Tokenizer& tokenizer, GrammarTexts* grammars);

// What the body of every request has: the model, these tokens as its prompt, and for whom it is.
Result<Json> PromptBody(const Asked& asked, const engine::SequenceSpec& spec,
                        std::span<const TokenId> prompt, const text::Tokenizer& tokenizer);

// The prompt as text, for a server that tokenises by itself. Errors: Unsupported where that would
// not give these tokens back: above all where text spells a control token, which it must not
// become.
Result<std::string> PromptText(std::span<const TokenId> tokens, const text::Tokenizer& tokenizer);

}  // namespace lmp::remote
