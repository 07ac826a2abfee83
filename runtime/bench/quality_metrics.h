// Figures of `lmp bench quality`: how far one run is from another, and how sure a mean is.
// Pure functions; the bootstrap draws from a fixed seed.
#pragma once

#include <span>
#include <vector>

namespace lmp::bench {

// KL(p || q) in nats of two rows of logits, softmax in double.
double KlDivergence(std::span<const float> p, std::span<const float> q);

// |a - b| / |b| over rows that both have; 0 where nothing is compared.
double RelativeL2(const std::vector<std::vector<float>>& a,
                  const std::vector<std::vector<float>>& b, int begin, int end);

struct Interval {
  double mean = 0, low = 0, high = 0;  // 95%
};
// Percentile bootstrap of the mean, resampling the values: of paired differences it is the paired
// bootstrap. Of no values: all zero.
Interval BootstrapMean(std::span<const double> values, int resamples = 2000);

}  // namespace lmp::bench
