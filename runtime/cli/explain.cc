// lmp explain: what the compiler knows before a run.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

struct Flags {
  std::string file, model;
  bool ir = false;
  std::vector<std::string> no_pass;
};

int ExplainProgram(const Flags& flags) {
  const Result<std::string> text = ReadTextFile(flags.file);
  if (!text.ok()) return PrintError(text.status());
  PassSelection passes;
  passes.disabled = flags.no_pass;
  const CompileOutcome outcome = Compile(flags.file, text.value(), passes);
  PrintDiagnostics(outcome.diagnostics, outcome.sources);
  if (!outcome.program) return 1;
  if (flags.ir) std::fputs(outcome.program->IrText().c_str(), stdout);
  // Without a model the counts are bytes.
  const Result<std::string> model = FindModel(flags.model, outcome.program->config_model());
  if (!model.ok() && !flags.model.empty()) return PrintError(model.status());
  const Result<std::string> report = Explain(*outcome.program, model.ok() ? model.value() : "");
  if (!report.ok()) return PrintError(report.status());
  std::fputs(report.value().c_str(), stdout);
  return 0;
}

}  // namespace

void AddExplain(CLI::App* app, Action* action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand(
      "explain", "Show a program's plan: shared prefixes, parallel calls, bounds");
  command->add_option("FILE", flags->file, "program (.lmp); - for standard input")->required();
  command->add_option("--model", flags->model, "count tokens with this model's tokenizer (GGUF)");
  command->add_flag("--ir", flags->ir, "print the IR as lowered, too");
  command->add_option("--no-pass", flags->no_pass, "leave a compiler pass out; may be repeated")
      ->allow_extra_args(false);
  command->callback([flags, action] { *action = [flags] { return ExplainProgram(*flags); }; });
}

}  // namespace lmp::cli
