// Any bytes as a model folder: an error or a model, never a crash and never much memory. What loads
// runs one step. The input is config.json, \x01, model.safetensors.index.json or nothing, \x01, the
// weights: model.safetensors, or m.safetensors where there is an index. The tokenizer is sound.
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/model/transformer.h"

namespace {

namespace fs = std::filesystem;

// A SentencePiece model of six pieces: each has a text and a type; then BPE, spaces as they are.
std::string Tokenizer() {
  const auto field = [](char tag, const std::string& bytes) {
    return std::string{tag, static_cast<char>(bytes.size())} + bytes;
  };
  const std::pair<const char*, char> pieces[] = {{"<unk>", '\2'}, {"<s>", '\3'}, {"</s>", '\3'},
                                                 {"a", '\1'},     {"b", '\1'},   {"ab", '\1'}};
  std::string out;
  for (const auto& [text, type] : pieces) {
    out += field('\x0a', field('\x0a', text) + std::string{'\x18', type});
  }
  return out + field('\x12', "\x18\x02") + field('\x1a', std::string{'\x20', '\0'});
}

class Folder {
 public:
  Folder() : path_(Base() / ("lmp_fuzz_folder_" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
    Write("tokenizer.model", Tokenizer());
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string path() const { return path_.string(); }
  void Write(const char* name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  void Drop(const char* name) const { fs::remove(path_ / name); }

 private:
  // In memory where that is a folder: a disk makes it five times as slow.
  static fs::path Base() {
    const fs::path memory = "/dev/shm";
    return fs::is_directory(memory) ? memory : fs::temp_directory_path();
  }
  const fs::path path_;
};

// The text up to the next \x01.
std::string_view Part(std::string_view* rest) {
  const std::string_view part = rest->substr(0, rest->find('\x01'));
  rest->remove_prefix(std::min(rest->size(), part.size() + 1));
  return part;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lmp;
  static const Folder folder;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  folder.Write("config.json", Part(&rest));
  const std::string_view index = Part(&rest);
  const char* const index_name = "model.safetensors.index.json";
  if (index.empty()) {
    folder.Drop(index_name);
    folder.Write("model.safetensors", rest);
  } else {
    folder.Write(index_name, index);
    folder.Write("m.safetensors", rest);
  }
  auto opened = model::OpenModel(folder.path(), {.kernels = "reference", .threads = 1});
  if (!opened.ok()) return 0;
  static_cast<void>(text::MakeTokenizer(std::move(opened->tokenizer)));
  auto pool = opened->model->MakeKvPool(1);
  if (!pool.ok()) return 0;
  const std::vector<TokenId> tokens = {0};
  const std::vector<int32_t> positions = {0};
  const std::vector<PageId> pages = {PageId(0)};
  model::StepLayout layout;
  layout.sequences.push_back({tokens, positions, pages, 0});
  model::StepOutput output;
  static_cast<void>(opened->model->Step(layout, **pool, &output));
  return 0;
}
