// What kernel tests share: implementations of this machine, seeded inputs, unpacked matrices in
// every weight format, a paged pool. Single-threaded.
#pragma once

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/number.h"
#include "kernels/ops.h"
#include "kernels/registry.h"
#include "kernels/weight_blocks.h"
#include "runtime/base/clock_rng.h"
#if defined(LMP_TEST_CUDA_EMULATION)
#include "tests/cuda_emulation/emulated_ops.h"
#endif

namespace lmp::kernels {

// Implementations to test against the reference. Those this machine cannot run are left out;
// registry_test says which. Every test is built a second time for the kernels of kernels/cuda,
// which the emulation runs.
inline std::vector<const Ops*> TestedOps() {
#if defined(LMP_TEST_CUDA_EMULATION)
  return {&kCudaEmulatedOps};
#else
  std::vector<const Ops*> ops;
  for (const Implementation& i : Implementations()) {
    if (i.name != "reference" && i.available()) ops.push_back(i.ops);
  }
  return ops;
#endif
}

// Tests of the emulation leave out sizes that add time and no new case.
#if defined(LMP_TEST_CUDA_EMULATION)
inline constexpr bool kSlow = true;
#else
inline constexpr bool kSlow = false;
#endif

inline const Ops& Reference() { return *ChooseOps("reference").value(); }

inline float Uniform(Rng& rng, float low, float high) {
  return low + (high - low) * static_cast<float>(rng.Next() >> 40) * 0x1p-24f;
}

// Mostly in [-1, 1], one in 64 an outlier up to 100.
inline std::vector<float> RandomFloats(Rng& rng, int64_t count) {
  std::vector<float> x(static_cast<size_t>(count));
  for (float& v : x) v = Uniform(rng, -1, 1) * (rng.Next() % 64 == 0 ? 100.0f : 1.0f);
  return x;
}

inline bool SameBits(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b);
}
inline bool SameBits(const float* a, const float* b, int64_t count) {
  return std::memcmp(a, b, static_cast<size_t>(count) * sizeof(float)) == 0;
}

inline constexpr auto& kFormats = kWeightFormats;

// An unpacked n x k matrix of random weights of about unit size, in the format's bytes.
inline std::vector<std::byte> RandomWeights(Rng& rng, WeightFormat format, int64_t n, int64_t k) {
  std::vector<std::byte> bytes(UnpackedBytes(format, k) * static_cast<size_t>(n));
  const auto put16 = [&](size_t at, uint64_t bits) {
    const uint16_t value = static_cast<uint16_t>(bits);
    std::memcpy(&bytes[at], &value, 2);
  };
  switch (format) {
    case WeightFormat::kF32:
      for (size_t i = 0; i < bytes.size(); i += 4) {
        const float v = Uniform(rng, -1, 1);
        std::memcpy(&bytes[i], &v, 4);
      }
      break;
    case WeightFormat::kF16:  // sign, exponent 8..15 of bias 15, mantissa
      for (size_t i = 0; i < bytes.size(); i += 2) {
        put16(i, (rng.Next() & 0x83ff) | ((8 + rng.Next() % 8) << 10));
      }
      break;
    case WeightFormat::kBf16:
      for (size_t i = 0; i < bytes.size(); i += 2) put16(i, Bf16FromF32(Uniform(rng, -1, 1)));
      break;
    default: {  // any bits, but factors of about 2^-7 (K formats: 2^-13)
      const BlockLayout layout = LayoutOf(format);
      for (std::byte& byte : bytes) byte = static_cast<std::byte>(rng.Next() & 0xff);
      const auto block = static_cast<size_t>(layout.file_bytes);
      const size_t exponent = layout.elements == kBlockMax ? 2 : 8;
      for (size_t i = 0; i < bytes.size(); i += block) {
        const size_t first = format == WeightFormat::kQ6_K ? block - 2 : 0;
        put16(i + first, (rng.Next() & 0x83ff) | (exponent << 10));
        if (layout.has_offset) put16(i + 2, (rng.Next() & 0x83ff) | (exponent << 10));
      }
      break;
    }
  }
  return bytes;
}

inline PackedMatrix RandomMatrix(Rng& rng, WeightFormat format, int64_t n, int64_t k) {
  return PackedMatrix::Pack(format, n, k, RandomWeights(rng, format, n, k).data()).value();
}

// The pool of one layer, poisoned: unwritten slots read as NaN.
struct TestPool {
  TestPool(KvType type, int kv_heads, int head_dim, uint32_t pages)
      : geometry{1, kv_heads, head_dim, type},
        bytes(geometry.page_bytes() * pages, std::byte{0xff}) {}
  KvLayerView view() { return {bytes.data(), geometry}; }
  KvGeometry geometry;
  std::vector<std::byte> bytes;
};

inline constexpr KvType kKvTypes[] = {KvType::kF32, KvType::kBf16, KvType::kInt8};

}  // namespace lmp::kernels
