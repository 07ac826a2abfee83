#include "runtime/api/record.h"

#include <algorithm>
#include <cstdio>
#include <span>

#include "cache/chunk_digest.h"
#include "ir/print.h"
#include "kernels/registry.h"
#include "runtime/api/state.h"
#include "runtime/engine/model_digest.h"

namespace lmp {

namespace api {

namespace {

// "cpu_avx512+reference": what computes, for other kernels give other bits.
std::string KernelsOf(const std::string& chosen) {
  const Result<const kernels::Ops*> ops = kernels::ChooseOps(chosen == "auto" ? "" : chosen);
  if (!ops.ok()) return chosen;
  std::vector<std::string> names;
  for (const kernels::OpChoice& choice : kernels::DescribeOps(*ops.value()))
    names.emplace_back(choice.implementation);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : "+") + name;
  return out;
}

}  // namespace

Result<std::string> ModelDigest(const ModelSummary& model) {
  return engine::ModelDigest(model.path);
}

exec::RecordHead HeadOf(const ModelSummary& model, const std::string& model_digest,
                        const exec::BoundPlan& plan, const std::string& function,
                        const std::vector<ir::Value>& arguments, uint64_t seed) {
  exec::RecordHead head;
  head.version = kVersion;
  // Without the name, for a file may be called otherwise, and without what the run cannot meet:
  // other tests of the file, say.
  const std::string code = ir::PrintReached(*plan.plan->program, function);
  char digest[17];
  std::snprintf(digest, sizeof digest, "%016llx",
                static_cast<unsigned long long>(cache::Checksum(std::as_bytes(std::span(code)))));
  head.program = digest;
  head.model = model_digest;
  head.kv = model.kv_type;
  head.kernels = KernelsOf(model.kernels);
  head.function = function;
  head.seed = seed;
  const ir::Graph* graph = plan.plan->program->Find(function);
  head.arguments = "{";
  for (size_t i = 0; graph != nullptr && i < std::min(arguments.size(), graph->params.size());
       ++i) {
    head.arguments += (i == 0 ? "" : ",") + ir::ToJsonText(ir::Value::Str(graph->params[i].name)) +
                      ":" + ir::ToJsonText(arguments[i]);
  }
  head.arguments += "}";
  return head;
}

Result<std::shared_ptr<const exec::RunRecord>> ReadReplay(const std::string& text,
                                                          const exec::RecordHead& now) {
  LMP_TRY(exec::RunRecord record, exec::ParseRecord(text));
  const std::string differs = exec::DifferenceOf(record.head, now);
  if (!differs.empty()) return InvalidArgument("this run is not the recorded one: " + differs);
  return std::shared_ptr<const exec::RunRecord>(
      std::make_shared<const exec::RunRecord>(std::move(record)));
}

}  // namespace api

Result<RecordedRun> ReadRecord(std::string_view record) {
  return api::Wall<RecordedRun>([&]() -> Result<RecordedRun> {
    LMP_TRY(exec::RunRecord read, exec::ParseRecord(record));
    return RecordedRun{read.head.function, read.head.arguments, read.head.seed};
  });
}

}  // namespace lmp
