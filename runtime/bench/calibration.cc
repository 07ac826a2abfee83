#include "runtime/bench/calibration.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "runtime/exec/select_choice.h"

namespace lmp::bench {
namespace {

constexpr int kBins = 10;
constexpr double kLeast = 1e-12;  // of a probability that has underflowed

struct Bin {
  int count = 0, right = 0;
  double confidence = 0;
};

double MeanNll(std::span<const Choice> choices, double temperature) {
  return Calibrate(choices, temperature).nll;
}

}  // namespace

Calibration Calibrate(std::span<const Choice> choices, double temperature) {
  std::array<Bin, kBins> bins;
  Calibration out;
  for (const Choice& choice : choices) {
    const std::vector<double> p = exec::Tempered(choice.probabilities, temperature);
    const auto best = static_cast<size_t>(std::max_element(p.begin(), p.end()) - p.begin());
    Bin& bin = bins[static_cast<size_t>(std::min(static_cast<int>(p[best] * kBins), kBins - 1))];
    ++bin.count;
    bin.right += best == choice.right ? 1 : 0;
    bin.confidence += p[best];
    out.accuracy += best == choice.right ? 1 : 0;
    out.nll -= std::log(std::max(p[choice.right], kLeast));
  }
  for (const Bin& bin : bins) out.ece += std::abs(bin.confidence - bin.right);
  const auto count = static_cast<double>(choices.size());
  out.accuracy /= count;
  out.ece /= count;
  out.nll /= count;
  return out;
}

double FitTemperature(std::span<const Choice> choices) {
  // The nll is convex in 1/T; golden sections over log T.
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double low = std::log(1.0 / 20), high = std::log(20.0);
  for (int i = 0; i < 60; ++i) {
    const double left = high - golden * (high - low), right = low + golden * (high - low);
    if (MeanNll(choices, std::exp(left)) <= MeanNll(choices, std::exp(right))) {
      high = right;
    } else {
      low = left;
    }
  }
  return std::exp((low + high) / 2);
}

}  // namespace lmp::bench
