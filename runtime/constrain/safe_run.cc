// Automaton::SafeRun: how much ordinary text may follow a config, whatever it says. The walk over a
// vocabulary is spared for the tokens that are known to fit then (token_trie.h, "slices").
//
// The configs that any one safe code point leads to are found exactly, byte by byte, and kept per
// config; a run goes on level by level until a code point is refused, no config is new (then it goes
// on for ever), or the longest length that a slice asks for is reached.
#include <algorithm>
#include <unordered_set>

#include "runtime/constrain/automaton.h"

namespace lmp::constrain {
namespace {

// States of UTF-8 between the bytes of a code point.
enum Utf8State : uint8_t { kDone, kOne, kTwo, kThree, kAfterE0, kAfterED, kAfterF0, kAfterF4, kStates };
constexpr size_t kConfigsPerLevelMax = 16;  // beyond it is no string state

// The state behind `byte`; kStates if no safe code point has the byte there.
Utf8State Step(Utf8State state, int byte) {
  const auto within = [&](int first, int last, Utf8State next) {
    return byte >= first && byte <= last ? next : kStates;
  };
  switch (state) {
    case kDone:
      if (byte < 0x80) return byte < 0x20 || byte == '"' || byte == '\\' ? kStates : kDone;
      if (byte < 0xc2 || byte > 0xf4) return kStates;
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
    case kStates:
      break;
  }
  return kStates;
}

}  // namespace

void Automaton::FindUtf8Steps() {
  utf8_steps_.resize(kStates);
  for (int state = 0; state < kStates; ++state) {
    auto& steps = utf8_steps_[static_cast<size_t>(state)];
    for (int byte = 0; byte < 256; ++byte) {
      const Utf8State next = Step(static_cast<Utf8State>(state), byte);
      if (next == kStates) continue;
      steps.emplace_back(class_of_[static_cast<size_t>(byte)], next);
    }
    std::sort(steps.begin(), steps.end());
    steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  }
}

// Null if some safe code point is refused, or without fuel.
const std::vector<const Config*>* Automaton::AfterSafeChar(const Config* config, Fuel* fuel) {
  const auto known = after_char_.find(config);
  if (known != after_char_.end()) return known->second.empty() ? nullptr : &known->second;
  std::vector<const Config*> after;
  std::vector<std::pair<const Config*, uint8_t>> seen = {{config, kDone}};
  bool refused = false;
  for (size_t i = 0; i < seen.size() && !refused; ++i) {
    const auto [from, state] = seen[i];
    for (const auto& [byte_class, next_state] : utf8_steps_[state]) {
      const Config* next = ComputeLocked(from, byte_class, fuel);
      if (next == nullptr) return nullptr;
      refused = next == dead_ || after.size() > kConfigsPerLevelMax;
      if (refused) break;
      if (next_state == kDone) {
        if (std::find(after.begin(), after.end(), next) == after.end()) after.push_back(next);
      } else if (const std::pair place(next, next_state);
                 std::find(seen.begin(), seen.end(), place) == seen.end()) {
        seen.push_back(place);
      }
    }
  }
  if (refused) after.clear();
  bytes_ += 64 + after.size() * sizeof(const Config*);
  const auto& kept = after_char_.emplace(config, std::move(after)).first->second;
  return kept.empty() ? nullptr : &kept;
}

int Automaton::SafeRun(const Config* config, Fuel* fuel) {
  const int known = config->safe_run_.load(std::memory_order_relaxed);
  if (known >= 0) return known;
  const std::lock_guard<std::mutex> lock(mutex_);
  const int run = SafeRunLocked(config, fuel);
  if (fuel->status.ok()) config->safe_run_.store(static_cast<int16_t>(run), std::memory_order_relaxed);
  return run;
}

int Automaton::SafeRunLocked(const Config* config, Fuel* fuel) {
  std::vector<const Config*> level = {config};
  std::unordered_set<const Config*> seen = {config};
  for (int run = 0; run < kSafeRunMax; ++run) {
    std::vector<const Config*> next_level;
    for (const Config* at : level) {
      const auto* after = AfterSafeChar(at, fuel);
      if (after == nullptr) return run;
      for (const Config* next : *after) {
        if (seen.insert(next).second) next_level.push_back(next);
      }
    }
    if (next_level.empty()) return kRunForever;
    if (next_level.size() > kConfigsPerLevelMax) return run + 1;
    level.swap(next_level);
  }
  return kSafeRunMax;
}

}  // namespace lmp::constrain
