// A word of up to 15 bytes as two machine words, for tables that compare and hash it in a few
// instructions. Pure, any thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace lmp::text {

struct PackedWord {
  static constexpr size_t kBytesMax = 15;

  uint64_t low = 0;
  uint64_t high = 0;  // its last byte is the number of bytes
  bool operator==(const PackedWord&) const = default;

  size_t Hash() const {
    const uint64_t mixed = (low ^ high * 0xC2B2AE3D27D4EB4Fu) * 0x9E3779B97F4A7C15u;
    return mixed ^ mixed >> 32;
  }
};

// `bytes` has at most kBytesMax; `after` bytes behind it may be read.
inline PackedWord PackWord(std::string_view bytes, size_t after) {
  static_assert(std::endian::native == std::endian::little);
  PackedWord word;
  const size_t size = bytes.size();
  if (size + after > PackedWord::kBytesMax) {  // 16 bytes are there: read them, clear those behind
    std::memcpy(&word, bytes.data(), sizeof word);
    if (size < 8) {
      word.low &= (uint64_t{1} << 8 * size) - 1;
      word.high = 0;
    } else {
      word.high &= (uint64_t{1} << 8 * (size - 8)) - 1;
    }
  } else {
    std::memcpy(&word, bytes.data(), size);
  }
  word.high |= static_cast<uint64_t>(size) << 56;
  return word;
}

}  // namespace lmp::text
