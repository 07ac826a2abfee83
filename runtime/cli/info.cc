// lmp info: this build, this machine, a model file.
#include <cstdio>
#include <cstdlib>

#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

void PrintModel(const ModelSummary& m) {
  std::printf("\nmodel: %s\n  name          %s\n  architecture  %s, %s\n", m.path.c_str(),
              m.name.c_str(), m.architecture.c_str(), m.weight_format.c_str());
  std::printf("  layers        %d of width %d\n  heads         %d query, %d KV, of %d\n", m.layers,
              m.width, m.heads, m.kv_heads, m.head_dim);
  std::printf("  vocabulary    %d\n  context       %d tokens\n  weights       %.1f MiB\n",
              m.vocabulary, m.context_max, static_cast<double>(m.weight_bytes) / 1048576.0);
  if (!m.chat_notice.empty()) std::printf("  chat          %s\n", m.chat_notice.c_str());
}

// What was asked for is read first: a model that cannot be read is all there is to say.
ExitCode Info(const std::string& flag) {
  const Result<std::string> path = FindModel(flag, "");
  if (!path.ok() && !flag.empty()) return PrintError(path.status());
  std::optional<ModelSummary> model;
  if (path.ok()) {
    Result<ModelSummary> summary = ReadModelSummary(path.value());
    if (!summary.ok()) return PrintError(summary.status());
    model = std::move(summary).value();
  }
  const char* forced = std::getenv("LMP_KERNELS");
  std::printf("lmp %.*s\n\n%s", static_cast<int>(kVersion.size()), kVersion.data(),
              KernelReport(forced != nullptr ? forced : "auto").c_str());
  if (!model) {
    std::printf("\nmodel: none found\n");
    return kDone;
  }
  PrintModel(*model);
  return kDone;
}

}  // namespace

void AddInfo(CLI::App* app, Action* action) {
  auto model = std::make_shared<std::string>();
  CLI::App* command =
      app->add_subcommand("info", "Show kernels, instruction sets, a model's shape");
  command->add_option("--model", *model, "model: a GGUF file, or a folder with safetensors")
      ->type_name("PATH");
  command->footer("Example:  lmp info");
  command->callback([model, action] { *action = [model] { return Info(*model); }; });
}

}  // namespace lmp::cli
