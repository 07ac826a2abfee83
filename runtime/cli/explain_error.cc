// lmp explain-error: what a code of a diagnostic means.
#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

ExitCode List() {
  for (const ErrorSummary& error : ErrorSummaries())
    WriteOut(error.code + (error.code.size() < 5 ? "   " : "  ") + error.summary + "\n");
  return kDone;
}

ExitCode Show(const std::vector<std::string>& codes) {
  bool first = true;
  for (const std::string& code : codes) {
    const Result<std::string> text = ExplainError(code);
    if (!text.ok()) return PrintError(InvalidArgument(text.status().message()), Form::kText);
    WriteOut((first ? "" : "\n") + *text);
    first = false;
  }
  return kDone;
}

}  // namespace

void AddExplainError(CLI::App* app, Action* action) {
  auto codes = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app->add_subcommand("explain-error", "What a code of a diagnostic means");
  command->add_option("CODE", *codes, "a code, such as E0340; without one, all are listed")
      ->type_name("");
  command->footer("Example:  lmp explain-error E0340");
  command->callback(
      [codes, action] { *action = [codes] { return codes->empty() ? List() : Show(*codes); }; });
}

}  // namespace lmp::cli
