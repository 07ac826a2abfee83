// Ops: the list of kernels. One function pointer per op; an implementation (registry.h) fills all.
//
// Exactness contract (decisions 1-3). A row's result is a pure function of that row's inputs: the
// same bits alone or among others, whatever the number of threads. Implementations with fused
// multiply-add (cpu_avx2, cpu_avx512) give the same bits as each other. What fixes the bits:
//   matmul, scores, values: y = fma chain over k ascending from +0 (fp32); matmul of an
//                           implementation that rounds activations: cpu/matmul-int8-inl.h,
//                           cpu/matmul-bf16-inl.h
//   sums over a row:        16 lanes, lane = index mod 16, then a fixed tree (cpu/lanes-inl.h)
//   attention:              splits at absolute multiples of 256 positions, merged ascending
// NaN and infinities flow through by IEEE rules and never crash.
//
// All sizes and strides are in elements and 64 bit. Pointers need natural alignment only. Arguments
// are preconditions checked by who builds them (PackedMatrix, StepPlan, CheckAttention); ops do not
// allocate and cannot fail. `pool` may be of any size.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernels/kv_layout.h"
#include "kernels/rope_table.h"
#include "kernels/step_plan.h"
#include "kernels/thread_pool.h"
#include "kernels/weights.h"
#include "runtime/base/status.h"
#include "runtime/base/token_id.h"

namespace lmp::kernels {

// y[m][j] = (sum over k ascending of x[m][k] * W[j][k]) + bias[j], j in [0, w.n).
struct MatmulArgs {
  MatrixView w;
  const float* x = nullptr;  // [rows][x_stride >= w.k]
  int64_t x_stride = 0;
  float* y = nullptr;  // [rows][y_stride >= w.n]; does not overlap x
  int64_t y_stride = 0;
  int64_t rows = 0;
  const float* bias = nullptr;  // [w.n], nullable
};

// y[m][:] = W[ids[m]][:] widened. ids in [0, w.n).
struct EmbedArgs {
  MatrixView w;
  const TokenId* ids = nullptr;  // [rows]
  float* y = nullptr;            // [rows][y_stride >= w.k]
  int64_t y_stride = 0;
  int64_t rows = 0;
};

// y[m][i] = x[m][i] * (1 / sqrt(mean_i(x[m][i]^2) + eps)) * weight[i]. y may be x.
struct RmsNormArgs {
  const float* x = nullptr;  // [rows][x_stride]
  int64_t x_stride = 0;
  const float* weight = nullptr;  // [width]
  float eps = 1e-5f;
  float* y = nullptr;
  int64_t y_stride = 0;
  int64_t rows = 0;
  int64_t width = 0;
};

// y[m][i] += x[m][i].
struct AddArgs {
  const float* x = nullptr;
  int64_t x_stride = 0;
  float* y = nullptr;
  int64_t y_stride = 0;
  int64_t rows = 0;
  int64_t width = 0;
};

// y[m][i] = silu(gate[m][i]) * up[m][i], silu(g) = g / (1 + exp(-g)). y may be gate or up.
struct SwigluArgs {
  const float* gate = nullptr;
  const float* up = nullptr;
  int64_t in_stride = 0;  // of gate and up
  float* y = nullptr;
  int64_t y_stride = 0;
  int64_t rows = 0;
  int64_t width = 0;
};

// Rotates x[m][h] by the angles of positions[m], in place, in fp32:
// pair (a, b) becomes (a cos - b sin, a sin + b cos).
struct RopeArgs {
  float* x = nullptr;  // [rows][x_stride], heads * head_dim used
  int64_t x_stride = 0;
  int64_t rows = 0;
  int heads = 0;
  int head_dim = 0;
  const int32_t* positions = nullptr;  // [rows], each < table.positions
  RopeView table;
};

// Decision 3, per (row, kv head): k and v are rounded to the KV type, in place (so afterwards k is
// the capture before rotation and v the value of the slot, both widened); a copy of k is rotated in
// fp32 and rounded again; both are stored into slot positions[m] mod 16 of pages[m].
//   kBf16: round to nearest even, NaN stays NaN.
//   kInt8: scale = max|x| / 127, q = round_even(x * (1 / scale)), value q * scale; a head's row
//          with a NaN or an infinity becomes NaN as a whole (number.h, Int8Scale).
struct KvWriteArgs {
  KvLayerView kv;
  float* k = nullptr;  // [rows][k_stride], kv_heads * head_dim used
  int64_t k_stride = 0;
  float* v = nullptr;
  int64_t v_stride = 0;
  int64_t rows = 0;
  const int32_t* positions = nullptr;  // [rows]
  const PageId* pages = nullptr;       // [rows]; StepPlan::row_pages()
  RopeView table;
};

// out[m][h] = sum over positions j <= positions[m] of softmax_j(scale * q[m][h] . K[j]) * V[j],
// with the K, V of kv head h / (heads / kv_heads), read from the pool through the pages of the
// plan.
struct AttentionArgs {
  AttentionPlanView plan;
  KvLayerView kv;
  const float* q = nullptr;  // [rows][q_stride], heads * head_dim used, already rotated
  int64_t q_stride = 0;
  float* out = nullptr;  // [rows][out_stride]; may not overlap q
  int64_t out_stride = 0;
  float scale = 1.0f;  // 1 / sqrt(head_dim)
};

// One row of logits, on the calling thread. mask: bit set over [0, n), 64 per word, or null for all
// allowed.
inline constexpr int kLogitBlock = 64;
struct LogitsArgs {
  const float* x = nullptr;  // [n]
  int64_t n = 0;
  const uint64_t* mask = nullptr;
};
struct Argmax {
  int64_t id = -1;  // -1: nothing allowed, or all allowed are NaN
  float value = 0;
};
// What is left of the exponentials of a row: see Ops::exp_weights.
struct ExpWeightsArgs {
  float max = 0;             // taken off each x
  float rate = 1;            // 1 / temperature
  float least = 0;           // weights below it count as none
  float* weights = nullptr;  // [n]
  float* sums = nullptr;     // [(n + kLogitBlock - 1) / kLogitBlock]
};

struct Ops {
  std::string_view implementation;

  void (*matmul)(const MatmulArgs&, ThreadPool& pool) = nullptr;
  void (*embed)(const EmbedArgs&, ThreadPool& pool) = nullptr;
  void (*rms_norm)(const RmsNormArgs&, ThreadPool& pool) = nullptr;
  void (*add)(const AddArgs&, ThreadPool& pool) = nullptr;
  void (*swiglu)(const SwigluArgs&, ThreadPool& pool) = nullptr;
  void (*rope)(const RopeArgs&, ThreadPool& pool) = nullptr;
  void (*kv_write)(const KvWriteArgs&, ThreadPool& pool) = nullptr;
  void (*attention)(const AttentionArgs&, ThreadPool& pool) = nullptr;
  // The allowed id of the largest value; the lowest id wins ties; NaN never wins.
  Argmax (*argmax)(const LogitsArgs&) = nullptr;
  // weights[i] = exp((x[i] - max) * rate) in fp32 where i is allowed, x[i] <= max (so not NaN) and
  // the result is not below `least`; 0 elsewhere. sums[b] is the sum of weights[64b .. 64b + 64) by
  // 16 lanes and their tree.
  void (*exp_weights)(const LogitsArgs&, const ExpWeightsArgs&) = nullptr;

  // See ProductOf.
  bool int8_products = false;
  bool bf16_products = false;
};

// What matmul multiplies: x and weights widened to fp32, or x rounded first, where the weights are
// quantised to 8 bits (32 values by one scale), where they are bf16 to bf16.
enum class Product : uint8_t { kF32, kInt8, kBf16 };
Product ProductOf(const Ops& ops, WeightFormat format);

// What attention and kv_write support. Errors: Unsupported, naming what is supported.
Status CheckAttention(int heads, int kv_heads, int head_dim);

}  // namespace lmp::kernels
