// Lowering: a checked Model without errors -> ir::Program. Every construct becomes a few ops of
// ir/op.def; nothing is diagnosed here, and a wrong Model is a failed invariant.
//
// Contexts: the current context is an SSA value; a message is ctx.open, ctx.text..., ctx.close, and
// a `gen` outside of a message has an assistant message around it. Sites are
// "function.name#ordinal".
//
// break, continue and return: a statement list behind one that may leave early stands under
// `if exit == 0`, where `exit` is an ExitCode; what changed on the way is carried out of the
// regions.
#pragma once

#include "frontend/model.h"

namespace lmp::frontend {

// Adds records, enums and functions to model.program.
void LowerProgram(const Model& model);

// Fields of a REPL piece's result: context, names, value.
std::string ReplResultRecord(const Function& function);

}  // namespace lmp::frontend
