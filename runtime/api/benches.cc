// The benches of runtime/bench, and the one of the interface itself.
#include "runtime/api/call_bench.h"
#include "runtime/api/compile_bench.h"
#include "runtime/api/naive_bench.h"
#include "runtime/api/passes_bench.h"
#include "runtime/api/state.h"
#include "runtime/bench/bench.h"

namespace lmp {
namespace {

std::vector<bench::BenchEntry> Entries() {
  const auto below = bench::AllBenches();
  std::vector<bench::BenchEntry> out(below.begin(), below.end());
  out.push_back({"call", "cost of a call from a host, without generation", &api::RunCallBench});
  out.push_back({"compile", "text to program: the examples, 5,000 lines", &api::RunCompileBench});
  out.push_back({"naive",
                 "prompt tokens of nine programs: each request for itself, and computed here",
                 &api::RunNaiveBench});
  out.push_back({"passes", "whole programs over a client of single calls; what each pass gains",
                 &api::RunPassesBench});
  return out;
}

}  // namespace

std::vector<BenchSummary> Benches() {
  std::vector<BenchSummary> out;
  for (const bench::BenchEntry& entry : Entries()) {
    out.push_back({std::string(entry.name), std::string(entry.summary)});
  }
  return out;
}

Result<BenchOutcome> RunBench(std::string_view name, const BenchConfig& config) {
  return api::Wall<BenchOutcome>([&]() -> Result<BenchOutcome> {
    bench::BenchOptions options;
    options.model = config.model;
    options.threads = config.threads;
    options.reps = config.reps;
    options.full = config.full;
    options.rows = config.rows;
    options.tasks = config.tasks;
    options.risks = config.risks;
    options.table = config.table;
    options.samples = config.samples;
    options.progress = config.on_progress;
    std::string names;
    for (const bench::BenchEntry& entry : Entries()) {
      names += (names.empty() ? "" : ", ") + std::string(entry.name);
      if (entry.name != name) continue;
      LMP_TRY(const std::vector<bench::BenchRow> rows, entry.run(options));
      return BenchOutcome{bench::ToTable(name, options, rows), bench::ToJson(name, options, rows)};
    }
    return InvalidArgument("there is no bench \"" + std::string(name) + "\"; there are: " + names);
  });
}

}  // namespace lmp
