// Benches: `lmp bench NAME`. Each bench is one function from options to rows (docs/PERFORMANCE.md
// says what every row means). The median over reps is the value; a bench that cannot run returns
// NotFound or Unsupported with the reason (exit code 3).
//
// Rows are stable names; add, never rename. Default rows end within 45 s on 2 cores.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace lmp::bench {

struct BenchOptions {
  std::string model;  // path; empty: the bench's own synthetic model
  int threads = 2;
  int reps = 5;
  bool full = false;       // the whole matrix
  std::string rows = "*";  // glob over row names
  std::string tasks;       // file of `quality` and `select`
  std::string risks;       // ... and where to write its table for `auto`
  std::string table;       // of `select`: where to write it
  int samples = 0;         // of each task of `quality` and `select`; 0: its own number
  std::function<void(std::string_view)> progress;  // nullable; one line of text
};

struct BenchRow {
  std::string row;
  double value = 0;  // median
  std::string unit;
  double min = 0, max = 0;
  std::optional<double> floor;  // the least (or most) possible on this machine
  std::string note;
};

struct BenchEntry {
  std::string_view name;
  std::string_view summary;
  Result<std::vector<BenchRow>> (*run)(const BenchOptions&);
};
// All benches, in the order of `lmp bench --help`.
std::span<const BenchEntry> AllBenches();

// Whether `row` is asked for.
bool WantsRow(const BenchOptions& options, std::string_view row);
// CPU time of the calling thread, for work on one thread: it does not count what else runs.
double ThreadCpuMicros();
// Row from repeated measurements (at least one).
BenchRow MakeRow(std::string row, std::string unit, std::vector<double> values);

// Defined one file each.
Result<std::vector<BenchRow>> RunLimitsBench(const BenchOptions& options);
Result<std::vector<BenchRow>> RunDecodeBench(const BenchOptions& options);
Result<std::vector<BenchRow>> RunPrefillBench(const BenchOptions& options);
Result<std::vector<BenchRow>> RunBatchBench(const BenchOptions& options);
Result<std::vector<BenchRow>> RunSpeculationBench(const BenchOptions& options);
Result<std::vector<BenchRow>> RunTreeBench(const BenchOptions& options);
Result<std::vector<BenchRow>> RunOverheadBench(const BenchOptions& options);
Result<std::vector<BenchRow>> RunProgramBench(const BenchOptions& options);
Result<std::vector<BenchRow>> RunRagBench(const BenchOptions& options);
Result<std::vector<BenchRow>> RunQualityBench(const BenchOptions& options);
Result<std::vector<BenchRow>> RunMaskBench(const BenchOptions& options);
Result<std::vector<BenchRow>> RunTokenizeBench(const BenchOptions& options);
Result<std::vector<BenchRow>> RunTypesBench(const BenchOptions& options);
Result<std::vector<BenchRow>> RunSelectBench(const BenchOptions& options);

// One JSON object as design/benches.md has it; `commit` may be "unknown".
std::string ToJson(std::string_view bench, const BenchOptions& options,
                   const std::vector<BenchRow>& rows);
std::string ToTable(std::string_view bench, const BenchOptions& options,
                    const std::vector<BenchRow>& rows);

}  // namespace lmp::bench
