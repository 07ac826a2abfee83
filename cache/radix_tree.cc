#include "cache/radix_tree.h"

#include <algorithm>

#include "cache/sibling_order.h"
#include "runtime/base/check.h"

namespace lmp::cache {

RadixTree::RadixTree(uint32_t page_count, int page_tokens, uint64_t digest_bits)
    : text_(page_count, page_tokens, digest_bits) {}

NodeId RadixTree::NewNode(NodeKind kind) {
  NodeId id;
  if (unused_.empty()) {
    id = NodeId(nodes_.size());
    nodes_.emplace_back();
  } else {
    id = unused_.back();
    unused_.pop_back();
  }
  nodes_[id.index].kind = kind;
  if (kind != NodeKind::kRoot) ++node_count_;
  return id;
}

void RadixTree::FreeNode(NodeId id) {
  if (nodes_[id.index].kind != NodeKind::kRoot) --node_count_;
  nodes_[id.index] = RadixNode();
  unused_.push_back(id);
}

NodeId RadixTree::MakeRoot(uint64_t digest) {
  const NodeId root = NewNode(NodeKind::kRoot);
  nodes_[root.index].end_digest = digest;
  return root;
}

void RadixTree::RemoveRoot(NodeId root) {
  LMP_CHECK(node(root).kind == NodeKind::kRoot && node(root).leaf() && node(root).pins == 0);
  FreeNode(root);
}

bool RadixTree::IsChild(NodeId id, NodeId parent, const TokenId* page_tokens) const {
  const RadixNode& child = nodes_[id.index];
  return child.parent == parent && text_.Equals(child.first_page, page_tokens);
}

NodeId RadixTree::FindChild(NodeId parent, const TokenId* page_tokens) const {
  const uint64_t digest =
      text_.Extend(nodes_[parent.index].end_digest, {page_tokens, text_.page_tokens()});
  return table_.Find(digest, [&](NodeId id) { return IsChild(id, parent, page_tokens); });
}

// A path's digest follows from the tokens asked for, so the nodes of several pages ahead can be
// looked for before it is known whether the first is right, and their memory is fetched at the same
// time. In a tree of short runs that is most of the cost. Where runs are long the guesses are
// wrong, at a few nanoseconds each.
void RadixTree::LookAhead(NodeId from, const TokenId* next, size_t pages, Ahead* ahead) const {
  ahead->count = std::min(pages, Ahead::kPages);
  ahead->used = 0;
  uint64_t digest = nodes_[from.index].end_digest;
  for (size_t i = 0; i < ahead->count; ++i) {
    digest = text_.Extend(digest, {next + i * text_.page_tokens(), text_.page_tokens()});
    ahead->digests[i] = digest;
    table_.Prefetch(digest);
  }
  for (size_t i = 0; i < ahead->count; ++i) {
    ahead->nodes[i] = table_.Find(ahead->digests[i], [](NodeId) { return true; });
    if (ahead->nodes[i].valid()) __builtin_prefetch(&nodes_[ahead->nodes[i].index]);
  }
  for (size_t i = 0; i < ahead->count; ++i) {
    if (ahead->nodes[i].valid()) text_.Prefetch(nodes_[ahead->nodes[i].index].first_page);
  }
}

RadixTree::Position RadixTree::Walk(NodeId from, std::span<const TokenId> tokens,
                                    std::vector<PageId>* pages) const {
  const size_t page_tokens = text_.page_tokens();
  Position at{from, nodes_[from.index].page_count, nodes_[from.index].last_page, 0};
  const TokenId* next = tokens.data();
  size_t left = tokens.size() / page_tokens;
  Ahead ahead;
  while (left > 0 && !nodes_[at.node.index].leaf()) {
    if (ahead.used >= ahead.count) LookAhead(at.node, next, left, &ahead);
    NodeId child = ahead.nodes[ahead.used];
    if (!child.valid()) break;
    if (!IsChild(child, at.node, next)) {
      child = FindChild(at.node, next);  // another path has the same 32 bits of digest
      if (!child.valid()) break;
    }
    const uint32_t page_count = nodes_[child.index].page_count;
    PageId page = nodes_[child.index].first_page;
    uint32_t count = 0;
    for (;;) {  // `page` is known to be equal
      if (pages != nullptr) pages->push_back(page);
      at = {child, ++count, page, at.walked + 1};
      next += page_tokens;
      --left;
      ++ahead.used;
      if (left == 0 || count == page_count) break;
      page = text_.next(page);
      if (!text_.Equals(page, next)) return at;
    }
  }
  return at;
}

RadixTree::Position RadixTree::PositionIn(NodeId id, uint32_t pages) const {
  const RadixNode& node = nodes_[id.index];
  LMP_CHECK(pages >= 1 && pages <= node.page_count);
  PageId page;
  if (pages > node.page_count / 2) {
    page = node.last_page;
    for (uint32_t i = node.page_count; i > pages; --i) page = text_.prev(page);
  } else {
    page = node.first_page;
    for (uint32_t i = 1; i < pages; ++i) page = text_.next(page);
  }
  return {id, pages, page, 0};
}

NodeId RadixTree::SplitAt(const Position& at) {
  if (at.pages == nodes_[at.node.index].page_count) return at.node;
  const NodeId upper_id = NewNode(NodeKind::kRun);  // may move the nodes
  RadixNode& upper = nodes_[upper_id.index];
  RadixNode& lower = nodes_[at.node.index];
  const uint64_t label_digest = text_.digest(lower.first_page);

  // 1. The upper part takes the place among the siblings and in the table.
  upper.first_page = lower.first_page;
  upper.last_page = at.last;
  upper.page_count = at.pages;
  upper.end_digest = text_.digest(at.last);
  ReplaceSibling(nodes_, at.node, upper_id);
  table_.Replace(label_digest, at.node, upper_id);

  // 2. The lower part keeps id, children, leases and retentions.
  lower.first_page = text_.next(at.last);
  lower.page_count -= at.pages;
  text_.CutAfter(at.last);
  InsertSibling(nodes_, text_, upper_id, at.node);
  table_.Insert(text_.digest(lower.first_page), at.node);

  // 3. The lower part's leases pin the upper one once. The use of both is that of the lower part,
  //    until it is evicted or someone uses the upper one.
  upper.pins = lower.pins > 0 ? 1 : 0;
  ++split_count_;
  return upper_id;
}

RadixTree::Nearest RadixTree::FindNearest(NodeId node, std::span<const TokenId> tokens) const {
  Nearest nearest;
  const std::span<const TokenId> wanted =
      tokens.first(std::min(tokens.size(), text_.page_tokens()));
  if (wanted.empty() || nodes_[node.index].leaf()) return nearest;
  const NodeId after = LowerBound(nodes_, text_, node, wanted);
  const NodeId before = after.valid() ? SiblingBefore(nodes_, after) : LastChild(nodes_, node);
  for (const NodeId id : {after, before}) {
    if (!id.valid()) continue;
    const std::span<const TokenId> label = Label(nodes_[id.index], text_);
    const size_t common = CommonPrefix(label, wanted);
    const bool diverges = common < label.size() && common < wanted.size();
    if (common > nearest.common) {
      nearest.common = common;
      nearest.diverges = diverges;
    } else if (common == nearest.common) {
      nearest.diverges |= diverges;
    }
  }
  TakeNearest(after, &SiblingAfter, wanted, &nearest);
  TakeNearest(before, &SiblingBefore, wanted, &nearest);
  return nearest;
}

void RadixTree::TakeNearest(NodeId id, NodeId (*step)(const RadixNodes&, NodeId),
                            std::span<const TokenId> wanted, Nearest* nearest) const {
  for (; id.valid(); id = step(nodes_, id)) {
    const RadixNode& child = nodes_[id.index];
    const size_t common = CommonPrefix(Label(child, text_), wanted);
    if (common <= nearest->tokens) return;
    if (text_.pending(child.first_page)) continue;
    nearest->node = id;
    nearest->page = child.first_page;
    nearest->tokens = common;
    return;
  }
}

NodeId RadixTree::FindContinuation(NodeId id, std::span<const TokenId> tokens) const {
  const NodeId after = LowerBound(nodes_, text_, id, tokens);
  if (!after.valid()) return after;
  const size_t common = CommonPrefix(Label(nodes_[after.index], text_), tokens);
  return common == tokens.size() ? after : NodeId();
}

NodeId RadixTree::TailBeginning(NodeId id, std::span<const TokenId> tokens) const {
  const std::span<const TokenId> wanted =
      tokens.first(std::min(tokens.size(), text_.page_tokens()));
  const NodeId after = LowerBound(nodes_, text_, id, wanted);
  const NodeId before = after.valid() ? SiblingBefore(nodes_, after) : LastChild(nodes_, id);
  if (!before.valid() || nodes_[before.index].kind != NodeKind::kTail) return NodeId();
  const std::span<const TokenId> label = Label(nodes_[before.index], text_);
  return CommonPrefix(label, wanted) == label.size() ? before : NodeId();
}

bool RadixTree::HasChild(NodeId id, std::span<const TokenId> page_tokens) const {
  return FindChild(id, page_tokens.data()).valid();
}

void RadixTree::WritePages(RadixNode& node, std::span<const PageId> pages,
                           std::span<const TokenId> tokens) {
  for (const PageId page : pages) {
    const std::span<const TokenId> part =
        tokens.first(std::min(tokens.size(), text_.page_tokens()));
    text_.Write(page, part, node.end_digest);
    if (node.page_count > 0) {
      text_.Link(node.last_page, page);
    } else {
      node.first_page = page;
    }
    node.last_page = page;
    node.end_digest = text_.digest(page);
    ++node.page_count;
    tokens = tokens.subspan(part.size());
  }
}

NodeId RadixTree::AddLeaf(NodeId parent, std::span<const PageId> pages,
                          std::span<const TokenId> tokens) {
  const bool tail = tokens.size() < text_.page_tokens();
  LMP_CHECK(!pages.empty() && !tokens.empty());
  LMP_CHECK(tail ? pages.size() == 1 : tokens.size() == pages.size() * text_.page_tokens());
  LMP_DCHECK(node(parent).kind != NodeKind::kTail);
  const NodeId id = NewNode(tail ? NodeKind::kTail : NodeKind::kRun);
  RadixNode& leaf = nodes_[id.index];
  leaf.fill = tail ? static_cast<uint16_t>(tokens.size()) : 0;
  leaf.end_digest = nodes_[parent.index].end_digest;
  WritePages(leaf, pages, tokens);
  InsertSibling(nodes_, text_, parent, id);
  if (!tail) table_.Insert(text_.digest(leaf.first_page), id);
  return id;
}

void RadixTree::AppendPages(NodeId leaf, std::span<const PageId> pages,
                            std::span<const TokenId> tokens) {
  LMP_CHECK(node(leaf).kind == NodeKind::kRun && node(leaf).leaf());
  LMP_CHECK(tokens.size() == pages.size() * text_.page_tokens());
  WritePages(node(leaf), pages, tokens);
}

void RadixTree::TrimLeaf(NodeId id, uint32_t count, std::vector<PageId>* removed) {
  RadixNode& leaf = nodes_[id.index];
  LMP_CHECK(leaf.kind == NodeKind::kRun && leaf.leaf() && count < leaf.page_count);
  for (uint32_t i = 0; i < count; ++i) {
    removed->push_back(leaf.last_page);
    leaf.last_page = text_.prev(leaf.last_page);
  }
  text_.CutAfter(leaf.last_page);
  leaf.page_count -= count;
  leaf.end_digest = text_.digest(leaf.last_page);
}

void RadixTree::RemoveLeaf(NodeId id, std::vector<PageId>* removed) {
  RadixNode& leaf = nodes_[id.index];
  LMP_CHECK(leaf.kind != NodeKind::kRoot && leaf.leaf());
  if (leaf.kind == NodeKind::kRun) table_.Erase(text_.digest(leaf.first_page), id);
  EraseSibling(nodes_, text_, id);
  for (PageId page = leaf.last_page; page.valid(); page = text_.prev(page)) {
    removed->push_back(page);
  }
  FreeNode(id);
}

NodeId RadixTree::RootOf(NodeId id) const {
  while (nodes_[id.index].kind != NodeKind::kRoot) id = nodes_[id.index].parent;
  return id;
}

size_t RadixTree::node_bytes_used() const {
  return nodes_.size() * sizeof(RadixNode) + table_.bytes_used() + unused_.size() * sizeof(NodeId);
}

size_t RadixTree::bytes_used() const { return node_bytes_used() + text_.bytes_used(); }

}  // namespace lmp::cache
