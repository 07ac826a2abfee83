// GrammarBuilder: a context-free grammar whose terminals are regular expressions over bytes
// (lexemes) and special tokens. It is the one way to make a Grammar: choices, types, JSON Schema
// and GBNF are functions that call it.
//
//   GrammarBuilder b;
//   const Symbol word = b.Lexeme(b.exprs().Plus(b.exprs().Bytes(ByteSet::Range('a', 'z'))));
//   const Symbol list = b.Repeat(word, 1, kUnbounded, b.Text(", "));
//   Result<GrammarRef> grammar = b.Build(list);
//
// Meaning. The language of a grammar is the one of the context-free grammar over bytes that results
// from writing each lexeme's expression in its place. There is no longest match and no precedence:
// a lexeme may end wherever its expression has a word, and where several readings are possible all
// of them are followed. So it never matters for the language how text is cut into lexemes, only for
// speed: few long lexemes are fast. A whole regular type should be one lexeme, and literal text
// that always follows should be in it ("\"name\": " is one lexeme, not three).
//
// Special tokens stand for their token id and never for text, and text never for them.
//
// Recursion may be left, right or nested; ambiguity is harmless. Lists should be `Repeat`: its
// count is a number in the parser, so {0,100000} costs nothing, and after the least count all
// rounds share one state.
//
// Symbols that derive nothing (a lexeme without words, a recursion without an end) are legal: the
// alternatives that need them are removed, and Build fails only if nothing is left.
//
// Fuel and errors: as with ExprPool, functions never fail; Build says what went wrong. One thread;
// a builder makes one grammar.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/token_id.h"
#include "runtime/constrain/constraint.h"
#include "runtime/constrain/expr.h"
#include "runtime/constrain/limits.h"

namespace lmp::constrain {

using Symbol = Id<struct SymbolTag>;
struct Rules;

class GrammarBuilder {
 public:
  explicit GrammarBuilder(const ConstraintLimits& limits = {});

  ExprPool& exprs() { return exprs_; }

  // Terminals. Equal expressions are one symbol.
  Symbol Lexeme(Expr expr);
  Symbol Text(std::string_view text) { return Lexeme(exprs_.Literal(text)); }
  // The token `id`, by id alone. `name` is for messages ("<|tool_call|>").
  Symbol Special(TokenId id, std::string_view name = {});

  // A rule without productions yet: declare first what is recursive, then Define it.
  Symbol Rule(std::string_view name = {});
  // One more alternative of `rule`; an empty one is the empty word.
  void Define(Symbol rule, std::span<const Symbol> production);
  void Define(Symbol rule, std::initializer_list<Symbol> production) {
    Define(rule, std::span<const Symbol>(production.begin(), production.size()));
  }

  // Rules made at once.
  Symbol Sequence(std::span<const Symbol> parts);
  Symbol Sequence(std::initializer_list<Symbol> parts) {
    return Sequence(std::span<const Symbol>(parts.begin(), parts.size()));
  }
  Symbol Alternatives(std::span<const Symbol> parts);  // none: derives nothing
  Symbol Alternatives(std::initializer_list<Symbol> parts) {
    return Alternatives(std::span<const Symbol>(parts.begin(), parts.size()));
  }
  Symbol Optional(Symbol part);
  // `item`, min to max times, with `separator` between two. min > max: derives nothing.
  Symbol Repeat(Symbol item, uint32_t min, uint32_t max);
  Symbol Repeat(Symbol item, uint32_t min, uint32_t max, Symbol separator);
  Symbol Nothing();    // derives nothing
  Symbol EmptyWord();  // derives the empty word only

  // Free text in which the first trigger that occurs ends the text, then its grammar must follow;
  // then free text again, `rounds_min` to `rounds_max` times. After rounds_max triggers no text may
  // follow. The triggers' text is part of the language; none may be empty. Where two triggers end
  // at the same byte, both readings are followed.
  struct Trigger {
    std::string text;
    Symbol then;
  };
  Symbol FreeText(std::span<const Trigger> triggers, uint32_t rounds_min, uint32_t rounds_max);

  // True for a symbol that derives nothing, as far as is known so far (rules that are not defined
  // yet derive nothing). Errors: ResourceExhausted.
  Result<bool> DerivesNothing(Symbol symbol);
  // The same of all symbols, by index, as what derives something.
  Result<std::vector<bool>> Productive() { return FindProductive(); }

  // The grammar that derives `start`. Errors: ResourceExhausted (a limit, with its name),
  // InvalidArgument ("nothing can match: ..." if start derives nothing; a repeat whose item and
  // separator may both be empty).
  Result<GrammarRef> Build(Symbol start);

  // The limits' error so far, so that a long compile can end early.
  const Status& status() const { return exprs_.exhausted() ? exprs_.status() : status_; }

 private:
  enum class Kind : uint8_t { kLexeme, kSpecial, kRule, kRepeat };
  struct SymbolEntry {
    Kind kind = Kind::kRule;
    Expr expr;                          // kLexeme
    TokenId token = -1;                 // kSpecial
    Symbol item, separator;             // kRepeat
    uint32_t min = 0, max = 0;          // kRepeat
    std::vector<uint32_t> productions;  // kRule: into productions_
    std::string name;
  };
  struct Production {
    uint32_t first = 0, count = 0;  // of parts_
  };

  struct Reached;

  Symbol Add(SymbolEntry entry);
  std::span<const Symbol> PartsOf(uint32_t production) const;
  std::vector<bool> MadeOf(std::vector<bool> base) const;
  Result<std::vector<bool>> FindProductive();
  std::vector<bool> FindNullable() const;
  bool Usable(const Reached& reached, uint32_t production) const;
  void Reach(Symbol start, Reached* reached) const;
  Status WriteRepeat(const SymbolEntry& entry, const Reached& reached, Rules* rules) const;
  void WriteRule(const SymbolEntry& entry, const Reached& reached, Rules* rules) const;
  void WriteClasses(std::span<const Expr> exprs, Rules* rules) const;

  ConstraintLimits limits_;
  Status status_;
  ExprPool exprs_;
  std::vector<SymbolEntry> symbols_;
  std::vector<Production> productions_;
  std::vector<Symbol> parts_;
  std::map<Expr, Symbol> lexemes_;
  std::map<TokenId, Symbol> specials_;
};

}  // namespace lmp::constrain
