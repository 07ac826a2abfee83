// What the ways to multiply share (matmul-inl.h, matmul-int8-inl.h).
#pragma once

#include "kernels/cpu/widen-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

// Bytes of `k_count` k of a panel, up to a header.
template <WeightFormat kFormat>
constexpr int64_t RunBytes(int64_t k_count) {
  return k_count * kPanel * kLayout<kFormat>.file_bytes / kLayout<kFormat>.elements;
}

// y[r][0 .. columns) from a dense tile.
HWY_INLINE void CopyTile(const float* from, int64_t from_stride, int64_t rows, int64_t columns,
                         float* to, int64_t to_stride) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t j = 0; j < columns; ++j) to[r * to_stride + j] = from[r * from_stride + j];
  }
}

HWY_INLINE void AddBias(const MatmulArgs& a, int64_t panel_begin, int64_t panel_end) {
  const int64_t begin = panel_begin * kPanel;
  const int64_t end = panel_end * kPanel < a.w.n ? panel_end * kPanel : a.w.n;
  for (int64_t m = 0; m < a.rows; ++m) {
    float* y = a.y + m * a.y_stride;
    for (int64_t j = begin; j < end; ++j) y[j] += a.bias[j];
  }
}

// Panels [begin, end) of a matrix of one format, on one thread with its scratch.
using MatmulPanelsFn = void (*)(const MatmulArgs&, int64_t, int64_t, std::byte*);

struct MatmulCall {
  const MatmulArgs* args;
  ThreadPool* pool;
  MatmulPanelsFn multiply;
};

void MatmulPart(void* context, int64_t begin, int64_t end, int worker) {
  const MatmulCall& call = *static_cast<const MatmulCall*>(context);
  const MatmulArgs& a = *call.args;
  call.multiply(a, begin, end, call.pool->scratch(worker));
  if (a.bias != nullptr) AddBias(a, begin, end);
}

// All panels, on all threads where there are at least `fork_products` products.
HWY_INLINE void RunMatmul(const MatmulArgs& a, ThreadPool& pool, MatmulPanelsFn multiply,
                          int64_t fork_products) {
  if (a.rows <= 0) return;
  const int64_t panels = (a.w.n + kPanel - 1) / kPanel;
  MatmulCall call{&a, &pool, multiply};
  if (a.rows * a.w.n * a.w.k < fork_products) return MatmulPart(&call, 0, panels, 0);
  pool.Run(panels, MatmulPart, &call);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_AFTER_NAMESPACE();
