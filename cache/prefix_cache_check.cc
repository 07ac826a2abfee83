// The two views of a whole PrefixCache: CheckInvariants for tests, Dump for people.
#include <algorithm>
#include <string>

#include "cache/prefix_cache.h"
#include "runtime/base/check.h"

namespace lmp::cache {

void PrefixCache::CheckInvariants() const {
  LMP_CHECK(!broken_);
  pool_.CheckInvariants();
  tree_.CheckInvariants();
  order_.CheckInvariants();
  uint32_t pages = 0, pinned_pages = 0, pending_pages = 0;
  size_t own_pins = 0, candidates = 0, roots = 0, retained = 0;
  for (size_t i = 0; i < tree_.id_count(); ++i) {
    const NodeId id(i);
    const RadixNode& node = tree_.node(id);
    if (node.kind == NodeKind::kUnused) continue;
    const std::string name = "node " + std::to_string(i);
    own_pins += node.pins;
    for (uint32_t s = node.retained; s != RadixNode::kNoRetained; s = retentions_[s].next) {
      LMP_CHECK_MSG(retentions_[s].node == id, name);
      ++retained;
    }
    if (node.kind == NodeKind::kRoot) {
      ++roots;
      LMP_CHECK_MSG(roots_.contains(id), name);
      LMP_CHECK_MSG(!node.leaf() || node.pins > 0 || node.retained != RadixNode::kNoRetained, name);
      continue;
    }
    if (node.pins > 0) {
      LMP_CHECK_MSG(tree_.node(node.parent).pins > 0, name);
      pinned_pages += node.page_count;
      // The pin that a pinned child adds to its parent is not a lease's.
      --own_pins;
    }
    const bool candidate = node.leaf() && node.pins == 0;
    LMP_CHECK_MSG(order_.Contains(id) == candidate, name);
    if (candidate) {
      const EvictionRank kept = order_.RankOf(id), now = RankOf(id);
      LMP_CHECK_MSG(!EvictBefore(kept, now) && !EvictBefore(now, kept), name);
      ++candidates;
    }
    for (PageId page = node.first_page; page.valid(); page = tree_.text().next(page)) {
      LMP_CHECK_MSG(pool_.owner(page) == PageOwner::kTree, name);
      pending_pages += tree_.text().pending(page);
      ++pages;
    }
  }
  LMP_CHECK(pages == pool_.tree_count());
  LMP_CHECK(pinned_pages == pinned_pages_);
  LMP_CHECK(pending_pages == pending_pages_.size());
  LMP_CHECK(own_pins == lease_count_ + pending_pins_.size());
  LMP_CHECK(candidates == order_.size());
  LMP_CHECK(roots == roots_.size() && roots == trees_.size());
  LMP_CHECK(retained == retentions_.size() - unused_retentions_.size());
  for (const auto& [root, key] : roots_) LMP_CHECK(trees_.at(*key) == root);
}

std::string PrefixCache::Dump(size_t lines_max) const {
  std::string out = std::to_string(pool_.tree_count()) + " pages in " +
                    std::to_string(node_count()) + " nodes, " + std::to_string(pinned_pages_) +
                    " pinned; " + std::to_string(pool_.private_count()) + " private, " +
                    std::to_string(pool_.free_count()) + " free\n";
  for (const auto& [root, key] : roots_) {
    const auto used = static_cast<size_t>(std::count(out.begin(), out.end(), '\n'));
    if (used >= lines_max) return out + "... more\n";
    out += "tree model=" + key->model + " tenant=" + key->tenant + "\n";
    out += tree_.Dump(root, lines_max - used);
  }
  return out;
}

}  // namespace lmp::cache
