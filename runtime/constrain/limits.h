// ConstraintLimits: the fuel of one grammar. Every bound is a counter, never a clock, so the same
// grammar fails in the same place on every machine, and what no counter stops cannot run for long.
// A bound that is exceeded while a grammar is built is an error of the grammar
// (ResourceExhausted); one that is exceeded while text is matched ends that one generation.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lmp::constrain {

struct ConstraintLimits {
  size_t expr_nodes = 1'000'000;     // while a grammar is built: nodes and their children
  size_t expr_depth = 500;           // the algebra recurses over nesting, not over length
  size_t literal_bytes = 16u << 20;  // all literals of a grammar
  size_t emptiness_steps = 200'000;  // derivatives tried to find out what is empty, per grammar
  size_t symbols = 500'000;          // symbols of all productions
  size_t row_items = 20'000;         // Earley items of one row
  size_t lexer_states = 250'000;     // per automaton, see automaton.h
  size_t rows = 250'000;
  size_t configs = 500'000;
  size_t mask_steps = 2'000'000;       // items, expressions and states made for one mask or token
  size_t memo_bytes = 32u << 20;       // finished masks, per grammar; the oldest leave
  size_t automaton_bytes = 64u << 20;  // beyond this, new matchers begin a fresh automaton
};

inline constexpr size_t kRegexBytesMax = 16u << 10;  // source of one regular expression
inline constexpr uint32_t kRepeatMax = 1'000'000;    // bounds of a repeat; kept symbolic

}  // namespace lmp::constrain
