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
  std::byte* values;  // K: [head_dim][kPageTokens], V: [kPageTokens][head_dim]
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

// x is rounded in place. `slot` and `scale_slot` (kInt8) receive the stored form, if given.
HWY_INLINE void RoundHead(KvType type, float* x, int n, std::byte* slot, std::byte* scale_slot) {
  switch (type) {
    case KvType::kF32:
      if (slot != nullptr) std::memcpy(slot, x, static_cast<size_t>(n) * sizeof(float));
      break;
    case KvType::kBf16:
      RoundBf16(x, n, slot);
      break;
    case KvType::kInt8:
      RoundInt8(x, n, slot, scale_slot);
      break;
  }
}

// One head's V of one token.
HWY_INLINE void WriteValue(const KvGeometry& g, float* x, const HeadPage& page, int token) {
  const size_t at = static_cast<size_t>(ValueElement(token, 0, g.head_dim)) * g.element_bytes();
  RoundHead(g.type, x, g.head_dim, page.values + at, page.scales + sizeof(float) * token);
}

template <size_t kBytes>
HWY_INLINE void ScatterKey(const std::byte* row, int dim, int token, std::byte* values) {
  for (int d = 0; d < dim; ++d) {
    std::memcpy(values + kBytes * KeyElement(token, d), row + kBytes * d, kBytes);
  }
}

// One head's K of one token, rotated.
HWY_INLINE void WriteKey(const KvGeometry& g, float* x, const HeadPage& page, int token) {
  alignas(64) std::byte row[kHeadDimMax * sizeof(float)];
  RoundHead(g.type, x, g.head_dim, row, page.scales + sizeof(float) * token);
  switch (g.type) {
    case KvType::kF32:
      return ScatterKey<4>(row, g.head_dim, token, page.values);
    case KvType::kBf16:
      return ScatterKey<2>(row, g.head_dim, token, page.values);
    case KvType::kInt8:
      return ScatterKey<1>(row, g.head_dim, token, page.values);
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
      RoundHead(g.type, k, dim, nullptr, nullptr);
      std::memcpy(rotated, k, static_cast<size_t>(dim) * sizeof(float));
      RotateHead(a.table, a.positions[m], rotated);
      WriteKey(g, rotated, HeadPageOf(a.kv, a.pages[m], false, h), token);
      WriteValue(g, v, HeadPageOf(a.kv, a.pages[m], true, h), token);
    }
  }
}

void KvWrite(const KvWriteArgs& a, ThreadPool& pool) {
  const KvGeometry& g = a.kv.geometry;
  RunRows(pool, a.rows, 4 * int64_t{g.kv_heads} * g.head_dim, KvWriteRows, &a);
}

template <KvType kType>
constexpr int kKvBytes = kType == KvType::kF32    ? 4
                         : kType == KvType::kBf16 ? 2
                                                  : 1;

// kLanes elements of a page; kInt8: without their scales.
template <KvType kType>
HWY_INLINE V WidenKv(const std::byte* p) {
  if constexpr (kType == KvType::kF32) {
    return hn::LoadU(f, reinterpret_cast<const float*>(p));
  } else if constexpr (kType == KvType::kBf16) {
    return WidenBf16(p);
  } else {
    return WidenInt8(p);
  }
}

template <KvType kType>
HWY_INLINE float WidenKvScalar(const std::byte* p) {
  if constexpr (kType == KvType::kF32) {
    float value;
    std::memcpy(&value, p, sizeof(value));
    return value;
  } else if constexpr (kType == KvType::kBf16) {
    uint16_t bits;
    std::memcpy(&bits, p, sizeof(bits));
    return F32FromBf16(bits);
  } else {
    return static_cast<float>(static_cast<int8_t>(*p));
  }
}

// The scales of a page's tokens; of no use but for kInt8.
template <KvType kType>
HWY_INLINE Wide KeyScales(const HeadPage& page) {
  Wide scales = ZeroWide();
  if constexpr (kType == KvType::kInt8) {
    LMP_UNROLL
    for (int v = 0; v < kVecs; ++v) {
      scales.v[v] = hn::LoadU(f, reinterpret_cast<const float*>(page.scales) + v * kLanes);
    }
  }
  return scales;
}

// Dimension d of keys v * kLanes on.
template <KvType kType>
HWY_INLINE V WidenKey(const std::byte* values, const Wide& scales, int d, int v) {
  const V key = WidenKv<kType>(values + KeyElement(v * kLanes, d) * kKvBytes<kType>);
  if constexpr (kType != KvType::kInt8) return key;
  return hn::Mul(key, scales.v[v]);
}

// kLanes elements of one value, from `p` on.
template <KvType kType>
HWY_INLINE V WidenValue(const std::byte* p, V scale) {
  const V value = WidenKv<kType>(p);
  if constexpr (kType != KvType::kInt8) return value;
  return hn::Mul(value, scale);
}

template <KvType kType>
HWY_INLINE float ValueScale(const HeadPage& page, int token) {
  float scale = 1.0f;
  if constexpr (kType == KvType::kInt8) {
    std::memcpy(&scale, page.scales + sizeof(float) * token, sizeof(scale));
  }
  return scale;
}

// One page's K of one head as a panel: out[d * kPanel + t].
template <KvType kType>
void WidenKeys(const HeadPage& page, int dim, float* HWY_RESTRICT out) {
  const Wide scales = KeyScales<kType>(page);
  for (int d = 0; d < dim; ++d) {
    LMP_UNROLL
    for (int v = 0; v < kVecs; ++v) {
      hn::StoreU(WidenKey<kType>(page.values, scales, d, v), f, out + d * kPanel + v * kLanes);
    }
  }
}

// `count` tokens' V of one page and head into panels of 16 dims:
//   out[(d / 16) * panel_stride + t * 16 + d % 16]
// with zeros for the dims behind head_dim.
template <KvType kType>
void WidenValues(const HeadPage& page, int dim, int count, int64_t panel_stride,
                 float* HWY_RESTRICT out) {
  for (int t = 0; t < count; ++t) {
    const float scale = ValueScale<kType>(page, t);
    const V scales = hn::Set(f, scale);
    const std::byte* row = page.values + ValueElement(t, 0, dim) * kKvBytes<kType>;
    for (int d = 0; d < dim; d += kPanel) {
      float* to = out + d / kPanel * panel_stride + t * kPanel;
      if (d + kPanel <= dim) {
        LMP_UNROLL
        for (int j = 0; j < kPanel; j += kLanes) {
          hn::StoreU(WidenValue<kType>(row + (d + j) * kKvBytes<kType>, scales), f, to + j);
        }
      } else {
        for (int j = 0; j < kPanel; ++j) {
          to[j] =
              d + j < dim ? WidenKvScalar<kType>(row + (d + j) * kKvBytes<kType>) * scale : 0.0f;
        }
      }
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_AFTER_NAMESPACE();
