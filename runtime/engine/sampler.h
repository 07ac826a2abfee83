// Sampler: logits of one row -> one token, and the log-probability of a given token. Functions of
// (logits, mask, options, position) alone, with a fixed order of additions, so that the same row
// gives the same bits in any batch (promise 1). Exponentials are fp32 (Ops::exp_weights), their
// sums fp64 over blocks of 64.
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

#include "kernels/ops.h"
#include "runtime/base/token_id.h"
#include "runtime/constrain/constraint.h"
#include "runtime/engine/engine.h"

namespace lmp::engine {

class Sampler {
 public:
  // With the best kernels of this machine.
  Sampler();

  // One of the tokens that `mask` allows; nothing if none of them has a finite logit.
  std::optional<TokenId> Draw(std::span<const float> logits, const constrain::TokenMask& mask,
                              const SamplingOptions& options, uint64_t position);

  // Log-softmax of the raw logits at `token`; minus infinity if its logit is not finite.
  double LogProbability(std::span<const float> logits, TokenId token);
  // The same of `token` and of the `count` likeliest tokens below `vocabulary`, in the order of
  // TokenScore::top. `top` is written anew.
  double LogProbabilities(std::span<const float> logits, TokenId token, int vocabulary,
                          size_t count, std::vector<TokenScore::Likely>* top);

 private:
  struct Candidate {
    TokenId id;
    double weight;  // e^((logit - max) / temperature)
  };
  static bool IsHeavier(const Candidate& a, const Candidate& b);
  // What is taken off a logit to make it a log-probability.
  struct Normalizer {
    double max = 0;
    double log_total = 0;
    double Of(float logit) const;
  };
  double Weigh(const kernels::LogitsArgs& row, float max, double rate, double least);
  void KeepTop(const kernels::LogitsArgs& row, size_t count);
  void KeepAbove(double least);
  void KeepMass(double mass);
  TokenId DrawKept(double unit) const;
  TokenId DrawWeighed(double target) const;
  Normalizer NormalizerOf(std::span<const float> logits);

  const kernels::Ops* ops_;
  std::vector<float> weights_, sums_;  // Ops::exp_weights of the row
  std::vector<Candidate> kept_;        // in order of id
  std::vector<Candidate> halves_;      // of KeepMass
};

}  // namespace lmp::engine
