// Packed weights to fp32 vectors (weight_blocks.h), 32 k of one panel at a time.
#pragma once

#include "kernels/cpu/lanes-inl.h"
#include "kernels/weight_blocks.h"

HWY_BEFORE_NAMESPACE();
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

template <WeightFormat kFormat>
constexpr BlockLayout kLayout = LayoutOf(kFormat);

// k that WidenLine gives at once.
template <WeightFormat kFormat>
constexpr int kLineK = kLayout<kFormat>.grouped&& kLayout<kFormat>.low_bits == 4 ? 2 : 1;

// What belongs to 32 k of one panel: where its planes are, and its scales as fp32.
template <WeightFormat kFormat>
struct Group {
  static constexpr BlockLayout kL = kLayout<kFormat>;
  static constexpr int kScaleSets = kGroup / kL.scale_elements;
  const std::byte* low = nullptr;
  const std::byte* high = nullptr;
  alignas(64) float scale[kL.grouped ? kScaleSets * kPanel : 1];
  alignas(64) float offset[kL.has_offset ? kPanel : 1];
};

// The high 4 bits of the minima of kLanes rows from row v * kLanes on, in place (bits 2 to 5).
HWY_INLINE hn::Vec<U> HighMinima(const std::byte* p, int v) {
  const uint8_t* const bytes = reinterpret_cast<const uint8_t*>(p);
  const auto place = [](auto tag, auto nibbles) {
    return hn::ShiftLeft<2>(hn::And(nibbles, hn::Set(tag, 15u)));
  };
#if HWY_TARGET == HWY_AVX3
  (void)v;
  const hn::Half<U> half;
  const auto both = hn::PromoteTo(half, hn::LoadU(hn::Rebind<uint8_t, hn::Half<U>>(), bytes));
  return hn::Combine(u, place(half, hn::ShiftRight<4>(both)), place(half, both));
#else
  const int row = v * kLanes;
  const auto both = hn::PromoteTo(u, hn::LoadU(hn::Rebind<uint8_t, U>(), bytes + row % 8));
  return place(u, row < 8 ? both : hn::ShiftRight<4>(both));
#endif
}

// `block`: the packed block that has them; `index`: which 32 of it.
template <WeightFormat kFormat>
HWY_INLINE void OpenGroup(const std::byte* block, int64_t index, Group<kFormat>* out) {
  constexpr BlockLayout kL = kLayout<kFormat>;
  if constexpr (!kL.grouped) {
    out->low = block + index * kGroup * kPanel * kL.file_bytes;
  } else {
    const std::byte* const small = block + kL.header_bytes() + index * kL.group_bytes();
    out->high = small + kL.small_bytes;
    out->low = out->high + kL.high_bytes();
    LMP_UNROLL
    for (int v = 0; v < kVecs; ++v) {
      const int row = v * kLanes;
      const V d = WidenF16(block + 2 * row);
      if constexpr (kL.small_bytes == 0) {
        hn::Store(d, f, out->scale + row);
        if constexpr (kL.has_offset) {
          hn::Store(WidenF16(block + 2 * (kPanel + row)), f, out->offset + row);
        }
      } else if constexpr (!kL.has_offset) {
        hn::Store(hn::Mul(d, WidenInt8(small + row)), f, out->scale + row);
        hn::Store(hn::Mul(d, WidenInt8(small + kPanel + row)), f, out->scale + kPanel + row);
      } else {
        const auto both = hn::PromoteTo(
            u, hn::LoadU(hn::Rebind<uint8_t, U>(), reinterpret_cast<const uint8_t*>(small + row)));
        const auto scale = hn::And(both, hn::Set(u, 63u));
        const auto minimum = hn::Or(hn::ShiftRight<6>(both), HighMinima(small + kPanel, v));
        const V dmin = WidenF16(block + 2 * (kPanel + row));
        hn::Store(hn::Mul(d, hn::ConvertTo(f, hn::BitCast(i32, scale))), f, out->scale + row);
        hn::Store(hn::Neg(hn::Mul(dmin, hn::ConvertTo(f, hn::BitCast(i32, minimum)))), f,
                  out->offset + row);
      }
    }
  }
}

// The group of k (a multiple of 32) of a panel.
template <WeightFormat kFormat>
HWY_INLINE void OpenGroupAt(const std::byte* panel, int64_t k, Group<kFormat>* out) {
  constexpr BlockLayout kL = kLayout<kFormat>;
  const int64_t block = k / kL.elements;
  OpenGroup<kFormat>(panel + block * kPanel * kL.file_bytes,
                     kL.grouped ? k % kL.elements / kGroup : 0, out);
}

// Integers without their bias to weights; k is that of the first of out's two.
template <WeightFormat kFormat>
HWY_INLINE V ScaleWeights(hn::Vec<I> q, const Group<kFormat>& group, int k, int v) {
  constexpr BlockLayout kL = kLayout<kFormat>;
  const float* const scale = group.scale + k / kL.scale_elements * kPanel + v * kLanes;
  if constexpr (kL.has_offset) {
    return hn::MulAdd(hn::ConvertTo(f, q), hn::Load(f, scale),
                      hn::Load(f, group.offset + v * kLanes));
  } else {
    if constexpr (kL.bias != 0) q = hn::Sub(q, hn::Set(i32, kL.bias));
    return hn::Mul(hn::ConvertTo(f, q), hn::Load(f, scale));
  }
}

// Weights of k .. k + kLineK of the group (k a multiple of kLineK), rows v * kLanes on.
template <WeightFormat kFormat>
HWY_INLINE void WidenLine(const Group<kFormat>& group, int k, int v, V* HWY_RESTRICT out) {
  constexpr BlockLayout kL = kLayout<kFormat>;
  if constexpr (!kL.grouped) {
    const std::byte* const p = group.low + (k * kPanel + v * kLanes) * kL.file_bytes;
    if constexpr (kFormat == WeightFormat::kF32) {
      out[0] = hn::LoadU(f, reinterpret_cast<const float*>(p));
    } else if constexpr (kFormat == WeightFormat::kF16) {
      out[0] = WidenF16(p);
    } else {
      out[0] = WidenBf16(p);
    }
  } else if constexpr (kL.low_bits == 8) {
    out[0] = hn::Mul(WidenInt8(group.low + k * kPanel + v * kLanes),
                     hn::Load(f, group.scale + v * kLanes));
  } else {
    const auto* const bytes =
        reinterpret_cast<const uint8_t*>(group.low + k / 2 * kPanel + v * kLanes);
    const auto both = hn::PromoteTo(u, hn::LoadU(hn::Rebind<uint8_t, U>(), bytes));
    auto even = hn::And(both, hn::Set(u, 15u));
    auto odd = hn::ShiftRight<4>(both);
    if constexpr (kL.high_bits > 0) {
      const auto* const words = reinterpret_cast<const uint32_t*>(
          group.high + 4 * (k * kL.high_bits / 32 * kPanel + v * kLanes));
      const auto high = hn::ShiftRightSame(hn::LoadU(u, words), k * kL.high_bits % 32);
      const auto mask = hn::Set(u, ((1u << kL.high_bits) - 1) << 4);
      even = hn::Or(even, hn::And(hn::ShiftLeft<4>(high), mask));
      odd = hn::Or(odd, hn::And(hn::ShiftLeft<4 - kL.high_bits>(high), mask));
    }
    out[0] = ScaleWeights<kFormat>(hn::BitCast(i32, even), group, k, v);
    out[1] = ScaleWeights<kFormat>(hn::BitCast(i32, odd), group, k, v);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_AFTER_NAMESPACE();
