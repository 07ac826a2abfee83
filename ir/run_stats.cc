#include "ir/run_stats.h"

#include <algorithm>

namespace lmp::ir {

RecordDecl RunStatsDecl(const TypeTable& types) {
  RecordDecl record;
  record.name = kRunStatsRecord;
  for (const char* name : {"calls", "prompt", "cached", "generated", "prefill_shared"}) {
    FieldDecl& field = record.fields.emplace_back();
    field.name = name;
    field.type = record.fields.size() < 5 ? types.i64() : types.f64();
  }
  return record;
}

Value RunStatsValue(const RunCounts& counts) {
  const int64_t others = counts.prompt - counts.first;
  const double shared =
      others <= 0 ? 0.0
                  : std::min(1.0, static_cast<double>(counts.cached) / static_cast<double>(others));
  return Value::Record(std::string(kRunStatsRecord), {{"calls", Value::Int(counts.calls)},
                                                      {"prompt", Value::Int(counts.prompt)},
                                                      {"cached", Value::Int(counts.cached)},
                                                      {"generated", Value::Int(counts.generated)},
                                                      {"prefill_shared", Value::Float(shared)}});
}

}  // namespace lmp::ir
