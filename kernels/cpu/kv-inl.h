// KV slots: rounding to the KV type and writing (kv_write), and widening blocks of keys for
// attention. Geometry: kernels/kv_layout.h.
#pragma once

#include "kernels/cpu/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

// K or V of one (page, kv head).
struct HeadPage {
  std::byte* values;  // [kPageTokens][head_dim]
  std::byte* scales;  // [kPageTokens] fp32, kInt8 only
};

HWY_INLINE HeadPage HeadPageOf(const KvLayerView& kv, PageId page, bool is_value, int head) {
  const KvGeometry& g = kv.geometry;
  std::byte* half =
      kv.base + size_t{page.index} * g.page_layer_bytes() + (is_value ? g.half_page_bytes() : 0);
  const size_t block = size_t{kPageTokens} * static_cast<size_t>(g.head_dim) * g.element_bytes();
  return {half + static_cast<size_t>(head) * block,
          half + static_cast<size_t>(g.kv_heads) * block +
              static_cast<size_t>(head) * kPageTokens * sizeof(float)};
}

// The hardware prefetcher does not follow a page table; see the callers for when.
HWY_INLINE void PrefetchHeadPage(const KvLayerView& kv, PageId page, bool is_value, int head) {
  const KvGeometry& g = kv.geometry;
  const HeadPage at = HeadPageOf(kv, page, is_value, head);
  const int64_t bytes = int64_t{kPageTokens} * g.head_dim * static_cast<int64_t>(g.element_bytes());
  for (int64_t line = 0; line < bytes; line += 64) hwy::Prefetch(at.values + line);
  if (g.type == KvType::kInt8) hwy::Prefetch(at.scales);
}

// x is rounded in place; `slot` (nullable) receives the stored form.
HWY_INLINE void RoundBf16(float* x, int n, std::byte* slot) {
  const hn::Rebind<uint16_t, F> half;
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const V value = hn::LoadU(f, x + i);
    const auto bits = hn::BitCast(u, value);
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(u, 1u));
    const auto up = hn::Add(bits, hn::Add(odd, hn::Set(u, 0x7fffu)));
    const auto quiet = hn::Or(bits, hn::Set(u, 0x400000u));
    const auto top =
        hn::ShiftRight<16>(hn::IfThenElse(hn::RebindMask(u, hn::IsNaN(value)), quiet, up));
    hn::StoreU(hn::BitCast(f, hn::ShiftLeft<16>(top)), f, x + i);
    if (slot != nullptr) {
      hn::StoreU(hn::DemoteTo(half, hn::BitCast(i32, top)), half,
                 reinterpret_cast<uint16_t*>(slot) + i);
    }
  }
  for (; i < n; ++i) {
    const uint16_t bits = Bf16FromF32(x[i]);
    if (slot != nullptr) std::memcpy(slot + 2 * i, &bits, sizeof(bits));
    x[i] = F32FromBf16(bits);
  }
}

HWY_INLINE uint32_t LargestMagnitudeBits(const float* x, int n) {
  const auto magnitude = hn::Set(i32, 0x7fffffff);
  auto largest = hn::Zero(i32);
  for (int i = 0; i < n; i += kLanes) {
    const V value = n - i < kLanes ? LoadPart(x + i, n - i) : hn::LoadU(f, x + i);
    largest = hn::Max(largest, hn::And(hn::BitCast(i32, value), magnitude));
  }
  return static_cast<uint32_t>(hn::GetLane(hn::MaxOfLanes(i32, largest)));
}

HWY_INLINE void RoundInt8(float* x, int n, std::byte* slot, std::byte* scale_slot) {
  const hn::Rebind<int8_t, F> i8;
  const float scale = Int8Scale(LargestMagnitudeBits(x, n));
  const float inverse = scale > 0 ? 1.0f / scale : 0.0f;
  if (slot != nullptr) std::memcpy(scale_slot, &scale, sizeof(scale));
  for (int i = 0; i < n; i += kLanes) {
    const int count = n - i < kLanes ? n - i : kLanes;
    // With a NaN or zero scale every q is 0, and 0 * scale is what the slot reads as.
    const V value =
        inverse > 0 ? count < kLanes ? LoadPart(x + i, count) : hn::LoadU(f, x + i) : hn::Zero(f);
    const auto nearest = hn::NearestInt(hn::Mul(value, hn::Set(f, inverse)));
    const auto q = hn::Max(hn::Min(nearest, hn::Set(i32, 127)), hn::Set(i32, -127));
    const V rounded = hn::Mul(hn::ConvertTo(f, q), hn::Set(f, scale));
    alignas(64) int8_t bytes[kLanes];
    hn::StoreU(hn::DemoteTo(i8, q), i8, bytes);
    if (count == kLanes) {
      hn::StoreU(rounded, f, x + i);
    } else {
      StorePart(rounded, x + i, count);
    }
    if (slot != nullptr) std::memcpy(slot + i, bytes, static_cast<size_t>(count));
  }
}

// One head's K or V of one token, to token slot `token` of `page` if one is given.
HWY_INLINE void RoundHead(KvType type, float* x, int n, const HeadPage* page, int token) {
  std::byte* slot = nullptr;
  const int bytes = type == KvType::kF32 ? 4 : type == KvType::kBf16 ? 2 : 1;
  if (page != nullptr) slot = page->values + int64_t{token} * n * bytes;
  switch (type) {
    case KvType::kF32:
      if (slot != nullptr) std::memcpy(slot, x, static_cast<size_t>(n) * sizeof(float));
      break;
    case KvType::kBf16:
      RoundBf16(x, n, slot);
      break;
    case KvType::kInt8:
      RoundInt8(x, n, slot, slot == nullptr ? nullptr : page->scales + 4 * token);
      break;
  }
}

void KvWriteRows(void* context, int64_t begin, int64_t end, int) {
  const KvWriteArgs& a = *static_cast<const KvWriteArgs*>(context);
  const KvGeometry& g = a.kv.geometry;
  const int dim = g.head_dim;
  float rotated[kHeadDimMax];
  for (int64_t m = begin; m < end; ++m) {
    const int token = a.positions[m] % kPageTokens;
    for (int h = 0; h < g.kv_heads; ++h) {
      float* k = a.k + m * a.k_stride + int64_t{h} * dim;
      float* v = a.v + m * a.v_stride + int64_t{h} * dim;
      RoundHead(g.type, k, dim, nullptr, 0);
      std::memcpy(rotated, k, static_cast<size_t>(dim) * sizeof(float));
      RotateHead(a.table, a.positions[m], rotated);
      const HeadPage k_page = HeadPageOf(a.kv, a.pages[m], false, h);
      const HeadPage v_page = HeadPageOf(a.kv, a.pages[m], true, h);
      RoundHead(g.type, rotated, dim, &k_page, token);
      RoundHead(g.type, v, dim, &v_page, token);
    }
  }
}

void KvWrite(const KvWriteArgs& a, ThreadPool& pool) {
  const KvGeometry& g = a.kv.geometry;
  RunRows(pool, a.rows, 4 * int64_t{g.kv_heads} * g.head_dim, KvWriteRows, &a);
}

// Vectors of at most 8 lanes, for 8 x 8 and 4 x 4 transposes.
using F8 = hn::CappedTag<float, 8>;
constexpr F8 f8;
constexpr int kLanes8 = static_cast<int>(hn::MaxLanes(f8));

template <KvType kType>
HWY_INLINE hn::Vec<F8> WidenSlot8(const std::byte* p, float scale) {
  if constexpr (kType == KvType::kF32) {
    return hn::LoadU(f8, reinterpret_cast<const float*>(p));
  } else if constexpr (kType == KvType::kBf16) {
    const hn::Rebind<uint16_t, F8> h;
    const hn::Rebind<uint32_t, F8> u8;
    const auto bits = hn::LoadU(h, reinterpret_cast<const uint16_t*>(p));
    return hn::BitCast(f8, hn::ShiftLeft<16>(hn::PromoteTo(u8, bits)));
  } else {
    const hn::Rebind<int8_t, F8> b;
    const hn::Rebind<int32_t, F8> i8;
    const auto q = hn::LoadU(b, reinterpret_cast<const int8_t*>(p));
    return hn::Mul(hn::ConvertTo(f8, hn::PromoteTo(i8, q)), hn::Set(f8, scale));
  }
}

template <KvType kType>
HWY_INLINE float WidenScalar(const std::byte* p, float scale) {
  if constexpr (kType == KvType::kF32) {
    float value;
    std::memcpy(&value, p, sizeof(value));
    return value;
  } else if constexpr (kType == KvType::kBf16) {
    uint16_t bits;
    std::memcpy(&bits, p, sizeof(bits));
    return F32FromBf16(bits);
  } else {
    return static_cast<float>(static_cast<int8_t>(*p)) * scale;
  }
}

// row[t] lane d becomes out[d * kPanel + t], kLanes8 x kLanes8.
HWY_INLINE void StoreTransposed(const hn::Vec<F8> (&row)[kLanes8], float* out) {
  const hn::Repartition<uint64_t, F8> d64;
  const auto pair = [&](auto a) { return hn::BitCast(d64, a); };
  hn::Vec<F8> half[kLanes8];  // half[q + d]: dims d and d + 4 of tokens q .. q + 3
  LMP_UNROLL
  for (int q = 0; q < kLanes8; q += 4) {
    const auto lo01 = pair(hn::InterleaveLower(f8, row[q], row[q + 1]));
    const auto up01 = pair(hn::InterleaveUpper(f8, row[q], row[q + 1]));
    const auto lo23 = pair(hn::InterleaveLower(f8, row[q + 2], row[q + 3]));
    const auto up23 = pair(hn::InterleaveUpper(f8, row[q + 2], row[q + 3]));
    half[q + 0] = hn::BitCast(f8, hn::InterleaveLower(d64, lo01, lo23));
    half[q + 1] = hn::BitCast(f8, hn::InterleaveUpper(d64, lo01, lo23));
    half[q + 2] = hn::BitCast(f8, hn::InterleaveLower(d64, up01, up23));
    half[q + 3] = hn::BitCast(f8, hn::InterleaveUpper(d64, up01, up23));
  }
  LMP_UNROLL
  for (int d = 0; d < 4; ++d) {
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
    hn::StoreU(hn::ConcatLowerLower(f8, half[4 + d], half[d]), f8, out + d * kPanel);
    hn::StoreU(hn::ConcatUpperUpper(f8, half[4 + d], half[d]), f8, out + (4 + d) * kPanel);
#else
    hn::StoreU(half[d], f8, out + d * kPanel);
#endif
  }
}

#if HWY_TARGET == HWY_AVX3
// 32 dims of 16 tokens of bf16, `stride` bytes apart: a 16 x 16 transpose of pairs of dims.
HWY_INLINE void WidenKeys32(const std::byte* p, int64_t stride, float* HWY_RESTRICT out) {
  __m512i a[kPageTokens], b[kPageTokens];
  LMP_UNROLL
  for (int t = 0; t < kPageTokens; ++t) a[t] = _mm512_loadu_si512(p + t * stride);
  LMP_UNROLL
  for (int i = 0; i < kPageTokens; i += 2) {
    b[i] = _mm512_unpacklo_epi32(a[i], a[i + 1]);
    b[i + 1] = _mm512_unpackhi_epi32(a[i], a[i + 1]);
  }
  LMP_UNROLL
  for (int i = 0; i < kPageTokens; i += 4) {  // a[i + j]: pairs j, 4 + j, ... of tokens i .. i + 3
    a[i] = _mm512_unpacklo_epi64(b[i], b[i + 2]);
    a[i + 1] = _mm512_unpackhi_epi64(b[i], b[i + 2]);
    a[i + 2] = _mm512_unpacklo_epi64(b[i + 1], b[i + 3]);
    a[i + 3] = _mm512_unpackhi_epi64(b[i + 1], b[i + 3]);
  }
  LMP_UNROLL
  for (int j = 0; j < 4; ++j) {
    const __m512i even0 = _mm512_shuffle_i32x4(a[j], a[4 + j], 0x88);
    const __m512i even1 = _mm512_shuffle_i32x4(a[8 + j], a[12 + j], 0x88);
    const __m512i odd0 = _mm512_shuffle_i32x4(a[j], a[4 + j], 0xdd);
    const __m512i odd1 = _mm512_shuffle_i32x4(a[8 + j], a[12 + j], 0xdd);
    b[j] = _mm512_shuffle_i32x4(even0, even1, 0x88);
    b[4 + j] = _mm512_shuffle_i32x4(odd0, odd1, 0x88);
    b[8 + j] = _mm512_shuffle_i32x4(even0, even1, 0xdd);
    b[12 + j] = _mm512_shuffle_i32x4(odd0, odd1, 0xdd);
  }
  const __m512i high = _mm512_set1_epi32(static_cast<int>(0xffff0000u));
  LMP_UNROLL
  for (int i = 0; i < kPageTokens; ++i) {
    _mm512_storeu_si512(out + 2 * i * kPanel, _mm512_slli_epi32(b[i], 16));
    _mm512_storeu_si512(out + (2 * i + 1) * kPanel, _mm512_and_si512(b[i], high));
  }
}
#endif

// One page's K of one head as a panel: out[d * kPanel + t].
template <KvType kType>
void WidenKeys(const HeadPage& page, int dim, float* HWY_RESTRICT out) {
  constexpr int kBytes = kType == KvType::kF32 ? 4 : kType == KvType::kBf16 ? 2 : 1;
  float scales[kPageTokens] = {};
  if constexpr (kType == KvType::kInt8) std::memcpy(scales, page.scales, sizeof(scales));
  int d = 0;
#if HWY_TARGET == HWY_AVX3
  if constexpr (kType == KvType::kBf16) {
    for (; d + 32 <= dim; d += 32) {
      WidenKeys32(page.values + d * kBytes, int64_t{dim} * kBytes, out + d * kPanel);
    }
  }
#endif
  for (; d + kLanes8 <= dim; d += kLanes8) {
    for (int t = 0; t < kPageTokens; t += kLanes8) {
      hn::Vec<F8> row[kLanes8];
      LMP_UNROLL
      for (int j = 0; j < kLanes8; ++j) {
        row[j] = WidenSlot8<kType>(page.values + ((t + j) * dim + d) * kBytes, scales[t + j]);
      }
      StoreTransposed(row, out + d * kPanel + t);
    }
  }
  for (; d < dim; ++d) {
    for (int t = 0; t < kPageTokens; ++t) {
      out[d * kPanel + t] = WidenScalar<kType>(page.values + (t * dim + d) * kBytes, scales[t]);
    }
  }
}

// `count` tokens' V of one page and head into panels of 16 dims:
//   out[(d / 16) * panel_stride + t * 16 + d % 16]
// with zeros for the dims behind head_dim.
template <KvType kType>
void WidenValues(const HeadPage& page, int dim, int count, int64_t panel_stride,
                 float* HWY_RESTRICT out) {
  constexpr int kBytes = kType == KvType::kF32 ? 4 : kType == KvType::kBf16 ? 2 : 1;
  for (int t = 0; t < count; ++t) {
    float scale = 0;
    if constexpr (kType == KvType::kInt8) std::memcpy(&scale, page.scales + 4 * t, sizeof(scale));
    const std::byte* row = page.values + t * dim * kBytes;
    for (int d = 0; d < dim; d += kPanel) {
      float* to = out + d / kPanel * panel_stride + t * kPanel;
      if (kVecs == 1 && kType == KvType::kBf16 && d + kPanel <= dim) {
        hn::StoreU(WidenBf16(row + d * kBytes), f, to);
      } else if (d + kPanel <= dim) {
        LMP_UNROLL
        for (int j = 0; j < kPanel; j += kLanes8) {
          hn::StoreU(WidenSlot8<kType>(row + (d + j) * kBytes, scale), f8, to + j);
        }
      } else {
        for (int j = 0; j < kPanel; ++j) {
          to[j] = d + j < dim ? WidenScalar<kType>(row + (d + j) * kBytes, scale) : 0.0f;
        }
      }
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_AFTER_NAMESPACE();
