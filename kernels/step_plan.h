// StepPlan: host-side partition of one step's rows, made once per step and followed by the kernels
// of every layer (plan/run split). No result depends on it: it decides only who computes what.
//
// Rows of the step are numbered 0..rows() in the order of the sequences. Attention work is cut into
// tasks: a tile of rows x one kv head x a range of 256-position splits. A task that covers all
// splits of its rows merges them itself; otherwise each (row, head, split) leaves a partial, and a
// merge pass adds them in ascending order of splits (decision 2). Rows of different sequences whose
// split lies on the same pages share a task, so a shared prefix is read once.
//
// Ownership: owns its arrays, reused from step to step (no allocation in steady decode once warm).
// Thread: the engine thread; kernels only read it, but write `partials`.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/kv_layout.h"
#include "runtime/base/status.h"

namespace lmp::kernels {

inline constexpr int kHeadDimMax = 256;  // scratch of the CPU attention is sized by it
inline constexpr int kTilePairs = 48;    // (row, query head) pairs of one attention tile

// One sequence's rows in a step; borrowed until the step ends.
struct PlanSequence {
  std::span<const int32_t> positions;  // strictly ascending
  std::span<const PageId> pages;       // pages[j] holds positions [16j, 16j + 16)
};

struct AttentionTask {
  int32_t row_list = 0;   // row_ids[row_list .. row_list + row_count)
  int32_t row_count = 0;  // row_count * (heads / kv_heads) <= kTilePairs, or row_count == 1
  int32_t kv_head = 0;
  int32_t split_begin = 0;  // splits [begin, end); rows that end before a split skip it
  int32_t split_end = 0;
  bool partial = false;  // leave partials instead of merging
  const PageId* pages = nullptr;
};

// What the attention kernel reads. POD.
struct AttentionPlanView {
  int heads = 0;
  int kv_heads = 0;
  int head_dim = 0;
  int parts = 0;  // units of parallel work
  const AttentionTask* tasks = nullptr;
  const int32_t* part_begin = nullptr;  // [parts + 1] into tasks
  const int32_t* row_ids = nullptr;
  int64_t rows = 0;
  const int32_t* positions = nullptr;         // [rows]
  const PageId* const* row_tables = nullptr;  // [rows], page table of each row's sequence
  // Rows with partials: the record { max, sum, out[head_dim] } of (head h, split s) of a row is at
  //   partials[partial_offset[row] + (h * splits + s) * (head_dim + 2)]
  // with splits = positions[row] / 256 + 1.
  const int32_t* merge_rows = nullptr;
  int32_t merge_count = 0;
  const int64_t* partial_offset = nullptr;  // [rows], -1 where the row has none
  float* partials = nullptr;
};

class StepPlan {
 public:
  // `threads` is the size of the pool that will run the kernels.
  StepPlan(int heads, int kv_heads, int head_dim, int threads);

  // Errors: InvalidArgument for positions that do not ascend or pages that do not cover them.
  Status Build(std::span<const PlanSequence> sequences);

  int64_t rows() const { return static_cast<int64_t>(positions_.size()); }
  const int32_t* positions() const { return positions_.data(); }  // [rows]
  const PageId* row_pages() const { return row_pages_.data(); }   // [rows], page of each row's slot
  AttentionPlanView attention();

 private:
  Status AddRows(const PlanSequence& sequence, size_t index);
  void AddTiles(const PlanSequence& sequence, int32_t first_row);
  void AddSplitTasks();
  void AddPartials(int32_t row);
  void Clear();
  bool SharesPages(const PlanSequence& sequence) const;
  bool SamePages(int32_t row, int32_t other, int32_t split) const;
  int64_t PartialFloats(int32_t position) const;
  void Balance();
  int64_t Cost(const AttentionTask& task) const;
  int32_t TileRows() const;

  int heads_, kv_heads_, head_dim_, threads_;
  int parts_ = 1;
  std::vector<int32_t> positions_, row_ids_, part_begin_, merge_rows_, split_rows_, open_rows_;
  std::vector<PageId> row_pages_, first_pages_;
  std::vector<const PageId*> row_tables_;
  std::vector<AttentionTask> tasks_;
  std::vector<int64_t> cost_;
  std::vector<int64_t> partial_offset_;
  int64_t partial_floats_ = 0;  // used of partials_, which only grows
  std::vector<float> partials_;
};

}  // namespace lmp::kernels
