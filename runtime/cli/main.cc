// `lmp`: the table of subcommands. Each adds its flags and, when chosen, leaves what to do in
// `action`.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

// What a signal says where a command does not take it itself (runtime/repl/interrupts.h): while a
// model loads, while input is awaited. A signal function knows nothing but what is global.
constexpr std::string_view kInterruptedText = "lmp: interrupted\n";
constexpr std::string_view kInterruptedJson =
    "{\"ok\":false,\"error\":{\"kind\":\"interrupted\",\"message\":\"interrupted\",\"exit_code\":"
    "130}}"
    "\n";
volatile std::sig_atomic_t interrupted_as_json = 0;

void OnInterrupt(int) {
  const std::string_view text = interrupted_as_json != 0 ? kInterruptedJson : kInterruptedText;
  const int to = interrupted_as_json != 0 ? STDOUT_FILENO : STDERR_FILENO;
  // Nobody is left to be told that it could not be written.
  [[maybe_unused]] const ssize_t written = write(to, text.data(), text.size());
  _exit(kInterrupted);
}

void ExitOn(int signal) {
  // A shell that starts a command in the background has it ignore Ctrl-C.
  if (std::signal(signal, OnInterrupt) == SIG_IGN) std::signal(signal, SIG_IGN);
}

ExitCode Main(int argc, char** argv) {
  CLI::App app{"LMP: a compiler and runtime for LLM programs (.lmp files)", "lmp"};
  ShortenHelp(&app);
  app.set_version_flag("--version", std::string("lmp ") + std::string(kVersion));
  app.require_subcommand(1);
  app.footer(
      "`lmp COMMAND --help` has the flags, `lmp help exit-codes` how commands end.\n"
      "Example:  lmp run examples/rag.lmp");
  Action action;
  AddRun(&app, &action);
  AddCheck(&app, &action);
  AddExplain(&app, &action);
  AddExplainError(&app, &action);
  AddFormat(&app, &action);
  AddTest(&app, &action);
  AddNew(&app, &action);
  AddRepl(&app, &action);
  AddInfo(&app, &action);
  AddModel(&app, &action);
  AddModels(&app, &action);
#if LMP_HAVE_NET
  AddServe(&app, &action);
  AddPull(&app, &action);
#endif
  AddOpt(&app, &action);
  AddBench(&app, &action);
  AddCorpus(&app, &action);
  AddCache(&app, &action);
  AddHelp(&app, &action);
  for (CLI::Option* option : app.get_options()) option->group("");  // the commands have theirs
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
  interrupted_as_json = json ? 1 : 0;
  ExitOn(SIGINT);
  ExitOn(SIGTERM);
  try {
    // CLI11 would show the help of `lmp` for `lmp nosuch --help`.
    if (!words.empty() && !words[0].starts_with('-') && FindCommand(app, words[0]) == nullptr)
      throw CLI::ExtrasError({words[0]});
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    app.exit(e);
    return FinishOutput(kDone);
  } catch (const CLI::ParseError& e) {
    return FinishOutput(PrintFailure(kUsage, DescribeUsage(app, words, e.what()),
                                     json ? Form::kJson : Form::kText));
  }
  return FinishOutput(action());
}

}  // namespace

}  // namespace lmp::cli

int main(int argc, char** argv) {
  // A file that is opened must not take the number of a standard stream that the caller closed.
  for (int file = STDIN_FILENO; file <= STDERR_FILENO; ++file) {
    if (fcntl(file, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != file) return lmp::cli::kFile;
  }
  // A reader that goes away is an error of writing, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  return lmp::cli::Main(argc, argv);
}
