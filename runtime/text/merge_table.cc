#include "runtime/text/merge_table.h"

#include <bit>

namespace lmp::text {
namespace {

size_t SlotCount(size_t entries) { return std::bit_ceil(entries * 2 + 2); }

}  // namespace

MergeTable::MergeTable(size_t merges) : slots_(SlotCount(merges)), mask_(slots_.size() - 1) {}

void MergeTable::Add(TokenId left, TokenId right, Merge merge) {
  const uint64_t key = Key(left, right);
  size_t slot = Hash(key) & mask_;
  while (slots_[slot].key != kEmpty && slots_[slot].key != key) slot = (slot + 1) & mask_;
  slots_[slot] = {key, merge};
}

WordTable::WordTable(size_t words) : slots_(SlotCount(words)), mask_(slots_.size() - 1) {}

void WordTable::Add(std::string_view bytes, TokenId id) {
  if (bytes.size() > PackedWord::kBytesMax) {
    long_.emplace(bytes, id);
    return;
  }
  const PackedWord word = PackWord(bytes, 0);
  size_t slot = word.Hash() & mask_;
  while (slots_[slot].id >= 0) {
    if (slots_[slot].word == word) return;
    slot = (slot + 1) & mask_;
  }
  slots_[slot] = {word, id};
}

TokenId WordTable::Find(std::string_view bytes) const {
  if (bytes.size() <= PackedWord::kBytesMax) {
    const PackedWord word = PackWord(bytes, 0);
    return Find(word, word.Hash());
  }
  const auto found = long_.find(bytes);
  return found == long_.end() ? -1 : found->second;
}

}  // namespace lmp::text
