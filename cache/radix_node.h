// RadixNode: one node of the prefix trees, one cache line. A plain record: cache/radix_tree.h keeps
// its shape, cache/prefix_cache.h its use, cache/sibling_order.h its place among its siblings.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/kv_layout.h"
#include "runtime/base/id.h"

namespace lmp::cache {

using NodeId = Id<struct NodeTag>;

enum class NodeKind : uint8_t {
  kUnused,
  kRoot,  // of one KvKey; no pages
  kRun,   // one or more whole pages
  kTail,  // one page, filled in part; a leaf
};

struct RadixNode {
  // Shape.
  uint64_t end_digest = 0;  // of the path from the root through the last page
  NodeId parent;
  PageId first_page;
  PageId last_page;
  uint32_t page_count = 0;
  NodeId children;  // top of the children's search tree

  // Place among the siblings: a treap ordered by the tokens of the first page.
  NodeId left;
  NodeId right;
  NodeId up;  // invalid at the top

  // Use.
  uint64_t last_use = 0;            // tick of the cache
  uint32_t pins = 0;                // leases that end here + children with pins > 0
  uint32_t retained = kNoRetained;  // first of the retentions that end here
  // Lookups that ended here, or in what was evicted behind it; stays at its most.
  uint32_t hits = 0;
  uint16_t fill = 0;  // tokens of a tail's page
  NodeKind kind = NodeKind::kUnused;
  bool dropped = false;  // nothing will use it again, as far as its last user knew

  static constexpr uint32_t kNoRetained = 0xffffffffu;
  bool leaf() const { return !children.valid(); }
};
static_assert(sizeof(RadixNode) == 64);

using RadixNodes = std::vector<RadixNode>;

}  // namespace lmp::cache
