// The tables of byte-level BPE: which pair of pieces merges into which, and which bytes are a piece
// as a whole. Open addressing, at most half full; nothing is deleted.
//
// Immutable once filled, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/token_id.h"
#include "runtime/text/packed_word.h"

namespace lmp::text {

class MergeTable {
 public:
  struct Merge {
    uint32_t rank = kNone;  // lower merges first
    TokenId id = -1;        // of the joined piece
  };
  static constexpr uint32_t kNone = UINT32_MAX;

  explicit MergeTable(size_t merges = 0);
  // Of several merges of one pair the last counts.
  void Add(TokenId left, TokenId right, Merge merge);
  // rank kNone if the pair does not merge.
  Merge Find(TokenId left, TokenId right) const {
    const uint64_t key = Key(left, right);
    for (size_t slot = Hash(key) & mask_;; slot = (slot + 1) & mask_) {
      if (slots_[slot].key == key) return slots_[slot].merge;
      if (slots_[slot].key == kEmpty) return {};
    }
  }

 private:
  static constexpr uint64_t kEmpty = UINT64_MAX;
  struct Slot {
    uint64_t key = kEmpty;
    Merge merge;
  };
  static uint64_t Key(TokenId left, TokenId right) {
    return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  }
  static uint64_t Hash(uint64_t key) {
    key *= 0x9E3779B97F4A7C15u;
    return key ^ key >> 32;
  }

  std::vector<Slot> slots_;
  size_t mask_ = 0;
};

// Pieces by their bytes. The short ones, which are nearly all, are compared packed.
class WordTable {
 public:
  explicit WordTable(size_t words = 0);
  // `bytes` outlive the table. Of equal words the first counts.
  void Add(std::string_view bytes, TokenId id);
  // -1 if there is none.
  TokenId Find(std::string_view bytes) const;
  TokenId Find(const PackedWord& word, size_t hash) const {
    for (size_t slot = hash & mask_; slots_[slot].id >= 0; slot = (slot + 1) & mask_) {
      if (slots_[slot].word == word) return slots_[slot].id;
    }
    return -1;
  }

 private:
  struct Slot {
    PackedWord word;
    TokenId id = -1;
  };

  std::vector<Slot> slots_;
  size_t mask_ = 0;
  std::unordered_map<std::string_view, TokenId> long_;
};

}  // namespace lmp::text
