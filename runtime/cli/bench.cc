// lmp bench: measurements (docs/PERFORMANCE.md says what the rows mean).
#include <unistd.h>

#include <cstdio>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

struct Flags {
  std::string name;
  BenchConfig config;
  bool json = false;
};

int Bench(const Flags& flags) {
  if (flags.name.empty()) {
    for (const BenchSummary& bench : Benches())
      std::printf("%-10s %s\n", bench.name.c_str(), bench.summary.c_str());
    return 0;
  }
  BenchConfig config = flags.config;
  if (isatty(STDERR_FILENO)) {
    config.on_progress = [](std::string_view line) {
      std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    };
  }
  const Result<BenchOutcome> outcome = RunBench(flags.name, config);
  if (!outcome.ok()) {
    std::fprintf(stderr, "lmp: %s\n", outcome.status().message().c_str());
    return outcome.status().code() == StatusCode::kInvalidArgument ? 2 : 3;
  }
  std::fputs((flags.json ? outcome.value().json : outcome.value().table).c_str(), stdout);
  return 0;
}

}  // namespace

void AddBench(CLI::App* app, Action* action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("bench", "Measure; without NAME lists the benches");
  command->add_option("NAME", flags->name, "which bench");
  command->add_flag("--json", flags->json, "one JSON object");
  command->add_option("--model", flags->config.model,
                      "model file instead of the bench's synthetic one");
  command->add_option("--threads", flags->config.threads, "kernel threads")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--reps", flags->config.reps, "repetitions; the median counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_flag("--full", flags->config.full, "the whole matrix");
  command->add_option("--rows", flags->config.rows, "only rows that match this glob")
      ->capture_default_str();
  command->callback([flags, action] { *action = [flags] { return Bench(*flags); }; });
}

}  // namespace lmp::cli
