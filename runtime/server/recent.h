// Recent: what was made of texts used last, so that it need not be made again. One thread.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace lmp::server {

template <typename Value>
class Recent {
 public:
  explicit Recent(size_t entries_max = 256) : entries_max_(entries_max) {}
  // What `make` gives for the key, or gave. Valid until the next call.
  template <typename Make>
  const Value& Get(const std::string& key, Make make) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return entries_.front().second;
    }
    entries_.emplace_front(key, make());
    by_key_.emplace(entries_.front().first, entries_.begin());
    bytes_ += key.size();
    while (entries_.size() > 1 && (entries_.size() > entries_max_ || bytes_ > kKeyBytesMax)) {
      bytes_ -= entries_.back().first.size();
      by_key_.erase(entries_.back().first);
      entries_.pop_back();
    }
    return entries_.front().second;
  }

 private:
  static constexpr size_t kKeyBytesMax = 16u << 20;

  const size_t entries_max_;
  using Entry = std::pair<std::string, Value>;
  std::list<Entry> entries_;  // used last first
  std::unordered_map<std::string_view, typename std::list<Entry>::iterator> by_key_;
  size_t bytes_ = 0;  // of the keys
};

}  // namespace lmp::server
