// The meaning of the pure ops (class kPure of op.def), shared by the evaluator, the constant folder
// and exec. Errors: InvalidArgument (a built-in's), ResourceExhausted (a value beyond its bound).
// Pure, any thread.
#pragma once

#include <vector>

#include "ir/program.h"

namespace lmp::ir {

// `operands` are the values of op.operands, in order. undef gives null.
Result<Value> EvaluatePureOp(const Program& program, const Op& op, const Graph& graph,
                             const std::vector<Value>& operands);

}  // namespace lmp::ir
