// Steps that compiling a file and compiling a piece of the REPL share.
#pragma once

#include <memory>
#include <vector>

#include "frontend/model.h"
#include "frontend/report.h"
#include "runtime/base/diagnostic.h"

namespace lmp::frontend {

std::vector<Span> ErrorSpans(const std::vector<Diagnostic>& diagnostics);

// Sorted by place, at most kDiagnosticsMax (a last note says so).
std::vector<Diagnostic> MergeDiagnostics(std::vector<Diagnostic> syntax,
                                         std::vector<Diagnostic> meaning);

// Messages name declarations as the program does; a file that imports `lib` as `w` writes "w.Point"
// for "lib.Point".
void RespellImports(const Model& model, std::vector<Diagnostic>* diagnostics);

// Lowers a model without errors; adds lints that only the lowered program shows. What the verifier
// refuses is a mistake of LMP: a failed invariant.
ir::ProgramRef FinishProgram(const Model& model, std::shared_ptr<ir::Program> program,
                             Report* report);

}  // namespace lmp::frontend
