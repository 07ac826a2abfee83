#include "runtime/constrain/safe_text.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace lmp::constrain {
namespace {

// Between the bytes of a code point: how many are missing, and where the next one is restricted.
enum State : uint8_t { kDone, kOne, kTwo, kThree, kAfterE0, kAfterED, kAfterF0, kAfterF4, kNone };
static_assert(kDone == SafeText::kBetween);

// The state behind `byte`; kNone if no safe code point has the byte there.
State Step(State state, uint8_t byte) {
  const auto within = [&](int first, int last, State next) {
    return byte >= first && byte <= last ? next : kNone;
  };
  switch (state) {
    case kDone:
      if (byte < 0x80) return byte < 0x20 || byte == '"' || byte == '\\' ? kNone : kDone;
      if (byte < 0xc2 || byte > 0xf4) return kNone;
      if (byte < 0xe0) return kOne;
      if (byte < 0xf0) return byte == 0xe0 ? kAfterE0 : byte == 0xed ? kAfterED : kTwo;
      return byte == 0xf0 ? kAfterF0 : byte == 0xf4 ? kAfterF4 : kThree;
    case kOne:
      return within(0x80, 0xbf, kDone);
    case kTwo:
      return within(0x80, 0xbf, kOne);
    case kThree:
      return within(0x80, 0xbf, kTwo);
    case kAfterE0:
      return within(0xa0, 0xbf, kOne);
    case kAfterED:
      return within(0x80, 0x9f, kOne);
    case kAfterF0:
      return within(0x90, 0xbf, kTwo);
    case kAfterF4:
      return within(0x80, 0x8f, kTwo);
    case kNone:
      break;
  }
  return kNone;
}

std::vector<std::vector<SafeText::ByteStep>> AllByteSteps() {
  std::vector<std::vector<SafeText::ByteStep>> all(kNone);
  for (uint8_t state = 0; state < kNone; ++state) {
    auto& sets = all[state];
    for (size_t byte = 0; byte < 256; ++byte) {
      const State next = Step(static_cast<State>(state), static_cast<uint8_t>(byte));
      if (next == kNone) continue;
      auto set =
          std::find_if(sets.begin(), sets.end(), [&](const auto& s) { return s.second == next; });
      if (set == sets.end()) set = sets.insert(set, {ByteSet(), next});
      set->first.Add(static_cast<uint8_t>(byte));
    }
  }
  return all;
}

}  // namespace

const std::vector<SafeText::ByteStep>& SafeText::byte_steps(uint8_t state) {
  static const std::vector<std::vector<ByteStep>> kAll = AllByteSteps();
  return kAll[state];
}

SafeText::SafeText(const std::array<uint16_t, 256>& class_of) : steps_(kNone) {
  for (uint8_t state = 0; state < kNone; ++state) {
    for (const auto& [bytes, next] : byte_steps(state)) {
      std::array<bool, 256> met{};
      for (ByteSet left = bytes; !left.empty();) {
        const auto byte = static_cast<uint8_t>(left.first());
        left = left & ~ByteSet::Of(byte);
        const uint16_t byte_class = class_of[byte];
        if (!met[byte_class]) steps_[state].emplace_back(byte_class, next);
        met[byte_class] = true;
      }
      if (state == kDone) first_ = first_ | bytes;
    }
  }
}

SafePrefix SafePrefixOf(std::string_view text) {
  SafePrefix prefix;
  State state = kDone;
  for (size_t i = 0; i < text.size(); ++i) {
    state = Step(state, static_cast<uint8_t>(text[i]));
    if (state == kNone) return prefix;
    if (state != kDone) continue;
    ++prefix.length;
    prefix.bytes = i + 1;
  }
  if (state != kDone) prefix = {prefix.length + 1, text.size()};
  return prefix;
}

}  // namespace lmp::constrain
