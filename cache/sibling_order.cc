#include "cache/sibling_order.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace lmp::cache {

namespace {

uint64_t Priority(const RadixNodes& nodes, const PageText& text, NodeId node) {
  return text.digest(nodes[node.index].first_page);
}

bool Less(std::span<const TokenId> a, std::span<const TokenId> b) {
  const size_t same = CommonPrefix(a, b);
  if (same == b.size()) return false;
  return same == a.size() || a[same] < b[same];
}

// The link that points at `node`: its treap parent's left or right, or its parent's top.
NodeId& LinkTo(RadixNodes& nodes, NodeId node) {
  const RadixNode& self = nodes[node.index];
  if (!self.up.valid()) return nodes[self.parent.index].children;
  RadixNode& up = nodes[self.up.index];
  return up.left == node ? up.left : up.right;
}

// Lifts `node` above its treap parent, keeping the order.
//        up              node          (and its mirror image)
//       /  \            /    \          .
//    node   c    ->    a      up
//    /  \                    /  \       .
//   a    b                  b    c
void Lift(RadixNodes& nodes, NodeId node) {
  RadixNode& self = nodes[node.index];
  const NodeId up_id = self.up;
  RadixNode& up = nodes[up_id.index];
  LinkTo(nodes, up_id) = node;
  const bool is_left = up.left == node;
  NodeId& inner = is_left ? self.right : self.left;
  (is_left ? up.left : up.right) = inner;
  if (inner.valid()) nodes[inner.index].up = up_id;
  inner = up_id;
  self.up = up.up;
  up.up = node;
}

NodeId Descend(const RadixNodes& nodes, NodeId from, NodeId RadixNode::*side) {
  if (!from.valid()) return from;
  while ((nodes[from.index].*side).valid()) from = nodes[from.index].*side;
  return from;
}

NodeId Neighbour(const RadixNodes& nodes, NodeId node, NodeId RadixNode::*towards,
                 NodeId RadixNode::*back) {
  const NodeId below = nodes[node.index].*towards;
  if (below.valid()) return Descend(nodes, below, back);
  NodeId up = nodes[node.index].up;
  while (up.valid() && nodes[up.index].*towards == node) {
    node = up;
    up = nodes[node.index].up;
  }
  return up;
}

}  // namespace

std::span<const TokenId> Label(const RadixNode& node, const PageText& text) {
  const size_t size = node.kind == NodeKind::kTail ? node.fill : text.page_tokens();
  return {text.tokens(node.first_page), size};
}

size_t CommonPrefix(std::span<const TokenId> a, std::span<const TokenId> b) {
  const size_t size = std::min(a.size(), b.size());
  size_t i = 0;
  while (i < size && a[i] == b[i]) ++i;
  return i;
}

void InsertSibling(RadixNodes& nodes, const PageText& text, NodeId parent, NodeId node) {
  RadixNode& self = nodes[node.index];
  self.parent = parent;
  self.left = self.right = self.up = NodeId();
  const std::span<const TokenId> label = Label(self, text);
  NodeId* link = &nodes[parent.index].children;
  while (link->valid()) {
    self.up = *link;
    RadixNode& other = nodes[link->index];
    link = Less(Label(other, text), label) ? &other.right : &other.left;
  }
  *link = node;
  const uint64_t priority = Priority(nodes, text, node);
  while (self.up.valid() && Priority(nodes, text, self.up) < priority) Lift(nodes, node);
}

void EraseSibling(RadixNodes& nodes, const PageText& text, NodeId node) {
  RadixNode& self = nodes[node.index];
  while (self.left.valid() && self.right.valid()) {
    const bool left_first = Priority(nodes, text, self.left) > Priority(nodes, text, self.right);
    Lift(nodes, left_first ? self.left : self.right);
  }
  const NodeId below = self.left.valid() ? self.left : self.right;
  LinkTo(nodes, node) = below;
  if (below.valid()) nodes[below.index].up = self.up;
  self.left = self.right = self.up = NodeId();
}

void ReplaceSibling(RadixNodes& nodes, NodeId node, NodeId with) {
  RadixNode& self = nodes[node.index];
  RadixNode& other = nodes[with.index];
  LinkTo(nodes, node) = with;
  other.parent = self.parent;
  other.left = self.left;
  other.right = self.right;
  other.up = self.up;
  if (other.left.valid()) nodes[other.left.index].up = with;
  if (other.right.valid()) nodes[other.right.index].up = with;
  self.left = self.right = self.up = NodeId();
}

NodeId LowerBound(const RadixNodes& nodes, const PageText& text, NodeId parent,
                  std::span<const TokenId> label) {
  NodeId found;
  NodeId at = nodes[parent.index].children;
  while (at.valid()) {
    const RadixNode& node = nodes[at.index];
    if (Less(Label(node, text), label)) {
      at = node.right;
    } else {
      found = at;
      at = node.left;
    }
  }
  return found;
}

NodeId FirstChild(const RadixNodes& nodes, NodeId parent) {
  return Descend(nodes, nodes[parent.index].children, &RadixNode::left);
}

NodeId LastChild(const RadixNodes& nodes, NodeId parent) {
  return Descend(nodes, nodes[parent.index].children, &RadixNode::right);
}

NodeId SiblingAfter(const RadixNodes& nodes, NodeId node) {
  return Neighbour(nodes, node, &RadixNode::right, &RadixNode::left);
}

NodeId SiblingBefore(const RadixNodes& nodes, NodeId node) {
  return Neighbour(nodes, node, &RadixNode::left, &RadixNode::right);
}

void CheckSiblings(const RadixNodes& nodes, const PageText& text, NodeId parent) {
  NodeId before;
  for (NodeId at = FirstChild(nodes, parent); at.valid(); at = SiblingAfter(nodes, at)) {
    const RadixNode& node = nodes[at.index];
    LMP_CHECK(node.parent == parent);
    if (before.valid()) {
      LMP_CHECK(Less(Label(nodes[before.index], text), Label(node, text)));
      LMP_CHECK(SiblingBefore(nodes, at) == before);
    }
    for (const NodeId below : {node.left, node.right}) {
      if (!below.valid()) continue;
      LMP_CHECK(nodes[below.index].up == at);
      LMP_CHECK(Priority(nodes, text, below) <= Priority(nodes, text, at));
    }
    before = at;
  }
}

}  // namespace lmp::cache
