// Geometry of the paged KV cache: the one header that kernels and cache share. The cache moves page
// numbers, the engine moves page bytes, kernels read and write them.
//
// A page holds kPageTokens consecutive token positions of one sequence for all layers. Inside a
// pool the bytes of one layer lie together: layer -> page -> {K, V} -> kv head, so that attention
// of one (layer, kv head) reads a page's K as one contiguous block of kPageTokens * head_dim
// elements. In it K lies by dimension, [head_dim][kPageTokens], and V by token, [kPageTokens]
// [head_dim]: a vector then holds 16 keys of one dimension, or 16 dimensions of one value, as
// q K^T and p V take them, and nothing is transposed in a step (ADR 0026). KvType::kInt8 has one
// fp32 scale per (token, head) behind the page's values (decision 3).
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/base/id.h"

namespace lmp {

using PageId = Id<struct PageTag>;

inline constexpr int kPageTokens = 16;             // decision 4
inline constexpr int kAttentionSplitTokens = 256;  // decision 2: splits at absolute multiples
static_assert(kAttentionSplitTokens % kPageTokens == 0);

enum class KvType : uint8_t { kF32, kBf16, kInt8 };

// Where element d of token `token` is in the K, or in the V, of one page and head.
constexpr int KeyElement(int token, int d) { return d * kPageTokens + token; }
constexpr int ValueElement(int token, int d, int head_dim) { return token * head_dim + d; }

struct KvGeometry {
  int layers = 0;
  int kv_heads = 0;
  int head_dim = 0;
  KvType type = KvType::kBf16;

  size_t element_bytes() const { return type == KvType::kF32 ? 4 : type == KvType::kBf16 ? 2 : 1; }
  // One of K or V of one page in one layer, scales included.
  size_t half_page_bytes() const {
    const size_t values =
        static_cast<size_t>(kv_heads) * kPageTokens * static_cast<size_t>(head_dim);
    const size_t scales =
        type == KvType::kInt8 ? static_cast<size_t>(kv_heads) * kPageTokens * sizeof(float) : 0;
    return values * element_bytes() + scales;
  }
  size_t page_layer_bytes() const { return 2 * half_page_bytes(); }
  size_t page_bytes() const { return page_layer_bytes() * static_cast<size_t>(layers); }
};

// The pool of one layer as kernels see it: page p's K begins at base + p * page_layer_bytes, its V
// half_page_bytes behind. POD, passed by value; does not own.
struct KvLayerView {
  std::byte* base = nullptr;
  KvGeometry geometry;
};

constexpr int PagesFor(int tokens) { return (tokens + kPageTokens - 1) / kPageTokens; }

}  // namespace lmp
