#include "runtime/engine/model_digest.h"

#include <filesystem>
#include <set>
#include <string_view>

#include "cache/chunk_digest.h"

namespace lmp::engine {

namespace {

namespace fs = std::filesystem;

// All .json, .safetensors, .model, .txt and .jinja files, in order of name: weights, their shape
// and the tokenizer.
Result<std::string> FolderDigest(const fs::path& folder) {
  std::set<fs::path> files;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    for (const char* extension : {".json", ".safetensors", ".model", ".txt", ".jinja"}) {
      if (entry.path().extension() == extension) files.insert(entry.path());
    }
  }
  if (error) return Unavailable(folder.string() + ": " + error.message());
  if (!cache::Sha256Available()) return Unsupported("this build has no SHA-256 (LMP_CRYPTO)");
  cache::Sha256 sha;
  for (const fs::path& file : files) {
    LMP_TRY(const cache::Digest digest, cache::DigestFile(file.string()));
    sha.AddText(file.filename().string());
    sha.AddText(digest.Hex());
  }
  return sha.Finish().Hex();
}

}  // namespace

Result<std::string> ModelDigest(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return FolderDigest(path);
  LMP_TRY(const cache::Digest digest, cache::DigestFile(path));
  return digest.Hex();
}

std::string BesideModel(const std::string& model_path, const std::string& extension) {
  constexpr std::string_view kModel = ".gguf";
  const bool named = model_path.ends_with(kModel);
  return model_path.substr(0, model_path.size() - (named ? kModel.size() : 0)) + "." + extension;
}

}  // namespace lmp::engine
