// RunReport from what the executor recorded.
#pragma once

#include <vector>

#include "runtime/api/lmp.h"
#include "runtime/exec/request.h"

namespace lmp::api {

// `engine`: the identity of the one that ran it (Context::State).
RunReport MakeReport(const exec::RunResult& result, const ProgramRef& program,
                     const std::shared_ptr<const void>& engine);
// RunReport::calls.
std::vector<ModelCall> ModelCallsOf(const exec::RunResult& result,
                                    const std::vector<Source>& sources);

}  // namespace lmp::api
