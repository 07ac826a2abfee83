#include "kernels/step_plan.h"

#include <algorithm>
#include <string>

#include "runtime/base/check.h"

namespace lmp::kernels {
namespace {

constexpr int kSplitPages = kAttentionSplitTokens / kPageTokens;
// Partials of one step; beyond it rows are merged inside their task, which needs no memory.
constexpr int64_t kPartialFloatsMax = int64_t{8} << 20;
// With fewer tasks than this per thread, long contexts are cut along their splits as well.
constexpr int kTasksPerThreadMin = 3;

// Below this, in units of Cost() x head_dim, a fork costs more than it saves.
constexpr int64_t kForkCost = 32768;

int32_t SplitsOf(int32_t position) { return position / kAttentionSplitTokens + 1; }

}  // namespace

StepPlan::StepPlan(int heads, int kv_heads, int head_dim, int threads)
    : heads_(heads), kv_heads_(kv_heads), head_dim_(head_dim), threads_(std::max(threads, 1)) {
  LMP_CHECK(heads > 0 && kv_heads > 0 && heads % kv_heads == 0 && head_dim > 0);
}

int32_t StepPlan::TileRows() const { return std::max(1, kTilePairs / (heads_ / kv_heads_)); }

Status StepPlan::AddRows(const PlanSequence& sequence, size_t index) {
  int32_t last = -1;
  for (const int32_t p : sequence.positions) {
    if (p <= last) {
      return InvalidArgument("sequence " + std::to_string(index) + " of the step: position " +
                             std::to_string(p) + " after " + std::to_string(last));
    }
    const size_t page = static_cast<size_t>(p) / kPageTokens;
    if (page >= sequence.pages.size()) {
      return InvalidArgument("sequence " + std::to_string(index) + " of the step: position " +
                             std::to_string(p) + " lies behind its " +
                             std::to_string(sequence.pages.size()) + " pages");
    }
    last = p;
    positions_.push_back(p);
    row_pages_.push_back(sequence.pages[page]);
    row_tables_.push_back(sequence.pages.data());
    partial_offset_.push_back(-1);
  }
  return OkStatus();
}

// Rows of one sequence, TileRows() at a time, merged inside the task.
void StepPlan::AddTiles(const PlanSequence& sequence, int32_t first_row) {
  const int32_t rows = static_cast<int32_t>(sequence.positions.size());
  for (int32_t begin = 0; begin < rows; begin += TileRows()) {
    AttentionTask task;
    task.row_list = static_cast<int32_t>(row_ids_.size());
    task.row_count = std::min(TileRows(), rows - begin);
    for (int32_t i = 0; i < task.row_count; ++i) row_ids_.push_back(first_row + begin + i);
    task.split_end = SplitsOf(positions_[static_cast<size_t>(row_ids_.back())]);
    task.pages = sequence.pages.data();
    for (task.kv_head = 0; task.kv_head < kv_heads_; ++task.kv_head) tasks_.push_back(task);
  }
}

void StepPlan::AddPartials(int32_t row) {
  const size_t r = static_cast<size_t>(row);
  partial_offset_[r] = partial_floats_;
  partial_floats_ += PartialFloats(positions_[r]);
  merge_rows_.push_back(row);
  split_rows_.push_back(row);
}

int64_t StepPlan::PartialFloats(int32_t position) const {
  return int64_t{SplitsOf(position)} * heads_ * (head_dim_ + 2);
}

// Whether two rows read the same pages in a split.
bool StepPlan::SamePages(int32_t row, int32_t other, int32_t split) const {
  const PageId* a = row_tables_[static_cast<size_t>(row)];
  const PageId* b = row_tables_[static_cast<size_t>(other)];
  if (a == b) return true;
  const auto end = [&](int32_t r) {
    return std::min((split + 1) * kSplitPages,
                    positions_[static_cast<size_t>(r)] / kPageTokens + 1);
  };
  return end(row) == end(other) &&
         std::equal(a + split * kSplitPages, a + end(row), b + split * kSplitPages);
}

// One task per (split, set of rows that see the same pages there, kv head).
void StepPlan::AddSplitTasks() {
  for (int32_t split = 0; !split_rows_.empty(); ++split) {
    std::erase_if(split_rows_, [&](int32_t row) {
      return SplitsOf(positions_[static_cast<size_t>(row)]) <= split;
    });
    open_rows_ = split_rows_;
    while (!open_rows_.empty()) {
      const int32_t first = open_rows_.front();
      AttentionTask task;
      task.split_begin = split;
      task.split_end = split + 1;
      task.partial = true;
      task.pages = row_tables_[static_cast<size_t>(first)];
      task.row_list = static_cast<int32_t>(row_ids_.size());
      std::erase_if(open_rows_, [&](int32_t row) {
        if (task.row_count == TileRows() || !SamePages(first, row, split)) return false;
        row_ids_.push_back(row);
        ++task.row_count;
        return true;
      });
      for (task.kv_head = 0; task.kv_head < kv_heads_; ++task.kv_head) tasks_.push_back(task);
    }
  }
}

int64_t StepPlan::Cost(const AttentionTask& task) const {
  int64_t keys = 0;  // read from the pool
  int64_t scored = 0;
  for (int32_t i = 0; i < task.row_count; ++i) {
    const int32_t row = row_ids_[static_cast<size_t>(task.row_list + i)];
    const int64_t end = std::min<int64_t>(positions_[static_cast<size_t>(row)] + 1,
                                          int64_t{task.split_end} * kAttentionSplitTokens);
    const int64_t seen = end - int64_t{task.split_begin} * kAttentionSplitTokens;
    keys = std::max(keys, seen);
    scored += std::max<int64_t>(seen, 0);
  }
  return 4 * keys + scored * (heads_ / kv_heads_);
}

// Contiguous runs of tasks of about equal cost, one per thread.
void StepPlan::Balance() {
  cost_.assign(1, 0);
  for (const AttentionTask& task : tasks_) cost_.push_back(cost_.back() + Cost(task));
  parts_ = cost_.back() * head_dim_ < kForkCost ? 1 : threads_;
  part_begin_.assign(1, 0);
  for (int part = 1; part < parts_; ++part) {
    const int64_t target = cost_.back() / parts_ * part;
    const auto cut = std::lower_bound(cost_.begin(), cost_.end(), target);
    part_begin_.push_back(std::max(part_begin_.back(), static_cast<int32_t>(cut - cost_.begin())));
  }
  part_begin_.push_back(static_cast<int32_t>(tasks_.size()));
}

void StepPlan::Clear() {
  positions_.clear();
  row_pages_.clear();
  row_tables_.clear();
  row_ids_.clear();
  merge_rows_.clear();
  split_rows_.clear();
  tasks_.clear();
  partial_offset_.clear();
  first_pages_.clear();
  partial_floats_ = 0;
}

// Sequences whose first split lies on pages of another one.
bool StepPlan::SharesPages(const PlanSequence& sequence) const {
  const auto range = std::equal_range(first_pages_.begin(), first_pages_.end(), sequence.pages[0]);
  return range.second - range.first > 1;
}

Status StepPlan::Build(std::span<const PlanSequence> sequences) {
  Clear();
  int64_t tiles = 0;
  for (size_t i = 0; i < sequences.size(); ++i) {
    LMP_RETURN_IF_ERROR(AddRows(sequences[i], i));
    const std::span<const int32_t> positions = sequences[i].positions;
    tiles += (static_cast<int64_t>(positions.size()) + TileRows() - 1) / TileRows();
    if (!positions.empty() && positions.back() >= kAttentionSplitTokens) {
      first_pages_.push_back(sequences[i].pages[0]);
    }
  }
  std::sort(first_pages_.begin(), first_pages_.end());
  const bool few_tasks = tiles * kv_heads_ < int64_t{kTasksPerThreadMin} * threads_;
  int32_t first_row = 0;
  for (const PlanSequence& s : sequences) {
    if (s.positions.empty()) continue;
    const int32_t rows = static_cast<int32_t>(s.positions.size());
    const int32_t last = s.positions.back();
    const bool cut = last >= kAttentionSplitTokens &&
                     partial_floats_ + rows * PartialFloats(last) <= kPartialFloatsMax &&
                     (few_tasks || (rows <= TileRows() && SharesPages(s)));
    if (cut) {
      for (int32_t r = 0; r < rows; ++r) AddPartials(first_row + r);
    } else {
      AddTiles(s, first_row);
    }
    first_row += rows;
  }
  AddSplitTasks();
  Balance();
  if (static_cast<int64_t>(partials_.size()) < partial_floats_) {
    partials_.resize(static_cast<size_t>(partial_floats_));
  }
  return OkStatus();
}

AttentionPlanView StepPlan::attention() {
  AttentionPlanView v;
  v.heads = heads_;
  v.kv_heads = kv_heads_;
  v.head_dim = head_dim_;
  v.parts = parts_;
  v.tasks = tasks_.data();
  v.part_begin = part_begin_.data();
  v.row_ids = row_ids_.data();
  v.rows = rows();
  v.positions = positions_.data();
  v.row_tables = row_tables_.data();
  v.merge_rows = merge_rows_.data();
  v.merge_count = static_cast<int32_t>(merge_rows_.size());
  v.partial_offset = partial_offset_.data();
  v.partials = partials_.data();
  return v;
}

}  // namespace lmp::kernels
