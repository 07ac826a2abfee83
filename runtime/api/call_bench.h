// call: what a call of a compiled program costs a host beyond what the program does. No generation:
// arguments are read, the engine's thread is woken, the function runs, the host is woken.
#pragma once

#include <vector>

#include "runtime/bench/bench.h"

namespace lmp::api {

// Errors: those of Engine::Load.
Result<std::vector<bench::BenchRow>> RunCallBench(const bench::BenchOptions& options);

}  // namespace lmp::api
