// ByteSet: a set of byte values, the alphabet of all constraints. A value; any thread.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lmp::constrain {

struct ByteSet {
  std::array<uint64_t, 4> words{};

  static constexpr ByteSet All() { return {{~0ull, ~0ull, ~0ull, ~0ull}}; }
  static constexpr ByteSet Of(uint8_t byte) {
    ByteSet set;
    set.Add(byte);
    return set;
  }
  // first and last are inclusive.
  static constexpr ByteSet Range(uint8_t first, uint8_t last) {
    ByteSet set;
    for (unsigned b = first; b <= last; ++b) set.Add(static_cast<uint8_t>(b));
    return set;
  }
  static constexpr ByteSet OfEach(std::string_view bytes) {
    ByteSet set;
    for (const char c : bytes) set.Add(static_cast<uint8_t>(c));
    return set;
  }

  constexpr void Add(uint8_t byte) { words[byte >> 6] |= uint64_t{1} << (byte & 63); }
  constexpr bool Contains(uint8_t byte) const { return (words[byte >> 6] >> (byte & 63)) & 1u; }
  constexpr bool empty() const { return (words[0] | words[1] | words[2] | words[3]) == 0; }
  constexpr int count() const {
    int n = 0;
    for (const uint64_t word : words) n += std::popcount(word);
    return n;
  }
  // The smallest member; 256 if there is none.
  constexpr int first() const {
    for (int i = 0; i < 4; ++i) {
      const uint64_t word = words[static_cast<size_t>(i)];
      if (word != 0) return i * 64 + std::countr_zero(word);
    }
    return 256;
  }

  constexpr auto operator<=>(const ByteSet&) const = default;
  constexpr ByteSet operator~() const { return {{~words[0], ~words[1], ~words[2], ~words[3]}}; }
  constexpr ByteSet operator|(const ByteSet& o) const {
    return {{words[0] | o.words[0], words[1] | o.words[1], words[2] | o.words[2],
             words[3] | o.words[3]}};
  }
  constexpr ByteSet operator&(const ByteSet& o) const {
    return {{words[0] & o.words[0], words[1] & o.words[1], words[2] & o.words[2],
             words[3] & o.words[3]}};
  }
};

}  // namespace lmp::constrain
