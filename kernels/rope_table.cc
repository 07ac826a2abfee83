#include "kernels/rope_table.h"

#include <cmath>

#include "runtime/base/check.h"

namespace lmp::kernels {

RopeTable::RopeTable(RopeLayout layout, int dims, double base, int64_t positions,
                     std::span<const float> factors)
    : layout_(layout), dims_(dims), positions_(positions) {
  LMP_CHECK(dims > 0 && dims % 2 == 0 && positions > 0 && base > 0);
  const size_t half = static_cast<size_t>(dims / 2);
  LMP_CHECK(factors.empty() || factors.size() == half);
  std::vector<double> frequency(half);
  for (size_t i = 0; i < half; ++i) {
    frequency[i] = std::pow(base, -2.0 * static_cast<double>(i) / dims);
    if (!factors.empty()) frequency[i] /= static_cast<double>(factors[i]);
  }
  rows_.resize(static_cast<size_t>(positions) * 2 * half);
  for (int64_t p = 0; p < positions; ++p) {
    float* row = rows_.data() + static_cast<size_t>(p) * 2 * half;
    for (size_t i = 0; i < half; ++i) {
      const double angle = static_cast<double>(p) * frequency[i];
      row[i] = static_cast<float>(std::cos(angle));
      row[half + i] = static_cast<float>(std::sin(angle));
    }
  }
}

RopeView RopeTable::view() const { return {rows_.data(), dims_, positions_, layout_}; }

}  // namespace lmp::kernels
