// Constraint: what a generation may say. A Grammar is a language of byte strings (and special
// tokens); a Matcher is one generation's place in it and says which tokens may come next. One
// engine behind both: grammar_builder.h (lexemes and rules) -> rules.h -> automaton.h (Earley rows
// over lexer states, built as needed) -> token_trie.h (masks). What a Matcher allows can always be
// completed.
//
// Grammar: immutable, shared, any thread; the automaton and the finished masks behind it are shared
// by all its matchers. Matcher: a few words, copyable (fork, rollback: keep a copy); different
// matchers may be used on different threads at once, also of one grammar.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/token_id.h"
#include "runtime/constrain/token_mask.h"
#include "runtime/constrain/token_trie.h"
#include "runtime/text/tokenizer.h"

namespace lmp::constrain {

class Automaton;
class Config;
class Grammar;
struct Rules;
using GrammarRef = std::shared_ptr<const Grammar>;

// Any bytes; accepting everywhere (the type string).
GrammarRef AnyText();
// Exactly one of the options (non-empty, distinct). Errors: InvalidArgument.
Result<GrammarRef> Choice(const std::vector<std::string>& options);
// Decimal integers in [low, high], "-" for negatives, no leading zeros, no "-0".
Result<GrammarRef> IntRange(int64_t low, int64_t high);
// `literal`, then `rest` (healing: the tail before a gen is forced first). Shares what is known of
// `rest`; costs nothing.
GrammarRef Prefixed(std::string literal, GrammarRef rest);
// Text of more forms is made with GrammarBuilder (grammar_builder.h), which ends here.
Result<GrammarRef> MakeGrammar(std::shared_ptr<const Rules> rules);

class Grammar {
 public:
  // Use the functions above.
  struct Shared;
  Grammar(std::string prefix, std::shared_ptr<Shared> shared)
      : prefix_(std::move(prefix)), shared_(std::move(shared)) {}

  const std::string& prefix() const { return prefix_; }
  // For a new matcher: the automaton that all use, or a fresh one where that has grown too large.
  std::shared_ptr<Automaton> automaton() const;
  const std::shared_ptr<Shared>& shared() const { return shared_; }
  const Rules& rules() const;

 private:
  const std::string prefix_;
  const std::shared_ptr<Shared> shared_;
};

// The state of one generation.
class Matcher {
 public:
  Matcher(GrammarRef grammar, std::shared_ptr<const TokenTrie> trie);
  Matcher(GrammarRef grammar, std::shared_ptr<const TokenTrie> trie,
          const std::shared_ptr<const text::Tokenizer>& /*tokenizer*/)
      : Matcher(std::move(grammar), std::move(trie)) {}

  const GrammarRef& grammar() const { return grammar_; }
  // Tokens that may come next; end-of-turn tokens `ends` are allowed exactly where Accepting.
  // Errors: ResourceExhausted (a limit of the grammar, limits.h): this generation cannot go on.
  Status Mask(const std::vector<TokenId>& ends, TokenMask* mask) const;
  // False (state unchanged) if the token is not allowed, or if a limit is exceeded: then status()
  // says so. A text token stands for its bytes, a special token for itself.
  bool Accept(TokenId id);
  // The same for bytes that no single token spells (forced text, a replayed prefix).
  bool AcceptBytes(std::string_view bytes);
  bool Accepting() const;
  // Accepting, and nothing can follow.
  bool Final() const;
  // True while nothing restricts what may come (AnyText reached): the mask need not be computed.
  bool Unrestricted() const;
  // The longest text that must come next; empty when there is a choice.
  std::string ForcedText() const;
  // What ended it, if a limit did.
  const Status& status() const { return status_; }

 private:
  // Left of the prefix.
  std::string_view prefix() const;

  GrammarRef grammar_;
  std::shared_ptr<Automaton> automaton_;
  std::shared_ptr<const TokenTrie> trie_;
  const Config* config_;
  size_t prefix_read_ = 0;
  Status status_;
};

}  // namespace lmp::constrain
