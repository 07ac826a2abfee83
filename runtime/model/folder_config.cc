// config.json of a folder: the members that LMP knows, and those that it must refuse.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "runtime/base/json.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"
#include "runtime/model/config.h"
#include "runtime/model/model_folder.h"

namespace lmp::model {
namespace {

// Reads members of a JSON object; null counts as absent, as transformers writes it.
class Members {
 public:
  Members(const nlohmann::json& object, std::string prefix)
      : object_(object), prefix_(std::move(prefix)) {}

  const nlohmann::json* Find(const char* name) const {
    const auto found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  Status Error(const char* name, const std::string& text) const {
    return Corruption(prefix_ + name + ": " + text);
  }

  Result<int64_t> Integer(const char* name, int64_t low, int64_t high) const {
    const nlohmann::json* const value = Find(name);
    if (value == nullptr) return NotFound(prefix_ + name + ": missing");
    const bool fits = value->is_number_integer() &&
                      (!value->is_number_unsigned() || value->get<uint64_t>() <= INT64_MAX);
    if (!fits || value->get<int64_t>() < low || value->get<int64_t>() > high) {
      return Error(name, "expected a whole number from " + std::to_string(low) + " to " +
                             std::to_string(high));
    }
    return value->get<int64_t>();
  }
  Result<int64_t> IntegerOr(const char* name, int64_t low, int64_t high, int64_t absent) const {
    if (Find(name) == nullptr) return absent;
    return Integer(name, low, high);
  }
  Result<double> Number(const char* name, double low, double high) const {
    const nlohmann::json* const value = Find(name);
    if (value == nullptr) return NotFound(prefix_ + name + ": missing");
    if (!value->is_number() || !(value->get<double>() >= low && value->get<double>() <= high)) {
      return Error(name,
                   "expected a number from " + std::to_string(low) + " to " + std::to_string(high));
    }
    return value->get<double>();
  }
  Result<bool> BoolOr(const char* name, bool absent) const {
    const nlohmann::json* const value = Find(name);
    if (value == nullptr) return absent;
    if (!value->is_boolean()) return Error(name, "expected true or false");
    return value->get<bool>();
  }
  Result<std::string> StringOr(const char* name, std::string absent) const {
    const nlohmann::json* const value = Find(name);
    if (value == nullptr) return absent;
    if (!value->is_string()) return Error(name, "expected a string");
    return value->get<std::string>();
  }

 private:
  const nlohmann::json& object_;
  const std::string prefix_;
};

std::string Quoted(const std::string& text) {
  return "\"" + PrintableText(text.substr(0, 40)) + "\"";
}

Status ReadInt(const Members& json, const char* name, int64_t high, int* out) {
  LMP_TRY(const int64_t value, json.Integer(name, 1, high));
  *out = static_cast<int>(value);
  return OkStatus();
}

Status ReadShape(const Members& json, ModelConfig* config) {
  LMP_RETURN_IF_ERROR(ReadInt(json, "num_hidden_layers", kLayersMax, &config->layers));
  LMP_RETURN_IF_ERROR(ReadInt(json, "hidden_size", kWidthMax, &config->width));
  LMP_RETURN_IF_ERROR(ReadInt(json, "intermediate_size", kWidthMax, &config->ffn_width));
  LMP_RETURN_IF_ERROR(
      ReadInt(json, "max_position_embeddings", kContextTokensMax, &config->context_max));
  LMP_RETURN_IF_ERROR(ReadInt(json, "num_attention_heads", kHeadsMax, &config->heads));
  LMP_RETURN_IF_ERROR(ReadInt(json, "vocab_size", kVocabularyMax, &config->vocabulary));
  LMP_TRY(const int64_t kv_heads,
          json.IntegerOr("num_key_value_heads", 1, kHeadsMax, config->heads));
  config->kv_heads = static_cast<int>(kv_heads);
  if (config->heads % config->kv_heads != 0) {
    return json.Error("num_key_value_heads", std::to_string(kv_heads) + " does not divide the " +
                                                 std::to_string(config->heads) + " heads");
  }
  constexpr int64_t kQwen3HeadDim = 128;  // transformers' own where the file is silent
  int64_t head_dim = config->architecture == "qwen3" ? kQwen3HeadDim : 0;
  if (head_dim == 0 && json.Find("head_dim") == nullptr && config->width % config->heads != 0) {
    return json.Error("num_attention_heads", std::to_string(config->heads) +
                                                 " does not divide hidden_size, and there is no "
                                                 "head_dim");
  }
  if (head_dim == 0) head_dim = config->width / config->heads;
  LMP_TRY(head_dim, json.IntegerOr("head_dim", 1, kWidthMax, head_dim));
  if (head_dim % 2 != 0) return json.Error("head_dim", std::to_string(head_dim) + " is odd");
  config->head_dim = static_cast<int>(head_dim);
  LMP_TRY(const double eps, json.Number("rms_norm_eps", 0, 1));
  config->rms_eps = static_cast<float>(eps);
  LMP_TRY(config->tied_embeddings, json.BoolOr("tie_word_embeddings", false));
  return OkStatus();
}

// What changes the computation and is not implemented must be refused, never ignored.
Status RefuseVariants(const Members& json, ModelConfig* config) {
  LMP_TRY(const std::string activation, json.StringOr("hidden_act", "silu"));
  if (activation != "silu") {
    return Unsupported("hidden_act: " + Quoted(activation) + ", supported is \"silu\"");
  }
  for (const char* name : {"attention_bias", "mlp_bias"}) {
    LMP_TRY(const bool bias, json.BoolOr(name, false));
    if (bias) return Unsupported(std::string(name) + ": true, which is not supported");
  }
  LMP_TRY(const double rotated, json.Find("partial_rotary_factor") == nullptr
                                    ? Result<double>(1.0)
                                    : json.Number("partial_rotary_factor", 0, 1));
  if (rotated != 1.0) return Unsupported("partial_rotary_factor: supported is only 1");
  if (json.Find("quantization_config") != nullptr) {
    return Unsupported(
        "quantization_config: the weights are quantised in a way that LMP does not read: use the "
        "model's original folder, or a GGUF file");
  }
  // Inside of the window every layer sees everything, so a context that ends there is exact.
  LMP_TRY(const bool uses_window, json.BoolOr("use_sliding_window", true));
  if (uses_window) {
    LMP_TRY(const int64_t window,
            json.IntegerOr("sliding_window", 1, INT32_MAX, config->context_max));
    config->context_max = static_cast<int>(std::min<int64_t>(config->context_max, window));
  }
  return OkStatus();
}

// Llama 3: slow rotations are slowed by `factor`, fast ones are not, those between are blended.
Status ReadLlama3(const Members& json, Network* network) {
  LMP_TRY(const double factor, json.Number("factor", 1, 1e6));
  LMP_TRY(const double low, json.Number("low_freq_factor", 1e-6, 1e6));
  LMP_TRY(const double high, json.Number("high_freq_factor", 1e-6, 1e6));
  LMP_TRY(const int64_t original,
          json.Integer("original_max_position_embeddings", 1, kContextTokensMax));
  if (high <= low) {
    return json.Error("high_freq_factor", std::to_string(high) + " is not above low_freq_factor");
  }
  for (int i = 0; i < network->rope_dims; i += 2) {
    const double wavelength =
        2 * std::numbers::pi *
        std::pow(static_cast<double>(network->config.rope_base),
                 static_cast<double>(i) / static_cast<double>(network->rope_dims));
    const double turns = static_cast<double>(original) / wavelength;
    const double share = std::clamp((turns - low) / (high - low), 0.0, 1.0);
    network->rope_factors.push_back(static_cast<float>(1 / ((1 - share) / factor + share)));
  }
  return OkStatus();
}

// rope_theta and rope_scaling, or rope_parameters with both (transformers 5).
Status ReadRope(const nlohmann::json& json, Network* network) {
  const Members all(json, "");
  const bool newer = all.Find("rope_parameters") != nullptr;
  const char* const name = newer ? "rope_parameters" : "rope_scaling";
  const nlohmann::json* const found = all.Find(name);
  const nlohmann::json none = nlohmann::json::object();
  if (found != nullptr && !found->is_object()) return all.Error(name, "expected an object");
  const nlohmann::json& object = found == nullptr ? none : *found;
  const Members scaling(object, std::string(name) + ".");
  constexpr double kBaseMax = 1e12;
  const Members& where = newer && scaling.Find("rope_theta") != nullptr ? scaling : all;
  network->config.rope_base = 10000.0f;
  if (where.Find("rope_theta") != nullptr) {
    LMP_TRY(const double base, where.Number("rope_theta", 1, kBaseMax));
    network->config.rope_base = static_cast<float>(base);
  }
  network->config.rope_neox = true;
  network->rope_dims = network->config.head_dim;
  LMP_TRY(const std::string older_type, scaling.StringOr("type", "default"));
  LMP_TRY(const std::string type, scaling.StringOr("rope_type", older_type));
  if (type == "default") return OkStatus();
  if (type == "llama3") return ReadLlama3(scaling, network);
  return Unsupported(std::string(name) + ".rope_type: " + Quoted(type) +
                     ", supported are \"default\" and \"llama3\"");
}

}  // namespace

Result<Network> ReadFolderConfig(std::string_view text) {
  constexpr size_t kBytesMax = 4u << 20;
  const auto json = ParseSortedJson(text, {.depth_max = 32, .bytes_max = kBytesMax});
  if (!json.ok()) return Corruption(json.status().message());
  if (!json->is_object()) return Corruption("expected a JSON object");
  const Members members(*json, "");
  Network network;
  ModelConfig& config = network.config;
  LMP_TRY(const std::string type, members.StringOr("model_type", ""));
  if (type.empty()) return NotFound("model_type: missing");
  if (type != "llama" && type != "mistral" && type != "qwen2" && type != "qwen3") {
    return Unsupported("model_type: " + Quoted(type) +
                       ", supported are \"llama\", \"mistral\", \"qwen2\" and \"qwen3\"");
  }
  config.architecture = type;
  LMP_RETURN_IF_ERROR(ReadShape(members, &config));
  LMP_RETURN_IF_ERROR(RefuseVariants(members, &config));
  LMP_RETURN_IF_ERROR(ReadRope(*json, &network));
  return network;
}

}  // namespace lmp::model
