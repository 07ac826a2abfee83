// TreeView: the shape of prefix trees, for people. It says which runs of tokens are cached, how
// often lookups found them and when they were used last: no token of them, so whoever may see it
// learns nothing of what was asked. A plain value; any thread.
#pragma once

#include <cstdint>
#include <vector>

namespace lmp::cache {

struct TreeView {
  struct Node {
    int32_t parent = -1;       // its place in `nodes`, before this one; -1: the root of a tree
    uint32_t tokens = 0;       // of its own run; 0 of a root
    uint32_t pages = 0;        // the same in pages
    uint64_t pages_below = 0;  // of all that begins with it, with its own
    uint64_t hits = 0;         // lookups that took tokens of it; of a root: all in its tree
    // Last uses in these trees that came after its own, or that of what begins with it. Nothing of
    // other tenants.
    uint64_t idle = 0;
    bool leased = false;    // by a sequence that runs
    bool retained = false;  // it, or what begins with it, is evicted last
  };
  std::vector<Node> nodes;    // parents before their children
  uint64_t node_count = 0;    // of these trees, with what is not in `nodes`, without roots
  uint64_t page_count = 0;    // of these trees
  uint64_t pages_others = 0;  // of all other trees
};

}  // namespace lmp::cache
