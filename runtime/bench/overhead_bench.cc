// overhead: what the prefix cache and the step planner cost where they gain nothing: a batch of
// prompts that share no token, on the 135M shape. Share of the process's CPU time.
#include <ctime>

#include "runtime/bench/bench.h"
#include "runtime/bench/subject.h"

namespace lmp::bench {

namespace {

int64_t ProcessCpuNs() {
  timespec ts{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
  return static_cast<int64_t>(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec;
}

constexpr int kSequences = 8;
constexpr int kPromptTokens = 128;
constexpr int kNewTokens = 16;

}  // namespace

Result<std::vector<BenchRow>> RunOverheadBench(const BenchOptions& options) {
  engine::EngineOptions engine_options;
  engine_options.kv_pages = 2048;
  LMP_TRY(auto engine, MakeSubject(options, "smol135m", engine_options));
  std::vector<double> shares, upkeep_us, step_ms;
  const int reps = options.full ? options.reps : std::min(options.reps, 3);
  for (int rep = 0; rep < reps; ++rep) {
    std::vector<engine::SequenceSpec> specs;
    for (int i = 0; i < kSequences; ++i) {
      const auto seed = static_cast<uint64_t>(rep * kSequences + i + 1);
      specs.push_back(GenerateExactly(RandomTokens(*engine, seed, kPromptTokens), kNewTokens));
    }
    const engine::EngineStats before = engine->stats();
    const int64_t cpu_before = ProcessCpuNs();
    LMP_TRY(const auto finished, RunAll(*engine, std::move(specs)));
    const auto all = static_cast<double>(ProcessCpuNs() - cpu_before);
    const engine::EngineStats after = engine->stats();
    if (after.cached_tokens != before.cached_tokens)
      return Internal("the batch was meant to share nothing");
    const auto upkeep = static_cast<double>(
        (after.match_cpu_ns + after.insert_cpu_ns + after.evict_cpu_ns + after.plan_cpu_ns) -
        (before.match_cpu_ns + before.insert_cpu_ns + before.evict_cpu_ns + before.plan_cpu_ns));
    const auto steps = static_cast<double>(after.steps - before.steps);
    shares.push_back(upkeep / all);
    upkeep_us.push_back(upkeep / steps * 1e-3);
    step_ms.push_back(all / steps * 1e-6);
    if (options.progress) options.progress("overhead: repetition " + std::to_string(rep + 1));
  }
  BenchRow share = MakeRow("overhead_share", "ratio", shares);
  share.note = std::to_string(kSequences) + " prompts of " + std::to_string(kPromptTokens) + " + " +
               std::to_string(kNewTokens) + " tokens, nothing shared";
  std::vector<BenchRow> rows = {std::move(share), MakeRow("upkeep_us_per_step", "us", upkeep_us),
                                MakeRow("cpu_ms_per_step", "ms", step_ms)};
  std::erase_if(rows, [&](const BenchRow& row) { return !WantsRow(options, row.row); });
  return rows;
}

}  // namespace lmp::bench
