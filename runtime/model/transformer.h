// Transformer: the Model of llama, qwen2 and qwen3 files over the kernels' Ops table. Per layer:
// RMS norm, Q|K|V with bias, norms of the heads of Q and K (qwen3), K and V written to the pages, Q
// rotated, paged attention, output projection, and a SwiGLU feed-forward, with residual additions;
// then RMS norm and the output head for the rows that want logits.
//
// Results do not depend on threads, on which rows share a step or on where a prefix was cut into
// steps (model.h, kernels/ops.h). The last layer computes K and V for all rows but the rest only
// for rows that want logits, unless a hook wants to see every row.
//
// Engine thread. Step allocates only when a step is larger than every step before it.
#pragma once

#include <memory>
#include <string>

#include "kernels/kv_layout.h"
#include "runtime/base/status.h"
#include "runtime/model/gguf.h"
#include "runtime/model/model.h"
#include "runtime/model/model_source.h"
#include "runtime/model/weights.h"
#include "runtime/text/tokenizer.h"

namespace lmp::model {

struct TransformerOptions {
  std::string kernels = "auto";  // or the name of an implementation (kernels/registry.h)
  int threads = 0;               // 0: one per processor
  KvType kv = KvType::kBf16;
  int context_max = 0;  // 0: what the file says; tests go beyond it
  LoadProgress on_load = nullptr;
};

// Errors: NotFound / Unavailable for the kernels' name; InvalidArgument for a bad option.
Result<std::unique_ptr<Model>> MakeTransformer(std::shared_ptr<const Weights> weights,
                                               const TransformerOptions& options);

struct OpenedModel {
  std::unique_ptr<Model> model;
  text::TokenizerSpec tokenizer;
};
// Loads a GGUF file or a folder (model_source.h), packs its weights and reads its tokenizer.
// Errors: those of OpenModelSource, LoadWeights, the tokenizer and MakeTransformer, with the path
// in front.
Result<OpenedModel> OpenModel(const std::string& path, const TransformerOptions& options);
// The same for what is open already and may be closed afterwards.
Result<OpenedModel> OpenModel(const ModelSource& source, const TransformerOptions& options);
Result<OpenedModel> OpenModel(const GgufFile& file, const TransformerOptions& options);

}  // namespace lmp::model
