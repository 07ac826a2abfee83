// Lexer: the automaton of the lexemes that a row can accept. A state is a sorted set of (lexeme,
// what is left of its expression), found by derivatives when it is first needed and interned, so
// equal situations are one state and a transition is computed once.
//
// Only what has a further, non-empty word is kept in a state: a lexeme that has just been completed
// is reported by the transition (`accepted`), and one that cannot be completed any more is dropped.
// So a state is never a dead end, and kNoState means that no lexeme goes on.
//
// Not thread-safe: the automaton that owns it locks.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/constrain/expr.h"
#include "runtime/constrain/rules.h"
#include "runtime/constrain/safe_text.h"

namespace lmp::constrain {

class Lexer {
 public:
  static constexpr uint32_t kNoState = 0xffffffffu;

  struct Transition {
    uint32_t state = kNoState;  // of what goes on
    uint32_t accepted = 0;      // set of lexemes complete with this byte; 0: none
    bool operator==(const Transition&) const = default;
  };

  explicit Lexer(const Rules& rules);

  // The state before a lexeme of the set (sorted, distinct). kNoState for an empty set.
  uint32_t Start(std::span<const uint32_t> lexemes);
  Transition Next(uint32_t state, uint16_t byte_class);
  // By byte class, as far as they are known: a class that was not asked for may be alike none.
  std::span<const Transition> Known(uint32_t state) const { return states_[state].next; }
  std::span<const uint32_t> lexemes(uint32_t accepted) const { return accepted_[accepted]; }

  // The lexemes of a state that may go on with any bytes for ever, each a word.
  bool HasAnyBytes(uint32_t state) const { return !states_[state].any_bytes.empty(); }
  std::span<const uint32_t> AnyBytesLexemes(uint32_t state) const {
    return states_[state].any_bytes;
  }
  // Bytes that may come next: exact if `exact`, else a superset.
  ByteSet FirstBytes(uint32_t state, bool* exact);

  // Safe text that may follow within the lexemes of the state. `may_end`: a lexeme may be complete
  // behind some of it, so that what follows the lexeme counts too.
  constrain::SafeBounds SafeBounds(uint32_t state, const SafeText& safe, bool* may_end);

  // Sticky: a limit that was exceeded. Transitions are then wrong and must not be used.
  Status status() const { return status_.ok() ? exprs_.status() : status_; }
  bool fits() const { return status_.ok() && !exprs_.exhausted(); }
  size_t state_count() const { return states_.size(); }
  size_t bytes() const { return bytes_ + exprs_.size() * 48; }
  size_t steps() const { return steps_ + exprs_.size(); }

 private:
  using Part = std::pair<uint32_t, Expr>;  // lexeme, what is left
  struct State {
    std::vector<Part> parts;
    std::vector<Transition> next;  // by class; kUnknown until computed
    std::vector<uint32_t> any_bytes;
  };
  static constexpr uint32_t kUnknown = 0xffffffffu;  // as `accepted`

  // What an expression takes of safe text.
  struct SafeItem {
    bool every = false;   // every safe code point is a word
    bool single = false;  // no safe text besides single code points begins or is a word
  };

  SafeItem SafeItemOf(Expr item, const SafeText& safe);
  bool BeginsSafe(Expr expr, const SafeText& safe);
  constrain::SafeBounds SafeBoundsOf(Expr expr, const SafeText& safe, bool* may_end);
  uint32_t Intern(const std::vector<Part>& parts);
  uint32_t InternAccepted(const std::vector<uint32_t>& lexemes);

  const Rules& rules_;
  Status status_;
  ExprPool exprs_;
  std::vector<State> states_;
  std::unordered_multimap<size_t, uint32_t> by_hash_;
  std::vector<std::vector<uint32_t>> accepted_ = {{}};
  std::map<std::vector<uint32_t>, uint32_t> accepted_ids_ = {{{}, 0}};
  std::unordered_map<uint32_t, SafeItem> safe_items_;  // by expression
  size_t bytes_ = 0;
  size_t steps_ = 0;
  // Scratch of one transition.
  std::vector<Part> parts_;
  std::vector<uint32_t> complete_;
};

}  // namespace lmp::constrain
