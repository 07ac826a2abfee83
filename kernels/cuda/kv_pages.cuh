// Where KV slots are on the device: kernels/kv_layout.h for kernels.
#pragma once

#include "kernels/cuda/device.cuh"

namespace lmp::kernels::cuda {

// KvLayerView with its sizes worked out: passed to kernels by value.
struct KvPages {
  std::byte* base = nullptr;  // aligned to 16 bytes
  int64_t page_bytes = 0;     // of one layer
  int64_t half_bytes = 0;
  int64_t scales_at = 0;  // in a half, kInt8 only
  int kv_heads = 0;
  int head_dim = 0;
};

inline KvPages KvPagesOf(const KvLayerView& kv) {
  const KvGeometry& g = kv.geometry;
  return {.base = kv.base,
          .page_bytes = static_cast<int64_t>(g.page_layer_bytes()),
          .half_bytes = static_cast<int64_t>(g.half_page_bytes()),
          .scales_at = int64_t{g.kv_heads} * kPageTokens * g.head_dim *
                       static_cast<int64_t>(g.element_bytes()),
          .kv_heads = g.kv_heads,
          .head_dim = g.head_dim};
}

template <KvType kType>
inline constexpr int kElementBytes = kType == KvType::kF32    ? 4
                                     : kType == KvType::kBf16 ? 2
                                                              : 1;

// K or V of one (page, kv head).
struct HeadPage {
  std::byte* values;  // K: [head_dim][kPageTokens], V: [kPageTokens][head_dim]; aligned to 16 bytes
  float* scales;      // [kPageTokens], kInt8 only
};

template <KvType kType>
__device__ inline HeadPage HeadPageOf(const KvPages& kv, PageId page, bool is_value, int head) {
  std::byte* const half =
      kv.base + int64_t{page.index} * kv.page_bytes + (is_value ? kv.half_bytes : 0);
  return {half + int64_t{head} * kPageTokens * kv.head_dim * kElementBytes<kType>,
          reinterpret_cast<float*>(half + kv.scales_at) + head * kPageTokens};
}

template <typename F>
Status WithKvType(KvType type, F&& f) {
  switch (type) {
    case KvType::kF32:
      return f.template operator()<KvType::kF32>();
    case KvType::kBf16:
      return f.template operator()<KvType::kBf16>();
    case KvType::kInt8:
      return f.template operator()<KvType::kInt8>();
  }
  return Internal("a KV type without kernels");
}

}  // namespace lmp::kernels::cuda
