// WordMerger: the merge loop of byte-level BPE over one word: of all adjacent pairs that merge, the
// one of the lowest rank, leftmost first, until none is left. Short words by scanning, long ones
// with a heap: O(n log n) in the word.
//
// Reusable scratch; one thread at a time. Borrows the table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/base/token_id.h"
#include "runtime/text/merge_table.h"

namespace lmp::text {

class WordMerger {
 public:
  explicit WordMerger(const MergeTable& merges) : merges_(merges) {}

  // Appends what `word`, its bytes' pieces, merges into.
  void Merge(std::span<const TokenId> word, std::vector<TokenId>* ids);

 private:
  static constexpr size_t kShortMax = 48;
  struct Symbol {
    TokenId id = -1;  // -1: merged into the one before
    int32_t prev = -1;
    int32_t next = -1;
  };
  struct Pair {
    uint32_t rank;
    int32_t left;
    int32_t right;
    TokenId left_id, right_id;  // as queued: the pair is stale once one has changed
    TokenId merged;
    bool operator>(const Pair& other) const {
      return rank != other.rank ? rank > other.rank : left > other.left;
    }
  };

  void MergeShort(std::span<const TokenId> word, std::vector<TokenId>* ids);
  void MergeLong(std::span<const TokenId> word, std::vector<TokenId>* ids);
  void Queue(int32_t left, int32_t right);
  Symbol& At(int32_t index) { return symbols_[static_cast<size_t>(index)]; }

  const MergeTable& merges_;
  std::vector<Symbol> symbols_;
  std::vector<Pair> heap_;
};

}  // namespace lmp::text
