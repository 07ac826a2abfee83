// TokenTrie: the vocabulary of a tokenizer as byte tries, made once and shared.
//
// Nodes lie in depth-first order, children by byte, so a mask is one pass over an array that jumps
// over the subtrees that a constraint cannot enter.
//
// Slices. Inside a JSON string nearly every token is allowed, and walking them all is what makes
// masks slow. So tokens that a JSON string may hold unescaped (whole code points, no control
// character, no quote, no backslash) have tries of their own by length, with masks of their tokens:
// where it is known how much such text a config takes (Automaton::SafeBounds), a mask is or-ed in
// and the trie not walked.
//
// Immutable, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/token_id.h"
#include "runtime/text/tokenizer.h"

namespace lmp::constrain {

class TokenTrie {
 public:
  struct Node {
    uint32_t size = 1;   // nodes of this subtree, itself included
    uint32_t token = 0;  // the token spelt so; vocabulary(): none
    uint32_t depth = 1;  // bytes from the root, which is no node
    uint8_t byte = 0;    // the edge that leads here
  };
  // Tokens of the same bytes are siblings of the same byte.
  struct Slice {
    int shortest = 0, longest = 0;  // code points of its tokens; 0: they are not safe text
    std::vector<Node> nodes;
    std::vector<uint64_t> words;  // mask of all its tokens
    // Masks of its tokens of up to `shortest`, `shortest` + 1, ... code points; none in the last
    // safe slice, whose tokens are few.
    std::vector<std::vector<uint64_t>> up_to;
  };

  explicit TokenTrie(const text::Tokenizer& tokenizer);
  // The bytes of each token id; a token that stands for no text (a control token) has none.
  explicit TokenTrie(const std::vector<std::string>& tokens);

  int vocabulary() const { return static_cast<int>(offsets_.size()) - 1; }
  const std::vector<Slice>& slices() const { return slices_; }
  // Empty for a token that stands for no text and for ids outside the vocabulary.
  std::string_view Bytes(TokenId id) const;

 private:
  void Make(const std::vector<std::string_view>& tokens);
  void AddSorted(const std::vector<TokenId>& ids, Slice* slice) const;
  void AddLengths(const std::vector<TokenId>& ids, Slice* slice) const;

  std::string bytes_;            // of all tokens
  std::vector<size_t> offsets_;  // by id, and one behind the last
  std::vector<Slice> slices_;    // shortest first, the rest last
};

}  // namespace lmp::constrain
