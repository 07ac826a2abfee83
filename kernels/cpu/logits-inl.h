// Reductions over one row of logits: argmax, log_sum_exp, log_softmax.
#pragma once

#include "kernels/cpu/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

constexpr int64_t kSumBlock = 1024;

HWY_INLINE bool Allowed(const uint64_t* mask, int64_t i) {
  return mask == nullptr || ((mask[i >> 6] >> (i & 63)) & 1u) != 0;
}

// Lanes [i, i + kLanes) of the row that exist and are allowed; i a multiple of kLanes.
HWY_INLINE hn::Mask<F> AllowedLanes(const LogitsArgs& a, int64_t i) {
  uint64_t bits = a.mask == nullptr ? ~uint64_t{0} : a.mask[i >> 6] >> (i & 63);
  if (a.n - i < kLanes) bits &= (uint64_t{1} << (a.n - i)) - 1;
  uint8_t bytes[8];
  std::memcpy(bytes, &bits, sizeof(bytes));
  return hn::LoadMaskBits(f, bytes);
}

HWY_INLINE V LogitLanes(const LogitsArgs& a, int64_t i) {
  return a.n - i >= kLanes ? hn::LoadU(f, a.x + i) : LoadPart(a.x + i, a.n - i);
}

struct Largest {
  float value;   // -inf when nothing is allowed; NaN does not take part
  bool has_nan;  // among the allowed
};

HWY_INLINE Largest LargestOf(const LogitsArgs& a) {
  V best = hn::Set(f, -HUGE_VALF);
  V nan = hn::Zero(f);
  for (int64_t i = 0; i < a.n; i += kLanes) {
    const V x = hn::IfThenElse(AllowedLanes(a, i), LogitLanes(a, i), hn::Set(f, -HUGE_VALF));
    best = hn::IfThenElse(hn::Gt(x, best), x, best);
    nan = hn::IfThenElse(hn::IsNaN(x), hn::Set(f, 1.0f), nan);
  }
  return {hn::GetLane(hn::MaxOfLanes(f, best)), hn::GetLane(hn::MaxOfLanes(f, nan)) != 0};
}

Argmax ArgmaxOf(const LogitsArgs& a) {
  const float largest = LargestOf(a).value;
  const V m = hn::Set(f, largest);
  for (int64_t i = 0; i < a.n; i += kLanes) {
    const auto hit = hn::And(AllowedLanes(a, i), hn::Eq(LogitLanes(a, i), m));
    const intptr_t lane = hn::FindFirstTrue(f, hit);
    if (lane >= 0) return {i + lane, largest};
  }
  return {};
}

double LogSumExp(const LogitsArgs& a) {
  const Largest largest = LargestOf(a);
  if (largest.has_nan) return static_cast<double>(NAN);
  if (std::isinf(largest.value)) return static_cast<double>(largest.value);
  const V m = hn::Set(f, largest.value);
  double total = 0;
  for (int64_t block = 0; block < a.n; block += kSumBlock) {
    const int64_t end = a.n - block < kSumBlock ? a.n : block + kSumBlock;
    Wide sum = ZeroWide();
    for (int64_t i = block; i < end; i += kPanel) {
      LMP_UNROLL
      for (int v = 0; v < kVecs; ++v) {
        const int64_t at = i + v * kLanes;
        if (at >= a.n) continue;
        const V e = hn::Exp(f, hn::Sub(LogitLanes(a, at), m));
        sum.v[v] = hn::Add(sum.v[v], hn::IfThenElseZero(AllowedLanes(a, at), e));
      }
    }
    total += static_cast<double>(SumLanes(sum));
  }
  return static_cast<double>(largest.value) + std::log(total);
}

void LogSoftmax(const LogitsArgs& a, float* out) {
  const double total = LogSumExp(a);
  for (int64_t i = 0; i < a.n; ++i) {
    out[i] =
        Allowed(a.mask, i) ? static_cast<float>(static_cast<double>(a.x[i]) - total) : -HUGE_VALF;
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_AFTER_NAMESPACE();
