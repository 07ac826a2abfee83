#include "runtime/model/finite.h"

#include <algorithm>
#include <cstring>

#include "kernels/weight_blocks.h"

namespace lmp::model {
namespace {

// A float is infinite or not a number iff all bits of its exponent are set. Adding the lowest bit
// of the exponent to the exponent alone then carries into the sign's place, and never further: so
// one 64-bit addition tests all the floats in a word.
struct Lanes {
  uint64_t exponents;
  uint64_t lowest;
  uint64_t signs;
  size_t bytes;  // of one float
};
constexpr Lanes kF32Lanes = {0x7F8000007F800000u, 0x0080000000800000u, 0x8000000080000000u, 4};
constexpr Lanes kF16Lanes = {0x7C007C007C007C00u, 0x0400040004000400u, 0x8000800080008000u, 2};
constexpr Lanes kBf16Lanes = {0x7F807F807F807F80u, 0x0080008000800080u, 0x8000800080008000u, 2};

// The last word of a range may be partial: its missing bytes are zero, which is finite.
uint64_t Word(const std::byte* from, size_t count) {
  uint64_t word = 0;
  std::memcpy(&word, from, count);
  return word;
}

uint64_t NotFinite(uint64_t word, const Lanes& lanes) {
  return ((word & lanes.exponents) + lanes.lowest) & lanes.signs;
}

std::optional<int64_t> FindIn(std::span<const std::byte> bytes, const Lanes& lanes) {
  // Blocks without a branch inside, so that the compiler can use wide registers.
  constexpr size_t kBlock = 4096;
  for (size_t begin = 0; begin < bytes.size(); begin += kBlock) {
    const size_t end = std::min(begin + kBlock, bytes.size());
    uint64_t found = 0;
    size_t at = begin;
    for (; at + 8 <= end; at += 8) found |= NotFinite(Word(&bytes[at], 8), lanes);
    if (at < end) found |= NotFinite(Word(&bytes[at], end - at), lanes);
    if (found == 0) continue;
    for (at = begin; at < end; at += lanes.bytes) {
      const bool bad = NotFinite(Word(&bytes[at], lanes.bytes), lanes) != 0;
      if (bad) return static_cast<int64_t>(at / lanes.bytes);
    }
  }
  return std::nullopt;
}

// Quantised blocks: only their fp16 fields can be wrong. They are in front, of Q6_K behind.
std::optional<int64_t> FindInBlocks(const kernels::BlockLayout& layout, bool behind,
                                    std::span<const std::byte> bytes) {
  const auto block_bytes = static_cast<size_t>(layout.file_bytes);
  const size_t halves_bytes = layout.has_offset ? 4 : 2;
  const size_t first = behind ? block_bytes - halves_bytes : 0;
  for (size_t block = 0; block * block_bytes < bytes.size(); ++block) {
    const uint64_t halves = Word(&bytes[block * block_bytes + first], halves_bytes);
    if (NotFinite(halves, kF16Lanes) != 0) return static_cast<int64_t>(block) * layout.elements;
  }
  return std::nullopt;
}

}  // namespace

std::optional<int64_t> FindNotFinite(TensorType type, std::span<const std::byte> bytes) {
  switch (type) {
    case TensorType::kF32:
      return FindIn(bytes, kF32Lanes);
    case TensorType::kF16:
      return FindIn(bytes, kF16Lanes);
    case TensorType::kBF16:
      return FindIn(bytes, kBf16Lanes);
    default:
      return FindInBlocks(kernels::LayoutOf(WeightFormatOf(type)), type == TensorType::kQ6_K,
                          bytes);
  }
}

}  // namespace lmp::model
