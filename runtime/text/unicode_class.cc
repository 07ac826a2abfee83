#include "runtime/text/unicode_class.h"

#include <map>

#include "runtime/text/utf8_scan.h"

namespace lmp::text {
namespace {

struct ClassRange {
  uint32_t first;
  uint32_t last;
  uint8_t classes;
};

constexpr ClassRange kRanges[] = {
#include "runtime/text/unicode_ranges.inc"
};

uint32_t DecodeUnit(std::string_view unit) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(unit[i])); };
  switch (unit.size()) {
    case 1:
      return byte(0);
    case 2:
      return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
    case 3:
      return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    default:
      return (byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 |
             (byte(3) & 0x3F);
  }
}

}  // namespace

const UnicodeClasses& UnicodeClasses::Get() {
  static const UnicodeClasses kClasses;
  return kClasses;
}

UnicodeClasses::UnicodeClasses() {
  std::map<Block, uint16_t> known;
  const ClassRange* range = std::begin(kRanges);
  for (uint32_t base = 0; base < kCodePoints; base += kBlock) {
    Block block{};
    for (uint32_t i = 0; i < kBlock; ++i) {
      while (range != std::end(kRanges) && range->last < base + i) ++range;
      if (range != std::end(kRanges) && range->first <= base + i) block[i] = range->classes;
    }
    const auto [at, added] = known.emplace(block, static_cast<uint16_t>(blocks_.size()));
    if (added) blocks_.push_back(block);
    block_of_.push_back(at->second);
  }
}

CharUnit ReadChar(const UnicodeClasses& classes, std::string_view text) {
  const Utf8Unit unit = ScanUtf8(text);
  if (unit.form == Utf8Form::kComplete) {
    const uint32_t code_point = DecodeUnit(text.substr(0, unit.length));
    return {unit.length, classes.Of(code_point), true, false, code_point};
  }
  return {1, kOtherChar, false, unit.form == Utf8Form::kIncomplete, 0};
}

}  // namespace lmp::text
