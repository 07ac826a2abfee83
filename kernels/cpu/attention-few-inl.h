// Scores and values of a few pairs, as in decode: KV is widened in registers and never lies in
// memory as fp32, so what a step costs is reading the pages. The chains are those of the inner
// product tile (micro-inl.h), so a pair has the same bits here as among many.
#pragma once

#include "kernels/cpu/kv-inl.h"
#include "kernels/cpu/micro-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

// The hardware prefetcher does not follow a page table: while a page is read, the one so many
// places behind it in the list is fetched. Lists of pages are longer by as much.
constexpr int kAheadPages = 4;

// Scores of R pairs, `kStride` floats apart in `q` and `s`, for P pages of keys:
//   s[r][page * 16 + t] = fma chain over d of q[r][d] * K[page][d][t]
template <KvType kType, int R, int P, int64_t kStride>
HWY_NOINLINE void ScoreTile(const float* HWY_RESTRICT q, const HeadPage* pages, int dim,
                            float* HWY_RESTRICT s) {
  V acc[R][P][kVecs];
  Wide scales[P];
  const std::byte* values[P];
  const std::byte* ahead[P];
  LMP_UNROLL
  for (int p = 0; p < P; ++p) {
    ahead[p] = pages[p + kAheadPages].values;
    scales[p] = KeyScales<kType>(pages[p]);
    values[p] = pages[p].values;
    LMP_UNROLL
    for (int r = 0; r < R; ++r) {
      LMP_UNROLL
      for (int v = 0; v < kVecs; ++v) acc[r][p][v] = hn::Zero(f);
    }
  }
  for (int d = 0; d < dim; ++d) {
    V keys[P][kVecs];
    if (d * kPageTokens * kKvBytes<kType> % 64 == 0) {
      LMP_UNROLL
      for (int p = 0; p < P; ++p) {
        hwy::Prefetch(ahead[p] + KeyElement(0, d) * kKvBytes<kType>);
      }
    }
    LMP_UNROLL
    for (int p = 0; p < P; ++p) {
      LMP_UNROLL
      for (int v = 0; v < kVecs; ++v) keys[p][v] = WidenKey<kType>(values[p], scales[p], d, v);
    }
    LMP_UNROLL
    for (int r = 0; r < R; ++r) {
      const V x = hn::Set(f, q[r * kStride + d]);
      LMP_UNROLL
      for (int p = 0; p < P; ++p) {
        LMP_UNROLL
        for (int v = 0; v < kVecs; ++v) acc[r][p][v] = hn::MulAdd(x, keys[p][v], acc[r][p][v]);
      }
    }
  }
  LMP_UNROLL
  for (int r = 0; r < R; ++r) {
    LMP_UNROLL
    for (int p = 0; p < P; ++p) {
      LMP_UNROLL
      for (int v = 0; v < kVecs; ++v) {
        hn::StoreU(acc[r][p][v], f, s + r * kStride + p * kPanel + v * kLanes);
      }
    }
  }
}

template <KvType kType, int R, int64_t kStride>
void ScorePages(const float* q, const HeadPage* pages, int count, int dim, float* s) {
  constexpr int P = PanelsFor(R);
  int i = 0;
  for (; i + P <= count; i += P) {
    ScoreTile<kType, R, P, kStride>(q, pages + i, dim, s + i * kPageTokens);
  }
  for (; i < count; ++i) {
    ScoreTile<kType, R, 1, kStride>(q, pages + i, dim, s + i * kPageTokens);
  }
}

// Adds the values of tokens [begin, end) of the pages, by the weights of R pairs, to P panels of 16
// dims from d on:
//   o[r][d + i] = fma chain over j of w[r][j] * V[j][d + i], from o
template <KvType kType, int R, int P, int64_t kStride>
HWY_NOINLINE void ValueTile(const float* HWY_RESTRICT w, const HeadPage* pages, int begin, int end,
                            int dim, int d, float* HWY_RESTRICT o, int64_t o_stride) {
  V acc[R][P][kVecs];
  LMP_UNROLL
  for (int r = 0; r < R; ++r) {
    LMP_UNROLL
    for (int p = 0; p < P; ++p) {
      LMP_UNROLL
      for (int v = 0; v < kVecs; ++v) {
        acc[r][p][v] = hn::LoadU(f, o + r * o_stride + d + p * kPanel + v * kLanes);
      }
    }
  }
  for (int j = begin; j < end;) {
    const HeadPage& page = pages[j / kPageTokens];
    const int page_end = (j / kPageTokens + 1) * kPageTokens;
    for (const int stop = page_end < end ? page_end : end; j < stop; ++j) {
      const int token = j % kPageTokens;
      const std::byte* const row = page.values + ValueElement(token, d, dim) * kKvBytes<kType>;
      const std::byte* const ahead = pages[j / kPageTokens + kAheadPages].values +
                                     ValueElement(token, d, dim) * kKvBytes<kType>;
      for (int at = 0; at < P * kPanel * kKvBytes<kType>; at += 64) hwy::Prefetch(ahead + at);
      const V scale = hn::Set(f, ValueScale<kType>(page, token));
      V values[P][kVecs];
      LMP_UNROLL
      for (int p = 0; p < P; ++p) {
        LMP_UNROLL
        for (int v = 0; v < kVecs; ++v) {
          values[p][v] =
              WidenValue<kType>(row + (p * kPanel + v * kLanes) * kKvBytes<kType>, scale);
        }
      }
      LMP_UNROLL
      for (int r = 0; r < R; ++r) {
        const V x = hn::Set(f, w[r * kStride + j]);
        LMP_UNROLL
        for (int p = 0; p < P; ++p) {
          LMP_UNROLL
          for (int v = 0; v < kVecs; ++v) acc[r][p][v] = hn::MulAdd(x, values[p][v], acc[r][p][v]);
        }
      }
    }
  }
  LMP_UNROLL
  for (int r = 0; r < R; ++r) {
    LMP_UNROLL
    for (int p = 0; p < P; ++p) {
      LMP_UNROLL
      for (int v = 0; v < kVecs; ++v) {
        hn::StoreU(acc[r][p][v], f, o + r * o_stride + d + p * kPanel + v * kLanes);
      }
    }
  }
}

// All of `dim`, a multiple of 16.
template <KvType kType, int R, int64_t kStride>
void AddValues(const float* w, const HeadPage* pages, int begin, int end, int dim, float* o,
               int64_t o_stride) {
  constexpr int P = PanelsFor(R);
  int d = 0;
  for (; d + P * kPanel <= dim; d += P * kPanel) {
    ValueTile<kType, R, P, kStride>(w, pages, begin, end, dim, d, o, o_stride);
  }
  for (; d < dim; d += kPanel) {
    ValueTile<kType, R, 1, kStride>(w, pages, begin, end, dim, d, o, o_stride);
  }
}

using ScorePagesFn = void (*)(const float*, const HeadPage*, int, int, float*);
using AddValuesFn = void (*)(const float*, const HeadPage*, int, int, int, float*, int64_t);
// Indexed by pairs, 1..kTileRows.
template <KvType kType, int64_t kStride>
constexpr ScorePagesFn kScorePages[kTileRows + 1] = {
    nullptr,
    ScorePages<kType, 1, kStride>,
    ScorePages<kType, 2, kStride>,
    ScorePages<kType, 3, kStride>,
    ScorePages<kType, 4, kStride>,
    ScorePages<kType, 5, kStride>,
    ScorePages<kType, 6, kStride>,
};
template <KvType kType, int64_t kStride>
constexpr AddValuesFn kAddValues[kTileRows + 1] = {
    nullptr,
    AddValues<kType, 1, kStride>,
    AddValues<kType, 2, kStride>,
    AddValues<kType, 3, kStride>,
    AddValues<kType, 4, kStride>,
    AddValues<kType, 5, kStride>,
    AddValues<kType, 6, kStride>,
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
HWY_AFTER_NAMESPACE();
