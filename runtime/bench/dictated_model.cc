#include "runtime/bench/dictated_model.h"

#include "runtime/base/check.h"

namespace lmp::bench {

Status DictatedModel::Step(const model::StepLayout& layout, model::KvPool& pool,
                           model::StepOutput* output) {
  LMP_RETURN_IF_ERROR(inner_->Step(layout, pool, output));
  if (dictation_->empty() || output->logit_rows == 0) return OkStatus();
  LMP_CHECK(layout.sequences.size() == 1 && output->logit_rows == 1);
  const size_t next = static_cast<size_t>(layout.sequences[0].positions.back()) + 1;
  if (next >= dictation_->size()) return OkStatus();
  logits_.assign(output->logits.begin(), output->logits.end());
  logits_[static_cast<size_t>((*dictation_)[next])] = 1e6f;
  output->logits = logits_;
  return OkStatus();
}

}  // namespace lmp::bench
