// lmp check: compile and report.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

struct Flags {
  std::vector<std::string> files;
  bool json = false, ir = false, deny = false;
};

int Check(const Flags& flags) {
  int errors = 0;
  int lints = 0;
  for (const std::string& file : flags.files) {
    const Result<std::string> text = ReadTextFile(file);
    if (!text.ok()) return PrintError(text.status());
    const CompileOutcome outcome = Compile(file, text.value());
    if (flags.json) {
      for (const Diagnostic& d : outcome.diagnostics) {
        std::printf("%s\n", DiagnosticToJson(d, outcome.sources).c_str());
        errors += d.severity == Severity::kError ? 1 : 0;
      }
    } else {
      errors += PrintDiagnostics(outcome.diagnostics, outcome.sources);
    }
    for (const Diagnostic& d : outcome.diagnostics) lints += d.severity == Severity::kLint ? 1 : 0;
    if (flags.ir && outcome.program) std::fputs(outcome.program->IrText().c_str(), stdout);
  }
  return errors > 0 || (flags.deny && lints > 0) ? 1 : 0;
}

}  // namespace

void AddCheck(CLI::App* app, Action* action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("check", "Compile programs and report mistakes");
  command->add_option("FILE", flags->files, "programs (.lmp); - for standard input")->required();
  command->add_flag("--json", flags->json, "one JSON object per diagnostic and line");
  command->add_flag("--ir", flags->ir, "print the IR as lowered");
  command->add_flag("--deny", flags->deny, "lints fail too");
  command->callback([flags, action] { *action = [flags] { return Check(*flags); }; });
}

}  // namespace lmp::cli
