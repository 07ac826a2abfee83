// Metadata to ModelConfig and TokenizerSpec; files whose parts do not fit together.
#include "runtime/model/config.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "runtime/model/gguf_writer.h"
#include "runtime/model/synth.h"
#include "runtime/model/tokenizer_metadata.h"
#include "runtime/model/transformer.h"

namespace lmp::model {
namespace {

using Bytes = std::vector<std::byte>;

Bytes Synth(const SynthShape& shape, TensorType format = TensorType::kF32) {
  auto bytes = MakeSynthModel(shape, {.format = format});
  REQUIRE_MESSAGE(bytes.ok(), bytes.status().ToString());
  return std::move(bytes).value();
}

const SynthShape kTiny = {.name = "tiny"};

// A llama header with only the keys given, and an embedding.
std::string ConfigError(const std::vector<std::pair<std::string, uint32_t>>& numbers,
                        const std::string& architecture = "llama", float eps = 1e-5f) {
  GgufWriter writer;
  writer.AddString("general.architecture", architecture);
  for (const auto& [key, value] : numbers) writer.AddUint32(architecture + "." + key, value);
  writer.AddFloat32(architecture + ".attention.layer_norm_rms_epsilon", eps);
  const int64_t dims[] = {8, 4};
  writer.AddTensor("token_embd.weight", TensorType::kF32, dims, Bytes(128));
  const Bytes bytes = writer.Finish();
  const auto file = GgufFile::Parse(bytes);
  REQUIRE(file.ok());
  const auto config = ReadModelConfig(*file);
  return config.ok() ? "" : config.status().message();
}

std::vector<std::pair<std::string, uint32_t>> Numbers() {
  return {{"block_count", 1},
          {"embedding_length", 8},
          {"feed_forward_length", 16},
          {"context_length", 32},
          {"attention.head_count", 2}};
}

std::vector<std::pair<std::string, uint32_t>> With(const std::string& key, uint32_t value) {
  auto numbers = Numbers();
  for (auto& [name, number] : numbers) {
    if (name != key) continue;
    number = value;
    return numbers;
  }
  numbers.emplace_back(key, value);
  return numbers;
}

bool Starts(const std::string& text, const std::string& prefix) { return text.starts_with(prefix); }

TEST_CASE("config of a synthetic model") {
  SynthShape shape = {.name = "shape",
                      .architecture = "qwen2",
                      .layers = 3,
                      .width = 96,
                      .heads = 6,
                      .kv_heads = 2,
                      .head_dim = 20,
                      .ffn_width = 128,
                      .vocabulary = 400,
                      .context = 77,
                      .tied = false};
  const Bytes bytes = Synth(shape, TensorType::kF16);
  const auto file = GgufFile::Parse(bytes);
  REQUIRE(file.ok());
  const auto config = ReadModelConfig(*file);
  REQUIRE(config.ok());
  CHECK(config->architecture == "qwen2");
  CHECK(config->name == "shape");
  CHECK(config->weight_format == "F16");
  CHECK(config->layers == 3);
  CHECK(config->width == 96);
  CHECK(config->ffn_width == 128);
  CHECK(config->heads == 6);
  CHECK(config->kv_heads == 2);
  CHECK(config->head_dim == 20);
  CHECK(config->vocabulary == 400);
  CHECK(config->context_max == 77);
  CHECK(config->rope_neox);
  CHECK(config->qkv_bias);
  CHECK(!config->tied_embeddings);
}

TEST_CASE("config errors name the key") {
  CHECK(ConfigError(Numbers()).empty());
  for (const auto& [key, value] : Numbers()) {
    CHECK(Starts(ConfigError(With(key, 0)), "llama." + key + ": 0, allowed are 1"));
    auto numbers = Numbers();
    std::erase_if(numbers, [&key = key](const auto& entry) { return entry.first == key; });
    CHECK(ConfigError(numbers) == "llama." + key + ": missing");
  }
  CHECK(Starts(ConfigError(Numbers(), "gptj"), "general.architecture: \"gptj\""));
  CHECK(Starts(ConfigError(With("attention.head_count", 3)), "llama.attention.head_count: 3"));
  CHECK(Starts(ConfigError(With("attention.head_count_kv", 3)), "llama.attention.head_count_kv"));
  CHECK(Starts(ConfigError(With("attention.value_length", 2)), "llama.attention.value_length"));
  CHECK(Starts(ConfigError(With("rope.dimension_count", 6)), "llama.rope.dimension_count: 6"));
  CHECK(
      Starts(ConfigError(With("rope.dimension_count", 3)), "llama.rope.dimension_count: 3 is odd"));
  CHECK(Starts(ConfigError(With("expert_count", 8)), "llama.expert_count: 8"));
  CHECK(
      Starts(ConfigError(With("attention.sliding_window", 16)), "llama.attention.sliding_window"));
  CHECK(ConfigError(With("attention.sliding_window", 32)).empty());
  CHECK(Starts(ConfigError(Numbers(), "llama", 2.0f), "llama.attention.layer_norm_rms_epsilon: 2"));
}

TEST_CASE("rope scaling other than none is refused") {
  GgufWriter writer;
  writer.AddString("general.architecture", "llama");
  for (const auto& [key, value] : Numbers()) writer.AddUint32("llama." + key, value);
  writer.AddFloat32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  writer.AddString("llama.rope.scaling.type", "yarn");
  writer.AddFloat32("llama.rope.scaling.factor", 4.0f);
  const Bytes bytes = writer.Finish();
  const auto file = GgufFile::Parse(bytes);
  REQUIRE(file.ok());
  const auto config = ReadModelConfig(*file);
  REQUIRE(!config.ok());
  CHECK(config.status().code() == StatusCode::kUnsupported);
  CHECK(Starts(config.status().message(), "llama.rope.scaling.type: \"yarn\""));
}

TEST_CASE("tokenizer metadata reads back, with the chat format") {
  const Bytes bytes = Synth(kTiny);
  const auto file = GgufFile::Parse(bytes);
  REQUIRE(file.ok());
  const auto spec = ReadTokenizerSpec(*file);
  REQUIRE(spec.ok());
  const auto written = SynthTokenizer(512);
  REQUIRE(written.ok());
  CHECK(spec->pieces == written->pieces);
  CHECK(spec->scores == written->scores);
  CHECK(spec->types == written->types);
  CHECK(spec->bos == written->bos);
  CHECK(spec->eot == written->eot);
  CHECK(!spec->add_space_prefix);
  CHECK(spec->chat.present);
  CHECK(spec->chat.observe_header == "<|observe|>");
  CHECK(spec->chat.footer == "<|end|>\n");
}

TEST_CASE("tokenizer metadata errors name the key") {
  const auto error = [](const std::function<void(GgufWriter&)>& add) {
    GgufWriter writer;
    writer.AddString("tokenizer.ggml.model", "llama");
    add(writer);
    const Bytes bytes = writer.Finish();
    const auto file = GgufFile::Parse(bytes);
    REQUIRE(file.ok());
    const auto spec = ReadTokenizerSpec(*file);
    return spec.ok() ? "" : spec.status().message();
  };
  const std::vector<std::string> pieces = {"a", "b"};
  const std::vector<float> scores = {0, 0};
  const std::vector<int32_t> types = {1, 9};
  CHECK(error([](GgufWriter&) {}) == "tokenizer.ggml.tokens: missing");
  CHECK(error([&](GgufWriter& w) { w.AddStrings("tokenizer.ggml.tokens", pieces); }) ==
        "tokenizer.ggml.scores: missing");
  CHECK(Starts(error([&](GgufWriter& w) {
                 w.AddStrings("tokenizer.ggml.tokens", pieces);
                 w.AddFloats("tokenizer.ggml.scores", scores);
                 w.AddInts("tokenizer.ggml.token_type", types);
               }),
               "tokenizer.ggml.token_type[1]: 9"));
  CHECK(Starts(error([&](GgufWriter& w) {
                 w.AddStrings("tokenizer.ggml.tokens", pieces);
                 w.AddFloats("tokenizer.ggml.scores", scores);
                 w.AddInts("tokenizer.ggml.token_type", std::vector<int32_t>{1, 1});
                 w.AddString("lmp.chat.user.header", "x");
               }),
               "lmp.chat.system.header: missing"));
}

// The tiny model's tensors, with one left out or of another shape.
std::string LoadError(const std::string& name, bool leave_out,
                      const std::string& architecture = "llama",
                      const std::string& tensors_of = "llama") {
  SynthShape shape = kTiny;
  shape.architecture = tensors_of;
  const Bytes bytes = Synth(shape);
  const auto file = GgufFile::Parse(bytes);
  REQUIRE(file.ok());
  GgufWriter writer;
  writer.AddString("general.architecture", architecture);
  const std::vector<std::pair<std::string, uint32_t>> numbers = {
      {"block_count", 2},     {"embedding_length", 64},    {"feed_forward_length", 128},
      {"context_length", 32}, {"attention.head_count", 4}, {"attention.head_count_kv", 2}};
  for (const auto& [key, value] : numbers) writer.AddUint32(architecture + "." + key, value);
  writer.AddFloat32(architecture + ".attention.layer_norm_rms_epsilon", 1e-5f);
  for (const GgufTensor& tensor : file->tensors()) {
    if (tensor.name == name && leave_out) continue;
    std::vector<int64_t> dims(tensor.dims.begin(), tensor.dims.begin() + tensor.rank);
    Bytes data(tensor.bytes.begin(), tensor.bytes.end());
    if (tensor.name == name) {
      dims[0] /= 2;
      data.resize(data.size() / 2);
    }
    writer.AddTensor(tensor.name, tensor.type, dims, std::move(data));
  }
  const Bytes changed = writer.Finish();
  const auto parsed = GgufFile::Parse(changed);
  REQUIRE(parsed.ok());
  kernels::ThreadPool pool(1);
  const auto weights = LoadWeights(*SourceOf(*parsed), pool);
  return weights.ok() ? "" : weights.status().message();
}

TEST_CASE("missing and misshapen tensors are named") {
  CHECK(LoadError("", true).empty());
  for (const std::string name :
       {"token_embd.weight", "blk.1.attn_k.weight", "blk.0.ffn_down.weight",
        "blk.1.ffn_norm.weight", "output_norm.weight"}) {
    CAPTURE(name);
    CHECK(LoadError(name, true) == "tensor " + name + ": missing");
    CHECK(Starts(LoadError(name, false), "tensor " + name + ": shape "));
  }
}

TEST_CASE("norms of heads: qwen3 has them, others do not") {
  CHECK(LoadError("", true, "qwen3", "qwen3").empty());
  const std::string norm = "blk.1.attn_k_norm.weight";
  CHECK(LoadError(norm, true, "qwen3", "qwen3") == "tensor " + norm + ": missing");
  CHECK(Starts(LoadError(norm, false, "qwen3", "qwen3"), "tensor " + norm + ": shape 8 "));
  CHECK(LoadError("", true, "llama", "qwen3") ==
        "tensor blk.0.attn_q_norm.weight: a norm of heads, which llama models do not have");
}

TEST_CASE("options are checked") {
  const Bytes bytes = Synth(kTiny);
  const auto file = GgufFile::Parse(bytes);
  REQUIRE(file.ok());
  CHECK(OpenModel(*file, {.kernels = "nonsense"}).status().code() == StatusCode::kInvalidArgument);
  CHECK(OpenModel(*file, {.threads = -1}).status().code() == StatusCode::kInvalidArgument);
  CHECK(OpenModel(*file, {.context_max = -1}).status().code() == StatusCode::kInvalidArgument);
  const auto opened = OpenModel(*file, {.threads = 1, .context_max = 99});
  REQUIRE(opened.ok());
  CHECK(opened->model->config().context_max == 99);
  CHECK(OpenModel("absent.gguf", {}).status().message().find("absent.gguf") == 0);
}

TEST_CASE("synthetic models: by name, repeatable, tokenizer full") {
  CHECK(!FindSynthShape("huge").ok());
  const auto shape = FindSynthShape("smol135m");
  REQUIRE(shape.ok());
  CHECK(shape->layers == 30);
  CHECK(Synth(kTiny, TensorType::kQ8_0) == Synth(kTiny, TensorType::kQ8_0));
  const auto tokenizer = SynthTokenizer(shape->vocabulary);
  REQUIRE(tokenizer.ok());
  CHECK(tokenizer->pieces.size() == 49152);
  auto made = text::MakeTokenizer(*tokenizer);
  REQUIRE(made.ok());
  std::vector<TokenId> ids;
  (*made)->Encode("the quick brown fox", text::FragmentStart::kMessage, &ids);
  CHECK(ids.size() < 10);
  CHECK((*made)->StableCut("the quick brown fox", text::FragmentStart::kMessage) == 15);
  CHECK(!MakeSynthModel({.name = "odd", .width = 40}, {.format = TensorType::kQ8_0}).ok());
  CHECK(!MakeSynthModel({.name = "odd", .heads = 4, .kv_heads = 3}, {}).ok());
}

}  // namespace
}  // namespace lmp::model
