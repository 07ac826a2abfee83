// Model files with random weights.
#include "runtime/model/synth.h"
#include "runtime/api/state.h"
#include "runtime/model/gguf_writer.h"
#include "runtime/model/tokenizer_file.h"

namespace lmp {
namespace {

Result<model::TensorType> FormatNamed(const std::string& name) {
  if (name == "f32") return model::TensorType::kF32;
  if (name == "f16") return model::TensorType::kF16;
  if (name == "bf16") return model::TensorType::kBF16;
  if (name == "q8_0") return model::TensorType::kQ8_0;
  return InvalidArgument("no weight format \"" + name + "\", there are f32, f16, bf16, q8_0");
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
