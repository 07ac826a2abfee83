// ReuseCost: how long this engine takes to compute rows, and to bring stored rows into pages, as
// its own steps have shown.
//
//   Compute(n, context) = a n + b n (context + n / 2)
//
// `a` stands for the matrices, `b` for attention. Both are fitted to steps (least squares, old
// steps fading); before the first one they are guessed from the model's size, so a choice made then
// rests on a guess. With fixed numbers it measures nothing: for tests.
//
// Engine thread.
#pragma once

#include <cstddef>
#include <optional>

#include "runtime/model/model.h"

namespace lmp::engine {

struct ReuseCostNumbers {
  double row_seconds = 0;        // a
  double pair_seconds = 0;       // b, per pair of a row and a position that it sees
  double read_byte_seconds = 0;  // of objects that are not in memory
  double place_row_seconds = 0;  // stored row -> page, all layers
};

class ReuseCost {
 public:
  ReuseCost(const model::ModelConfig& config, std::optional<ReuseCostNumbers> fixed);

  // A step of the model: its rows, and over them the positions that each one sees. Small steps are
  // left out: they take as long as reading the weights does.
  void AddStep(double rows, double pairs, double seconds);
  void AddRead(size_t bytes, double seconds);
  void AddPlaced(int rows, double seconds);

  ReuseCostNumbers numbers() const;
  static double Pairs(double rows, double context) { return rows * (context + rows / 2); }

 private:
  const bool fixed_;
  ReuseCostNumbers numbers_;
  // Sums of the fit, old steps fading: rows^2, rows x pairs, pairs^2, and of both with seconds.
  double rr_ = 0, rp_ = 0, pp_ = 0, rs_ = 0, ps_ = 0;
};

}  // namespace lmp::engine
