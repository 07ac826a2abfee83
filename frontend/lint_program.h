// Lints that only the lowered program shows: of its prompts and of what they can cost. One thread.
#pragma once

#include <functional>
#include <string>

#include "frontend/report.h"
#include "ir/program.h"

namespace lmp::frontend {

// How the text at a place writes the name of a declaration: "lib.Point" of the program is `w.Point`
// where `lib` is imported as `w`.
using NameAsWritten = std::function<std::string(const std::string& name, Span place)>;

// `program` is verified.
void LintProgram(const ir::Program& program, const NameAsWritten& written, Report* report);

}  // namespace lmp::frontend
