// Runs the kernels of kernels/cuda on the CPU, for tests: their source is compiled by the host
// compiler behind this header, which gives it the names that nvcc knows by itself. A launch runs
// block after block; the threads of a block are fibers that switch at barriers and shuffles.
//
// What a device would not forgive fails the launch with std::runtime_error:
//   - threads of a block that wait at different barriers, or at one that others have left behind;
//   - a shuffle or __syncwarp that not all 32 lanes of the warp reach;
//   - a launch, or shared memory, larger than devices since sm_80 allow;
//   - a write behind a shared array; a vector load that is not aligned.
// Shared memory is all ones (NaN) when a block begins, so that what is read before it is written
// shows. Every other launch runs blocks, warps and lanes in descending order, so that what depends
// on the order (a missing barrier, blocks that are not independent) changes results.
// Not seen: races that no order of whole threads shows; whether memory accesses coalesce; time.
//
// One launch at a time in a process; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <source_location>
#include <string>
#include <type_traits>

#include "runtime/base/status.h"

namespace lmp::cuda_emulation {

struct Dim {
  unsigned x = 0, y = 0, z = 0;
};

struct Shape {
  uint32_t blocks_x, blocks_y, threads;
  size_t shared_bytes;
};

void Run(const Shape& shape, const std::function<void()>& kernel);
// Launches so far: for tests of the emulation.
int64_t LaunchCount();

// Of the running thread of a kernel.
void SyncThreads(const std::source_location& where);
void SyncWarp(const std::source_location& where);
uint64_t ShuffleXor(uint64_t value, int lane_mask, const std::source_location& where);
// The block's shared array of this key; made by the first thread that asks.
std::byte* SharedBytes(const void* key, size_t bytes);
std::byte* DynamicSharedBytes();
[[noreturn]] void Fail(const std::string& what);

// A launch has a stream, as on a device.
struct Stream {};

}  // namespace lmp::cuda_emulation

#define __global__ inline
#define __device__
#define __host__
#define __launch_bounds__(...)

// Set before each switch to a thread.
inline lmp::cuda_emulation::Dim threadIdx, blockIdx, blockDim, gridDim;

struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(16) float4 {
  float x, y, z, w;
};

inline void __syncthreads(std::source_location where = std::source_location::current()) {
  lmp::cuda_emulation::SyncThreads(where);
}

inline void __syncwarp(std::source_location where = std::source_location::current()) {
  lmp::cuda_emulation::SyncWarp(where);
}

template <typename T>
T __shfl_xor_sync(unsigned lanes, T value, int lane_mask,
                  std::source_location where = std::source_location::current()) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(uint64_t));
  if (lanes != 0xffffffffu) lmp::cuda_emulation::Fail("a shuffle of some lanes only");
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  bits = lmp::cuda_emulation::ShuffleXor(bits, lane_mask, where);
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

namespace lmp::kernels::cuda {

// These three are kernels/cuda/device.cuh's, which leaves them to this header.
template <int kId, typename T, int kCount>
T* SharedArray() {
  static const char key = 0;
  return reinterpret_cast<T*>(cuda_emulation::SharedBytes(&key, sizeof(T) * kCount));
}

template <typename T>
T* DynamicShared() {
  return reinterpret_cast<T*>(cuda_emulation::DynamicSharedBytes());
}

template <typename V>
V LoadAs(const void* p) {
  if (reinterpret_cast<uintptr_t>(p) % alignof(V) != 0) {
    cuda_emulation::Fail("a load of " + std::to_string(sizeof(V)) + " bytes is not aligned");
  }
  V value;
  std::memcpy(&value, p, sizeof(V));
  return value;
}

}  // namespace lmp::kernels::cuda
