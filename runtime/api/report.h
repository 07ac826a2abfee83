// RunReport from what the executor recorded.
#pragma once

#include <vector>

#include "runtime/api/lmp.h"
#include "runtime/exec/request.h"

namespace lmp::api {

RunReport MakeReport(const exec::RunResult& result, const std::vector<Source>& sources);

}  // namespace lmp::api
