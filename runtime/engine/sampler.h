// Sampler: logits of one row -> one token, and the log-probability of a given token. Pure functions
// of (logits, mask, options, position), in double arithmetic with a fixed order of additions, so
// that the same row gives the same bits in any batch (promise 1).
//
// Order: mask, temperature, min-p, top-k, top-p, draw (top-k is applied first: it commutes with
// temperature and min-p). A logit that is not finite counts as minus infinity. Ties go to the
// lowest id. The draw walks the kept tokens in order of id against one Philox number keyed by
// (seed, site, position), so nothing that was drawn before can disturb it.
//
// Owns scratch memory that is reused; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "runtime/base/token_id.h"
#include "runtime/constrain/constraint.h"
#include "runtime/engine/engine.h"

namespace lmp::engine {

class Sampler {
 public:
  // One of the tokens that `mask` allows; nothing if none of them has a finite logit.
  std::optional<TokenId> Draw(std::span<const float> logits, const constrain::TokenMask& mask,
                              const SamplingOptions& options, uint64_t position);

 private:
  struct Candidate {
    TokenId id;
    double weight;  // e^((logit - max) / temperature)
  };
  void KeepTop(std::span<const float> logits, const constrain::TokenMask& mask, size_t count);
  void KeepMass(double share);

  std::vector<Candidate> kept_;
};

// Log-softmax of the raw logits at `token`; minus infinity if its logit is not finite.
double LogProbability(std::span<const float> logits, TokenId token);
// The same of `token` and of the `count` likeliest tokens below `vocabulary`, in the order of
// TokenScore::top. `top` is written anew.
double LogProbabilities(std::span<const float> logits, TokenId token, int vocabulary, size_t count,
                        std::vector<TokenScore::Likely>* top);

}  // namespace lmp::engine
