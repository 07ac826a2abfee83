// lmp model synth: a model file of random weights.
#include <CLI/CLI.hpp>

#include "runtime/cli/commands.h"

namespace lmp::cli {

namespace {

struct ModelFlags {
  SynthModelConfig config;
  std::string output;
};

ExitCode Synth(const ModelFlags& flags) {
  const Status written = WriteSynthModel(flags.config, flags.output);
  if (!written.ok()) return PrintError(written);
  const Result<ModelSummary> model = ReadModelSummary(flags.output);
  if (!model.ok()) return PrintError(model.status());
  char text[160];
  std::snprintf(text, sizeof text, ": %d layers of width %d, vocabulary %d, %s, %.1f MiB\n",
                model->layers, model->width, model->vocabulary, model->weight_format.c_str(),
                static_cast<double>(model->weight_bytes) / 1048576.0);
  WriteOut(flags.output + text);
  return kDone;
}

}  // namespace

void AddModel(CLI::App* app, Action* action) {
  auto flags = std::make_shared<ModelFlags>();
  CLI::App* model = app->add_subcommand("model", "Make model files for benches and tests");
  model->require_subcommand(1);
  model->footer("Example:  lmp model synth small.gguf");
  CLI::App* synth =
      model->add_subcommand("synth", "Write random weights in the shape of a real model");
  synth->add_option("OUTPUT", flags->output, "the file to write")->required();
  synth->add_option("--shape", flags->config.shape, "tiny, smol135m, llama1b or llama8b_4l")
      ->capture_default_str();
  synth
      ->add_option(
          "--format", flags->config.format,
          "of the matrices: f32, f16, bf16, q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k or q6_k")
      ->capture_default_str();
  synth
      ->add_option("--tokenizer", flags->config.tokenizer,
                   "a file or folder with a tokenizer; without it, a simple one")
      ->type_name("FILE");
  AddNumber(synth, "--seed", &flags->config.seed, {}, "the same choices give the same bytes");
  synth->footer(
      "It knows no language. Example:\n  lmp model synth m.gguf --shape smol135m --format q8_0");
  synth->callback([flags, action] { *action = [flags] { return Synth(*flags); }; });
}

}  // namespace lmp::cli
