// The children of a node in lexicographic order of their labels (the tokens of the first page), so
// that the child with the longest common prefix with a query is next to the query's place: for any
// set of strings in order, no other string shares more with the query than one of its two
// neighbours does.
//
//            m n o p                 labels of 4 tokens; the query "f g x" falls between
//           /       \                "f g h i" and "m n o p"; its best match is the former
//      f g h i     r s
//
// The order is a treap threaded through the nodes themselves (left, right, up): a search tree by
// label whose parents have the larger priority. The priority is the digest of the label's path,
// hence fixed by the content and the cache's seed: expected depth 1.4 log2(n), whoever chooses the
// tokens.
//
// Functions over the node array; thread: the engine thread.
#pragma once

#include <span>

#include "cache/page_text.h"
#include "cache/radix_node.h"

namespace lmp::cache {

// What `node` is ordered by: the tokens of its first page.
std::span<const TokenId> Label(const RadixNode& node, const PageText& text);
size_t CommonPrefix(std::span<const TokenId> a, std::span<const TokenId> b);

// REQUIRES: no child of `parent` has the label of `node`.
void InsertSibling(RadixNodes& nodes, const PageText& text, NodeId parent, NodeId node);
void EraseSibling(RadixNodes& nodes, const PageText& text, NodeId node);
// Puts `with`, which has the same label, in the place of `node`.
void ReplaceSibling(RadixNodes& nodes, NodeId node, NodeId with);

// The first child whose label is not less than `label`; invalid if there is none.
NodeId LowerBound(const RadixNodes& nodes, const PageText& text, NodeId parent,
                  std::span<const TokenId> label);
NodeId FirstChild(const RadixNodes& nodes, NodeId parent);
NodeId LastChild(const RadixNodes& nodes, NodeId parent);
NodeId SiblingAfter(const RadixNodes& nodes, NodeId node);
NodeId SiblingBefore(const RadixNodes& nodes, NodeId node);

// Order of labels, priorities and links below `parent`. Linear.
void CheckSiblings(const RadixNodes& nodes, const PageText& text, NodeId parent);

}  // namespace lmp::cache
