// Verify: every structural and type rule of the IR. Runs on what the front end and the parser make
// and after every pass; a Program that passes is what exec, the evaluator and the passes may
// assume.
//
// A mistake in a program from the front end is a mistake of LMP itself; in a `.lir` file it is the
// author's. Either way it is reported, never asserted: Diagnostics with code E0801, the span of the
// op, and the number of the rule:
//    1 every value is defined before its use, in the same or an enclosing region
//    3 a fork's body yields one value (or keep, value) and captures no effect
//    4 what a loop carries has one type at entry, back edge and exit
//    5 an effect has exactly one consumer on every path; calls thread it iff the callee has one
//    6 operands, named operands, attributes and results fit the op; gen yields the type it names
//    7 a constant `max` is positive
//    8 a while has a limit in bounds; callees come before callers
//   13 messages are opened and closed in turn on every context; text and gen stand inside one
//   14 the arguments of a call fit the callee's parameters
//   15 constant options of a select are not empty and differ
//   17 sites are present and unique in a function
//   18 nothing uses a context behind its ctx.drop
//   20 declarations: names unique, records acyclic, types exist, holes declared
//   22 a function with an engine takes and gives no context; its engine has a name
// (The numbers are those of the design's list; what needs tokens is checked at bind.)
// Pure, any thread.
#pragma once

#include <vector>

#include "ir/program.h"

namespace lmp::ir {

// `constants` asks for what concerns the value of a constant: rules 7, 15 and the range of a limit.
// After folding these are questions to a run, which fails where it gets there.
struct VerifyOptions {
  bool constants = true;
};
std::vector<Diagnostic> Verify(const Program& program, const VerifyOptions& options = {});
// The first mistake as a Status of code Internal (for pipelines in which it must not happen).
Status VerifyStatus(const Program& program, const VerifyOptions& options = {});

// True if `value` may stand where `type` is asked for (kinds, records and enums by declaration;
// bounds are not compared).
bool ValueFits(const Program& program, const Value& value, TypeId type);
// True if a value that fits the type also keeps its bounds, at any depth. Holes bound nothing.
bool ValueWithin(const Program& program, const Value& value, TypeId type);
// True if the types alone say so of every value of `from`, which fits `to`: int(2..3) of int(1..5).
bool TypeWithin(const TypeTable& types, TypeId from, TypeId to);

}  // namespace lmp::ir
