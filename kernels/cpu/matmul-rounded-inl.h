// The way through a matmul that rounds x before it multiplies (matmul-int8-inl.h,
// matmul-bf16-inl.h). As in matmul-inl.h few rows read the packed weights in registers, many rows
// share a block of them that is opened into L1 once, and between blocks of k the sums wait in y.
//
// A Kind says how x is rounded and how a tile multiplies:
//
//   kFormat, kBlockK, kBlockPanels   the weights; k and panels of a block
//   PanelsFor(rows)                  panels beside each other in a tile that reads packed weights
//   Rows{at, k_max}                  rounded rows in scratch, stride() bytes each
//   Round(x, x_stride, rows, k_count, Rows)
//   Packed{panels, panel_bytes, k}   the packed weights of some panels, from k on
//   Opened{at}                       weights of some panels in scratch, kOpenedBytes each
//   Open(panel, k, k_count, at)      one panel of these
//   Tile<R, P>(weights, k_count, rows, row, y, y_stride, accumulate)   R rows x P whole panels
#pragma once

#include <algorithm>

#include "kernels/cpu/matmul-parts-inl.h"
#include "kernels/cpu/micro-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

constexpr int64_t kRoundedBlockRows = 32 * kTileRows;
// More rows go by blocks: measured on Zen 4.
constexpr int64_t kRoundedStreamRowsMax = 4 * kTileRows;

// Kind::Tile where the last panel may have fewer columns than y has room for.
template <typename Kind, int R, int P, typename Weights>
void RoundedColumns(const Weights& weights, int64_t k_count, const typename Kind::Rows& x,
                    int64_t row, float* y, int64_t y_stride, int64_t columns, bool accumulate) {
  if (columns >= P * kPanel) {
    return Kind::template Tile<R, P>(weights, k_count, x, row, y, y_stride, accumulate);
  }
  float tile[R * P * kPanel] = {};
  if (accumulate) CopyTile(y, y_stride, R, columns, tile, P * kPanel);
  Kind::template Tile<R, P>(weights, k_count, x, row, tile, P * kPanel, accumulate);
  CopyTile(tile, P * kPanel, R, columns, y, y_stride);
}

// All panels of [begin, end) for R rows of x from `row` on, packed weights.
template <typename Kind, int R>
void RoundedStreamPanels(const MatmulArgs& a, int64_t begin, int64_t end, int64_t k,
                         int64_t k_count, const typename Kind::Rows& x, int64_t row) {
  constexpr int P = Kind::PanelsFor(R);
  const int64_t panel_bytes = static_cast<int64_t>(PanelBytes(Kind::kFormat, a.w.k));
  float* const y = a.y + row * a.y_stride;
  int64_t p = begin;
  const auto weights = [&] {
    return typename Kind::Packed{a.w.panels + p * panel_bytes, panel_bytes, k};
  };
  for (; p + P <= end; p += P) {
    RoundedColumns<Kind, R, P>(weights(), k_count, x, row, y + p * kPanel, a.y_stride,
                               a.w.n - p * kPanel, k > 0);
  }
  for (; p < end; ++p) {
    RoundedColumns<Kind, R, 1>(weights(), k_count, x, row, y + p * kPanel, a.y_stride,
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
template <typename Kind>
void RoundedStream(const MatmulArgs& a, int64_t begin, int64_t end, std::byte* scratch) {
  using Rows = typename Kind::Rows;
  constexpr int64_t kFits = 16384;
  static_assert(kRoundedStreamRowsMax * Rows{nullptr, kFits}.stride() <=
                int64_t{ThreadPool::kScratchBytes});
  const Rows x{scratch, std::min(a.w.k, kFits)};
  const int64_t tiles = (a.rows + kTileRows - 1) / kTileRows;
  const int64_t panels = tiles == 1 ? end - begin : Kind::kBlockPanels;
  for (int64_t k = 0; k < a.w.k; k += kFits) {
    const int64_t k_count = std::min(a.w.k - k, kFits);
    Kind::Round(a.x + k, a.x_stride, a.rows, k_count, x);
    for (int64_t p = begin; p < end; p += panels) {
      for (int64_t t = 0; t < tiles; ++t) {
        const int64_t row = a.rows * t / tiles;
        WithRows(a.rows * (t + 1) / tiles - row, [&]<int R>() {
          RoundedStreamPanels<Kind, R>(a, p, std::min(p + panels, end), k, k_count, x, row);
        });
      }
    }
  }
}

template <typename Kind>
void RoundedBlocks(const MatmulArgs& a, int64_t begin, int64_t end, std::byte* scratch) {
  using Rows = typename Kind::Rows;
  constexpr int64_t kOpenedBytes = Kind::kBlockPanels * Kind::kOpenedBytes;
  static_assert(kOpenedBytes + kRoundedBlockRows * Rows{nullptr, Kind::kBlockK}.stride() <=
                int64_t{ThreadPool::kScratchBytes});
  const Rows x{scratch + kOpenedBytes, Kind::kBlockK};
  const int64_t panel_bytes = static_cast<int64_t>(PanelBytes(Kind::kFormat, a.w.k));
  for (int64_t m = 0; m < a.rows; m += kRoundedBlockRows) {
    const int64_t rows = std::min(a.rows - m, kRoundedBlockRows);
    const int64_t tiles = (rows + kTileRows - 1) / kTileRows;
    for (int64_t k = 0; k < a.w.k; k += Kind::kBlockK) {
      const int64_t k_count = std::min(a.w.k - k, Kind::kBlockK);
      Kind::Round(a.x + m * a.x_stride + k, a.x_stride, rows, k_count, x);
      for (int64_t p = begin; p < end; p += Kind::kBlockPanels) {
        const int64_t panels = std::min(end - p, Kind::kBlockPanels);
        for (int64_t i = 0; i < panels; ++i) {
          Kind::Open(a.w.panels + (p + i) * panel_bytes, k, k_count,
                     scratch + i * Kind::kOpenedBytes);
        }
        const int64_t columns = a.w.n - p * kPanel;
        for (int64_t t = 0; t < tiles; ++t) {
          // Rows spread evenly over the tiles.
          const int64_t r = rows * t / tiles, count = rows * (t + 1) / tiles - r;
          float* const y = a.y + (m + r) * a.y_stride + p * kPanel;
          WithRows(count, [&]<int R>() {
            if (panels == Kind::kBlockPanels) {
              return RoundedColumns<Kind, R, Kind::kBlockPanels>(
                  typename Kind::Opened{scratch}, k_count, x, r, y, a.y_stride, columns, k > 0);
            }
            for (int64_t i = 0; i < panels; ++i) {
              RoundedColumns<Kind, R, 1>(typename Kind::Opened{scratch + i * Kind::kOpenedBytes},
                                         k_count, x, r, y + i * kPanel, a.y_stride,
                                         columns - i * kPanel, k > 0);
            }
          });
        }
      }
    }
  }
}

template <typename Kind>
void RoundedPanels(const MatmulArgs& a, int64_t begin, int64_t end, std::byte* scratch) {
  if (a.rows <= kRoundedStreamRowsMax) return RoundedStream<Kind>(a, begin, end, scratch);
  RoundedBlocks<Kind>(a, begin, end, scratch);
}

constexpr int64_t kRoundedForkProducts = 131072;  // about 1 us of work

// Four bytes of a rounded row in all lanes.
HWY_INLINE hn::Vec<I> FourBytes(const std::byte* p) {
  int32_t four;
  std::memcpy(&four, p, 4);
  return hn::Set(i32, four);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_AFTER_NAMESPACE();
