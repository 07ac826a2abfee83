// One row of logits: argmax, exp_weights.
#pragma once

#include "kernels/cpu/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

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

// -inf when nothing is allowed; NaN does not take part.
HWY_INLINE float LargestOf(const LogitsArgs& a) {
  V best = hn::Set(f, -HUGE_VALF);
  for (int64_t i = 0; i < a.n; i += kLanes) {
    const V x = hn::IfThenElse(AllowedLanes(a, i), LogitLanes(a, i), hn::Set(f, -HUGE_VALF));
    best = hn::IfThenElse(hn::Gt(x, best), x, best);
  }
  return hn::GetLane(hn::MaxOfLanes(f, best));
}

Argmax ArgmaxOf(const LogitsArgs& a) {
  const float largest = LargestOf(a);
  const V m = hn::Set(f, largest);
  for (int64_t i = 0; i < a.n; i += kLanes) {
    const auto hit = hn::And(AllowedLanes(a, i), hn::Eq(LogitLanes(a, i), m));
    const intptr_t lane = hn::FindFirstTrue(f, hit);
    if (lane >= 0) return {i + lane, largest};
  }
  return {};
}

// kLanes weights from i on, zeros behind the row.
HWY_INLINE V WeightLanes(const LogitsArgs& a, const ExpWeightsArgs& w, int64_t i) {
  const V x = LogitLanes(a, i);
  const V max = hn::Set(f, w.max);
  const V e = hn::Exp(f, hn::Mul(hn::Sub(x, max), hn::Set(f, w.rate)));
  const auto counts =
      hn::And(AllowedLanes(a, i), hn::And(hn::Le(x, max), hn::Ge(e, hn::Set(f, w.least))));
  return hn::IfThenElseZero(counts, e);
}

void ExpWeights(const LogitsArgs& a, const ExpWeightsArgs& w) {
  for (int64_t begin = 0; begin < a.n; begin += kLogitBlock) {
    Wide sum = ZeroWide();
    for (int64_t i = begin; i < begin + kLogitBlock; i += kPanel) {
      LMP_UNROLL
      for (int v = 0; v < kVecs; ++v) {
        const int64_t at = i + v * kLanes;
        if (at >= a.n) continue;
        const V weight = WeightLanes(a, w, at);
        sum.v[v] = hn::Add(sum.v[v], weight);
        if (a.n - at >= kLanes) {
          hn::StoreU(weight, f, w.weights + at);
        } else {
          StorePart(weight, w.weights + at, a.n - at);
        }
      }
    }
    w.sums[begin / kLogitBlock] = SumLanes(sum);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_AFTER_NAMESPACE();
