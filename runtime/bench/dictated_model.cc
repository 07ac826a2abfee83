#include "runtime/bench/dictated_model.h"

#include "runtime/base/check.h"

namespace lmp::bench {

Status DictatedModel::Step(const model::StepLayout& layout, model::KvPool& pool,
                           model::StepOutput* output) {
  LMP_RETURN_IF_ERROR(inner_->Step(layout, pool, output));
  if (dictation_->empty() || output->logit_rows == 0) return OkStatus();
  LMP_CHECK(layout.sequences.size() == 1);
  const auto positions =
      layout.sequences[0].positions.last(static_cast<size_t>(output->logit_rows));
  const size_t vocabulary = output->logits.size() / positions.size();
  logits_.assign(output->logits.begin(), output->logits.end());
  for (size_t row = 0; row < positions.size(); ++row) {
    const size_t next = static_cast<size_t>(positions[row]) + 1;
    if (next >= dictation_->size()) break;
    logits_[row * vocabulary + static_cast<size_t>((*dictation_)[next])] = 1e6f;
  }
  output->logits = logits_;
  return OkStatus();
}

}  // namespace lmp::bench
