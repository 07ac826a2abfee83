// How long the texts of a type are at least (type_grammar.h), so that a `max` that no value can
// keep is found when a program is bound. Pure; any thread.
#pragma once

#include <cstdint>

#include "ir/program.h"

namespace lmp::exec {

// No text of the type has fewer bytes; open holes bound nothing.
int64_t ShortestText(const ir::Program& program, ir::TypeId type);

}  // namespace lmp::exec
