#include "runtime/text/merge_table.h"

#include <bit>
#include <cstring>

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

WordTable::Short WordTable::Pack(std::string_view bytes, size_t after) {
  static_assert(std::endian::native == std::endian::little);
  Short word;
  const size_t size = bytes.size();
  if (size + after > kShortMax) {  // 16 bytes are there: read them and clear the ones behind
    std::memcpy(&word, bytes.data(), sizeof word);
    if (size < 8) {
      word.low &= (uint64_t{1} << 8 * size) - 1;
      word.high = 0;
    } else {
      word.high &= (uint64_t{1} << 8 * (size - 8)) - 1;
    }
  } else {
    std::memcpy(&word, bytes.data(), size);
  }
  word.high |= static_cast<uint64_t>(size) << 56;
  return word;
}

void WordTable::Add(std::string_view bytes, TokenId id) {
  if (bytes.size() > kShortMax) {
    long_.emplace(bytes, id);
    return;
  }
  const Short word = Pack(bytes, 0);
  size_t slot = Hash(word) & mask_;
  while (slots_[slot].id >= 0) {
    if (slots_[slot].word == word) return;
    slot = (slot + 1) & mask_;
  }
  slots_[slot] = {word, id};
}

TokenId WordTable::Find(std::string_view bytes, size_t after) const {
  if (bytes.size() > kShortMax) {
    const auto found = long_.find(bytes);
    return found == long_.end() ? -1 : found->second;
  }
  const Short word = Pack(bytes, after);
  for (size_t slot = Hash(word) & mask_; slots_[slot].id >= 0; slot = (slot + 1) & mask_) {
    if (slots_[slot].word == word) return slots_[slot].id;
  }
  return -1;
}

}  // namespace lmp::text
