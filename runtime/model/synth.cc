#include "runtime/model/synth.h"

#include <array>
#include <cmath>
#include <utility>

#include "runtime/base/clock_rng.h"
#include "runtime/base/limits.h"
#include "runtime/model/gguf_writer.h"
#include "runtime/model/tensor_encode.h"
#include "runtime/text/splitter.h"

namespace lmp::model {
namespace {

constexpr std::string_view kMark = "\xE2\x96\x81";

// Adds pieces until the vocabulary is full. Earlier pieces have higher scores, so they merge first.
class PieceList {
 public:
  explicit PieceList(int vocabulary) : count_max_(static_cast<size_t>(vocabulary)) {}

  bool full() const { return spec_.pieces.size() >= count_max_; }
  TokenId Add(std::string piece, text::PieceType type) {
    if (full()) return -1;
    const auto id = static_cast<TokenId>(spec_.pieces.size());
    spec_.pieces.push_back(std::move(piece));
    spec_.types.push_back(type);
    spec_.scores.push_back(type == text::PieceType::kNormal ? -static_cast<float>(id) : 0.0f);
    return id;
  }
  // All groups of `length` small letters, with and without a word mark in front. Each is reachable
  // by merging, since all shorter groups are pieces too.
  void AddGroups(int length) {
    size_t total = 1;
    for (int i = 0; i < length; ++i) total *= 26;
    for (size_t index = 0; index < total && !full(); ++index) {
      std::string letters(static_cast<size_t>(length), 'a');
      size_t rest = index;
      for (size_t i = letters.size(); i-- > 0; rest /= 26) {
        letters[i] = static_cast<char>('a' + rest % 26);
      }
      Add(letters, text::PieceType::kNormal);
      Add(std::string(kMark) + letters, text::PieceType::kNormal);
    }
  }
  text::TokenizerSpec Take() { return std::move(spec_); }
  text::TokenizerSpec& spec() { return spec_; }

 private:
  size_t count_max_;
  text::TokenizerSpec spec_;
};

// Byte-level: the merges, and the name of how text is split, which is all that GGUF has for it.
Status AddMerges(const text::TokenizerSpec& spec, GgufWriter* writer) {
  std::string pre = spec.pre;
  if (pre.empty()) {
    std::vector<std::string_view> patterns;
    for (const text::TokenizerSpec::Split& split : spec.splits) patterns.push_back(split.pattern);
    if (const auto family = text::FindFamily(patterns))
      pre = text::FindPreTokenizerName(*family, spec.ignore_merges, spec.nfc);
  }
  if (pre.empty()) return Unsupported("GGUF has no name for how this tokenizer splits text");
  writer->AddString("tokenizer.ggml.pre", pre);
  writer->AddStrings("tokenizer.ggml.merges", spec.merges);
  return OkStatus();
}

Status AddTokenizer(const text::TokenizerSpec& spec, GgufWriter* writer) {
  std::vector<int32_t> types;
  for (const text::PieceType type : spec.types) types.push_back(static_cast<int32_t>(type) + 1);
  writer->AddString("tokenizer.ggml.model", spec.model);
  writer->AddStrings("tokenizer.ggml.tokens", spec.pieces);
  if (spec.model == "gpt2") LMP_RETURN_IF_ERROR(AddMerges(spec, writer));
  if (!spec.scores.empty()) writer->AddFloats("tokenizer.ggml.scores", spec.scores);
  writer->AddInts("tokenizer.ggml.token_type", types);
  const std::array<std::pair<const char*, TokenId>, 4> ids = {{
      {"tokenizer.ggml.bos_token_id", spec.bos},
      {"tokenizer.ggml.eos_token_id", spec.eos},
      {"tokenizer.ggml.eot_token_id", spec.eot},
      {"tokenizer.ggml.unknown_token_id", spec.unknown},
  }};
  for (const auto& [key, id] : ids) {
    if (id >= 0) writer->AddUint32(key, static_cast<uint32_t>(id));
  }
  writer->AddBool("tokenizer.ggml.add_bos_token", spec.add_bos);
  writer->AddBool("tokenizer.ggml.add_space_prefix", spec.add_space_prefix);
  if (!spec.chat_template.empty()) writer->AddString("tokenizer.chat_template", spec.chat_template);
  if (!spec.chat.present) return OkStatus();
  writer->AddString("lmp.chat.system.header", spec.chat.system_header);
  writer->AddString("lmp.chat.user.header", spec.chat.user_header);
  writer->AddString("lmp.chat.assistant.header", spec.chat.assistant_header);
  writer->AddString("lmp.chat.observe.header", spec.chat.observe_header);
  writer->AddString("lmp.chat.footer", spec.chat.footer);
  return OkStatus();
}

void AddConfig(const SynthShape& shape, GgufWriter* writer) {
  const std::string prefix = shape.architecture + ".";
  const std::array<std::pair<const char*, int>, 9> numbers = {{
      {"block_count", shape.layers},
      {"context_length", shape.context},
      {"embedding_length", shape.width},
      {"feed_forward_length", shape.ffn_width},
      {"attention.head_count", shape.heads},
      {"attention.head_count_kv", shape.kv_heads},
      {"attention.key_length", shape.head_dim},
      {"attention.value_length", shape.head_dim},
      {"rope.dimension_count", shape.head_dim},
  }};
  writer->AddString("general.architecture", shape.architecture);
  writer->AddString("general.name", shape.name);
  for (const auto& [key, value] : numbers) {
    writer->AddUint32(prefix + key, static_cast<uint32_t>(value));
  }
  writer->AddFloat32(prefix + "attention.layer_norm_rms_epsilon", 1e-5f);
  writer->AddFloat32(prefix + "rope.freq_base", 10000.0f);
}

// Rows that blocks of 256 do not divide get the type that llama.cpp takes for them.
TensorType TypeForRows(TensorType type, int64_t in) {
  if (in % kernels::BlockElements(WeightFormatOf(type)) == 0) return type;
  switch (type) {
    case TensorType::kQ4_K:
      return TensorType::kQ5_0;
    case TensorType::kQ5_K:
      return TensorType::kQ5_1;
    case TensorType::kQ6_K:
      return TensorType::kQ8_0;
    default:
      return type;
  }
}

bool IsEncoded(TensorType type) {
  return kernels::BlockElements(WeightFormatOf(type)) == 1 || type == TensorType::kQ8_0;
}

// Random tensors. Matrices are uniform with variance 1 / inputs, so that activations keep their
// size through the layers.
class TensorMaker {
 public:
  TensorMaker(const SynthOptions& options, GgufWriter* writer)
      : format_(options.format), rng_(options.seed), writer_(*writer) {}

  void AddMatrix(const std::string& name, int64_t in, int64_t out) {
    const float bound = std::sqrt(3.0f / static_cast<float>(in));
    const TensorType type = TypeForRows(format_, in);
    std::vector<float> row(static_cast<size_t>(in));
    std::vector<std::byte> bytes;
    bytes.reserve(kernels::UnpackedBytes(WeightFormatOf(type), in * out));
    for (int64_t i = 0; i < out; ++i) {
      if (IsEncoded(type)) {
        FillUniform(bound, &row);
        EncodeElements(type, row, &bytes);
      } else {
        AppendRandomBlocks(type, in, bound, &rng_, &bytes);
      }
    }
    const int64_t dims[] = {in, out};
    writer_.AddTensor(name + ".weight", type, dims, std::move(bytes));
  }
  // centre + uniform in (-spread, spread).
  void AddVector(const std::string& name, int64_t size, float centre, float spread) {
    std::vector<float> values(static_cast<size_t>(size));
    FillUniform(spread, &values);
    for (float& x : values) x += centre;
    std::vector<std::byte> bytes;
    EncodeElements(TensorType::kF32, values, &bytes);
    const int64_t dims[] = {size};
    writer_.AddTensor(name, TensorType::kF32, dims, std::move(bytes));
  }

 private:
  // Two values per draw: at 135M weights the generator is the cost.
  void FillUniform(float bound, std::vector<float>* values) {
    const float scale = bound * 0x1p-31f;
    for (size_t i = 0; i < values->size(); i += 2) {
      const uint64_t bits = rng_.Next();
      (*values)[i] = static_cast<float>(static_cast<int32_t>(bits)) * scale;
      if (i + 1 < values->size()) {
        (*values)[i + 1] = static_cast<float>(static_cast<int32_t>(bits >> 32)) * scale;
      }
    }
  }

  const TensorType format_;
  Rng rng_;
  GgufWriter& writer_;
};

void AddTensors(const SynthShape& shape, TensorMaker* maker) {
  const int64_t q = int64_t{shape.heads} * shape.head_dim;
  const int64_t kv = int64_t{shape.kv_heads} * shape.head_dim;
  constexpr float kNormSpread = 0.1f;
  maker->AddMatrix("token_embd", shape.width, shape.vocabulary);
  for (int i = 0; i < shape.layers; ++i) {
    const std::string prefix = "blk." + std::to_string(i) + ".";
    maker->AddVector(prefix + "attn_norm.weight", shape.width, 1.0f, kNormSpread);
    maker->AddMatrix(prefix + "attn_q", shape.width, q);
    maker->AddMatrix(prefix + "attn_k", shape.width, kv);
    maker->AddMatrix(prefix + "attn_v", shape.width, kv);
    if (shape.architecture == "qwen2") {
      maker->AddVector(prefix + "attn_q.bias", q, 0.0f, kNormSpread);
      maker->AddVector(prefix + "attn_k.bias", kv, 0.0f, kNormSpread);
      maker->AddVector(prefix + "attn_v.bias", kv, 0.0f, kNormSpread);
    }
    if (shape.architecture == "qwen3") {
      maker->AddVector(prefix + "attn_q_norm.weight", shape.head_dim, 1.0f, kNormSpread);
      maker->AddVector(prefix + "attn_k_norm.weight", shape.head_dim, 1.0f, kNormSpread);
    }
    maker->AddMatrix(prefix + "attn_output", q, shape.width);
    maker->AddVector(prefix + "ffn_norm.weight", shape.width, 1.0f, kNormSpread);
    maker->AddMatrix(prefix + "ffn_gate", shape.width, shape.ffn_width);
    maker->AddMatrix(prefix + "ffn_up", shape.width, shape.ffn_width);
    maker->AddMatrix(prefix + "ffn_down", shape.ffn_width, shape.width);
  }
  maker->AddVector("output_norm.weight", shape.width, 1.0f, kNormSpread);
  if (!shape.tied) maker->AddMatrix("output", shape.width, shape.vocabulary);
}

Status CheckShape(const SynthShape& shape, const SynthOptions& options) {
  if (shape.layers < 1 || shape.width < 1 || shape.heads < 1 || shape.kv_heads < 1 ||
      shape.head_dim < 2 || shape.ffn_width < 1 || shape.context < 1 ||
      shape.heads % shape.kv_heads != 0 || shape.head_dim % 2 != 0) {
    return InvalidArgument("shape " + shape.name + ": not the shape of a transformer");
  }
  if (shape.architecture != "llama" && shape.architecture != "qwen2" &&
      shape.architecture != "qwen3") {
    return InvalidArgument("shape " + shape.name + ": architecture " + shape.architecture);
  }
  for (const int width : {shape.width, shape.ffn_width, shape.heads * shape.head_dim}) {
    const TensorType type = TypeForRows(options.format, width);
    const int block = kernels::BlockElements(WeightFormatOf(type));
    if (width % block != 0) {
      return InvalidArgument("shape " + shape.name + ": " + std::string(TensorTypeName(type)) +
                             " needs widths that " + std::to_string(block) + " divides");
    }
  }
  return OkStatus();
}

}  // namespace

Result<SynthShape> FindSynthShape(std::string_view name) {
  const std::array<SynthShape, 4> shapes = {{
      {.name = "tiny"},
      {.name = "smol135m",
       .layers = 30,
       .width = 576,
       .heads = 9,
       .kv_heads = 3,
       .head_dim = 64,
       .ffn_width = 1536,
       .vocabulary = 49152,
       .context = 8192},
      {.name = "llama1b",
       .layers = 16,
       .width = 2048,
       .heads = 32,
       .kv_heads = 8,
       .head_dim = 64,
       .ffn_width = 8192,
       .vocabulary = 128256,
       .context = 8192},
      {.name = "llama8b_4l",
       .layers = 4,
       .width = 4096,
       .heads = 32,
       .kv_heads = 8,
       .head_dim = 128,
       .ffn_width = 14336,
       .vocabulary = 128256,
       .context = 8192,
       .tied = false},
  }};
  std::string names;
  for (const SynthShape& shape : shapes) {
    if (shape.name == name) return shape;
    names += (names.empty() ? "" : ", ") + shape.name;
  }
  return NotFound("no shape \"" + std::string(name) + "\", there are " + names);
}

Result<text::TokenizerSpec> SynthTokenizer(int vocabulary) {
  constexpr int kVocabularyMin = 300;
  if (vocabulary < kVocabularyMin || vocabulary > static_cast<int>(kVocabularyMax)) {
    return InvalidArgument("a synthetic tokenizer of " + std::to_string(vocabulary) +
                           " pieces, allowed are " + std::to_string(kVocabularyMin) + " to " +
                           std::to_string(kVocabularyMax));
  }
  PieceList list(vocabulary);
  text::TokenizerSpec& spec = list.spec();
  spec.model = "llama";
  spec.add_space_prefix = false;
  spec.unknown = list.Add("<unk>", text::PieceType::kUnknown);
  spec.bos = list.Add("<s>", text::PieceType::kControl);
  spec.eos = list.Add("</s>", text::PieceType::kControl);
  for (const char* piece : {"<|system|>", "<|user|>", "<|assistant|>", "<|observe|>"}) {
    list.Add(piece, text::PieceType::kControl);
  }
  spec.eot = list.Add("<|end|>", text::PieceType::kControl);
  spec.chat = {"<|system|>", "<|user|>", "<|assistant|>", "<|observe|>", "<|end|>\n", true};
  constexpr char kHex[] = "0123456789ABCDEF";
  for (size_t byte = 0; byte < 256; ++byte) {
    list.Add(std::string("<0x") + kHex[byte >> 4] + kHex[byte & 15] + ">", text::PieceType::kByte);
  }
  list.Add(std::string(kMark), text::PieceType::kNormal);
  for (char c = '!'; c <= '~' && !list.full(); ++c) {
    list.Add(std::string(1, c), text::PieceType::kNormal);
  }
  for (char c = 'a'; c <= 'z' && !list.full(); ++c) {
    list.Add(std::string(kMark) + c, text::PieceType::kNormal);
  }
  for (int length = 2; !list.full(); ++length) list.AddGroups(length);
  return list.Take();
}

Result<std::vector<std::byte>> MakeSynthModel(const SynthShape& shape,
                                              const SynthOptions& options) {
  LMP_RETURN_IF_ERROR(CheckShape(shape, options));
  text::TokenizerSpec tokenizer;
  if (options.tokenizer.has_value()) {
    tokenizer = *options.tokenizer;
  } else {
    LMP_TRY(tokenizer, SynthTokenizer(shape.vocabulary));
  }
  if (tokenizer.pieces.size() > static_cast<size_t>(shape.vocabulary)) {
    return InvalidArgument("shape " + shape.name + ": the tokenizer has " +
                           std::to_string(tokenizer.pieces.size()) + " pieces, the model only " +
                           std::to_string(shape.vocabulary));
  }
  GgufWriter writer;
  AddConfig(shape, &writer);
  LMP_RETURN_IF_ERROR(AddTokenizer(tokenizer, &writer));
  TensorMaker maker(options, &writer);
  AddTensors(shape, &maker);
  return writer.Finish();
}

}  // namespace lmp::model
