#include "runtime/engine/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/registry.h"
#include "runtime/base/check.h"
#include "runtime/base/clock_rng.h"

namespace lmp::engine {
namespace {

using kernels::Argmax;
using kernels::LogitsArgs;

constexpr double kGreedyBelow = 1e-5;

const kernels::Ops* BestOps() {
  const Result<const kernels::Ops*> ops = kernels::ChooseOps();
  LMP_CHECK(ops.ok());  // the reference runs everywhere
  return *ops;
}

LogitsArgs RowOf(std::span<const float> logits, const constrain::TokenMask& mask) {
  return {logits.data(), static_cast<int64_t>(std::min(logits.size(), 64 * mask.words.size())),
          mask.words.data()};
}

bool IsAllowed(const LogitsArgs& row, int64_t id) {
  return row.mask == nullptr || ((row.mask[id >> 6] >> (id & 63)) & 1u) != 0;
}

// The largest finite logit; id -1 if there is none.
Argmax FiniteMax(const LogitsArgs& row, const kernels::Ops& ops) {
  const Argmax best = ops.argmax(row);
  if (best.id < 0 || std::isfinite(best.value)) return best;
  Argmax finite;
  for (int64_t id = 0; id < row.n; ++id) {
    if (!std::isfinite(row.x[id]) || !IsAllowed(row, id)) continue;
    if (finite.id < 0 || row.x[id] > finite.value) finite = {id, row.x[id]};
  }
  return finite;
}

}  // namespace

Sampler::Sampler() : ops_(BestOps()) {}

bool Sampler::IsHeavier(const Candidate& a, const Candidate& b) {
  return a.weight != b.weight ? a.weight > b.weight : a.id < b.id;
}

// weights_ and sums_ of the row; returns their total.
double Sampler::Weigh(const LogitsArgs& row, float max, double rate, double least) {
  weights_.resize(static_cast<size_t>(row.n));
  sums_.resize(static_cast<size_t>((row.n + kernels::kLogitBlock - 1) / kernels::kLogitBlock));
  ops_->exp_weights(row, {max, static_cast<float>(rate), static_cast<float>(least), weights_.data(),
                          sums_.data()});
  double total = 0;
  for (const float sum : sums_) total += static_cast<double>(sum);
  return total;
}

std::optional<TokenId> Sampler::Draw(std::span<const float> logits,
                                     const constrain::TokenMask& mask,
                                     const SamplingOptions& options, uint64_t position) {
  const LogitsArgs row = RowOf(logits, mask);
  const Argmax best = FiniteMax(row, *ops_);
  if (best.id < 0) return std::nullopt;
  if (options.temperature < kGreedyBelow) return static_cast<TokenId>(best.id);
  const double unit = PhiloxUnit(options.seed, options.site, position);

  kept_.clear();
  double total = 0;
  if (options.top_k > 0) {
    KeepTop(row, static_cast<size_t>(options.top_k));
    for (Candidate& c : kept_) {
      c.weight = std::exp((c.weight - static_cast<double>(best.value)) / options.temperature);
    }
    std::erase_if(kept_, [&](const Candidate& c) { return c.weight < options.min_p; });
    for (const Candidate& c : kept_) total += c.weight;
  } else {
    total = Weigh(row, best.value, 1.0 / options.temperature, options.min_p);
    if (options.top_p >= 1.0) return DrawWeighed(unit * total);
    // All that are lighter hold less than the mass that top-p leaves out.
    KeepAbove((1.0 - options.top_p) * total / static_cast<double>(row.n));
  }
  if (options.top_p < 1.0) KeepMass(options.top_p * total);
  return DrawKept(unit);
}

TokenId Sampler::DrawKept(double unit) const {
  double total = 0;
  for (const Candidate& c : kept_) total += c.weight;
  const double target = unit * total;
  double sum = 0;
  for (const Candidate& c : kept_) {
    sum += c.weight;
    if (sum >= target) return c.id;
  }
  return kept_.back().id;
}

// As DrawKept over weights_: first the block, then the token in it.
TokenId Sampler::DrawWeighed(double target) const {
  size_t block = 0;
  double before = 0, sum = 0;
  for (size_t b = 0; b < sums_.size(); ++b) {
    if (sums_[b] <= 0) continue;
    block = b;
    before = sum;
    sum += static_cast<double>(sums_[b]);
    if (sum >= target) break;
  }
  const size_t begin = block * kernels::kLogitBlock;
  const size_t end = std::min(begin + kernels::kLogitBlock, weights_.size());
  TokenId id = -1;
  for (size_t i = begin; i < end; ++i) {
    if (weights_[i] <= 0) continue;
    id = static_cast<TokenId>(i);
    before += static_cast<double>(weights_[i]);
    if (before >= target) break;
  }
  return id;
}

// Collects the `count` tokens with the highest logits, by (logit, lower id), in order of id; their
// weights are the logits. A heap of `count` spares the rest of the vocabulary the exponential.
void Sampler::KeepTop(const LogitsArgs& row, size_t count) {
  for (int64_t id = 0; id < row.n; ++id) {
    const float logit = row.x[id];
    const bool is_full = kept_.size() == count;
    // Later ids lose ties; NaN loses all.
    if (is_full && !(static_cast<double>(logit) > kept_.front().weight)) continue;
    if (!std::isfinite(logit) || !IsAllowed(row, id)) continue;
    if (is_full) {
      std::pop_heap(kept_.begin(), kept_.end(), IsHeavier);
      kept_.pop_back();
    }
    kept_.push_back({static_cast<TokenId>(id), static_cast<double>(logit)});
    std::push_heap(kept_.begin(), kept_.end(), IsHeavier);
  }
  std::sort(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

// Collects what weighs something and not less than `least`, in order of id.
void Sampler::KeepAbove(double least) {
  const float bound = static_cast<float>(least);
  for (size_t i = 0; i < weights_.size(); ++i) {
    if (weights_[i] < bound || weights_[i] <= 0) continue;
    kept_.push_back({static_cast<TokenId>(i), static_cast<double>(weights_[i])});
  }
}

// Keeps the fewest heaviest candidates that hold at least `mass`, the one that crosses it included:
// finds that one by halves, as std::nth_element does by counts.
void Sampler::KeepMass(double mass) {
  halves_ = kept_;
  auto begin = halves_.begin(), end = halves_.end();
  while (end - begin > 32) {
    const auto middle = begin + (end - begin) / 2;
    std::nth_element(begin, middle, end, IsHeavier);
    double sum = 0;
    for (auto c = begin; c != middle; ++c) sum += c->weight;
    if (sum >= mass) {
      end = middle;
    } else {
      mass -= sum;
      begin = middle;
    }
  }
  std::sort(begin, end, IsHeavier);
  Candidate last = *begin;
  for (auto c = begin; c != end && mass > 0; ++c) {
    last = *c;
    mass -= c->weight;
  }
  std::erase_if(kept_, [&](const Candidate& c) { return IsHeavier(last, c); });
}

double Sampler::Normalizer::Of(float logit) const {
  if (!std::isfinite(logit)) return -std::numeric_limits<double>::infinity();
  return static_cast<double>(logit) - max - log_total;
}

Sampler::Normalizer Sampler::NormalizerOf(std::span<const float> logits) {
  const LogitsArgs row = {logits.data(), static_cast<int64_t>(logits.size())};
  const float max = FiniteMax(row, *ops_).value;
  return {static_cast<double>(max), std::log(Weigh(row, max, 1.0, 0.0))};
}

double Sampler::LogProbability(std::span<const float> logits, TokenId token) {
  return NormalizerOf(logits).Of(logits[static_cast<size_t>(token)]);
}

double Sampler::LogProbabilities(std::span<const float> logits, TokenId token, int vocabulary,
                                 size_t count, std::vector<TokenScore::Likely>* top) {
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
