// naive: prompt tokens of nine programs. Asked naively, every generation is a request of its own
// that computes its whole prompt; beside it stands what this engine computes. Counts, no times:
// they do not depend on the machine. The model is any with 4,096 tokens of context.
//
// Errors: those of Engine::Load; NotFound without a model file.
#pragma once

#include <vector>

#include "runtime/bench/bench.h"

namespace lmp::api {

Result<std::vector<bench::BenchRow>> RunNaiveBench(const bench::BenchOptions& options);

}  // namespace lmp::api
