#include "runtime/model/config.h"

#include <map>

#include "runtime/base/limits.h"
#include "runtime/base/text.h"

namespace lmp::model {
namespace {

// The format that holds most of the matrices' bytes.
std::string MainFormat(const GgufFile& file) {
  std::map<TensorType, size_t> bytes;
  for (const GgufTensor& tensor : file.tensors()) {
    if (tensor.rank >= 2) bytes[tensor.type] += tensor.bytes.size();
  }
  TensorType best = TensorType::kF32;
  for (const auto& [type, count] : bytes) {
    if (count > bytes[best]) best = type;
  }
  return std::string(TensorTypeName(best));
}

// Reads the integer `architecture`.`name` into `out`.
Status ReadInt(const GgufFile& file, const ModelConfig& config, const char* name, int64_t high,
               int* out) {
  LMP_TRY(const int64_t value, file.Integer(config.architecture + "." + name, {1, high}));
  *out = static_cast<int>(value);
  return OkStatus();
}

Status ReadShape(const GgufFile& file, ModelConfig* config) {
  LMP_RETURN_IF_ERROR(ReadInt(file, *config, "block_count", kLayersMax, &config->layers));
  LMP_RETURN_IF_ERROR(ReadInt(file, *config, "embedding_length", kWidthMax, &config->width));
  LMP_RETURN_IF_ERROR(ReadInt(file, *config, "feed_forward_length", kWidthMax, &config->ffn_width));
  LMP_RETURN_IF_ERROR(
      ReadInt(file, *config, "context_length", kContextTokensMax, &config->context_max));
  LMP_RETURN_IF_ERROR(ReadInt(file, *config, "attention.head_count", kHeadsMax, &config->heads));
  const std::string prefix = config->architecture + ".attention.";
  LMP_TRY(const int64_t kv_heads,
          file.IntegerOr(prefix + "head_count_kv", {1, kHeadsMax}, config->heads));
  config->kv_heads = static_cast<int>(kv_heads);
  if (config->heads % config->kv_heads != 0) {
    return Corruption(prefix + "head_count_kv: " + std::to_string(kv_heads) +
                      " does not divide the " + std::to_string(config->heads) + " heads");
  }
  if (!file.Has(prefix + "key_length") && config->width % config->heads != 0) {
    return Corruption(prefix + "head_count: " + std::to_string(config->heads) +
                      " does not divide the width " + std::to_string(config->width) +
                      ", and there is no " + prefix + "key_length");
  }
  LMP_TRY(const int64_t head_dim,
          file.IntegerOr(prefix + "key_length", {1, kWidthMax}, config->width / config->heads));
  LMP_TRY(const int64_t value_dim,
          file.IntegerOr(prefix + "value_length", {1, kWidthMax}, head_dim));
  if (value_dim != head_dim) {
    return Unsupported(prefix + "value_length: " + std::to_string(value_dim) +
                       ", differs from the key length " + std::to_string(head_dim));
  }
  config->head_dim = static_cast<int>(head_dim);
  LMP_TRY(const double eps, file.Number(prefix + "layer_norm_rms_epsilon"));
  if (eps < 0 || eps > 1) {
    return Corruption(prefix + "layer_norm_rms_epsilon: " + std::to_string(eps) +
                      ", allowed are 0 to 1");
  }
  config->rms_eps = static_cast<float>(eps);
  return OkStatus();
}

// What changes the computation and is not implemented must be refused, never ignored.
Status RefuseVariants(const GgufFile& file, const ModelConfig& config) {
  const std::string prefix = config.architecture + ".";
  LMP_TRY(const int64_t experts, file.IntegerOr(prefix + "expert_count", {}, 0));
  if (experts > 0) {
    return Unsupported(prefix + "expert_count: " + std::to_string(experts) +
                       ", mixtures of experts are not supported");
  }
  LMP_TRY(const std::string scaling, file.StringOr(prefix + "rope.scaling.type", "none"));
  LMP_TRY(const double factor, file.NumberOr(prefix + "rope.scaling.factor", 1.0));
  if (scaling != "none" && factor != 1.0) {
    return Unsupported(prefix + "rope.scaling.type: \"" + scaling + "\" with factor " +
                       std::to_string(factor) + ", supported is only \"none\"");
  }
  LMP_TRY(const double linear, file.NumberOr(prefix + "rope.scale_linear", 1.0));
  if (linear != 1.0) {
    return Unsupported(prefix + "rope.scale_linear: " + std::to_string(linear) +
                       ", supported is only 1");
  }
  LMP_TRY(const int64_t window, file.IntegerOr(prefix + "attention.sliding_window", {}, 0));
  if (window > 0 && window < config.context_max) {
    return Unsupported(prefix + "attention.sliding_window: " + std::to_string(window) +
                       ", a window smaller than the context is not supported");
  }
  return OkStatus();
}

Status ReadRope(const GgufFile& file, ModelConfig* config) {
  const std::string key = config->architecture + ".rope.freq_base";
  LMP_TRY(const double base, file.NumberOr(key, 10000.0));
  config->rope_base = static_cast<float>(base);
  if (!(config->rope_base > 0)) {
    return Corruption(key + ": " + std::to_string(base) + ", must be positive");
  }
  config->rope_neox = config->architecture != "llama";
  return ReadRopeDims(file, *config).status();
}

}  // namespace

Result<int> ReadRopeDims(const GgufFile& file, const ModelConfig& config) {
  const std::string key = config.architecture + ".rope.dimension_count";
  LMP_TRY(const int64_t dims, file.IntegerOr(key, {2, config.head_dim}, config.head_dim));
  if (dims % 2 != 0) return Corruption(key + ": " + std::to_string(dims) + " is odd");
  return static_cast<int>(dims);
}

Result<ModelConfig> ReadModelConfig(const GgufFile& file) {
  ModelConfig config;
  LMP_TRY(config.architecture, file.String("general.architecture"));
  if (config.architecture != "llama" && config.architecture != "qwen2" &&
      config.architecture != "qwen3") {
    return Unsupported("general.architecture: \"" +
                       PrintableText(config.architecture.substr(0, 40)) +
                       "\", supported are \"llama\", \"qwen2\" and \"qwen3\"");
  }
  LMP_TRY(config.name, file.StringOr("general.name", ""));
  config.name = PrintableText(config.name);  // people read it on a terminal
  LMP_RETURN_IF_ERROR(ReadShape(file, &config));
  LMP_RETURN_IF_ERROR(RefuseVariants(file, config));
  LMP_RETURN_IF_ERROR(ReadRope(file, &config));
  const GgufTensor* const embedding = file.FindTensor("token_embd.weight");
  if (embedding == nullptr) return NotFound("tensor token_embd.weight: missing");
  if (embedding->dims[1] > kVocabularyMax) {
    return Corruption("tensor token_embd.weight: " + std::to_string(embedding->dims[1]) +
                      " rows, at most " + std::to_string(kVocabularyMax) + " are allowed");
  }
  config.vocabulary = static_cast<int>(embedding->dims[1]);
  config.tied_embeddings = file.FindTensor("output.weight") == nullptr;
  config.qkv_bias = file.FindTensor("blk.0.attn_q.bias") != nullptr;
  config.weight_format = MainFormat(file);
  return config;
}

}  // namespace lmp::model
