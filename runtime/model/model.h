// Model: weights plus one operation, Step, which writes KV slots and returns logits. Two
// implementations: the transformer (runtime/model/transformer.h) and the digest model of simulation
// (runtime/sim/digest_model.h). A Model knows no sequences, no scheduling and no cache: it follows
// the StepLayout it is given.
//
// Contract (decisions 1-5): a row's KV and logits are a pure function of the tokens at positions
// 0..p of its own sequence: the same bits whatever other rows share the step, however the prefix
// was cut into steps, and whoever computed the prefix's pages. Within one step, every row's K and V
// of a layer are written before any row's attention of that layer reads, so a sequence may read
// pages that another sequence fills in the same step.
//
// Thread: the engine thread; a Model may use its Backend's kernel threads inside Step. Weights are
// immutable and may be shared by several Models or engines; scratch is not.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/kv_layout.h"
#include "runtime/base/status.h"
#include "runtime/base/token_id.h"

namespace lmp::model {

struct ModelConfig {
  std::string architecture;   // "llama", "qwen2", "digest"
  std::string name;           // general.name or the file's stem
  std::string weight_format;  // "F32", "F16", "BF16", "Q8_0": of the matrices
  int layers = 0;
  int width = 0;  // embedding length
  int ffn_width = 0;
  int heads = 0;
  int kv_heads = 0;
  int head_dim = 0;
  int vocabulary = 0;
  int context_max = 0;  // tokens
  float rms_eps = 1e-5f;
  float rope_base = 10000.0f;
  bool rope_neox = false;  // halves rotated together (qwen2); false: adjacent pairs (llama GGUF)
  bool qkv_bias = false;
  bool tied_embeddings = false;
  uint64_t weight_bytes = 0;  // as packed in memory
  // What KV depends on besides weights and geometry, as text: stored KV of another text is not
  // used. Empty: the model's KV cannot be stored.
  std::string rope = {};      // position scheme: base, dims, pairing, factors
  std::string numerics = {};  // row arithmetic: kernel family, norm epsilon
};

// Page bytes. Made by Model::MakeKvPool, owned by the engine.
class KvPool {
 public:
  virtual ~KvPool() = default;
  virtual uint32_t page_count() const = 0;
  virtual size_t page_bytes() const = 0;
  // Copies the first `count` token slots (all layers, K and V) of `from` into `to`.
  virtual void CopyTokens(PageId from, PageId to, int count) = 0;
};

// A run of query rows of one sequence in one step.
struct SequenceRows {
  std::span<const TokenId> tokens;  // [n]
  std::span<const int32_t>
      positions;  // [n] strictly ascending; row i attends to positions <= its own
  std::span<const PageId>
      pages;            // pages[j] holds positions [16j, 16j+16); covers the last position
  int logits_from = 0;  // logits are made for rows [logits_from, n); n for none
  // For research, [n] strictly ascending or empty: from StepLayout::mask_layer on, row i attends to
  // positions <= mask[i] instead of its own.
  std::span<const int32_t> mask = {};
};

// Called after each layer with the hidden state of all rows of the step, [rows][width] fp32, in
// layout order. For research and for chunk repair; may change the rows.
class LayerHook {
 public:
  virtual ~LayerHook() = default;
  virtual void AfterLayer(int layer, std::span<float> hidden, int rows, int width) = 0;
};

// Called before each layer, on the engine thread. May write stored rows of that layer (WriteKv),
// and may wait: rows of a step see what is in the pages when their layer begins.
class LayerGate {
 public:
  virtual ~LayerGate() = default;
  virtual void BeforeLayer(int layer) = 0;
};

// Receives K before rotation and V (after bias, rounded to the KV type and widened again), for rows
// of the step in layout order: k, v = [rows][kv_heads * head_dim].
class KvCapture {
 public:
  virtual ~KvCapture() = default;
  virtual void Layer(int layer, std::span<const float> k, std::span<const float> v, int rows) = 0;
};

// One step's work, read-only for the model. Spans are borrowed until Step returns.
struct StepLayout {
  std::vector<SequenceRows> sequences;
  LayerHook* hook = nullptr;     // nullable
  KvCapture* capture = nullptr;  // nullable
  LayerGate* gate = nullptr;     // nullable; not called by a probe
  // If not -1 the step is a probe: it runs the layers below this one, gives `capture` (then
  // required) the V of this layer with an empty k, and stops. Nothing of this layer is written and
  // there are no logits.
  int probe_layer = -1;
  int mask_layer = 0;  // the first layer that SequenceRows::mask holds for
};

// Stored KV of consecutive or scattered tokens of one sequence in one layer, on its way into pages.
struct StoredRows {
  int layer = 0;
  std::span<const int32_t> positions;  // [n] strictly ascending
  std::span<const PageId> pages;       // page table of the sequence
  // [n][kv_heads * head_dim] as KvCapture gave them: k before rotation. Both are scratch of the
  // callee afterwards.
  std::span<float> k;
  std::span<float> v;
};

struct StepOutput {
  // [logit_rows][vocabulary], rows in layout order; owned by the model, valid until its next Step.
  std::span<const float> logits;
  int logit_rows = 0;
};

class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelConfig& config() const = 0;
  // Errors: ResourceExhausted when the memory is not there.
  virtual Result<std::unique_ptr<KvPool>> MakeKvPool(uint32_t page_count) = 0;
  // Bytes of one page in MakeKvPool's pools.
  virtual size_t kv_page_bytes() const = 0;
  // What a KvCapture's rows look like and how pages hold them; 0 layers for a model whose KV cannot
  // be captured or written.
  virtual KvGeometry kv_geometry() const { return {}; }
  // Rotates k to its positions and writes both into their slots. Of rows that a KvCapture of a
  // model with equal weights gave, the slots then have the bits that computing the rows at these
  // positions would give them. Errors: Unsupported, InvalidArgument.
  virtual Status WriteKv(const StoredRows& /*rows*/, KvPool& /*pool*/) {
    return Unsupported("this model cannot take stored KV");
  }
  // Errors poison the engine: after one, the content of every page written by the step is
  // undefined.
  virtual Status Step(const StepLayout& layout, KvPool& pool, StepOutput* output) = 0;
};

}  // namespace lmp::model
