// matmul and embed on packed weights of every format, for few rows: decode and short prompts.
//
// A block computes one panel of 16 outputs for up to kRows rows. y[m][j] is, for every shape of the
// launch and whatever rows share it:
//
//   part[s] = fma chain, k ascending, over the k with (k / 32) mod 4 = s / 16 and
//             (k mod 32) / 2 = s mod 16, from +0                         s in [0, 64)
//   y       = part[0] + part[1] + ... + part[63], + bias
//
// so that a row has the same bits alone and among any others (decision 1). kRows changes only how
// often the weights are read.
#pragma once

#include "kernels/cuda/weights.cuh"

namespace lmp::kernels::cuda {

inline constexpr int kMatmulWarps = 4;
inline constexpr int kMatmulThreads = kMatmulWarps * kWarpLanes;
inline constexpr int kMatmulParts = kMatmulWarps * kWarpLanes / 2;

template <WeightFormat kFormat, int kRows>
__global__ void __launch_bounds__(kMatmulThreads) MatmulKernel(MatmulArgs a, int64_t panel_bytes) {
  constexpr int kResults = kRows * kPanel;
  constexpr int kPitch = kMatmulParts + 1;  // off the banks
  float* const parts = SharedArray<0, float, kResults * kPitch>();
  const int thread = static_cast<int>(threadIdx.x);
  const int warp = thread / kWarpLanes, lane = thread % kWarpLanes;
  const int half = lane % 2, slot = lane / 2;
  const int64_t panel = blockIdx.x;
  const int64_t first_row = int64_t{blockIdx.y} * kRows;
  const std::byte* const weights = a.w.panels + panel * panel_bytes;

  float sum[kRows][kLaneOutputs] = {};
  const int64_t groups = (a.w.k + kGroup - 1) / kGroup;
  for (int64_t group = warp; group < groups; group += kMatmulWarps) {
    const LaneWeights w = LoadWeights<kFormat>(weights, a.w.k, group, half, slot);
    LMP_CUDA_UNROLL
    for (int t = 0; t < kLaneK; ++t) {
      const int64_t k = group * kGroup + slot * kLaneK + t;
      if (k >= a.w.k) continue;
      LMP_CUDA_UNROLL
      for (int m = 0; m < kRows; ++m) {
        // Rows that are not there compute the last one's again.
        const int64_t row = first_row + m < a.rows ? first_row + m : a.rows - 1;
        const float x = a.x[row * a.x_stride + k];
        LMP_CUDA_UNROLL
        for (int i = 0; i < kLaneOutputs; ++i) sum[m][i] = fmaf(x, w.at[t][i], sum[m][i]);
      }
    }
  }
  LMP_CUDA_UNROLL
  for (int m = 0; m < kRows; ++m) {
    LMP_CUDA_UNROLL
    for (int i = 0; i < kLaneOutputs; ++i) {
      const int result = m * kPanel + kLaneOutputs * half + i;
      parts[result * kPitch + warp * (kWarpLanes / 2) + slot] = sum[m][i];
    }
  }
  __syncthreads();
  for (int result = thread; result < kResults; result += kMatmulThreads) {
    const int64_t row = first_row + result / kPanel;
    const int64_t j = panel * kPanel + result % kPanel;
    if (row >= a.rows || j >= a.w.n) continue;
    float y = parts[result * kPitch];
    for (int s = 1; s < kMatmulParts; ++s) y += parts[result * kPitch + s];
    if (a.bias != nullptr) y += a.bias[j];
    a.y[row * a.y_stride + j] = y;
  }
}

inline constexpr int kEmbedThreads = 128;

// A block per row. A warp takes 32 k at a time; the lanes of the other half of the panel leave, and
// each of the rest keeps one of its outputs: a row is nothing beside a step's weights.
template <WeightFormat kFormat>
__global__ void __launch_bounds__(kEmbedThreads) EmbedKernel(EmbedArgs a, int64_t panel_bytes) {
  const int thread = static_cast<int>(threadIdx.x);
  const int64_t row = a.ids[blockIdx.x];
  const int output = static_cast<int>(row % kPanel);
  const std::byte* const panel = a.w.panels + row / kPanel * panel_bytes;
  float* const y = a.y + int64_t{blockIdx.x} * a.y_stride;
  if constexpr (!LayoutOf(kFormat).grouped) {
    for (int64_t k = thread; k < a.w.k; k += kEmbedThreads) {
      y[k] = LoadFloat<kFormat>(panel, k * kPanel + output);
    }
  } else {
    const int lane = thread % kWarpLanes, half = lane % 2, slot = lane / 2;
    if (output / kLaneOutputs != half) return;
    for (int64_t group = thread / kWarpLanes; group < a.w.k / kGroup;
         group += kEmbedThreads / kWarpLanes) {
      const LaneWeights w = LoadQuantised<kFormat>(panel, group, half, slot);
      LMP_CUDA_UNROLL
      for (int t = 0; t < kLaneK; ++t) {
        LMP_CUDA_UNROLL
        for (int i = 0; i < kLaneOutputs; ++i) {
          if (i == output % kLaneOutputs) y[group * kGroup + slot * kLaneK + t] = w.at[t][i];
        }
      }
    }
  }
}

// What blocks_y allows.
inline constexpr int64_t kMatmulRowsMax = 65535;

template <typename Stream>
Status LaunchMatmul(Stream stream, const MatmulArgs& a) {
  if (a.rows == 0) return OkStatus();
  LMP_CHECK(a.rows <= kMatmulRowsMax);
  const auto panel_bytes = static_cast<int64_t>(PanelBytes(a.w.format, a.w.k));
  const auto launch = [&](auto kernel, int rows) {
    const LaunchShape shape = {.blocks_x = BlocksFor(a.w.n, kPanel),
                               .blocks_y = BlocksFor(a.rows, rows),
                               .threads = kMatmulThreads};
    return Launch(stream, shape, kernel, a, panel_bytes);
  };
  return WithFormat(a.w.format, [&]<WeightFormat kFormat>() {
    return a.rows == 1   ? launch(MatmulKernel<kFormat, 1>, 1)
           : a.rows <= 4 ? launch(MatmulKernel<kFormat, 4>, 4)
                         : launch(MatmulKernel<kFormat, 8>, 8);
  });
}

template <typename Stream>
Status LaunchEmbed(Stream stream, const EmbedArgs& a) {
  if (a.rows == 0) return OkStatus();
  const auto panel_bytes = static_cast<int64_t>(PanelBytes(a.w.format, a.w.k));
  const LaunchShape shape = {.blocks_x = BlocksFor(a.rows, 1), .threads = kEmbedThreads};
  return WithFormat(a.w.format, [&]<WeightFormat kFormat>() {
    return Launch(stream, shape, EmbedKernel<kFormat>, a, panel_bytes);
  });
}

}  // namespace lmp::kernels::cuda
