// The functions that a run of one function can meet, and on which engines. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ir/program.h"

namespace lmp::ir {

// The function and what it calls, by itself or through others, callees before callers. Empty if
// there is no such function. Of the program, which must outlive them.
std::vector<const Graph*> ReachedFunctions(const Program& program, std::string_view function);

// A function runs on the engine that it names (Graph::engine), one that names none on that of its
// caller; "" is the engine of the run. By engine, callees before callers; a function may stand
// under several.
using FunctionsByEngine = std::map<std::string, std::vector<const Graph*>, std::less<>>;
// Of a run of `function`.
FunctionsByEngine ReachedByEngine(const Program& program, std::string_view function);
// Of runs of any function.
FunctionsByEngine AllByEngine(const Program& program);
// No function names one: all that a run meets is on its own.
bool NamesNoEngine(const Program& program);

// 1 to 64 letters, digits, `_` and `-`, the first a letter.
bool IsEngineName(std::string_view name);

}  // namespace lmp::ir
