// Ops on single rows: rms_norm, add, swiglu, rope. Formulas: kernels/ops.h.
#pragma once

#include "kernels/cuda/rotate.cuh"

namespace lmp::kernels::cuda {

inline constexpr int kRowThreads = 256;
inline constexpr int kRowWarps = kRowThreads / kWarpLanes;
inline constexpr int64_t kRowStep =
    int64_t{kRowThreads} * 4;  // elements that a block takes at once

// One row per block. The sum of squares has a fixed order: thread t adds up its elements
// 4t .. 4t + 4 of every 1,024 ascending, then a tree over the warp, then the warps ascending.
__global__ void __launch_bounds__(kRowThreads) RmsNormKernel(RmsNormArgs a) {
  float* const sums = SharedArray<0, float, kRowWarps>();
  const int thread = static_cast<int>(threadIdx.x);
  const float* const x = a.x + int64_t{blockIdx.x} * a.x_stride;
  float* const y = a.y + int64_t{blockIdx.x} * a.y_stride;
  float sum = 0.0f;
  for (int64_t i = 4 * thread; i < a.width; i += kRowStep) {
    const Four v = LoadFour(x + i, a.width - i);
    LMP_CUDA_UNROLL
    for (int j = 0; j < 4; ++j) sum = fmaf(v.at[j], v.at[j], sum);
  }
  sum = WarpSum(sum);
  if (thread % kWarpLanes == 0) sums[thread / kWarpLanes] = sum;
  __syncthreads();
  sum = sums[0];
  for (int warp = 1; warp < kRowWarps; ++warp) sum += sums[warp];
  const float scale = 1.0f / sqrtf(sum / static_cast<float>(a.width) + a.eps);
  for (int64_t i = 4 * thread; i < a.width; i += kRowStep) {
    Four v = LoadFour(x + i, a.width - i);
    const Four weight = LoadFour(a.weight + i, a.width - i);
    LMP_CUDA_UNROLL
    for (int j = 0; j < 4; ++j) v.at[j] = v.at[j] * scale * weight.at[j];
    StoreFour(v, y + i, a.width - i);
  }
}

__global__ void __launch_bounds__(kRowThreads) AddKernel(AddArgs a) {
  const float* const x = a.x + int64_t{blockIdx.x} * a.x_stride;
  float* const y = a.y + int64_t{blockIdx.x} * a.y_stride;
  for (int64_t i = 4 * threadIdx.x; i < a.width; i += kRowStep) {
    const Four from = LoadFour(x + i, a.width - i);
    Four to = LoadFour(y + i, a.width - i);
    LMP_CUDA_UNROLL
    for (int j = 0; j < 4; ++j) to.at[j] += from.at[j];
    StoreFour(to, y + i, a.width - i);
  }
}

__global__ void __launch_bounds__(kRowThreads) SwigluKernel(SwigluArgs a) {
  const float* const gate = a.gate + int64_t{blockIdx.x} * a.in_stride;
  const float* const up = a.up + int64_t{blockIdx.x} * a.in_stride;
  float* const y = a.y + int64_t{blockIdx.x} * a.y_stride;
  for (int64_t i = 4 * threadIdx.x; i < a.width; i += kRowStep) {
    Four v = LoadFour(gate + i, a.width - i);
    const Four u = LoadFour(up + i, a.width - i);
    LMP_CUDA_UNROLL
    for (int j = 0; j < 4; ++j) v.at[j] = v.at[j] / (1.0f + ExpOf(-v.at[j])) * u.at[j];
    StoreFour(v, y + i, a.width - i);
  }
}

// One row per block, a thread per pair.
__global__ void __launch_bounds__(kRowThreads) RopeKernel(RopeArgs a) {
  const int half = a.table.dims / 2;
  float* const x = a.x + int64_t{blockIdx.x} * a.x_stride;
  const int32_t position = a.positions[blockIdx.x];
  for (int i = static_cast<int>(threadIdx.x); i < a.heads * half; i += kRowThreads) {
    RotatePair(a.table, position, i % half, x + int64_t{i / half} * a.head_dim);
  }
}

// A block per row.
template <typename Stream, typename Args>
Status LaunchRows(Stream stream, void (*kernel)(Args), const Args& a) {
  if (a.rows == 0) return OkStatus();
  return Launch(stream, LaunchShape{.blocks_x = BlocksFor(a.rows, 1), .threads = kRowThreads},
                kernel, a);
}

template <typename Stream>
Status LaunchRmsNorm(Stream stream, const RmsNormArgs& a) {
  return LaunchRows(stream, RmsNormKernel, a);
}
template <typename Stream>
Status LaunchAdd(Stream stream, const AddArgs& a) {
  return LaunchRows(stream, AddKernel, a);
}
template <typename Stream>
Status LaunchSwiglu(Stream stream, const SwigluArgs& a) {
  return LaunchRows(stream, SwigluKernel, a);
}
template <typename Stream>
Status LaunchRope(Stream stream, const RopeArgs& a) {
  return LaunchRows(stream, RopeKernel, a);
}

}  // namespace lmp::kernels::cuda
