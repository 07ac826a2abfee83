// Recent: what was made of texts used last, so that it need not be made again. Each tenant has its
// own of it: how long a text takes does not tell that another has sent the same. One thread.
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
  // What `make` gives for the tenant's key, or gave. Valid until the next call.
  template <typename Make>
  const Value& Get(size_t tenant, const std::string& text, Make make) {
    const std::string key = std::to_string(tenant) + "/" + text;
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

  // That of one tenant.
  class Own {
   public:
    Own(Recent* all, size_t tenant) : all_(all), tenant_(tenant) {}
    template <typename Make>
    const Value& Get(const std::string& text, Make make) {
      return all_->Get(tenant_, text, make);
    }

   private:
    Recent* const all_;
    const size_t tenant_;
  };
  Own Of(size_t tenant) { return Own(this, tenant); }

 private:
  static constexpr size_t kKeyBytesMax = 16u << 20;

  const size_t entries_max_;
  using Entry = std::pair<std::string, Value>;
  std::list<Entry> entries_;  // used last first
  std::unordered_map<std::string_view, typename std::list<Entry>::iterator> by_key_;
  size_t bytes_ = 0;  // of the keys
};

}  // namespace lmp::server
