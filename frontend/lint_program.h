// Lints that only the lowered program shows: of its prompts and of what they can cost. One thread.
#pragma once

#include "frontend/report.h"
#include "ir/program.h"

namespace lmp::frontend {

// `program` is verified.
void LintProgram(const ir::Program& program, Report* report);

}  // namespace lmp::frontend
