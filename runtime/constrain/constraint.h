// Constraint: what bytes a generation may produce. A deterministic automaton over bytes; the token
// mask of a state is the set of tokens whose bytes the automaton can follow. The spine's engine for
// bool, int ranges, choices and forced literals; typed generation replaces it behind this header.
//
// Grammar (immutable, shared, any thread) -> Matcher (one generation's state, engine thread).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/token_id.h"
#include "runtime/text/tokenizer.h"

namespace lmp::constrain {

// A byte automaton. States are dense; 0 is the start; -1 is dead.
class Grammar {
 public:
  virtual ~Grammar() = default;
  virtual int32_t start() const = 0;
  virtual int32_t Next(int32_t state, uint8_t byte) const = 0;
  virtual bool Accepting(int32_t state) const = 0;
  // The only byte that leads on, or -1. With !Accepting it is a forced byte (jump-forward).
  virtual int ForcedByte(int32_t state) const = 0;
  // Accepting and nothing can follow.
  virtual bool Final(int32_t state) const = 0;
  // Any bytes may follow, for ever.
  virtual bool Unrestricted(int32_t state) const {
    static_cast<void>(state);
    return false;
  }
};
using GrammarRef = std::shared_ptr<const Grammar>;

// Any bytes; accepting everywhere (the type string).
GrammarRef AnyText();
// Exactly one of the options (non-empty, distinct). Errors: InvalidArgument.
Result<GrammarRef> Choice(const std::vector<std::string>& options);
// Decimal integers in [low, high], "-" for negatives, no leading zeros, no "-0".
Result<GrammarRef> IntRange(int64_t low, int64_t high);
// `literal`, then `rest` (healing: the tail before a gen is forced first).
GrammarRef Prefixed(std::string literal, GrammarRef rest);

// Bit set over the vocabulary, 64 tokens per word.
struct TokenMask {
  std::vector<uint64_t> words;
  bool Allows(TokenId id) const {
    return (words[static_cast<size_t>(id) >> 6] >> (static_cast<size_t>(id) & 63)) & 1u;
  }
};

// Byte trie of a vocabulary, made once per tokenizer and shared.
class TokenTrie {
 public:
  explicit TokenTrie(const text::Tokenizer& tokenizer);
  ~TokenTrie();
  struct Node;
  const Node* root() const;
  // Ids of the tokens that stand for text, sorted by their bytes.
  const std::vector<TokenId>& tokens() const { return tokens_; }
  int vocabulary() const { return vocabulary_; }

 private:
  std::vector<Node> nodes_;
  std::vector<TokenId> tokens_;
  int vocabulary_ = 0;
};

// The state of one generation. Copyable (fork, rollback).
class Matcher {
 public:
  Matcher(GrammarRef grammar, std::shared_ptr<const TokenTrie> trie,
          std::shared_ptr<const text::Tokenizer> tokenizer);
  // Tokens that may come next; end-of-turn tokens `ends` are allowed exactly where Accepting.
  void Mask(const std::vector<TokenId>& ends, TokenMask* mask) const;
  // False (state unchanged) if the token's bytes are not allowed.
  bool Accept(TokenId id);
  // The same for bytes that no single token spells (forced text, a replayed prefix).
  bool AcceptBytes(std::string_view bytes);
  bool Accepting() const { return grammar_->Accepting(state_); }
  bool Final() const { return grammar_->Final(state_); }
  // True while nothing restricts what may come (AnyText reached): the mask need not be computed.
  bool Unrestricted() const;
  // The longest text that must come next; empty when there is a choice.
  std::string ForcedText() const;

 private:
  GrammarRef grammar_;
  std::shared_ptr<const TokenTrie> trie_;
  std::shared_ptr<const text::Tokenizer> tokenizer_;
  int32_t state_ = 0;
};

}  // namespace lmp::constrain
