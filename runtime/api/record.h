// Records of runs (runtime/exec/run_record.h) as lmp.h has them: what they are of, and what a run
// must be to be repeated from one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ir/value.h"
#include "runtime/api/lmp.h"
#include "runtime/exec/bind/bound_plan.h"
#include "runtime/exec/run_record.h"

namespace lmp::api {

// Of the model file, read whole. Errors: those of reading it, Unsupported (no SHA-256).
Result<std::string> ModelDigest(const ModelSummary& model);

exec::RecordHead HeadOf(const ModelSummary& model, const std::string& model_digest,
                        const exec::BoundPlan& plan, const std::string& function,
                        const std::vector<ir::Value>& arguments, uint64_t seed);

// Errors: InvalidArgument: the text, or what differs.
Result<std::shared_ptr<const exec::RunRecord>> ReadReplay(const std::string& text,
                                                          const exec::RecordHead& now);

}  // namespace lmp::api
