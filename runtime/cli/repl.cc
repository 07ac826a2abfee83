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

ExitCode Repl(const Flags& flags) {
  const Result<std::unique_ptr<Engine>> engine = LoadEngine(flags.engine, "");
  if (!engine.ok()) return PrintError(engine.status());
  RunOptions options;
  options.seed = flags.seed;
  switch (repl::RunRepl(engine.value().get(), options)) {
    case repl::ReplEnd::kDone:
      return kDone;
    case repl::ReplEnd::kProgramWrong:
      return kProgramWrong;
    case repl::ReplEnd::kRunFailed:
      return kRunFailed;
    case repl::ReplEnd::kInterrupted:
      return kInterrupted;
    case repl::ReplEnd::kInternal:
      return kInternal;
  }
  return kInternal;
}

}  // namespace

void AddRepl(CLI::App* app, Action* action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("repl", "Enter statements and expressions by hand");
  AddNumber(command, "--seed", &flags->seed, {}, "seed of sampling");
  AddEngineFlags(command, &flags->engine);
  command->callback([flags, action] { *action = [flags] { return Repl(*flags); }; });
}

}  // namespace lmp::cli
