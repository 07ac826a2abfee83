// MaskMemo: the finished token masks of one automaton, by vocabulary and config. Equal masks are
// kept once (few differ), short ones as lists of ids. Bounded by bytes: what was not asked for
// since the last round leaves first.
//
// Thread-safe; a mask is copied outside the lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/constrain/token_mask.h"

namespace lmp::constrain {

class Config;
class TokenTrie;

class MaskMemo {
 public:
  explicit MaskMemo(size_t bytes_max) : bytes_max_(bytes_max) {}

  // Writes all words of `mask`; false if the mask is not there.
  bool Find(const TokenTrie* trie, const Config* config, TokenMask* mask);
  // Keeps the vocabulary alive as long as its masks.
  void Store(std::shared_ptr<const TokenTrie> trie, const Config* config, const TokenMask& mask);

  struct Statistics {
    uint64_t hits = 0, misses = 0, evicted = 0;
    size_t masks = 0, distinct = 0, bytes = 0;
  };
  Statistics statistics() const;

 private:
  struct Kept {
    size_t hash = 0;
    size_t word_count = 0;
    std::vector<uint64_t> words;  // or, if empty,
    std::vector<TokenId> ids;
    size_t bytes() const {
      return sizeof(Kept) + words.size() * sizeof(uint64_t) + ids.size() * sizeof(TokenId);
    }
    bool Equals(const TokenMask& mask) const;
  };
  using Key = std::pair<const TokenTrie*, const Config*>;
  struct KeyHash {
    size_t operator()(const Key& key) const {
      return std::hash<const void*>()(key.first) * 31 + std::hash<const void*>()(key.second);
    }
  };
  struct Place {
    std::shared_ptr<const Kept> mask;
    bool used = true;  // since the last round of eviction
  };

  static size_t HashOf(const std::vector<uint64_t>& words);
  static std::shared_ptr<const Kept> Compress(const TokenMask& mask, size_t hash);
  void Evict();
  void Forget(const std::shared_ptr<const Kept>& mask);

  const size_t bytes_max_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const TokenTrie>> tries_;
  std::unordered_map<Key, Place, KeyHash> places_;
  std::deque<Key> order_;
  std::unordered_multimap<size_t, std::shared_ptr<const Kept>> by_content_;
  Statistics statistics_;
};

}  // namespace lmp::constrain
