// TokenTrie: the vocabulary of a tokenizer as byte tries, made once and shared.
//
// Nodes lie in depth-first order, children by byte, so a mask is one pass over an array that jumps
// over the subtrees that a constraint cannot enter.
//
// Slices. Inside a JSON string nearly every token is allowed, and walking them all is what makes
// masks slow. So the tokens are in tries of their own, by their beginning of safe text (what a JSON
// string may hold unescaped, safe_text.h):
//
//   safe     all of it, up to so many code points: where it is known how much safe text a config
//            takes (Automaton::SafeBounds), masks made once are or-ed in and the trie not walked
//   mixed    some safe code points, then a byte that is not (`a"`, `. \n`): where every safe text
//   of
//            a length leads to the same, only what comes behind it is walked, by its length (Tails)
//   rest     begins with no safe code point
//
// Immutable, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/token_id.h"
#include "runtime/constrain/byte_set.h"
#include "runtime/text/tokenizer.h"

namespace lmp::constrain {

class TokenTrie {
 public:
  // Tokens of the same bytes are siblings of the same byte.
  struct Node {
    uint32_t size = 1;   // nodes of this subtree, itself included
    uint32_t token = 0;  // the token spelt so; vocabulary(): none
    uint32_t depth = 1;  // bytes from the root, which is no node
    uint8_t byte = 0;    // the edge that leads here
  };
  // The subtrees of a trie, side by side: most end at their first byte, and the nodes lie far
  // apart.
  struct Root {
    uint32_t begin = 0;
    uint8_t byte = 0;
  };
  // Tokens of `length` safe code points and then the bytes of a node.
  struct Tails {
    int length = 0;
    ByteSet first;            // of the bytes behind the safe text
    std::vector<Node> nodes;  // `token`: into offsets; offsets.size() - 1: none
    std::vector<uint32_t> offsets;
    std::vector<TokenId> tokens;
  };
  struct Slice {
    int shortest = 0, longest = 0;  // safe code points that its tokens begin with
    std::vector<Node> nodes;
    std::vector<Root> roots;
    std::vector<uint64_t> words;  // mask of all its tokens
    // Safe slices: masks of its tokens of up to `shortest`, `shortest` + 1, ... code points; none
    // in the last one, whose tokens are few.
    std::vector<std::vector<uint64_t>> up_to;
    std::vector<Tails> tails;  // mixed slice: by length
  };

  explicit TokenTrie(const text::Tokenizer& tokenizer);
  // The bytes of each token id; a token that stands for no text (a control token) has none.
  explicit TokenTrie(const std::vector<std::string>& tokens);

  int vocabulary() const { return static_cast<int>(offsets_.size()) - 1; }
  // Safe ones, shortest first; mixed; rest.
  const std::vector<Slice>& slices() const { return slices_; }
  size_t safe_slice_count() const { return slices_.size() - 2; }
  // Masks of slices have so many words: a bit more than tokens, and whole rounds of a loop.
  size_t word_count() const { return (static_cast<size_t>(vocabulary()) / 512 + 1) * 8; }
  // All tokens of the safe slices.
  const std::vector<uint64_t>& safe_words() const { return safe_words_; }
  // Empty for a token that stands for no text and for ids outside the vocabulary.
  std::string_view Bytes(TokenId id) const;
  // Whether a token of text begins with these bytes and goes on.
  bool GoesOn(std::string_view bytes) const;

 private:
  void Make(const std::vector<std::string_view>& tokens);
  Slice MakeSlice(const std::vector<TokenId>& sorted, int shortest, int longest) const;
  void AddLengths(const std::vector<TokenId>& ids, Slice* slice) const;
  void AddTails(const std::vector<TokenId>& ids, Slice* slice) const;

  std::string bytes_;            // of all tokens
  std::vector<size_t> offsets_;  // by id, and one behind the last
  std::vector<Slice> slices_;
  std::vector<uint64_t> safe_words_;
};

}  // namespace lmp::constrain
