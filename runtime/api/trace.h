// The time line of a run as trace events (the Trace Event Format, JSON object form), which Perfetto
// and chrome://tracing show.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/diagnostic.h"
#include "runtime/exec/request.h"

namespace lmp::api {

// `sources`: of the program, for places. Times are microseconds since the run began.
std::string TraceJson(const exec::RunResult& result, const std::vector<Source>& sources);

}  // namespace lmp::api
