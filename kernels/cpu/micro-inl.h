// The inner product tile shared by matmul and attention: R rows x P panels of 16 columns.
//
//   c[r][p * 16 + j] = fma chain over k ascending of a[r][k] * b[p][k][j], from c or from +0
//
// One accumulator per output and no split of k: an output has the same bits in a tile of any shape.
#pragma once

#include "kernels/cpu/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

// Rows of a full tile. Accumulators: kTileRows x PanelsFor(kTileRows) x kVecs registers.
constexpr int kTileRows = 6;
// AVX-512 has 32 registers of 16 lanes, AVX2 16 of 8 (NEON has 32 of 4, so the same panel count).
constexpr int kAccumulators = HWY_TARGET == HWY_AVX3 ? 24 : kVecs == 1 ? 24 : 12;

// Panels beside each other in a tile of `rows` rows.
constexpr int PanelsFor(int rows) {
  const int fit = kAccumulators / (rows * kVecs);
  return fit < 1 ? 1 : fit > 4 ? 4 : fit;
}

template <int R, int P, int64_t kAStride>
HWY_NOINLINE void MicroTile(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b,
                            int64_t b_panel, int64_t k_count, float* HWY_RESTRICT c,
                            int64_t c_stride, bool accumulate) {
  V acc[R][P][kVecs];
  LMP_UNROLL
  for (int r = 0; r < R; ++r) {
    LMP_UNROLL
    for (int p = 0; p < P; ++p) {
      LMP_UNROLL
      for (int v = 0; v < kVecs; ++v) {
        acc[r][p][v] =
            accumulate ? hn::LoadU(f, c + r * c_stride + p * kPanel + v * kLanes) : hn::Zero(f);
      }
    }
  }
  for (int64_t k = 0; k < k_count; ++k) {
    V bk[P][kVecs];
    LMP_UNROLL
    for (int p = 0; p < P; ++p) {
      LMP_UNROLL
      for (int v = 0; v < kVecs; ++v) {
        bk[p][v] = hn::LoadU(f, b + p * b_panel + k * kPanel + v * kLanes);
      }
    }
    LMP_UNROLL
    for (int r = 0; r < R; ++r) {
      const V ak = hn::Set(f, a[r * kAStride + k]);
      LMP_UNROLL
      for (int p = 0; p < P; ++p) {
        LMP_UNROLL
        for (int v = 0; v < kVecs; ++v) acc[r][p][v] = hn::MulAdd(ak, bk[p][v], acc[r][p][v]);
      }
    }
  }
  LMP_UNROLL
  for (int r = 0; r < R; ++r) {
    LMP_UNROLL
    for (int p = 0; p < P; ++p) {
      LMP_UNROLL
      for (int v = 0; v < kVecs; ++v) {
        hn::StoreU(acc[r][p][v], f, c + r * c_stride + p * kPanel + v * kLanes);
      }
    }
  }
}

// Any number of panels for R rows, as tiles of PanelsFor(R) and fewer at the end.
template <int R, int64_t kAStride>
void MicroPanels(const float* a, const float* b, int64_t b_panel, int64_t panels, int64_t k_count,
                 float* c, int64_t c_stride, bool accumulate) {
  constexpr int P = PanelsFor(R);
  int64_t p = 0;
  for (; p + P <= panels; p += P) {
    MicroTile<R, P, kAStride>(a, b + p * b_panel, b_panel, k_count, c + p * kPanel, c_stride,
                              accumulate);
  }
  for (; p < panels; ++p) {
    MicroTile<R, 1, kAStride>(a, b + p * b_panel, b_panel, k_count, c + p * kPanel, c_stride,
                              accumulate);
  }
}

using PanelsFn = void (*)(const float*, const float*, int64_t, int64_t, int64_t, float*, int64_t,
                          bool);
// Indexed by rows of the tile, 1..kTileRows.
template <int64_t kAStride>
constexpr PanelsFn kMicroPanels[kTileRows + 1] = {
    nullptr,
    MicroPanels<1, kAStride>,
    MicroPanels<2, kAStride>,
    MicroPanels<3, kAStride>,
    MicroPanels<4, kAStride>,
    MicroPanels<5, kAStride>,
    MicroPanels<6, kAStride>,
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_AFTER_NAMESPACE();
