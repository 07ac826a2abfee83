// lmp explain: what the compiler knows before a run.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

struct ExplainFlags {
  std::string file, model;
  bool ir = false, plan = false, dot = false;
  std::vector<std::string> no_pass, engines;
};

ExitCode ExplainProgram(const ExplainFlags& flags) {
  const Result<std::string> text = ReadTextFile(flags.file);
  if (!text.ok()) return PrintError(text.status());
  PassSelection passes;
  passes.disabled = flags.no_pass;
  const CompileOutcome outcome = Compile(flags.file, text.value(), passes);
  if (!outcome.status.ok()) return PrintError(outcome.status);
  PrintDiagnostics(outcome.diagnostics, outcome.sources);
  if (!outcome.program) return kProgramWrong;
  if (flags.dot) {
    WriteOut(outcome.program->PlanDot());
    return kDone;
  }
  if (flags.ir) WriteOut(outcome.program->IrText());
  if (flags.plan) WriteOut(outcome.program->PlanText());
  // Without a model the counts are bytes.
  const Result<std::string> model = FindModel(flags.model, outcome.program->config_model());
  if (!model.ok() && !flags.model.empty()) return PrintError(model.status());
  const Result<std::vector<std::string>> on_servers = EnginesOnServers(flags.engines);
  if (!on_servers.ok()) return PrintError(on_servers.status());
  const Result<ExplainOutcome> report =
      Explain(*outcome.program, {model.ok() ? model.value() : "", on_servers.value()});
  if (!report.ok()) return PrintError(report.status());
  if (PrintDiagnostics(report.value().diagnostics, outcome.sources) > 0) return kProgramWrong;
  WriteOut(report.value().text);
  return kDone;
}

}  // namespace

void AddExplain(CLI::App* app, Action* action) {
  auto flags = std::make_shared<ExplainFlags>();
  CLI::App* command =
      app->add_subcommand("explain", "Show a plan: shared prefixes, parallel calls, bounds");
  command->add_option("FILE", flags->file, "program (.lmp); - for standard input")
      ->required()
      ->type_name("");
  command->add_option("--model", flags->model, "count tokens with this model's tokenizer (GGUF)")
      ->type_name("FILE");
  command
      ->add_option("--engine", flags->engines,
                   "as of `lmp run`: say what remains of the gains on servers; none is asked")
      ->type_name("[NAME=]URL,...")
      ->allow_extra_args(false);
  command->add_flag("--ir", flags->ir, "print the IR as lowered, too");
  command->add_flag("--plan", flags->plan, "print the IR as the passes leave it, too");
  command->add_flag("--dot", flags->dot,
                    "print that as a graph for Graphviz's dot, and nothing else");
  AddPasses(command, "--no-pass", &flags->no_pass, "leave a compiler pass out; may be repeated");
  command->footer("Example:  lmp explain examples/rag.lmp --plan");
  command->callback([flags, action] { *action = [flags] { return ExplainProgram(*flags); }; });
}

}  // namespace lmp::cli
