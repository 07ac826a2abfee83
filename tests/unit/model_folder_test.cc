// Folders with safetensors: what is wrong in any of their files is an error that names the file and
// the field. That right ones compute rightly is held by model_golden_test.
#include "runtime/model/model_folder.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/limits.h"
#include "runtime/model/safetensors.h"
#include "runtime/model/transformer.h"

namespace lmp::model {
namespace {

namespace fs = std::filesystem;

using Bytes = std::vector<std::byte>;

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A file with this header and `data` bytes behind it.
Bytes File(const std::string& header, size_t data, uint64_t length) {
  Bytes bytes(8 + header.size() + data);
  std::memcpy(bytes.data(), &length, 8);
  std::memcpy(bytes.data() + 8, header.data(), header.size());
  return bytes;
}
Bytes File(const std::string& header, size_t data) { return File(header, data, header.size()); }

std::string ErrorOf(const Bytes& bytes) {
  const auto file = SafetensorsFile::Parse(bytes);
  return file.ok() ? "none" : file.status().message();
}
std::string ErrorOf(const std::string& header, size_t data = 64) {
  return ErrorOf(File(header, data));
}
std::string Tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"t":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}

TEST_CASE("a safetensors file: types, shapes and bytes") {
  const Bytes bytes = File(
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"BF16","shape":[3,2],"data_offsets":[0,12]},)"
      R"("b":{"dtype":"I64","shape":[],"data_offsets":[12,20]},)"
      R"("c":{"dtype":"F32","shape":[0,4],"data_offsets":[20,20]},)"
      R"("d":{"dtype":"F32","shape":[1,1,1,1,2],"data_offsets":[20,28]}})",
      28);
  const auto file = SafetensorsFile::Parse(bytes);
  REQUIRE_MESSAGE(file.ok(), file.status().ToString());
  REQUIRE(file->tensors().size() == 4);
  const auto& a = file->tensors().at("a");
  CHECK(a.usable);
  CHECK(a.view.name == "a");
  CHECK(a.view.type == TensorType::kBF16);
  CHECK(a.view.dims[0] == 2);
  CHECK(a.view.dims[1] == 3);
  CHECK(a.view.bytes.data() == bytes.data() + bytes.size() - 28);
  for (const char* name : {"b", "c", "d"}) CHECK(!file->tensors().at(name).usable);
}

TEST_CASE("hostile safetensors files are errors that name the field") {
  CHECK(ErrorOf(Tensor(R"("F32")", "[4,4]", "[0,64]")) == "none");
  CHECK(Contains(ErrorOf(Bytes(7)), "header length"));
  CHECK(Contains(ErrorOf(File("{}", 0, 3)), "header length: 3 bytes, the file has 2"));
  CHECK(Contains(ErrorOf(File("{}", 0, UINT64_MAX)), "header length"));
  CHECK(Contains(ErrorOf(File("{}", 0, kSafetensorsHeaderBytesMax + 1)), "header length"));
  CHECK(Contains(ErrorOf("{"), "header: JSON is malformed"));
  CHECK(Contains(ErrorOf("[]"), "header: expected a JSON object"));
  CHECK(Contains(ErrorOf(std::string(100, '[')), "header: JSON nested deeper"));
  CHECK(Contains(ErrorOf(R"({"t":1,"t":2})"), "twice"));
  CHECK(Contains(ErrorOf(R"({"t":1})"), "tensor t: dtype: missing"));
  CHECK(
      Contains(ErrorOf(R"({"t":{"dtype":"F32","shape":[]}})"), "tensor t: data_offsets: missing"));
  CHECK(Contains(ErrorOf(Tensor("4", "[4]", "[0,16]")), "tensor t: dtype: expected a string"));
  CHECK(Contains(ErrorOf(Tensor(R"("F33")", "[4]", "[0,16]")), "tensor t: dtype: \"F33\""));
  CHECK(Contains(ErrorOf(Tensor(R"("F32")", "4", "[0,16]")), "tensor t: shape: expected an array"));
  CHECK(Contains(ErrorOf(Tensor(R"("F32")", "[1,1,1,1,1,1,1,1,1]", "[0,4]")), "tensor t: shape"));
  for (const char* dim : {"-1", "1.5", "\"4\"", "null", "1e3", "281474976710657"}) {
    CHECK(Contains(ErrorOf(Tensor(R"("F32")", std::string("[") + dim + "]", "[0,16]")),
                   "tensor t: shape[0]: "));
  }
  CHECK(Contains(ErrorOf(Tensor(R"("F32")", "[16777216,16777217]", "[0,16]")),
                 "tensor t: shape[1]: "));
  CHECK(Contains(ErrorOf(Tensor(R"("F32")", "[281474976710656]", "[0,16]")),
                 "need 1125899906842624"));
  for (const char* offsets : {"0", "[0]", "[0,1,2]", "[-4,12]", "[0,\"16\"]", "{}"}) {
    CHECK(
        Contains(ErrorOf(Tensor(R"("F32")", "[4]", offsets)), "tensor t: data_offsets: expected"));
  }
  CHECK(Contains(ErrorOf(Tensor(R"("F32")", "[4]", "[16,0]")), "bytes 16 to 0"));
  CHECK(Contains(ErrorOf(Tensor(R"("F32")", "[4]", "[56,72]")), "bytes 56 to 72"));
  CHECK(
      Contains(ErrorOf(Tensor(R"("F32")", "[4]", "[0,18446744073709551615]")), "the file has 64"));
  CHECK(Contains(ErrorOf(Tensor(R"("F32")", "[4]", "[0,12]")),
                 "12 bytes, its shape and dtype need 16"));
  const auto two = [](const char* second) {
    return R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[8],)"
           R"("data_offsets":)" +
           std::string(second) + "}}";
  };
  CHECK(ErrorOf(two("[8,16]")) == "none");
  CHECK(Contains(ErrorOf(two("[7,15]")), "tensor b: data_offsets: overlaps tensor a"));
  CHECK(Contains(ErrorOf(two("[0,8]")), "overlaps"));
}

const std::string kConfig =
    R"({"model_type":"llama","hidden_size":64,"intermediate_size":96,"num_hidden_layers":2,)"
    R"("num_attention_heads":4,"num_key_value_heads":2,"vocab_size":300,)"
    R"("max_position_embeddings":512,"rms_norm_eps":1e-5,"rope_theta":500000})";

// kConfig with a member set to `value` (JSON), or removed where that is empty.
std::string With(const std::string& name, const std::string& value) {
  Json json = *ParseJson(kConfig);
  if (value.empty()) {
    json.erase(name);
  } else {
    json[name] = *ParseJson("[" + value + "]")->begin();
  }
  return DumpJson(json);
}
std::string ConfigError(const std::string& text) {
  const auto network = ReadFolderConfig(text);
  return network.ok() ? "none" : network.status().message();
}

TEST_CASE("config.json: what is absent has the value that transformers gives it") {
  const auto plain = ReadFolderConfig(kConfig);
  REQUIRE(plain.ok());
  CHECK(plain->config.head_dim == 16);
  CHECK(plain->config.kv_heads == 2);
  CHECK(plain->config.rope_base == 500000.0f);
  CHECK(plain->config.rope_neox);
  CHECK(!plain->config.tied_embeddings);
  CHECK(plain->rope_dims == 16);
  CHECK(plain->rope_factors.empty());
  CHECK(ReadFolderConfig(With("num_key_value_heads", "null"))->config.kv_heads == 4);
  CHECK(ReadFolderConfig(With("rope_theta", ""))->config.rope_base == 10000.0f);
  CHECK(ReadFolderConfig(With("head_dim", "20"))->config.head_dim == 20);
  CHECK(ReadFolderConfig(With("model_type", "\"qwen3\""))->config.head_dim == 128);
  CHECK(ReadFolderConfig(With("tie_word_embeddings", "true"))->config.tied_embeddings);
  CHECK(ReadFolderConfig(With("sliding_window", "100"))->config.context_max == 100);
  CHECK(ReadFolderConfig(With("sliding_window", "null"))->config.context_max == 512);
  const auto newer = ReadFolderConfig(
      With("rope_parameters", R"({"rope_type":"default","rope_theta":1000000.0})"));
  CHECK(newer->config.rope_base == 1e6f);
}

TEST_CASE("config.json: errors name the member") {
  CHECK(ConfigError(kConfig) == "none");
  for (const char* name :
       {"model_type", "hidden_size", "intermediate_size", "num_hidden_layers",
        "num_attention_heads", "vocab_size", "max_position_embeddings", "rms_norm_eps"}) {
    CHECK(ConfigError(With(name, "")) == std::string(name) + ": missing");
    CHECK(ConfigError(With(name, "[]")).starts_with(std::string(name) + ": expected"));
  }
  for (const char* value : {"0", "-1", "1.5", "18446744073709551615", "\"64\"", "1048577"}) {
    CHECK(Contains(ConfigError(With("hidden_size", value)), "hidden_size: expected a whole"));
  }
  CHECK(
      Contains(ConfigError(With("model_type", "\"gptj\"")), "model_type: \"gptj\", supported are"));
  CHECK(Contains(ConfigError(With("num_key_value_heads", "3")), "num_key_value_heads: 3 does not"));
  CHECK(Contains(ConfigError(With("num_attention_heads", "6")), "num_attention_heads: 6 does not"));
  CHECK(Contains(ConfigError(With("head_dim", "15")), "head_dim: 15 is odd"));
  CHECK(Contains(ConfigError(With("hidden_act", "\"gelu\"")), "hidden_act: \"gelu\""));
  CHECK(Contains(ConfigError(With("attention_bias", "true")), "attention_bias: true"));
  CHECK(Contains(ConfigError(With("mlp_bias", "true")), "mlp_bias: true"));
  CHECK(Contains(ConfigError(With("partial_rotary_factor", "0.5")), "partial_rotary_factor"));
  CHECK(Contains(ConfigError(With("quantization_config", "{}")), "quantization_config"));
  CHECK(Contains(ConfigError(With("tie_word_embeddings", "1")), "tie_word_embeddings: expected"));
  CHECK(Contains(ConfigError(With("rope_scaling", "1")), "rope_scaling: expected an object"));
  CHECK(Contains(ConfigError(With("rope_scaling", R"({"type":"linear","factor":2.0})")),
                 "rope_scaling.rope_type: \"linear\""));
  const std::string llama3 =
      R"({"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4)";
  CHECK(Contains(ConfigError(With("rope_scaling", llama3 + "}")),
                 "rope_scaling.original_max_position_embeddings: missing"));
  CHECK(ConfigError(With("rope_scaling", llama3 + R"(,"original_max_position_embeddings":256})")) ==
        "none");
  CHECK(Contains(ConfigError("[]"), "expected a JSON object"));
  CHECK(Contains(ConfigError(kConfig + "x"), "malformed"));
  CHECK(ConfigError(With("vocab_size", std::to_string(kVocabularyMax))) == "none");
  CHECK(Contains(ConfigError(With("vocab_size", std::to_string(kVocabularyMax + 1))),
                 "vocab_size: expected a whole"));
  std::string twice = kConfig;
  twice.insert(1, R"("hidden_size":32,)");
  CHECK(Contains(ConfigError(twice), "key \"hidden_size\" twice"));
}

// A copy of a golden folder, to be damaged; removed at the end.
class Copy {
 public:
  explicit Copy(const char* name) : path_(fs::temp_directory_path() / "lmp_model_folder_test") {
    fs::remove_all(path_);
    fs::copy(fs::path("tests/e2e/golden_models") / name, path_);
  }
  ~Copy() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }
  std::string Read(const char* name) const {
    std::ifstream in(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void Write(const char* name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  void Replace(const char* name, const std::string& from, const std::string& to) const {
    std::string text = Read(name);
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    Write(name, text.replace(at, from.size(), to));
  }
  std::string Error() const {
    const auto opened = OpenModel(path_.string(), {.kernels = "reference", .threads = 1});
    return opened.ok() ? "none" : opened.status().message();
  }

 private:
  const fs::path path_;
};

TEST_CASE("a folder in which something is wrong: the error names the file") {
  const char* const shard = "model-00001-of-00005.safetensors";
  const char* const index = "model.safetensors.index.json";
  const auto error = [](const auto& damage) {
    const Copy copy("folder_qwen3");
    damage(copy);
    const std::string text = copy.Error();
    CHECK((text == "none" || text.starts_with(copy.path().string())));
    return text;
  };
  CHECK(error([](const Copy&) {}) == "none");
  CHECK(Contains(error([](const Copy& c) { fs::remove(c.path() / "config.json"); }),
                 "config.json: missing"));
  CHECK(Contains(error([](const Copy& c) { c.Write("config.json", "{}"); }),
                 "config.json: model_type: missing"));
  CHECK(Contains(error([](const Copy& c) { fs::remove(c.path() / "tokenizer.json"); }),
                 "no tokenizer.json"));
  CHECK(Contains(error([&](const Copy& c) { fs::remove(c.path() / shard); }), shard));
  CHECK(Contains(error([&](const Copy& c) { fs::resize_file(c.path() / shard, 9000); }),
                 std::string(shard) + ": tensor "));
  CHECK(Contains(error([&](const Copy& c) { c.Write(index, "{}"); }), "weight_map: expected"));
  CHECK(Contains(error([&](const Copy& c) { c.Write(index, R"({"weight_map":{}})"); }),
                 "weight_map: names no file"));
  for (const char* name : {"\"../x.safetensors\"", "\"/x.safetensors\"", "\"x.bin\"", "1", "\"\"",
                           "\".safetensors\""}) {
    CHECK(Contains(error([&](const Copy& c) {
                     c.Write(index, std::string(R"({"weight_map":{"t":)") + name + "}}");
                   }),
                   "weight_map: t: expected the name of a .safetensors file"));
  }
  CHECK(Contains(error([&](const Copy& c) { c.Replace(index, shard, "model-2.safetensors"); }),
                 "model-2.safetensors"));
  CHECK(Contains(error([&](const Copy& c) {
                   fs::copy_file(c.path() / shard, c.path() / "again.safetensors");
                   c.Replace(index, "model-00002-of-00005.safetensors", "again.safetensors");
                 }),
                 "another file has it too"));
  CHECK(Contains(error([](const Copy& c) { c.Replace("config.json", "\"qwen3\"", "\"llama\""); }),
                 "q_norm.weight: a norm of heads, which llama models do not have"));
  CHECK(Contains(error([](const Copy& c) { c.Replace("config.json", "\"qwen3\"", "\"qwen2\""); }),
                 "self_attn.q_proj.bias: missing"));
  CHECK(Contains(error([](const Copy& c) {
                   c.Replace("config.json", "\"tie_word_embeddings\": true",
                             "\"tie_word_embeddings\": false");
                 }),
                 "tensor lm_head.weight: missing"));
  CHECK(Contains(error([](const Copy& c) {
                   c.Replace("config.json", "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4");
                 }),
                 "tensor model.layers.3.input_layernorm.weight: missing"));
  CHECK(Contains(error([](const Copy& c) {
                   c.Replace("config.json", "\"vocab_size\": 264", "\"vocab_size\": 265");
                 }),
                 "tensor model.embed_tokens.weight: shape 40 x 264"));
}

TEST_CASE("what is in a shard's place but is no file, and what is named twice") {
  const char* const index = "model.safetensors.index.json";
  const char* const shard = "model.safetensors";
  const auto error = [&](const auto& put) {
    const Copy copy("folder_llama");
    fs::remove(copy.path() / shard);
    put(copy);
    const std::string text = copy.Error();
    CHECK(text.starts_with(copy.path().string()));
    return text;
  };
  CHECK(Contains(error([&](const Copy& c) { fs::create_directory(c.path() / shard); }),
                 "model.safetensors: a folder, not a file"));
  // Nobody writes to the pipe: opening it must not wait.
  CHECK(Contains(
      error([&](const Copy& c) { REQUIRE(::mkfifo((c.path() / shard).c_str(), 0600) == 0); }),
      "model.safetensors: not a regular file"));
  CHECK(Contains(error([&](const Copy& c) {
                   fs::create_symlink("b.safetensors", c.path() / "a.safetensors");
                   fs::create_symlink("a.safetensors", c.path() / "b.safetensors");
                   c.Write(index, R"({"weight_map":{"t":"a.safetensors"}})");
                 }),
                 "a.safetensors: Too many levels of symbolic links"));
  CHECK(Contains(error([&](const Copy& c) {
                   c.Write(index, R"({"weight_map":{"t":"a.safetensors","t":"b.safetensors"}})");
                 }),
                 "weight_map: key \"t\" twice"));
}

TEST_CASE("a folder's chat template may be a file of its own") {
  const Copy copy("folder_llama");
  const std::string text = "{% for m in messages %}{{ m.content }}{% endfor %}";
  copy.Write("chat_template.jinja", text);
  const auto source = OpenModelSource(copy.path().string());
  REQUIRE(source.ok());
  const auto spec = (*source)->ReadTokenizer();
  REQUIRE(spec.ok());
  CHECK(spec->chat_template == text);
}

TEST_CASE("pickles are refused with what to do") {
  const Copy copy("folder_llama");
  fs::rename(copy.path() / "model.safetensors", copy.path() / "pytorch_model.bin");
  CHECK(Contains(copy.Error(), "pytorch_model.bin: a pickle of PyTorch"));
  for (const char* name : {"m.bin", "m.pt", "m.pth", "m.ckpt"}) {
    const auto source = OpenModelSource(name);
    CHECK(source.status().code() == StatusCode::kUnsupported);
    CHECK(Contains(source.status().message(), "convert the model to safetensors"));
  }
  CHECK(Contains(OpenModelSource("model.safetensors").status().message(), "name its folder"));
  fs::rename(copy.path() / "pytorch_model.bin", copy.path() / "last.ckpt");
  CHECK(Contains(copy.Error(), "last.ckpt: a pickle of PyTorch"));
  fs::remove(copy.path() / "last.ckpt");
  CHECK(Contains(copy.Error(), "no model.safetensors or model.safetensors.index.json in it"));
}

}  // namespace
}  // namespace lmp::model
