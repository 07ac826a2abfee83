#include "runtime/bench/bench.h"

#include <fnmatch.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <thread>

#include "kernels/registry.h"
#include "runtime/base/json.h"

#ifndef LMP_COMMIT
#define LMP_COMMIT "unknown"
#endif

namespace lmp::bench {

namespace {

constexpr std::array<BenchEntry, 14> kBenches = {{
    {"limits", "what this machine can do: reading memory, arithmetic", RunLimitsBench},
    {"decode", "tokens per second of one sequence, by depth", RunDecodeBench},
    {"prefill", "tokens per second of a prompt, by length", RunPrefillBench},
    {"batch", "tokens per second of many sequences, prompts shared or not", RunBatchBench},
    {"speculation", "guessing ahead of a generation: texts that repeat themselves or not",
     RunSpeculationBench},
    {"tree", "the prefix tree: match, insert, split, evict, bytes per node", RunTreeBench},
    {"overhead", "scheduling and cache upkeep as a share of all CPU time", RunOverheadBench},
    {"program", "fork, same-step sharing and reuse of generated tokens", RunProgramBench},
    {"rag", "stored passages: first token by policy, from memory, disk and after a restart",
     RunRagBench},
    {"quality", "answers under each reuse policy: score, distance from exact, budget",
     RunQualityBench},
    {"mask", "token masks of JSON Schemas, 128k vocabulary", RunMaskBench},
    {"tokenize", "encoding English text, by tokenizer family", RunTokenizeBench},
    {"types", "typed generation: filling holes, masks per step, forced tokens", RunTypesBench},
    {"select", "how far `confidence` can be believed, and the temperature that helps",
     RunSelectBench},
}};

std::string CpuName() {
  std::ifstream in("/proc/cpuinfo");
  std::string line;
  while (std::getline(in, line)) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

double MedianOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

}  // namespace

std::span<const BenchEntry> AllBenches() { return kBenches; }

bool WantsRow(const BenchOptions& options, std::string_view row) {
  return fnmatch(options.rows.c_str(), std::string(row).c_str(), 0) == 0;
}

double ThreadCpuMicros() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

BenchRow MakeRow(std::string row, std::string unit, std::vector<double> values) {
  LMP_CHECK(!values.empty());
  BenchRow out;
  out.row = std::move(row);
  out.unit = std::move(unit);
  out.min = *std::min_element(values.begin(), values.end());
  out.max = *std::max_element(values.begin(), values.end());
  out.value = MedianOf(std::move(values));
  return out;
}

std::string ToJson(std::string_view bench, const BenchOptions& options,
                   const std::vector<BenchRow>& rows) {
  Json isa = Json::array();
  for (const kernels::Implementation& i : kernels::Implementations()) {
    if (i.available()) isa.push_back(std::string(i.name));
  }
  Json out{{"bench", std::string(bench)}, {"version", "0.1.0"}, {"commit", LMP_COMMIT}};
  out["machine"] =
      Json{{"cpu", CpuName()},
           {"cores", std::thread::hardware_concurrency()},
           {"memory_bytes", static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE)},
           {"isa", std::move(isa)}};
  out["model"] = options.model;
  out["threads"] = options.threads;
  out["reps"] = options.reps;
  out["rows"] = Json::array();
  for (const BenchRow& row : rows) {
    Json r{{"row", row.row},
           {"value", row.value},
           {"unit", row.unit},
           {"min", row.min},
           {"max", row.max}};
    r["floor"] = row.floor ? Json(*row.floor) : Json(nullptr);
    r["share_of_floor"] =
        row.floor && *row.floor != 0 ? Json(row.value / *row.floor) : Json(nullptr);
    r["note"] = row.note;
    out["rows"].push_back(std::move(r));
  }
  return DumpJson(out) + "\n";
}

std::string ToTable(std::string_view bench, const BenchOptions& options,
                    const std::vector<BenchRow>& rows) {
  char line[320];
  std::snprintf(line, sizeof line, "%s: %d threads, median of %d\n", std::string(bench).c_str(),
                options.threads, options.reps);
  std::string out = line;
  for (const BenchRow& row : rows) {
    std::snprintf(line, sizeof line, "  %-36s %12.4g %-8s [%.4g, %.4g]", row.row.c_str(), row.value,
                  row.unit.c_str(), row.min, row.max);
    out += line;
    if (row.floor) {
      std::snprintf(line, sizeof line, "  limit %.4g", *row.floor);
      out += line;
    }
    out += (row.note.empty() ? "" : "  " + row.note) + "\n";
  }
  return out;
}

}  // namespace lmp::bench
