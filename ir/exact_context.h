// Approximate KV may write text, but never choose (decision 11): where a context that holds a
// passage under an approximate policy reaches a `select`, or a `gen` marked exact, the passage is
// inserted as `prefix`. Part of compiling, not a pass to be switched off.
//
// A context reaches what it is an operand of, whatever continues it, and, through arguments and
// results, other functions. Lists and records that hold contexts count as all of what they hold,
// so that a passage is rather computed once too often than reused where it must not be.
// Pure; any thread.
#pragma once

#include <vector>

#include "ir/program.h"

namespace lmp::ir {

struct MadeExact {
  Span insert;         // the ctx.insert whose policy was taken away
  Span reason;         // the `select` or `gen` its context reaches
  bool select = true;  // what the reason is
};

// In program order.
std::vector<MadeExact> MakeExactWhereNeeded(Program* program);

}  // namespace lmp::ir
