#include "cache/child_table.h"

#include <utility>

#include "runtime/base/check.h"

namespace lmp::cache {

void ChildTable::Insert(uint64_t digest, NodeId node) {
  if ((used_ + 1) * 8 > slots_.size() * 5) {
    std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    for (const Slot& slot : old) {
      if (slot.node.valid()) Put(slot);
    }
  }
  Put({Tag(digest), node});
  ++used_;
}

void ChildTable::Put(Slot slot) {
  size_t i = Home(slot.tag);
  while (slots_[i].node.valid()) i = Next(i);
  slots_[i] = slot;
}

size_t ChildTable::SlotOf(uint64_t digest, NodeId node) const {
  size_t i = Home(Tag(digest));
  while (slots_[i].node != node) {
    LMP_CHECK(slots_[i].node.valid());
    i = Next(i);
  }
  return i;
}

void ChildTable::Erase(uint64_t digest, NodeId node) {
  size_t hole = SlotOf(digest, node);
  // Moves later entries of the run into the hole when their home does not lie behind it.
  for (size_t i = Next(hole); slots_[i].node.valid(); i = Next(i)) {
    const size_t mask = slots_.size() - 1;
    const size_t home = Home(slots_[i].tag);
    if (((i - home) & mask) >= ((i - hole) & mask)) {
      slots_[hole] = slots_[i];
      hole = i;
    }
  }
  slots_[hole] = Slot();
  --used_;
}

void ChildTable::Replace(uint64_t digest, NodeId node, NodeId with) {
  slots_[SlotOf(digest, node)].node = with;
}

}  // namespace lmp::cache
