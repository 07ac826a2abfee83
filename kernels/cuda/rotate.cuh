// Rotation of K and Q, for rope and for what writes KV.
#pragma once

#include "kernels/cuda/device.cuh"

namespace lmp::kernels::cuda {

// Pair `pair` of one head, which begins at x.
__device__ inline void RotatePair(const RopeView& table, int32_t position, int pair, float* x) {
  const int half = table.dims / 2;
  const float* const row = table.rows + int64_t{position} * table.dims;
  const float cosine = row[pair], sine = row[half + pair];
  const bool adjacent = table.layout == RopeLayout::kAdjacent;
  float* const first = x + (adjacent ? 2 * pair : pair);
  float* const second = x + (adjacent ? 2 * pair + 1 : pair + half);
  const float a = *first, b = *second;
  *first = fmaf(-b, sine, a * cosine);
  *second = fmaf(b, cosine, a * sine);
}

}  // namespace lmp::kernels::cuda
