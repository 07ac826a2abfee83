// attention over paged KV: one kernel for prefill, decode and shared prefixes, following the tasks
// of a StepPlan, and the merge of what tasks leave in parts.
//
// A pair is (row, query head). A block takes the pairs of one task that share a kv head, a warp
// kPairs of them. Keys and values come 32 at a time into shared memory, widened to fp32, for all
// pairs. Per split of 256 positions and pair, over the keys j up to the row's own position:
//
//   s[j] = scale * (fma chain over d of q[d] * K[j][d])
//   m    = max of s
//   p[j] = exp(s[j] - m)
//   l    = per lane the sum of p[lane], p[lane + 32], ..., then a tree over the lanes
//   o[d] = fma chain over j of p[j] * V[j][d]
//
// Splits are merged in ascending order (MergeSplit; decision 2). A pair never uses a key behind its
// position, so nothing of tile, task or neighbours enters its bits, and memory does not grow with
// the context.
#pragma once

#include "kernels/cuda/kv_pages.cuh"

namespace lmp::kernels::cuda {

inline constexpr int kAttentionWarps = 8;
inline constexpr int kAttentionThreads = kAttentionWarps * kWarpLanes;
inline constexpr int kStageKeys = kWarpLanes;  // a lane scores one key
inline constexpr int kStagePages = kStageKeys / kPageTokens;

// Floats from one head row to the next: whole float4, and for staged values off the banks.
__host__ __device__ inline int QueryPitch(int dim) { return (dim + 3) / 4 * 4; }
__host__ __device__ inline int StagePitch(int dim) { return QueryPitch(dim) + 4; }

inline size_t AttentionSharedBytes(int dim, int tile_pairs) {
  const int floats =
      tile_pairs * (QueryPitch(dim) + kAttentionSplitTokens) + kStageKeys * StagePitch(dim);
  return static_cast<size_t>(floats) * sizeof(float);
}

// Four consecutive elements of a page, aligned; kInt8: without the scale.
template <KvType kType>
__device__ inline float4 LoadFourElements(const std::byte* p) {
  if constexpr (kType == KvType::kF32) {
    return LoadAs<float4>(p);
  } else if constexpr (kType == KvType::kBf16) {
    const uint2 v = LoadAs<uint2>(p);
    return float4{std::bit_cast<float>(v.x << 16), std::bit_cast<float>(v.x & 0xffff0000u),
                  std::bit_cast<float>(v.y << 16), std::bit_cast<float>(v.y & 0xffff0000u)};
  } else {
    const auto v = LoadAs<uint32_t>(p);
    const auto byte = [&](int i) { return static_cast<float>(static_cast<int8_t>(v >> (8 * i))); };
    return float4{byte(0), byte(1), byte(2), byte(3)};
  }
}

template <KvType kType>
__device__ inline float LoadElement(const std::byte* p) {
  if constexpr (kType == KvType::kF32) {
    return *reinterpret_cast<const float*>(p);
  } else if constexpr (kType == KvType::kBf16) {
    return F32FromBf16(*reinterpret_cast<const uint16_t*>(p));
  } else {
    return static_cast<float>(*reinterpret_cast<const int8_t*>(p));
  }
}

// K of `keys` <= 32 consecutive positions to stage[d][key], by the whole block, four keys at a
// time. Slots behind the keys in their last page come along; nobody reads those.
template <KvType kType>
__device__ inline void LoadKeys(const KvPages& kv, const PageId* pages, int keys, int kv_head,
                                float* stage) {
  for (int p = 0; p < kStagePages && p * kPageTokens < keys; ++p) {
    const HeadPage page = HeadPageOf<kType>(kv, pages[p], false, kv_head);
    for (int e = static_cast<int>(threadIdx.x) * 4; e < kPageTokens * kv.head_dim;
         e += kAttentionThreads * 4) {
      const int token = e % kPageTokens;
      float4 v = LoadFourElements<kType>(page.values + e * kElementBytes<kType>);
      if constexpr (kType == KvType::kInt8) {
        const float4 scale = LoadAs<float4>(page.scales + token);
        v = float4{v.x * scale.x, v.y * scale.y, v.z * scale.z, v.w * scale.w};
      }
      *reinterpret_cast<float4*>(stage + e / kPageTokens * kStageKeys + p * kPageTokens + token) =
          v;
    }
  }
}

// V of `keys` <= 32 consecutive positions to stage[key][d], four elements at a time where a head
// has whole fours.
template <KvType kType>
__device__ inline void LoadValues(const KvPages& kv, const PageId* pages, int keys, int kv_head,
                                  float* stage) {
  const int dim = kv.head_dim;
  const int pitch = StagePitch(dim);
  const int step = dim % 4 == 0 ? 4 : 1;
  for (int p = 0; p < kStagePages && p * kPageTokens < keys; ++p) {
    const HeadPage page = HeadPageOf<kType>(kv, pages[p], true, kv_head);
    for (int e = static_cast<int>(threadIdx.x) * step; e < kPageTokens * dim;
         e += kAttentionThreads * step) {
      const int token = e / dim;
      float* const to = stage + (p * kPageTokens + token) * pitch + e % dim;
      const std::byte* const from = page.values + e * kElementBytes<kType>;
      float scale = 1.0f;
      if constexpr (kType == KvType::kInt8) scale = page.scales[token];
      if (step == 4) {
        const float4 v = LoadFourElements<kType>(from);
        *reinterpret_cast<float4*>(to) = float4{v.x * scale, v.y * scale, v.z * scale, v.w * scale};
      } else {
        *to = LoadElement<kType>(from) * scale;
      }
    }
  }
}

// q of `kPairs` pairs, which lie kAttentionWarps apart, times one key: its element d is
// key[d * kStageKeys].
template <int kPairs>
__device__ inline void Score(const float* q, int q_pitch, const float* key, int dim,
                             float (&score)[kPairs]) {
  LMP_CUDA_UNROLL
  for (int i = 0; i < kPairs; ++i) score[i] = 0.0f;
  int d = 0;
  for (; d + 4 <= dim; d += 4) {
    const float* const at = key + d * kStageKeys;
    const float4 k{at[0], at[kStageKeys], at[2 * kStageKeys], at[3 * kStageKeys]};
    LMP_CUDA_UNROLL
    for (int i = 0; i < kPairs; ++i) {
      const float4 x = LoadAs<float4>(q + i * kAttentionWarps * q_pitch + d);
      score[i] = fmaf(x.x, k.x, score[i]);
      score[i] = fmaf(x.y, k.y, score[i]);
      score[i] = fmaf(x.z, k.z, score[i]);
      score[i] = fmaf(x.w, k.w, score[i]);
    }
  }
  for (; d < dim; ++d) {
    LMP_CUDA_UNROLL
    for (int i = 0; i < kPairs; ++i) {
      score[i] = fmaf(q[i * kAttentionWarps * q_pitch + d], key[d * kStageKeys], score[i]);
    }
  }
}

// What a warp knows of one pair's splits: maximum, sum, and out of d = lane, lane + 32, ...
template <int kDimSteps>
struct PartialRow {
  float max;
  float sum;
  float out[kDimSteps];
};

// `run`, the splits so far, with the next one.
template <int kDimSteps>
__device__ inline void MergeSplit(bool first, const PartialRow<kDimSteps>& part,
                                  PartialRow<kDimSteps>* run) {
  if (first) {
    *run = part;
    return;
  }
  const float largest = run->max > part.max ? run->max : part.max;
  const float keep = ExpOf(run->max - largest);
  const float gain = ExpOf(part.max - largest);
  run->max = largest;
  run->sum = run->sum * keep + part.sum * gain;
  LMP_CUDA_UNROLL
  for (int t = 0; t < kDimSteps; ++t) {
    run->out[t] = fmaf(part.out[t], gain, run->out[t] * keep);
  }
}

template <int kDimSteps>
__device__ inline void WriteRow(const PartialRow<kDimSteps>& run, int dim, int lane, float* out) {
  LMP_CUDA_UNROLL
  for (int t = 0; t < kDimSteps; ++t) {
    const int d = lane + t * kWarpLanes;
    if (d < dim) out[d] = run.out[t] / run.sum;
  }
}

// The record of a split: kernels/step_plan.h.
__device__ inline float* RecordOf(const DevicePlan& plan, int64_t row, int head, int split) {
  const int64_t splits = plan.positions[row] / kAttentionSplitTokens + 1;
  return plan.partials + plan.partial_offset[row] + (head * splits + split) * (plan.head_dim + 2);
}

// A pair of a task: row of the step and query head.
struct Pair {
  int64_t row;
  int head;
};
__device__ inline Pair PairOf(const DevicePlan& plan, const DeviceTask& task, int pair) {
  const int group = plan.heads / plan.kv_heads;
  return {plan.row_ids[task.row_list + pair / group], task.kv_head * group + pair % group};
}

// Positions of a split that one who sees `seen` positions sees.
__device__ inline int SeenOf(int seen, int split) {
  const int keys = seen - split * kAttentionSplitTokens;
  return keys < 0 ? 0 : keys < kAttentionSplitTokens ? keys : kAttentionSplitTokens;
}

// Scores of one pair to weights, by its warp.
__device__ inline void Softmax(float* s, int count, int lane, float* max_out, float* sum_out) {
  float max = NegativeInfinity();
  for (int j = lane; j < count; j += kWarpLanes) max = s[j] > max ? s[j] : max;
  max = WarpMax(max);
  float sum = 0.0f;
  for (int j = lane; j < count; j += kWarpLanes) {
    s[j] = ExpOf(s[j] - max);
    sum += s[j];
  }
  *max_out = max;
  *sum_out = WarpSum(sum);
}

// head_dim <= 32 * kDimSteps.
template <KvType kType, int kDimSteps, int kPairs>
__global__ void __launch_bounds__(kAttentionThreads, kPairs == 1 ? 2 : 1)
    AttentionKernel(DeviceAttention a, KvPages kv) {
  constexpr int kTile = kPairs * kAttentionWarps;
  const DevicePlan& plan = a.plan;
  const DeviceTask task = plan.tasks[blockIdx.x];
  const int group = plan.heads / plan.kv_heads;
  const int pairs = task.row_count * group;
  const int first = static_cast<int>(blockIdx.y) * kTile;
  if (first >= pairs) return;
  const int dim = plan.head_dim;
  const int q_pitch = QueryPitch(dim), stage_pitch = StagePitch(dim);
  const int warp = static_cast<int>(threadIdx.x) / kWarpLanes;
  const int lane = static_cast<int>(threadIdx.x) % kWarpLanes;
  float* const all_q = DynamicShared<float>();
  float* const stage = all_q + kTile * q_pitch;
  float* const all_s = stage + kStageKeys * stage_pitch;
  float* const q = all_q + warp * q_pitch;
  float* const s = all_s + warp * kAttentionSplitTokens;

  // Positions that this warp's pairs see; a pair that is not there sees none.
  int seen[kPairs];
  PartialRow<kDimSteps> run[kPairs] = {};
  LMP_CUDA_UNROLL
  for (int i = 0; i < kPairs; ++i) {
    seen[i] = 0;
    const int index = first + warp + i * kAttentionWarps;
    float* const to = q + i * kAttentionWarps * q_pitch;
    if (index >= pairs) {
      for (int d = lane; d < dim; d += kWarpLanes) to[d] = 0.0f;
      continue;
    }
    const Pair pair = PairOf(plan, task, index);
    seen[i] = plan.positions[pair.row] + 1;
    const float* const from = a.q + pair.row * a.q_stride + int64_t{pair.head} * dim;
    for (int d = lane; d < dim; d += kWarpLanes) to[d] = from[d];
  }
  int longest = 0;  // seen by any row of the block
  const int last = first + kTile < pairs ? first + kTile : pairs;
  for (int i = first / group; i <= (last - 1) / group; ++i) {
    const int reach = plan.positions[plan.row_ids[task.row_list + i]] + 1;
    longest = reach > longest ? reach : longest;
  }
  __syncwarp();

  for (int split = task.split_begin; split < task.split_end; ++split) {
    const int keys = SeenOf(longest, split);
    if (keys == 0) break;
    const PageId* const pages =
        plan.pages + task.pages + int64_t{split} * (kAttentionSplitTokens / kPageTokens);
    for (int begin = 0; begin < keys; begin += kStageKeys) {
      const int left = keys - begin < kStageKeys ? keys - begin : kStageKeys;
      __syncthreads();  // the stage before is read
      LoadKeys<kType>(kv, pages + begin / kPageTokens, left, task.kv_head, stage);
      __syncthreads();
      if (lane < left) {
        float score[kPairs];
        Score<kPairs>(q, q_pitch, stage + lane, dim, score);
        LMP_CUDA_UNROLL
        for (int i = 0; i < kPairs; ++i) {
          s[i * kAttentionWarps * kAttentionSplitTokens + begin + lane] = score[i] * a.scale;
        }
      }
    }
    // A lane weighs the keys that it has scored: lane, lane + 32, ...
    int bound[kPairs];
    PartialRow<kDimSteps> part[kPairs] = {};
    LMP_CUDA_UNROLL
    for (int i = 0; i < kPairs; ++i) {
      bound[i] = SeenOf(seen[i], split);
      if (bound[i] == 0) continue;
      Softmax(s + i * kAttentionWarps * kAttentionSplitTokens, bound[i], lane, &part[i].max,
              &part[i].sum);
    }
    __syncwarp();
    for (int begin = 0; begin < keys; begin += kStageKeys) {
      const int left = keys - begin < kStageKeys ? keys - begin : kStageKeys;
      __syncthreads();
      LoadValues<kType>(kv, pages + begin / kPageTokens, left, task.kv_head, stage);
      __syncthreads();
      for (int j = 0; j < left; ++j) {
        float value[kDimSteps];
        LMP_CUDA_UNROLL
        for (int t = 0; t < kDimSteps; ++t) {
          const int d = lane + t * kWarpLanes;
          value[t] = d < dim ? stage[j * stage_pitch + d] : 0.0f;
        }
        LMP_CUDA_UNROLL
        for (int i = 0; i < kPairs; ++i) {
          if (begin + j >= bound[i]) continue;
          const float p = s[i * kAttentionWarps * kAttentionSplitTokens + begin + j];
          LMP_CUDA_UNROLL
          for (int t = 0; t < kDimSteps; ++t) {
            part[i].out[t] = fmaf(p, value[t], part[i].out[t]);
          }
        }
      }
    }
    LMP_CUDA_UNROLL
    for (int i = 0; i < kPairs; ++i) {
      if (bound[i] == 0) continue;
      if (task.partial == 0) {
        MergeSplit(split == 0, part[i], &run[i]);
        continue;
      }
      const Pair pair = PairOf(plan, task, first + warp + i * kAttentionWarps);
      float* const record = RecordOf(plan, pair.row, pair.head, split);
      if (lane == 0) {
        record[0] = part[i].max;
        record[1] = part[i].sum;
      }
      LMP_CUDA_UNROLL
      for (int t = 0; t < kDimSteps; ++t) {
        const int d = lane + t * kWarpLanes;
        if (d < dim) record[2 + d] = part[i].out[t];
      }
    }
  }
  if (task.partial != 0) return;
  LMP_CUDA_UNROLL
  for (int i = 0; i < kPairs; ++i) {
    if (seen[i] == 0) continue;
    const Pair pair = PairOf(plan, task, first + warp + i * kAttentionWarps);
    WriteRow(run[i], dim, lane, a.out + pair.row * a.out_stride + int64_t{pair.head} * dim);
  }
}

inline constexpr int kMergeWarps = 4;
inline constexpr int kMergeThreads = kMergeWarps * kWarpLanes;

// A warp per (merge row, head).
__global__ void __launch_bounds__(kMergeThreads) MergeKernel(DeviceAttention a) {
  constexpr int kDimSteps = kHeadDimMax / kWarpLanes;
  const DevicePlan& plan = a.plan;
  const int lane = static_cast<int>(threadIdx.x) % kWarpLanes;
  const int64_t item = int64_t{blockIdx.x} * kMergeWarps + threadIdx.x / kWarpLanes;
  if (item >= int64_t{plan.merge_count} * plan.heads) return;
  const int64_t row = plan.merge_rows[item / plan.heads];
  const int head = static_cast<int>(item % plan.heads);
  PartialRow<kDimSteps> run = {};
  for (int split = 0; split <= plan.positions[row] / kAttentionSplitTokens; ++split) {
    const float* const record = RecordOf(plan, row, head, split);
    PartialRow<kDimSteps> part;
    part.max = record[0];
    part.sum = record[1];
    LMP_CUDA_UNROLL
    for (int t = 0; t < kDimSteps; ++t) {
      const int d = lane + t * kWarpLanes;
      part.out[t] = d < plan.head_dim ? record[2 + d] : 0.0f;
    }
    MergeSplit(split == 0, part, &run);
  }
  WriteRow(run, plan.head_dim, lane, a.out + row * a.out_stride + int64_t{head} * plan.head_dim);
}

template <typename Stream>
Status LaunchAttention(Stream stream, const DeviceAttention& a) {
  if (a.plan.task_count == 0) return OkStatus();
  const auto tasks = static_cast<uint32_t>(a.plan.task_count);
  const int dim = a.plan.head_dim;
  const KvPages kv = KvPagesOf(a.kv);
  LMP_RETURN_IF_ERROR(WithKvType(a.kv.geometry.type, [&]<KvType kType>() {
    const auto launch = [&](auto kernel, int warp_pairs) {
      const int tile = warp_pairs * kAttentionWarps;
      const LaunchShape shape = {.blocks_x = tasks,
                                 .blocks_y = BlocksFor(a.plan.pairs_max, tile),
                                 .threads = kAttentionThreads,
                                 .shared_bytes = AttentionSharedBytes(dim, tile)};
      return Launch(stream, shape, kernel, a, kv);
    };
    if (a.plan.pairs_max <= kAttentionWarps) {
      return dim <= 64    ? launch(AttentionKernel<kType, 2, 1>, 1)
             : dim <= 128 ? launch(AttentionKernel<kType, 4, 1>, 1)
                          : launch(AttentionKernel<kType, 8, 1>, 1);
    }
    return dim <= 64    ? launch(AttentionKernel<kType, 2, 4>, 4)
           : dim <= 128 ? launch(AttentionKernel<kType, 4, 4>, 4)
                        : launch(AttentionKernel<kType, 8, 4>, 4);
  }));
  if (a.plan.merge_count == 0) return OkStatus();
  const int64_t merges = int64_t{a.plan.merge_count} * a.plan.heads;
  return Launch(stream,
                LaunchShape{.blocks_x = BlocksFor(merges, kMergeWarps), .threads = kMergeThreads},
                MergeKernel, a);
}

}  // namespace lmp::kernels::cuda
