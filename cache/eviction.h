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
  kDropped,   // its last user said that nothing will use it again
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

// An indexed binary heap: every operation in O(log n), Contains in O(1).
class EvictionOrder {
 public:
  bool Contains(NodeId node) const {
    return node.index < places_.size() && places_[node.index] != kAbsent;
  }
  // REQUIRES: absent.
  void Add(NodeId node, const EvictionRank& rank);
  // REQUIRES: present.
  void Update(NodeId node, const EvictionRank& rank);
  void Remove(NodeId node);
  // REQUIRES: not empty.
  NodeId First() const { return heap_.front().node; }
  const EvictionRank& RankOf(NodeId node) const { return heap_[places_[node.index]].rank; }
  bool empty() const { return heap_.empty(); }
  size_t size() const { return heap_.size(); }
  size_t bytes_used() const;

  // The heap property and the places. Linear.
  void CheckInvariants() const;

 private:
  struct Item {
    EvictionRank rank;
    NodeId node;
  };
  static constexpr uint32_t kAbsent = 0xffffffffu;
  void Put(size_t place, const Item& item);
  void Settle(size_t place, const Item& item);

  std::vector<Item> heap_;
  std::vector<uint32_t> places_;  // by node
};

}  // namespace lmp::cache
