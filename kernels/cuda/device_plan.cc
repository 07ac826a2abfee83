#include "kernels/cuda/device_plan.h"

#include <algorithm>
#include <cstring>

namespace lmp::kernels::cuda {
namespace {

constexpr int32_t kSplitPages = kAttentionSplitTokens / kPageTokens;

}  // namespace

// Appends an array, aligned to 16 bytes, and says where it begins.
template <typename T>
size_t FlatPlan::Put(const T* values, size_t count) {
  const size_t at = (bytes_.size() + 15) / 16 * 16;
  bytes_.resize(at + count * sizeof(T));
  if (count > 0) std::memcpy(bytes_.data() + at, values, count * sizeof(T));
  return at;
}

void FlatPlan::Build(const AttentionPlanView& plan) {
  bytes_.clear();
  tasks_.clear();
  pages_.clear();
  tables_.clear();
  const int32_t task_count = plan.part_begin[plan.parts];
  const int group = plan.heads / plan.kv_heads;
  sizes_ = {.heads = plan.heads,
            .kv_heads = plan.kv_heads,
            .head_dim = plan.head_dim,
            .task_count = task_count,
            .merge_count = plan.merge_count};

  // Every table once, as far as tasks read it. Rows that share a task share only its splits' pages.
  size_t row_ids = 0;
  for (int32_t t = 0; t < task_count; ++t) {
    const AttentionTask& task = plan.tasks[t];
    Table& table = tables_[task.pages];
    for (int32_t i = 0; i < task.row_count; ++i) {
      const int32_t position = plan.positions[plan.row_ids[task.row_list + i]];
      const int32_t pages = std::min(position / kPageTokens + 1, task.split_end * kSplitPages);
      table.pages = std::max(table.pages, pages);
    }
    row_ids = std::max(row_ids, static_cast<size_t>(task.row_list + task.row_count));
  }
  for (int32_t t = 0; t < task_count; ++t) {
    const AttentionTask& task = plan.tasks[t];
    Table& table = tables_[task.pages];
    if (table.pages > 0) {
      table.at = static_cast<int64_t>(pages_.size());
      pages_.insert(pages_.end(), task.pages, task.pages + table.pages);
      table.pages = 0;  // is there
    }
    tasks_.push_back({.pages = table.at,
                      .row_list = task.row_list,
                      .row_count = task.row_count,
                      .kv_head = task.kv_head,
                      .split_begin = task.split_begin,
                      .split_end = task.split_end,
                      .partial = task.partial ? 1 : 0});
    sizes_.pairs_max = std::max(sizes_.pairs_max, task.row_count * group);
  }
  partial_floats_ = 0;
  for (int32_t i = 0; i < plan.merge_count; ++i) {
    const int32_t row = plan.merge_rows[i];
    const int64_t splits = plan.positions[row] / kAttentionSplitTokens + 1;
    partial_floats_ = std::max(
        partial_floats_, plan.partial_offset[row] + splits * plan.heads * (plan.head_dim + 2));
  }

  const auto rows = static_cast<size_t>(plan.rows);
  tasks_at_ = Put(tasks_.data(), tasks_.size());
  pages_at_ = Put(pages_.data(), pages_.size());
  row_ids_at_ = Put(plan.row_ids, row_ids);
  positions_at_ = Put(plan.positions, rows);
  merge_rows_at_ = Put(plan.merge_rows, static_cast<size_t>(plan.merge_count));
  partial_offset_at_ = Put(plan.partial_offset, rows);
}

DevicePlan FlatPlan::At(const std::byte* base, float* partials) const {
  DevicePlan plan = sizes_;
  plan.tasks = reinterpret_cast<const DeviceTask*>(base + tasks_at_);
  plan.pages = reinterpret_cast<const PageId*>(base + pages_at_);
  plan.row_ids = reinterpret_cast<const int32_t*>(base + row_ids_at_);
  plan.positions = reinterpret_cast<const int32_t*>(base + positions_at_);
  plan.merge_rows = reinterpret_cast<const int32_t*>(base + merge_rows_at_);
  plan.partial_offset = reinterpret_cast<const int64_t*>(base + partial_offset_at_);
  plan.partials = partials;
  return plan;
}

}  // namespace lmp::kernels::cuda
