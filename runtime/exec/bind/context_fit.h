// E0701: prompts that cannot fit the context of the model, whatever the inputs are: by what each
// has at least, in a function by itself and for what calls of the program give it. Loops over lists
// of known size are followed round by round. Pure; any thread.
#pragma once

#include <vector>

#include "runtime/exec/bind/bound_plan.h"

namespace lmp::exec {

// `context_max` in tokens. One diagnostic for each place where a context becomes too long.
void CheckFit(const BoundPlan& bound, int context_max, std::vector<Diagnostic>* diagnostics);

}  // namespace lmp::exec
