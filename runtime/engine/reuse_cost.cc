#include "runtime/engine/reuse_cost.h"

#include <algorithm>

namespace lmp::engine {
namespace {

constexpr double kFlopsGuess = 2e10;        // one core of a small machine
constexpr double kReadGuess = 1.0 / 500e6;  // seconds per byte
constexpr double kFade = 0.98;              // of what was seen before, per step
constexpr double kGuessWeight = 0.02;       // of the guess against one step
constexpr double kGuessRows = 128;
constexpr double kRowsMin = 32;
constexpr double kNew = 0.2;  // of a new measurement in a running mean

}  // namespace

ReuseCost::ReuseCost(const model::ModelConfig& c, std::optional<ReuseCostNumbers> fixed)
    : fixed_(fixed.has_value()) {
  if (fixed_) {
    numbers_ = *fixed;
    return;
  }
  const double q = static_cast<double>(c.heads) * c.head_dim;
  const double kv = static_cast<double>(c.kv_heads) * c.head_dim;
  const double weights = c.layers * (c.width * (2 * q + 2 * kv) + 3.0 * c.width * c.ffn_width);
  numbers_.row_seconds = 2 * weights / kFlopsGuess;
  numbers_.pair_seconds = 4 * c.layers * q / kFlopsGuess;
  numbers_.read_byte_seconds = kReadGuess;
  numbers_.place_row_seconds = numbers_.row_seconds / 50;
  // The guess as two steps, one of matrices alone and one of attention alone.
  const double pairs = Pairs(kGuessRows, 0);
  rr_ = kGuessWeight * kGuessRows * kGuessRows;
  rs_ = rr_ * numbers_.row_seconds;
  pp_ = kGuessWeight * pairs * pairs;
  ps_ = pp_ * numbers_.pair_seconds;
}

void ReuseCost::AddStep(double rows, double pairs, double seconds) {
  if (fixed_ || rows < kRowsMin) return;
  for (double* sum : {&rr_, &rp_, &pp_, &rs_, &ps_}) *sum *= kFade;
  rr_ += rows * rows;
  rp_ += rows * pairs;
  pp_ += pairs * pairs;
  rs_ += rows * seconds;
  ps_ += pairs * seconds;
  const double det = rr_ * pp_ - rp_ * rp_;
  double a = 0, b = 0;
  if (det > 1e-9 * rr_ * pp_) {
    a = (rs_ * pp_ - ps_ * rp_) / det;
    b = (ps_ * rr_ - rs_ * rp_) / det;
  }
  // Neither can be less than nothing: then the other one explains all.
  if (b <= 0) {
    a = rs_ / rr_;
    b = 0;
  } else if (a <= 0) {
    a = 0;
    b = pp_ > 0 ? ps_ / pp_ : 0;
  }
  numbers_.row_seconds = a;
  numbers_.pair_seconds = b;
}

void ReuseCost::AddRead(size_t bytes, double seconds) {
  if (fixed_ || bytes == 0) return;
  double& mean = numbers_.read_byte_seconds;
  mean += kNew * (seconds / static_cast<double>(bytes) - mean);
}

void ReuseCost::AddPlaced(int rows, double seconds) {
  if (fixed_ || rows == 0) return;
  double& mean = numbers_.place_row_seconds;
  mean += kNew * (seconds / rows - mean);
}

ReuseCostNumbers ReuseCost::numbers() const { return numbers_; }

}  // namespace lmp::engine
