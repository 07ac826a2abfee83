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
  const fs::path merges_path = path.parent_path() / "merges.txt";
  if (!Exists(merges_path)) return NotFound(path.string() + ": no merges.txt beside it");
  LMP_TRY(const MappedFile merges, MappedFile::Open(merges_path.string()));
  const fs::path config = path.parent_path() / "tokenizer_config.json";
  if (pre.empty()) {
    if (!Exists(config)) {
      return Unsupported(path.string() +
                         ": does not say how text is split, and there is no tokenizer_config.json "
                         "beside it: name the pre-tokenizer");
    }
    LMP_TRY(const MappedFile file, MappedFile::Open(config.string()));
    LMP_TRY(pre, text::PreTokenizerOfConfig({config.string(), TextOf(file)}));
  }
  return text::ReadVocabMerges({path.string(), vocabulary}, {merges_path.string(), TextOf(merges)},
                               pre);
}

bool IsBase64(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' ||
         c == '/';
}

// What a file is, is told by its first bytes; where these say nothing, by its name.
Result<text::TokenizerSpec> ReadByContent(const fs::path& path, std::string_view bytes,
                                          std::string_view pre) {
  const std::string name = path.string();
  if (bytes.empty()) return Corruption(name + ": the file is empty");
  if (bytes.starts_with("GGUF")) {
    LMP_TRY(const GgufFile file, GgufFile::Open(name));
    Result<text::TokenizerSpec> spec = ReadTokenizerSpec(file);
    if (!spec.ok()) return spec.status().WithPrefix(name);
    return spec;
  }
  if (path.filename() == "vocab.json") return ReadVocab(path, bytes, pre);
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  const bool is_object = first != std::string_view::npos && bytes[first] == '{';
  if (is_object || path.extension() == ".json") return text::ReadTokenizerJson({name, bytes});
  constexpr char kPieceField = 0x0A;  // what a SentencePiece model begins with
  if (bytes[0] == kPieceField) return text::ReadSentencePieceModel({name, bytes});
  if (IsBase64(bytes[0])) return text::ReadTiktoken({name, bytes});
  return Corruption(name +
                    ": no tokenizer file: GGUF begins with \"GGUF\", tokenizer.json with {, a "
                    "SentencePiece model with byte 0x0A, Llama-3's tokenizer.model with base64");
}

}  // namespace

namespace {

Result<text::TokenizerSpec> Read(const fs::path& path, std::string_view pre) {
  LMP_TRY(const MappedFile file, MappedFile::Open(path.string()));
  LMP_TRY(text::TokenizerSpec spec, ReadByContent(path, TextOf(file), pre));
  if (spec.origin.format == text::TokenizerOrigin::Format::kGguf) return spec;
  const fs::path config = path.parent_path() / "tokenizer_config.json";
  if (Exists(config)) {
    LMP_TRY(const MappedFile config_file, MappedFile::Open(config.string()));
    LMP_RETURN_IF_ERROR(text::ApplyTokenizerConfig({config.string(), TextOf(config_file)}, &spec));
  }
  // Where newer folders have it.
  const fs::path chat_template = path.parent_path() / "chat_template.jinja";
  if (spec.chat_template.empty() && Exists(chat_template)) {
    LMP_TRY(const MappedFile template_file, MappedFile::Open(chat_template.string()));
    spec.chat_template = TextOf(template_file);
  }
  return spec;
}

}  // namespace

Result<text::TokenizerSpec> ReadTokenizerFile(const std::string& given, std::string_view pre) {
  LMP_TRY(const fs::path path, ChooseFile(given));
  Result<text::TokenizerSpec> spec = Read(path, pre);
  // To a parser the bytes are an argument; here they are a damaged file.
  if (!spec.ok() && spec.status().code() == StatusCode::kInvalidArgument)
    return Corruption(spec.status().message());
  return spec;
}

}  // namespace lmp::model
