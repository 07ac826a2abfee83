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
  for (size_t word = 0; word < mask.words.size(); ++word) {
    for (uint64_t bits = mask.words[word]; bits != 0; bits &= bits - 1) {
      const size_t id = word * 64 + static_cast<size_t>(std::countr_zero(bits));
      if (id < logits.size() && std::isfinite(logits[id])) f(static_cast<TokenId>(id), logits[id]);
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

  kept_.clear();
  ForEachAllowed(logits, mask, [&](TokenId id, float logit) {
    const double distance = static_cast<double>(logit) - static_cast<double>(max);
    const double weight = std::exp(distance / options.temperature);
    if (weight >= options.min_p) kept_.push_back({id, weight});
  });
  if (options.top_k > 0) KeepTop(options.top_k);
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

// Keeps exactly `count`, by (weight, lower id).
void Sampler::KeepTop(int count) {
  if (static_cast<size_t>(count) >= kept_.size()) return;
  const auto heavier = [](const Candidate& a, const Candidate& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.id < b.id;
  };
  std::nth_element(kept_.begin(), kept_.begin() + count, kept_.end(), heavier);
  kept_.resize(static_cast<size_t>(count));
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

double LogProbability(std::span<const float> logits, TokenId token) {
  double max = -std::numeric_limits<double>::infinity();
  for (const float logit : logits) {
    if (std::isfinite(logit)) max = std::max(max, static_cast<double>(logit));
  }
  const float own = logits[static_cast<size_t>(token)];
  if (!std::isfinite(own)) return -std::numeric_limits<double>::infinity();
  double total = 0;
  for (const float logit : logits) {
    if (std::isfinite(logit)) total += std::exp(static_cast<double>(logit) - max);
  }
  return static_cast<double>(own) - max - std::log(total);
}

}  // namespace lmp::engine
