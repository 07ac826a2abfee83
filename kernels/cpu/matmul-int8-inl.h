// matmul of quantised weights by int8 products (AVX-512 VNNI): x is rounded to 8 bits in groups of
// 32 (int8-inl.h), so this is not the arithmetic of the other implementations.
//
//   y[m][j] = chain over groups of 32 k ascending, from +0:
//     for each scale s of the group (Q6_K: two, of 16 k each; else one):
//       y = fma(float(sum over its k of q[j][k] * bytes[m][k]), xscale[m] * s[j], y)
//     of formats with an offset o:  y = fma(o[j], xscale[m] * sum over the 32 k of bytes[m][k], y)
//
// The integer sums are exact, so an output has the same bits in a tile of any shape. As in
// matmul-inl.h few rows read the packed weights in registers, many rows share a block of them that
// is opened into L1 once, and between blocks of k the sums wait in y.
#pragma once

#include <algorithm>
#include <iterator>

#include "kernels/cpu/int8-inl.h"
#include "kernels/cpu/matmul-parts-inl.h"
#include "kernels/cpu/micro-inl.h"
#include "kernels/implementations.h"

HWY_PUSH_ATTRIBUTES(HWY_TARGET_STR ",avx512vnni,avx512vbmi")
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

// Panels beside each other in a tile: 32 registers hold the integer and the float sums of each of
// its vectors, and a pair of quads of each panel.
constexpr int Int8PanelsFor(int rows) { return rows <= 2 ? 4 : 2; }
constexpr int64_t kInt8BlockPanels = Int8PanelsFor(kTileRows);
constexpr int64_t kInt8BlockK = 512;
constexpr int64_t kInt8BlockRows = 32 * kTileRows;
// More rows go by blocks: measured on Zen 4.
constexpr int64_t kInt8StreamRowsMax = 4 * kTileRows;

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

template <WeightFormat kFormat>
struct OpenedWeights {
  using View = const OpenedGroup<kFormat>*;
  const OpenedGroup<kFormat>* groups;
  int64_t panel_groups;

  HWY_INLINE void Open(int p, int64_t group, View* out) const {
    *out = groups + p * panel_groups + group;
  }
  static HWY_INLINE void Quads(View view, int pair, __m512i* out) {
    out[0] = LoadBytes(view->quads + 2 * pair * kQuadBytes);
    out[1] = LoadBytes(view->quads + (2 * pair + 1) * kQuadBytes);
  }
  static HWY_INLINE const OpenedGroup<kFormat>& Factors(View view) { return *view; }
};

HWY_INLINE __m512i FourBytes(const std::byte* p) {
  int32_t four;
  std::memcpy(&four, p, 4);
  return _mm512_set1_epi32(four);
}

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
            const __m512i four = FourBytes(bytes + r * stride + (2 * pair + half) * 4);
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

// The same where the last panel may have fewer columns than y has room for.
template <WeightFormat kFormat, int R, int P, typename Weights>
void Int8Columns(const Weights& weights, int64_t groups, RoundedRows x, int64_t row, float* y,
                 int64_t y_stride, int64_t columns, bool accumulate) {
  if (columns >= P * kPanel) {
    return Int8Tile<kFormat, R, P>(weights, groups, x, row, y, y_stride, accumulate);
  }
  float tile[R * P * kPanel] = {};
  if (accumulate) CopyTile(y, y_stride, R, columns, tile, P * kPanel);
  Int8Tile<kFormat, R, P>(weights, groups, x, row, tile, P * kPanel, accumulate);
  CopyTile(tile, P * kPanel, R, columns, y, y_stride);
}

// All panels of [begin, end) for R rows of x from `row` on, packed weights.
template <WeightFormat kFormat, int R>
void Int8StreamPanels(const MatmulArgs& a, int64_t begin, int64_t end, int64_t k, int64_t k_count,
                      RoundedRows x, int64_t row) {
  constexpr int P = Int8PanelsFor(R);
  const int64_t panel_bytes = static_cast<int64_t>(PanelBytes(kFormat, a.w.k));
  const int64_t groups = k_count / kGroup;
  float* const y = a.y + row * a.y_stride;
  int64_t p = begin;
  const auto weights = [&] {
    return PackedWeights<kFormat>{a.w.panels + p * panel_bytes, panel_bytes, k};
  };
  for (; p + P <= end; p += P) {
    Int8Columns<kFormat, R, P>(weights(), groups, x, row, y + p * kPanel, a.y_stride,
                               a.w.n - p * kPanel, k > 0);
  }
  for (; p < end; ++p) {
    Int8Columns<kFormat, R, 1>(weights(), groups, x, row, y + p * kPanel, a.y_stride,
                               a.w.n - p * kPanel, k > 0);
  }
}

// Calls `run` with `rows`, 1 to kTileRows, as a constant.
template <typename Run>
HWY_INLINE void WithRows(int64_t rows, Run&& run) {
  switch (rows) {
    case 1:
      return run.template operator()<1>();
    case 2:
      return run.template operator()<2>();
    case 3:
      return run.template operator()<3>();
    case 4:
      return run.template operator()<4>();
    case 5:
      return run.template operator()<5>();
    default:
      return run.template operator()<kTileRows>();
  }
}

// Few rows: all of k at once where it goes into scratch, so that weights are read in long runs; a
// second tile of rows finds them in cache.
template <WeightFormat kFormat>
void Int8Stream(const MatmulArgs& a, int64_t begin, int64_t end, std::byte* scratch) {
  constexpr int64_t kFits = 16384;
  static_assert(kInt8StreamRowsMax * RoundedRows{nullptr, kFits}.stride() <=
                int64_t{ThreadPool::kScratchBytes});
  const RoundedRows x{scratch, std::min(a.w.k, kFits)};
  const int64_t tiles = (a.rows + kTileRows - 1) / kTileRows;
  const int64_t panels = tiles == 1 ? end - begin : kInt8BlockPanels;
  for (int64_t k = 0; k < a.w.k; k += kFits) {
    const int64_t k_count = std::min(a.w.k - k, kFits);
    RoundRows<kFormat>(a.x + k, a.x_stride, a.rows, k_count, x);
    for (int64_t p = begin; p < end; p += panels) {
      for (int64_t t = 0; t < tiles; ++t) {
        const int64_t row = a.rows * t / tiles;
        WithRows(a.rows * (t + 1) / tiles - row, [&]<int R>() {
          Int8StreamPanels<kFormat, R>(a, p, std::min(p + panels, end), k, k_count, x, row);
        });
      }
    }
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

template <WeightFormat kFormat>
void Int8Blocks(const MatmulArgs& a, int64_t begin, int64_t end, std::byte* scratch) {
  constexpr int64_t kPanelGroups = kInt8BlockK / kGroup;
  using Opened = OpenedGroup<kFormat>;
  auto* const opened = reinterpret_cast<Opened*>(scratch);
  constexpr int64_t kOpenedBytes = kInt8BlockPanels * kPanelGroups * int64_t{sizeof(Opened)};
  const RoundedRows x{scratch + kOpenedBytes, kInt8BlockK};
  static_assert(kOpenedBytes + kInt8BlockRows * RoundedRows{nullptr, kInt8BlockK}.stride() <=
                int64_t{ThreadPool::kScratchBytes});
  const int64_t panel_bytes = static_cast<int64_t>(PanelBytes(kFormat, a.w.k));
  for (int64_t m = 0; m < a.rows; m += kInt8BlockRows) {
    const int64_t rows = std::min(a.rows - m, kInt8BlockRows);
    const int64_t tiles = (rows + kTileRows - 1) / kTileRows;
    for (int64_t k = 0; k < a.w.k; k += kInt8BlockK) {
      const int64_t k_count = std::min(a.w.k - k, kInt8BlockK), groups = k_count / kGroup;
      RoundRows<kFormat>(a.x + m * a.x_stride + k, a.x_stride, rows, k_count, x);
      for (int64_t p = begin; p < end; p += kInt8BlockPanels) {
        const int64_t panels = std::min(end - p, kInt8BlockPanels);
        for (int64_t i = 0; i < panels; ++i) {
          OpenPanel<kFormat>(a.w.panels + (p + i) * panel_bytes, k, groups,
                             opened + i * kPanelGroups);
        }
        const OpenedWeights<kFormat> weights{opened, kPanelGroups};
        const int64_t columns = a.w.n - p * kPanel;
        for (int64_t t = 0; t < tiles; ++t) {
          // Rows spread evenly over the tiles.
          const int64_t r = rows * t / tiles, count = rows * (t + 1) / tiles - r;
          float* const y = a.y + (m + r) * a.y_stride + p * kPanel;
          WithRows(count, [&]<int R>() {
            if (panels == kInt8BlockPanels) {
              Int8Columns<kFormat, R, kInt8BlockPanels>(weights, groups, x, r, y, a.y_stride,
                                                        columns, k > 0);
            } else {
              Int8Columns<kFormat, R, 1>(weights, groups, x, r, y, a.y_stride, columns, k > 0);
            }
          });
        }
      }
    }
  }
}

template <WeightFormat kFormat>
void Int8Panels(const MatmulArgs& a, int64_t begin, int64_t end, std::byte* scratch) {
  if (a.rows <= kInt8StreamRowsMax) return Int8Stream<kFormat>(a, begin, end, scratch);
  Int8Blocks<kFormat>(a, begin, end, scratch);
}

// In the order of WeightFormat, from Q8_0 on.
constexpr MatmulPanelsFn kInt8Panels[] = {
    Int8Panels<WeightFormat::kQ8_0>, Int8Panels<WeightFormat::kQ4_0>,
    Int8Panels<WeightFormat::kQ4_1>, Int8Panels<WeightFormat::kQ5_0>,
    Int8Panels<WeightFormat::kQ5_1>, Int8Panels<WeightFormat::kQ4_K>,
    Int8Panels<WeightFormat::kQ5_K>, Int8Panels<WeightFormat::kQ6_K>,
};
constexpr size_t kFirstInt8 = static_cast<size_t>(WeightFormat::kQ8_0);
static_assert(kFirstInt8 + std::size(kInt8Panels) == std::size(kWeightFormats));
static_assert(kInt8BlockPanels == 2);  // else the end of a range has more widths than 1

// Matrices of floats go the way of the other implementations.
void MatmulInt8(const MatmulArgs& a, ThreadPool& pool) {
  if (static_cast<size_t>(a.w.format) < kFirstInt8) return kAvx512Ops.matmul(a, pool);
  constexpr int64_t kForkProducts = 131072;  // about 1 us of work
  RunMatmul(a, pool, kInt8Panels[static_cast<size_t>(a.w.format) - kFirstInt8], kForkProducts);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_POP_ATTRIBUTES
