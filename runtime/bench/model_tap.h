// ModelTap: a Model that keeps what passes through another one, so that a bench can compare two
// runs of one prompt: logits, and K and V of every position, whether they were computed (Step) or
// loaded (WriteKv). It can also ask for the logits of rows before those the engine asks for, which
// is teacher forcing: the logits along a continuation that stands in the prompt.
//
// For one sequence at a time. Engine thread; the Trace outlives the model.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/model/model.h"

namespace lmp::bench {

// What one prompt left behind.
struct Trace {
  int logits_before = 0;  // set by the bench: rows ahead of the engine's own whose logits to keep
  bool keep_kv = false;   // set by the bench

  std::vector<float> logits;  // [rows][vocabulary]
  // [layer][position][kv_heads * head_dim], before rotation; positions never written are empty.
  std::vector<std::vector<std::vector<float>>> k, v;

  void Clear() {
    logits.clear();
    k.clear();
    v.clear();
  }
};

class ModelTap final : public model::Model {
 public:
  ModelTap(std::unique_ptr<model::Model> inner, Trace* trace)
      : inner_(std::move(inner)), trace_(trace) {}

  // The model itself, for steps that shall leave no trace.
  model::Model& inner() { return *inner_; }

  const model::ModelConfig& config() const override { return inner_->config(); }
  Result<std::unique_ptr<model::KvPool>> MakeKvPool(uint32_t page_count) override {
    return inner_->MakeKvPool(page_count);
  }
  size_t kv_page_bytes() const override { return inner_->kv_page_bytes(); }
  KvGeometry kv_geometry() const override { return inner_->kv_geometry(); }
  Status WriteKv(const model::StoredRows& rows, model::KvPool& pool) override;
  Status Step(const model::StepLayout& layout, model::KvPool& pool,
              model::StepOutput* output) override;

 private:
  class Capture;
  void Keep(int layer, std::span<const int32_t> positions, std::span<const float> k,
            std::span<const float> v);

  const std::unique_ptr<model::Model> inner_;
  Trace* const trace_;
  model::StepLayout layout_;
};

}  // namespace lmp::bench
