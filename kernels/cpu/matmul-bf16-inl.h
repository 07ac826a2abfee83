// matmul of bf16 weights by bf16 products (AVX-512 BF16): x is rounded to bf16, to nearest even, so
// this is not the arithmetic of the other implementations.
//
//   y[m][j] = chain over pairs of k ascending, from +0; of an odd K the last pair has a zero:
//     y = fma(x[m][k + 1], w[j][k + 1], y)
//     y = fma(x[m][k], w[j][k], y)
//
// That is vdpbf16ps, odd k first; it takes numbers below 2^-126 for zeros and gives zeros for them.
// Two k of a panel are 64 bytes of the packed form: one permutation of words puts each column's
// pair together. An output has the same bits in a tile of any shape.
#pragma once

#include <immintrin.h>

#include "kernels/cpu/matmul-rounded-inl.h"
#include "kernels/implementations.h"

// GCC 12 takes the undefined operand of its own intrinsics for a mistake.
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

// Not within HWY_BEFORE_NAMESPACE: of two target attributes clang takes the first.
HWY_PUSH_ATTRIBUTES(HWY_TARGET_STR ",avx512bf16")
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

constexpr int64_t kPairBytes = 4 * kPanel;

// Lane j from word j of each of two rows of 16.
struct WordTable {
  alignas(64) uint16_t at[32];
};
constexpr WordTable kInterleave = [] {
  WordTable t{};
  for (int j = 0; j < 32; ++j) t.at[j] = static_cast<uint16_t>(j % 2 * kPanel + j / 2);
  return t;
}();

// The pair of k, k + 1 of a panel; `only`: there is no k + 1.
HWY_INLINE __m512i OpenPair(const std::byte* p, bool only) {
  const auto mask = static_cast<__mmask8>(only ? 0x0f : 0xff);
  const __m512i rows = _mm512_maskz_loadu_epi64(mask, p);
  return _mm512_permutexvar_epi16(_mm512_load_si512(kInterleave.at), rows);
}

struct PackedPairs {
  const std::byte* panels;
  int64_t panel_bytes, k;

  HWY_INLINE __m512i At(int p, int64_t pair, bool only) const {
    return OpenPair(panels + p * panel_bytes + k * (kPairBytes / 2) + pair * kPairBytes, only);
  }
};

constexpr int64_t kBf16BlockK = 512;

struct OpenedPairs {
  const std::byte* at;  // kBf16BlockK of each panel

  HWY_INLINE __m512i At(int p, int64_t pair, bool) const {
    return _mm512_load_si512(at + (p * (kBf16BlockK / 2) + pair) * kPairBytes);
  }
};

struct Bf16Rows {
  std::byte* at;
  int64_t k_max;
  // Room for whole vectors; not a multiple of a page, or rows would share cache sets.
  constexpr int64_t stride() const { return (k_max + 15) / 16 * 32 + 64; }
  std::byte* row(int64_t r) const { return at + r * stride(); }
};

inline void RoundRowsToBf16(const float* x, int64_t x_stride, int64_t rows, int64_t k_count,
                            Bf16Rows out) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t k = 0; k < k_count; k += 16) {
      const int64_t left = k_count - k;
      const auto mask = static_cast<__mmask16>(left >= 16 ? 0xffff : (1 << left) - 1);
      const __m512 values = _mm512_maskz_loadu_ps(mask, x + r * x_stride + k);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out.row(r) + 2 * k),
                          __builtin_bit_cast(__m256i, _mm512_cvtneps_pbh(values)));
    }
  }
}

// sum + the products of pair `pair`, R rows x P panels.
template <int R, int P, typename Weights>
HWY_INLINE void MultiplyPair(const Weights& weights, int64_t pair, bool only, const std::byte* x,
                             int64_t x_stride, __m512 (&sum)[R][P]) {
  __m512bh w[P];
  LMP_UNROLL
  for (int p = 0; p < P; ++p) w[p] = __builtin_bit_cast(__m512bh, weights.At(p, pair, only));
  LMP_UNROLL
  for (int r = 0; r < R; ++r) {
    const auto both = __builtin_bit_cast(__m512bh, FourBytes(x + r * x_stride + pair * 4).raw);
    LMP_UNROLL
    for (int p = 0; p < P; ++p) sum[r][p] = _mm512_dpbf16_ps(sum[r][p], both, w[p]);
  }
}

template <int R, int P, typename Weights>
HWY_NOINLINE void Bf16Tile(const Weights& weights, int64_t k_count, Bf16Rows x, int64_t row,
                           float* HWY_RESTRICT y, int64_t y_stride, bool accumulate) {
  __m512 sum[R][P];
  LMP_UNROLL
  for (int r = 0; r < R; ++r) {
    LMP_UNROLL
    for (int p = 0; p < P; ++p) {
      sum[r][p] = accumulate ? _mm512_loadu_ps(y + r * y_stride + p * kPanel) : _mm512_setzero_ps();
    }
  }
  const std::byte* const bytes = x.row(row);
  const int64_t pairs = k_count / 2;
  for (int64_t i = 0; i < pairs; ++i) {
    MultiplyPair<R, P>(weights, i, false, bytes, x.stride(), sum);
  }
  if (k_count % 2 != 0) MultiplyPair<R, P>(weights, pairs, true, bytes, x.stride(), sum);
  LMP_UNROLL
  for (int r = 0; r < R; ++r) {
    LMP_UNROLL
    for (int p = 0; p < P; ++p) _mm512_storeu_ps(y + r * y_stride + p * kPanel, sum[r][p]);
  }
}

// matmul-rounded-inl.h. 24 sums, 4 pairs of weights and one of x are in registers.
struct Bf16Kind {
  static constexpr WeightFormat kFormat = WeightFormat::kBf16;
  static constexpr int64_t kBlockK = kBf16BlockK, kBlockPanels = 4;
  static constexpr int PanelsFor(int) { return 4; }
  using Rows = Bf16Rows;
  using Packed = PackedPairs;
  using Opened = OpenedPairs;
  static constexpr int64_t kOpenedBytes = kBlockK / 2 * kPairBytes;

  static void Round(const float* x, int64_t x_stride, int64_t rows, int64_t k_count, Rows out) {
    RoundRowsToBf16(x, x_stride, rows, k_count, out);
  }
  static void Open(const std::byte* panel, int64_t k, int64_t k_count, std::byte* out) {
    const PackedPairs packed{panel, 0, k};
    for (int64_t i = 0; i < k_count / 2; ++i) {
      _mm512_store_si512(out + i * kPairBytes, packed.At(0, i, false));
    }
    const int64_t last = k_count / 2;
    if (k_count % 2 != 0) _mm512_store_si512(out + last * kPairBytes, packed.At(0, last, true));
  }
  template <int R, int P, typename Weights>
  static void Tile(const Weights& weights, int64_t k_count, Rows x, int64_t row, float* y,
                   int64_t y_stride, bool accumulate) {
    Bf16Tile<R, P>(weights, k_count, x, row, y, y_stride, accumulate);
  }
};

// Matrices of other formats go the way of VNNI.
void MatmulBf16(const MatmulArgs& a, ThreadPool& pool) {
  if (a.w.format != WeightFormat::kBf16) return kAvx512VnniOps.matmul(a, pool);
  RunMatmul(a, pool, RoundedPanels<Bf16Kind>, kRoundedForkProducts);
}

// Probes::multiply_add_bf16.
int64_t ProbeMultiplyAddBf16(int64_t rounds) {
  constexpr int kSums = 12;  // LMP_UNROLL keeps no more than 16 in registers
  volatile int pair = 0x3f803f80;
  volatile float source = 0.5f;  // read for each: equal chains would be made one
  const auto factor = __builtin_bit_cast(__m512bh, _mm512_set1_epi32(pair));
  __m512 sum[kSums];
  LMP_UNROLL
  for (int i = 0; i < kSums; ++i) sum[i] = _mm512_set1_ps(source);
  for (int64_t round = 0; round < rounds; ++round) {
    LMP_UNROLL
    for (int i = 0; i < kSums; ++i) sum[i] = _mm512_dpbf16_ps(sum[i], factor, factor);
  }
  for (int i = 1; i < kSums; ++i) sum[0] = _mm512_add_ps(sum[0], sum[i]);
  volatile float sink = _mm512_cvtss_f32(sum[0]);
  (void)sink;
  return rounds * kSums * 32 * 2;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_POP_ATTRIBUTES
