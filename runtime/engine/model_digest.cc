#include "runtime/engine/model_digest.h"

#include <string_view>

#include "cache/chunk_digest.h"

namespace lmp::engine {

Result<std::string> ModelDigest(const std::string& path) {
  LMP_TRY(const cache::Digest digest, cache::DigestFile(path));
  return digest.Hex();
}

std::string BesideModel(const std::string& model_path, const std::string& extension) {
  constexpr std::string_view kModel = ".gguf";
  const bool named = model_path.ends_with(kModel);
  return model_path.substr(0, model_path.size() - (named ? kModel.size() : 0)) + "." + extension;
}

}  // namespace lmp::engine
