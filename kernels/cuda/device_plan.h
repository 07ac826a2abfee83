// DevicePlan: a StepPlan's attention work in one piece of memory without pointers into the host, so
// that one copy per step brings it to the device (plan/run split). Tasks name their page table by
// its place in `pages`.
//
// FlatPlan makes it on the host. Owns its bytes, reused from step to step; engine thread. Cannot
// fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "kernels/step_plan.h"

namespace lmp::kernels::cuda {

struct DeviceTask {
  int64_t pages = 0;  // into DevicePlan::pages: the table of the task's rows, from position 0
  int32_t row_list = 0;
  int32_t row_count = 0;
  int32_t kv_head = 0;
  int32_t split_begin = 0;
  int32_t split_end = 0;
  int32_t partial = 0;
};

// What the attention kernels read. POD, passed by value. The fields are AttentionPlanView's.
struct DevicePlan {
  int heads = 0;
  int kv_heads = 0;
  int head_dim = 0;
  int32_t task_count = 0;
  int32_t pairs_max = 0;  // (row, query head) pairs of the largest task
  int32_t merge_count = 0;
  const DeviceTask* tasks = nullptr;
  const PageId* pages = nullptr;
  const int32_t* row_ids = nullptr;
  const int32_t* positions = nullptr;  // [rows]
  const int32_t* merge_rows = nullptr;
  const int64_t* partial_offset = nullptr;  // [rows]
  float* partials = nullptr;                // of the device; the plan's records
};

class FlatPlan {
 public:
  void Build(const AttentionPlanView& plan);

  // To be copied to the device, to an address aligned to 16 bytes.
  const std::vector<std::byte>& bytes() const { return bytes_; }
  // fp32 values that DevicePlan::partials needs room for.
  int64_t partial_floats() const { return partial_floats_; }
  // The plan when the bytes lie at `base` and the partials at `partials`.
  DevicePlan At(const std::byte* base, float* partials) const;

 private:
  template <typename T>
  size_t Put(const T* values, size_t count);

  DevicePlan sizes_;  // without pointers
  size_t tasks_at_ = 0, pages_at_ = 0, row_ids_at_ = 0, positions_at_ = 0, merge_rows_at_ = 0,
         partial_offset_at_ = 0;
  int64_t partial_floats_ = 0;
  std::vector<std::byte> bytes_;
  std::vector<DeviceTask> tasks_;
  std::vector<PageId> pages_;
  struct Table {
    int32_t pages = 0;  // that rows of the step read
    int64_t at = 0;
  };
  std::unordered_map<const PageId*, Table> tables_;
};

}  // namespace lmp::kernels::cuda
