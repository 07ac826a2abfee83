// What tokenizers ask about characters: letter, number, white space, mark, and whether a character
// may begin a piece of text that is normalised on its own. Unicode 15.1 (unicode_ranges.inc).
//
// Immutable, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lmp::text {

// Bits; the numbers are those of unicode_ranges.inc.
enum CharClass : uint8_t {
  kOtherChar = 0,
  kLetter = 1,      // general category L
  kNumber = 2,      // general category N
  kSpace = 4,       // property White_Space
  kMark = 8,        // general category M
  kComposing = 16,  // NFC may change it, or join it to what stands before it
};

class UnicodeClasses {
 public:
  static const UnicodeClasses& Get();

  uint8_t Of(uint32_t code_point) const {
    if (code_point >= kCodePoints) return kOtherChar;
    return blocks_[block_of_[code_point / kBlock]][code_point % kBlock];
  }

 private:
  static constexpr uint32_t kCodePoints = 0x110000;
  static constexpr uint32_t kBlock = 256;
  using Block = std::array<uint8_t, kBlock>;

  UnicodeClasses();

  std::vector<uint16_t> block_of_;
  std::vector<Block> blocks_;  // each once
};

struct CharUnit {
  size_t length = 0;    // bytes; 1 for a byte that is no part of well-formed UTF-8
  uint8_t classes = 0;  // of CharClass; none for such a byte
  bool well_formed = true;
  bool incomplete = false;  // more bytes could make it a character
  uint32_t code_point = 0;
};
// The character at the start of `text`, which is not empty.
CharUnit ReadChar(const UnicodeClasses& classes, std::string_view text);

}  // namespace lmp::text
