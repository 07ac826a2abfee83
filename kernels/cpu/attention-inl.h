// attention: one routine for prefill and decode rows, following the StepPlan.
//
// A pair is (row, query head). Pairs of one task share the kv head and the pages, so keys and
// values are widened once for all pairs: in registers where the pairs fit one tile
// (attention-few-inl.h), else kBlockKeys keys at a time into scratch. Per split of 256 positions
// and pair, over the keys j up to the row's own position:
//
//   s[j] = scale * (fma chain over d of q[d] * K[j][d])
//   m    = max of s
//   p[j] = exp(s[j] - m)
//   l    = 16-lane sum of p
//   o[d] = fma chain over j of p[j] * V[j][d]
//
// Splits are merged in ascending order (MergeSplit). A pair never reads a key behind its position,
// so nothing of tile, task or neighbours enters its bits.
#pragma once

#include "kernels/cpu/attention-few-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

constexpr int64_t kPairStride = kAttentionSplitTokens + 16;  // off the powers of two: cache sets
constexpr int kBlockKeys = 64;
constexpr int kBlockPages = kBlockKeys / kPageTokens;
constexpr int kSplitPages = kAttentionSplitTokens / kPageTokens;
static_assert(kHeadDimMax <= kAttentionSplitTokens && kBlockKeys % kPageTokens == 0);

// One worker's scratch.
struct AttentionTile {
  float q[kTilePairs * kPairStride];
  float s[kTilePairs * kPairStride];     // scores, then weights p
  float part[kTilePairs * kHeadDimMax];  // o of this split, stride PaddedDim
  float run[kTilePairs * kHeadDimMax];   // merged so far
  float block[kBlockKeys * kHeadDimMax];
  float part_max[kTilePairs], part_sum[kTilePairs], run_max[kTilePairs], run_sum[kTilePairs];
  int bound[kTilePairs];  // keys of this split the pair sees
};
static_assert(sizeof(AttentionTile) <= ThreadPool::kScratchBytes);

HWY_INLINE int64_t PaddedDim(int dim) { return (dim + kPanel - 1) / kPanel * kPanel; }

// s = q K^T for the first `keys` keys of the split, unscaled.
template <KvType kType>
void Scores(const AttentionArgs& a, const AttentionTask& task, const PageId* pages, int keys,
            int pairs, AttentionTile& tile) {
  const int dim = a.plan.head_dim;
  const int64_t panel = int64_t{kPanel} * dim;
  for (int begin = 0; begin < keys; begin += kBlockKeys) {
    const int left = keys - begin < kBlockKeys ? keys - begin : kBlockKeys;
    const int block_pages = PagesFor(left);
    for (int p = 0; p < block_pages; ++p) {
      const int index = begin / kPageTokens + p;
      const PageId page = pages[index];
      // One block ahead: the next keys, at the end the first values.
      if (begin + kBlockKeys < keys) {
        if (index + kBlockPages < PagesFor(keys)) {
          PrefetchHeadPage(a.kv, pages[index + kBlockPages], false, task.kv_head);
        }
      } else {
        PrefetchHeadPage(a.kv, pages[p], true, task.kv_head);
      }
      WidenKeys<kType>(HeadPageOf(a.kv, page, false, task.kv_head), dim, tile.block + p * panel);
    }
    for (int i = 0; i < pairs; i += kTileRows) {
      const int rows = pairs - i < kTileRows ? pairs - i : kTileRows;
      kMicroPanels<kPairStride>[rows](tile.q + i * kPairStride, tile.block, panel, block_pages, dim,
                                      tile.s + i * kPairStride + begin, kPairStride, false);
    }
  }
}

HWY_INLINE float MaxOf(const float* x, int count) {
  V best = hn::Set(f, x[0]);
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) best = hn::Max(best, hn::LoadU(f, x + i));
  float result = hn::GetLane(hn::MaxOfLanes(f, best));
  for (; i < count; ++i) result = x[i] > result ? x[i] : result;
  return result;
}

// Scores of one pair to weights; `count` keys > 0. Entries up to the next multiple of 16 become 0.
HWY_INLINE void Softmax(float* s, int count, float scale, float* max_out, float* sum_out) {
  const int padded = (count + kPanel - 1) / kPanel * kPanel;
  const V scales = hn::Set(f, scale);
  for (int i = 0; i < padded; i += kLanes) {
    hn::StoreU(hn::Mul(hn::LoadU(f, s + i), scales), f, s + i);
  }
  const float largest = MaxOf(s, count);
  for (int i = count; i < padded; ++i) s[i] = -HUGE_VALF;
  const V m = hn::Set(f, largest);
  Wide sum = ZeroWide();
  for (int i = 0; i < padded; i += kPanel) {
    LMP_UNROLL
    for (int v = 0; v < kVecs; ++v) {
      const V p = ExpOf(hn::Sub(hn::LoadU(f, s + i + v * kLanes), m));
      hn::StoreU(p, f, s + i + v * kLanes);
      sum.v[v] = hn::Add(sum.v[v], p);
    }
  }
  *max_out = largest;
  *sum_out = SumLanes(sum);
}

// part = p V.
template <KvType kType>
void Values(const AttentionArgs& a, const AttentionTask& task, const PageId* pages, int keys,
            int next_keys, int pairs, AttentionTile& tile) {
  const int dim = a.plan.head_dim;
  const int64_t padded = PaddedDim(dim);
  const int64_t panels = padded / kPanel;
  constexpr int64_t kPanelStride = int64_t{kBlockKeys} * kPanel;
  std::memset(tile.part, 0, static_cast<size_t>(pairs * padded) * sizeof(float));
  for (int begin = 0; begin < keys; begin += kBlockKeys) {
    const int left = keys - begin < kBlockKeys ? keys - begin : kBlockKeys;
    for (int t = 0; t < left; t += kPageTokens) {
      const int index = (begin + t) / kPageTokens;
      const PageId page = pages[index];
      // One block ahead: the next values, at the end the next split's first keys.
      if (begin + kBlockKeys < keys) {
        if (index + kBlockPages < PagesFor(keys)) {
          PrefetchHeadPage(a.kv, pages[index + kBlockPages], true, task.kv_head);
        }
      } else if (t < next_keys) {
        PrefetchHeadPage(a.kv, pages[kSplitPages + t / kPageTokens], false, task.kv_head);
      }
      WidenValues<kType>(HeadPageOf(a.kv, page, true, task.kv_head), dim,
                         left - t < kPageTokens ? left - t : kPageTokens, kPanelStride,
                         tile.block + t * kPanel);
    }
    const auto seen = [&](int pair) {
      const int n = tile.bound[pair] - begin;
      return n < 0 ? 0 : n < left ? n : left;
    };
    for (int i = 0; i < pairs; i += kTileRows) {
      const int rows = pairs - i < kTileRows ? pairs - i : kTileRows;
      int common = left;
      for (int j = i; j < i + rows; ++j) common = seen(j) < common ? seen(j) : common;
      const float* p = tile.s + i * kPairStride + begin;
      float* o = tile.part + i * padded;
      if (common > 0) {
        kMicroPanels<kPairStride>[rows](p, tile.block, kPanelStride, panels, common, o, padded,
                                        true);
      }
      for (int j = 0; j < rows; ++j) {
        if (seen(i + j) == common) continue;
        kMicroPanels<kPairStride>[1](p + j * kPairStride + common, tile.block + common * kPanel,
                                     kPanelStride, panels, seen(i + j) - common, o + j * padded,
                                     padded, true);
      }
    }
  }
}

// s = q K^T and part = p V of at most kTileRows pairs, straight from the pages.
template <KvType kType>
void ScoresOfFew(const HeadPage* keys, int count, int dim, int pairs, AttentionTile& tile) {
  kScorePages<kType, kPairStride>[pairs](tile.q, keys, count, dim, tile.s);
}

template <KvType kType>
void ValuesOfFew(const HeadPage* values, int dim, int pairs, AttentionTile& tile) {
  std::memset(tile.part, 0, static_cast<size_t>(pairs) * dim * sizeof(float));
  int common = tile.bound[0];
  for (int i = 1; i < pairs; ++i) common = tile.bound[i] < common ? tile.bound[i] : common;
  kAddValues<kType, kPairStride>[pairs](tile.s, values, 0, common, dim, tile.part, dim);
  for (int i = 0; i < pairs; ++i) {
    if (tile.bound[i] == common) continue;
    kAddValues<kType, kPairStride>[1](tile.s + i * kPairStride, values, common, tile.bound[i], dim,
                                      tile.part + int64_t{i} * dim, dim);
  }
}

// (max, sum, out) of the splits so far with the next one. `out` has whole vectors up to PaddedDim.
HWY_INLINE void MergeSplit(bool first, float part_max, float part_sum, const float* part,
                           int64_t padded, float* run_max, float* run_sum, float* run) {
  if (first) {
    *run_max = part_max;
    *run_sum = part_sum;
    std::memcpy(run, part, static_cast<size_t>(padded) * sizeof(float));
    return;
  }
  const float largest = *run_max > part_max ? *run_max : part_max;
  const V keep = ExpOf(hn::Set(f, *run_max - largest));
  const V gain = ExpOf(hn::Set(f, part_max - largest));
  *run_max = largest;
  *run_sum = *run_sum * hn::GetLane(keep) + part_sum * hn::GetLane(gain);
  for (int64_t d = 0; d < padded; d += kLanes) {
    const V kept = hn::Mul(hn::LoadU(f, run + d), keep);
    hn::StoreU(hn::MulAdd(hn::LoadU(f, part + d), gain, kept), f, run + d);
  }
}

HWY_INLINE void WriteOut(const float* run, float sum, int dim, float* out) {
  for (int d = 0; d < dim; ++d) out[d] = run[d] / sum;
}

HWY_INLINE float* PartialOf(const AttentionPlanView& plan, int64_t row, int head, int split) {
  const int64_t splits = plan.positions[row] / kAttentionSplitTokens + 1;
  return plan.partials + plan.partial_offset[row] + (head * splits + split) * (plan.head_dim + 2);
}

struct PairRange {
  int begin;
  int count;
  int group;  // query heads per kv head
  int64_t Row(const AttentionArgs& a, const AttentionTask& t, int i) const {
    return a.plan.row_ids[t.row_list + (begin + i) / group];
  }
  int Head(const AttentionTask& t, int i) const { return t.kv_head * group + (begin + i) % group; }
};

void FinishSplit(const AttentionArgs& a, const AttentionTask& task, const PairRange& range,
                 int split, AttentionTile& tile) {
  const int64_t padded = PaddedDim(a.plan.head_dim);
  for (int i = 0; i < range.count; ++i) {
    if (tile.bound[i] == 0) continue;
    const float* part = tile.part + i * padded;
    if (!task.partial) {
      MergeSplit(split == 0, tile.part_max[i], tile.part_sum[i], part, padded, &tile.run_max[i],
                 &tile.run_sum[i], tile.run + i * padded);
      continue;
    }
    float* record = PartialOf(a.plan, range.Row(a, task, i), range.Head(task, i), split);
    record[0] = tile.part_max[i];
    record[1] = tile.part_sum[i];
    std::memcpy(record + 2, part, static_cast<size_t>(a.plan.head_dim) * sizeof(float));
  }
}

template <KvType kType>
void AttendPairs(const AttentionArgs& a, const AttentionTask& task, const PairRange& range,
                 AttentionTile& tile) {
  const int dim = a.plan.head_dim;
  for (int i = 0; i < range.count; ++i) {
    const float* q = a.q + range.Row(a, task, i) * a.q_stride + int64_t{range.Head(task, i)} * dim;
    std::memcpy(tile.q + i * kPairStride, q, static_cast<size_t>(dim) * sizeof(float));
  }
  int longest = 0;  // positions seen by the last row
  for (int i = 0; i < range.count; ++i) {
    const int seen = a.plan.positions[range.Row(a, task, i)] + 1;
    longest = seen > longest ? seen : longest;
  }
  const auto keys_of = [](int positions, int split) {
    const int seen = positions - split * kAttentionSplitTokens;
    return seen < 0 ? 0 : seen < kAttentionSplitTokens ? seen : kAttentionSplitTokens;
  };
  const bool few = range.count <= kTileRows && dim % kPanel == 0;
  for (int split = task.split_begin; split < task.split_end; ++split) {
    const int keys = keys_of(longest, split);
    if (keys == 0) break;
    for (int i = 0; i < range.count; ++i) {
      tile.bound[i] = keys_of(a.plan.positions[range.Row(a, task, i)] + 1, split);
    }
    const int next_keys = split + 1 < task.split_end ? keys_of(longest, split + 1) : 0;
    const PageId* pages = task.pages + int64_t{split} * kSplitPages;
    HeadPage few_keys[kSplitPages + kAheadPages], few_values[kSplitPages + kAheadPages];
    if (few) {
      // Behind the keys come the first values, behind the values the next split's first keys.
      const int count = PagesFor(keys);
      for (int p = 0; p < count; ++p) {
        few_keys[p] = HeadPageOf(a.kv, pages[p], false, task.kv_head);
        few_values[p] = HeadPageOf(a.kv, pages[p], true, task.kv_head);
      }
      for (int p = 0; p < kAheadPages; ++p) {
        few_keys[count + p] = few_values[p < count ? p : 0];
        few_values[count + p] = p * kPageTokens < next_keys
                                    ? HeadPageOf(a.kv, pages[kSplitPages + p], false, task.kv_head)
                                    : few_values[0];
      }
      ScoresOfFew<kType>(few_keys, count, dim, range.count, tile);
    } else {
      Scores<kType>(a, task, pages, keys, range.count, tile);
    }
    for (int i = 0; i < range.count; ++i) {
      if (tile.bound[i] == 0) continue;
      Softmax(tile.s + i * kPairStride, tile.bound[i], a.scale, &tile.part_max[i],
              &tile.part_sum[i]);
    }
    if (few) {
      ValuesOfFew<kType>(few_values, dim, range.count, tile);
    } else {
      Values<kType>(a, task, pages, keys, next_keys, range.count, tile);
    }
    FinishSplit(a, task, range, split, tile);
  }
  if (task.partial) return;
  for (int i = 0; i < range.count; ++i) {
    WriteOut(tile.run + i * PaddedDim(dim), tile.run_sum[i], dim,
             a.out + range.Row(a, task, i) * a.out_stride + int64_t{range.Head(task, i)} * dim);
  }
}

struct AttentionCall {
  const AttentionArgs* args;
  ThreadPool* pool;
};

void AttentionParts(void* context, int64_t begin, int64_t end, int worker) {
  const AttentionCall& call = *static_cast<const AttentionCall*>(context);
  const AttentionArgs& a = *call.args;
  AttentionTile& tile = *reinterpret_cast<AttentionTile*>(call.pool->scratch(worker));
  const int group = a.plan.heads / a.plan.kv_heads;
  for (int32_t t = a.plan.part_begin[begin]; t < a.plan.part_begin[end]; ++t) {
    const AttentionTask& task = a.plan.tasks[t];
    const int pairs = task.row_count * group;
    for (int first = 0; first < pairs; first += kTilePairs) {
      const PairRange range{first, pairs - first < kTilePairs ? pairs - first : kTilePairs, group};
      switch (a.kv.geometry.type) {
        case KvType::kF32:
          AttendPairs<KvType::kF32>(a, task, range, tile);
          break;
        case KvType::kBf16:
          AttendPairs<KvType::kBf16>(a, task, range, tile);
          break;
        case KvType::kInt8:
          AttendPairs<KvType::kInt8>(a, task, range, tile);
          break;
      }
    }
  }
}

// Items are (merge row, head).
void MergeParts(void* context, int64_t begin, int64_t end, int) {
  const AttentionArgs& a = *static_cast<const AttentionCall*>(context)->args;
  const int dim = a.plan.head_dim;
  const int64_t padded = PaddedDim(dim);
  alignas(64) float run[kHeadDimMax];
  alignas(64) float part[kHeadDimMax] = {};
  for (int64_t item = begin; item < end; ++item) {
    const int64_t row = a.plan.merge_rows[item / a.plan.heads];
    const int head = static_cast<int>(item % a.plan.heads);
    float run_max = 0, run_sum = 0;
    for (int split = 0; split <= a.plan.positions[row] / kAttentionSplitTokens; ++split) {
      const float* record = PartialOf(a.plan, row, head, split);
      std::memcpy(part, record + 2, static_cast<size_t>(dim) * sizeof(float));
      MergeSplit(split == 0, record[0], record[1], part, padded, &run_max, &run_sum, run);
    }
    WriteOut(run, run_sum, dim, a.out + row * a.out_stride + int64_t{head} * dim);
  }
}

void Attention(const AttentionArgs& a, ThreadPool& pool) {
  AttentionCall call{&a, &pool};
  if (a.plan.parts == 1) {
    AttentionParts(&call, 0, 1, 0);
  } else {
    pool.Run(a.plan.parts, AttentionParts, &call);
  }
  const int64_t merges = int64_t{a.plan.merge_count} * a.plan.heads;
  if (merges == 0) return;
  if (merges < 128) {
    MergeParts(&call, 0, merges, 0);
  } else {
    pool.Run(merges, MergeParts, &call);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_AFTER_NAMESPACE();
