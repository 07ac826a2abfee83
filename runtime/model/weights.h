// Weights: a model file's tensors packed for the kernels. Immutable after LoadWeights, any thread;
// shared by Models. Owns its memory: the file may be closed afterwards.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "kernels/thread_pool.h"
#include "kernels/weights.h"
#include "runtime/base/status.h"
#include "runtime/model/model.h"
#include "runtime/model/model_source.h"

namespace lmp::model {

// One matmul of the network: matrices that read the same input, side by side in the output (Q|K|V,
// gate|up). Of one format they are packed as one matrix; of mixed formats each is a part.
struct Projection {
  struct Part {
    kernels::PackedMatrix matrix;
    int64_t column = 0;  // where its output begins
  };
  std::vector<Part> parts;
  std::vector<float> bias;  // of all outputs; empty if there is none
  int64_t in = 0;
  int64_t out = 0;

  size_t bytes() const;
};

struct LayerWeights {
  std::vector<float> attention_norm;
  Projection qkv;
  std::vector<float>
      q_norm;  // of each head of Q, [head_dim]; empty if there is none (all but qwen3)
  std::vector<float> k_norm;
  Projection attention_out;
  std::vector<float> ffn_norm;
  Projection gate_up;
  Projection ffn_down;
};

struct Weights {
  ModelConfig config;  // weight_bytes filled
  int rope_dims = 0;
  std::vector<float> rope_factors;  // "rope_freqs.weight"; empty if there is none
  Projection embedding;             // one part; also the output head where embeddings are tied
  std::vector<LayerWeights> layers;
  std::vector<float> output_norm;
  Projection output;  // no parts where embeddings are tied

  const Projection& head() const { return output.parts.empty() ? embedding : output; }
};

// How much of the source's tensors is packed, of how much. Called on the thread that loads, after
// each tensor; at the end both are equal.
using LoadProgress = std::function<void(uint64_t done_bytes, uint64_t total_bytes)>;

// Packs with the threads of `pool`; `on_load` may be null. Errors: those of ModelSource; NotFound /
// Corruption naming the tensor; Unsupported for shapes that the kernels do not take;
// ResourceExhausted.
Result<std::shared_ptr<const Weights>> LoadWeights(const ModelSource& source,
                                                   kernels::ThreadPool& pool,
                                                   const LoadProgress& on_load = nullptr);

}  // namespace lmp::model
