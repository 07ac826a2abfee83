// SafeText: "safe" code points are those that a JSON string may hold unescaped: all but control
// characters, the quote and the backslash. Most tokens are made of them alone, and most wide masks
// allow them all; the slices of token_trie.h and Automaton::SafeBounds are about them.
//
// Here: their UTF-8 as an automaton over the byte classes of a grammar. Immutable, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace lmp::constrain {

class SafeText {
 public:
  static constexpr uint8_t kBetween = 0;  // between code points

  explicit SafeText(const std::array<uint16_t, 256>& class_of);

  // Classes with a byte that a safe code point may have in this state, and the state behind it.
  const std::vector<std::pair<uint16_t, uint8_t>>& steps(uint8_t state) const {
    return steps_[state];
  }

 private:
  std::vector<std::vector<std::pair<uint16_t, uint8_t>>> steps_;
};

// Code points of the text if all are safe; -1 otherwise, also if the last one is cut.
int SafeLength(std::string_view text);

// How much safe text may follow a place: any of up to `least` code points, none of more than
// `most`.
struct SafeBounds {
  static constexpr int kForever = 1 << 20;
  int least = 0;
  int most = kForever;
};

}  // namespace lmp::constrain
