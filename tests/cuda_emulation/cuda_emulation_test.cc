// The emulation itself: what it runs, and that it refuses what a device would not forgive.
#include <doctest/doctest.h>

#include <vector>

#include "tests/cuda_emulation/launch.h"

namespace lmp::cuda_emulation {
namespace {

using kernels::cuda::DynamicShared;
using kernels::cuda::LaunchShape;
using kernels::cuda::LoadAs;
using kernels::cuda::SharedArray;

template <typename... Params, typename... Args>
void MustLaunch(const LaunchShape& shape, void (*kernel)(Params...), const Args&... args) {
  CHECK(Launch(Stream(), shape, kernel, args...).ok());
}

// The text of the failure, empty if there is none.
template <typename... Params, typename... Args>
std::string Failure(const LaunchShape& shape, void (*kernel)(Params...), const Args&... args) {
  try {
    MustLaunch(shape, kernel, args...);
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "";
}

bool Has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

__global__ void Coordinates(unsigned* out) {
  out[(blockIdx.y * gridDim.x + blockIdx.x) * blockDim.x + threadIdx.x] =
      blockIdx.y * 10000 + blockIdx.x * 1000 + threadIdx.x;
}

TEST_CASE("every thread of every block runs once and knows its place") {
  std::vector<unsigned> out(3 * 2 * 40, 1u << 31);
  for (int launch = 0; launch < 2; ++launch) {  // ascending and descending
    MustLaunch({.blocks_x = 3, .blocks_y = 2, .threads = 40}, Coordinates, out.data());
    for (unsigned y = 0; y < 2; ++y) {
      for (unsigned x = 0; x < 3; ++x) {
        for (unsigned t = 0; t < 40; ++t) {
          CHECK(out[(y * 3 + x) * 40 + t] == y * 10000 + x * 1000 + t);
        }
      }
    }
  }
}

// Reverses a block's numbers through shared memory, twice.
__global__ void Reverse(int* values, bool with_barriers) {
  int* const shared = SharedArray<0, int, 96>();
  const unsigned t = threadIdx.x;
  shared[t] = values[t];
  if (with_barriers) __syncthreads();
  const int other = shared[95 - t];
  if (with_barriers) __syncthreads();
  shared[t] = other + 1;
  if (with_barriers) __syncthreads();
  values[t] = shared[95 - t];
}

TEST_CASE("barriers order shared memory, and without them the result is wrong") {
  std::vector<int> values(96), expected(96);
  for (int i = 0; i < 96; ++i) {
    values[static_cast<size_t>(i)] = i;
    expected[static_cast<size_t>(i)] = i + 1;
  }
  const std::vector<int> first = values;
  for (int launch = 0; launch < 2; ++launch) {
    std::vector<int> with = first, without = first;
    MustLaunch({.threads = 96}, Reverse, with.data(), true);
    CHECK(with == expected);
    MustLaunch({.threads = 96}, Reverse, without.data(), false);
    CHECK(without != expected);
  }
}

__global__ void Shuffle(int* out) {
  const int t = static_cast<int>(threadIdx.x);
  const int a = __shfl_xor_sync(0xffffffffu, t, 1);
  const int b = __shfl_xor_sync(0xffffffffu, a, 16);
  out[t] = b * 100 + (t / 32 == 0 ? 7 : __shfl_xor_sync(0xffffffffu, t, 31) % 32);
}

TEST_CASE("shuffles exchange values inside a warp; warps may go different ways") {
  std::vector<int> out(64);
  for (int launch = 0; launch < 2; ++launch) {
    MustLaunch({.threads = 64}, Shuffle, out.data());
    for (int t = 0; t < 64; ++t) {
      CHECK(out[static_cast<size_t>(t)] == (t ^ 17) * 100 + (t < 32 ? 7 : 63 - t));
    }
  }
}

__global__ void HalfAtBarrier() {
  if (threadIdx.x < 32) __syncthreads();
}
__global__ void TwoBarriers() {
  if (threadIdx.x < 32) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}
__global__ void HalfAtShuffle(float* out) {
  if (threadIdx.x % 2 == 0) out[threadIdx.x] = __shfl_xor_sync(0xffffffffu, 1.0f, 2);
}
__global__ void ShuffleAndBarrier() {
  if (threadIdx.x == 5) {
    __syncthreads();
  } else {
    __syncwarp();
  }
}
__global__ void SomeLanes() { __shfl_xor_sync(0xffffu, 1, 2); }

TEST_CASE("threads that part at a barrier or a shuffle are found, and the next launch runs") {
  std::vector<float> out(64);
  std::vector<unsigned> places(64);
  for (int launch = 0; launch < 2; ++launch) {
    CHECK(Has(Failure({.threads = 64}, HalfAtBarrier), "is reached by 32 of 64 threads"));
    CHECK(Has(Failure({.threads = 64}, TwoBarriers), "threads wait at two barriers"));
    CHECK(Has(Failure({.threads = 64}, HalfAtShuffle, out.data()), "16 of 32 lanes"));
    CHECK(Has(Failure({.threads = 32}, ShuffleAndBarrier), "31 of 32 lanes"));
    CHECK(Has(Failure({.threads = 32}, SomeLanes), "some lanes only"));
    CHECK(Has(Failure({.threads = 40}, HalfAtShuffle, out.data()), "of 32 lanes"));
    MustLaunch({.threads = 64}, Coordinates, places.data());
    CHECK(places[63] == 63);
  }
}

__global__ void WriteShared(int index) {
  float* const shared = SharedArray<0, float, 10>();
  shared[index] = 1.0f;
}
__global__ void WriteDynamic(int index) { DynamicShared<float>()[index] = 1.0f; }
__global__ void ReadShared(unsigned* out) {
  unsigned* const shared = SharedArray<0, unsigned, 4>();
  out[blockIdx.x] = shared[3];
  shared[3] = 5;
}
__global__ void TwoArrays(bool* apart) {
  *apart = SharedArray<0, float, 4>() != SharedArray<1, float, 4>() &&
           SharedArray<0, float, 4>() == SharedArray<0, float, 4>();
}

TEST_CASE("a write behind shared memory is found; unwritten shared memory is all ones") {
  CHECK(Failure({.threads = 1}, WriteShared, 9).empty());
  CHECK(Has(Failure({.threads = 1}, WriteShared, 10), "behind a shared array of 40 bytes"));
  const LaunchShape dynamic = {.threads = 1, .shared_bytes = 400};
  CHECK(Failure(dynamic, WriteDynamic, 99).empty());
  CHECK(Has(Failure(dynamic, WriteDynamic, 100), "behind a shared array of 400 bytes"));
  std::vector<unsigned> out(3);
  MustLaunch({.blocks_x = 3, .threads = 1}, ReadShared, out.data());
  CHECK(out == std::vector<unsigned>(3, 0xffffffffu));
  bool apart = false;
  MustLaunch({.threads = 1}, TwoArrays, &apart);
  CHECK(apart);
}

__global__ void LoadVector(const char* p, float4* out) { *out = LoadAs<float4>(p); }
__global__ void LargeArray() { SharedArray<0, char, (48 << 10) + 1>(); }

TEST_CASE("what no device does is refused: loads, shared memory, grids") {
  alignas(16) const char bytes[32] = {};
  float4 out;
  CHECK(Failure({.threads = 1}, LoadVector, bytes + 16, &out).empty());
  CHECK(Has(Failure({.threads = 1}, LoadVector, bytes + 8, &out), "16 bytes is not aligned"));
  CHECK(Has(Failure({.threads = 1}, LargeArray), "more shared memory"));
  int zero = 0;
  CHECK(Failure({.blocks_y = 65535, .threads = 1}, WriteShared, zero).empty());
  CHECK(Has(Failure({.blocks_y = 65536, .threads = 1}, WriteShared, zero), "no device runs"));
  CHECK(Has(Failure({.blocks_x = 0, .threads = 1}, WriteShared, zero), "no device runs"));
  CHECK(Failure({.threads = 1024}, WriteShared, zero).empty());
  CHECK(Has(Failure({.threads = 1025}, WriteShared, zero), "no device runs"));
  const LaunchShape most = {.threads = 1, .shared_bytes = 101376};
  CHECK(Failure(most, WriteDynamic, zero).empty());
  const LaunchShape more = {.threads = 1, .shared_bytes = 101377};
  CHECK(Has(Failure(more, WriteDynamic, zero), "no device runs"));
}

__global__ void LastWins(unsigned* out) { *out = blockIdx.x * 100 + threadIdx.x; }

TEST_CASE("every other launch runs the other way round") {
  unsigned a = 0, b = 0;
  MustLaunch({.blocks_x = 4, .threads = 50}, LastWins, &a);
  MustLaunch({.blocks_x = 4, .threads = 50}, LastWins, &b);
  CHECK(std::min(a, b) == 0);
  CHECK(std::max(a, b) == 349);
}

}  // namespace
}  // namespace lmp::cuda_emulation
