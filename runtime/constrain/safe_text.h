// SafeText: "safe" code points are those that a JSON string may hold unescaped: all but control
// characters, the quote and the backslash. Most tokens are made of them alone, and most wide masks
// allow them all; the slices of token_trie.h and Automaton::SafeBounds are about them.
//
// Here: their UTF-8 as an automaton over the byte classes of a grammar. Immutable, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/constrain/byte_set.h"

namespace lmp::constrain {

class SafeText {
 public:
  static constexpr uint8_t kBetween = 0;  // between code points

  explicit SafeText(const std::array<uint16_t, 256>& class_of);

  // The same by bytes: sets of bytes, each with the state behind it.
  using ByteStep = std::pair<ByteSet, uint8_t>;
  static const std::vector<ByteStep>& byte_steps(uint8_t state);
  // What safe text may begin with.
  const ByteSet& first() const { return first_; }
  // Classes with a byte that a safe code point may have in this state, and the state behind it.
  const std::vector<std::pair<uint16_t, uint8_t>>& steps(uint8_t state) const {
    return steps_[state];
  }

 private:
  std::vector<std::vector<std::pair<uint16_t, uint8_t>>> steps_;
  ByteSet first_;
};

// How much of a text is safe: its first `length` code points are `bytes` bytes. A code point that
// the end of the text cuts counts as one.
struct SafePrefix {
  int length = 0;
  size_t bytes = 0;
};
SafePrefix SafePrefixOf(std::string_view text);

// How much safe text may follow a place: any of up to `least` code points, none of more than
// `most`. The same holds of a last code point of which only the first bytes are there.
struct SafeBounds {
  static constexpr int kForever = 1 << 20;
  int least = 0;
  int most = kForever;
  // Every safe text of a length leads to the same: what may follow it, until `most` is reached,
  // does not depend on what it says. Then `behind` holds the bytes that may come after any of it.
  bool uniform = false;
  ByteSet behind;
};

}  // namespace lmp::constrain
