// `lmp bench serve` and `lmp bench server`: the service under load, and what it costs by itself.
#pragma once

#include <string>
#include <vector>

#include "runtime/api/lmp.h"

namespace lmp::server {

std::vector<BenchSummary> ServerBenches();

// `name` of ServerBenches(). `serve` asks the server at `url` ("http://127.0.0.1:8080"), or, if it
// is empty, one of its own over config.model or a synthetic model of the 135M shape. Errors:
// InvalidArgument (the URL), NotFound, Unavailable (a request failed; says how).
Result<BenchOutcome> RunServerBench(std::string_view name, const BenchConfig& config,
                                    const std::string& url);

}  // namespace lmp::server
