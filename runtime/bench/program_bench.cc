// program: what the runtime gains because it sees siblings, bursts and turns.
#include <algorithm>

#include "runtime/base/clock_rng.h"
#include "runtime/bench/bench.h"
#include "runtime/bench/subject.h"

namespace lmp::bench {

namespace {

constexpr int kPrefixTokens = 1000;
constexpr int kForkChildren = 4;
constexpr int kForkNewTokens = 64;

std::vector<TokenId> Join(std::vector<TokenId> a, const std::vector<TokenId>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

struct Timed {
  double seconds = 0;
  uint64_t rows = 0;
};

// A fork of four as the executor runs it: the parent's context first, then the children as a gang;
// or the same four prompts at once on an engine that shares nothing in a step.
Result<Timed> TimeFork(const BenchOptions& options, const std::string& shape, int step_tokens,
                       uint64_t seed, bool shared) {
  engine::EngineOptions engine_options;
  engine_options.kv_pages = 1024;
  engine_options.step_tokens_max = step_tokens;
  engine_options.same_step_sharing = shared;
  LMP_TRY(auto engine, MakeSubject(options, shape, engine_options));
  const SystemClock clock;
  const std::vector<TokenId> prefix = RandomTokens(*engine, seed, kPrefixTokens);
  std::vector<engine::SequenceSpec> children;
  for (int i = 0; i < kForkChildren; ++i) {
    children.push_back(GenerateExactly(
        Join(prefix, RandomTokens(*engine, seed * 100 + static_cast<uint64_t>(i), 8)),
        kForkNewTokens));
  }
  const int64_t start = clock.NowNs();
  if (shared) {
    engine::SequenceSpec warm;
    warm.tokens = prefix;
    std::vector<engine::SequenceSpec> parent;
    parent.push_back(std::move(warm));
    LMP_TRY(const auto warmed, RunAll(*engine, std::move(parent)));
  }
  LMP_TRY(const auto finished, RunAll(*engine, std::move(children)));
  return Timed{static_cast<double>(clock.NowNs() - start) * 1e-9, engine->stats().rows};
}

Status AddFork(const BenchOptions& options, const std::string& shape, int step_tokens,
               const std::string& name, std::vector<BenchRow>* rows) {
  std::vector<double> speedups, row_ratios;
  for (int rep = 0; rep < options.reps; ++rep) {
    const auto seed = static_cast<uint64_t>(rep + 1);
    LMP_TRY(const Timed shared, TimeFork(options, shape, step_tokens, seed, true));
    LMP_TRY(const Timed apart, TimeFork(options, shape, step_tokens, seed, false));
    speedups.push_back(apart.seconds / shared.seconds);
    row_ratios.push_back(static_cast<double>(apart.rows) / static_cast<double>(shared.rows));
    if (options.progress) options.progress("program: fork, repetition " + std::to_string(rep + 1));
  }
  BenchRow row = MakeRow(name + "speedup", "x", speedups);
  row.note = "prefix " + std::to_string(kPrefixTokens) + ", " + std::to_string(kForkNewTokens) +
             " new tokens each, steps of at most " + std::to_string(step_tokens) + " rows, " +
             shape + " shape";
  rows->push_back(std::move(row));
  rows->push_back(MakeRow(name + "rows_ratio", "x", row_ratios));
  return OkStatus();
}

// 64 prompts, 16 prefixes, submitted at once: rows computed over the least possible (the size of
// the prefix tree in tokens). Page rounding alone costs (prefix mod 16) tokens for all but one per
// group.
Status AddSameStep(const BenchOptions& options, const std::string& shape,
                   std::vector<BenchRow>* rows) {
  constexpr int kGroups = 16, kPerGroup = 4, kPrefix = 120, kSuffix = 24;
  engine::EngineOptions engine_options;
  LMP_TRY(auto engine, MakeSubject(options, shape, engine_options));
  std::vector<engine::SequenceSpec> specs;
  for (int i = 0; i < kPerGroup; ++i) {
    for (int g = 0; g < kGroups; ++g) {
      const auto group = static_cast<uint64_t>(g + 1);
      specs.push_back(GenerateExactly(
          Join(RandomTokens(*engine, group, kPrefix),
               RandomTokens(*engine, 1000 + group * 10 + static_cast<uint64_t>(i), kSuffix)),
          1));
    }
  }
  LMP_TRY(const auto finished, RunAll(*engine, std::move(specs)));
  const double least = kGroups * (kPrefix + kPerGroup * kSuffix);
  const double paged = least + kGroups * (kPerGroup - 1) * (kPrefix % kPageTokens);
  const auto computed = static_cast<double>(engine->stats().rows);
  BenchRow row = MakeRow("same_step_prefix_ratio", "ratio", {computed / least});
  row.floor = 1.0;
  row.note = "computed " + std::to_string(static_cast<int>(computed)) + " rows, tree " +
             std::to_string(static_cast<int>(least)) + ", with page rounding " +
             std::to_string(static_cast<int>(paged));
  rows->push_back(std::move(row));
  return OkStatus();
}

// Turn k+1 continues what turn k has generated.
Status AddGeneratedReuse(const BenchOptions& options, const std::string& shape,
                         std::vector<BenchRow>* rows) {
  constexpr int kTurns = 6, kGenerated = 50, kUserTokens = 30;
  engine::EngineOptions engine_options;
  LMP_TRY(auto engine, MakeSubject(options, shape, engine_options));
  std::vector<TokenId> timeline = RandomTokens(*engine, 7, kUserTokens);
  std::vector<double> shares;
  for (int turn = 0; turn < kTurns; ++turn) {
    std::vector<engine::SequenceSpec> one;
    one.push_back(GenerateExactly(timeline, kGenerated));
    const auto prompt = static_cast<int>(timeline.size());
    LMP_TRY(const auto finished, RunAll(*engine, std::move(one)));
    const auto& generated = finished[0].tokens;
    if (turn > 0) {
      // What stood before this turn's user text, but the last sampled token, which has no KV.
      const int before = prompt - kUserTokens;
      const int generated_before = kGenerated - 1;
      const int hit = std::max(0, finished[0].usage.cached_tokens - (before - kGenerated));
      shares.push_back(static_cast<double>(std::min(hit, generated_before)) / generated_before);
    }
    timeline = Join(std::move(timeline), generated);
    timeline = Join(std::move(timeline),
                    RandomTokens(*engine, 100 + static_cast<uint64_t>(turn), kUserTokens));
  }
  BenchRow row = MakeRow("generated_reuse_ratio", "ratio", shares);
  row.floor = 1.0;
  row.note = std::to_string(kTurns - 1) + " turns of " + std::to_string(kGenerated) +
             " tokens; the last sampled token of a turn has no KV and is not counted";
  rows->push_back(std::move(row));
  return OkStatus();
}

}  // namespace

Result<std::vector<BenchRow>> RunProgramBench(const BenchOptions& options) {
  const std::string shape = options.full ? "smol135m" : "demo";
  std::vector<BenchRow> rows;
  // In small steps a prompt finds what the one before it has just computed, whatever is off; steps
  // that take all four prompts, as those of GPU servers do, show what same-step sharing is for.
  if (WantsRow(options, "fork4_speedup"))
    LMP_RETURN_IF_ERROR(AddFork(options, shape, 512, "fork4_", &rows));
  if (WantsRow(options, "fork4_at_once_speedup")) {
    constexpr int kAll = kForkChildren * (kPrefixTokens + kForkNewTokens);
    LMP_RETURN_IF_ERROR(AddFork(options, shape, kAll, "fork4_at_once_", &rows));
  }
  if (WantsRow(options, "same_step_prefix_ratio"))
    LMP_RETURN_IF_ERROR(AddSameStep(options, shape, &rows));
  if (WantsRow(options, "generated_reuse_ratio"))
    LMP_RETURN_IF_ERROR(AddGeneratedReuse(options, shape, &rows));
  return rows;
}

}  // namespace lmp::bench
