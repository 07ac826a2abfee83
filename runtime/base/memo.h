// Memo: what was made for the keys that were asked for last, so that it need not be made again. For
// what is costly to make and shared by many. Any thread.
#pragma once

#include <algorithm>
#include <list>
#include <mutex>
#include <utility>

#include "runtime/base/status.h"

namespace lmp {

template <typename Key, typename Made>
class Memo {
 public:
  static constexpr size_t kKept = 64;

  // `make` gives a Result<Made>; errors are not kept. It runs without the lock, so that nobody
  // waits for another's; two threads may make the same, and then both have the first.
  template <typename Make>
  Result<Made> Get(const Key& key, Make make) {
    {
      const std::lock_guard lock(mutex_);
      if (const Made* known = Find(key)) return *known;
    }
    Result<Made> made = make();
    if (!made.ok()) return made;
    const std::lock_guard lock(mutex_);
    if (const Made* known = Find(key)) return *known;
    entries_.emplace_front(key, *made);
    if (entries_.size() > kKept) entries_.pop_back();
    return made;
  }

 private:
  // Under the lock. Null if there is none.
  const Made* Find(const Key& key) {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const auto& entry) { return entry.first == key; });
    if (found == entries_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found);
    return &found->second;
  }

  std::mutex mutex_;
  std::list<std::pair<Key, Made>> entries_;  // the last used first
};

}  // namespace lmp
