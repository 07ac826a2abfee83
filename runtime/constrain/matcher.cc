#include <string_view>
#include <utility>

#include "runtime/constrain/constraint.h"
#include "runtime/constrain/token_trie.h"

namespace lmp::constrain {
namespace {

// A forced text ends here even if the automaton goes on (one with a forced cycle never ends).
constexpr size_t kForcedBytesMax = 4096;

void Set(TokenId id, bool allowed, TokenMask* mask) {
  if (id < 0) return;
  const size_t word = static_cast<size_t>(id) >> 6;
  if (word >= mask->words.size()) return;
  const uint64_t bit = uint64_t{1} << (static_cast<size_t>(id) & 63);
  mask->words[word] = allowed ? mask->words[word] | bit : mask->words[word] & ~bit;
}

void AllowRange(const TokenTrie& trie, uint32_t begin, uint32_t end, TokenMask* mask) {
  for (uint32_t i = begin; i < end; ++i) Set(trie.tokens()[i], true, mask);
}

}  // namespace

Matcher::Matcher(GrammarRef grammar, std::shared_ptr<const TokenTrie> trie,
                 std::shared_ptr<const text::Tokenizer> tokenizer)
    : grammar_(std::move(grammar)),
      trie_(std::move(trie)),
      tokenizer_(std::move(tokenizer)),
      state_(grammar_->start()) {}

bool Matcher::Unrestricted() const { return grammar_->Unrestricted(state_); }

void Matcher::Mask(const std::vector<TokenId>& ends, TokenMask* mask) const {
  mask->words.assign((static_cast<size_t>(trie_->vocabulary()) + 63) / 64, 0);
  const TokenTrie::Node* nodes = trie_->root();
  if (grammar_->Unrestricted(state_)) {
    AllowRange(*trie_, 0, nodes[0].subtree_token_end, mask);
  } else {
    // states[d]: the automaton's state behind the d bytes that lead to the node at hand.
    std::vector<int32_t> states = {state_};
    for (uint32_t i = 1; i < nodes[0].subtree_end;) {
      const TokenTrie::Node& node = nodes[i];
      const int32_t state = grammar_->Next(states[node.depth - 1], node.byte);
      if (state < 0) {
        i = node.subtree_end;
        continue;
      }
      if (grammar_->Unrestricted(state)) {
        AllowRange(*trie_, node.token_begin, node.subtree_token_end, mask);
        i = node.subtree_end;
        continue;
      }
      AllowRange(*trie_, node.token_begin, node.token_end, mask);
      states.resize(node.depth);
      states.push_back(state);
      ++i;
    }
  }
  const bool accepting = Accepting();
  for (const TokenId end : ends) Set(end, accepting, mask);
}

bool Matcher::Accept(TokenId id) {
  const std::string_view bytes = tokenizer_->Bytes(id);
  return !bytes.empty() && AcceptBytes(bytes);
}

bool Matcher::AcceptBytes(std::string_view bytes) {
  int32_t state = state_;
  for (const char byte : bytes) {
    state = grammar_->Next(state, static_cast<uint8_t>(byte));
    if (state < 0) return false;
  }
  state_ = state;
  return true;
}

std::string Matcher::ForcedText() const {
  std::string out;
  int32_t state = state_;
  while (out.size() < kForcedBytesMax && !grammar_->Accepting(state)) {
    const int byte = grammar_->ForcedByte(state);
    if (byte < 0) break;
    out.push_back(static_cast<char>(byte));
    state = grammar_->Next(state, static_cast<uint8_t>(byte));
  }
  return out;
}

}  // namespace lmp::constrain
