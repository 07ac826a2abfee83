// The interactive session: statements and expressions over one context, line editing and history on
// a terminal, plain lines otherwise (so that `lmp repl < file` is a transcript).
#pragma once

#include "runtime/api/lmp.h"

namespace lmp::repl {

// Reads standard input until its end or :quit; returns the exit code (1 if input is not a terminal
// and a piece failed).
int RunRepl(Engine* engine, const RunOptions& options);

}  // namespace lmp::repl
