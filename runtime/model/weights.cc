#include "runtime/model/weights.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "kernels/ops.h"
#include "runtime/model/finite.h"

namespace lmp::model {
namespace {

using kernels::PackedMatrix;
using kernels::WeightFormat;

Status NotFiniteError(const GgufTensor& tensor, int64_t index) {
  return Corruption("tensor " + std::string(tensor.name) + ": element " + std::to_string(index) +
                    " (row " + std::to_string(index / tensor.dims[0]) + ", column " +
                    std::to_string(index % tensor.dims[0]) + ") is " +
                    (kernels::BlockElements(WeightFormatOf(tensor.type)) > 1
                         ? "in a group whose scale is "
                         : "") +
                    "infinite or not a number");
}

// A matrix that a projection is made of.
struct Source {
  std::string name;  // without ".weight"
  int64_t out;
};

class Loader {
 public:
  Loader(const ModelSource& source, kernels::ThreadPool& pool, const LoadProgress& on_load)
      : source_(source), pool_(pool), on_load_(on_load) {}

  Result<std::shared_ptr<const Weights>> Load();

 private:
  Result<const GgufTensor*> Find(const std::string& name, int64_t in, int64_t out);
  Status LoadVector(const std::string& name, int64_t size, std::vector<float>* out);
  Status LoadProjection(int64_t in, std::span<const Source> sources, Projection* out);
  Status LoadBias(std::span<const Source> sources, Projection* out);
  Status LoadHeadNorms(const std::string& prefix, LayerWeights* out);
  Status LoadLayer(int index, LayerWeights* out);
  Status LoadRope();
  Status SetRows(PackedMatrix* matrix, int64_t row, const GgufTensor& tensor);

  const ModelSource& source_;
  kernels::ThreadPool& pool_;
  const LoadProgress& on_load_;
  uint64_t packed_bytes_ = 0;  // of the source's
  Weights weights_;
};

Result<const GgufTensor*> Loader::Find(const std::string& name, int64_t in, int64_t out) {
  LMP_TRY(const GgufTensor* const tensor, source_.FindTensor(name));
  if (tensor == nullptr) return NotFound("tensor " + source_.TensorName(name) + ": missing");
  const auto& dims = tensor->dims;
  if (dims[0] != in || dims[1] != out || dims[2] != 1 || dims[3] != 1) {
    return Corruption("tensor " + source_.TensorName(name) + ": shape " + std::to_string(dims[0]) +
                      " x " + std::to_string(dims[1]) + " x " + std::to_string(dims[2]) + " x " +
                      std::to_string(dims[3]) + ", expected " + std::to_string(in) + " x " +
                      std::to_string(out));
  }
  return tensor;
}

Status Loader::LoadVector(const std::string& name, int64_t size, std::vector<float>* out) {
  LMP_TRY(const GgufTensor* tensor, Find(name, size, 1));
  if (const auto bad = FindNotFinite(tensor->type, tensor->bytes)) {
    return NotFiniteError(*tensor, *bad);
  }
  out->resize(static_cast<size_t>(size));
  kernels::WidenElements(WeightFormatOf(tensor->type), tensor->bytes.data(), size, out->data());
  return OkStatus();
}

// Checks the elements on the way: they come from memory once. What is packed is released at once,
// so that a model never needs its file's size in memory a second time.
Status Loader::SetRows(PackedMatrix* matrix, int64_t row, const GgufTensor& tensor) {
  const int64_t rows = tensor.dims[1];
  const size_t row_bytes = kernels::UnpackedBytes(WeightFormatOf(tensor.type), tensor.dims[0]);
  // Threads may not share a panel, so parts end at absolute multiples of kPartRows.
  constexpr int64_t kPartRows = 8 * kernels::kPanel;
  const int64_t first_part = row / kPartRows;
  const int64_t parts = (row + rows - 1) / kPartRows - first_part + 1;
  constexpr int64_t kAllFinite = std::numeric_limits<int64_t>::max();
  std::atomic<int64_t> first_bad = kAllFinite;
  pool_.For(parts, [&](int64_t begin, int64_t end, int) {
    for (int64_t part = begin; part < end; ++part) {
      const int64_t low = std::max(row, (first_part + part) * kPartRows);
      const int64_t high = std::min(row + rows, (first_part + part + 1) * kPartRows);
      const auto bytes = tensor.bytes.subspan(static_cast<size_t>(low - row) * row_bytes,
                                              static_cast<size_t>(high - low) * row_bytes);
      if (const auto bad = FindNotFinite(tensor.type, bytes)) {
        const int64_t index = (low - row) * tensor.dims[0] + *bad;
        int64_t known = first_bad;
        while (index < known && !first_bad.compare_exchange_weak(known, index)) {
        }
      }
      matrix->SetRows(low, high - low, bytes.data());
      source_.Release(bytes);
    }
  });
  if (first_bad != kAllFinite) return NotFiniteError(tensor, first_bad);
  packed_bytes_ += tensor.bytes.size();
  if (on_load_) on_load_(packed_bytes_, source_.tensor_bytes());
  return OkStatus();
}

Status Loader::LoadProjection(int64_t in, std::span<const Source> sources, Projection* out) {
  std::vector<const GgufTensor*> tensors;
  out->in = in;
  for (const Source& source : sources) {
    LMP_TRY(const GgufTensor* tensor, Find(source.name + ".weight", in, source.out));
    tensors.push_back(tensor);
    out->out += source.out;
  }
  const bool joined = std::all_of(tensors.begin(), tensors.end(), [&](const GgufTensor* tensor) {
    return tensor->type == tensors[0]->type;
  });
  int64_t column = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const GgufTensor& tensor = *tensors[i];
    const WeightFormat format = WeightFormatOf(tensor.type);
    if (i == 0 || !joined) {
      auto matrix = PackedMatrix::Allocate(format, joined ? out->out : sources[i].out, in);
      if (!matrix.ok())
        return matrix.status().WithPrefix("tensor " +
                                          source_.TensorName(sources[i].name + ".weight"));
      out->parts.push_back({std::move(matrix).value(), column});
    }
    LMP_RETURN_IF_ERROR(SetRows(&out->parts.back().matrix, joined ? column : 0, tensor));
    column += sources[i].out;
  }
  return LoadBias(sources, out);
}

Status Loader::LoadBias(std::span<const Source> sources, Projection* out) {
  bool present = false;
  for (const Source& source : sources) {
    LMP_TRY(const GgufTensor* const bias, source_.FindTensor(source.name + ".bias"));
    present = present || bias != nullptr;
  }
  if (!present) return OkStatus();
  for (const Source& source : sources) {
    std::vector<float> part;
    LMP_RETURN_IF_ERROR(LoadVector(source.name + ".bias", source.out, &part));
    out->bias.insert(out->bias.end(), part.begin(), part.end());
  }
  return OkStatus();
}

Status Loader::LoadHeadNorms(const std::string& prefix, LayerWeights* out) {
  const ModelConfig& config = weights_.config;
  if (config.architecture == "qwen3") {
    LMP_RETURN_IF_ERROR(LoadVector(prefix + "attn_q_norm.weight", config.head_dim, &out->q_norm));
    return LoadVector(prefix + "attn_k_norm.weight", config.head_dim, &out->k_norm);
  }
  for (const char* name : {"attn_q_norm.weight", "attn_k_norm.weight"}) {
    LMP_TRY(const GgufTensor* const norm, source_.FindTensor(prefix + name));
    if (norm == nullptr) continue;
    return Unsupported("tensor " + source_.TensorName(prefix + name) + ": a norm of heads, which " +
                       config.architecture + " models do not have");
  }
  return OkStatus();
}

Status Loader::LoadLayer(int index, LayerWeights* out) {
  const ModelConfig& config = weights_.config;
  const std::string prefix = "blk." + std::to_string(index) + ".";
  const int64_t q = int64_t{config.heads} * config.head_dim;
  const int64_t kv = int64_t{config.kv_heads} * config.head_dim;
  LMP_RETURN_IF_ERROR(LoadVector(prefix + "attn_norm.weight", config.width, &out->attention_norm));
  const Source qkv[] = {{prefix + "attn_q", q}, {prefix + "attn_k", kv}, {prefix + "attn_v", kv}};
  LMP_RETURN_IF_ERROR(LoadProjection(config.width, qkv, &out->qkv));
  LMP_RETURN_IF_ERROR(LoadHeadNorms(prefix, out));
  const Source attention_out[] = {{prefix + "attn_output", config.width}};
  LMP_RETURN_IF_ERROR(LoadProjection(q, attention_out, &out->attention_out));
  LMP_RETURN_IF_ERROR(LoadVector(prefix + "ffn_norm.weight", config.width, &out->ffn_norm));
  const Source gate_up[] = {{prefix + "ffn_gate", config.ffn_width},
                            {prefix + "ffn_up", config.ffn_width}};
  LMP_RETURN_IF_ERROR(LoadProjection(config.width, gate_up, &out->gate_up));
  const Source down[] = {{prefix + "ffn_down", config.width}};
  return LoadProjection(config.ffn_width, down, &out->ffn_down);
}

Status Loader::LoadRope() {
  LMP_TRY(const GgufTensor* const factors, source_.FindTensor("rope_freqs.weight"));
  if (factors == nullptr) return OkStatus();
  LMP_RETURN_IF_ERROR(
      LoadVector("rope_freqs.weight", weights_.rope_dims / 2, &weights_.rope_factors));
  for (const float factor : weights_.rope_factors) {
    if (!(factor > 0)) return Corruption("tensor rope_freqs.weight: a factor is not positive");
  }
  return OkStatus();
}

Result<std::shared_ptr<const Weights>> Loader::Load() {
  LMP_TRY(Network network, source_.ReadNetwork());
  weights_.config = std::move(network.config);
  weights_.rope_dims = network.rope_dims;
  weights_.rope_factors = std::move(network.rope_factors);
  ModelConfig& config = weights_.config;
  LMP_RETURN_IF_ERROR(kernels::CheckAttention(config.heads, config.kv_heads, config.head_dim)
                          .WithPrefix(config.architecture + ".attention"));
  LMP_RETURN_IF_ERROR(LoadRope());
  const Source embedding[] = {{"token_embd", config.vocabulary}};
  LMP_RETURN_IF_ERROR(LoadProjection(config.width, embedding, &weights_.embedding));
  size_t bytes = weights_.embedding.bytes();
  for (int i = 0; i < config.layers; ++i) {
    LayerWeights& layer = weights_.layers.emplace_back();
    LMP_RETURN_IF_ERROR(LoadLayer(i, &layer));
    bytes += layer.qkv.bytes() + layer.attention_out.bytes() + layer.gate_up.bytes() +
             layer.ffn_down.bytes();
  }
  LMP_RETURN_IF_ERROR(LoadVector("output_norm.weight", config.width, &weights_.output_norm));
  if (!config.tied_embeddings) {
    const Source output[] = {{"output", config.vocabulary}};
    LMP_RETURN_IF_ERROR(LoadProjection(config.width, output, &weights_.output));
    bytes += weights_.output.bytes();
  }
  config.weight_bytes = bytes;
  if (on_load_) on_load_(source_.tensor_bytes(), source_.tensor_bytes());
  return std::shared_ptr<const Weights>(std::make_shared<Weights>(std::move(weights_)));
}

}  // namespace

size_t Projection::bytes() const {
  size_t total = bias.size() * sizeof(float);
  for (const Part& part : parts) total += part.matrix.bytes();
  return total;
}

Result<std::shared_ptr<const Weights>> LoadWeights(const ModelSource& source,
                                                   kernels::ThreadPool& pool,
                                                   const LoadProgress& on_load) {
  return Loader(source, pool, on_load).Load();
}

}  // namespace lmp::model
