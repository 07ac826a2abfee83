// Any bytes as a model folder: an error or a model, never a crash and never much memory. What loads
// runs one step. The input is config.json, \x01, model.safetensors.index.json or nothing, \x01, the
// weights, model.safetensors. The tokenizer is sound.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "tests/fuzz/first_step.h"
#include "tests/support/temp_folder.h"

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

// In memory where that is a folder: a disk makes it five times as slow.
fs::path Base() {
  const fs::path memory = "/dev/shm";
  return fs::is_directory(memory) ? memory : fs::temp_directory_path();
}

// The text up to the next \x01.
std::string_view Part(std::string_view* rest) {
  const std::string_view part = rest->substr(0, rest->find('\x01'));
  rest->remove_prefix(std::min(rest->size(), part.size() + 1));
  return part;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lmp;
  static const testing::TempFolder folder("lmp_fuzz_folder", Base());
  static const std::string tokenizer = folder.Put("tokenizer.model", Tokenizer());
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  folder.Put("config.json", Part(&rest));
  const std::string_view index = Part(&rest);
  const char* const index_name = "model.safetensors.index.json";
  if (index.empty()) {
    folder.Drop(index_name);
  } else {
    folder.Put(index_name, index);
  }
  folder.Put("model.safetensors", rest);
  FirstStep(model::OpenModel(folder.path(), {.kernels = "reference", .threads = 1}));
  return 0;
}
