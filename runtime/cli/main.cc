// `lmp`: the table of subcommands. Each adds its flags and, when chosen, leaves what to do in
// `action`.
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

int main(int argc, char** argv) {
  CLI::App app{"LMP: a compiler and runtime for LLM programs (.lmp files)", "lmp"};
  app.set_version_flag("--version", std::string("lmp ") + std::string(lmp::kVersion));
  app.require_subcommand(1);
  app.footer(
      "Start with:  lmp run examples/rag.lmp    lmp repl    lmp check FILE.lmp\n"
      "Each command has its own --help. docs/LANGUAGE.md describes the language.");
  lmp::cli::Action action;
  lmp::cli::AddRun(&app, &action);
  lmp::cli::AddCheck(&app, &action);
  lmp::cli::AddExplain(&app, &action);
  lmp::cli::AddRepl(&app, &action);
  lmp::cli::AddInfo(&app, &action);
  lmp::cli::AddOpt(&app, &action);
  lmp::cli::AddBench(&app, &action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return code == 0 ? 0 : 2;
  }
  return action();
}
