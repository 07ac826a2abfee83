// lmp opt: passes over IR text, for people and for golden tests.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

struct OptFlags {
  std::string file;
  std::vector<std::string> only, disabled;
  bool list = false, stats = false;
};

ExitCode Optimize(const OptFlags& flags) {
  if (flags.list) {
    for (const std::string& name : PassNames()) std::printf("%s\n", name.c_str());
    return kDone;
  }
  if (flags.file.empty()) return PrintError(InvalidArgument("opt: expected FILE.lir, or --list"));
  const Result<std::string> text = ReadTextFile(flags.file);
  if (!text.ok()) return PrintError(text.status());
  PassSelection passes;
  passes.disabled = flags.disabled;
  if (!flags.only.empty()) passes.only = flags.only;
  std::string stats;
  const Result<std::string> out = OptimizeIr(flags.file, text.value(), passes, &stats);
  if (!out.ok()) {
    if (out.status().code() != StatusCode::kInvalidArgument) return PrintError(out.status());
    std::fputs(out.status().message().c_str(), stderr);
    return kProgramWrong;
  }
  WriteOut(out.value());
  if (flags.stats) std::fputs(stats.c_str(), stderr);
  return kDone;
}

}  // namespace

void AddOpt(CLI::App* app, Action* action) {
  auto flags = std::make_shared<OptFlags>();
  CLI::App* command =
      app->add_subcommand("opt", "Verify IR text (.lir) and run compiler passes over it");
  command->add_option("FILE", flags->file, "IR text; - for standard input")->type_name("");
  AddPasses(command, "--pass", &flags->only, "run just this pass; may be repeated, in order");
  AddPasses(command, "--no-pass", &flags->disabled, "leave this pass out; may be repeated");
  command->add_flag("--list", flags->list, "list the passes in their order");
  command->add_flag("--stats", flags->stats, "what each pass did, on standard error");
  command->footer("Example:  lmp check examples/fork.lmp --ir > fork.lir; lmp opt fork.lir");
  command->callback([flags, action] { *action = [flags] { return Optimize(*flags); }; });
}

}  // namespace lmp::cli
