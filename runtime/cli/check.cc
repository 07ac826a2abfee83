// lmp check: compile and report.
#include <algorithm>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

struct CheckFlags {
  std::vector<std::string> files;
  std::string model;
  bool json = false, ir = false, deny = false;
};

// What the program's tokenizer and template tell: a prompt that cannot fit, a name that is none of
// its pieces. Nothing without a model, or where the one that the program names is not here.
Result<std::vector<Diagnostic>> CheckUnderModel(const Program& program, const std::string& flag) {
  if (flag.empty() && program.config_model().empty()) return std::vector<Diagnostic>();
  const Result<std::string> model = FindModel(flag, program.config_model());
  if (!model.ok()) {
    if (!flag.empty()) return model.status();
    return std::vector<Diagnostic>();
  }
  Result<ExplainOutcome> outcome = Explain(program, {.model = *model});
  if (!outcome.ok() && !flag.empty()) return outcome.status();
  return outcome.ok() ? std::move(outcome->diagnostics) : std::vector<Diagnostic>();
}

ExitCode CheckFile(const std::string& file, const CheckFlags& flags) {
  const Form form = flags.json ? Form::kJson : Form::kText;
  const Result<std::string> text = ReadTextFile(file);
  if (!text.ok()) return PrintError(text.status(), form);
  CompileOutcome outcome = Compile(file, text.value());
  if (!outcome.status.ok()) return PrintError(outcome.status.WithPrefix(file), form);
  if (outcome.program) {
    const auto more = CheckUnderModel(*outcome.program, flags.model);
    if (!more.ok()) return PrintError(more.status(), form);
    outcome.diagnostics.insert(outcome.diagnostics.end(), more->begin(), more->end());
  }
  if (!flags.json) PrintDiagnostics(outcome.diagnostics, outcome.sources);
  bool wrong = false;
  for (const Diagnostic& d : outcome.diagnostics) {
    if (flags.json) WriteOut(DiagnosticToJson(d, outcome.sources) + "\n");
    wrong |= d.severity == Severity::kError || (flags.deny && d.severity == Severity::kLint);
  }
  if (flags.ir && outcome.program) WriteOut(outcome.program->IrText());
  return wrong ? kProgramWrong : kDone;
}

ExitCode Check(const CheckFlags& flags) {
  ExitCode worst = kDone;
  for (const std::string& file : flags.files) worst = std::max(worst, CheckFile(file, flags));
  return worst;
}

}  // namespace

void AddCheck(CLI::App* app, Action* action) {
  auto flags = std::make_shared<CheckFlags>();
  CLI::App* command = app->add_subcommand("check", "Compile programs and report mistakes");
  command->add_option("FILE", flags->files, "programs (.lmp); - for standard input")
      ->required()
      ->type_name("");
  command
      ->add_option("--model", flags->model,
                   "check prompts with this model's tokenizer (GGUF); else with the one of "
                   "`config { model: }`, if it is here")
      ->type_name("FILE");
  command->add_flag("--json", flags->json, "one JSON object per diagnostic and line");
  command->add_flag("--ir", flags->ir, "print the IR as lowered");
  command->add_flag("--deny", flags->deny, "lints fail too");
  command->footer("Example:  lmp check examples/*.lmp");
  command->callback([flags, action] { *action = [flags] { return Check(*flags); }; });
}

}  // namespace lmp::cli
