// The node of TokenTrie (constraint.h). Nodes lie in depth-first order, children by byte, so a mask
// is one pass over an array that jumps over subtrees the automaton cannot enter.
#pragma once

#include <cstdint>

#include "runtime/constrain/constraint.h"

namespace lmp::constrain {

struct TokenTrie::Node {
  uint8_t byte = 0;          // the edge that leads here; unused in the root
  uint32_t depth = 0;        // bytes from the root
  uint32_t subtree_end = 0;  // index behind the last node of this subtree
  uint32_t token_begin = 0;  // tokens spelt exactly so: tokens()[token_begin, token_end)
  uint32_t token_end = 0;
  uint32_t subtree_token_end = 0;  // tokens of the whole subtree: [token_begin, subtree_token_end)
};

}  // namespace lmp::constrain
