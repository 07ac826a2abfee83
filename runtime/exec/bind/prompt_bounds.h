// How many prompt tokens the questions of a function can have at most, and how long one context can
// become, affine in what the function is given (`40 + bytes(q) + 12 * len(xs)`).
//
// A text counts its bytes, for no token has fewer than one; fixed text that is tokenised already
// counts its tokens. What a model writes goes on in its own context with `max` tokens; put into
// another text, it counts the bytes that its type allows, else those of `max` of the longest
// tokens.
//
//   for / while    a context that grows by d in each of n rounds: c + n * d
//   fork, for xs   what a round puts in of its element comes, over all, to bytes(xs)
//
// Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "ir/bound.h"
#include "runtime/exec/bind/bound_plan.h"

namespace lmp::exec {

struct PromptBounds {
  ir::Bound prompts;   // of all questions, callees included: what `prefill` of a `try` counts
  ir::Bound longest;   // context, with its answer
  std::string reason;  // what an absent bound is missing; empty if both are known
};

// Per function, as BoundPlan::graphs. Where a function that is not among them is called, the
// prompts have no bound.
std::vector<PromptBounds> BoundPrompts(const BoundPlan& bound);

}  // namespace lmp::exec
