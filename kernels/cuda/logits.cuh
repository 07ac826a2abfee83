// Rows of logits: argmax, exp_weights. One row per block.
#pragma once

#include "kernels/cuda/device.cuh"

namespace lmp::kernels::cuda {

inline constexpr int kLogitThreads = 256;

__device__ inline bool IsAllowed(const uint64_t* mask, int64_t i) {
  return mask == nullptr || ((mask[i >> 6] >> (i & 63)) & 1u) != 0;
}

__device__ inline const uint64_t* MaskOf(const LogitRows& a) {
  return a.masks == nullptr ? nullptr : a.masks + int64_t{blockIdx.x} * a.mask_stride;
}

// Whether b is before a in the order of argmax.
__device__ inline bool IsBetter(const Argmax& b, const Argmax& a) {
  if (b.id < 0) return false;
  return a.id < 0 || b.value > a.value || (b.value == a.value && b.id < a.id);
}

__global__ void __launch_bounds__(kLogitThreads) ArgmaxKernel(LogitRows a, Argmax* out) {
  Argmax* const all = SharedArray<0, Argmax, kLogitThreads>();
  const int thread = static_cast<int>(threadIdx.x);
  const float* const x = a.x + int64_t{blockIdx.x} * a.x_stride;
  const uint64_t* const mask = MaskOf(a);
  int64_t best_id = -1;
  float best = 0;
  for (int64_t i = thread; i < a.n; i += kLogitThreads) {
    const float value = x[i];
    if (value != value || !IsAllowed(mask, i) || (best_id >= 0 && value <= best)) continue;
    best_id = i;
    best = value;
  }
  all[thread].id = best_id;
  all[thread].value = best;
  __syncthreads();
  for (int step = kLogitThreads / 2; step > 0; step /= 2) {
    if (thread < step && IsBetter(all[thread + step], all[thread])) {
      all[thread] = all[thread + step];
    }
    __syncthreads();
  }
  if (thread == 0) out[blockIdx.x] = all[0];
}

inline constexpr int kLogitWarps = kLogitThreads / kWarpLanes;

// A warp takes every kLogitWarps-th block of kLogitBlock logits.
__global__ void __launch_bounds__(kLogitThreads) ExpWeightsKernel(LogitRows a, WeightRows w) {
  constexpr int kSteps = kLogitBlock / kWarpLanes;
  const int warp = static_cast<int>(threadIdx.x) / kWarpLanes;
  const int lane = static_cast<int>(threadIdx.x) % kWarpLanes;
  const int64_t row = blockIdx.x;
  const float* const x = a.x + row * a.x_stride;
  float* const weights = w.weights + row * w.weights_stride;
  const uint64_t* const mask = MaskOf(a);
  const float max = w.max[row], rate = w.rate[row], least = w.least[row];
  for (int64_t block = warp; block * kLogitBlock < a.n; block += kLogitWarps) {
    float sum = 0;
    for (int step = 0; step < kSteps; ++step) {
      const int64_t i = block * kLogitBlock + step * kWarpLanes + lane;
      if (i >= a.n) continue;
      float weight = IsAllowed(mask, i) && x[i] <= max ? ExpOf((x[i] - max) * rate) : 0.0f;
      weight = weight < least ? 0.0f : weight;
      weights[i] = weight;
      sum += weight;
    }
    sum = WarpSum(sum);
    if (lane == 0) w.sums[row * w.sums_stride + block] = sum;
  }
}

// out: [rows], of the device.
template <typename Stream>
Status LaunchArgmax(Stream stream, const LogitRows& a, Argmax* out) {
  if (a.rows == 0) return OkStatus();
  return Launch(stream, LaunchShape{.blocks_x = BlocksFor(a.rows, 1), .threads = kLogitThreads},
                ArgmaxKernel, a, out);
}
template <typename Stream>
Status LaunchExpWeights(Stream stream, const LogitRows& a, const WeightRows& w) {
  if (a.rows == 0) return OkStatus();
  return Launch(stream, LaunchShape{.blocks_x = BlocksFor(a.rows, 1), .threads = kLogitThreads},
                ExpWeightsKernel, a, w);
}

}  // namespace lmp::kernels::cuda
