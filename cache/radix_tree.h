// RadixTree: a forest of radix trees over tokens whose edges carry pages. It knows shape only; who
// uses what, and when something may go, is cache/prefix_cache.h.
//
// With pages of 4 tokens, three sequences that share a prefix:
//
//      root                                 a node = a run of whole pages, the tokens of its
//       |                                   edge
//     [0 1 2 3|4 5 6 7]          A          "0 1 2 3" is page p, "4 5 6 7" is page q
//       |              \                    (each page owns its tokens, see cache/page_text.h)
//     [8 9 0 1|2 3 4 5] [8 9 7 7]   B, C    siblings differ somewhere in their first page, not
//       |                                   always in its first token
//     (6 7)                      D          a tail: one page of which 2 tokens are filled
//
// Looking up 0..9 0 1 9 9 walks A by its first page's digest, then B; B's second page differs, so B
// is split at the page boundary and the match ends at its upper part:
//
//     [0 1 2 3|4 5 6 7]                     the lower part keeps its id, and so its children,
//       |              \                    leases, retentions and place in the eviction order
//     [8 9 0 1] B'     [8 9 7 7]            stay as they are
//       |
//     [2 3 4 5] B
//       |
//     (6 7) D
//
// Behind whole pages a match may go on inside one page: that is FindNearest, whose page the caller
// copies. 8 9 0 4 behind A: B' and C are neighbours in the order of labels, B' shares three tokens.
//
// Nodes are not merged again: what a lookup cut apart has a use of its own from then on, and a
// growing sequence appends to its node.
//
// Invariants (CheckInvariants, in radix_check.cc; P is the page size):
//   1. A root has no pages. A run has one or more, all full. A tail has one page with 1 to P-1
//      tokens, and no children.
//   2. Siblings have different labels, in order (cache/sibling_order.h). Two runs among siblings
//      differ in their first page, so a path of whole pages exists at most once.
//   3. The child table holds each run once, under the digest of its first page, and nothing else.
//   4. first_page ... last_page is a doubly linked run of page_count pages; a page's digest is that
//      of the path before it, extended by its tokens; end_digest is that of the last page.
//   5. A page is in one node.
//   6. pins >= children with pins > 0: pinned nodes have pinned ancestors.
//
// Ownership: nodes and page text; page numbers go in and out. Thread: the engine thread. Errors:
// none.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cache/child_table.h"
#include "cache/page_text.h"
#include "cache/radix_node.h"

namespace lmp::cache {

class RadixTree {
 public:
  RadixTree(uint32_t page_count, int page_tokens, uint64_t digest_bits);

  // `digest` names the tree among others in digests of paths.
  NodeId MakeRoot(uint64_t digest);
  // REQUIRES: a root without children.
  void RemoveRoot(NodeId root);

  // A place between two pages: `pages` pages into `node`, the last of them `last`.
  struct Position {
    NodeId node;
    uint32_t pages = 0;
    PageId last;
    size_t walked = 0;  // pages from where Walk began
  };
  // Follows whole pages of `tokens` down from the end of `from`; appends them to *pages (nullable).
  Position Walk(NodeId from, std::span<const TokenId> tokens, std::vector<PageId>* pages) const;
  // The node that ends at `at`: at.node itself, or a new upper part of it.
  NodeId SplitAt(const Position& at);
  // The position `pages` pages into `node`, 1 <= pages <= its count.
  Position PositionIn(NodeId node, uint32_t pages) const;

  // What continues the end of `node` with the longest common prefix with `tokens`, in part of one
  // page.
  struct Nearest {
    NodeId node;  // holds the page; invalid if no page that may be copied shares a token
    PageId page;
    size_t tokens = 0;      // to copy
    size_t common = 0;      // longest common prefix, pages that may not be copied included
    bool diverges = false;  // a page with that common prefix goes on with another token
  };
  Nearest FindNearest(NodeId node, std::span<const TokenId> tokens) const;
  // A child of `node` that begins with `tokens` (less than a page); invalid if there is none.
  NodeId FindContinuation(NodeId node, std::span<const TokenId> tokens) const;
  // The tail below `node` all of whose tokens `tokens` begins with; invalid if there is none.
  // (Where several are, the longest.)
  NodeId TailBeginning(NodeId node, std::span<const TokenId> tokens) const;
  // True if a child of `node` begins with this whole page.
  bool HasChild(NodeId node, std::span<const TokenId> page_tokens) const;

  // A new leaf: whole pages, or a tail where `tokens` is less than one page. REQUIRES: no sibling
  // begins with the same page.
  NodeId AddLeaf(NodeId parent, std::span<const PageId> pages, std::span<const TokenId> tokens);
  // REQUIRES: a run without children.
  void AppendPages(NodeId leaf, std::span<const PageId> pages, std::span<const TokenId> tokens);
  // Removes the last `count` pages, fewer than all.
  void TrimLeaf(NodeId leaf, uint32_t count, std::vector<PageId>* removed);
  void RemoveLeaf(NodeId leaf, std::vector<PageId>* removed);

  RadixNode& node(NodeId id) { return nodes_[id.index]; }
  const RadixNode& node(NodeId id) const { return nodes_[id.index]; }
  const RadixNodes& nodes() const { return nodes_; }
  PageText& text() { return text_; }
  const PageText& text() const { return text_; }
  NodeId RootOf(NodeId node) const;
  // Of ids ever used; ids are below it.
  size_t id_count() const { return nodes_.size(); }
  size_t node_count() const { return node_count_; }  // roots excluded
  uint64_t split_count() const { return split_count_; }
  size_t bytes_used() const;
  size_t node_bytes_used() const;  // without the per-page part

  void CheckInvariants() const;
  // The tree below `root`, one line per node, indented by depth; stops after `lines_max` lines.
  std::string Dump(NodeId root, size_t lines_max) const;

 private:
  NodeId NewNode(NodeKind kind);
  void FreeNode(NodeId id);
  void WritePages(RadixNode& node, std::span<const PageId> pages, std::span<const TokenId> tokens);
  bool IsChild(NodeId id, NodeId parent, const TokenId* page_tokens) const;
  NodeId FindChild(NodeId parent, const TokenId* page_tokens) const;

  // Guesses at the nodes that begin with the next pages of a walk.
  struct Ahead {
    static constexpr size_t kPages = 4;
    size_t count = 0;
    size_t used = 0;
    uint64_t digests[kPages];
    NodeId nodes[kPages];
  };
  void LookAhead(NodeId from, const TokenId* next, size_t pages, Ahead* ahead) const;
  // Takes the first child from `id` on, going outwards from the query's place, that may be copied
  // and shares more than *nearest: outwards the common prefix only gets shorter.
  void TakeNearest(NodeId id, NodeId (*step)(const RadixNodes&, NodeId),
                   std::span<const TokenId> wanted, Nearest* nearest) const;
  void CheckNode(NodeId id, std::vector<bool>* seen) const;

  PageText text_;
  RadixNodes nodes_;
  std::vector<NodeId> unused_;
  ChildTable table_;
  size_t node_count_ = 0;
  uint64_t split_count_ = 0;
};

}  // namespace lmp::cache
