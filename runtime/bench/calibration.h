// How far a probability of being right can be believed, and the temperature that makes it more so.
// Pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace lmp::bench {

// One choice: the probability of each option, and which was right.
struct Choice {
  std::vector<double> probabilities;
  size_t right = 0;
};

struct Calibration {
  double accuracy = 0;
  double ece = 0;  // expected calibration error of the chosen option's probability, 10 equal bins
  double nll = 0;  // mean -log of the right option's probability, in nats
};
// Under probabilities made of log-probabilities over `temperature`. At least one choice.
Calibration Calibrate(std::span<const Choice> choices, double temperature);

// The temperature of least nll, from 1/20 to 20.
double FitTemperature(std::span<const Choice> choices);

}  // namespace lmp::bench
