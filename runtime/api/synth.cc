// Model files with random weights.
#include "runtime/model/synth.h"
#include "runtime/api/state.h"
#include "runtime/model/gguf_writer.h"
#include "runtime/model/tokenizer_file.h"

namespace lmp {
namespace {

Result<model::TensorType> FormatNamed(const std::string& name) {
  const auto type = model::FindTensorType(name);
  if (type.has_value()) return *type;
  return InvalidArgument("no weight format \"" + name + "\", there are " +
                         model::TensorTypeNames());
}

// Tried before anything is written, so that what is wrong is said of this file and its fields.
Result<text::TokenizerSpec> ReadTokenizer(const std::string& path) {
  LMP_TRY(text::TokenizerSpec spec, model::ReadTokenizerFile(path, ""));
  LMP_RETURN_IF_ERROR(text::MakeTokenizer(spec).status());
  return spec;
}

}  // namespace

Status WriteSynthModel(const SynthModelConfig& config, const std::string& path) {
  return api::Wall<std::monostate>([&]() -> Result<std::monostate> {
           LMP_TRY(model::SynthShape shape, model::FindSynthShape(config.shape));
           model::SynthOptions options;
           LMP_TRY(options.format, FormatNamed(config.format));
           options.seed = config.seed;
           if (!config.tokenizer.empty()) {
             LMP_TRY(options.tokenizer, ReadTokenizer(config.tokenizer));
             shape.vocabulary = static_cast<int>(options.tokenizer->pieces.size());
           }
           Result<std::vector<std::byte>> bytes = model::MakeSynthModel(shape, options);
           if (!bytes.ok() && !config.tokenizer.empty())
             return bytes.status().WithPrefix(config.tokenizer);
           if (!bytes.ok()) return bytes.status();
           LMP_RETURN_IF_ERROR(model::WriteModelFile(path, bytes.value()));
           return std::monostate();
         })
      .status();
}

}  // namespace lmp
