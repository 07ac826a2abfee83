#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/engine/sampler.h"

namespace lmp::engine {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

constrain::TokenMask MaskOf(const std::vector<TokenId>& ids, size_t vocabulary) {
  constrain::TokenMask mask;
  mask.words.resize((vocabulary + 63) / 64);
  for (const TokenId id : ids) {
    mask.words[static_cast<size_t>(id) / 64] |= uint64_t{1} << (static_cast<size_t>(id) % 64);
  }
  return mask;
}

constrain::TokenMask AllOf(size_t vocabulary) {
  std::vector<TokenId> ids;
  for (size_t i = 0; i < vocabulary; ++i) ids.push_back(static_cast<TokenId>(i));
  return MaskOf(ids, vocabulary);
}

// Logits of given probabilities.
std::vector<float> LogitsOf(const std::vector<double>& probabilities) {
  std::vector<float> logits;
  for (const double p : probabilities) logits.push_back(static_cast<float>(std::log(p)));
  return logits;
}

// How often each token is drawn at positions 0..n-1.
std::map<TokenId, int> Draws(const std::vector<float>& logits, const constrain::TokenMask& mask,
                             const SamplingOptions& options, int n) {
  Sampler sampler;
  std::map<TokenId, int> counts;
  for (int i = 0; i < n; ++i) {
    const auto id = sampler.Draw(logits, mask, options, static_cast<uint64_t>(i));
    REQUIRE(id.has_value());
    ++counts[*id];
  }
  return counts;
}

std::vector<TokenId> Kept(const std::vector<double>& probabilities,
                          const SamplingOptions& options) {
  std::vector<TokenId> kept;
  const auto logits = LogitsOf(probabilities);
  for (const auto& [id, count] : Draws(logits, AllOf(logits.size()), options, 4000))
    kept.push_back(id);
  return kept;
}

TEST_CASE("greedy takes the largest allowed logit, lowest id first") {
  Sampler sampler;
  const std::vector<float> logits = {1, 5, 5, 3, 9};
  CHECK(sampler.Draw(logits, AllOf(5), {}, 0) == 4);
  CHECK(sampler.Draw(logits, MaskOf({0, 1, 2, 3}, 5), {}, 0) == 1);
  CHECK(sampler.Draw(logits, MaskOf({2, 3}, 5), {}, 0) == 2);
  CHECK(sampler.Draw(logits, AllOf(5), {.temperature = 0.99e-5}, 7) == 4);
}

TEST_CASE("logits that are not finite are never drawn") {
  Sampler sampler;
  const std::vector<float> logits = {kNan, kInf, -kInf, -50};
  for (const double temperature : {0.0, 1.0}) {
    CHECK(sampler.Draw(logits, AllOf(4), {.temperature = temperature}, 0) == 3);
    CHECK(!sampler.Draw(logits, MaskOf({0, 1, 2}, 4), {.temperature = temperature}, 0).has_value());
    CHECK(!sampler.Draw(logits, MaskOf({}, 4), {.temperature = temperature}, 0).has_value());
  }
}

TEST_CASE("draws follow the distribution") {
  const std::vector<double> p = {0.1, 0.2, 0.3, 0.4};
  const auto counts = Draws(LogitsOf(p), AllOf(4), {.temperature = 1.0, .seed = 3}, 20'000);
  for (size_t i = 0; i < p.size(); ++i) {
    CHECK(counts.at(static_cast<TokenId>(i)) / 20'000.0 == doctest::Approx(p[i]).epsilon(0.06));
  }
  // At temperature 0.5 probabilities are squared and normalised: 1 : 4 : 9 : 16.
  const auto cold = Draws(LogitsOf(p), AllOf(4), {.temperature = 0.5, .seed = 3}, 20'000);
  CHECK(cold.at(3) / 20'000.0 == doctest::Approx(16.0 / 30).epsilon(0.05));
}

TEST_CASE("top-k, top-p and min-p keep what they should") {
  using Ids = std::vector<TokenId>;
  const std::vector<double> p = {0.1, 0.2, 0.3, 0.4};
  CHECK(Kept(p, {.temperature = 1, .top_k = 1}) == Ids{3});
  CHECK(Kept(p, {.temperature = 1, .top_k = 3}) == Ids{1, 2, 3});
  CHECK(Kept(p, {.temperature = 1, .top_k = 9}) == Ids{0, 1, 2, 3});
  CHECK(Kept(p, {.temperature = 1, .top_p = 0.01}) == Ids{3});
  CHECK(Kept(p, {.temperature = 1, .top_p = 0.65}) == Ids{2, 3});
  CHECK(Kept(p, {.temperature = 1, .top_p = 0.75}) == Ids{1, 2, 3});
  CHECK(Kept(p, {.temperature = 1, .min_p = 0.3}) == Ids{1, 2, 3});
  CHECK(Kept(p, {.temperature = 1, .min_p = 1.0}) == Ids{3});
  // Equal weights: exactly k, the lowest ids.
  CHECK(Kept({0.2, 0.2, 0.2, 0.2, 0.2}, {.temperature = 1, .top_k = 2}) == Ids{0, 1});
  // top-p counts the mass that top-k left: 0.4 / 0.7 >= 0.5.
  CHECK(Kept(p, {.temperature = 1, .top_k = 2, .top_p = 0.5}) == Ids{3});
}

TEST_CASE("over a whole vocabulary draws follow the distribution, in every block of it") {
  // Weights 1, 2 and 3 in turn over 1,000 tokens, the last block not full, every tenth forbidden.
  constexpr int kVocabulary = 1000, kDraws = 40'000;
  std::vector<double> p;
  std::vector<TokenId> allowed;
  double total = 0;
  for (int i = 0; i < kVocabulary; ++i) {
    p.push_back(1 + i % 3);
    if (i % 10 == 0) continue;
    allowed.push_back(i);
    total += p.back();
  }
  const auto mask = MaskOf(allowed, kVocabulary);
  for (const double top_p : {1.0, 0.999999}) {  // both ways to draw
    const auto counts =
        Draws(LogitsOf(p), mask, {.temperature = 1, .top_p = top_p, .seed = 5}, kDraws);
    std::vector<double> block(16), expected(16);
    for (const auto& [id, count] : counts) {
      CHECK(id % 10 != 0);
      block[static_cast<size_t>(id) / 64] += count;
    }
    for (const TokenId id : allowed) {
      expected[static_cast<size_t>(id) / 64] += p[static_cast<size_t>(id)] * kDraws / total;
    }
    for (size_t b = 0; b < block.size(); ++b) {
      // Five standard deviations of a Poisson count.
      CHECK(std::fabs(block[b] - expected[b]) < 5 * std::sqrt(expected[b]));
    }
    CHECK(counts.size() == allowed.size());
  }
  // top-p over many tokens keeps the heaviest and the lowest ids of those that are as heavy.
  const auto heavy = Kept(p, {.temperature = 1, .top_p = 0.25});
  CHECK(heavy.size() == 167);  // 3 x 167 of 2,000 is the first sum of at least a quarter
  for (const TokenId id : heavy) CHECK(id % 3 == 2);
  CHECK(heavy.back() == 500);
}

TEST_CASE("a draw depends on seed, site and position only") {
  std::vector<float> logits;
  Rng rng(5);
  for (int i = 0; i < 1000; ++i) logits.push_back(static_cast<float>(rng.Unit() * 4));
  const auto mask = AllOf(logits.size());
  const SamplingOptions options = {.temperature = 0.8, .top_p = 0.9, .seed = 11, .site = 22};
  Sampler fresh;
  const auto alone = fresh.Draw(logits, mask, options, 5);
  Sampler used;
  for (uint64_t i = 0; i < 5; ++i) static_cast<void>(used.Draw(logits, AllOf(3), options, i));
  CHECK(used.Draw(logits, mask, options, 5) == alone);
  int differ = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SamplingOptions other = options;
    other.seed = seed;
    differ += used.Draw(logits, mask, other, 5) != alone ? 1 : 0;
  }
  CHECK(differ >= 18);
}

TEST_CASE("log-probabilities are those of the raw logits") {
  Sampler sampler;
  CHECK(sampler.LogProbability(std::vector<float>{0, 0, 0, 0}, 2) ==
        doctest::Approx(std::log(0.25)));
  CHECK(sampler.LogProbability(std::vector<float>{1000, 1000}, 0) ==
        doctest::Approx(std::log(0.5)));
  CHECK(sampler.LogProbability(std::vector<float>{0, kNan}, 0) == 0.0);
  CHECK(sampler.LogProbability(std::vector<float>{0, kNan}, 1) ==
        -std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace lmp::engine
