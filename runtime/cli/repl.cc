// lmp repl: loads an engine and hands over to runtime/repl.
#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"
#include "runtime/repl/repl.h"

namespace lmp::cli {

namespace {

struct Flags {
  EngineFlags engine;
  std::optional<uint64_t> seed;
};

int Repl(const Flags& flags) {
  const Result<std::unique_ptr<Engine>> engine = LoadEngine(flags.engine, "");
  if (!engine.ok()) return PrintError(engine.status());
  RunOptions options;
  options.seed = flags.seed;
  return repl::RunRepl(engine.value().get(), options);
}

}  // namespace

void AddRepl(CLI::App* app, Action* action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("repl", "Enter statements and expressions by hand");
  command->add_option("--seed", flags->seed, "seed of sampling");
  AddEngineFlags(command, &flags->engine);
  command->callback([flags, action] { *action = [flags] { return Repl(*flags); }; });
}

}  // namespace lmp::cli
