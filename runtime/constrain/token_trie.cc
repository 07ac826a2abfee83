#include "runtime/constrain/token_trie.h"

#include <algorithm>
#include <string_view>

namespace lmp::constrain {
namespace {

// Pieces that stand for text: not control, unknown or unused ones.
bool IsText(const text::Tokenizer& tokenizer, TokenId id) {
  const text::PieceType type = tokenizer.spec().types[static_cast<size_t>(id)];
  return (type == text::PieceType::kNormal || type == text::PieceType::kUserDefined ||
          type == text::PieceType::kByte) &&
         !tokenizer.Bytes(id).empty();
}

}  // namespace

TokenTrie::~TokenTrie() = default;

TokenTrie::TokenTrie(const text::Tokenizer& tokenizer) : vocabulary_(tokenizer.vocabulary()) {
  for (TokenId id = 0; id < vocabulary_; ++id) {
    if (IsText(tokenizer, id)) tokens_.push_back(id);
  }
  std::stable_sort(tokens_.begin(), tokens_.end(), [&](TokenId a, TokenId b) {
    return tokenizer.Bytes(a) < tokenizer.Bytes(b);
  });
  // Sorted by bytes, the tokens are in depth-first order: each adds the nodes below the bytes that
  // it shares with the one before.
  nodes_.emplace_back();
  std::vector<uint32_t> path = {0};  // nodes from the root to the last one added
  const auto close = [&](size_t depth, uint32_t token) {
    while (path.size() > depth + 1) {
      nodes_[path.back()].subtree_end = static_cast<uint32_t>(nodes_.size());
      nodes_[path.back()].subtree_token_end = token;
      path.pop_back();
    }
  };
  std::string_view before;
  for (uint32_t i = 0; i < tokens_.size(); ++i) {
    const std::string_view bytes = tokenizer.Bytes(tokens_[i]);
    const size_t shared = static_cast<size_t>(
        std::mismatch(before.begin(), before.end(), bytes.begin(), bytes.end()).first -
        before.begin());
    close(shared, i);
    for (size_t depth = shared; depth < bytes.size(); ++depth) {
      path.push_back(static_cast<uint32_t>(nodes_.size()));
      nodes_.push_back({static_cast<uint8_t>(bytes[depth]), static_cast<uint32_t>(depth + 1), 0, i,
                        i, 0});
    }
    nodes_[path.back()].token_end = i + 1;
    before = bytes;
  }
  const auto token_count = static_cast<uint32_t>(tokens_.size());
  close(0, token_count);
  nodes_[0].subtree_end = static_cast<uint32_t>(nodes_.size());
  nodes_[0].subtree_token_end = token_count;
}

const TokenTrie::Node* TokenTrie::root() const { return nodes_.data(); }

}  // namespace lmp::constrain
