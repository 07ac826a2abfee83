// compile: how long text takes to become a program, passes included: the examples, 5,000 lines, and
// the first program of a process.
//
// Errors: NotFound where there is no folder `examples`.
#pragma once

#include <vector>

#include "runtime/bench/bench.h"

namespace lmp::api {

Result<std::vector<bench::BenchRow>> RunCompileBench(const bench::BenchOptions& options);

}  // namespace lmp::api
