#include "cache/eviction.h"

#include <utility>

#include "runtime/base/check.h"

namespace lmp::cache {

bool EvictBefore(const EvictionRank& a, const EvictionRank& b) {
  if (a.keep != b.keep) return a.keep < b.keep;
  if (a.keep == Keep::kRetained && a.next_use != b.next_use) return a.next_use > b.next_use;
  return a.last_use < b.last_use;
}

void EvictionOrder::PutInHeap(size_t place, const Item& item) {
  heap_[place] = item;
  entries_[item.node.index].place = static_cast<uint32_t>(place);
}

// Moves the hole at `place` up, then down, to where `item` belongs.
void EvictionOrder::Settle(size_t place, const Item& item) {
  while (place > 0) {
    const size_t up = (place - 1) / 2;
    if (!EvictBefore(item.rank, heap_[up].rank)) break;
    PutInHeap(place, heap_[up]);
    place = up;
  }
  for (;;) {
    size_t below = 2 * place + 1;
    if (below >= heap_.size()) break;
    if (below + 1 < heap_.size() && EvictBefore(heap_[below + 1].rank, heap_[below].rank)) ++below;
    if (!EvictBefore(heap_[below].rank, item.rank)) break;
    PutInHeap(place, heap_[below]);
    place = below;
  }
  PutInHeap(place, item);
}

void EvictionOrder::Add(NodeId node, const EvictionRank& rank) {
  LMP_CHECK(!Contains(node));
  if (node.index >= entries_.size()) entries_.resize(node.index + 1);
  const bool is_latest =
      !list_last_.valid() || entries_[list_last_.index].last_use <= rank.last_use;
  if (rank.keep != Keep::kUsed || !is_latest) {
    heap_.emplace_back();
    return Settle(heap_.size() - 1, {rank, node});
  }
  entries_[node.index] = {rank.last_use, list_last_, NodeId(), kInList};
  (list_last_.valid() ? entries_[list_last_.index].behind : list_first_) = node;
  list_last_ = node;
  ++list_size_;
}

void EvictionOrder::Unlink(Entry& entry) {
  (entry.before.valid() ? entries_[entry.before.index].behind : list_first_) = entry.behind;
  (entry.behind.valid() ? entries_[entry.behind.index].before : list_last_) = entry.before;
  --list_size_;
}

void EvictionOrder::Remove(NodeId node) {
  LMP_CHECK(Contains(node));
  Entry& entry = entries_[node.index];
  const uint32_t place = std::exchange(entry.place, kAbsent);
  if (place == kInList) return Unlink(entry);
  const Item last = heap_.back();
  heap_.pop_back();
  if (place < heap_.size()) Settle(place, last);
}

void EvictionOrder::Update(NodeId node, const EvictionRank& rank) {
  Remove(node);
  Add(node, rank);
}

NodeId EvictionOrder::First() const {
  LMP_CHECK(!empty());
  if (heap_.empty()) return list_first_;
  const bool heap_first = list_size_ == 0 || EvictBefore(heap_.front().rank, RankOf(list_first_));
  return heap_first ? heap_.front().node : list_first_;
}

EvictionRank EvictionOrder::RankOf(NodeId node) const {
  LMP_CHECK(Contains(node));
  const Entry& entry = entries_[node.index];
  if (entry.place != kInList) return heap_[entry.place].rank;
  return {Keep::kUsed, 0, entry.last_use};
}

size_t EvictionOrder::bytes_used() const {
  return heap_.size() * sizeof(Item) + entries_.size() * sizeof(Entry);
}

void EvictionOrder::CheckInvariants() const {
  size_t in_list = 0, in_heap = 0;
  for (const Entry& entry : entries_) {
    in_list += entry.place == kInList;
    in_heap += entry.place < kInList;
  }
  LMP_CHECK(in_heap == heap_.size());
  for (size_t i = 0; i < heap_.size(); ++i) {
    LMP_CHECK(entries_[heap_[i].node.index].place == i);
    if (i > 0) LMP_CHECK(!EvictBefore(heap_[i].rank, heap_[(i - 1) / 2].rank));
  }
  NodeId before;
  for (NodeId at = list_first_; at.valid(); at = entries_[at.index].behind) {
    const Entry& entry = entries_[at.index];
    LMP_CHECK(entry.place == kInList && entry.before == before && in_list > 0);
    if (before.valid()) LMP_CHECK(entries_[before.index].last_use <= entry.last_use);
    before = at;
    --in_list;
  }
  LMP_CHECK(in_list == 0 && list_last_ == before);
}

}  // namespace lmp::cache
