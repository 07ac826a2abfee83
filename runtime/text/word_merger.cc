#include "runtime/text/word_merger.h"

#include <algorithm>
#include <functional>

namespace lmp::text {

void WordMerger::Merge(std::span<const TokenId> word, std::vector<TokenId>* ids) {
  if (word.size() <= kShortMax) {
    MergeShort(word, ids);
  } else {
    MergeLong(word, ids);
  }
}

void WordMerger::MergeShort(std::span<const TokenId> word, std::vector<TokenId>* ids) {
  std::array<TokenId, kShortMax + 1> symbols;
  std::array<MergeTable::Merge, kShortMax + 1> pairs;  // [i]: of symbols i and i + 1
  size_t count = word.size();
  std::copy(word.begin(), word.end(), symbols.begin());
  for (size_t i = 0; i + 1 < count; ++i) pairs[i] = merges_.Find(symbols[i], symbols[i + 1]);
  while (count > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < count; ++i) {
      if (pairs[i].rank < pairs[best].rank) best = i;
    }
    if (pairs[best].rank == MergeTable::kNone) break;
    symbols[best] = pairs[best].id;
    for (size_t i = best + 1; i + 1 < count; ++i) {
      symbols[i] = symbols[i + 1];
      pairs[i] = pairs[i + 1];
    }
    --count;
    if (best + 1 < count) pairs[best] = merges_.Find(symbols[best], symbols[best + 1]);
    if (best > 0) pairs[best - 1] = merges_.Find(symbols[best - 1], symbols[best]);
  }
  ids->insert(ids->end(), symbols.begin(), symbols.begin() + static_cast<ptrdiff_t>(count));
}

void WordMerger::Queue(int32_t left, int32_t right) {
  if (left < 0 || right < 0) return;
  const MergeTable::Merge merge = merges_.Find(At(left).id, At(right).id);
  if (merge.rank == MergeTable::kNone) return;
  heap_.push_back({merge.rank, left, right, At(left).id, At(right).id, merge.id});
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

void WordMerger::MergeLong(std::span<const TokenId> word, std::vector<TokenId>* ids) {
  const auto count = static_cast<int32_t>(word.size());
  symbols_.clear();
  heap_.clear();
  for (int32_t i = 0; i < count; ++i) {
    symbols_.push_back({word[static_cast<size_t>(i)], i - 1, i + 1 < count ? i + 1 : -1});
  }
  for (int32_t i = 0; i + 1 < count; ++i) Queue(i, i + 1);
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    const Pair pair = heap_.back();
    heap_.pop_back();
    Symbol& left = At(pair.left);
    Symbol& right = At(pair.right);
    if (left.id != pair.left_id || right.id != pair.right_id || left.next != pair.right) continue;
    left.id = pair.merged;
    right.id = -1;
    left.next = right.next;
    if (right.next >= 0) At(right.next).prev = pair.left;
    Queue(left.prev, pair.left);
    Queue(pair.left, left.next);
  }
  for (int32_t i = 0; i >= 0; i = At(i).next) ids->push_back(At(i).id);
}

}  // namespace lmp::text
