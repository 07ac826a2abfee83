// ChildTable: from the digest of a path through a node's first page to that node, in one probe or
// two. An open-addressing table of (digest, node) with linear probing; it decides nothing: the
// caller compares tokens and parent in `matches`.
//
// Invariants: at most 5/8 of the slots are used; between a node's home slot and its slot none is
// empty. Thread: the engine thread.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/base/id.h"

namespace lmp::cache {

using NodeId = Id<struct NodeTag>;

class ChildTable {
 public:
  ChildTable() : slots_(16) {}

  // The first node under `digest` for which matches(node) holds, or an invalid id.
  template <typename Matches>
  NodeId Find(uint64_t digest, const Matches& matches) const {
    for (size_t i = Home(Tag(digest));; i = Next(i)) {
      const Slot& slot = slots_[i];
      if (!slot.node.valid()) return NodeId();
      if (slot.tag == Tag(digest) && matches(slot.node)) return slot.node;
    }
  }
  void Prefetch(uint64_t digest) const { __builtin_prefetch(&slots_[Home(Tag(digest))]); }

  void Insert(uint64_t digest, NodeId node);
  // REQUIRES: `node` is in the table under `digest`.
  void Erase(uint64_t digest, NodeId node);
  void Replace(uint64_t digest, NodeId node, NodeId with);

  size_t size() const { return used_; }
  size_t bytes_used() const { return slots_.size() * sizeof(Slot); }

 private:
  struct Slot {
    uint32_t tag = 0;
    NodeId node;
  };
  static uint32_t Tag(uint64_t digest) { return static_cast<uint32_t>(digest); }
  size_t Home(uint32_t tag) const { return tag & (slots_.size() - 1); }
  size_t Next(size_t i) const { return (i + 1) & (slots_.size() - 1); }
  size_t SlotOf(uint64_t digest, NodeId node) const;
  void Put(Slot slot);

  std::vector<Slot> slots_;  // a power of two
  size_t used_ = 0;
};

}  // namespace lmp::cache
