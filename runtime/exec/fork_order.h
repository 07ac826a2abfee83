// In which order a fork starts its children: those whose prompts begin alike one behind the other,
// so that what they share is computed once even where the cache cannot hold it until the last of
// them comes. Values, sites and failures do not depend on it. Pure; any thread.
#pragma once

#include <cstddef>
#include <vector>

#include "ir/program.h"

namespace lmp::exec {

// Groups elements by the first text of a child's prompt that comes from its element; groups and
// what is in them stay in order. Empty: as the elements come.
std::vector<size_t> StartOrder(const ir::Program& program, const ir::Graph& graph,
                               const ir::Op& fork, const std::vector<ir::Value>& elements);

}  // namespace lmp::exec
