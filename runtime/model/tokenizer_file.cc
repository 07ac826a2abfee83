#include "runtime/model/tokenizer_file.h"

#include <filesystem>

#include "runtime/model/gguf.h"
#include "runtime/model/mapped_file.h"
#include "runtime/model/tokenizer_metadata.h"
#include "runtime/text/tokenizer_files.h"

namespace lmp::model {
namespace {

namespace fs = std::filesystem;

std::string_view TextOf(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// The file of a folder that says most about its tokenizer.
Result<fs::path> ChooseFile(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return path;
  for (const char* name : {"tokenizer.json", "vocab.json", "tokenizer.model"}) {
    if (Exists(path / name)) return path / name;
  }
  return NotFound(path.string() + ": no tokenizer.json, vocab.json or tokenizer.model in it");
}

Result<text::TokenizerSpec> ReadVocab(const fs::path& path, std::string_view vocabulary,
                                      std::string_view pre) {
  LMP_TRY(const MappedFile merges, MappedFile::Open((path.parent_path() / "merges.txt").string()));
  const fs::path config = path.parent_path() / "tokenizer_config.json";
  if (pre.empty()) {
    if (!Exists(config)) {
      return Unsupported(
          "vocab.json does not say how text is split, and there is no tokenizer_config.json beside "
          "it: name the pre-tokenizer");
    }
    LMP_TRY(const MappedFile file, MappedFile::Open(config.string()));
    LMP_TRY(pre, text::PreTokenizerOfConfig(TextOf(file)));
  }
  return text::ReadVocabMerges(vocabulary, TextOf(merges), pre);
}

Result<text::TokenizerSpec> ReadByContent(const fs::path& path, std::string_view bytes,
                                          std::string_view pre) {
  if (bytes.starts_with("GGUF")) {
    LMP_TRY(const GgufFile file, GgufFile::Open(path.string()));
    return ReadTokenizerSpec(file);
  }
  if (path.filename() == "vocab.json") return ReadVocab(path, bytes, pre);
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && bytes[first] == '{') return text::ReadTokenizerJson(bytes);
  constexpr char kPieceField = 0x0A;  // what a SentencePiece model begins with
  if (!bytes.empty() && bytes[0] == kPieceField) return text::ReadSentencePieceModel(bytes);
  return text::ReadTiktoken(bytes);
}

}  // namespace

Result<text::TokenizerSpec> ReadTokenizerFile(const std::string& given, std::string_view pre) {
  LMP_TRY(const fs::path path, ChooseFile(given));
  LMP_TRY(const MappedFile file, MappedFile::Open(path.string()));
  Result<text::TokenizerSpec> spec = ReadByContent(path, TextOf(file), pre);
  if (!spec.ok()) return spec.status().WithPrefix(path.string());
  const fs::path config = path.parent_path() / "tokenizer_config.json";
  if (TextOf(file).starts_with("GGUF") || !Exists(config)) return spec;
  LMP_TRY(const MappedFile config_file, MappedFile::Open(config.string()));
  const Status applied = text::ApplyTokenizerConfig(TextOf(config_file), &*spec);
  if (!applied.ok()) return applied.WithPrefix(config.parent_path().string());
  return spec;
}

}  // namespace lmp::model
