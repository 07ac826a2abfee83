// Batch: one step's work. Rows of several sequences, in the order in which StepPlanner takes them:
// a page that one fills and another reads in the same step belongs to the one before. Filled by
// StepPlanner, read-only afterwards; its StepLayout borrows the sequences' tokens and page tables
// until the model's Step returns.
#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/engine/sequence.h"
#include "runtime/model/model.h"

namespace lmp::engine {

// Rows [first, end) of one sequence but those that its plan takes from stored chunks; logits are
// wanted from row `logits_begin` on, all of which are computed. The last of them may be of its
// draft, behind its tokens.
struct BatchRows {
  Sequence* sequence = nullptr;
  int first = 0;
  int end = 0;
  int count = 0;  // computed
  int logits_begin = 0;

  bool all() const { return count == end - first && sequence->draft.size() == 0; }
  int logit_rows() const { return end - logits_begin; }
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
    LMP_CHECK(rows.count > 0);
    rows_.push_back(rows);
    row_count_ += rows.count;
  }
  bool empty() const { return rows_.empty(); }
  int row_count() const { return row_count_; }
  const std::vector<BatchRows>& rows() const { return rows_; }
  // Pairs of a row and a position that it sees, about.
  double PairCount() const {
    double pairs = 0;
    for (const BatchRows& rows : rows_) pairs += 0.5 * rows.count * (rows.first + rows.end);
    return pairs;
  }

  model::StepLayout& Layout() {
    layout_ = {.sequences = std::move(layout_.sequences)};
    layout_.sequences.clear();
    sparse_tokens_.clear();
    sparse_positions_.clear();
    sparse_tokens_.reserve(static_cast<size_t>(row_count_));  // spans into them stay valid
    sparse_positions_.reserve(static_cast<size_t>(row_count_));
    for (const BatchRows& rows : rows_) {
      const auto first = static_cast<size_t>(rows.first);
      const auto count = static_cast<size_t>(rows.count);
      const Sequence& s = *rows.sequence;
      model::SequenceRows layout{.tokens = {},
                                 .positions = {},
                                 .pages = s.kv.pages(),
                                 .logits_from = rows.count - rows.logit_rows()};
      if (rows.all()) {
        layout.tokens = std::span(s.tokens).subspan(first, count);
        layout.positions = std::span(positions_).subspan(first, count);
      } else {
        Gather(rows, &layout);
      }
      layout_.sequences.push_back(layout);
    }
    return layout_;
  }

 private:
  void Gather(const BatchRows& rows, model::SequenceRows* layout) {
    const size_t at = sparse_tokens_.size();
    for (int p = rows.first; p < rows.end; ++p) {
      if (rows.sequence->plan != nullptr && rows.sequence->plan->stored(p)) continue;
      sparse_tokens_.push_back(rows.sequence->TokenAt(p));
      sparse_positions_.push_back(p);
    }
    LMP_CHECK(sparse_tokens_.size() - at == static_cast<size_t>(rows.count));
    layout->tokens = std::span(sparse_tokens_).subspan(at);
    layout->positions = std::span(sparse_positions_).subspan(at);
  }

  std::vector<int32_t> positions_;  // 0, 1, 2 ...
  std::vector<TokenId> sparse_tokens_;
  std::vector<int32_t> sparse_positions_;
  std::vector<BatchRows> rows_;
  int row_count_ = 0;
  model::StepLayout layout_;
};

}  // namespace lmp::engine
