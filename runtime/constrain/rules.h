// Rules: a grammar as GrammarBuilder compiled it, in flat arrays. Immutable; any thread.
//
// Symbols are numbered: lexemes, then special tokens, then rules. A production is a run of `steps`
// behind which stands kEndStep; an Earley item points at a step. A repeat is a rule with one
// production of the form
//
//   [separator] item <repeat end>      step of a repeat end: kRepeatEnd | number of the repeat
//
// that items enter at `item` and go round, counting (earley.h).
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/base/token_id.h"
#include "runtime/constrain/expr.h"

namespace lmp::constrain {

struct Rules {
  static constexpr uint32_t kEndStep = 0xffffffffu;
  static constexpr uint32_t kRepeatEnd = 0x80000000u;

  struct LexemeRule {
    Expr expr;
    bool nullable = false;
    bool has_more = true;  // it has a word that is not empty
  };
  struct Rule {
    std::vector<uint32_t> starts;  // first steps of its productions
    bool nullable = false;
  };
  struct RepeatRule {
    uint32_t min = 0;
    uint32_t max = 0;
    uint32_t item_step = 0;
    uint32_t separator_step = kEndStep;  // kEndStep: none
  };

  uint32_t special_begin() const { return static_cast<uint32_t>(lexemes.size()); }
  uint32_t rule_begin() const { return static_cast<uint32_t>(lexemes.size() + specials.size()); }
  const Rule& rule(uint32_t symbol) const { return rules[symbol - rule_begin()]; }
  bool nullable(uint32_t symbol) const {
    if (symbol < special_begin()) return lexemes[symbol].nullable;
    return symbol >= rule_begin() && rule(symbol).nullable;
  }

  std::vector<LexemeRule> lexemes;
  std::vector<TokenId> specials;
  std::vector<Rule> rules;  // 0: one production, the start symbol
  std::vector<RepeatRule> repeats;
  std::vector<uint32_t> steps;

  ExprPool exprs;                   // of the lexemes
  std::vector<uint16_t> class_of;   // [256] byte classes of all lexemes
  std::vector<uint8_t> class_byte;  // one byte of each class
  std::vector<bool> class_alone;    // the class has one byte
  ConstraintLimits limits;
};

}  // namespace lmp::constrain
