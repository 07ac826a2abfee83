// Facts about this build, this machine and model files.
#include <cstdio>

#include "kernels/registry.h"
#include "runtime/api/state.h"
#include "runtime/model/model_source.h"
#include "runtime/text/chat_format.h"

namespace lmp {

std::string KernelReport(const std::string& kernels) {
  std::string out = "kernels:\n";
  char line[160];
  for (const kernels::Implementation& i : kernels::Implementations()) {
    std::snprintf(line, sizeof line, "  %-12s %-14s %s\n", std::string(i.name).c_str(),
                  i.available() ? "available" : "not here", std::string(i.needs).c_str());
    out += line;
  }
  const Result<const kernels::Ops*> ops = kernels::ChooseOps(kernels == "auto" ? "" : kernels);
  if (!ops.ok()) return out + "in use: none: " + ops.status().message() + "\n";
  out += "in use per op:\n";
  for (const kernels::OpChoice& choice : kernels::DescribeOps(*ops.value())) {
    std::snprintf(line, sizeof line, "  %-20s %s\n", std::string(choice.op).c_str(),
                  std::string(choice.implementation).c_str());
    out += line;
  }
  return out;
}

Result<ModelSummary> ReadModelSummary(const std::string& path) {
  return api::Wall<ModelSummary>([&]() -> Result<ModelSummary> {
    LMP_TRY(const auto source, model::OpenModelSource(path));
    LMP_TRY(const model::Network network, source->ReadNetwork());
    const model::ModelConfig& config = network.config;
    LMP_TRY(text::TokenizerSpec spec, source->ReadTokenizer());
    LMP_TRY(const auto tokenizer, text::MakeTokenizer(std::move(spec)));
    LMP_TRY(const text::ChatFormat format, text::MakeChatFormat(*tokenizer));
    ModelSummary out;
    out.path = path;
    out.name = config.name;
    out.architecture = config.architecture;
    out.weight_format = config.weight_format;
    out.layers = config.layers;
    out.width = config.width;
    out.heads = config.heads;
    out.kv_heads = config.kv_heads;
    out.head_dim = config.head_dim;
    out.vocabulary = config.vocabulary;
    out.context_max = config.context_max;
    out.chat_notice = format.notice;
    out.weight_bytes = source->tensor_bytes();
    return out;
  });
}

}  // namespace lmp
