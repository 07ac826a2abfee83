// matmul of quantised weights by int8 products (AVX-512 VNNI): x is rounded to 8 bits in groups of
// 32 (int8-inl.h), so this is not the arithmetic of the other implementations.
//
//   y[m][j] = chain over groups of 32 k ascending, from +0:
//     for each scale s of the group (Q6_K: two, of 16 k each; else one):
//       y = fma(float(sum over its k of q[j][k] * bytes[m][k]), xscale[m] * s[j], y)
//     of formats with an offset o:  y = fma(o[j], xscale[m] * sum over the 32 k of bytes[m][k], y)
//
// The integer sums are exact, so an output has the same bits in a tile of any shape.
#pragma once

#include <iterator>

#include "kernels/cpu/int8-inl.h"
#include "kernels/cpu/matmul-rounded-inl.h"
#include "kernels/implementations.h"

HWY_PUSH_ATTRIBUTES(HWY_TARGET_STR ",avx512vnni,avx512vbmi")
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

// Rounded rows: per row the bytes of k_max values, then their RowGroups.
struct RoundedRows {
  std::byte* at;
  int64_t k_max;
  constexpr int64_t stride() const {
    return k_max + k_max / kGroup * int64_t{sizeof(RowGroup)} + 64;
  }
  std::byte* bytes(int64_t row) const { return at + row * stride(); }
  RowGroup* groups(int64_t row) const {
    return reinterpret_cast<RowGroup*>(at + row * stride() + k_max);
  }
};

template <WeightFormat kFormat>
void RoundRows(const float* x, int64_t x_stride, int64_t rows, int64_t k_count, RoundedRows out) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t k = 0; k < k_count; k += kGroup) {
      RoundGroup<kFormat>(x + r * x_stride + k, out.bytes(r) + k, out.groups(r) + k / kGroup);
    }
  }
}

// A group of a panel, opened into memory: its quads, its scales, its offset.
template <WeightFormat kFormat>
struct OpenedGroup {
  alignas(64) std::byte quads[kQuads * kQuadBytes];
  alignas(64) float scale[kScales<kFormat> * kPanel];
  alignas(64) float offset[kLayout<kFormat>.has_offset ? kPanel : 1];
};

// Where a tile finds its weights: `panels` panels, group by group. Packed, or opened before.
template <WeightFormat kFormat>
struct PackedWeights {
  using View = Group<kFormat>;
  const std::byte* panels;
  int64_t panel_bytes, k;

  HWY_INLINE void Open(int p, int64_t group, View* out) const {
    // No prefetch: what is read is in the hardware's sight, and asking for it gained nothing.
    OpenGroupAt<kFormat>(panels + p * panel_bytes, k + group * kGroup, out);
  }
  static HWY_INLINE void Quads(const View& view, int pair, __m512i* out) {
    OpenQuads<kFormat>(view, pair, out);
  }
  static HWY_INLINE const Group<kFormat>& Factors(const View& view) { return view; }
};

constexpr int64_t kInt8BlockK = 512;

template <WeightFormat kFormat>
struct OpenedWeights {
  using View = const OpenedGroup<kFormat>*;
  const std::byte* at;  // kInt8BlockK of each panel

  HWY_INLINE void Open(int p, int64_t group, View* out) const {
    *out = reinterpret_cast<View>(at) + p * (kInt8BlockK / kGroup) + group;
  }
  static HWY_INLINE void Quads(View view, int pair, __m512i* out) {
    out[0] = LoadBytes(view->quads + 2 * pair * kQuadBytes);
    out[1] = LoadBytes(view->quads + (2 * pair + 1) * kQuadBytes);
  }
  static HWY_INLINE const OpenedGroup<kFormat>& Factors(View view) { return *view; }
};

// R rows x P panels x `groups` groups; y has room for P * kPanel columns per row.
template <WeightFormat kFormat, int R, int P, typename Weights>
HWY_NOINLINE void Int8Tile(const Weights& weights, int64_t groups, RoundedRows x, int64_t row,
                           float* HWY_RESTRICT y, int64_t y_stride, bool accumulate) {
  constexpr int kSetPairs = kQuads / 2 / kScales<kFormat>;
  __m512 acc[R][P];
  LMP_UNROLL
  for (int r = 0; r < R; ++r) {
    LMP_UNROLL
    for (int p = 0; p < P; ++p) {
      acc[r][p] = accumulate ? _mm512_loadu_ps(y + r * y_stride + p * kPanel) : _mm512_setzero_ps();
    }
  }
  const std::byte* bytes = x.bytes(row);
  const RowGroup* factors = x.groups(row);
  const int64_t stride = x.stride();
  const auto of_row = [&](int r) {
    return reinterpret_cast<const RowGroup*>(reinterpret_cast<const std::byte*>(factors) +
                                             r * stride);
  };
  for (int64_t g = 0; g < groups; ++g, bytes += kGroup, ++factors) {
    typename Weights::View view[P];
    LMP_UNROLL
    for (int p = 0; p < P; ++p) weights.Open(p, g, &view[p]);
    LMP_UNROLL
    for (int set = 0; set < kScales<kFormat>; ++set) {
      __m512i sum[R][P];
      LMP_UNROLL
      for (int r = 0; r < R; ++r) {
        LMP_UNROLL
        for (int p = 0; p < P; ++p) sum[r][p] = _mm512_set1_epi32(of_row(r)->start[set]);
      }
      LMP_UNROLL
      for (int i = 0; i < kSetPairs; ++i) {
        const int pair = set * kSetPairs + i;
        __m512i w[P][2];
        LMP_UNROLL
        for (int p = 0; p < P; ++p) Weights::Quads(view[p], pair, w[p]);
        LMP_UNROLL
        for (int half = 0; half < 2; ++half) {
          LMP_UNROLL
          for (int r = 0; r < R; ++r) {
            const __m512i four = FourBytes(bytes + r * stride + (2 * pair + half) * 4).raw;
            LMP_UNROLL
            for (int p = 0; p < P; ++p)
              sum[r][p] = _mm512_dpbusd_epi32(sum[r][p], w[p][half], four);
          }
        }
      }
      LMP_UNROLL
      for (int p = 0; p < P; ++p) {
        const __m512 scale = _mm512_load_ps(Weights::Factors(view[p]).scale + set * kPanel);
        LMP_UNROLL
        for (int r = 0; r < R; ++r) {
          const __m512 both = _mm512_mul_ps(_mm512_set1_ps(of_row(r)->scale), scale);
          acc[r][p] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[r][p]), both, acc[r][p]);
        }
      }
    }
    if constexpr (kLayout<kFormat>.has_offset) {
      LMP_UNROLL
      for (int p = 0; p < P; ++p) {
        const __m512 offset = _mm512_load_ps(Weights::Factors(view[p]).offset);
        LMP_UNROLL
        for (int r = 0; r < R; ++r) {
          acc[r][p] = _mm512_fmadd_ps(offset, _mm512_set1_ps(of_row(r)->scaled_sum), acc[r][p]);
        }
      }
    }
  }
  LMP_UNROLL
  for (int r = 0; r < R; ++r) {
    LMP_UNROLL
    for (int p = 0; p < P; ++p) _mm512_storeu_ps(y + r * y_stride + p * kPanel, acc[r][p]);
  }
}

template <WeightFormat kFormat>
void OpenPanel(const std::byte* panel, int64_t k, int64_t groups, OpenedGroup<kFormat>* out) {
  Group<kFormat> group;
  for (int64_t g = 0; g < groups; ++g, ++out) {
    OpenGroupAt<kFormat>(panel, k + g * kGroup, &group);
    for (int pair = 0; pair < kQuads / 2; ++pair) {
      __m512i quads[2];
      OpenQuads<kFormat>(group, pair, quads);
      _mm512_store_si512(out->quads + 2 * pair * kQuadBytes, quads[0]);
      _mm512_store_si512(out->quads + (2 * pair + 1) * kQuadBytes, quads[1]);
    }
    std::memcpy(out->scale, group.scale, sizeof(out->scale));
    if constexpr (kLayout<kFormat>.has_offset) {
      std::memcpy(out->offset, group.offset, sizeof(out->offset));
    }
  }
}

// matmul-rounded-inl.h. 32 registers hold the integer and the float sums of each vector of a tile,
// and a pair of quads of each panel.
template <WeightFormat kWeights>
struct Int8Kind {
  static constexpr WeightFormat kFormat = kWeights;
  static constexpr int64_t kBlockK = kInt8BlockK, kBlockPanels = 2;
  static constexpr int PanelsFor(int rows) { return rows <= 2 ? 4 : 2; }
  using Rows = RoundedRows;
  using Packed = PackedWeights<kFormat>;
  using Opened = OpenedWeights<kFormat>;
  static constexpr int64_t kOpenedBytes = kBlockK / kGroup * int64_t{sizeof(OpenedGroup<kFormat>)};

  static void Round(const float* x, int64_t x_stride, int64_t rows, int64_t k_count, Rows out) {
    RoundRows<kFormat>(x, x_stride, rows, k_count, out);
  }
  static void Open(const std::byte* panel, int64_t k, int64_t k_count, std::byte* out) {
    OpenPanel<kFormat>(panel, k, k_count / kGroup, reinterpret_cast<OpenedGroup<kFormat>*>(out));
  }
  template <int R, int P, typename Weights>
  static void Tile(const Weights& weights, int64_t k_count, Rows x, int64_t row, float* y,
                   int64_t y_stride, bool accumulate) {
    Int8Tile<kFormat, R, P>(weights, k_count / kGroup, x, row, y, y_stride, accumulate);
  }
};

template <WeightFormat kFormat>
constexpr MatmulPanelsFn kInt8PanelsOf = RoundedPanels<Int8Kind<kFormat>>;

// In the order of WeightFormat, from Q8_0 on.
constexpr MatmulPanelsFn kInt8Panels[] = {
    kInt8PanelsOf<WeightFormat::kQ8_0>, kInt8PanelsOf<WeightFormat::kQ4_0>,
    kInt8PanelsOf<WeightFormat::kQ4_1>, kInt8PanelsOf<WeightFormat::kQ5_0>,
    kInt8PanelsOf<WeightFormat::kQ5_1>, kInt8PanelsOf<WeightFormat::kQ4_K>,
    kInt8PanelsOf<WeightFormat::kQ5_K>, kInt8PanelsOf<WeightFormat::kQ6_K>,
};
constexpr size_t kFirstInt8 = static_cast<size_t>(WeightFormat::kQ8_0);
static_assert(kFirstInt8 + std::size(kInt8Panels) == std::size(kWeightFormats));

// Matrices of floats go the way of the other implementations.
void MatmulInt8(const MatmulArgs& a, ThreadPool& pool) {
  if (static_cast<size_t>(a.w.format) < kFirstInt8) return kAvx512Ops.matmul(a, pool);
  RunMatmul(a, pool, kInt8Panels[static_cast<size_t>(a.w.format) - kFirstInt8],
            kRoundedForkProducts);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_POP_ATTRIBUTES
