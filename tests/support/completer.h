// Shortest completions over one automaton of runtime/constrain: does what may be generated so far
// have an end? What is known to be completable is kept, so that asking behind every token of a walk
// is cheap.
//
// Borrows the automaton. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/constrain/automaton.h"
#include "runtime/constrain/token_trie.h"

namespace lmp::testing {

class Completer {
 public:
  explicit Completer(constrain::Automaton& automaton) : automaton_(automaton) {
    std::vector<bool> seen(256, false);
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint16_t byte_class = automaton.class_of()[byte];
      if (!seen[byte_class]) bytes_.push_back(static_cast<uint8_t>(byte));
      seen[byte_class] = true;
    }
  }

  // kUnknown: none was found within the budget.
  enum class Answer { kFound, kNone, kUnknown };
  bool Known(const constrain::Config* config) const { return completable_.contains(config); }

  // `text` completes what lies before `from`; a special token leaves `special` in it, or nothing.
  Answer Find(const constrain::Config* from, std::string* text, char special = '\0') {
    text->clear();
    std::unordered_map<const constrain::Config*, std::pair<const constrain::Config*, int>> came;
    std::deque<const constrain::Config*> pending = {from};
    came[from] = {nullptr, kStart};
    constrain::Fuel fuel{automaton_.limits().mask_steps, OkStatus()};
    while (!pending.empty()) {
      const constrain::Config* at = pending.front();
      pending.pop_front();
      if (at->accepting()) {
        for (; at != nullptr; at = came[at].first) {
          completable_.insert(at);
          const int byte = came[at].second;
          if (byte >= 0) text->insert(text->begin(), static_cast<char>(byte));
          if (byte == kSpecial && special != '\0') text->insert(text->begin(), special);
        }
        return Answer::kFound;
      }
      if (came.size() > kConfigsMax) return Answer::kUnknown;
      std::vector<std::pair<const constrain::Config*, int>> followers;
      for (const uint8_t byte : bytes_) {
        followers.emplace_back(automaton_.Next(at, byte, &fuel), byte);
      }
      for (const auto& token : at->specials()) {
        followers.emplace_back(automaton_.NextSpecial(at, token.first, &fuel), kSpecial);
      }
      for (const auto& [next, byte] : followers) {
        if (next == nullptr) return Answer::kUnknown;
        if (next == automaton_.dead()) continue;
        if (came.emplace(next, std::pair(at, byte)).second) pending.push_back(next);
      }
    }
    return Answer::kNone;
  }

 private:
  static constexpr int kSpecial = -1, kStart = -2;  // beside bytes
  static constexpr size_t kConfigsMax = 60'000;     // looked at for one completion

  constrain::Automaton& automaton_;
  std::vector<uint8_t> bytes_;  // one of each class; of text, the least
  std::unordered_set<const constrain::Config*> completable_;
};

// Behind a token that a matcher took at `config`; null if the fuel is used up.
inline const constrain::Config* Behind(constrain::Automaton& automaton,
                                       const constrain::Config* config,
                                       const constrain::TokenTrie& trie, TokenId id) {
  constrain::Fuel fuel{automaton.limits().mask_steps, OkStatus()};
  if (trie.Bytes(id).empty()) return automaton.NextSpecial(config, id, &fuel);
  for (const char byte : trie.Bytes(id)) {
    if (config != nullptr) config = automaton.Next(config, static_cast<uint8_t>(byte), &fuel);
  }
  return config;
}

}  // namespace lmp::testing
