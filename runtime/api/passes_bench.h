// passes: whole programs against a client that asks the same engine one generation at a time, and
// what each pass of the compiler gains on them.
//
// Errors: those of Engine::Load; NotFound without a model file.
#pragma once

#include <vector>

#include "runtime/bench/bench.h"

namespace lmp::api {

Result<std::vector<bench::BenchRow>> RunPassesBench(const bench::BenchOptions& options);

}  // namespace lmp::api
