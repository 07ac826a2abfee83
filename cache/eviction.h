// Which page goes first. EvictBefore is the whole policy, a pure function of two ranks;
// EvictionOrder keeps candidates in that order.
//
// Candidates are the leaves that nothing pins. A leaf gives its pages last page first; when it is
// gone its parent may become a candidate. So a prefix always outlives what was built on it.
//
// Thread: the engine thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cache/radix_node.h"

namespace lmp::cache {

enum class Keep : uint8_t {
  kDropped,  // its last user said that nothing will use it again
  kUsed,
  kRetained,  // someone expects to use it again
};

struct EvictionRank {
  Keep keep = Keep::kUsed;
  int64_t next_use = 0;   // for kRetained: the soonest expected use
  uint64_t last_use = 0;  // tick of the cache; no two leaves have the same
};

// Dropped, then used, then retained; among retained the one with the furthest next use (Belady's
// choice, as far as the hints are right); then the least recently used.
bool EvictBefore(const EvictionRank& a, const EvictionRank& b);

// The candidates in EvictBefore's order. Nearly all are added with the latest use of all, when
// their last lease ends, and wait in a list; the others (retained, dropped, or parents left behind
// by their children, whose use was long ago) are in an indexed binary heap. The first of all is the
// first of one of the two.
//
//      list, by last use:   [used 3] - [used 7] - [used 9]  <- Add of a later use
//      heap:                [dropped 4], [used 5], [retained 8]
//
// Add and Update are O(1) into the list, O(log n) into the heap; Remove likewise; First is O(1).
class EvictionOrder {
 public:
  bool Contains(NodeId node) const {
    return node.index < entries_.size() && entries_[node.index].place != kAbsent;
  }
  // REQUIRES: absent.
  void Add(NodeId node, const EvictionRank& rank);
  // REQUIRES: present.
  void Update(NodeId node, const EvictionRank& rank);
  void Remove(NodeId node);
  // REQUIRES: not empty.
  NodeId First() const;
  EvictionRank RankOf(NodeId node) const;
  bool empty() const { return size() == 0; }
  size_t size() const { return list_size_ + heap_.size(); }
  size_t bytes_used() const;

  // Order of the list, heap property, places. Linear.
  void CheckInvariants() const;

 private:
  struct Item {
    EvictionRank rank;
    NodeId node;
  };
  static constexpr uint32_t kAbsent = 0xffffffffu;
  static constexpr uint32_t kInList = 0xfffffffeu;
  struct Entry {
    uint64_t last_use = 0;  // of a node in the list
    NodeId before;          // in the list
    NodeId behind;
    uint32_t place = kAbsent;  // in the heap
  };
  void PutInHeap(size_t place, const Item& item);
  void Settle(size_t place, const Item& item);
  void Unlink(Entry& entry);

  std::vector<Entry> entries_;  // by node
  std::vector<Item> heap_;
  NodeId list_first_;
  NodeId list_last_;
  size_t list_size_ = 0;
};

}  // namespace lmp::cache
