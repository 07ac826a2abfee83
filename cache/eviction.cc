#include "cache/eviction.h"

#include "runtime/base/check.h"

namespace lmp::cache {

bool EvictBefore(const EvictionRank& a, const EvictionRank& b) {
  if (a.keep != b.keep) return a.keep < b.keep;
  if (a.keep == Keep::kRetained && a.next_use != b.next_use) return a.next_use > b.next_use;
  return a.last_use < b.last_use;
}

void EvictionOrder::Put(size_t place, const Item& item) {
  heap_[place] = item;
  places_[item.node.index] = static_cast<uint32_t>(place);
}

// Moves the hole at `place` up, then down, to where `item` belongs.
void EvictionOrder::Settle(size_t place, const Item& item) {
  while (place > 0) {
    const size_t up = (place - 1) / 2;
    if (!EvictBefore(item.rank, heap_[up].rank)) break;
    Put(place, heap_[up]);
    place = up;
  }
  for (;;) {
    size_t below = 2 * place + 1;
    if (below >= heap_.size()) break;
    if (below + 1 < heap_.size() && EvictBefore(heap_[below + 1].rank, heap_[below].rank)) ++below;
    if (!EvictBefore(heap_[below].rank, item.rank)) break;
    Put(place, heap_[below]);
    place = below;
  }
  Put(place, item);
}

void EvictionOrder::Add(NodeId node, const EvictionRank& rank) {
  LMP_CHECK(!Contains(node));
  if (node.index >= places_.size()) places_.resize(node.index + 1, kAbsent);
  heap_.emplace_back();
  Settle(heap_.size() - 1, {rank, node});
}

void EvictionOrder::Update(NodeId node, const EvictionRank& rank) {
  LMP_CHECK(Contains(node));
  Settle(places_[node.index], {rank, node});
}

void EvictionOrder::Remove(NodeId node) {
  LMP_CHECK(Contains(node));
  const size_t place = places_[node.index];
  places_[node.index] = kAbsent;
  const Item last = heap_.back();
  heap_.pop_back();
  if (place < heap_.size()) Settle(place, last);
}

size_t EvictionOrder::bytes_used() const {
  return heap_.size() * sizeof(Item) + places_.size() * sizeof(uint32_t);
}

void EvictionOrder::CheckInvariants() const {
  size_t present = 0;
  for (const uint32_t place : places_) present += place != kAbsent;
  LMP_CHECK(present == heap_.size());
  for (size_t i = 0; i < heap_.size(); ++i) {
    LMP_CHECK(places_[heap_[i].node.index] == i);
    if (i > 0) LMP_CHECK(!EvictBefore(heap_[i].rank, heap_[(i - 1) / 2].rank));
  }
}

}  // namespace lmp::cache
