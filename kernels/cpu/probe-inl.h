// Probes of the machine's ceilings (registry.h). The loops do nothing else, so that a kernel's
// share of them means something.
#pragma once

#include "kernels/cpu/micro-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

// Chains side by side, at most what LMP_UNROLL keeps in registers; latency times throughput is 10.
constexpr int kSums = 12;

int64_t ProbeMultiplyAdd(int64_t rounds) {
  volatile float source = 0.5f;
  const V factor = hn::Set(f, source);
  V acc[kSums];
  LMP_UNROLL
  for (int i = 0; i < kSums; ++i) acc[i] = hn::Set(f, source);
  for (int64_t round = 0; round < rounds; ++round) {
    LMP_UNROLL
    for (int i = 0; i < kSums; ++i) acc[i] = hn::MulAdd(acc[i], factor, factor);
  }
  V sum = acc[0];
  for (int i = 1; i < kSums; ++i) sum = hn::Add(sum, acc[i]);
  volatile float sink = hn::GetLane(sum);
  (void)sink;
  return rounds * kSums * kLanes * 2;
}

void ProbeRead(const std::byte* from, int64_t bytes) {
  constexpr int64_t kStreams = 4;
  const int64_t stream = bytes / kStreams;
  const uint32_t* p[kStreams];
  auto acc0 = hn::Zero(u), acc1 = hn::Zero(u), acc2 = hn::Zero(u), acc3 = hn::Zero(u);
  for (int64_t s = 0; s < kStreams; ++s) {
    p[s] = reinterpret_cast<const uint32_t*>(from + s * stream);
  }
  for (int64_t i = 0; i < stream / 4; i += 16) {
    LMP_UNROLL
    for (int64_t s = 0; s < kStreams; ++s) hwy::Prefetch(p[s] + i + 512);
    LMP_UNROLL
    for (int64_t j = 0; j < 16; j += kLanes) {
      acc0 = hn::Xor(acc0, hn::LoadU(u, p[0] + i + j));
      acc1 = hn::Xor(acc1, hn::LoadU(u, p[1] + i + j));
      acc2 = hn::Xor(acc2, hn::LoadU(u, p[2] + i + j));
      acc3 = hn::Xor(acc3, hn::LoadU(u, p[3] + i + j));
    }
  }
  volatile uint32_t sink = hn::GetLane(hn::Xor(hn::Xor(acc0, acc1), hn::Xor(acc2, acc3)));
  (void)sink;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_AFTER_NAMESPACE();
