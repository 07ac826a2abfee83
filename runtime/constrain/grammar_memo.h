// GrammarMemo: the grammars that were asked for last, by a key that says all that they are made of.
// For grammars whose parts are known only when they are needed, so that a loop that asks with the
// same parts shares one automaton and its masks. Any thread.
#pragma once

#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/constrain/constraint.h"

namespace lmp::constrain {

class GrammarMemo {
 public:
  // `make` returns Result<GrammarRef>; it runs without the lock, so two threads may make the same.
  template <typename Make>
  Result<GrammarRef> Get(std::string key, Make make) {
    if (GrammarRef known = Find(key)) return known;
    LMP_TRY(GrammarRef grammar, make());
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) return found->second->grammar;
    entries_.push_front({std::move(key), grammar});
    by_key_.emplace(entries_.front().key, entries_.begin());
    if (entries_.size() > kKept) {
      by_key_.erase(entries_.back().key);
      entries_.pop_back();
    }
    return grammar;
  }

 private:
  static constexpr size_t kKept = 64;
  struct Entry {
    std::string key;
    GrammarRef grammar;
  };

  GrammarRef Find(const std::string& key) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front().grammar;
  }

  std::mutex mutex_;
  std::list<Entry> entries_;  // the last used first
  std::map<std::string_view, std::list<Entry>::iterator> by_key_;
};

}  // namespace lmp::constrain
