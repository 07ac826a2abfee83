#include "runtime/constrain/mask_memo.h"

#include <algorithm>
#include <bit>

namespace lmp::constrain {
namespace {

constexpr size_t kPlaceBytes = 128;  // key, place, order and the hash table's own

}  // namespace

// Sums of words and sums of those sums (as Fletcher's checksum), in lanes side by side: a few
// instructions for a whole cache line. Equal hashes are compared word by word.
size_t MaskMemo::HashOf(const std::vector<uint64_t>& words) {
  constexpr size_t kLanes = 8;
  uint64_t sums[kLanes] = {};
  uint64_t sums_of_sums[kLanes] = {};
  const size_t rounds = words.size() / kLanes * kLanes;
  for (size_t i = 0; i < rounds; i += kLanes) {
    for (size_t j = 0; j < kLanes; ++j) sums[j] += words[i + j];
    for (size_t j = 0; j < kLanes; ++j) sums_of_sums[j] += sums[j];
  }
  uint64_t hash = words.size();
  const auto mix = [&](uint64_t value) {
    hash = (std::rotl(hash, 29) ^ value) * 0x9e3779b97f4a7c15ull;
  };
  for (size_t i = rounds; i < words.size(); ++i) mix(words[i]);
  for (const uint64_t sum : sums) mix(sum);
  for (const uint64_t sum : sums_of_sums) mix(sum);
  return hash ^ (hash >> 32);
}

std::shared_ptr<const MaskMemo::Kept> MaskMemo::Compress(const TokenMask& mask, size_t hash) {
  auto kept = std::make_shared<Kept>();
  kept->word_count = mask.words.size();
  kept->hash = hash;
  const size_t ids_max = mask.words.size() * sizeof(uint64_t) / sizeof(TokenId);
  for (size_t i = 0; i < mask.words.size() && kept->ids.size() < ids_max; ++i) {
    for (uint64_t word = mask.words[i]; word != 0; word &= word - 1) {
      kept->ids.push_back(static_cast<TokenId>(i * 64) + std::countr_zero(word));
    }
  }
  if (kept->ids.size() >= ids_max) {
    kept->ids = {};
    kept->words = mask.words;
  }
  return kept;
}

bool MaskMemo::Kept::Equals(const TokenMask& mask) const {
  if (word_count != mask.words.size()) return false;
  if (!words.empty()) return words == mask.words;
  auto id = ids.begin();
  for (size_t i = 0; i < mask.words.size(); ++i) {
    for (uint64_t word = mask.words[i]; word != 0; word &= word - 1) {
      const TokenId next = static_cast<TokenId>(i * 64) + std::countr_zero(word);
      if (id == ids.end() || *id++ != next) return false;
    }
  }
  return id == ids.end();
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
  const size_t hash = HashOf(mask.words);
  const std::lock_guard<std::mutex> lock(mutex_);
  const Key key(trie.get(), config);
  if (places_.contains(key)) return;
  if (std::find(tries_.begin(), tries_.end(), trie) == tries_.end()) {
    tries_.push_back(std::move(trie));
  }
  std::shared_ptr<const Kept> kept;
  const auto [first, last] = by_content_.equal_range(hash);
  const auto equal =
      std::find_if(first, last, [&](const auto& k) { return k.second->Equals(mask); });
  if (equal != last) {
    kept = equal->second;
  } else {
    kept = Compress(mask, hash);
    by_content_.emplace(hash, kept);
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
