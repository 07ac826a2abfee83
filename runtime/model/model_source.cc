#include "runtime/model/model_source.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "runtime/model/config.h"
#include "runtime/model/model_folder.h"
#include "runtime/model/tokenizer_metadata.h"

namespace lmp::model {
namespace {

namespace fs = std::filesystem;

class GgufSource final : public ModelSource {
 public:
  explicit GgufSource(const GgufFile& file) : file_(file) {}
  explicit GgufSource(GgufFile&& file) : own_(std::move(file)), file_(*own_) {}

  Result<Network> ReadNetwork() const override {
    Network network;
    auto config = ReadModelConfig(file_);
    if (!config.ok()) return InFile(config.status());
    network.config = std::move(config).value();
    auto dims = ReadRopeDims(file_, network.config);
    if (!dims.ok()) return InFile(dims.status());
    network.rope_dims = *dims;
    return network;
  }
  Result<text::TokenizerSpec> ReadTokenizer() const override {
    auto spec = ReadTokenizerSpec(file_);
    if (!spec.ok()) return InFile(spec.status());
    return spec;
  }
  std::string TensorName(const std::string& name) const override { return name; }
  Result<const GgufTensor*> FindTensor(const std::string& name) const override {
    return file_.FindTensor(name);
  }
  uint64_t tensor_bytes() const override {
    uint64_t bytes = 0;
    for (const GgufTensor& tensor : file_.tensors()) bytes += tensor.bytes.size();
    return bytes;
  }
  void Release(std::span<const std::byte> part) const override { file_.Release(part); }

 private:
  Status InFile(const Status& status) const {
    return file_.path().empty() ? status : status.WithPrefix(file_.path());
  }

  const std::optional<GgufFile> own_;
  const GgufFile& file_;
};

}  // namespace

std::unique_ptr<ModelSource> SourceOf(const GgufFile& file) {
  return std::make_unique<GgufSource>(file);
}

Result<std::unique_ptr<ModelSource>> OpenModelSource(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return OpenModelFolder(path);
  if (fs::path(path).extension() == ".safetensors") {
    return Unsupported(path + ": one file of a model: name its folder, with config.json");
  }
  if (IsPickle(path)) return Unsupported(path + ": " + std::string(kPickleAdvice));
  LMP_TRY(GgufFile file, GgufFile::Open(path));
  return std::unique_ptr<ModelSource>(std::make_unique<GgufSource>(std::move(file)));
}

}  // namespace lmp::model
