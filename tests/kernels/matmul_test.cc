#include "tests/kernels/kernel_testing.h"

namespace lmp::kernels {
namespace {

struct Shape {
  int64_t n, k;
};
// 1, vector width +-1, panel +-1, blocks of k (128, 256) +-1, several blocks.
constexpr Shape kShapes[] = {{1, 1},     {1, 37},   {7, 8},    {15, 16},  {16, 15},  {17, 9},
                             {31, 33},   {33, 64},  {64, 127}, {65, 129}, {50, 255}, {48, 256},
                             {100, 257}, {18, 576}, {82, 768}, {33, 512}};

constexpr float kCanary = 12345.0f;

// Rows of y, y_stride wider than n by 3 canaries.
std::vector<float> Multiply(const Ops& ops, const MatrixView& w, const float* x, int64_t x_stride,
                            int64_t rows, ThreadPool& pool, const float* bias = nullptr) {
  const int64_t stride = w.n + 3;
  std::vector<float> y(static_cast<size_t>(rows * stride), kCanary);
  ops.matmul({w, x, x_stride, y.data(), stride, rows, bias}, pool);
  for (int64_t m = 0; m < rows; ++m) {
    for (int64_t j = w.n; j < stride; ++j) {
      REQUIRE(y[static_cast<size_t>(m * stride + j)] == kCanary);
    }
  }
  return y;
}

bool Skips(WeightFormat format, int64_t k) { return k % BlockElements(format) != 0; }

// The contract written down: one chain per output, fused where the implementation has it.
float Chain(bool fused, const float* w, const float* x, int64_t count) {
  float y = 0;
  for (int64_t k = 0; k < count; ++k) y = fused ? std::fma(x[k], w[k], y) : y + x[k] * w[k];
  return y;
}

// This implementation rounds x before it multiplies this format.
bool Rounds(const Ops& ops, WeightFormat format) { return ProductOf(ops, format) != Product::kF32; }
bool RoundsTo8Bits(const Ops& ops, WeightFormat format) {
  return ProductOf(ops, format) == Product::kInt8;
}

// A group of 32 values rounded to 8 bits with one scale.
struct Rounded {
  float scale = 0;
  int values[kGroup] = {};
};

Rounded RoundGroup(const float* x) {
  Rounded out;
  uint32_t largest = 0;
  for (int i = 0; i < kGroup; ++i) {
    largest = std::max(largest, std::bit_cast<uint32_t>(x[i]) & 0x7fffffffu);
  }
  out.scale = Int8Scale(largest);
  if (!(out.scale > 0)) return out;
  const float inverse = 1.0f / out.scale;
  for (int i = 0; i < kGroup; ++i) {
    out.values[i] = static_cast<int>(std::nearbyint(x[i] * inverse));
  }
  return out;
}

// The contract of cpu/matmul-int8-inl.h written down, for row `n` of w.
float Int8Chain(const MatrixView& w, int64_t n, const float* x) {
  const BlockLayout layout = LayoutOf(w.format);
  const std::byte* const panel =
      w.panels + n / kPanel * static_cast<int64_t>(PanelBytes(w.format, w.k));
  float y = 0;
  WeightBlock block;
  for (int64_t k = 0; k < w.k; k += kGroup) {
    const int in_block = static_cast<int>(k % layout.elements);
    if (in_block == 0) {
      UnpackBlock(w.format, panel + k / layout.elements * kPanel * layout.file_bytes,
                  static_cast<int>(n % kPanel), &block);
    }
    const Rounded rounded = RoundGroup(x + k);
    const float d = F32FromF16(block.d);
    int all = 0;
    for (int begin = 0; begin < kGroup; begin += layout.scale_elements) {
      int sum = 0;
      for (int i = begin; i < begin + layout.scale_elements; ++i) {
        const uint8_t q = block.q[in_block + i];
        const int weight = layout.low_bits == 8 ? static_cast<int8_t>(q) : q - layout.bias;
        sum += weight * rounded.values[i];
        all += rounded.values[i];
      }
      float scale = d;
      if (w.format == WeightFormat::kQ6_K) {
        scale = d * static_cast<int8_t>(block.scales[(in_block + begin) / layout.scale_elements]);
      } else if (layout.small_bytes > 0) {
        scale = d * block.scales[in_block / kGroup];
      }
      y = std::fma(static_cast<float>(sum), rounded.scale * scale, y);
    }
    if (layout.has_offset) {
      const float factor = F32FromF16(block.offset);
      const float offset =
          layout.small_bytes > 0 ? -(factor * block.minima[in_block / kGroup]) : factor;
      y = std::fma(offset, rounded.scale * static_cast<float>(all), y);
    }
  }
  return y;
}

// The contract of cpu/matmul-bf16-inl.h; `w` widened.
float Bf16Chain(const float* w, const float* x, int64_t count) {
  const auto rounded = [&](int64_t k) { return F32FromBf16(Bf16FromF32(x[k])); };
  float y = 0;
  for (int64_t k = 0; k < count; k += 2) {
    if (k + 1 < count) y = std::fma(rounded(k + 1), w[k + 1], y);
    y = std::fma(rounded(k), w[k], y);
  }
  return y;
}

float ChainOf(const Ops& ops, const MatrixView& w, int64_t n, const float* wide, const float* x) {
  if (RoundsTo8Bits(ops, w.format)) return Int8Chain(w, n, x);
  if (Rounds(ops, w.format)) return Bf16Chain(wide, x, w.k);
  return Chain(ops.implementation.starts_with("cpu_avx"), wide, x, w.k);
}

std::vector<float> Widened(const MatrixView& w) {
  std::vector<float> wide(static_cast<size_t>(w.n * w.k));
  for (int64_t j = 0; j < w.n; ++j) WidenRow(w, j, wide.data() + j * w.k);
  return wide;
}

TEST_CASE("matmul is within rounding of the reference") {
  // A chain of K fused steps errs by at most K eps sum|x w|; the rounding errors are independent,
  // so sqrt(K) eps with a factor of 4 holds, plus the rounding of the result and the bias. Where x
  // is rounded, each value is off by at most half of its group's scale, or of its last place.
  ThreadPool pool(2);
  Rng rng(3);
  for (const Ops* ops : TestedOps()) {
    for (WeightFormat format : kFormats) {
      for (const Shape& s : kShapes) {
        if (Skips(format, s.k)) continue;
        const PackedMatrix w = RandomMatrix(rng, format, s.n, s.k);
        const std::vector<float> wide = Widened(w.view());
        for (int64_t rows : {0, 1, 5, 7, 33, 70}) {
          if (kSlow && rows > 7) continue;
          CAPTURE(ops->implementation);
          CAPTURE(WeightFormatName(format));
          CAPTURE(s.n);
          CAPTURE(s.k);
          CAPTURE(rows);
          const std::vector<float> x = RandomFloats(rng, rows * s.k);
          const std::vector<float> bias = RandomFloats(rng, s.n);
          const auto expected =
              Multiply(Reference(), w.view(), x.data(), s.k, rows, pool, bias.data());
          const auto actual = Multiply(*ops, w.view(), x.data(), s.k, rows, pool, bias.data());
          int wrong = 0;
          for (int64_t m = 0; m < rows; ++m) {
            for (int64_t j = 0; j < s.n; ++j) {
              const size_t at = static_cast<size_t>(m * (s.n + 3) + j);
              double rounding = 0;
              double magnitude = std::fabs(static_cast<double>(bias[static_cast<size_t>(j)]));
              for (int64_t k = 0; k < s.k; ++k) {
                const double weight =
                    std::fabs(static_cast<double>(wide[static_cast<size_t>(j * s.k + k)]));
                magnitude +=
                    std::fabs(static_cast<double>(x[static_cast<size_t>(m * s.k + k)])) * weight;
                if (!Rounds(*ops, format)) continue;
                const float* const row = x.data() + m * s.k;
                const double off =
                    LayoutOf(format).grouped
                        ? 0.501 * static_cast<double>(RoundGroup(row + k / kGroup * kGroup).scale)
                        : 0x1p-8 * std::fabs(static_cast<double>(row[k]));
                rounding += off * weight;
              }
              const double tolerance =
                  0x1p-24 * (2 + 4 * std::sqrt(static_cast<double>(s.k))) * magnitude + rounding;
              wrong += std::fabs(static_cast<double>(actual[at]) -
                                 static_cast<double>(expected[at])) > tolerance;
            }
          }
          CHECK(wrong == 0);
        }
      }
    }
  }
}

TEST_CASE("every output is the chain of its contract over k ascending, bit for bit") {
  ThreadPool pool(1);
  Rng rng(4);
  for (const Ops* ops : TestedOps()) {
    if (!ops->implementation.starts_with("cpu_")) continue;
#if !defined(__x86_64__)
    continue;  // there the baseline may or may not be fused
#endif
    for (WeightFormat format : kFormats) {
      for (const Shape& s : kShapes) {
        if (Skips(format, s.k)) continue;
        const PackedMatrix w = RandomMatrix(rng, format, s.n, s.k);
        const std::vector<float> wide = Widened(w.view());
        for (int64_t rows : {1, 6, 40}) {
          const std::vector<float> x = RandomFloats(rng, rows * s.k);
          const auto y = Multiply(*ops, w.view(), x.data(), s.k, rows, pool);
          int wrong = 0;
          for (int64_t m = 0; m < rows; ++m) {
            for (int64_t j = 0; j < s.n; ++j) {
              const float chain =
                  ChainOf(*ops, w.view(), j, wide.data() + j * s.k, x.data() + m * s.k);
              wrong += !SameBits(chain, y[static_cast<size_t>(m * (s.n + 3) + j)]);
            }
          }
          CAPTURE(ops->implementation);
          CAPTURE(WeightFormatName(format));
          CAPTURE(s.n);
          CAPTURE(s.k);
          CAPTURE(rows);
          CHECK(wrong == 0);
        }
      }
    }
  }
}

TEST_CASE("a K beyond what is rounded at once" * doctest::skip(kSlow)) {
  ThreadPool pool(1);
  Rng rng(12);
  constexpr int64_t kN = 3, kK = 16384 + 256, kRows = 26;
  for (const Ops* ops : TestedOps()) {
    if (!ops->implementation.starts_with("cpu_")) continue;
    for (WeightFormat format : kFormats) {
      const PackedMatrix w = RandomMatrix(rng, format, kN, kK);
      const std::vector<float> wide = Widened(w.view());
      const std::vector<float> x = RandomFloats(rng, kRows * kK);
      for (int64_t rows : {int64_t{1}, int64_t{7}, kRows}) {
        const auto y = Multiply(*ops, w.view(), x.data(), kK, rows, pool);
        int wrong = 0;
        for (const int64_t m : {int64_t{0}, rows - 1}) {
          for (int64_t j = 0; j < kN; ++j) {
            const float chain = ChainOf(*ops, w.view(), j, wide.data() + j * kK, x.data() + m * kK);
            wrong += !SameBits(chain, y[static_cast<size_t>(m * (kN + 3) + j)]);
          }
        }
        CAPTURE(ops->implementation);
        CAPTURE(WeightFormatName(format));
        CAPTURE(rows);
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("a row has the same bits alone and among M = 1..64 rows, at every K") {
  Rng rng(5);
  ThreadPool one(1), two(2), three(3);
  ThreadPool* pools[] = {&one, &two, &three};
  for (const Ops* ops : TestedOps()) {
    for (WeightFormat format : kFormats) {
      for (const Shape& s : kShapes) {
        if (Skips(format, s.k)) continue;
        const PackedMatrix w = RandomMatrix(rng, format, s.n, s.k);
        const int64_t stride = s.n + 3;
        // Rows at an odd stride and a misaligned start.
        const int64_t x_stride = s.k + 1;
        const std::vector<float> x = RandomFloats(rng, 64 * x_stride + 1);
        std::vector<float> alone;
        for (int64_t m = 0; m < 64; ++m) {
          const auto y = Multiply(*ops, w.view(), x.data() + 1 + m * x_stride, x_stride, 1, one);
          alone.insert(alone.end(), y.begin(), y.end());
        }
        int wrong = 0;
        for (int64_t rows = 1; rows <= 64; ++rows) {
          if (kSlow && rows > 9 && rows % 23 != 0) continue;
          // Batches that begin at different rows of the 64.
          const int64_t first = (rows * 7) % (65 - rows);
          const auto y = Multiply(*ops, w.view(), x.data() + 1 + first * x_stride, x_stride, rows,
                                  *pools[rows % 3]);
          wrong += !SameBits(y.data(), alone.data() + first * stride, rows * stride);
        }
        CAPTURE(ops->implementation);
        CAPTURE(WeightFormatName(format));
        CAPTURE(s.n);
        CAPTURE(s.k);
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("a row has the same bits in a prefill of 512 rows") {
  Rng rng(6);
  ThreadPool pool(2);
  for (const Ops* ops : TestedOps()) {
    for (WeightFormat format : kFormats) {
      const int64_t k = 256 + BlockElements(format);
      const PackedMatrix w = RandomMatrix(rng, format, 70, k);
      const std::vector<float> x = RandomFloats(rng, 512 * k);
      const auto all = Multiply(*ops, w.view(), x.data(), k, 512, pool);
      int wrong = 0;
      for (int64_t m = 0; m < 512; m += kSlow ? 50 : 5) {
        const auto y = Multiply(*ops, w.view(), x.data() + m * k, k, 1, pool);
        wrong += !SameBits(y.data(), all.data() + m * 73, 73);
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE(
    "where x is not rounded, a quantised matrix computes as its widened fp32 matrix, bit for bit") {
  Rng rng(7);
  ThreadPool pool(2);
  for (const Ops* ops : TestedOps()) {
    for (WeightFormat format : kFormats) {
      if (Rounds(*ops, format)) continue;
      const int64_t k = 352 / BlockElements(format) * BlockElements(format) + 256;
      const std::vector<std::byte> source = RandomWeights(rng, format, 50, k);
      const PackedMatrix w = PackedMatrix::Pack(format, 50, k, source.data()).value();
      std::vector<float> wide(static_cast<size_t>(50 * k));
      WidenElements(format, source.data(), 50 * k, wide.data());
      const PackedMatrix w32 = PackedMatrix::Pack(WeightFormat::kF32, 50, k, wide.data()).value();
      const std::vector<float> x = RandomFloats(rng, 40 * k);
      for (int64_t rows : {1, 3, 8, 40}) {
        CAPTURE(WeightFormatName(format));
        CHECK(Multiply(*ops, w.view(), x.data(), k, rows, pool) ==
              Multiply(*ops, w32.view(), x.data(), k, rows, pool));
      }
    }
  }
}

TEST_CASE("implementations with fused multiply-add agree bit for bit" * doctest::skip(kSlow)) {
  Rng rng(8);
  ThreadPool pool(2);
  std::vector<const Ops*> fused;
  for (const Ops* ops : TestedOps()) {
    if (ops->implementation.starts_with("cpu_avx") && !ops->int8_products) {
      fused.push_back(ops);
    }
  }
  if (fused.size() < 2) {
    MESSAGE("SKIPPED: this machine runs fewer than two of cpu_avx2, cpu_avx512");
    return;
  }
  for (WeightFormat format : kFormats) {
    const PackedMatrix w = RandomMatrix(rng, format, 100, 768);
    const std::vector<float> x = RandomFloats(rng, 70 * 768);
    for (int64_t rows : {1, 2, 5, 6, 31, 70}) {
      CHECK(Multiply(*fused[0], w.view(), x.data(), 768, rows, pool) ==
            Multiply(*fused[1], w.view(), x.data(), 768, rows, pool));
    }
  }
}

TEST_CASE("a matrix of floats has the bits of fp32 where quantised ones round x") {
  Rng rng(10);
  ThreadPool pool(2);
  for (const Ops* ops : TestedOps()) {
    if (!ops->int8_products) continue;
    const Ops& plain = *ChooseOps("cpu_avx512").value();
    for (WeightFormat format : kFormats) {
      if (LayoutOf(format).grouped || Rounds(*ops, format)) continue;
      const PackedMatrix w = RandomMatrix(rng, format, 50, 300);
      const std::vector<float> x = RandomFloats(rng, 40 * 300);
      CHECK(Multiply(*ops, w.view(), x.data(), 300, 40, pool) ==
            Multiply(plain, w.view(), x.data(), 300, 40, pool));
    }
  }
}

TEST_CASE(
    "where x is rounded to 8 bits, the largest products do not overflow and zeros stay zeros") {
  ThreadPool pool(1);
  for (const Ops* ops : TestedOps()) {
    for (WeightFormat format : kFormats) {
      if (!RoundsTo8Bits(*ops, format)) continue;
      // Every q is the largest there is.
      const int64_t k = 512;
      std::vector<std::byte> source(UnpackedBytes(format, k) * 20, std::byte{0x7f});
      const auto block = static_cast<size_t>(LayoutOf(format).file_bytes);
      for (size_t i = 0; i < source.size(); i += block) {
        const uint16_t d = F16FromF32(0.5f);
        std::memcpy(&source[i + (format == WeightFormat::kQ6_K ? block - 2 : 0)], &d, 2);
      }
      const PackedMatrix w = PackedMatrix::Pack(format, 20, k, source.data()).value();
      for (const float value : {-3.0f, 0.0f, 1e-37f, 1e30f}) {
        for (const int64_t rows : {1, 9}) {
          const std::vector<float> x(static_cast<size_t>(rows * k), value);
          const auto y = Multiply(*ops, w.view(), x.data(), k, rows, pool);
          CAPTURE(WeightFormatName(format));
          CAPTURE(value);
          for (int64_t m = 0; m < rows; ++m) {
            for (int64_t j = 0; j < 20; ++j) {
              CHECK(SameBits(y[static_cast<size_t>(m * 23 + j)], Int8Chain(w.view(), j, x.data())));
            }
          }
        }
      }
    }
  }
}

TEST_CASE("where x is rounded to 8 bits, a row with a NaN or an infinity is NaN, and no other") {
  Rng rng(11);
  ThreadPool pool(1);
  for (const Ops* ops : TestedOps()) {
    for (WeightFormat format : kFormats) {
      if (!RoundsTo8Bits(*ops, format)) continue;
      const PackedMatrix w = RandomMatrix(rng, format, 20, 512);
      for (const float bad : {NAN, -NAN, INFINITY, -INFINITY}) {
        for (const int64_t rows : {3, 40}) {
          std::vector<float> x(static_cast<size_t>(rows * 512), 0.5f);
          x[512 + 300] = bad;  // row 1
          const auto y = Multiply(*ops, w.view(), x.data(), 512, rows, pool);
          for (int64_t m = 0; m < rows; ++m) {
            for (int64_t j = 0; j < 20; ++j) {
              CHECK(std::isnan(y[static_cast<size_t>(m * 23 + j)]) == (m == 1));
            }
          }
        }
      }
    }
  }
}

TEST_CASE("NaN and infinity stay in their rows and columns") {
  Rng rng(9);
  ThreadPool pool(1);
  for (const Ops* ops : TestedOps()) {
    for (const WeightFormat format : {WeightFormat::kF16, WeightFormat::kBf16}) {
      for (int64_t rows : {3, 40}) {
        constexpr int64_t kWidth = 65;  // odd: a last pair of bf16 products has a zero
        std::vector<std::byte> source = RandomWeights(rng, format, 20, kWidth);
        const uint16_t infinity = format == WeightFormat::kF16 ? 0x7c00 : 0x7f80;
        std::memcpy(&source[2 * (kWidth * 7 + 5)], &infinity, 2);   // W[7][5]
        std::memcpy(&source[2 * (kWidth * 9 + 64)], &infinity, 2);  // W[9][64]
        const PackedMatrix w = PackedMatrix::Pack(format, 20, kWidth, source.data()).value();
        std::vector<float> x(static_cast<size_t>(rows * kWidth), 0.5f);
        x[kWidth + 9] = NAN;  // row 1
        const auto y = Multiply(*ops, w.view(), x.data(), kWidth, rows, pool);
        for (int64_t m = 0; m < rows; ++m) {
          for (int64_t j = 0; j < 20; ++j) {
            const float v = y[static_cast<size_t>(m * 23 + j)];
            CHECK(std::isnan(v) == (m == 1));
            if (m != 1) CHECK(std::isinf(v) == (j == 7 || j == 9));
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace lmp::kernels
