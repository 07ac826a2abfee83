// A program as a directed graph in the DOT language of Graphviz: to look at what waits for what.
// A box per operation, a frame per function and region; constants stand in the boxes that use them.
// Thick edges are contexts, dashed ones the order of effects, dotted ones what a region is given;
// the arms of an `if` or `try` are tied to it by what they use alone. Pure, any thread.
#pragma once

#include <string>

#include "ir/program.h"

namespace lmp::ir {

std::string ToDot(const Program& program);

}  // namespace lmp::ir
