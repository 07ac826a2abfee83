#include "runtime/text/literal_set.h"

#include <algorithm>

namespace lmp::text {

void LiteralSet::Add(std::string_view text) {
  texts_.push_back(text);
  first_.set(static_cast<uint8_t>(text[0]));
}

void LiteralSet::Seal() { std::sort(texts_.begin(), texts_.end()); }

LiteralSet::Range LiteralSet::Narrow(Range range, size_t depth, uint8_t byte) {
  const auto low = std::partition_point(range.low, range.high, [&](std::string_view text) {
    return text.size() <= depth || static_cast<uint8_t>(text[depth]) < byte;
  });
  const auto high = std::partition_point(low, range.high, [&](std::string_view text) {
    return static_cast<uint8_t>(text[depth]) == byte;
  });
  return {low, high};
}

size_t LiteralSet::LongestAt(std::string_view at) const {
  if (at.empty() || !BeginsWith(at[0])) return 0;
  size_t longest = 0;
  Range range = {texts_.begin(), texts_.end()};
  for (size_t depth = 0; depth < at.size(); ++depth) {
    range = Narrow(range, depth, static_cast<uint8_t>(at[depth]));
    if (range.low == range.high) break;
    // Texts that end here come first.
    if (range.low->size() == depth + 1) longest = depth + 1;
  }
  return longest;
}

bool LiteralSet::MayGrow(std::string_view at) const {
  if (at.empty() || !BeginsWith(at[0])) return false;
  Range range = {texts_.begin(), texts_.end()};
  for (size_t depth = 0; depth < at.size() && range.low != range.high; ++depth) {
    range = Narrow(range, depth, static_cast<uint8_t>(at[depth]));
  }
  return range.low != range.high && (range.high - 1)->size() > at.size();
}

}  // namespace lmp::text
