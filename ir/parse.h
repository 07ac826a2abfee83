// Parse: the text form of the IR -> Program. For goldens, `lmp opt`, and tests; programs of users
// come from the front end. The result is well formed as a structure but not verified.
//
// Any bytes may come in: size, nesting and numbers are bounded (runtime/base/limits.h), and the
// first mistake ends the parse with one located Diagnostic. Pure, any thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ir/program.h"

namespace lmp::ir {

struct ParseOutcome {
  std::optional<Program> program;       // absent iff there are diagnostics
  std::vector<Diagnostic> diagnostics;  // code E0800
};
// `source` numbers the text in the spans made.
ParseOutcome Parse(std::string_view text, uint32_t source = 0);

}  // namespace lmp::ir
