#include "runtime/model/model_folder.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/limits.h"
#include "runtime/base/text.h"
#include "runtime/model/config.h"
#include "runtime/model/mapped_file.h"
#include "runtime/model/safetensors.h"
#include "runtime/model/tokenizer_file.h"

namespace lmp::model {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = "config.json";
constexpr const char* kWeights = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// "blk.3.attn_q.weight" -> "model.layers.3.self_attn.q_proj.weight"; "" for what folders lack.
std::string FolderName(const std::string& name) {
  static const std::map<std::string, std::string, std::less<>> kWhole = {
      {"token_embd.weight", "model.embed_tokens.weight"},
      {"output_norm.weight", "model.norm.weight"},
      {"output.weight", "lm_head.weight"}};
  static const std::map<std::string, std::string, std::less<>> kParts = {
      {"attn_norm", "input_layernorm"},    {"attn_q", "self_attn.q_proj"},
      {"attn_k", "self_attn.k_proj"},      {"attn_v", "self_attn.v_proj"},
      {"attn_q_norm", "self_attn.q_norm"}, {"attn_k_norm", "self_attn.k_norm"},
      {"attn_output", "self_attn.o_proj"}, {"ffn_norm", "post_attention_layernorm"},
      {"ffn_gate", "mlp.gate_proj"},       {"ffn_up", "mlp.up_proj"},
      {"ffn_down", "mlp.down_proj"}};
  if (const auto whole = kWhole.find(name); whole != kWhole.end()) return whole->second;
  const std::vector<std::string> words = SplitText(name, '.');  // blk, N, part, weight or bias
  if (words.size() != 4 || words[0] != "blk") return "";
  const auto part = kParts.find(words[2]);
  if (part == kParts.end()) return "";
  return "model.layers." + words[1] + "." + part->second + "." + words[3];
}

class ModelFolder final : public ModelSource {
 public:
  explicit ModelFolder(fs::path path) : path_(std::move(path)) {}
  Status Open();

  Result<Network> ReadNetwork() const override;
  Result<text::TokenizerSpec> ReadTokenizer() const override {
    return ReadTokenizerFile(path_.string(), "");
  }
  std::string TensorName(const std::string& name) const override {
    const std::string own = FolderName(name);
    return own.empty() ? name : own;
  }
  Result<const GgufTensor*> FindTensor(const std::string& name) const override;
  uint64_t tensor_bytes() const override { return tensor_bytes_; }
  void Release(std::span<const std::byte> part) const override {
    for (const SafetensorsFile& file : files_) file.Release(part);
  }

 private:
  Result<std::set<std::string>> ReadIndex();
  Status AddFile(const std::string& name);

  const fs::path path_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string_view, const SafetensorsFile::Tensor*, std::less<>> tensors_;
  uint64_t tensor_bytes_ = 0;
};

// The file that has the pickles which people keep instead of safetensors; "" if there is none.
std::string PickleIn(const fs::path& folder) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (IsPickle(entry.path().string())) return entry.path().string();
  }
  return "";
}

Status ModelFolder::Open() {
  if (!Exists(path_ / kConfig)) return NotFound((path_ / kConfig).string() + ": missing");
  std::set<std::string> names = {kWeights};
  if (Exists(path_ / kIndex)) {
    LMP_TRY(names, ReadIndex());
  } else if (!Exists(path_ / kWeights)) {
    const std::string pickle = PickleIn(path_);
    if (!pickle.empty()) return Unsupported(pickle + ": " + std::string(kPickleAdvice));
    return NotFound(path_.string() + ": no " + kWeights + " or " + kIndex + " in it");
  }
  files_.reserve(names.size());
  for (const std::string& name : names) LMP_RETURN_IF_ERROR(AddFile(name));
  return OkStatus();
}

// A plain file name: nothing of another folder.
bool IsPlainName(const std::string& name) {
  constexpr size_t kNameMax = 255;
  return !name.empty() && name.size() <= kNameMax && name[0] != '.' &&
         name.ends_with(".safetensors") && std::all_of(name.begin(), name.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ||
                  c == '.';
         });
}

// The names of the shards.
Result<std::set<std::string>> ModelFolder::ReadIndex() {
  constexpr size_t kShardsMax = 4096;
  const std::string file = (path_ / kIndex).string();
  LMP_TRY(const MappedFile mapping, MappedFile::Open(file));
  const std::string_view text(reinterpret_cast<const char*>(mapping.bytes().data()),
                              mapping.bytes().size());
  const auto json =
      ParseSortedJson(text, {.depth_max = 8, .bytes_max = kSafetensorsHeaderBytesMax});
  if (!json.ok()) return Corruption(file + ": " + json.status().message());
  if (!json->is_object() || !json->contains("weight_map") || !(*json)["weight_map"].is_object()) {
    return Corruption(file + ": weight_map: expected an object");
  }
  std::set<std::string> names;
  for (const auto& [tensor, value] : (*json)["weight_map"].items()) {
    const std::string name = value.is_string() ? value.get<std::string>() : "";
    if (!IsPlainName(name)) {
      return Corruption(file + ": weight_map: " + PrintableText(tensor.substr(0, 80)) +
                        ": expected the name of a .safetensors file in this folder");
    }
    names.insert(name);
    if (names.size() > kShardsMax) {
      return Corruption(file + ": weight_map: more than " + std::to_string(kShardsMax) + " files");
    }
  }
  if (names.empty()) return Corruption(file + ": weight_map: names no file");
  return names;
}

Status ModelFolder::AddFile(const std::string& name) {
  const std::string path = (path_ / name).string();
  LMP_TRY(SafetensorsFile file, SafetensorsFile::Open(path));
  files_.push_back(std::move(file));
  for (const auto& [tensor_name, tensor] : files_.back().tensors()) {
    if (!tensors_.emplace(tensor_name, &tensor).second) {
      return Corruption(path + ": tensor " + PrintableText(tensor_name.substr(0, 80)) +
                        ": another file has it too");
    }
    tensor_bytes_ += tensor.view.bytes.size();
  }
  return OkStatus();
}

Result<const GgufTensor*> ModelFolder::FindTensor(const std::string& name) const {
  const auto found = tensors_.find(FolderName(name));
  if (found == tensors_.end()) return nullptr;
  const SafetensorsFile::Tensor& tensor = *found->second;
  if (!tensor.usable) {
    return Unsupported("tensor " + std::string(found->first) + ": dtype " + tensor.dtype +
                       " of rank " + std::to_string(tensor.view.rank) +
                       ", expected F32, F16 or BF16 and no empty dimension");
  }
  return &tensor.view;
}

Result<Network> ModelFolder::ReadNetwork() const {
  const std::string file = (path_ / kConfig).string();
  LMP_TRY(const MappedFile mapping, MappedFile::Open(file));
  auto network = ReadFolderConfig(
      {reinterpret_cast<const char*>(mapping.bytes().data()), mapping.bytes().size()});
  if (!network.ok()) return network.status().WithPrefix(file);
  ModelConfig& config = network->config;
  config.name = PrintableText(path_.filename().string());
  config.qkv_bias = tensors_.contains("model.layers.0.self_attn.q_proj.bias");
  if (config.qkv_bias != (config.architecture == "qwen2")) {
    return Corruption(path_.string() + ": tensor model.layers.0.self_attn.q_proj.bias: " +
                      (config.qkv_bias ? "there, but " : "missing, but ") + config.architecture +
                      (config.qkv_bias ? " models have none" : " models have one"));
  }
  std::map<std::string, uint64_t> bytes;
  for (const auto& [name, tensor] : tensors_) bytes[tensor->dtype] += tensor->view.bytes.size();
  uint64_t most = 0;
  for (const auto& [dtype, count] : bytes) {
    if (count > most) config.weight_format = dtype;
    most = std::max(most, count);
  }
  return network;
}

}  // namespace

bool IsPickle(const std::string& path) {
  const fs::path extension = fs::path(path).extension();
  return extension == ".bin" || extension == ".pt" || extension == ".pth" || extension == ".ckpt";
}

Result<std::unique_ptr<ModelSource>> OpenModelFolder(const std::string& path) {
  // Without a slash at the end, so that the last part is a name.
  auto folder = std::make_unique<ModelFolder>((fs::path(path) / "").parent_path());
  LMP_RETURN_IF_ERROR(folder->Open());
  return std::unique_ptr<ModelSource>(std::move(folder));
}

}  // namespace lmp::model
