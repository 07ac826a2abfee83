// Reductions over rows of logits: argmax, log_sum_exp, log_softmax. One row per block.
//
// Sums have a fixed order: thread t adds up its elements t, t + 256, ... in fp64, then a tree over
// the block.
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

// The row's log_sum_exp, in every thread of the block.
__device__ inline double LogSumExpOfRow(const LogitRows& a) {
  float* const largest = SharedArray<0, float, kLogitThreads>();
  double* const sums = SharedArray<1, double, kLogitThreads>();
  const int thread = static_cast<int>(threadIdx.x);
  const float* const x = a.x + int64_t{blockIdx.x} * a.x_stride;
  const uint64_t* const mask = MaskOf(a);
  float max = NegativeInfinity();
  double sum = 0;  // NaN if a logit is
  for (int64_t i = thread; i < a.n; i += kLogitThreads) {
    if (!IsAllowed(mask, i)) continue;
    if (x[i] != x[i]) sum = std::numeric_limits<double>::quiet_NaN();
    max = x[i] > max ? x[i] : max;
  }
  largest[thread] = max;
  sums[thread] = sum;
  __syncthreads();
  for (int step = kLogitThreads / 2; step > 0; step /= 2) {
    if (thread < step) {
      const float other = largest[thread + step];
      largest[thread] = other > largest[thread] ? other : largest[thread];
      sums[thread] += sums[thread + step];
    }
    __syncthreads();
  }
  max = largest[0];
  sum = sums[0];
  if (sum != sum) return sum;
  if (max == NegativeInfinity() || max == -NegativeInfinity()) return static_cast<double>(max);
  __syncthreads();  // all have read sums[0]
  for (int64_t i = thread; i < a.n; i += kLogitThreads) {
    if (IsAllowed(mask, i)) sum += static_cast<double>(ExpOf(x[i] - max));
  }
  sums[thread] = sum;
  __syncthreads();
  for (int step = kLogitThreads / 2; step > 0; step /= 2) {
    if (thread < step) sums[thread] += sums[thread + step];
    __syncthreads();
  }
  return static_cast<double>(max) + log(sums[0]);
}

__global__ void __launch_bounds__(kLogitThreads) LogSumExpKernel(LogitRows a, double* out) {
  const double total = LogSumExpOfRow(a);
  if (threadIdx.x == 0) out[blockIdx.x] = total;
}

// out may be x: a thread writes what only it reads.
__global__ void __launch_bounds__(kLogitThreads)
    LogSoftmaxKernel(LogitRows a, float* out, int64_t out_stride) {
  const double total = LogSumExpOfRow(a);
  const float* const x = a.x + int64_t{blockIdx.x} * a.x_stride;
  float* const y = out + int64_t{blockIdx.x} * out_stride;
  const uint64_t* const mask = MaskOf(a);
  for (int64_t i = threadIdx.x; i < a.n; i += kLogitThreads) {
    y[i] = IsAllowed(mask, i) ? static_cast<float>(static_cast<double>(x[i]) - total)
                              : NegativeInfinity();
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
Status LaunchLogSumExp(Stream stream, const LogitRows& a, double* out) {
  if (a.rows == 0) return OkStatus();
  return Launch(stream, LaunchShape{.blocks_x = BlocksFor(a.rows, 1), .threads = kLogitThreads},
                LogSumExpKernel, a, out);
}
template <typename Stream>
Status LaunchLogSoftmax(Stream stream, const LogitRows& a, float* out, int64_t out_stride) {
  if (a.rows == 0) return OkStatus();
  return Launch(stream, LaunchShape{.blocks_x = BlocksFor(a.rows, 1), .threads = kLogitThreads},
                LogSoftmaxKernel, a, out, out_stride);
}

}  // namespace lmp::kernels::cuda
