#include "runtime/bench/quality_metrics.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "runtime/base/check.h"
#include "runtime/base/clock_rng.h"

namespace lmp::bench {
namespace {

double LogSum(std::span<const float> logits, double top) {
  double sum = 0;
  for (const float x : logits) sum += std::exp(static_cast<double>(x) - top);
  return top + std::log(sum);
}

}  // namespace

double KlDivergence(std::span<const float> p, std::span<const float> q) {
  LMP_CHECK(p.size() == q.size() && !p.empty());
  const double log_p = LogSum(p, static_cast<double>(*std::max_element(p.begin(), p.end())));
  const double log_q = LogSum(q, static_cast<double>(*std::max_element(q.begin(), q.end())));
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    const double a = static_cast<double>(p[i]) - log_p;
    sum += std::exp(a) * (a - (static_cast<double>(q[i]) - log_q));
  }
  return std::max(sum, 0.0);  // rounding
}

double RelativeL2(const std::vector<std::vector<float>>& a,
                  const std::vector<std::vector<float>>& b, int begin, int end) {
  double difference = 0, size = 0;
  const auto last = std::min({static_cast<size_t>(end), a.size(), b.size()});
  for (auto row = static_cast<size_t>(begin); row < last; ++row) {
    if (a[row].size() != b[row].size()) continue;
    for (size_t i = 0; i < a[row].size(); ++i) {
      const auto x = static_cast<double>(a[row][i]), y = static_cast<double>(b[row][i]);
      difference += (x - y) * (x - y);
      size += y * y;
    }
  }
  return size > 0 ? std::sqrt(difference / size) : 0;
}

Interval BootstrapMean(std::span<const double> values, int resamples) {
  if (values.empty()) return {};
  const auto n = static_cast<double>(values.size());
  std::vector<double> means;
  Rng rng(20260401);
  for (int r = 0; r < resamples; ++r) {
    double sum = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      sum += values[static_cast<size_t>(rng.Below(static_cast<uint64_t>(values.size())))];
    }
    means.push_back(sum / n);
  }
  std::sort(means.begin(), means.end());
  const auto at = [&](double share) {
    return means[static_cast<size_t>(share * static_cast<double>(means.size() - 1))];
  };
  return {std::accumulate(values.begin(), values.end(), 0.0) / n, at(0.025), at(0.975)};
}

}  // namespace lmp::bench
