// Scalar conversions between fp32 and the 16-bit formats, and rounding to the KV type: exact
// widening, rounding to nearest even.
// Pure functions, any thread. The constexpr ones are called by device code, too.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>

#include "kernels/kv_layout.h"

namespace lmp::kernels {

constexpr float F32FromBf16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

// NaN stays a (quiet) NaN of the same sign.
constexpr uint16_t Bf16FromF32(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>((bits >> 16) | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

inline uint16_t F16FromF32(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);  // rounds to infinity
  if (magnitude < 0x38800000u) {
    // A multiple of 2^-24 in fp16: adding 0.5 (whose last place in fp32 is 2^-24) rounds to it.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000u));
  }
  const uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
  return static_cast<uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
}

constexpr float F32FromF16(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t magnitude = half & 0x7fffu;
  if (magnitude >= 0x7c00u) {  // infinity, NaN
    return std::bit_cast<float>(sign | 0x7f800000u | ((magnitude & 0x3ffu) << 13));
  }
  // Read with fp32's exponent bias the value is 2^-112 too small; the product is exact, also for
  // fp16 subnormals.
  const float scaled = std::bit_cast<float>(magnitude << 13) * 0x1p112f;
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(scaled));
}

// Scale of an int8 KV row from the bits of its largest magnitude (compared as integers, NaN is
// above infinity above every number). NaN for NaN and infinity, so that such a row is NaN as a
// whole; 0 where the reciprocal would overflow.
constexpr float Int8Scale(uint32_t largest_magnitude_bits) {
  if (largest_magnitude_bits >= 0x7f800000u) return std::bit_cast<float>(0x7fc00000u);
  const float scale = std::bit_cast<float>(largest_magnitude_bits) / 127.0f;
  return scale < 0x1p-120f ? 0.0f : scale;
}

// Rounds one head's row to the KV type, as kv_write does.
inline void RoundToKvType(KvType type, std::span<float> x) {
  if (type == KvType::kBf16) {
    for (float& value : x) value = F32FromBf16(Bf16FromF32(value));
  } else if (type == KvType::kInt8) {
    uint32_t largest = 0;
    for (const float value : x) {
      largest = std::max(largest, std::bit_cast<uint32_t>(value) & 0x7fffffffu);
    }
    const float scale = Int8Scale(largest);
    const float inverse = scale > 0 ? 1.0f / scale : 0.0f;
    for (float& value : x) {
      const float q =
          inverse > 0 ? std::clamp(std::nearbyint(value * inverse), -127.0f, 127.0f) : 0.0f;
      value = q * scale;
    }
  }
}

}  // namespace lmp::kernels
