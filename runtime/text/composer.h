// Composer: Unicode normalisation form C, by utf8proc. Bytes that are not UTF-8 stay as they are.
//
// Text is cut into spans that normalise on their own: each begins with a character that NFC never
// changes nor joins to what stands before it. So a border between spans is one in the normalised
// text too, whatever follows.
//
// One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmp::text {

class Composer {
 public:
  // Whether this build can normalise.
  static bool Available();

  // Whether NFC could change `text`: false is sure, true is not.
  static bool MayChange(std::string_view text);
  // Appends `text` in NFC. `borders` (nullable) receives the spans' begins: offsets in `text` and
  // in what was appended.
  void Append(std::string_view text, std::string* out,
              std::vector<std::pair<size_t, size_t>>* borders);
  // Where the last span of `text` begins; 0 for empty text.
  static size_t LastSpan(std::string_view text);

 private:
  void AppendSpan(std::string_view span, std::string* out);

  std::vector<int32_t> code_points_;
};

}  // namespace lmp::text
