// The one layout of a program (`lmp fmt`): blanks, line breaks and indentation are made anew, what
// is written stays. docs/LANGUAGE.md, "Layout", says what the layout is.
//
// The text is lexed and parsed; its tokens and comments become pieces (format_pieces.h), which are
// laid out again (format_layout.h). So what is not a blank cannot be lost: the result has the same
// tokens of the same kinds and the same comments in the same order, and that is checked here each
// time. Formatting its own result changes nothing. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/diagnostic.h"

namespace lmp::frontend {

struct Formatted {
  std::string text;  // empty where a diagnostic is an error: what does not parse is not touched
  std::vector<Diagnostic> diagnostics;
};
Formatted Format(const Source& source, uint32_t source_index);

}  // namespace lmp::frontend
