// Automaton::SafeBounds: how much ordinary text may follow a config, whatever it says. The walk
// over a vocabulary is spared for the tokens that are known to fit then, and for those that are
// known not to (token_trie.h, "slices").
//
// Two ways. What is left of a lexeme mostly has the form X{m,n} T, where X takes every safe code
// point and T begins with none: then n code points fit and no more, whatever n is. Otherwise the
// configs that any one safe code point leads to are found, byte by byte, level by level, until a
// code point is refused, no config is new (then it goes on for ever), or the longest slice is
// covered.
#include <algorithm>
#include <unordered_set>

#include "runtime/constrain/automaton.h"

namespace lmp::constrain {
namespace {

constexpr size_t kConfigsPerLevelMax = 16;  // beyond it is no string state
constexpr int kExploreMax = 30;             // code points; the longest bounded slice

}  // namespace

// Null if some safe code point is refused, or without fuel.
const std::vector<const Config*>* Automaton::AfterSafeChar(const Config* config, Fuel* fuel) {
  const auto known = after_char_.find(config);
  if (known != after_char_.end()) return known->second.empty() ? nullptr : &known->second;
  std::vector<const Config*> after;
  std::vector<std::pair<const Config*, uint8_t>> seen = {{config, SafeText::kBetween}};
  bool refused = false;
  for (size_t i = 0; i < seen.size() && !refused; ++i) {
    const auto [from, state] = seen[i];
    for (const auto& [byte_class, next_state] : safe_text_.steps(state)) {
      const Config* next = ComputeLocked(from, byte_class, fuel);
      if (next == nullptr) return nullptr;
      refused = next == dead_ || after.size() > kConfigsPerLevelMax;
      if (refused) break;
      if (next_state == SafeText::kBetween) {
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

int Automaton::ExploreSafe(const Config* config, Fuel* fuel) {
  std::vector<const Config*> level = {config};
  std::unordered_set<const Config*> seen = {config};
  for (int run = 0; run < kExploreMax; ++run) {
    std::vector<const Config*> next_level;
    for (const Config* at : level) {
      const auto* after = AfterSafeChar(at, fuel);
      if (after == nullptr) return run;
      for (const Config* next : *after) {
        if (seen.insert(next).second) next_level.push_back(next);
      }
    }
    if (next_level.empty()) return constrain::SafeBounds::kForever;
    if (next_level.size() > kConfigsPerLevelMax) return run + 1;
    level.swap(next_level);
  }
  return kExploreMax;
}

SafeBounds Automaton::FindSafeBounds(const Config* config, Fuel* fuel) {
  constrain::SafeBounds bounds{.least = 0, .most = 0, .uniform = true, .behind = {}};
  for (const Config::Entry& entry : config->entries_) {
    bool may_end = false;  // inside of safe text
    const constrain::SafeBounds here = lexer_.SafeBounds(entry.state, safe_text_, &may_end);
    bounds.least = std::max(bounds.least, here.least);
    bounds.most = std::max(bounds.most, may_end ? constrain::SafeBounds::kForever : here.most);
    bounds.uniform = bounds.uniform && here.uniform && !may_end;
    bounds.behind = bounds.behind | here.behind;
  }
  if (bounds.least < bounds.most && bounds.least < kExploreMax) {
    bounds.least = std::max(bounds.least, ExploreSafe(config, fuel));
  }
  return bounds;
}

SafeBounds Automaton::SafeBounds(const Config* config, Fuel* fuel) {
  if (config->safe_known_.load(std::memory_order_acquire)) return config->safe_bounds_;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (config->safe_known_.load(std::memory_order_relaxed)) return config->safe_bounds_;
  const constrain::SafeBounds bounds = FindSafeBounds(config, fuel);
  if (fuel->status.ok()) {
    config->safe_bounds_ = bounds;
    config->safe_known_.store(true, std::memory_order_release);
  }
  return bounds;
}

}  // namespace lmp::constrain
