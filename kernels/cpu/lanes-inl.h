// Vectors of kPanel = 16 fp32 lanes for every instruction set, whatever its width, so that a sum
// over 16 lanes has one order on all of them. Included by one file per instruction set
// (docs/KERNELS.md, "One file, one instruction set"): everything has internal linkage.
#pragma once

#include <hwy/cache_control.h>
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/number.h"
#include "kernels/ops.h"

// Sizes of tiles are small compile-time ints, and every array bound made of one would need a cast.
#pragma GCC diagnostic ignored "-Wsign-conversion"

#if defined(__clang__)
#define LMP_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LMP_UNROLL _Pragma("GCC unroll 16")
#endif

HWY_BEFORE_NAMESPACE();
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using F = hn::CappedTag<float, kPanel>;
using U = hn::Rebind<uint32_t, F>;
using I = hn::Rebind<int32_t, F>;
using V = hn::Vec<F>;
constexpr F f;
constexpr U u;
constexpr I i32;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(f));
constexpr int kVecs = kPanel / kLanes;
static_assert(kVecs * kLanes == kPanel);

// 16 lanes.
struct Wide {
  V v[kVecs];
};

HWY_INLINE Wide ZeroWide() {
  Wide w;
  LMP_UNROLL
  for (int i = 0; i < kVecs; ++i) w.v[i] = hn::Zero(f);
  return w;
}

// Fixed tree: lane i + lane i + 8, then 4, 2, 1.
HWY_INLINE float SumLanes(const Wide& w) {
  alignas(64) float lane[kPanel];
  for (int i = 0; i < kVecs; ++i) hn::Store(w.v[i], f, lane + i * kLanes);
  for (int step = kPanel / 2; step > 0; step /= 2) {
    for (int i = 0; i < step; ++i) lane[i] += lane[i + step];
  }
  return lane[0];
}

// The first `count` < kLanes elements; zeros behind.
HWY_INLINE V LoadPart(const float* p, int64_t count) {
  alignas(64) float lane[kLanes] = {};
  for (int64_t i = 0; i < count; ++i) lane[i] = p[i];
  return hn::Load(f, lane);
}
HWY_INLINE void StorePart(V v, float* p, int64_t count) {
  alignas(64) float lane[kLanes];
  hn::Store(v, f, lane);
  for (int64_t i = 0; i < count; ++i) p[i] = lane[i];
}

// exp for x <= 88; NaN stays NaN (Highway's Exp gives 0 for it), -inf gives +0.
HWY_INLINE V ExpOf(V x) { return hn::IfThenElse(hn::IsNaN(x), x, hn::Exp(f, x)); }

HWY_INLINE V WidenF16(const std::byte* p) {
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  const hn::Rebind<hwy::float16_t, F> h;
  return hn::PromoteTo(f, hn::LoadU(h, reinterpret_cast<const hwy::float16_t*>(p)));
#else
  // As F32FromF16 in number.h; Highway's emulation has no infinities and NaNs.
  const hn::Rebind<uint16_t, F> h;
  const auto bits = hn::PromoteTo(u, hn::LoadU(h, reinterpret_cast<const uint16_t*>(p)));
  const auto magnitude = hn::And(bits, hn::Set(u, 0x7fffu));
  const auto sign = hn::ShiftLeft<16>(hn::And(bits, hn::Set(u, 0x8000u)));
  const auto shifted = hn::ShiftLeft<13>(magnitude);
  const auto finite = hn::BitCast(u, hn::Mul(hn::BitCast(f, shifted), hn::Set(f, 0x1p112f)));
  const auto special = hn::Or(shifted, hn::Set(u, 0x7f800000u));
  const auto is_special = hn::Gt(hn::BitCast(i32, magnitude), hn::Set(i32, 0x7bff));
  const auto value = hn::IfThenElse(hn::RebindMask(u, is_special), special, finite);
  return hn::BitCast(f, hn::Or(sign, value));
#endif
}

HWY_INLINE V WidenBf16(const std::byte* p) {
  const hn::Rebind<uint16_t, F> h;
  const auto bits = hn::LoadU(h, reinterpret_cast<const uint16_t*>(p));
  return hn::BitCast(f, hn::ShiftLeft<16>(hn::PromoteTo(u, bits)));
}

HWY_INLINE V WidenInt8(const std::byte* p) {
  const hn::Rebind<int8_t, F> b;
  return hn::ConvertTo(f, hn::PromoteTo(i32, hn::LoadU(b, reinterpret_cast<const int8_t*>(p))));
}

// Runs body over rows; on the calling thread alone where a fork would cost more than it saves.
HWY_INLINE void RunRows(ThreadPool& pool, int64_t rows, int64_t elements_per_row,
                        ThreadPool::Body body, const void* args) {
  constexpr int64_t kForkElements = 32768;
  void* context = const_cast<void*>(args);
  if (rows <= 0) return;
  if (rows == 1 || rows * elements_per_row < kForkElements) return body(context, 0, rows, 0);
  pool.Run(rows, body, context);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_AFTER_NAMESPACE();
