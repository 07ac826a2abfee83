// DictatedModel: a Model whose logits make a sequence come out as a given text, token by token,
// through steps of decoding: behind position p the token at p + 1 of the dictation is far
// above all others. What the inner model computes stays the same work, so a bench can time the free
// generation of the very tokens that another run wrote.
//
// For one sequence at a time. Engine thread; the dictation outlives the model.
#pragma once

#include <memory>
#include <vector>

#include "runtime/model/model.h"

namespace lmp::bench {

class DictatedModel final : public model::Model {
 public:
  // `dictation`: the sequence from its beginning, the prompt included; while it is empty the
  // model's own logits count.
  DictatedModel(std::unique_ptr<model::Model> inner, const std::vector<TokenId>* dictation)
      : inner_(std::move(inner)), dictation_(dictation) {}

  const model::ModelConfig& config() const override { return inner_->config(); }
  Result<std::unique_ptr<model::KvPool>> MakeKvPool(uint32_t page_count) override {
    return inner_->MakeKvPool(page_count);
  }
  size_t kv_page_bytes() const override { return inner_->kv_page_bytes(); }
  KvGeometry kv_geometry() const override { return inner_->kv_geometry(); }
  Status WriteKv(const model::StoredRows& rows, model::KvPool& pool) override {
    return inner_->WriteKv(rows, pool);
  }
  Status Step(const model::StepLayout& layout, model::KvPool& pool,
              model::StepOutput* output) override;

 private:
  const std::unique_ptr<model::Model> inner_;
  const std::vector<TokenId>* const dictation_;
  std::vector<float> logits_;
};

}  // namespace lmp::bench
