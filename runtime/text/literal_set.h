// LiteralSet: finds the longest of a set of texts at a place. Used for pieces that are matched in
// text before anything else (user-defined ones).
//
// Borrows the texts. Immutable once sealed, any thread.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lmp::text {

class LiteralSet {
 public:
  void Add(std::string_view text);  // not empty
  void Seal();                      // after the last Add

  bool empty() const { return texts_.empty(); }
  // Whether some text begins with this byte.
  bool BeginsWith(char byte) const { return first_.test(static_cast<uint8_t>(byte)); }
  // Bytes of the longest text that `at` begins with; 0 if none.
  size_t LongestAt(std::string_view at) const;
  // Whether all of `at` is a proper prefix of some text: more bytes could complete it.
  bool MayGrow(std::string_view at) const;

 private:
  struct Range {
    std::vector<std::string_view>::const_iterator low, high;
  };
  // Narrows texts that share the first `depth` bytes of `at` to those that share one more.
  static Range Narrow(Range range, size_t depth, uint8_t byte);

  std::vector<std::string_view> texts_;  // sorted
  std::bitset<256> first_;
};

}  // namespace lmp::text
