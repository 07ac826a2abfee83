#include "runtime/bench/model_tap.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"

namespace lmp::bench {

// Keeps the rows of a step, and hands them on to whoever wanted them.
class ModelTap::Capture final : public model::KvCapture {
 public:
  Capture(ModelTap& tap, const model::StepLayout& layout) : tap_(tap), layout_(layout) {}
  void Layer(int layer, std::span<const float> k, std::span<const float> v, int rows) override {
    if (!k.empty() && tap_.trace_->keep_kv) {
      const size_t width = v.size() / static_cast<size_t>(rows);
      size_t first = 0;
      for (const model::SequenceRows& part : layout_.sequences) {
        const size_t values = part.positions.size() * width;
        tap_.Keep(layer, part.positions, k.subspan(first, values), v.subspan(first, values));
        first += values;
      }
    }
    if (layout_.capture != nullptr) layout_.capture->Layer(layer, k, v, rows);
  }

 private:
  ModelTap& tap_;
  const model::StepLayout& layout_;
};

void ModelTap::Keep(int layer, std::span<const int32_t> positions, std::span<const float> k,
                    std::span<const float> v) {
  const size_t width = k.size() / positions.size();
  for (auto* all : {&trace_->k, &trace_->v}) {
    const std::span<const float> rows = all == &trace_->k ? k : v;
    all->resize(static_cast<size_t>(inner_->config().layers));
    auto& of_layer = (*all)[static_cast<size_t>(layer)];
    for (size_t i = 0; i < positions.size(); ++i) {
      const auto at = static_cast<size_t>(positions[i]);
      if (of_layer.size() <= at) of_layer.resize(at + 1);
      of_layer[at].assign(rows.begin() + static_cast<ptrdiff_t>(i * width),
                          rows.begin() + static_cast<ptrdiff_t>((i + 1) * width));
    }
  }
}

Status ModelTap::WriteKv(const model::StoredRows& rows, model::KvPool& pool) {
  if (trace_->keep_kv && !rows.positions.empty()) Keep(rows.layer, rows.positions, rows.k, rows.v);
  return inner_->WriteKv(rows, pool);
}

Status ModelTap::Step(const model::StepLayout& layout, model::KvPool& pool,
                      model::StepOutput* output) {
  layout_ = layout;
  int before = 0;
  if (layout.probe_layer < 0) {
    for (model::SequenceRows& rows : layout_.sequences) {
      if (rows.logits_from >= static_cast<int>(rows.tokens.size())) continue;
      LMP_CHECK(before == 0);  // one sequence at a time
      before = std::min(rows.logits_from, trace_->logits_before);
      rows.logits_from -= before;
    }
  }
  Capture capture(*this, layout);
  if (trace_->keep_kv || layout.capture != nullptr) layout_.capture = &capture;
  LMP_RETURN_IF_ERROR(inner_->Step(layout_, pool, output));
  if (output->logit_rows == 0) return OkStatus();
  trace_->logits.insert(trace_->logits.end(), output->logits.begin(), output->logits.end());
  // The engine gets the rows that it asked for.
  output->logits = output->logits.subspan(static_cast<size_t>(before) *
                                          static_cast<size_t>(config().vocabulary));
  output->logit_rows -= before;
  return OkStatus();
}

}  // namespace lmp::bench
