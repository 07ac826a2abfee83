#include "runtime/engine/sampler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "runtime/base/clock_rng.h"

namespace lmp::engine {
namespace {

constexpr double kGreedyBelow = 1e-5;

// Calls f(id, logit) in ascending order of id for the allowed tokens whose logits are finite.
template <typename F>
void ForEachAllowed(std::span<const float> logits, const constrain::TokenMask& mask, F f) {
  const auto visit = [&](size_t id) {
    if (std::isfinite(logits[id])) f(static_cast<TokenId>(id), logits[id]);
  };
  for (size_t word = 0; word < mask.words.size(); ++word) {
    const size_t begin = word * 64;
    uint64_t bits = mask.words[word];
    if (bits == ~uint64_t{0} && begin + 64 <= logits.size()) {  // nearly all of an open mask
      for (size_t id = begin; id < begin + 64; ++id) visit(id);
      continue;
    }
    for (; bits != 0; bits &= bits - 1) {
      const size_t id = begin + static_cast<size_t>(std::countr_zero(bits));
      if (id < logits.size()) visit(id);
    }
  }
}

}  // namespace

std::optional<TokenId> Sampler::Draw(std::span<const float> logits,
                                     const constrain::TokenMask& mask,
                                     const SamplingOptions& options, uint64_t position) {
  TokenId best = -1;
  float max = 0;
  ForEachAllowed(logits, mask, [&](TokenId id, float logit) {
    if (best >= 0 && logit <= max) return;
    best = id;
    max = logit;
  });
  if (best < 0) return std::nullopt;
  if (options.temperature < kGreedyBelow) return best;

  const auto weight = [&](double logit) {
    return std::exp((logit - static_cast<double>(max)) / options.temperature);
  };
  kept_.clear();
  if (options.top_k > 0) {
    KeepTop(logits, mask, static_cast<size_t>(options.top_k));
    for (Candidate& c : kept_) c.weight = weight(c.weight);
    std::erase_if(kept_, [&](const Candidate& c) { return c.weight < options.min_p; });
  } else {
    ForEachAllowed(logits, mask, [&](TokenId id, float logit) {
      const double w = weight(static_cast<double>(logit));
      if (w >= options.min_p) kept_.push_back({id, w});
    });
  }
  if (options.top_p < 1.0) KeepMass(options.top_p);

  double total = 0;
  for (const Candidate& c : kept_) total += c.weight;
  const double target = PhiloxUnit(options.seed, options.site, position) * total;
  double sum = 0;
  for (const Candidate& c : kept_) {
    sum += c.weight;
    if (sum >= target) return c.id;
  }
  return kept_.back().id;
}

// Collects the `count` tokens with the highest logits, by (logit, lower id), in order of id; their
// weights are the logits. A heap of `count` spares the rest of the vocabulary the exponential.
void Sampler::KeepTop(std::span<const float> logits, const constrain::TokenMask& mask,
                      size_t count) {
  const auto heavier = [](const Candidate& a, const Candidate& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.id < b.id;
  };
  ForEachAllowed(logits, mask, [&](TokenId id, float logit) {
    const Candidate candidate = {id, static_cast<double>(logit)};
    if (kept_.size() == count) {
      if (!heavier(candidate, kept_.front())) return;
      std::pop_heap(kept_.begin(), kept_.end(), heavier);
      kept_.pop_back();
    }
    kept_.push_back(candidate);
    std::push_heap(kept_.begin(), kept_.end(), heavier);
  });
  std::sort(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

// Keeps the fewest heaviest candidates that hold at least `share` of the mass, the one that crosses
// it included.
void Sampler::KeepMass(double share) {
  double total = 0;
  for (const Candidate& c : kept_) total += c.weight;
  const auto lighter = [](const Candidate& a, const Candidate& b) {
    return a.weight != b.weight ? a.weight < b.weight : a.id > b.id;
  };
  // A heap hands out the few candidates that matter without sorting the whole vocabulary; they
  // gather, heaviest first, at the end of the vector.
  std::make_heap(kept_.begin(), kept_.end(), lighter);
  auto heap_end = kept_.end();
  double sum = 0;
  do {
    std::pop_heap(kept_.begin(), heap_end, lighter);
    --heap_end;
    sum += heap_end->weight;
  } while (heap_end != kept_.begin() && sum < share * total);
  kept_.erase(kept_.begin(), heap_end);
  std::sort(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

namespace {

// What is taken off a logit to make it a log-probability.
struct Normalizer {
  double max = -std::numeric_limits<double>::infinity();
  double log_total = 0;

  double Of(float logit) const {
    if (!std::isfinite(logit)) return -std::numeric_limits<double>::infinity();
    return static_cast<double>(logit) - max - log_total;
  }
};

Normalizer NormalizerOf(std::span<const float> logits) {
  Normalizer out;
  for (const float logit : logits) {
    if (std::isfinite(logit)) out.max = std::max(out.max, static_cast<double>(logit));
  }
  double total = 0;
  for (const float logit : logits) {
    if (std::isfinite(logit)) total += std::exp(static_cast<double>(logit) - out.max);
  }
  out.log_total = std::log(total);
  return out;
}

}  // namespace

double LogProbability(std::span<const float> logits, TokenId token) {
  return NormalizerOf(logits).Of(logits[static_cast<size_t>(token)]);
}

double LogProbabilities(std::span<const float> logits, TokenId token, int vocabulary, size_t count,
                        std::vector<TokenScore::Likely>* top) {
  const Normalizer normalizer = NormalizerOf(logits);
  const auto likelier = [](const TokenScore::Likely& a, const TokenScore::Likely& b) {
    return a.logprob != b.logprob ? a.logprob > b.logprob : a.id < b.id;
  };
  top->clear();
  const size_t end = std::min(logits.size(), static_cast<size_t>(vocabulary));
  for (size_t id = 0; id < end && count > 0; ++id) {
    if (!std::isfinite(logits[id])) continue;
    const TokenScore::Likely likely = {static_cast<TokenId>(id), normalizer.Of(logits[id])};
    if (top->size() == count) {
      if (!likelier(likely, top->front())) continue;
      std::pop_heap(top->begin(), top->end(), likelier);
      top->pop_back();
    }
    top->push_back(likely);
    std::push_heap(top->begin(), top->end(), likelier);
  }
  std::sort_heap(top->begin(), top->end(), likelier);
  return normalizer.Of(logits[static_cast<size_t>(token)]);
}

}  // namespace lmp::engine
