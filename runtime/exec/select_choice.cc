#include "runtime/exec/select_choice.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

namespace lmp::exec {

namespace {

std::vector<double> Softmax(const std::vector<double>& scores) {
  const double top = *std::max_element(scores.begin(), scores.end());
  std::vector<double> out;
  double sum = 0;
  for (const double s : scores) sum += out.emplace_back(std::exp(s - top));
  for (double& p : out) p /= sum;
  return out;
}

constexpr TokenId kOver = -1;  // no token: the option ends here

// Options that agree up to `depth`.
struct Branch {
  std::vector<size_t> options;
  size_t depth = 0;
};

TokenId TokenAt(const ScoredOption& option, size_t depth) {
  return depth < option.tokens.size() ? option.tokens[depth] : kOver;
}

}  // namespace

std::string_view SelectMethodName(SelectMethod method) {
  return method == SelectMethod::kGreedy ? "greedy" : "likelihood";
}

std::vector<double> LikelihoodOf(const std::vector<ScoredOption>& options) {
  std::vector<double> sums;
  for (const ScoredOption& option : options) {
    sums.push_back(std::accumulate(option.logprobs.begin(), option.logprobs.end(), 0.0));
  }
  return Softmax(sums);
}

std::vector<double> GreedyOf(const std::vector<ScoredOption>& options) {
  std::vector<double> probabilities(options.size(), 1.0);
  std::vector<size_t> all(options.size());
  std::iota(all.begin(), all.end(), size_t{0});
  std::vector<Branch> open = {{std::move(all), 0}};
  while (!open.empty()) {
    const Branch at = std::move(open.back());
    open.pop_back();
    if (at.options.size() == 1) continue;
    std::map<TokenId, std::vector<size_t>> next;
    for (const size_t i : at.options) next[TokenAt(options[i], at.depth)].push_back(i);
    std::vector<double> scores;
    double rest = 1;
    for (const auto& [token, same] : next) {
      const ScoredOption& one = options[same.front()];
      scores.push_back(token == kOver ? 0 : one.logprobs[at.depth]);
      if (token != kOver) rest -= std::exp(scores.back());
    }
    // kOver, the least of the keys, is first.
    if (next.begin()->first == kOver) scores.front() = std::log(std::max(rest, 1e-12));
    const std::vector<double> shares = Softmax(scores);
    size_t branch = 0;
    for (auto& [token, same] : next) {
      for (const size_t i : same) probabilities[i] *= shares[branch];
      ++branch;
      if (token == kOver) {
        // Options of the same tokens: they share what is left.
        for (const size_t i : same) probabilities[i] /= static_cast<double>(same.size());
      } else {
        open.push_back({std::move(same), at.depth + 1});
      }
    }
  }
  return probabilities;
}

std::vector<double> Tempered(std::vector<double> probabilities, double temperature) {
  if (temperature == 1) return probabilities;
  const double top = *std::max_element(probabilities.begin(), probabilities.end());
  double sum = 0;
  for (double& p : probabilities) sum += p = std::pow(p / top, 1 / temperature);
  for (double& p : probabilities) p /= sum;
  return probabilities;
}

}  // namespace lmp::exec
