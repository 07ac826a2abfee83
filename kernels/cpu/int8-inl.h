// What the int8 products of AVX-512 VNNI take: x rounded to 8 bits, weights as unsigned bytes.
//
// vpdpbusd adds to each of 16 int32 lanes the products of four unsigned and four signed bytes. So
// the weights of a group (32 k of a panel) are 8 quads: 64 bytes, four k of each of the 16 columns,
// made in registers from the packed form (weight_blocks.h) by a byte permutation (VBMI). Which k
// share a quad is the format's business (the sum is exact in any order) and x is stored alike.
//
// Rounding of x is that of llama.cpp's Q8_0 blocks: 32 values have the scale max|x| / 127.
#pragma once

#include <immintrin.h>

#include "kernels/cpu/widen-inl.h"

// GCC 12 takes the undefined operand of its own intrinsics for a mistake.
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

// Not within HWY_BEFORE_NAMESPACE: of two target attributes clang takes the first.
HWY_PUSH_ATTRIBUTES(HWY_TARGET_STR ",avx512vnni,avx512vbmi")
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

constexpr int kQuads = kGroup / 4;
constexpr int64_t kQuadBytes = 4 * kPanel;

// Scales in a group: 2 of Q6_K.
template <WeightFormat kFormat>
constexpr int kScales = kGroup / kLayout<kFormat>.scale_elements;
// What the unsigned bytes are above the integers that are scaled.
template <WeightFormat kFormat>
constexpr int kByteBias = kLayout<kFormat>.low_bits == 8 ? 128 : kLayout<kFormat>.bias;

// What belongs to 32 rounded values of a row beside their bytes.
struct RowGroup {
  float scale;
  float scaled_sum;  // scale * sum of the bytes: an offset of the weights is multiplied with it
  int32_t start[2];  // -kByteBias * sum of the bytes, of each scale of the weights
};

struct ByteTable {
  alignas(64) uint8_t at[64];
};

// Lane j, byte i from row i, column j of four rows of 16 bytes.
constexpr ByteTable kTranspose = [] {
  ByteTable t{};
  for (int j = 0; j < 64; ++j) t.at[j] = static_cast<uint8_t>(j % 4 * kPanel + j / 4);
  return t;
}();

// Of formats with two weights in a byte, 8 k give two quads: the even and the odd ones.
constexpr ByteTable kEvenOdd = [] {
  ByteTable t{};
  for (int j = 0; j < kGroup; ++j) {
    t.at[j] = static_cast<uint8_t>(j / 8 * 8 + j % 4 * 2 + j / 4 % 2);
  }
  return t;
}();

// For vpmultishiftqb, of high bits of which a uint32 per lane has `bits` per k: byte i of a lane
// takes the bits of k = 2 * i (odd: 2 * i + 1) to its bits 4 and up. Two lanes share a qword.
constexpr ByteTable HighShifts(int bits, int odd) {
  ByteTable t{};
  for (int j = 0; j < 64; ++j) {
    t.at[j] = static_cast<uint8_t>((j / 4 % 2 * 32 + bits * (j % 4 * 2 + odd) - 4) & 63);
  }
  return t;
}
constexpr ByteTable kHighShifts[2][2] = {{HighShifts(1, 0), HighShifts(1, 1)},
                                         {HighShifts(2, 0), HighShifts(2, 1)}};

HWY_INLINE __m512i LoadBytes(const void* p) { return _mm512_loadu_si512(p); }

// Quads 2 * pair and 2 * pair + 1 of a packed group.
template <WeightFormat kFormat>
HWY_INLINE void OpenQuads(const Group<kFormat>& group, int pair, __m512i* HWY_RESTRICT out) {
  constexpr BlockLayout kL = kLayout<kFormat>;
  const __m512i transpose = LoadBytes(kTranspose.at);
  if constexpr (kL.low_bits == 8) {
    for (int i = 0; i < 2; ++i) {
      const __m512i bytes = LoadBytes(group.low + (2 * pair + i) * kQuadBytes);
      out[i] = _mm512_permutexvar_epi8(transpose, _mm512_xor_si512(bytes, _mm512_set1_epi8(-128)));
    }
  } else {
    const __m512i nibble = _mm512_set1_epi8(15);
    const __m512i both =
        _mm512_permutexvar_epi8(transpose, LoadBytes(group.low + pair * kQuadBytes));
    out[0] = _mm512_and_si512(both, nibble);
    out[1] = _mm512_and_si512(_mm512_srli_epi16(both, 4), nibble);
    if constexpr (kL.high_bits > 0) {
      const int first = pair * 8 * kL.high_bits;  // bit of the group's even k
      const __m512i words = LoadBytes(group.high + first / 32 * kQuadBytes);
      const __m512i mask = _mm512_set1_epi8(static_cast<char>(((1 << kL.high_bits) - 1) << 4));
      for (int odd = 0; odd < 2; ++odd) {
        const __m512i shifts = _mm512_add_epi8(LoadBytes(kHighShifts[kL.high_bits - 1][odd].at),
                                               _mm512_set1_epi8(static_cast<char>(first % 32)));
        const __m512i high = _mm512_multishift_epi64_epi8(shifts, words);
        out[odd] = _mm512_ternarylogic_epi32(out[odd], high, mask, 0xF8);  // a | (b & c)
      }
    }
  }
}

// The largest and the sum need all 32, so a group is read twice.
template <WeightFormat kFormat>
HWY_INLINE void RoundGroup(const float* HWY_RESTRICT x, std::byte* HWY_RESTRICT bytes,
                           RowGroup* HWY_RESTRICT out) {
  const __m512 a = _mm512_loadu_ps(x), b = _mm512_loadu_ps(x + 16);
  const __m512i magnitude = _mm512_set1_epi32(0x7fffffff);
  // As integers: NaN is above infinity, and that above every number.
  const uint32_t largest = _mm512_reduce_max_epu32(
      _mm512_max_epu32(_mm512_and_si512(_mm512_castps_si512(a), magnitude),
                       _mm512_and_si512(_mm512_castps_si512(b), magnitude)));
  const float scale = Int8Scale(largest);
  const __m512 inverse = _mm512_set1_ps(scale > 0 ? 1.0f / scale : 0.0f);
  __m512i first = _mm512_setzero_si512(), second = first;
  if (scale > 0) {
    first = _mm512_cvtps_epi32(_mm512_mul_ps(a, inverse));
    second = _mm512_cvtps_epi32(_mm512_mul_ps(b, inverse));
  }
  __m256i all = _mm256_set_m128i(_mm512_cvtsepi32_epi8(second), _mm512_cvtsepi32_epi8(first));
  if constexpr (kLayout<kFormat>.low_bits == 4) {
    all = _mm256_permutexvar_epi8(_mm256_load_si256(reinterpret_cast<const __m256i*>(kEvenOdd.at)),
                                  all);
  }
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(bytes), all);
  const int low = _mm512_reduce_add_epi32(first), high = _mm512_reduce_add_epi32(second);
  out->scale = scale;
  out->scaled_sum = scale * static_cast<float>(low + high);
  out->start[0] = -kByteBias<kFormat> * (kScales<kFormat> == 1 ? low + high : low);
  out->start[1] = -kByteBias<kFormat> * high;
}

// Probes::multiply_add_int8.
int64_t ProbeMultiplyAddInt8(int64_t rounds) {
  constexpr int kSums = 12;  // LMP_UNROLL keeps no more than 16 in registers
  volatile int source = 0x01010101;
  const __m512i factor = _mm512_set1_epi32(source);
  __m512i sum[kSums];
  LMP_UNROLL
  for (int i = 0; i < kSums; ++i) sum[i] = _mm512_set1_epi32(source);
  for (int64_t round = 0; round < rounds; ++round) {
    LMP_UNROLL
    for (int i = 0; i < kSums; ++i) sum[i] = _mm512_dpbusd_epi32(sum[i], factor, factor);
  }
  for (int i = 1; i < kSums; ++i) sum[0] = _mm512_add_epi32(sum[0], sum[i]);
  volatile int sink = _mm_cvtsi128_si32(_mm512_castsi512_si128(sum[0]));
  (void)sink;
  return rounds * kSums * 64 * 2;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_POP_ATTRIBUTES
