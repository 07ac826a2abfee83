// The two views of a whole RadixTree: CheckInvariants for tests, Dump for people.
#include <algorithm>
#include <string>

#include "cache/radix_tree.h"
#include "cache/sibling_order.h"
#include "runtime/base/check.h"

namespace lmp::cache {

namespace {

std::string Tokens(std::span<const TokenId> tokens) {
  constexpr size_t kShown = 6;
  std::string text;
  for (size_t i = 0; i < std::min(tokens.size(), kShown); ++i) {
    if (i > 0) text += ' ';
    text += std::to_string(tokens[i]);
  }
  return tokens.size() > kShown ? text + " .." : text;
}

}  // namespace

void RadixTree::CheckInvariants() const {
  std::vector<bool> seen(text_.page_count());
  size_t runs = 0, nodes = 0, unused = 0, child_links = 0, children = 0;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const NodeId id(i);
    if (nodes_[i].kind == NodeKind::kUnused) {
      ++unused;
      continue;
    }
    CheckNode(id, &seen);
    runs += nodes_[i].kind == NodeKind::kRun;
    nodes += nodes_[i].kind != NodeKind::kRoot;
    children += nodes_[i].parent.valid();
    for (NodeId c = FirstChild(nodes_, id); c.valid(); c = SiblingAfter(nodes_, c)) ++child_links;
  }
  LMP_CHECK(unused == unused_.size());
  LMP_CHECK(nodes == node_count_);
  LMP_CHECK(runs == table_.size());
  LMP_CHECK(children == child_links);  // with the parent check of CheckSiblings: a forest
}

void RadixTree::CheckNode(NodeId id, std::vector<bool>* seen) const {
  const RadixNode& node = nodes_[id.index];
  const std::string name = "node " + std::to_string(id.index);
  CheckSiblings(nodes_, text_, id);
  uint32_t pinned_children = 0;
  for (NodeId c = FirstChild(nodes_, id); c.valid(); c = SiblingAfter(nodes_, c)) {
    pinned_children += nodes_[c.index].pins > 0;
  }
  LMP_CHECK_MSG(node.pins >= pinned_children, name);
  if (node.kind == NodeKind::kRoot) {
    LMP_CHECK_MSG(node.page_count == 0 && !node.parent.valid(), name);
    return;
  }
  LMP_CHECK_MSG(node.page_count >= 1 && node.parent.valid(), name);
  const RadixNode& parent = nodes_[node.parent.index];
  LMP_CHECK_MSG(parent.kind == NodeKind::kRoot || parent.kind == NodeKind::kRun, name);
  if (node.kind == NodeKind::kTail) {
    LMP_CHECK_MSG(node.page_count == 1 && node.leaf(), name);
    LMP_CHECK_MSG(node.fill >= 1 && node.fill < text_.page_tokens(), name);
  }
  uint64_t digest = parent.end_digest;
  uint32_t count = 0;
  PageId before;
  for (PageId page = node.first_page; page.valid(); page = text_.next(page)) {
    LMP_CHECK_MSG(!(*seen)[page.index], name + " page " + std::to_string(page.index));
    (*seen)[page.index] = true;
    LMP_CHECK_MSG(text_.prev(page) == before, name);
    const size_t size = node.kind == NodeKind::kTail ? node.fill : text_.page_tokens();
    digest = text_.Extend(digest, {text_.tokens(page), size});
    LMP_CHECK_MSG(text_.digest(page) == digest, name);
    before = page;
    ++count;
  }
  LMP_CHECK_MSG(count == node.page_count && before == node.last_page, name);
  LMP_CHECK_MSG(digest == node.end_digest, name);
  const bool in_table =
      table_.Find(text_.digest(node.first_page), [&](NodeId other) { return other == id; }).valid();
  LMP_CHECK_MSG(in_table == (node.kind == NodeKind::kRun), name);
}

std::string RadixTree::Dump(NodeId root, size_t lines_max) const {
  struct Item {
    NodeId id;
    size_t depth;
    size_t begin;  // first token covered
  };
  std::string out;
  std::vector<Item> stack{{root, 0, 0}};
  for (size_t line = 0; !stack.empty(); ++line) {
    if (line == lines_max) return out + "... more\n";
    const Item item = stack.back();
    stack.pop_back();
    const RadixNode& node = nodes_[item.id.index];
    size_t end = item.begin;
    out += std::string(item.depth * 2, ' ');
    if (node.kind == NodeKind::kRoot) {
      out += "root";
    } else {
      const std::span<const TokenId> label = Label(node, text_);
      end += node.kind == NodeKind::kTail ? node.fill : node.page_count * text_.page_tokens();
      out += "#" + std::to_string(item.id.index) + " [" + std::to_string(item.begin) + ", " +
             std::to_string(end) + ") " + std::to_string(node.page_count) +
             (node.kind == NodeKind::kTail ? " tail page: " : " pages: ") + Tokens(label) +
             "  used " + std::to_string(node.last_use);
    }
    if (node.pins > 0) out += " pins " + std::to_string(node.pins);
    if (node.retained != RadixNode::kNoRetained) out += " retained";
    if (node.dropped) out += " dropped";
    out += '\n';
    for (NodeId c = LastChild(nodes_, item.id); c.valid(); c = SiblingBefore(nodes_, c)) {
      stack.push_back({c, item.depth + 1, end});
    }
  }
  return out;
}

}  // namespace lmp::cache
