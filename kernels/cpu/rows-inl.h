// Ops on single rows: embed, rms_norm, add, swiglu, rope. Parallel over rows.
#pragma once

#include "kernels/cpu/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

// Reads one element of every line of a panel, which is as much memory as one panel: small beside
// the step's weights, and it spares a second copy of a tied matrix.
void EmbedRows(void* context, int64_t begin, int64_t end, int) {
  const EmbedArgs& a = *static_cast<const EmbedArgs*>(context);
  for (int64_t m = begin; m < end; ++m) {
    const int64_t row = a.ids[m];
    float* y = a.y + m * a.y_stride;
    const std::byte* panel =
        a.w.panels + row / kPanel * static_cast<int64_t>(PanelBytes(a.w.format, a.w.k));
    const int64_t lane = row % kPanel;
    const float* f32 = reinterpret_cast<const float*>(panel);
    const uint16_t* u16 = reinterpret_cast<const uint16_t*>(panel);
    switch (a.w.format) {
      case WeightFormat::kF32:
        for (int64_t k = 0; k < a.w.k; ++k) y[k] = f32[k * kPanel + lane];
        break;
      case WeightFormat::kF16:
        for (int64_t k = 0; k < a.w.k; ++k) y[k] = F32FromF16(u16[k * kPanel + lane]);
        break;
      case WeightFormat::kBf16:
        for (int64_t k = 0; k < a.w.k; ++k) y[k] = F32FromBf16(u16[k * kPanel + lane]);
        break;
      default:
        WidenRow(a.w, row, y);
        break;
    }
  }
}

void Embed(const EmbedArgs& a, ThreadPool& pool) { RunRows(pool, a.rows, a.w.k, EmbedRows, &a); }

HWY_INLINE float SumOfSquares(const float* x, int64_t n) {
  Wide sum = ZeroWide();
  for (int64_t i = 0; i < n; i += kPanel) {
    LMP_UNROLL
    for (int v = 0; v < kVecs; ++v) {
      const int64_t left = n - i - v * kLanes;
      if (left <= 0) continue;
      const float* p = x + i + v * kLanes;
      const V xi = left >= kLanes ? hn::LoadU(f, p) : LoadPart(p, left);
      sum.v[v] = hn::MulAdd(xi, xi, sum.v[v]);
    }
  }
  return SumLanes(sum);
}

void RmsNormRows(void* context, int64_t begin, int64_t end, int) {
  const RmsNormArgs& a = *static_cast<const RmsNormArgs*>(context);
  for (int64_t m = begin; m < end; ++m) {
    const float* x = a.x + m * a.x_stride;
    float* y = a.y + m * a.y_stride;
    const float mean = SumOfSquares(x, a.width) / static_cast<float>(a.width);
    const float root = hn::GetLane(hn::Sqrt(hn::Set(f, mean + a.eps)));
    const V scale = hn::Set(f, 1.0f / root);
    int64_t i = 0;
    for (; i + kLanes <= a.width; i += kLanes) {
      const V scaled = hn::Mul(hn::LoadU(f, x + i), scale);
      hn::StoreU(hn::Mul(scaled, hn::LoadU(f, a.weight + i)), f, y + i);
    }
    const V scaled = hn::Mul(LoadPart(x + i, a.width - i), scale);
    StorePart(hn::Mul(scaled, LoadPart(a.weight + i, a.width - i)), y + i, a.width - i);
  }
}

void RmsNorm(const RmsNormArgs& a, ThreadPool& pool) {
  RunRows(pool, a.rows, a.width, RmsNormRows, &a);
}

void AddRows(void* context, int64_t begin, int64_t end, int) {
  const AddArgs& a = *static_cast<const AddArgs*>(context);
  for (int64_t m = begin; m < end; ++m) {
    const float* x = a.x + m * a.x_stride;
    float* y = a.y + m * a.y_stride;
    int64_t i = 0;
    for (; i + kLanes <= a.width; i += kLanes) {
      hn::StoreU(hn::Add(hn::LoadU(f, y + i), hn::LoadU(f, x + i)), f, y + i);
    }
    for (; i < a.width; ++i) y[i] += x[i];
  }
}

void Add(const AddArgs& a, ThreadPool& pool) { RunRows(pool, a.rows, a.width, AddRows, &a); }

HWY_INLINE V SwigluOf(V gate, V up) {
  // Above 88 exp would overflow; there silu is below 1e-36 in magnitude either way. Min keeps a NaN
  // of neither operand reliably, but the numerator carries it.
  const V e = hn::Exp(f, hn::Min(hn::Neg(gate), hn::Set(f, 88.0f)));
  return hn::Mul(hn::Div(gate, hn::Add(hn::Set(f, 1.0f), e)), up);
}

void SwigluRows(void* context, int64_t begin, int64_t end, int) {
  const SwigluArgs& a = *static_cast<const SwigluArgs*>(context);
  for (int64_t m = begin; m < end; ++m) {
    const float* gate = a.gate + m * a.in_stride;
    const float* up = a.up + m * a.in_stride;
    float* y = a.y + m * a.y_stride;
    int64_t i = 0;
    for (; i + kLanes <= a.width; i += kLanes) {
      hn::StoreU(SwigluOf(hn::LoadU(f, gate + i), hn::LoadU(f, up + i)), f, y + i);
    }
    const int64_t left = a.width - i;
    StorePart(SwigluOf(LoadPart(gate + i, left), LoadPart(up + i, left)), y + i, left);
  }
}

void Swiglu(const SwigluArgs& a, ThreadPool& pool) {
  RunRows(pool, a.rows, 8 * a.width, SwigluRows, &a);
}

HWY_INLINE void RotatePair(V& first, V& second, V c, V s) {
  const V x = hn::NegMulAdd(second, s, hn::Mul(first, c));
  second = hn::MulAdd(second, c, hn::Mul(first, s));
  first = x;
}

// Rotates table.dims elements of one head in place.
HWY_INLINE void RotateHead(const RopeView& table, int32_t position, float* x) {
  const int half = table.dims / 2;
  const float* cosine = table.rows + int64_t{position} * table.dims;
  const float* sine = cosine + half;
  const bool adjacent = table.layout == RopeLayout::kAdjacent;
  for (int i = 0; i < half; i += kLanes) {
    const int count = half - i < kLanes ? half - i : kLanes;
    const bool whole = count == kLanes;
    const V c = whole ? hn::LoadU(f, cosine + i) : LoadPart(cosine + i, count);
    const V s = whole ? hn::LoadU(f, sine + i) : LoadPart(sine + i, count);
    V first, second;
    if (adjacent) {
      alignas(64) float pair[2 * kLanes] = {};
      float* at = whole ? x + 2 * i : pair;
      if (!whole) {
        for (int j = 0; j < 2 * count; ++j) pair[j] = x[2 * i + j];
      }
      hn::LoadInterleaved2(f, at, first, second);
      RotatePair(first, second, c, s);
      hn::StoreInterleaved2(first, second, f, at);
      if (!whole) {
        for (int j = 0; j < 2 * count; ++j) x[2 * i + j] = pair[j];
      }
    } else {
      first = whole ? hn::LoadU(f, x + i) : LoadPart(x + i, count);
      second = whole ? hn::LoadU(f, x + half + i) : LoadPart(x + half + i, count);
      RotatePair(first, second, c, s);
      if (whole) {
        hn::StoreU(first, f, x + i);
        hn::StoreU(second, f, x + half + i);
      } else {
        StorePart(first, x + i, count);
        StorePart(second, x + half + i, count);
      }
    }
  }
}

void RopeRows(void* context, int64_t begin, int64_t end, int) {
  const RopeArgs& a = *static_cast<const RopeArgs*>(context);
  for (int64_t m = begin; m < end; ++m) {
    for (int h = 0; h < a.heads; ++h) {
      RotateHead(a.table, a.positions[m], a.x + m * a.x_stride + int64_t{h} * a.head_dim);
    }
  }
}

void Rope(const RopeArgs& a, ThreadPool& pool) {
  RunRows(pool, a.rows, 2 * int64_t{a.heads} * a.head_dim, RopeRows, &a);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_AFTER_NAMESPACE();
