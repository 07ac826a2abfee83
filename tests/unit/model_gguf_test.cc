// The GGUF reader: what the writer writes reads back; hostile, cut and flipped files give an error
// that names the field, and never a crash (also run under the address sanitizer).
#include "runtime/model/gguf.h"

#include <doctest/doctest.h>

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "runtime/base/limits.h"
#include "runtime/model/gguf_writer.h"
#include "runtime/model/synth.h"
#include "runtime/model/transformer.h"

namespace lmp::model {
namespace {

using Bytes = std::vector<std::byte>;

std::vector<std::byte> Zeros(size_t n) { return std::vector<std::byte>(n); }

// A file with one value of each kind and two tensors.
Bytes SmallFile() {
  GgufWriter writer;
  writer.AddString("general.architecture", "llama");
  writer.AddUint32("a.number", 7);
  writer.AddFloat32("a.real", 0.5f);
  writer.AddBool("a.flag", true);
  const std::vector<std::string> words = {"one", "", "three"};
  writer.AddStrings("a.words", words);
  const std::vector<float> reals = {1.0f, -2.0f};
  writer.AddFloats("a.reals", reals);
  const std::vector<int32_t> ints = {5, -6};
  writer.AddInts("a.ints", ints);
  const int64_t dims[] = {3, 2};
  writer.AddTensor("matrix", TensorType::kF32, dims, Zeros(24));
  const int64_t line[] = {64};
  writer.AddTensor("line", TensorType::kQ8_0, line, Zeros(68));
  return writer.Finish();
}

std::string ErrorOf(const Bytes& bytes) {
  const auto file = GgufFile::Parse(bytes);
  REQUIRE(!file.ok());
  return file.status().message();
}

// Little-endian bytes by hand, for files that the writer would not write.
struct Raw {
  Bytes bytes;

  template <typename T>
  Raw& Put(T value) {
    const auto span = std::as_bytes(std::span(&value, 1));
    bytes.insert(bytes.end(), span.begin(), span.end());
    return *this;
  }
  Raw& Text(std::string_view text) {
    Put<uint64_t>(text.size());
    const auto span = std::as_bytes(std::span(text));
    bytes.insert(bytes.end(), span.begin(), span.end());
    return *this;
  }
  static Raw Header(uint64_t tensors, uint64_t values, uint32_t version = 3) {
    Raw raw;
    raw.Put<uint32_t>(0x46554747).Put(version).Put(tensors).Put(values);
    return raw;
  }
  Raw& Tensor(std::string_view name, std::vector<uint64_t> dims, uint32_t type, uint64_t offset) {
    Text(name).Put<uint32_t>(static_cast<uint32_t>(dims.size()));
    for (const uint64_t dim : dims) Put(dim);
    return Put(type).Put(offset);
  }
  // Pads to the alignment and adds tensor data.
  Raw& Data(size_t count) {
    bytes.resize((bytes.size() + 31) / 32 * 32 + count);
    return *this;
  }
};

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("what is written reads back") {
  const Bytes bytes = SmallFile();
  const auto file = GgufFile::Parse(bytes);
  REQUIRE_MESSAGE(file.ok(), file.status().ToString());
  CHECK(file->version() == 3);
  CHECK(*file->String("general.architecture") == "llama");
  CHECK(*file->Integer("a.number", {0, 10}) == 7);
  CHECK(*file->Number("a.real") == 0.5);
  CHECK(*file->Bool("a.flag"));
  CHECK(*file->Strings("a.words") == std::vector<std::string_view>{"one", "", "three"});
  CHECK(*file->Floats("a.reals") == std::vector<float>{1.0f, -2.0f});
  CHECK(*file->Ints("a.ints") == std::vector<int32_t>{5, -6});
  REQUIRE(file->FindTensor("matrix") != nullptr);
  CHECK(file->FindTensor("matrix")->dims == std::array<int64_t, 4>{3, 2, 1, 1});
  CHECK(file->FindTensor("matrix")->bytes.size() == 24);
  CHECK(file->FindTensor("line")->type == TensorType::kQ8_0);
  CHECK(file->FindTensor("absent") == nullptr);
}

TEST_CASE("typed reads name the key, what was found and what is allowed") {
  const Bytes bytes = SmallFile();
  const auto file = GgufFile::Parse(bytes);
  REQUIRE(file.ok());
  CHECK(file->Integer("none", {}).status().code() == StatusCode::kNotFound);
  CHECK(file->Integer("none", {}).status().message() == "none: missing");
  CHECK(file->String("a.number").status().message() == "a.number: is uint32, expected string");
  CHECK(file->Integer("a.number", {8, 9}).status().message() == "a.number: 7, allowed are 8 to 9");
  CHECK(file->Number("a.number").status().message() ==
        "a.number: is uint32, expected float32 or float64");
  CHECK(file->Strings("a.ints").status().message() ==
        "a.ints: is int32, expected items of type string");
  CHECK(*file->IntegerOr("none", {}, 3) == 3);
  CHECK(!file->IntegerOr("a.real", {}, 3).ok());
}

TEST_CASE("a file cut at any byte is refused, and its message names a field or tensor") {
  const Bytes whole = SmallFile();
  for (size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const std::string message = ErrorOf(cut);
    const bool named = Contains(message, "magic") || Contains(message, "version") ||
                       Contains(message, "count") || Contains(message, "metadata key") ||
                       Contains(message, "general.") || Contains(message, "a.") ||
                       Contains(message, "tensor ");
    CHECK_MESSAGE(named, message);
  }
}

// Everything that opening a model does: it returns, and an error says of which field it is.
void Load(const Bytes& bytes) {
  const auto named = [](const Status& status) {
    CHECK_MESSAGE(Contains(status.message(), ": "), status.message());
  };
  const auto file = GgufFile::Parse(bytes);
  if (!file.ok()) return named(file.status());
  const auto opened = OpenModel(*file, {.kernels = "reference", .threads = 1});
  if (!opened.ok()) return named(opened.status());
  const auto tokenizer = text::MakeTokenizer(opened->tokenizer);
  if (!tokenizer.ok()) named(tokenizer.status());
}

TEST_CASE("a model file with any one bit of its header flipped, or cut anywhere, never crashes") {
  const SynthShape shape = {.name = "flip",
                            .layers = 1,
                            .width = 4,
                            .heads = 1,
                            .kv_heads = 1,
                            .head_dim = 4,
                            .ffn_width = 4,
                            .vocabulary = 300,
                            .context = 16};
  const auto model = MakeSynthModel(shape, {.format = TensorType::kF16});
  REQUIRE(model.ok());
  Bytes bytes = *model;
  const size_t header = bytes.size() - 300 * 4 * 2;  // the embedding is most of the data
  int flips = 0;
  for (size_t at = 0; at < header; ++at) {
    // All bits at the front, one bit per byte behind.
    const int step = at < 512 ? 1 : 8;
    for (int bit = at < 512 ? 0 : static_cast<int>(at % 8); bit < 8; bit += step) {
      bytes[at] ^= static_cast<std::byte>(1 << bit);
      Load(bytes);
      bytes[at] ^= static_cast<std::byte>(1 << bit);
      ++flips;
    }
  }
  CHECK(flips > 8000);
  for (size_t size = 0; size < bytes.size(); size += 29) {
    Load(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  CHECK(bytes == *model);
  const auto file = GgufFile::Parse(bytes);
  REQUIRE(file.ok());
  CHECK(OpenModel(*file, {.kernels = "reference", .threads = 1}).ok());
}

// The model with `bits` put over its element `index` of tensor `name`.
Bytes WithElement(Bytes bytes, const std::string& name, size_t offset,
                  std::initializer_list<uint8_t> bits) {
  const auto file = GgufFile::Parse(bytes);
  REQUIRE(file.ok());
  const GgufTensor* tensor = file->FindTensor(name);
  REQUIRE(tensor != nullptr);
  size_t at = static_cast<size_t>(tensor->bytes.data() - bytes.data()) + offset;
  for (const uint8_t byte : bits) bytes[at++] = static_cast<std::byte>(byte);
  return bytes;
}

TEST_CASE("a weight that is infinite or not a number is refused with its tensor and place") {
  const auto error = [](const Bytes& bytes) {
    const auto file = GgufFile::Parse(bytes);
    REQUIRE(file.ok());
    const auto opened = OpenModel(*file, {.kernels = "reference", .threads = 2});
    CHECK(opened.status().code() == (opened.ok() ? StatusCode::kOk : StatusCode::kCorruption));
    return opened.ok() ? "none" : opened.status().message();
  };
  SynthShape shape = {.name = "nan",
                      .layers = 1,
                      .width = 64,
                      .heads = 2,
                      .kv_heads = 1,
                      .head_dim = 32,
                      .ffn_width = 96,
                      .vocabulary = 300,
                      .context = 16};
  const auto model = [&](TensorType format) { return *MakeSynthModel(shape, {.format = format}); };
  const Bytes f32 = model(TensorType::kF32), f16 = model(TensorType::kF16),
              bf16 = model(TensorType::kBF16), q8 = model(TensorType::kQ8_0);
  for (const Bytes& right : {f32, f16, bf16, q8}) CHECK(error(right) == "none");
  // Every fp16 of every quantised format: scale, and offset or factor of the minima.
  shape.width = shape.ffn_width = 256;
  const struct {
    TensorType type;
    size_t block, scale, offset;

  } quantised[] = {{TensorType::kQ4_0, 18, 0, 0},     {TensorType::kQ4_1, 20, 0, 2},
                   {TensorType::kQ5_0, 22, 0, 0},     {TensorType::kQ5_1, 24, 0, 2},
                   {TensorType::kQ4_K, 144, 0, 2},    {TensorType::kQ5_K, 176, 0, 2},
                   {TensorType::kQ6_K, 210, 208, 208}};
  for (const auto& q : quantised) {
    const Bytes right = model(q.type);
    CHECK(error(right) == "none");
    const size_t row = 2 * q.block * (q.block > 100 ? 1 : 8);
    for (const size_t half : {q.scale, q.offset}) {
      CHECK(Contains(error(WithElement(right, "blk.0.ffn_up.weight", row + half, {0xFF, 0xFE})),
                     "element 512 (row 2, column 0) is in a group whose scale is"));
    }
  }
  // NaN, both infinities, and the greatest finite number beside them.
  CHECK(error(WithElement(f32, "blk.0.ffn_up.weight", (64 * 95 + 63) * 4, {0, 0, 0xC0, 0x7F})) ==
        "tensor blk.0.ffn_up.weight: element 6143 (row 95, column 63) is infinite or not a number");
  CHECK(
      Contains(error(WithElement(f32, "token_embd.weight", 4, {0, 0, 0x80, 0xFF})), "element 1 "));
  CHECK(error(WithElement(f32, "token_embd.weight", 4, {0xFF, 0xFF, 0x7F, 0xFF})) == "none");
  CHECK(Contains(error(WithElement(f32, "output_norm.weight", 63 * 4, {1, 0, 0x80, 0x7F})),
                 "tensor output_norm.weight: element 63 (row 0, column 63)"));
  CHECK(Contains(error(WithElement(f16, "blk.0.attn_q.weight", 66 * 2, {0, 0xFC})),
                 "tensor blk.0.attn_q.weight: element 66 (row 1, column 2)"));
  CHECK(error(WithElement(f16, "blk.0.attn_q.weight", 66 * 2, {0xFF, 0x7B})) == "none");
  CHECK(Contains(error(WithElement(bf16, "blk.0.attn_v.weight", 0, {0x80, 0x7F})), "element 0 "));
  CHECK(error(WithElement(bf16, "blk.0.attn_v.weight", 0, {0x7F, 0x7F})) == "none");
  CHECK(Contains(error(WithElement(q8, "blk.0.ffn_down.weight", 34 * 4, {0, 0x7C})),
                 "tensor blk.0.ffn_down.weight: element 128 (row 1, column 32) is in a group whose "
                 "scale is infinite"));
  // Two of them: the first is named, whichever thread finds which.
  const Bytes one = WithElement(f32, "token_embd.weight", 299 * 64 * 4, {0, 0, 0x80, 0x7F});
  CHECK(Contains(error(WithElement(one, "token_embd.weight", 80, {0, 0, 0x80, 0x7F})),
                 "element 20 "));
}

TEST_CASE("hostile headers") {
  CHECK(Contains(ErrorOf({}), "magic"));
  CHECK(Contains(ErrorOf(Raw().Put<uint32_t>(0x12345678).Put<uint32_t>(3).bytes), "GGUF"));
  CHECK(Contains(ErrorOf(Raw::Header(0, 0, 1).bytes), "version: 1, supported are 2 and 3"));
  CHECK(Contains(ErrorOf(Raw::Header(0, 0, 4).bytes), "version: 4"));
  CHECK(Contains(ErrorOf(Raw::Header(0, 0, 0x03000000).bytes), "big-endian"));
  CHECK(GgufFile::Parse(Raw::Header(0, 0, 2).bytes).ok());
  CHECK(Contains(ErrorOf(Raw::Header(kGgufTensorsMax + 1, 0).bytes), "tensor_count"));
  CHECK(Contains(ErrorOf(Raw::Header(kGgufTensorsMax, 0).bytes), "name of tensor 0"));
  CHECK(Contains(ErrorOf(Raw::Header(0, kGgufKeysMax + 1).bytes), "metadata_kv_count"));
  CHECK(Contains(ErrorOf(Raw::Header(0, kGgufKeysMax).bytes), "metadata key 0"));
  CHECK(Contains(ErrorOf(Raw::Header(0, UINT64_MAX).bytes), "metadata_kv_count"));
}

TEST_CASE("hostile values") {
  CHECK(Contains(ErrorOf(Raw::Header(0, 1).Put<uint64_t>(UINT64_MAX).bytes), "metadata key 0"));
  CHECK(Contains(ErrorOf(Raw::Header(0, 1).Text("k").Put<uint32_t>(13).bytes),
                 "k: unknown value type 13"));
  CHECK(Contains(ErrorOf(Raw::Header(0, 1).Text("k").Put<uint32_t>(8).Put(UINT64_MAX).bytes), "k"));
  CHECK(Contains(ErrorOf(Raw::Header(0, 1)
                             .Text("k")
                             .Put<uint32_t>(8)
                             .Put<uint64_t>(kGgufStringBytesMax + 1)
                             .bytes),
                 "a string of 67108865 bytes"));
  const auto array = [](uint32_t type, uint64_t count) {
    return Raw::Header(0, 1).Text("k").Put<uint32_t>(9).Put(type).Put(count).bytes;
  };
  CHECK(Contains(ErrorOf(array(9, 1)), "k: an array of arrays"));
  CHECK(Contains(ErrorOf(array(8, kGgufArrayItemsMax + 1)), "items, at most"));
  CHECK(Contains(ErrorOf(array(8, kGgufArrayItemsMax)), "k: an array of"));
  CHECK(Contains(ErrorOf(array(10, kGgufArrayItemsMax)), "k: needs"));
  CHECK(Contains(ErrorOf(array(10, UINT64_MAX)), "items, at most"));
  CHECK(GgufFile::Parse(array(8, 0)).ok());
  const auto twice = Raw::Header(0, 2)
                         .Text("k")
                         .Put<uint32_t>(0)
                         .Put<uint8_t>(1)
                         .Text("k")
                         .Put<uint32_t>(0)
                         .Put<uint8_t>(1)
                         .bytes;
  CHECK(Contains(ErrorOf(twice), "k: the key appears twice"));
  const auto flag = Raw::Header(0, 1).Text("k").Put<uint32_t>(7).Put<uint8_t>(2).bytes;
  const auto file = GgufFile::Parse(flag);
  REQUIRE(file.ok());
  CHECK(Contains(file->Bool("k").status().message(), "k: a bool of value 2"));
  const auto huge = Raw::Header(0, 1).Text("k").Put<uint32_t>(10).Put(UINT64_MAX).bytes;
  const auto huge_file = GgufFile::Parse(huge);
  REQUIRE(huge_file.ok());
  CHECK(Contains(huge_file->Integer("k", {}).status().message(), "below 2^63"));
  const auto control = Raw::Header(0, 1).Text("a\nb\x1b").Put<uint32_t>(13).bytes;
  CHECK(Contains(ErrorOf(control), "a?b?"));  // names from the file are made printable
}

TEST_CASE("hostile tensors") {
  const auto one = [](std::vector<uint64_t> dims, uint32_t type, uint64_t offset, size_t data) {
    return Raw::Header(1, 0).Tensor("t", std::move(dims), type, offset).Data(data).bytes;
  };
  CHECK(GgufFile::Parse(one({4}, 0, 0, 16)).ok());
  CHECK(Contains(ErrorOf(one({4}, 0, 0, 15)), "tensor t: needs bytes 0 to 16"));
  CHECK(Contains(ErrorOf(one({4}, 0, 32, 16)), "tensor t: needs bytes 32 to 48"));
  CHECK(Contains(ErrorOf(one({4}, 0, 8, 64)), "tensor t: offset 8 is not a multiple"));
  CHECK(Contains(ErrorOf(one({4}, 0, UINT64_MAX - 31, 64)), "tensor t: needs"));
  CHECK(Contains(ErrorOf(one({}, 0, 0, 64)), "tensor t: rank 0"));
  CHECK(Contains(ErrorOf(one({1, 1, 1, 1, 1}, 0, 0, 64)), "tensor t: rank 5"));
  CHECK(Contains(ErrorOf(one({0}, 0, 0, 64)), "tensor t: dimension 0 is 0"));
  CHECK(Contains(ErrorOf(one({UINT64_MAX, 2}, 0, 0, 64)), "tensor t: dimension 0"));
  CHECK(Contains(ErrorOf(one({1ull << 32, 1ull << 32}, 0, 0, 64)), "tensor t: dimension 1"));
  CHECK(Contains(ErrorOf(one({4}, 10, 0, 64)), "tensor t: type Q2_K, supported are F32"));
  for (const uint32_t k_format : {12u, 13u, 14u}) {
    CHECK(Contains(ErrorOf(one({128}, k_format, 0, 256)), "needs a multiple of 256"));
  }
  CHECK(Contains(ErrorOf(one({4}, 999, 0, 64)), "tensor t: type number 999"));
  CHECK(Contains(ErrorOf(one({33}, 8, 0, 64)), "tensor t: rows of 33 elements"));
  const auto two = [](const char* name, uint64_t offset) {
    return Raw::Header(2, 0).Tensor("t", {16}, 0, 0).Tensor(name, {8}, 0, offset).Data(128).bytes;
  };
  CHECK(GgufFile::Parse(two("u", 64)).ok());
  CHECK(Contains(ErrorOf(two("u", 32)), "tensor u: overlaps tensor t"));
  CHECK(Contains(ErrorOf(two("t", 64)), "tensor t: the name appears twice"));
}

TEST_CASE("alignment") {
  const auto aligned = [](uint32_t alignment) {
    GgufWriter writer;
    writer.AddUint32("general.alignment", alignment);
    return writer.Finish();
  };
  CHECK(GgufFile::Parse(aligned(8)).ok());
  CHECK(GgufFile::Parse(aligned(65536)).ok());
  for (const uint32_t wrong : {0u, 1u, 4u, 48u, 131072u}) {
    CHECK(Contains(ErrorOf(aligned(wrong)), "general.alignment: " + std::to_string(wrong)));
  }
}

TEST_CASE("files: written, opened, absent, empty, a folder") {
  const std::string path = "model_gguf_test.tmp.gguf";
  REQUIRE(WriteModelFile(path, SmallFile()).ok());
  {
    auto file = GgufFile::Open(path);
    REQUIRE(file.ok());
    const GgufFile moved = std::move(file).value();
    CHECK(*moved.String("general.architecture") == "llama");
  }
  std::ofstream(path, std::ios::trunc).close();
  CHECK(Contains(GgufFile::Open(path).status().message(), path + ": magic"));
  std::remove(path.c_str());
  CHECK(GgufFile::Open(path).status().code() == StatusCode::kNotFound);
  CHECK(GgufFile::Open("tests").status().code() == StatusCode::kUnsupported);
  CHECK(WriteModelFile("no/such/folder/x.gguf", SmallFile()).code() == StatusCode::kNotFound);
  CHECK(WriteModelFile("tests", SmallFile()).code() == StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace lmp::model
