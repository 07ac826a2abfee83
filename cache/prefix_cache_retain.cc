// Soft retention: handles on nodes, kept in one list per node. A handle stays with the end of its
// prefix: splits leave it with the lower part, which keeps its id, and eviction hands it to the
// parent.
#include <utility>

#include "cache/prefix_cache.h"
#include "runtime/base/check.h"

namespace lmp::cache {

Retained::Retained(Retained&& other) noexcept
    : cache_(std::exchange(other.cache_, nullptr)), slot_(other.slot_) {}

Retained& Retained::operator=(Retained&& other) noexcept {
  if (this != &other) {
    Release();
    cache_ = std::exchange(other.cache_, nullptr);
    slot_ = other.slot_;
  }
  return *this;
}

void Retained::Release() noexcept {
  if (PrefixCache* cache = std::exchange(cache_, nullptr)) cache->EndRetention(slot_);
}

void Retained::SetNextUse(int64_t next_use) {
  LMP_CHECK(cache_ != nullptr);
  cache_->SetNextUse(slot_, next_use);
}

Retained PrefixCache::Retain(const Lease& lease, int64_t next_use) {
  CheckLease(lease);
  uint32_t slot = static_cast<uint32_t>(retentions_.size());
  if (unused_retentions_.empty()) {
    retentions_.emplace_back();
  } else {
    slot = unused_retentions_.back();
    unused_retentions_.pop_back();
  }
  retentions_[slot].next_use = next_use;
  LinkRetention(slot, lease.node_);
  return Retained(this, slot);
}

void PrefixCache::SetNextUse(uint32_t slot, int64_t next_use) {
  retentions_[slot].next_use = next_use;
  Reorder(retentions_[slot].node);
}

void PrefixCache::EndRetention(uint32_t slot) noexcept {
  try {
    const NodeId node = retentions_[slot].node;
    UnlinkRetention(slot);
    retentions_[slot] = Retention();
    unused_retentions_.push_back(slot);
    if (tree_.node(node).kind == NodeKind::kRoot) {
      CloseTreeIfUnused(node);
    } else {
      Reorder(node);
    }
  } catch (...) {
    broken_ = true;  // a destructor cannot report it
  }
}

void PrefixCache::LinkRetention(uint32_t slot, NodeId node) {
  Retention& retention = retentions_[slot];
  uint32_t& first = tree_.node(node).retained;
  retention.node = node;
  retention.prev = RadixNode::kNoRetained;
  retention.next = first;
  if (first != RadixNode::kNoRetained) retentions_[first].prev = slot;
  first = slot;
}

void PrefixCache::UnlinkRetention(uint32_t slot) {
  const Retention& retention = retentions_[slot];
  if (retention.next != RadixNode::kNoRetained) retentions_[retention.next].prev = retention.prev;
  if (retention.prev != RadixNode::kNoRetained) {
    retentions_[retention.prev].next = retention.next;
  } else {
    tree_.node(retention.node).retained = retention.next;
  }
}

void PrefixCache::MoveRetentions(NodeId from, NodeId to) {
  uint32_t slot = tree_.node(from).retained;
  while (slot != RadixNode::kNoRetained) {
    const uint32_t next = retentions_[slot].next;
    LinkRetention(slot, to);
    slot = next;
  }
  tree_.node(from).retained = RadixNode::kNoRetained;
}

}  // namespace lmp::cache
