// TapModel: a transformer that shows its KV to a test. When a step first makes logits since Reset,
// it hashes every KV slot of that sequence, position by position, and keeps the logits. So two runs
// of one prompt, however shared, loaded or repaired, can be compared bit for bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/model/kv_pool.h"
#include "runtime/model/model.h"
#include "tests/support/kv_slots.h"

namespace lmp::sim {

struct Tap {
  std::vector<uint64_t> first_layer;  // per position: K and V of layer 0
  std::vector<uint64_t> all_layers;
  std::vector<float> logits;  // of the first row that has any
  int64_t rows = 0;           // computed in all steps since Reset
};

class TapModel final : public model::Model {
 public:
  // `tap` outlives the model.
  TapModel(std::unique_ptr<model::Model> inner, Tap* tap) : inner_(std::move(inner)), tap_(tap) {}

  const model::ModelConfig& config() const override { return inner_->config(); }
  Result<std::unique_ptr<model::KvPool>> MakeKvPool(uint32_t pages) override {
    return inner_->MakeKvPool(pages);
  }
  size_t kv_page_bytes() const override { return inner_->kv_page_bytes(); }
  KvGeometry kv_geometry() const override { return inner_->kv_geometry(); }
  Status WriteKv(const model::StoredRows& rows, model::KvPool& pool) override {
    return inner_->WriteKv(rows, pool);
  }
  Status Step(const model::StepLayout& layout, model::KvPool& pool,
              model::StepOutput* output) override {
    LMP_RETURN_IF_ERROR(inner_->Step(layout, pool, output));
    for (const model::SequenceRows& rows : layout.sequences) {
      if (layout.probe_layer >= 0) continue;
      tap_->rows += static_cast<int64_t>(rows.tokens.size());
      const bool has_logits = rows.logits_from < static_cast<int>(rows.tokens.size());
      if (!has_logits || !tap_->logits.empty()) continue;
      tap_->logits.assign(output->logits.begin(), output->logits.begin() + config().vocabulary);
      Hash(rows, dynamic_cast<const model::HeapKvPool&>(pool));
    }
    return OkStatus();
  }

 private:
  void Hash(const model::SequenceRows& rows, const model::HeapKvPool& pool) {
    const KvGeometry& g = pool.geometry();
    for (int p = 0; p <= rows.positions.back(); ++p) {
      uint64_t hash = 0x9e3779b97f4a7c15ull;
      for (int layer = 0; layer < g.layers; ++layer) {
        const std::byte* page =
            pool.layer(layer).base +
            rows.pages[static_cast<size_t>(p / kPageTokens)].index * g.page_layer_bytes();
        testing::ForSlot(g, p % kPageTokens, [&](size_t at, size_t size) {
          for (size_t i = at; i < at + size; ++i) {
            hash = (hash ^ static_cast<uint64_t>(page[i])) * 0x100000001b3ull;
          }
        });
        if (layer == 0) tap_->first_layer.push_back(hash);
      }
      tap_->all_layers.push_back(hash);
    }
  }

  std::unique_ptr<model::Model> inner_;
  Tap* tap_;
};

}  // namespace lmp::sim
