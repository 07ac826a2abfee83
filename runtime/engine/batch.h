// Batch: one step's work. Rows of several sequences, in order of sequence id, so that nothing
// depends on the order of arrival or admission. Filled by StepPlanner, read-only afterwards; its
// StepLayout borrows the sequences' tokens and page tables until the model's Step returns.
#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/engine/sequence.h"
#include "runtime/model/model.h"

namespace lmp::engine {

// Rows [first, first + count) of one sequence; logits are wanted from row `logits_begin` on.
struct BatchRows {
  Sequence* sequence = nullptr;
  int first = 0;
  int count = 0;
  int logits_begin = 0;

  int end() const { return first + count; }
  int logit_rows() const { return end() - logits_begin; }
};

class Batch {
 public:
  explicit Batch(int context_max) : positions_(static_cast<size_t>(context_max)) {
    std::iota(positions_.begin(), positions_.end(), 0);
  }

  void Clear() {
    rows_.clear();
    row_count_ = 0;
  }
  void Add(const BatchRows& rows) {
    LMP_CHECK(rows.count > 0 && (rows_.empty() || rows_.back().sequence->id < rows.sequence->id));
    rows_.push_back(rows);
    row_count_ += rows.count;
  }
  bool empty() const { return rows_.empty(); }
  int row_count() const { return row_count_; }
  const std::vector<BatchRows>& rows() const { return rows_; }

  const model::StepLayout& Layout() {
    layout_.sequences.clear();
    for (const BatchRows& rows : rows_) {
      const auto first = static_cast<size_t>(rows.first);
      const auto count = static_cast<size_t>(rows.count);
      layout_.sequences.push_back({.tokens = std::span(rows.sequence->tokens).subspan(first, count),
                                   .positions = std::span(positions_).subspan(first, count),
                                   .pages = rows.sequence->kv.pages(),
                                   .logits_from = rows.logits_begin - rows.first});
    }
    return layout_;
  }

 private:
  std::vector<int32_t> positions_;  // 0, 1, 2 ...
  std::vector<BatchRows> rows_;
  int row_count_ = 0;
  model::StepLayout layout_;
};

}  // namespace lmp::engine
