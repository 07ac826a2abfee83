// matmul: two ways through the same arithmetic (micro-inl.h).
//
// Few rows (<= kStreamRowsMax of the format, decode): weights are widened in registers and used by
// one tile; the work is reading them, in PanelsFor(rows) streams with prefetch. Many rows
// (prefill): blocks of kBlockRows x kBlockK of x are copied to scratch (dense stride, so that the
// rows of a tile do not share cache sets), a panel's block of weights is widened into L1 once and
// used by all row tiles; between blocks of k the accumulators wait in y.
#pragma once

#include <iterator>

#include "kernels/cpu/matmul-parts-inl.h"
#include "kernels/cpu/micro-inl.h"
#include "kernels/cpu/widen-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

// Where widening a weight costs more than storing it and loading it again, from fewer rows on the
// second way is faster: measured on AVX2, with 4 to 6 bits from 5 rows on, else from 11.
template <WeightFormat kFormat>
constexpr int64_t kStreamRowsMax = kLayout<kFormat>.file_bytes < kLayout<kFormat>.elements ? 4 : 10;
// Rows of a streamed tile: with 6 of them AVX2 has no registers left for the weights.
constexpr int kStreamTileRows = kAccumulators > 12 ? kTileRows : 5;
constexpr int64_t kBlockRows = 32 * kTileRows;
constexpr int64_t kBlockPanels = PanelsFor(kTileRows);
constexpr int64_t kBlockK = kBlockPanels > 1 ? 128 : 256;  // widened block: 16 or 32 KB
constexpr int64_t kBlockStride = kBlockK + 16;
static_assert(kBlockK % kGroup == 0);
static_assert((kBlockRows * kBlockStride + kBlockPanels * kBlockK * kPanel) * sizeof(float) <=
              ThreadPool::kScratchBytes);

// acc += x[.][0 .. count) * weights of the groups, count <= kGroup.
template <WeightFormat kFormat, int R, int P>
HWY_INLINE void StreamRun(const Group<kFormat> (&groups)[P], const float* HWY_RESTRICT x,
                          int64_t x_stride, int count, V (&acc)[R][P][kVecs]) {
  constexpr int kLine = kLineK<kFormat>;
  for (int k = 0; k < count; k += kLine) {
    V xk[R][kLine];
    LMP_UNROLL
    for (int r = 0; r < R; ++r) {
      LMP_UNROLL
      for (int i = 0; i < kLine; ++i) xk[r][i] = hn::Set(f, x[r * x_stride + k + i]);
    }
    // A vector of weights is used before the next is made: there are few registers.
    LMP_UNROLL
    for (int p = 0; p < P; ++p) {
      LMP_UNROLL
      for (int v = 0; v < kVecs; ++v) {
        V w[kLine];
        WidenLine<kFormat>(groups[p], k, v, w);
        LMP_UNROLL
        for (int i = 0; i < kLine; ++i) {
          LMP_UNROLL
          for (int r = 0; r < R; ++r) acc[r][p][v] = hn::MulAdd(xk[r][i], w[i], acc[r][p][v]);
        }
      }
    }
  }
}

// R rows x P whole panels. y has room for P * kPanel columns per row.
template <WeightFormat kFormat, int R, int P>
HWY_NOINLINE void StreamTile(const std::byte* panels, int64_t panel_bytes, int64_t k_count,
                             const float* HWY_RESTRICT x, int64_t x_stride, float* HWY_RESTRICT y,
                             int64_t y_stride) {
  constexpr int64_t kRunBytes = RunBytes<kFormat>(kGroup);
  constexpr int64_t kAhead = 2048;  // bytes in each stream
  V acc[R][P][kVecs];
  LMP_UNROLL
  for (int r = 0; r < R; ++r) {
    LMP_UNROLL
    for (int p = 0; p < P; ++p) {
      LMP_UNROLL
      for (int v = 0; v < kVecs; ++v) acc[r][p][v] = hn::Zero(f);
    }
  }
  Group<kFormat> groups[P];
  for (int64_t k = 0; k < k_count; k += kGroup) {
    LMP_UNROLL
    for (int p = 0; p < P; ++p) {
      const std::byte* const panel = panels + p * panel_bytes;
      const std::byte* const ahead = panel + RunBytes<kFormat>(k) + kAhead;
      for (int64_t line = 0; line < kRunBytes; line += 64) hwy::Prefetch(ahead + line);
      OpenGroupAt<kFormat>(panel, k, &groups[p]);
    }
    const int count = k_count - k < kGroup ? static_cast<int>(k_count - k) : kGroup;
    StreamRun<kFormat, R, P>(groups, x + k, x_stride, count, acc);
  }
  LMP_UNROLL
  for (int r = 0; r < R; ++r) {
    LMP_UNROLL
    for (int p = 0; p < P; ++p) {
      LMP_UNROLL
      for (int v = 0; v < kVecs; ++v) {
        hn::StoreU(acc[r][p][v], f, y + r * y_stride + p * kPanel + v * kLanes);
      }
    }
  }
}

template <WeightFormat kFormat, int R, int P>
void StreamGroup(const MatmulArgs& a, int64_t panel, int64_t panel_bytes) {
  const std::byte* panels = a.w.panels + panel * panel_bytes;
  float* y = a.y + panel * kPanel;
  const int64_t columns = a.w.n - panel * kPanel;
  if (columns >= P * kPanel) {
    StreamTile<kFormat, R, P>(panels, panel_bytes, a.w.k, a.x, a.x_stride, y, a.y_stride);
    return;
  }
  float tile[R * P * kPanel];
  StreamTile<kFormat, R, P>(panels, panel_bytes, a.w.k, a.x, a.x_stride, tile, P * kPanel);
  CopyTile(tile, P * kPanel, R, columns, y, a.y_stride);
}

template <WeightFormat kFormat, int R>
void StreamPanels(const MatmulArgs& a, int64_t begin, int64_t end) {
  constexpr int P = PanelsFor(R);
  const int64_t panel_bytes = static_cast<int64_t>(PanelBytes(kFormat, a.w.k));
  int64_t p = begin;
  for (; p + P <= end; p += P) StreamGroup<kFormat, R, P>(a, p, panel_bytes);
  for (; p < end; ++p) StreamGroup<kFormat, R, 1>(a, p, panel_bytes);
}

// Weights k in [k_begin, k_begin + count) of one panel as fp32, [count][kPanel]; k_begin is a
// multiple of kGroup.
template <WeightFormat kFormat>
HWY_INLINE void WidenPanel(const std::byte* panel, int64_t k_begin, int64_t count,
                           float* HWY_RESTRICT out) {
  constexpr int kLine = kLineK<kFormat>;
  Group<kFormat> group;
  for (int64_t begin = 0; begin < count; begin += kGroup, out += kGroup * kPanel) {
    OpenGroupAt<kFormat>(panel, k_begin + begin, &group);
    const int group_count = count - begin < kGroup ? static_cast<int>(count - begin) : kGroup;
    for (int k = 0; k < group_count; k += kLine) {
      LMP_UNROLL
      for (int v = 0; v < kVecs; ++v) {
        V w[kLine];
        WidenLine<kFormat>(group, k, v, w);
        LMP_UNROLL
        for (int i = 0; i < kLine; ++i) {
          hn::StoreU(w[i], f, out + (k + i) * kPanel + v * kLanes);
        }
      }
    }
  }
}

// A block of x rows and k against `panels` <= kBlockPanels panels of the matrix.
template <WeightFormat kFormat>
void BlockPanels(const MatmulArgs& a, const float* x_block, int64_t m, int64_t rows, int64_t k,
                 int64_t k_count, int64_t panel, int64_t panels, float* widened) {
  const int64_t panel_bytes = static_cast<int64_t>(PanelBytes(kFormat, a.w.k));
  const std::byte* bytes = a.w.panels + panel * panel_bytes;
  const float* b = widened;
  int64_t b_panel = kBlockK * kPanel;
  if constexpr (kFormat == WeightFormat::kF32) {
    b = reinterpret_cast<const float*>(bytes) + k * kPanel;
    b_panel = a.w.k * kPanel;
  } else {
    for (int64_t p = 0; p < panels; ++p) {
      WidenPanel<kFormat>(bytes + p * panel_bytes, k, k_count, widened + p * b_panel);
    }
  }
  // The next panels' bytes of this k block, fetched while this block is computed.
  const std::byte* next = bytes + panels * panel_bytes + RunBytes<kFormat>(k);
  const int64_t next_lines =
      panel + panels < (a.w.n + kPanel - 1) / kPanel ? RunBytes<kFormat>(k_count) / 64 : 0;
  const int64_t tiles = (rows + kTileRows - 1) / kTileRows;
  const int64_t columns = a.w.n - panel * kPanel;
  const bool whole = columns >= panels * kPanel;
  for (int64_t t = 0; t < tiles; ++t) {
    for (int64_t line = next_lines * t / tiles; line < next_lines * (t + 1) / tiles; ++line) {
      for (int64_t p = 0; p < panels; ++p) hwy::Prefetch(next + p * panel_bytes + line * 64);
    }
    // Rows spread evenly: a full tile beside a narrow one would wait on latency in the narrow one.
    const int64_t r = rows * t / tiles;
    const int64_t tile_rows = rows * (t + 1) / tiles - r;
    const PanelsFn run = kMicroPanels<kBlockStride>[tile_rows];
    const float* x = x_block + r * kBlockStride;
    float* y = a.y + (m + r) * a.y_stride + panel * kPanel;
    if (whole) {
      run(x, b, b_panel, panels, k_count, y, a.y_stride, k > 0);
    } else {
      float tile[kTileRows * kBlockPanels * kPanel] = {};
      CopyTile(y, a.y_stride, k > 0 ? tile_rows : 0, columns, tile, kBlockPanels * kPanel);
      run(x, b, b_panel, panels, k_count, tile, kBlockPanels * kPanel, k > 0);
      CopyTile(tile, kBlockPanels * kPanel, tile_rows, columns, y, a.y_stride);
    }
  }
}

template <WeightFormat kFormat>
void BlockMatmul(const MatmulArgs& a, int64_t begin, int64_t end, float* scratch) {
  float* widened = scratch + kBlockRows * kBlockStride;
  for (int64_t m = 0; m < a.rows; m += kBlockRows) {
    const int64_t rows = a.rows - m < kBlockRows ? a.rows - m : kBlockRows;
    for (int64_t k = 0; k < a.w.k; k += kBlockK) {
      const int64_t k_count = a.w.k - k < kBlockK ? a.w.k - k : kBlockK;
      for (int64_t r = 0; r < rows; ++r) {
        std::memcpy(scratch + r * kBlockStride, a.x + (m + r) * a.x_stride + k,
                    static_cast<size_t>(k_count) * sizeof(float));
      }
      for (int64_t p = begin; p < end; p += kBlockPanels) {
        const int64_t panels = end - p < kBlockPanels ? end - p : kBlockPanels;
        BlockPanels<kFormat>(a, scratch, m, rows, k, k_count, p, panels, widened);
      }
    }
  }
}

template <WeightFormat kFormat>
void StreamRows(const MatmulArgs& a, int64_t begin, int64_t end) {
  switch (a.rows) {
    case 1:
      return StreamPanels<kFormat, 1>(a, begin, end);
    case 2:
      return StreamPanels<kFormat, 2>(a, begin, end);
    case 3:
      return StreamPanels<kFormat, 3>(a, begin, end);
    case 4:
      return StreamPanels<kFormat, 4>(a, begin, end);
    case 5:
      return StreamPanels<kFormat, 5>(a, begin, end);
    default:
      return StreamPanels<kFormat, kStreamTileRows>(a, begin, end);
  }
}

// Several streamed tiles per panel: all but the first find it in cache.
template <WeightFormat kFormat>
void StreamMatmul(const MatmulArgs& a, int64_t begin, int64_t end) {
  if (a.rows <= kStreamTileRows) return StreamRows<kFormat>(a, begin, end);
  const int64_t tiles = (a.rows + kStreamTileRows - 1) / kStreamTileRows;
  for (int64_t p = begin; p < end; p += kBlockPanels) {
    const int64_t p_end = end - p < kBlockPanels ? end : p + kBlockPanels;
    for (int64_t t = 0; t < tiles; ++t) {
      const int64_t r = a.rows * t / tiles;
      MatmulArgs tile = a;
      tile.rows = a.rows * (t + 1) / tiles - r;
      tile.x += r * a.x_stride;
      tile.y += r * a.y_stride;
      StreamRows<kFormat>(tile, p, p_end);
    }
  }
}

template <WeightFormat kFormat>
void MatmulPanels(const MatmulArgs& a, int64_t begin, int64_t end, std::byte* scratch) {
  if (a.rows <= kStreamRowsMax<kFormat>) return StreamMatmul<kFormat>(a, begin, end);
  BlockMatmul<kFormat>(a, begin, end, reinterpret_cast<float*>(scratch));
}

// In the order of WeightFormat.
constexpr MatmulPanelsFn kMatmulPanels[] = {
    MatmulPanels<WeightFormat::kF32>,  MatmulPanels<WeightFormat::kF16>,
    MatmulPanels<WeightFormat::kBf16>, MatmulPanels<WeightFormat::kQ8_0>,
    MatmulPanels<WeightFormat::kQ4_0>, MatmulPanels<WeightFormat::kQ4_1>,
    MatmulPanels<WeightFormat::kQ5_0>, MatmulPanels<WeightFormat::kQ5_1>,
    MatmulPanels<WeightFormat::kQ4_K>, MatmulPanels<WeightFormat::kQ5_K>,
    MatmulPanels<WeightFormat::kQ6_K>,
};
static_assert(std::size(kMatmulPanels) == std::size(kWeightFormats));

void Matmul(const MatmulArgs& a, ThreadPool& pool) {
  constexpr int64_t kForkProducts = 32768;  // about 2 us of work
  RunMatmul(a, pool, kMatmulPanels[static_cast<size_t>(a.w.format)], kForkProducts);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_AFTER_NAMESPACE();
