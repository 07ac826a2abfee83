// Packed weights (kernels/weight_blocks.h) to fp32 on the device. A weight has one value, that of
// its format, so all here is exact but the addition of an offset, as on the CPU.
//
// A warp reads 32 k of one panel of 16 outputs at a time, every byte once and side by side:
//
//   lane: half = lane % 2    outputs 8 half .. 8 half + 8
//         slot = lane / 2    k = 2 slot, 2 slot + 1
#pragma once

#include "kernels/cuda/device.cuh"
#include "kernels/weight_blocks.h"

namespace lmp::kernels::cuda {

inline constexpr int kLaneOutputs = 8;
inline constexpr int kLaneK = 2;

// Elements of a lane in the order [k][output].
struct LaneWeights {
  float at[kLaneK][kLaneOutputs];
};

__device__ inline void UnpackBytes(uint2 from, uint8_t (&out)[8]) {
  LMP_CUDA_UNROLL
  for (int i = 0; i < 4; ++i) {
    out[i] = static_cast<uint8_t>(from.x >> (8 * i));
    out[i + 4] = static_cast<uint8_t>(from.y >> (8 * i));
  }
}

__device__ inline void UnpackHalves(uint4 from, uint16_t (&out)[8]) {
  const unsigned words[4] = {from.x, from.y, from.z, from.w};
  LMP_CUDA_UNROLL
  for (int i = 0; i < 8; ++i) out[i] = static_cast<uint16_t>(words[i / 2] >> (16 * (i % 2)));
}

// Eight plain floats side by side.
template <WeightFormat kFormat>
__device__ inline void LoadEightFloats(const std::byte* p, float (&out)[kLaneOutputs]) {
  if constexpr (kFormat == WeightFormat::kF32) {
    LMP_CUDA_UNROLL
    for (int i = 0; i < kLaneOutputs; i += 4) {
      const float4 v = LoadAs<float4>(p + 4 * i);
      out[i] = v.x, out[i + 1] = v.y, out[i + 2] = v.z, out[i + 3] = v.w;
    }
  } else {
    uint16_t bits[8];
    UnpackHalves(LoadAs<uint4>(p), bits);
    LMP_CUDA_UNROLL
    for (int i = 0; i < kLaneOutputs; ++i) {
      out[i] = kFormat == WeightFormat::kF16 ? F32FromF16(bits[i]) : F32FromBf16(bits[i]);
    }
  }
}

// Plain float number `index` of a panel.
template <WeightFormat kFormat>
__device__ inline float LoadFloat(const std::byte* panel, int64_t index) {
  if constexpr (kFormat == WeightFormat::kF32) {
    return reinterpret_cast<const float*>(panel)[index];
  } else {
    const uint16_t bits = reinterpret_cast<const uint16_t*>(panel)[index];
    return kFormat == WeightFormat::kF16 ? F32FromF16(bits) : F32FromBf16(bits);
  }
}

// Scales and offsets of a lane's outputs in a group of 32 k; Q6_K: of the group's half that `slot`
// is in.
struct LaneScales {
  float scale[kLaneOutputs];
  float offset[kLaneOutputs];
};

template <WeightFormat kFormat>
__device__ inline LaneScales LoadScales(const std::byte* block, const std::byte* small, int half,
                                        int slot) {
  constexpr BlockLayout kLayout = LayoutOf(kFormat);
  LaneScales out;
  uint16_t d[8], second[8] = {};
  UnpackHalves(LoadAs<uint4>(block + 16 * half), d);
  if constexpr (kLayout.has_offset) {
    UnpackHalves(LoadAs<uint4>(block + 2 * kPanel + 16 * half), second);
  }
  uint8_t scales[8] = {}, high[8] = {};
  if constexpr (kLayout.small_bytes > 0 && kLayout.has_offset) {
    UnpackBytes(LoadAs<uint2>(small + 8 * half), scales);
    UnpackBytes(LoadAs<uint2>(small + kPanel), high);
  } else if constexpr (kLayout.small_bytes > 0) {
    UnpackBytes(LoadAs<uint2>(small + slot * kLaneK / kScaleItems6 * kPanel + 8 * half), scales);
  }
  LMP_CUDA_UNROLL
  for (int i = 0; i < kLaneOutputs; ++i) {
    out.scale[i] = F32FromF16(d[i]);
    out.offset[i] = F32FromF16(second[i]);
    if constexpr (kLayout.small_bytes > 0 && kLayout.has_offset) {
      const int minimum = scales[i] >> 6 | ((high[i] >> (4 * half)) & 15) << 2;
      out.scale[i] *= static_cast<float>(scales[i] & 63);
      out.offset[i] = -(out.offset[i] * static_cast<float>(minimum));
    } else if constexpr (kLayout.small_bytes > 0) {
      out.scale[i] *= static_cast<float>(static_cast<int8_t>(scales[i]));
    }
  }
  return out;
}

template <WeightFormat kFormat>
__device__ inline LaneWeights LoadQuantised(const std::byte* panel, int64_t group, int half,
                                            int slot) {
  constexpr BlockLayout kLayout = LayoutOf(kFormat);
  constexpr int kGroups = kLayout.elements / kGroup;
  const std::byte* const block = panel + group / kGroups * (kPanel * kLayout.file_bytes);
  const std::byte* const small =
      block + kLayout.header_bytes() + group % kGroups * kLayout.group_bytes();
  const std::byte* const high = small + kLayout.small_bytes;
  const std::byte* const low = high + kLayout.high_bytes() + 8 * half;
  const LaneScales s = LoadScales<kFormat>(block, small, half, slot);
  LaneWeights w;
  if constexpr (kLayout.low_bits == 8) {
    LMP_CUDA_UNROLL
    for (int t = 0; t < kLaneK; ++t) {
      uint8_t q[8];
      UnpackBytes(LoadAs<uint2>(low + (slot * kLaneK + t) * kPanel), q);
      LMP_CUDA_UNROLL
      for (int i = 0; i < kLaneOutputs; ++i) {
        w.at[t][i] = s.scale[i] * static_cast<float>(static_cast<int8_t>(q[i]));
      }
    }
    return w;
  }
  uint8_t both[8];
  UnpackBytes(LoadAs<uint2>(low + slot * kPanel), both);
  const int first_bit = slot * kLaneK * kLayout.high_bits;  // of this lane's first k, in its words
  LMP_CUDA_UNROLL
  for (int i = 0; i < kLaneOutputs; i += 2) {
    uint2 words{0, 0};
    if constexpr (kLayout.high_bits > 0) {
      words = LoadAs<uint2>(high + 4 * (first_bit / 32 * kPanel + 8 * half + i));
    }
    LMP_CUDA_UNROLL
    for (int j = i; j < i + 2; ++j) {
      const unsigned word = (j == i ? words.x : words.y) >> (first_bit % 32);
      LMP_CUDA_UNROLL
      for (int t = 0; t < kLaneK; ++t) {
        const unsigned bits = word >> (t * kLayout.high_bits) & ((1u << kLayout.high_bits) - 1);
        const int q = static_cast<int>((both[j] >> (4 * t) & 15u) | bits << 4);
        if constexpr (kLayout.has_offset) {
          w.at[t][j] = fmaf(static_cast<float>(q), s.scale[j], s.offset[j]);
        } else {
          w.at[t][j] = s.scale[j] * static_cast<float>(q - kLayout.bias);
        }
      }
    }
  }
  return w;
}

// A lane's weights of k = 32 group .. 32 group + 32; zeros for k behind the matrix.
template <WeightFormat kFormat>
__device__ inline LaneWeights LoadWeights(const std::byte* panel, int64_t k, int64_t group,
                                          int half, int slot) {
  constexpr BlockLayout kLayout = LayoutOf(kFormat);
  if constexpr (kLayout.grouped) {
    return LoadQuantised<kFormat>(panel, group, half, slot);
  } else {
    LaneWeights w;
    LMP_CUDA_UNROLL
    for (int t = 0; t < kLaneK; ++t) {
      const int64_t at = group * kGroup + slot * kLaneK + t;
      if (at < k) {
        LoadEightFloats<kFormat>(panel + (at * kPanel + kLaneOutputs * half) * kLayout.file_bytes,
                                 w.at[t]);
      } else {
        LMP_CUDA_UNROLL
        for (int i = 0; i < kLaneOutputs; ++i) w.at[t][i] = 0.0f;
      }
    }
    return w;
  }
}

// Calls f.template operator()<kFormat>() with the format as a constant.
template <typename F>
Status WithFormat(WeightFormat format, F&& f) {
  switch (format) {
    case WeightFormat::kF32:
      return f.template operator()<WeightFormat::kF32>();
    case WeightFormat::kF16:
      return f.template operator()<WeightFormat::kF16>();
    case WeightFormat::kBf16:
      return f.template operator()<WeightFormat::kBf16>();
    case WeightFormat::kQ8_0:
      return f.template operator()<WeightFormat::kQ8_0>();
    case WeightFormat::kQ4_0:
      return f.template operator()<WeightFormat::kQ4_0>();
    case WeightFormat::kQ4_1:
      return f.template operator()<WeightFormat::kQ4_1>();
    case WeightFormat::kQ5_0:
      return f.template operator()<WeightFormat::kQ5_0>();
    case WeightFormat::kQ5_1:
      return f.template operator()<WeightFormat::kQ5_1>();
    case WeightFormat::kQ4_K:
      return f.template operator()<WeightFormat::kQ4_K>();
    case WeightFormat::kQ5_K:
      return f.template operator()<WeightFormat::kQ5_K>();
    case WeightFormat::kQ6_K:
      return f.template operator()<WeightFormat::kQ6_K>();
  }
  return Internal("a weight format without kernels");
}

}  // namespace lmp::kernels::cuda
