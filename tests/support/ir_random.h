// Random verified programs for property tests: of passes against the evaluator, and of exec and the
// engine against it. A seed is a program: the same on every machine. Programs end by construction
// and stay small (loops of a few rounds over short lists, calls to earlier functions only).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/bound.h"
#include "ir/program.h"

namespace lmp::ir {

struct RandomProgramOptions {
  int functions_max = 3;          // the last is the entry, "main"
  int statements_max = 8;         // per region
  int depth_max = 3;              // of nested regions
  int items_max = 4;              // of lists, and rounds of loops
  int64_t gen_tokens_max = 8;     // `max` of generations is 1 to this
  bool typed_generations = true;  // ints, bools, enums, lists, records; otherwise strings only
  bool stops = false;             // some generations of text have stop strings
  bool selects = true;
  bool effects = true;  // emit
  bool calls = true;
  bool sampling = true;  // some generations have temp, top_k or a seed of their own
  bool failures = true;  // rarely an index out of range, and forks that skip failing children
};

// Verified. The entry takes (topic: str, n: i64(0..items_max), xs: list<str>).
Program RandomProgram(uint64_t seed, const RandomProgramOptions& options = {});
// Arguments for the entry.
std::vector<Value> RandomArguments(uint64_t seed, const RandomProgramOptions& options = {});

// What a bound of `function` comes to for these arguments; nullopt if it is not bounded.
std::optional<int64_t> MostOf(const Bound& bound, const Graph& function,
                              const std::vector<Value>& arguments);

}  // namespace lmp::ir
