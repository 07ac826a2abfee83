// lmp fmt: the one layout of programs.
#include <algorithm>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

struct FmtFlags {
  std::vector<std::string> files;
  bool check = false, from_stdin = false;
};

ExitCode FormatFile(const std::string& file, const FmtFlags& flags) {
  const Result<std::string> text = ReadTextFile(file);
  if (!text.ok()) return PrintError(text.status());
  const FormatOutcome outcome = Format(file, text.value());
  if (!outcome.status.ok()) return PrintError(outcome.status.WithPrefix(file));
  if (PrintDiagnostics(outcome.diagnostics, outcome.sources) > 0) return kProgramWrong;
  const bool differs = outcome.text != text.value();
  if (flags.check) {
    if (differs) WriteOut(file + "\n");
    return differs ? kProgramWrong : kDone;
  }
  if (file == "-") {
    WriteOut(outcome.text);
    return kDone;
  }
  if (!differs) return kDone;
  const Status written = ReplaceFile(file, outcome.text);
  if (!written.ok()) return PrintError(written);
  WriteOut(file + "\n");
  return kDone;
}

ExitCode FormatAll(const FmtFlags& flags) {
  if (flags.from_stdin != flags.files.empty()) {
    return PrintFailure(kUsage, flags.from_stdin ? "fmt: --stdin and files exclude each other"
                                                 : "fmt: name files or folders, or --stdin");
  }
  ExitCode worst = kDone;
  for (const std::string& word : flags.from_stdin ? std::vector<std::string>{"-"} : flags.files) {
    const Result<std::vector<std::string>> programs = FindPrograms({word});
    if (!programs.ok()) {
      worst = std::max(worst, PrintError(programs.status()));
      continue;
    }
    for (const std::string& file : programs.value()) {
      worst = std::max(worst, FormatFile(file, flags));
    }
  }
  return worst;
}

}  // namespace

void AddFormat(CLI::App* app, Action* action) {
  auto flags = std::make_shared<FmtFlags>();
  CLI::App* command = app->add_subcommand("fmt", "Lay programs out anew: blanks and line breaks");
  command->add_option("FILE", flags->files, "programs (.lmp), or folders of them")->type_name("");
  command->add_flag("--check", flags->check, "change nothing; list the files that would change");
  command->add_flag("--stdin", flags->from_stdin, "from standard input to standard output");
  command->footer(
      "Examples:\n"
      "  lmp fmt answer.lmp                lays out, prints what changed\n"
      "  lmp fmt --check examples src      exit code 1: these would change\n"
      "  lmp fmt --stdin < in.lmp          for editors");
  command->callback([flags, action] { *action = [flags] { return FormatAll(*flags); }; });
}

}  // namespace lmp::cli
