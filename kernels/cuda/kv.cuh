// Writing KV: kv_write, and stored rows of chunks on their way into pages.
#pragma once

#include "kernels/cuda/kv_pages.cuh"
#include "kernels/cuda/rotate.cuh"

namespace lmp::kernels::cuda {

// Where one token's K or V of one head goes.
struct HeadSlot {
  std::byte* values = nullptr;  // of element 0; null: nothing is stored
  int stride = 1;               // elements from one to the next
  float* scale = nullptr;       // kInt8 only
};

template <KvType kType>
__device__ inline HeadSlot KeySlot(const HeadPage& page, int token) {
  return {page.values + KeyElement(token, 0) * kElementBytes<kType>, kPageTokens,
          page.scales + token};
}
template <KvType kType>
__device__ inline HeadSlot ValueSlot(const HeadPage& page, int token, int dim) {
  return {page.values + ValueElement(token, 0, dim) * kElementBytes<kType>, 1, page.scales + token};
}

// Rounds x[0 .. dim), which the whole warp shares, to the KV type in place; each lane its own d.
// Stores the rounded values.
template <KvType kType>
__device__ inline void RoundHead(float* x, int dim, int lane, const HeadSlot& slot) {
  float scale = 0.0f, inverse = 0.0f;
  if constexpr (kType == KvType::kInt8) {
    uint32_t largest = 0;
    for (int d = lane; d < dim; d += kWarpLanes) {
      const uint32_t magnitude = std::bit_cast<uint32_t>(x[d]) & 0x7fffffffu;
      largest = magnitude > largest ? magnitude : largest;
    }
    scale = Int8Scale(WarpMaxBits(largest));
    inverse = scale > 0 ? 1.0f / scale : 0.0f;
    if (slot.values != nullptr && lane == 0) *slot.scale = scale;
  }
  for (int d = lane; d < dim; d += kWarpLanes) {
    if constexpr (kType == KvType::kF32) {
      if (slot.values != nullptr) reinterpret_cast<float*>(slot.values)[d * slot.stride] = x[d];
    } else if constexpr (kType == KvType::kBf16) {
      const uint16_t bits = Bf16FromF32(x[d]);
      if (slot.values != nullptr) reinterpret_cast<uint16_t*>(slot.values)[d * slot.stride] = bits;
      x[d] = F32FromBf16(bits);
    } else {
      float q = inverse > 0 ? rintf(x[d] * inverse) : 0.0f;
      q = q > 127.0f ? 127.0f : q < -127.0f ? -127.0f : q;
      if (slot.values != nullptr) {
        reinterpret_cast<int8_t*>(slot.values)[d * slot.stride] = static_cast<int8_t>(q);
      }
      x[d] = q * scale;
    }
  }
}

inline constexpr int kKvWarps = 4;
inline constexpr int kKvThreads = kKvWarps * kWarpLanes;

// A warp per (row, kv head). Only lanes of one warp meet, so a warp may leave early.
template <KvType kType>
__global__ void __launch_bounds__(kKvThreads) KvWriteKernel(KvWriteArgs a, KvPages kv) {
  float* const heads = SharedArray<0, float, kKvWarps * kHeadDimMax>();
  const int warp = static_cast<int>(threadIdx.x) / kWarpLanes;
  const int lane = static_cast<int>(threadIdx.x) % kWarpLanes;
  const int64_t item = int64_t{blockIdx.x} * kKvWarps + warp;
  if (item >= a.rows * kv.kv_heads) return;
  const int64_t m = item / kv.kv_heads;
  const int head = static_cast<int>(item % kv.kv_heads);
  const int dim = kv.head_dim;
  const int32_t position = a.positions[m];
  const int token = position % kPageTokens;
  float* const k = a.k + m * a.k_stride + int64_t{head} * dim;
  float* const v = a.v + m * a.v_stride + int64_t{head} * dim;
  const HeadPage k_page = HeadPageOf<kType>(kv, a.pages[m], false, head);
  const HeadPage v_page = HeadPageOf<kType>(kv, a.pages[m], true, head);
  float* const rotated = heads + warp * kHeadDimMax;
  RoundHead<kType>(k, dim, lane, {});
  for (int d = lane; d < dim; d += kWarpLanes) rotated[d] = k[d];
  __syncwarp();
  for (int i = lane; i < a.table.dims / 2; i += kWarpLanes) {
    RotatePair(a.table, position, i, rotated);
  }
  __syncwarp();
  RoundHead<kType>(rotated, dim, lane, KeySlot<kType>(k_page, token));
  RoundHead<kType>(v, dim, lane, ValueSlot<kType>(v_page, token, dim));
}

// Stored rows (device_ops.h); a warp per (row, kv head).
__global__ void __launch_bounds__(kKvThreads) KvLoadKernel(StoredKv a, KvPages kv) {
  float* const heads = SharedArray<0, float, kKvWarps * kHeadDimMax>();
  const int warp = static_cast<int>(threadIdx.x) / kWarpLanes;
  const int lane = static_cast<int>(threadIdx.x) % kWarpLanes;
  const int64_t item = int64_t{blockIdx.x} * kKvWarps + warp;
  if (item >= a.rows * kv.kv_heads) return;
  const int64_t m = item / kv.kv_heads;
  const int head = static_cast<int>(item % kv.kv_heads);
  const int dim = kv.head_dim;
  const int32_t position = a.positions[m];
  const int token = position % kPageTokens;
  const HeadPage k_page = HeadPageOf<KvType::kBf16>(kv, a.pages[m], false, head);
  const HeadPage v_page = HeadPageOf<KvType::kBf16>(kv, a.pages[m], true, head);
  uint16_t* const v_slot =
      reinterpret_cast<uint16_t*>(ValueSlot<KvType::kBf16>(v_page, token, dim).values);
  float* const rotated = heads + warp * kHeadDimMax;
  for (int d = lane; d < dim; d += kWarpLanes) {
    rotated[d] = F32FromBf16(a.k[item * dim + d]);
    v_slot[d] = a.v[item * dim + d];
  }
  __syncwarp();
  for (int i = lane; i < a.table.dims / 2; i += kWarpLanes) {
    RotatePair(a.table, position, i, rotated);
  }
  __syncwarp();
  RoundHead<KvType::kBf16>(rotated, dim, lane, KeySlot<KvType::kBf16>(k_page, token));
}

template <typename Stream>
Status LaunchKvWrite(Stream stream, const KvWriteArgs& a) {
  if (a.rows == 0) return OkStatus();
  const KvPages kv = KvPagesOf(a.kv);
  const LaunchShape shape = {.blocks_x = BlocksFor(a.rows * kv.kv_heads, kKvWarps),
                             .threads = kKvThreads};
  return WithKvType(a.kv.geometry.type, [&]<KvType kType>() {
    return Launch(stream, shape, KvWriteKernel<kType>, a, kv);
  });
}

// Pools of kBf16.
template <typename Stream>
Status LaunchKvLoad(Stream stream, const StoredKv& a, const KvLayerView& pool) {
  if (a.rows == 0) return OkStatus();
  const KvPages kv = KvPagesOf(pool);
  const LaunchShape shape = {.blocks_x = BlocksFor(a.rows * kv.kv_heads, kKvWarps),
                             .threads = kKvThreads};
  return Launch(stream, shape, KvLoadKernel, a, kv);
}

}  // namespace lmp::kernels::cuda
