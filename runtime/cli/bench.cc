// lmp bench: measurements (docs/PERFORMANCE.md says what the rows mean).
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"
#if LMP_HAVE_NET
#include "runtime/server/bench/serve_bench.h"
#endif

namespace lmp::cli {

namespace {

struct BenchFlags {
  std::string name, url;
  BenchConfig config;
  uint64_t threads = 2, reps = 5, samples = 0;
  bool json = false;
};

std::vector<BenchSummary> AllBenches() {
  std::vector<BenchSummary> all = Benches();
#if LMP_HAVE_NET
  for (BenchSummary& bench : server::ServerBenches()) all.push_back(std::move(bench));
#endif
  return all;
}

Result<BenchOutcome> RunAny(const BenchFlags& flags, const BenchConfig& config) {
#if LMP_HAVE_NET
  for (const BenchSummary& bench : server::ServerBenches()) {
    if (bench.name == flags.name) return server::RunServerBench(flags.name, config, flags.url);
  }
#endif
  std::string names;
  for (const BenchSummary& bench : AllBenches()) {
    if (bench.name == flags.name) return RunBench(flags.name, config);
    names += (names.empty() ? "" : ", ") + bench.name;
  }
  return InvalidArgument("there is no bench \"" + flags.name + "\"; there are: " + names);
}

// The tasks that come with the demo model.
std::string TasksBeside(const std::string& model, const char* name) {
  const std::filesystem::path path = std::filesystem::path(model).parent_path() / name;
  std::error_code error;
  return std::filesystem::exists(path, error) ? path.string() : "";
}

ExitCode Bench(const BenchFlags& flags) {
  if (flags.name.empty() && flags.json) {
    return PrintFailure(kUsage, "bench: --json measures: expected a NAME (`lmp bench` lists them)",
                        Form::kJson);
  }
  if (flags.name.empty()) {
    for (const BenchSummary& bench : AllBenches())
      std::printf("%-10s %s\n", bench.name.c_str(), bench.summary.c_str());
    return kDone;
  }
  BenchConfig config = flags.config;
  config.threads = static_cast<int>(flags.threads);
  config.reps = static_cast<int>(flags.reps);
  config.samples = static_cast<int>(flags.samples);
  const bool tasks = flags.name == "quality" || flags.name == "select";
  if (tasks || flags.name == "passes" || flags.name == "call") {
    const Result<std::string> model = FindModel(config.model, "");
    if (!model.ok()) return PrintError(model.status(), flags.json ? Form::kJson : Form::kText);
    config.model = model.value();
    if (tasks && config.tasks.empty()) {
      config.tasks =
          TasksBeside(config.model, flags.name == "quality" ? "tasks.jsonl" : "choices.jsonl");
    }
  }
  if (isatty(STDERR_FILENO)) {
    config.on_progress = [](std::string_view line) {
      std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    };
  }
  const Result<BenchOutcome> outcome = RunAny(flags, config);
  if (!outcome.ok()) return PrintError(outcome.status(), flags.json ? Form::kJson : Form::kText);
  WriteOut(flags.json ? outcome.value().json : outcome.value().table);
  return kDone;
}

}  // namespace

void AddBench(CLI::App* app, Action* action) {
  auto flags = std::make_shared<BenchFlags>();
  CLI::App* command = app->add_subcommand("bench", "Measure; without NAME lists the benches");
  command->add_option("NAME", flags->name, "which bench")->type_name("");
  command->add_flag("--json", flags->json, "one JSON object");
  command->add_option("--model", flags->config.model, "instead of the bench's synthetic model")
      ->type_name("FILE");
  AddNumber(command, "--threads", &flags->threads, {1, 1024}, "kernel threads");
  AddNumber(command, "--reps", &flags->reps, {1, 1000}, "repetitions; the median counts");
  command->add_flag("--full", flags->config.full, "the whole matrix");
  command->add_option("--rows", flags->config.rows, "only rows that match this glob")
      ->type_name("GLOB")
      ->capture_default_str();
  command->add_option("--tasks", flags->config.tasks, "quality, select: their tasks")
      ->type_name("FILE");
  command
      ->add_option("--risks", flags->config.risks,
                   "quality: write the losses `reuse: auto` goes by")
      ->type_name("FILE");
  command->add_option("--table", flags->config.table, "select: write what `confidence` goes by")
      ->type_name("FILE");
#if LMP_HAVE_NET
  command->add_option("--url", flags->url, "serve: a server that runs already")->type_name("URL");
#endif
  AddNumber(command, "--samples", &flags->samples, {0, 1000000},
            "quality, select: samples of each task");
  command->footer("Example:  lmp bench program --json");
  command->callback([flags, action] { *action = [flags] { return Bench(*flags); }; });
}

}  // namespace lmp::cli
