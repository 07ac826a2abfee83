// How the log-probabilities of a prompt's last tokens are had from each kind of server.
//
//   kScoreTokens, kEcho:   [ prompt ........................ | scored ]  sent, its values come back
//   kForced:               [ prompt ........................ ] sent; [ scored ] is what it may
//   write
//
// llama.cpp's servers say how probable what they write was before the sampler saw it. So they are
// made to write the scored tokens: a grammar of this text alone, and a bias for these tokens, so
// that it is cut as here. `llama_cpp.server` does not say it of a token that ends a text, nor at
// all if it was started with `--logits_all false`; the former is asked by echo.
//
// Pure functions; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/remote/answers.h"
#include "runtime/remote/asking.h"

namespace lmp::remote {

struct ScoreQuestion {
  std::string body;
  int prompt_tokens = 0;  // that the server is to count
};
// Of the last `count` tokens of spec.tokens. Errors: Unsupported, where this kind of server cannot
// say it exactly.
Result<ScoreQuestion> AskScores(const Asked& asked, const engine::SequenceSpec& spec, size_t count,
                                const text::Tokenizer& tokenizer);

// The answer to it: `count` values. Errors: Corruption (they are not those of these tokens), those
// of answers.h.
Result<ServedScores> TakeScores(const ServerKind& kind, std::span<const TokenId> tokens,
                                size_t count, std::string_view answer,
                                const text::Tokenizer& tokenizer);

}  // namespace lmp::remote
