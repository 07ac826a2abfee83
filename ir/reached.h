// The functions that a run of one function can meet. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "ir/program.h"

namespace lmp::ir {

// The function and what it calls, by itself or through others, callees before callers. Empty if
// there is no such function. Of the program, which must outlive them.
std::vector<const Graph*> ReachedFunctions(const Program& program, std::string_view function);

}  // namespace lmp::ir
