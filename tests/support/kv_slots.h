// The bytes of token slots in a KV page (kernels/kv_layout.h).
#pragma once

#include <cstddef>

#include "kernels/kv_layout.h"

namespace lmp::testing {

// visit(offset, size) for everything that token slot `token` has in one page of one layer: elements
// one by one, K of all heads, then V, with the int8 scale of each head behind its elements.
template <typename Visit>
void ForSlot(const KvGeometry& g, int token, Visit&& visit) {
  const auto dims = static_cast<size_t>(g.head_dim), heads = static_cast<size_t>(g.kv_heads);
  const size_t element = g.element_bytes();
  for (const bool is_value : {false, true}) {
    const size_t half = is_value ? g.half_page_bytes() : 0;
    for (size_t head = 0; head < heads; ++head) {
      for (int d = 0; d < g.head_dim; ++d) {
        const int at = is_value ? ValueElement(token, d, g.head_dim) : KeyElement(token, d);
        visit(half + (head * kPageTokens * dims + static_cast<size_t>(at)) * element, element);
      }
      if (g.type != KvType::kInt8) continue;
      const size_t scales = half + heads * kPageTokens * dims * element;
      visit(scales + (head * kPageTokens + static_cast<size_t>(token)) * sizeof(float),
            sizeof(float));
    }
  }
}

}  // namespace lmp::testing
