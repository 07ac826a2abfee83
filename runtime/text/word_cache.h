// WordCache: what the words of one text became, for words that come again: most of a text is few
// words. Direct-mapped, 4,096 words, so it never grows. One thread at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/base/token_id.h"
#include "runtime/text/packed_word.h"

namespace lmp::text {

class WordCache {
 public:
  // For short texts making the cache costs more than it saves: `text_bytes` decides.
  explicit WordCache(size_t text_bytes) {
    constexpr size_t kWorthwhileBytes = 8192;
    if (text_bytes >= kWorthwhileBytes) slots_.resize(kSlots);
  }

  // Appends the word's tokens if they are known.
  bool Append(const PackedWord& word, size_t hash, std::vector<TokenId>* ids) const {
    if (slots_.empty()) return false;
    const Slot& slot = slots_[hash % kSlots];
    if (!(slot.word == word)) return false;
    ids->insert(ids->end(), slot.ids.begin(), slot.ids.begin() + slot.count);
    return true;
  }
  void Put(const PackedWord& word, size_t hash, std::span<const TokenId> ids) {
    if (slots_.empty() || ids.size() > kIdsMax) return;
    Slot& slot = slots_[hash % kSlots];
    slot.word = word;
    slot.count = static_cast<int32_t>(ids.size());
    std::copy(ids.begin(), ids.end(), slot.ids.begin());
  }

 private:
  static constexpr size_t kSlots = 4096;
  static constexpr size_t kIdsMax = 7;
  struct Slot {
    PackedWord word;
    int32_t count = 0;
    std::array<TokenId, kIdsMax> ids{};
  };
  std::vector<Slot> slots_;
};

}  // namespace lmp::text
