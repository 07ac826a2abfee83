#include "runtime/constrain/mask_memo.h"

#include <algorithm>
#include <bit>

namespace lmp::constrain {
namespace {

constexpr size_t kPlaceBytes = 128;  // key, place, order and the hash table's own

}  // namespace

std::shared_ptr<const MaskMemo::Kept> MaskMemo::Compress(const TokenMask& mask) {
  auto kept = std::make_shared<Kept>();
  kept->word_count = mask.words.size();
  size_t count = 0;
  uint64_t hash = mask.words.size();
  for (const uint64_t word : mask.words) {
    count += static_cast<size_t>(std::popcount(word));
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
    hash ^= hash >> 32;
  }
  kept->hash = hash;
  if (count * sizeof(TokenId) >= mask.words.size() * sizeof(uint64_t)) {
    kept->words = mask.words;
    return kept;
  }
  kept->ids.reserve(count);
  for (size_t i = 0; i < mask.words.size(); ++i) {
    for (uint64_t word = mask.words[i]; word != 0; word &= word - 1) {
      kept->ids.push_back(static_cast<TokenId>(i * 64) + std::countr_zero(word));
    }
  }
  return kept;
}

bool MaskMemo::Find(const TokenTrie* trie, const Config* config, TokenMask* mask) {
  std::shared_ptr<const Kept> kept;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = places_.find({trie, config});
    if (found == places_.end()) {
      ++statistics_.misses;
      return false;
    }
    ++statistics_.hits;
    found->second.used = true;
    kept = found->second.mask;
  }
  if (!kept->words.empty()) {
    mask->words = kept->words;
    return true;
  }
  mask->words.assign(kept->word_count, 0);
  for (const TokenId id : kept->ids) mask->Set(id, true);
  return true;
}

void MaskMemo::Store(std::shared_ptr<const TokenTrie> trie, const Config* config,
                     const TokenMask& mask) {
  std::shared_ptr<const Kept> kept = Compress(mask);
  const std::lock_guard<std::mutex> lock(mutex_);
  const Key key(trie.get(), config);
  if (places_.contains(key)) return;
  if (std::find(tries_.begin(), tries_.end(), trie) == tries_.end()) {
    tries_.push_back(std::move(trie));
  }
  const auto [first, last] = by_content_.equal_range(kept->hash);
  const auto equal =
      std::find_if(first, last, [&](const auto& known) { return *known.second == *kept; });
  if (equal != last) {
    kept = equal->second;
  } else {
    by_content_.emplace(kept->hash, kept);
    statistics_.bytes += kept->bytes();
    ++statistics_.distinct;
  }
  places_.emplace(key, Place{std::move(kept)});
  order_.push_back(key);
  statistics_.bytes += kPlaceBytes;
  ++statistics_.masks;
  Evict();
}

// Second chance: the oldest leaves unless it was asked for since it was last looked at.
void MaskMemo::Evict() {
  while (statistics_.bytes > bytes_max_ && order_.size() > 1) {
    const Key key = order_.front();
    order_.pop_front();
    const auto place = places_.find(key);
    if (place->second.used) {
      place->second.used = false;
      order_.push_back(key);
      continue;
    }
    const std::shared_ptr<const Kept> mask = std::move(place->second.mask);
    places_.erase(place);
    statistics_.bytes -= kPlaceBytes;
    --statistics_.masks;
    ++statistics_.evicted;
    Forget(mask);
  }
}

// Drops a mask that no config refers to any more: two references are by_content_'s and the caller's
// (readers that copy it at this moment keep it a little longer, until its next eviction).
void MaskMemo::Forget(const std::shared_ptr<const Kept>& mask) {
  if (mask.use_count() > 2) return;
  const auto [first, last] = by_content_.equal_range(mask->hash);
  for (auto at = first; at != last; ++at) {
    if (at->second != mask) continue;
    statistics_.bytes -= mask->bytes();
    --statistics_.distinct;
    by_content_.erase(at);
    return;
  }
}

MaskMemo::Statistics MaskMemo::statistics() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return statistics_;
}

}  // namespace lmp::constrain
