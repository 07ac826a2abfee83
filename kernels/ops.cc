#include "kernels/ops.h"

#include <string>

#include "kernels/weight_blocks.h"

namespace lmp::kernels {

Status CheckAttention(int heads, int kv_heads, int head_dim) {
  if (heads < 1 || kv_heads < 1 || heads % kv_heads != 0) {
    return Unsupported("attention with " + std::to_string(heads) + " heads over " +
                       std::to_string(kv_heads) +
                       " kv heads: supported are whole multiples, at least one each");
  }
  if (head_dim < 2 || head_dim > kHeadDimMax || head_dim % 2 != 0) {
    return Unsupported("attention with head_dim " + std::to_string(head_dim) +
                       ": supported are even values 2.." + std::to_string(kHeadDimMax));
  }
  return OkStatus();
}

Product ProductOf(const Ops& ops, WeightFormat format) {
  if (ops.int8_products && LayoutOf(format).grouped) return Product::kInt8;
  if (ops.bf16_products && format == WeightFormat::kBf16) return Product::kBf16;
  return Product::kF32;
}

}  // namespace lmp::kernels
