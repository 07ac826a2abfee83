// What the kernels of this folder share: shared arrays, sums over a warp, exp, loads of four.
//
// The kernels compile in two ways: by nvcc, and by a host compiler behind
// tests/cuda_emulation/cuda_emulation.h, which runs them on the CPU. So they take from a device
// only what stands in that header. They use fused multiply-add by name (nvcc runs with -fmad=false)
// and no function of the device's mathematics library but sqrtf, which is exact; hence both ways,
// and every device, give the same bits. The one exception is the log in logits.cuh.
//
// Behind the kernels of a file stands how an op becomes launches. `Stream` is cudaStream_t, or the
// emulation's; Launch(stream, shape, kernel, args...) is found where that is declared, or in
// launch.cuh, and returns Status. Nothing is launched for an empty op.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "kernels/cuda/device_ops.h"
#include "kernels/number.h"
#include "runtime/base/check.h"

// Sizes of tiles are small compile-time ints, and every array bound made of one would need a cast.
#pragma GCC diagnostic ignored "-Wsign-conversion"

// Before loops over arrays that are to lie in registers.
#if defined(__CUDACC__)
#define LMP_CUDA_UNROLL _Pragma("unroll")
#else
#define LMP_CUDA_UNROLL
#endif

namespace lmp::kernels::cuda {

inline constexpr int kWarpLanes = 32;
inline constexpr unsigned kAllLanes = 0xffffffffu;

// The grid of a launch: blocks_x at most 2^31 - 1, blocks_y at most 65,535.
struct LaunchShape {
  uint32_t blocks_x = 1;
  uint32_t blocks_y = 1;
  uint32_t threads = 1;     // of a block
  size_t shared_bytes = 0;  // DynamicShared
};

inline uint32_t BlocksFor(int64_t items, int64_t per_block) {
  return static_cast<uint32_t>((items + per_block - 1) / per_block);
}

#if defined(__CUDACC__)
// Shared memory of the block; arrays of one kernel differ in kId.
template <int kId, typename T, int kCount>
__device__ inline T* SharedArray() {
  __shared__ T array[kCount];
  return array;
}

// LaunchShape::shared_bytes of it, aligned to 16 bytes.
template <typename T>
__device__ inline T* DynamicShared() {
  extern __shared__ __align__(16) unsigned char shared_bytes[];
  return reinterpret_cast<T*>(shared_bytes);
}

// A vector load; p is aligned to V.
template <typename V>
__device__ inline V LoadAs(const void* p) {
  return *static_cast<const V*>(p);
}
#endif

__device__ inline float NegativeInfinity() { return -std::numeric_limits<float>::infinity(); }

// The same bits in every lane: each step adds two numbers that two lanes see in either order.
__device__ inline float WarpSum(float value) {
  for (int step = kWarpLanes / 2; step > 0; step /= 2) {
    value += __shfl_xor_sync(kAllLanes, value, step);
  }
  return value;
}

// NaN does not take part.
__device__ inline float WarpMax(float value) {
  for (int step = kWarpLanes / 2; step > 0; step /= 2) {
    const float other = __shfl_xor_sync(kAllLanes, value, step);
    value = other > value ? other : value;
  }
  return value;
}

__device__ inline uint32_t WarpMaxBits(uint32_t value) {
  for (int step = kWarpLanes / 2; step > 0; step /= 2) {
    const uint32_t other = __shfl_xor_sync(kAllLanes, value, step);
    value = other > value ? other : value;
  }
  return value;
}

// 2^exponent for -126..127.
__device__ inline float PowerOfTwo(int exponent) {
  return std::bit_cast<float>(static_cast<uint32_t>(exponent + 127) << 23);
}

// e^x within 2 units in the last place; NaN stays NaN, -infinity gives +0.
__device__ inline float ExpOf(float x) {
  if (x != x) return x;
  if (x < -104.0f) return 0.0f;  // below half of the least number
  if (x > 89.0f) return std::numeric_limits<float>::infinity();
  // x = n ln 2 + r with |r| <= ln 2 / 2; a polynomial gives e^r.
  const float n = rintf(x * 0x1.715476p+0f);
  float r = fmaf(n, -0x1.62e430p-1f, x);
  r = fmaf(n, 0x1.05c610p-29f, r);
  float p = 1.9875691500e-4f;
  p = fmaf(p, r, 1.3981999507e-3f);
  p = fmaf(p, r, 8.3334519073e-3f);
  p = fmaf(p, r, 4.1665795894e-2f);
  p = fmaf(p, r, 1.6666665459e-1f);
  p = fmaf(p, r, 5.0000001201e-1f);
  p = fmaf(p, r * r, r) + 1.0f;
  // n is -150..128, so 2^n is two factors; only the second product can round, or overflow.
  const int exponent = static_cast<int>(n);
  const int half = exponent / 2;
  return p * PowerOfTwo(half) * PowerOfTwo(exponent - half);
}

__device__ inline bool Aligned16(const void* p) { return reinterpret_cast<uintptr_t>(p) % 16 == 0; }

// p[0 .. 4) of which `count` exist; zeros behind. One load where p is aligned.
struct Four {
  float at[4];
};
__device__ inline Four LoadFour(const float* p, int64_t count) {
  if (count >= 4 && Aligned16(p)) {
    const float4 v = LoadAs<float4>(p);
    return {{v.x, v.y, v.z, v.w}};
  }
  Four v;
  LMP_CUDA_UNROLL
  for (int i = 0; i < 4; ++i) v.at[i] = i < count ? p[i] : 0.0f;
  return v;
}
__device__ inline void StoreFour(const Four& v, float* p, int64_t count) {
  if (count >= 4 && Aligned16(p)) {
    *reinterpret_cast<float4*>(p) = float4{v.at[0], v.at[1], v.at[2], v.at[3]};
    return;
  }
  LMP_CUDA_UNROLL
  for (int i = 0; i < 4; ++i) {
    if (i < count) p[i] = v.at[i];
  }
}

}  // namespace lmp::kernels::cuda
