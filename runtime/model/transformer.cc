#include "runtime/model/transformer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "kernels/number.h"
#include "kernels/ops.h"
#include "kernels/registry.h"
#include "kernels/rope_table.h"
#include "kernels/step_plan.h"
#include "kernels/thread_pool.h"
#include "runtime/base/limits.h"
#include "runtime/model/kv_pool.h"

namespace lmp::model {
namespace {

constexpr int kThreadsMax = 256;
constexpr int kRopePositionsFirst =
    2048;  // rows of the rope table to begin with; doubled on demand

// Intermediate results of a step, row-major, in one piece of memory that is kept from step to step.
struct Activations {
  float* hidden = nullptr;     // [rows][width]
  float* normed = nullptr;     // [rows][width]
  float* projected = nullptr;  // [rows][width]
  // Of attention. In the same place are, afterwards, gate_up, and at the end logits.
  float* qkv = nullptr;        // [rows][q + 2 kv]
  float* attention = nullptr;  // [rows][q]
  float* capture_k = nullptr;  // [rows][kv], where something is captured
  float* capture_v = nullptr;
  float* gate_up = nullptr;  // [rows][2 ffn_width]
  float* logits = nullptr;   // [logit rows][vocabulary]
};

// What a step is asked for, in arrays that are kept from step to step.
struct StepRows {
  std::vector<TokenId> ids;
  std::vector<kernels::PlanSequence> all;          // every row
  std::vector<kernels::PlanSequence> with_logits;  // the rows that want logits
  std::vector<int64_t> logit_rows;                 // their indices among all rows
  std::vector<PageId> stored_pages;                // of WriteKv
};

int ThreadCount(int asked) {
  const int count = asked > 0 ? asked : static_cast<int>(std::thread::hardware_concurrency());
  return std::clamp(count, 1, kThreadsMax);
}

// Everything that RopeTable is made from.
std::string RopeText(const Weights& weights) {
  char number[40];
  std::snprintf(number, sizeof(number), "%a", static_cast<double>(weights.config.rope_base));
  std::string text = "base " + std::string(number) + " dims " + std::to_string(weights.rope_dims) +
                     (weights.config.rope_neox ? " halves" : " adjacent");
  for (const float factor : weights.rope_factors) {
    std::snprintf(number, sizeof(number), " %a", static_cast<double>(factor));
    text += number;
  }
  return text;
}

// What the bits of KV depend on beside the weights. Kernels with fused multiply-add give the same
// bits as each other (kernels/ops.h), but where they round activations.
std::string NumericsText(const kernels::Ops& ops, const Weights& weights) {
  bool int8 = false, bf16 = false;
  for (const LayerWeights& layer : weights.layers) {
    for (const Projection* p :
         {&layer.qkv, &layer.attention_out, &layer.gate_up, &layer.ffn_down}) {
      for (const Projection::Part& part : p->parts) {
        const kernels::Product product = kernels::ProductOf(ops, part.matrix.view().format);
        int8 = int8 || product == kernels::Product::kInt8;
        bf16 = bf16 || product == kernels::Product::kBf16;
      }
    }
  }
  const bool fused = ops.implementation.starts_with("cpu_avx");
  std::string text(fused ? "cpu_fma" : ops.implementation);
  if (int8) text = "cpu_avx512_vnni";
  if (bf16) text += " bf16";
  char eps[40];
  std::snprintf(eps, sizeof(eps), " eps %a", static_cast<double>(weights.config.rms_eps));
  return text + " weights " + weights.config.weight_format + eps;
}

class Transformer final : public Model {
 public:
  Transformer(std::shared_ptr<const Weights> weights, const kernels::Ops& ops, int threads,
              KvType kv, int context_max);

  const ModelConfig& config() const override { return config_; }
  Result<std::unique_ptr<KvPool>> MakeKvPool(uint32_t page_count) override;
  size_t kv_page_bytes() const override { return geometry_.page_bytes(); }
  KvGeometry kv_geometry() const override { return geometry_; }
  Status WriteKv(const StoredRows& rows, KvPool& pool) override;
  Status Step(const StepLayout& layout, KvPool& pool, StepOutput* output) override;

 private:
  int64_t q_width() const { return int64_t{config_.heads} * config_.head_dim; }
  int64_t kv_width() const { return int64_t{config_.kv_heads} * config_.head_dim; }
  int64_t qkv_width() const { return q_width() + 2 * kv_width(); }

  Status CheckSequence(const SequenceRows& rows, uint32_t page_count) const;
  Status Prepare(const StepLayout& layout, const KvPool& pool);
  void PlaceActivations(bool captures);
  Status PrepareMask(const StepLayout& layout);
  void GrowRope(int32_t position);
  void Layer(int index, const StepLayout& layout, const HeapKvPool& pool);
  void NormHeads(const std::vector<float>& weight, int64_t column, int heads);
  void WriteRows(const KvLayerView& kv);
  void ProbeValues(int index, KvCapture* capture);
  void Capture(int index, KvCapture* capture);
  void KeepLogitRows();
  void Attend(const LayerWeights& layer, const KvLayerView& kv);
  void FeedForward(const LayerWeights& layer);
  void Head(StepOutput* output);

  void Norm(const std::vector<float>& weight, int64_t rows);
  void Multiply(const Projection& projection, const float* x, int64_t x_stride, float* y,
                int64_t rows);
  void AddProjected(int64_t rows);

  const std::shared_ptr<const Weights> weights_;
  const kernels::Ops& ops_;
  ModelConfig config_;
  KvGeometry geometry_;
  kernels::ThreadPool threads_;
  std::optional<kernels::RopeTable> rope_;
  kernels::StepPlan plan_;        // all rows
  kernels::StepPlan logit_plan_;  // the rows that want logits, for the last layer's attention
  kernels::StepPlan mask_plan_;   // all rows, with SequenceRows::mask for positions
  bool masked_ = false;           // mask_plan_ holds for the present layer
  StepRows step_;
  Activations x_;
  std::vector<float> memory_;  // of x_; never shrinks, so that steps stop allocating
  int64_t rows_ = 0;           // rows in `hidden` now: all of the step's, or those that want logits
  bool kept_ = false;          // KeepLogitRows was done in this step
};

Transformer::Transformer(std::shared_ptr<const Weights> weights, const kernels::Ops& ops,
                         int threads, KvType kv, int context_max)
    : weights_(std::move(weights)),
      ops_(ops),
      config_(weights_->config),
      geometry_{config_.layers, config_.kv_heads, config_.head_dim, kv},
      threads_(threads),
      plan_(config_.heads, config_.kv_heads, config_.head_dim, threads_.size()),
      logit_plan_(config_.heads, config_.kv_heads, config_.head_dim, threads_.size()),
      mask_plan_(config_.heads, config_.kv_heads, config_.head_dim, threads_.size()) {
  if (context_max > 0) config_.context_max = context_max;
  config_.rope = RopeText(*weights_);
  config_.numerics = NumericsText(ops_, *weights_);
  GrowRope(0);
}

Result<std::unique_ptr<KvPool>> Transformer::MakeKvPool(uint32_t page_count) {
  LMP_TRY(auto pool, HeapKvPool::Make(geometry_, page_count));
  return std::unique_ptr<KvPool>(std::move(pool));
}

void Transformer::GrowRope(int32_t position) {
  const int64_t have = rope_.has_value() ? rope_->view().positions : 0;
  if (position < have) return;
  int64_t want = std::max<int64_t>(have, kRopePositionsFirst);
  while (want <= position) want *= 2;
  const auto layout =
      config_.rope_neox ? kernels::RopeLayout::kHalves : kernels::RopeLayout::kAdjacent;
  rope_.emplace(layout, weights_->rope_dims, static_cast<double>(config_.rope_base), want,
                weights_->rope_factors);
}

Status Transformer::CheckSequence(const SequenceRows& rows, uint32_t page_count) const {
  const size_t count = rows.tokens.size();
  if (count == 0 || rows.positions.size() != count) {
    return InvalidArgument("a sequence of " + std::to_string(count) + " tokens and " +
                           std::to_string(rows.positions.size()) + " positions");
  }
  if (rows.logits_from < 0 || static_cast<size_t>(rows.logits_from) > count) {
    return InvalidArgument("logits from row " + std::to_string(rows.logits_from) + " of " +
                           std::to_string(count));
  }
  for (const TokenId id : rows.tokens) {
    if (id < 0 || id >= config_.vocabulary) {
      return InvalidArgument("token " + std::to_string(id) + " is not in the vocabulary of " +
                             std::to_string(config_.vocabulary));
    }
  }
  if (rows.positions.front() < 0 || rows.positions.back() >= config_.context_max) {
    return InvalidArgument("positions " + std::to_string(rows.positions.front()) + " to " +
                           std::to_string(rows.positions.back()) + ", the context has " +
                           std::to_string(config_.context_max));
  }
  for (const PageId page : rows.pages) {
    if (page.index >= page_count) {
      return InvalidArgument("page " + std::to_string(page.index) + " of a pool of " +
                             std::to_string(page_count));
    }
  }
  return OkStatus();
}

Status Transformer::Prepare(const StepLayout& layout, const KvPool& pool) {
  step_.ids.clear();
  step_.all.clear();
  step_.with_logits.clear();
  step_.logit_rows.clear();
  for (const SequenceRows& rows : layout.sequences) {
    LMP_RETURN_IF_ERROR(CheckSequence(rows, pool.page_count()));
    const auto first = static_cast<size_t>(rows.logits_from);
    for (size_t i = first; i < rows.tokens.size(); ++i) {
      step_.logit_rows.push_back(static_cast<int64_t>(step_.ids.size() + i));
    }
    step_.ids.insert(step_.ids.end(), rows.tokens.begin(), rows.tokens.end());
    step_.all.push_back({rows.positions, rows.pages});
    if (first < rows.tokens.size()) {
      step_.with_logits.push_back({rows.positions.subspan(first), rows.pages});
    }
    GrowRope(rows.positions.back());
  }
  LMP_RETURN_IF_ERROR(plan_.Build(step_.all));
  LMP_RETURN_IF_ERROR(logit_plan_.Build(step_.with_logits));
  rows_ = static_cast<int64_t>(step_.ids.size());
  kept_ = false;
  masked_ = false;
  PlaceActivations(layout.capture != nullptr);
  return OkStatus();
}

void Transformer::PlaceActivations(bool captures) {
  size_t end = 0;
  const auto place = [&](int64_t floats) {
    const size_t begin = end;
    end += (static_cast<size_t>(floats) + kernels::kPanel - 1) / kernels::kPanel * kernels::kPanel;
    return begin;
  };
  const size_t hidden = place(rows_ * config_.width), normed = place(rows_ * config_.width),
               projected = place(rows_ * config_.width), shared = end;
  const size_t qkv = place(rows_ * qkv_width()), attention = place(rows_ * q_width());
  const int64_t captured = captures ? rows_ * kv_width() : 0;
  const size_t capture_k = place(captured), capture_v = place(captured);
  size_t needed = end;
  for (const int64_t floats :
       {rows_ * 2 * config_.ffn_width,
        static_cast<int64_t>(step_.logit_rows.size()) * config_.vocabulary}) {
    end = shared;
    place(floats);
    needed = std::max(needed, end);
  }
  if (needed > memory_.size()) {
    std::vector<float>().swap(memory_);  // not both at a time
    memory_.resize(needed);
  }
  float* const base = memory_.data();
  x_ = {.hidden = base + hidden,
        .normed = base + normed,
        .projected = base + projected,
        .qkv = base + qkv,
        .attention = base + attention,
        .capture_k = base + capture_k,
        .capture_v = base + capture_v,
        .gate_up = base + shared,
        .logits = base + shared};
}

Status Transformer::Step(const StepLayout& layout, KvPool& pool, StepOutput* output) {
  *output = {};
  const auto* const heap_pool = dynamic_cast<const HeapKvPool*>(&pool);
  LMP_CHECK(heap_pool != nullptr && heap_pool->page_bytes() == geometry_.page_bytes());
  if (layout.sequences.empty()) return OkStatus();
  if (layout.probe_layer >= config_.layers ||
      (layout.probe_layer >= 0 && layout.capture == nullptr)) {
    return InvalidArgument("a probe of layer " + std::to_string(layout.probe_layer) +
                           " needs a capture and a layer below " + std::to_string(config_.layers));
  }
  LMP_RETURN_IF_ERROR(Prepare(layout, pool));
  ops_.embed({.w = weights_->embedding.parts[0].matrix.view(),
              .ids = step_.ids.data(),
              .y = x_.hidden,
              .y_stride = config_.width,
              .rows = rows_},
             threads_);
  if (layout.probe_layer >= 0) {
    for (int i = 0; i < layout.probe_layer; ++i) Layer(i, layout, *heap_pool);
    ProbeValues(layout.probe_layer, layout.capture);
    return OkStatus();
  }
  const bool has_mask = std::any_of(layout.sequences.begin(), layout.sequences.end(),
                                    [](const SequenceRows& rows) { return !rows.mask.empty(); });
  if (has_mask) LMP_RETURN_IF_ERROR(PrepareMask(layout));
  for (int i = 0; i < config_.layers; ++i) {
    masked_ = has_mask && i >= layout.mask_layer;
    if (layout.gate != nullptr) layout.gate->BeforeLayer(i);
    Layer(i, layout, *heap_pool);
  }
  Head(output);
  return OkStatus();
}

Status Transformer::PrepareMask(const StepLayout& layout) {
  step_.all.clear();
  for (const SequenceRows& rows : layout.sequences) {
    if (!rows.mask.empty() && rows.mask.size() != rows.positions.size()) {
      return InvalidArgument("a mask of " + std::to_string(rows.mask.size()) + " rows for " +
                             std::to_string(rows.positions.size()));
    }
    step_.all.push_back({rows.mask.empty() ? rows.positions : rows.mask, rows.pages});
  }
  return mask_plan_.Build(step_.all);
}

// V of one layer for all rows, rounded to the KV type; nothing is written.
void Transformer::ProbeValues(int index, KvCapture* capture) {
  const LayerWeights& layer = weights_->layers[static_cast<size_t>(index)];
  Norm(layer.attention_norm, rows_);
  Multiply(layer.qkv, x_.normed, config_.width, x_.qkv, rows_);
  const auto dim = static_cast<size_t>(config_.head_dim);
  for (int64_t row = 0; row < rows_; ++row) {
    float* const v = x_.capture_v + row * kv_width();
    std::memcpy(v, x_.qkv + row * qkv_width() + q_width() + kv_width(),
                static_cast<size_t>(kv_width()) * sizeof(float));
    for (size_t head = 0; head < static_cast<size_t>(config_.kv_heads); ++head) {
      kernels::RoundToKvType(geometry_.type, std::span(v + head * dim, dim));
    }
  }
  const auto all = static_cast<size_t>(rows_ * kv_width());
  capture->Layer(index, {}, std::span<const float>(x_.capture_v, all), static_cast<int>(rows_));
}

Status Transformer::WriteKv(const StoredRows& rows, KvPool& pool) {
  const auto* const heap_pool = dynamic_cast<const HeapKvPool*>(&pool);
  LMP_CHECK(heap_pool != nullptr && heap_pool->page_bytes() == geometry_.page_bytes());
  const size_t values = rows.positions.size() * static_cast<size_t>(kv_width());
  if (rows.layer < 0 || rows.layer >= config_.layers || rows.k.size() != values ||
      rows.v.size() != values) {
    return InvalidArgument("stored rows of layer " + std::to_string(rows.layer) + " with " +
                           std::to_string(rows.k.size()) + " and " + std::to_string(rows.v.size()) +
                           " values for " + std::to_string(rows.positions.size()) + " positions");
  }
  if (rows.positions.empty()) return OkStatus();
  if (rows.positions.front() < 0 || rows.positions.back() >= config_.context_max) {
    return InvalidArgument("stored rows outside of the context");
  }
  step_.stored_pages.clear();
  for (const int32_t position : rows.positions) {
    const auto page = static_cast<size_t>(position / kPageTokens);
    if (page >= rows.pages.size() || rows.pages[page].index >= pool.page_count()) {
      return InvalidArgument("stored row at position " + std::to_string(position) + " has no page");
    }
    step_.stored_pages.push_back(rows.pages[page]);
  }
  GrowRope(rows.positions.back());
  // Rounding a rounded value changes no bit, for every KV type, so the op of computed rows serves.
  ops_.kv_write({.kv = heap_pool->layer(rows.layer),
                 .k = rows.k.data(),
                 .k_stride = kv_width(),
                 .v = rows.v.data(),
                 .v_stride = kv_width(),
                 .rows = static_cast<int64_t>(rows.positions.size()),
                 .positions = rows.positions.data(),
                 .pages = step_.stored_pages.data(),
                 .table = rope_->view()},
                threads_);
  return OkStatus();
}

void Transformer::Norm(const std::vector<float>& weight, int64_t rows) {
  ops_.rms_norm({.x = x_.hidden,
                 .x_stride = config_.width,
                 .weight = weight.data(),
                 .eps = config_.rms_eps,
                 .y = x_.normed,
                 .y_stride = config_.width,
                 .rows = rows,
                 .width = config_.width},
                threads_);
}

void Transformer::Multiply(const Projection& projection, const float* x, int64_t x_stride, float* y,
                           int64_t rows) {
  for (const Projection::Part& part : projection.parts) {
    const float* const bias =
        projection.bias.empty() ? nullptr : projection.bias.data() + part.column;
    ops_.matmul({.w = part.matrix.view(),
                 .x = x,
                 .x_stride = x_stride,
                 .y = y + part.column,
                 .y_stride = projection.out,
                 .rows = rows,
                 .bias = bias},
                threads_);
  }
}

void Transformer::AddProjected(int64_t rows) {
  ops_.add({.x = x_.projected,
            .x_stride = config_.width,
            .y = x_.hidden,
            .y_stride = config_.width,
            .rows = rows,
            .width = config_.width},
           threads_);
}

void Transformer::Layer(int index, const StepLayout& layout, const HeapKvPool& pool) {
  const LayerWeights& layer = weights_->layers[static_cast<size_t>(index)];
  const KvLayerView kv = pool.layer(index);
  Norm(layer.attention_norm, rows_);
  Multiply(layer.qkv, x_.normed, config_.width, x_.qkv, rows_);
  NormHeads(layer.q_norm, 0, config_.heads);
  NormHeads(layer.k_norm, q_width(), config_.kv_heads);
  WriteRows(kv);
  if (layout.capture != nullptr && layout.probe_layer < 0) Capture(index, layout.capture);
  if (index + 1 == config_.layers && layout.hook == nullptr && !masked_) KeepLogitRows();
  if (rows_ == 0) return;
  Attend(layer, kv);
  FeedForward(layer);
  if (layout.hook != nullptr) {
    const auto count = static_cast<size_t>(rows_ * config_.width);
    layout.hook->AfterLayer(index, std::span(x_.hidden, count), static_cast<int>(rows_),
                            config_.width);
  }
}

// Each head of all rows of `qkv`, from `column` on, as a row of its own.
void Transformer::NormHeads(const std::vector<float>& weight, int64_t column, int heads) {
  if (weight.empty()) return;
  for (int head = 0; head < heads; ++head) {
    float* const x = x_.qkv + column + int64_t{head} * config_.head_dim;
    ops_.rms_norm({.x = x,
                   .x_stride = qkv_width(),
                   .weight = weight.data(),
                   .eps = config_.rms_eps,
                   .y = x,
                   .y_stride = qkv_width(),
                   .rows = rows_,
                   .width = config_.head_dim},
                  threads_);
  }
}

void Transformer::WriteRows(const KvLayerView& kv) {
  ops_.kv_write({.kv = kv,
                 .k = x_.qkv + q_width(),
                 .k_stride = qkv_width(),
                 .v = x_.qkv + q_width() + kv_width(),
                 .v_stride = qkv_width(),
                 .rows = rows_,
                 .positions = plan_.positions(),
                 .pages = plan_.row_pages(),
                 .table = rope_->view()},
                threads_);
}

void Transformer::Capture(int index, KvCapture* capture) {
  const auto count = static_cast<size_t>(kv_width());
  for (int64_t row = 0; row < rows_; ++row) {
    const float* const k = x_.qkv + row * qkv_width() + q_width();
    std::memcpy(x_.capture_k + row * kv_width(), k, count * sizeof(float));
    std::memcpy(x_.capture_v + row * kv_width(), k + count, count * sizeof(float));
  }
  const size_t all = static_cast<size_t>(rows_) * count;
  capture->Layer(index, std::span<const float>(x_.capture_k, all),
                 std::span<const float>(x_.capture_v, all), static_cast<int>(rows_));
}

// Moves the rows that want logits to the front of `hidden` and `qkv`; from here on only they exist.
void Transformer::KeepLogitRows() {
  const auto keep = static_cast<int64_t>(step_.logit_rows.size());
  for (int64_t to = 0; to < keep; ++to) {
    const int64_t from = step_.logit_rows[static_cast<size_t>(to)];
    if (from == to) continue;
    std::memcpy(x_.hidden + to * config_.width, x_.hidden + from * config_.width,
                static_cast<size_t>(config_.width) * sizeof(float));
    std::memcpy(x_.qkv + to * qkv_width(), x_.qkv + from * qkv_width(),
                static_cast<size_t>(qkv_width()) * sizeof(float));
  }
  rows_ = keep;
  kept_ = true;
}

void Transformer::Attend(const LayerWeights& layer, const KvLayerView& kv) {
  kernels::StepPlan& plan = kept_ ? logit_plan_ : plan_;
  ops_.rope({.x = x_.qkv,
             .x_stride = qkv_width(),
             .rows = rows_,
             .heads = config_.heads,
             .head_dim = config_.head_dim,
             .positions = plan.positions(),
             .table = rope_->view()},
            threads_);
  ops_.attention({.plan = masked_ ? mask_plan_.attention() : plan.attention(),
                  .kv = kv,
                  .q = x_.qkv,
                  .q_stride = qkv_width(),
                  .out = x_.attention,
                  .out_stride = q_width(),
                  .scale = 1.0f / std::sqrt(static_cast<float>(config_.head_dim))},
                 threads_);
  Multiply(layer.attention_out, x_.attention, q_width(), x_.projected, rows_);
  AddProjected(rows_);
}

void Transformer::FeedForward(const LayerWeights& layer) {
  const int64_t stride = 2 * int64_t{config_.ffn_width};
  Norm(layer.ffn_norm, rows_);
  Multiply(layer.gate_up, x_.normed, config_.width, x_.gate_up, rows_);
  ops_.swiglu({.gate = x_.gate_up,
               .up = x_.gate_up + config_.ffn_width,
               .in_stride = stride,
               .y = x_.gate_up,
               .y_stride = stride,
               .rows = rows_,
               .width = config_.ffn_width},
              threads_);
  Multiply(layer.ffn_down, x_.gate_up, stride, x_.projected, rows_);
  AddProjected(rows_);
}

void Transformer::Head(StepOutput* output) {
  if (!kept_) KeepLogitRows();
  if (rows_ == 0) return;
  Norm(weights_->output_norm, rows_);
  Multiply(weights_->head(), x_.normed, config_.width, x_.logits, rows_);
  output->logit_rows = static_cast<int>(rows_);
  output->logits =
      std::span<const float>(x_.logits, static_cast<size_t>(rows_ * config_.vocabulary));
}

}  // namespace

Result<std::unique_ptr<Model>> MakeTransformer(std::shared_ptr<const Weights> weights,
                                               const TransformerOptions& options) {
  const std::string forced = options.kernels == "auto" ? "" : options.kernels;
  LMP_TRY(const kernels::Ops* ops, kernels::ChooseOps(forced));
  if (options.threads < 0 || options.threads > kThreadsMax) {
    return InvalidArgument("threads: " + std::to_string(options.threads) + ", allowed are 0 to " +
                           std::to_string(kThreadsMax));
  }
  if (options.context_max < 0 || options.context_max > static_cast<int>(kContextTokensMax)) {
    return InvalidArgument("context: " + std::to_string(options.context_max) +
                           ", allowed are 0 to " + std::to_string(kContextTokensMax));
  }
  return std::unique_ptr<Model>(std::make_unique<Transformer>(
      std::move(weights), *ops, ThreadCount(options.threads), options.kv, options.context_max));
}

Result<OpenedModel> OpenModel(const ModelSource& source, const TransformerOptions& options) {
  OpenedModel opened;
  LMP_TRY(opened.tokenizer, source.ReadTokenizer());
  kernels::ThreadPool pool(ThreadCount(options.threads));
  LMP_TRY(auto weights, LoadWeights(source, pool, options.on_load));
  if (opened.tokenizer.pieces.size() > static_cast<size_t>(weights->config.vocabulary)) {
    return Corruption("tokenizer: " + std::to_string(opened.tokenizer.pieces.size()) + " pieces, " +
                      source.TensorName("token_embd.weight") + " has only " +
                      std::to_string(weights->config.vocabulary) + " rows");
  }
  LMP_TRY(opened.model, MakeTransformer(std::move(weights), options));
  return opened;
}

Result<OpenedModel> OpenModel(const GgufFile& file, const TransformerOptions& options) {
  return OpenModel(*SourceOf(file), options);
}

Result<OpenedModel> OpenModel(const std::string& path, const TransformerOptions& options) {
  LMP_TRY(const auto source, OpenModelSource(path));
  auto opened = OpenModel(*source, options);
  if (opened.ok()) return opened;
  // Wrong options, and kernels that this machine lacks, are not the file's.
  const StatusCode code = opened.status().code();
  const bool of_options = code == StatusCode::kInvalidArgument || code == StatusCode::kUnavailable;
  const bool names_it = opened.status().message().starts_with(path);
  return of_options || names_it ? opened.status() : opened.status().WithPrefix(path);
}

}  // namespace lmp::model
