// PrefixCache::View.
#include <algorithm>
#include <queue>
#include <tuple>

#include "cache/prefix_cache.h"
#include "cache/sibling_order.h"

namespace lmp::cache {

namespace {

// A node of the tree, and what it is together with all that is below it.
struct Summed {
  NodeId id;
  size_t parent = 0;  // in the list of these
  uint64_t pages = 0, hits = 0, last_use = 0;
  bool retained = false;
  std::vector<size_t> children;
};

}  // namespace

TreeView PrefixCache::View(std::string_view tenant, size_t nodes_max) const {
  constexpr size_t kNone = static_cast<size_t>(-1);
  std::vector<Summed> all;
  for (const auto& [root, key] : roots_) {
    if (key->tenant == tenant) all.push_back({root, kNone, 0, 0, 0, false, {}});
  }
  for (size_t i = 0; i < all.size(); ++i) {  // grows: parents stand before their children
    for (NodeId c = FirstChild(tree_.nodes(), all[i].id); c.valid();
         c = SiblingAfter(tree_.nodes(), c)) {
      all[i].children.push_back(all.size());
      all.push_back({c, i, 0, 0, 0, false, {}});
    }
  }
  TreeView view;
  for (size_t i = all.size(); i-- > 0;) {
    Summed& summed = all[i];
    const RadixNode& node = tree_.node(summed.id);
    view.node_count += node.kind != NodeKind::kRoot;
    view.page_count += node.page_count;
    summed.pages += node.page_count;
    summed.hits += node.hits;
    summed.last_use = std::max(summed.last_use, node.last_use);
    summed.retained |= node.retained != RadixNode::kNoRetained;
    if (summed.parent == kNone) continue;
    Summed& parent = all[summed.parent];
    parent.pages += summed.pages;
    parent.hits += summed.hits;
    parent.last_use = std::max(parent.last_use, summed.last_use);
    parent.retained |= summed.retained;
  }
  view.pages_others = pool_.tree_count() - view.page_count;
  // The clock of the cache would tell how often other tenants use it.
  std::vector<uint64_t> uses;
  for (const Summed& summed : all) uses.push_back(summed.last_use);
  std::sort(uses.begin(), uses.end());
  uses.erase(std::unique(uses.begin(), uses.end()), uses.end());
  const auto later_than = [&](uint64_t use) {
    return static_cast<uint64_t>(uses.end() - std::upper_bound(uses.begin(), uses.end(), use));
  };

  // Found most, then largest, then in order of the tree. A child is never before its parent.
  using Place = std::tuple<uint64_t, uint64_t, size_t>;
  std::priority_queue<Place> next;
  const auto add = [&](size_t i) { next.emplace(all[i].hits, all[i].pages, all.size() - i); };
  for (size_t i = 0; i < all.size() && all[i].parent == kNone; ++i) add(i);
  std::vector<int32_t> shown(all.size(), -1);
  while (!next.empty() && view.nodes.size() < nodes_max) {
    const size_t i = all.size() - std::get<2>(next.top());
    next.pop();
    const Summed& summed = all[i];
    const RadixNode& node = tree_.node(summed.id);
    shown[i] = static_cast<int32_t>(view.nodes.size());
    const size_t tokens =
        node.kind == NodeKind::kTail ? node.fill : node.page_count * page_tokens();
    view.nodes.push_back({.parent = summed.parent == kNone ? -1 : shown[summed.parent],
                          .tokens = static_cast<uint32_t>(tokens),
                          .pages = node.page_count,
                          .pages_below = summed.pages,
                          .hits = summed.hits,
                          .idle = later_than(summed.last_use),
                          .leased = node.pins > 0,
                          .retained = summed.retained});
    for (const size_t child : summed.children) add(child);
  }
  return view;
}

}  // namespace lmp::cache
