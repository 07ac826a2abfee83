// How many questions of one function may be in the engine at the same time, each with a context of
// its own: what admission has to reckon with. Pure; any thread.
#pragma once

#include <functional>
#include <vector>

#include "ir/bound_reader.h"
#include "ir/program.h"

namespace lmp::ir {

// `asks`: per op, as GraphPlan::asks. `of_call`: of what a call asks for, in terms of the caller.
// Children of a fork count as many times as may run at once; questions that wait for one another
// count once. An upper bound: what cannot be told to wait is added up.
Bound LiveContexts(const Graph& graph, const std::vector<bool>& asks, const BoundReader& reader,
                   const std::function<Bound(const Op&)>& of_call);

}  // namespace lmp::ir
