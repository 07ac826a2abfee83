// embed, rms_norm, add, swiglu, rope.
#include "tests/kernels/kernel_testing.h"

namespace lmp::kernels {
namespace {

// Vector widths 4, 8, 16 and their neighbours, and real sizes.
constexpr int64_t kWidths[] = {1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 100, 576, 2048};
constexpr int64_t kRows[] = {0, 1, 2, 7, 130};

// |actual - expected| <= relative * |expected| + absolute, for all.
bool Close(const std::vector<float>& actual, const std::vector<float>& expected, double relative,
           double absolute) {
  for (size_t i = 0; i < actual.size(); ++i) {
    const double a = static_cast<double>(actual[i]), e = static_cast<double>(expected[i]);
    if (!(std::fabs(a - e) <= relative * std::fabs(e) + absolute)) return false;
  }
  return true;
}

TEST_CASE("embed widens the row exactly, in every format") {
  Rng rng(1);
  ThreadPool pool(2);
  for (const Ops* ops : TestedOps()) {
    for (WeightFormat format : kFormats) {
      for (int64_t k : {1, 32, 33, 512, 576}) {
        if (k % BlockElements(format) != 0) continue;
        const PackedMatrix w = RandomMatrix(rng, format, 37, k);
        const std::vector<TokenId> ids = {36, 0, 15, 16, 17, 36, 5};
        std::vector<float> y(ids.size() * static_cast<size_t>(k + 2), 7.0f);
        ops->embed({w.view(), ids.data(), y.data(), k + 2, 7}, pool);
        bool same = true;
        for (size_t m = 0; m < ids.size(); ++m) {
          for (int64_t i = 0; i < k; ++i) {
            same &= SameBits(y[m * static_cast<size_t>(k + 2) + static_cast<size_t>(i)],
                             WeightAt(w.view(), ids[m], i));
          }
          same &= y[m * static_cast<size_t>(k + 2) + static_cast<size_t>(k)] == 7.0f;
        }
        CHECK(same);
      }
    }
  }
}

TEST_CASE("rms_norm is within rounding of the reference and the same in any batch") {
  Rng rng(2);
  ThreadPool one(1), two(2);
  for (const Ops* ops : TestedOps()) {
    for (int64_t width : kWidths) {
      const std::vector<float> weight = RandomFloats(rng, width);
      for (int64_t rows : kRows) {
        CAPTURE(ops->implementation);
        CAPTURE(width);
        CAPTURE(rows);
        const std::vector<float> x = RandomFloats(rng, rows * width);
        std::vector<float> y(x.size()), expected(x.size()), in_place = x, single(x.size());
        RmsNormArgs args{x.data(), width, weight.data(), 1e-5f, y.data(), width, rows, width};
        ops->rms_norm(args, two);
        args.y = expected.data();
        Reference().rms_norm(args, one);
        // The sum has only positive terms: width / 16 roundings per lane, then a handful.
        CHECK(Close(y, expected, 0x1p-24 * (8 + std::sqrt(static_cast<double>(width))), 0));
        args.x = args.y = in_place.data();
        ops->rms_norm(args, one);
        CHECK(in_place == y);
        for (int64_t m = 0; m < rows; ++m) {
          ops->rms_norm({x.data() + m * width, width, weight.data(), 1e-5f,
                         single.data() + m * width, width, 1, width},
                        one);
        }
        CHECK(single == y);
      }
    }
  }
}

TEST_CASE("rms_norm of zeros is zeros, of tiny values no division by zero") {
  ThreadPool pool(1);
  for (const Ops* ops : TestedOps()) {
    std::vector<float> x(33, 0.0f), weight(33, 2.0f), y(33, 1.0f);
    ops->rms_norm({x.data(), 33, weight.data(), 1e-5f, y.data(), 33, 1, 33}, pool);
    for (float v : y) CHECK(v == 0.0f);
    for (float& v : x) v = 1e-30f;
    ops->rms_norm({x.data(), 33, weight.data(), 1e-5f, y.data(), 33, 1, 33}, pool);
    for (float v : y) CHECK(std::isfinite(v));
    x[3] = NAN;
    ops->rms_norm({x.data(), 33, weight.data(), 1e-5f, y.data(), 33, 1, 33}, pool);
    for (float v : y) CHECK(std::isnan(v));
  }
}

TEST_CASE("add is exact") {
  Rng rng(3);
  ThreadPool pool(2);
  for (const Ops* ops : TestedOps()) {
    for (int64_t width : kWidths) {
      for (int64_t rows : kRows) {
        const std::vector<float> x = RandomFloats(rng, rows * (width + 1));
        std::vector<float> y = RandomFloats(rng, rows * (width + 2));
        std::vector<float> expected = y;
        ops->add({x.data(), width + 1, y.data(), width + 2, rows, width}, pool);
        Reference().add({x.data(), width + 1, expected.data(), width + 2, rows, width}, pool);
        CHECK(y == expected);
      }
    }
  }
}

TEST_CASE("swiglu is within rounding of the reference and the same in any batch") {
  Rng rng(4);
  ThreadPool one(1), two(2);
  for (const Ops* ops : TestedOps()) {
    for (int64_t width : kWidths) {
      for (int64_t rows : kRows) {
        CAPTURE(ops->implementation);
        CAPTURE(width);
        const std::vector<float> both = RandomFloats(rng, rows * 2 * width);
        const float* gate = both.data();
        const float* up = gate + width;
        std::vector<float> y(static_cast<size_t>(rows * width)), expected = y, single = y;
        ops->swiglu({gate, up, 2 * width, y.data(), width, rows, width}, two);
        Reference().swiglu({gate, up, 2 * width, expected.data(), width, rows, width}, one);
        // exp within 1 ulp, then four roundings; values whose silu lies below 1e-36 may be flushed.
        CHECK(Close(y, expected, 0x1p-24 * 8, 1e-34));
        for (int64_t m = 0; m < rows; ++m) {
          ops->swiglu({gate + m * 2 * width, up + m * 2 * width, 2 * width,
                       single.data() + m * width, width, 1, width},
                      one);
        }
        CHECK(single == y);
      }
    }
  }
}

TEST_CASE("swiglu at the ends of the range") {
  ThreadPool pool(1);
  for (const Ops* ops : TestedOps()) {
    const float gate[8] = {200, -200, 0, NAN, INFINITY, 88, -88, 3e38f};
    const float up[8] = {2, 2, 2, 2, 2, 2, 2, 0.5f};
    float y[8];
    ops->swiglu({gate, up, 8, y, 8, 1, 8}, pool);
    CHECK(y[0] == 400.0f);
    CHECK(std::fabs(y[1]) < 1e-30f);
    CHECK(y[2] == 0.0f);
    CHECK(std::isnan(y[3]));
    CHECK(y[4] == INFINITY);
    CHECK(y[5] == 176.0f);
    CHECK(std::fabs(y[6]) < 1e-30f);
    CHECK(y[7] == 1.5e38f);
  }
}

TEST_CASE("the rope table is cos and sin of position times frequency in fp64") {
  const std::vector<float> factors = {1, 2, 4, 8};
  const RopeTable plain(RopeLayout::kAdjacent, 8, 10000.0, 5000);
  const RopeTable scaled(RopeLayout::kHalves, 8, 500000.0, 100, factors);
  for (int i = 0; i < 4; ++i) {
    const double angle = 4999.0 * std::pow(10000.0, -i / 4.0);
    CHECK(plain.view().rows[4999 * 8 + i] == static_cast<float>(std::cos(angle)));
    CHECK(plain.view().rows[4999 * 8 + 4 + i] == static_cast<float>(std::sin(angle)));
    const double slow = 99.0 * (std::pow(500000.0, -2.0 * i / 8) / std::pow(2.0, i));
    CHECK(scaled.view().rows[99 * 8 + i] == doctest::Approx(std::cos(slow)).epsilon(1e-7));
  }
  CHECK_THROWS_AS(RopeTable(RopeLayout::kAdjacent, 7, 10000.0, 10), InvariantFailure);
}

TEST_CASE(
    "rope rotates both layouts within rounding, leaves the rest, and is the same in any batch") {
  Rng rng(5);
  ThreadPool one(1), two(2);
  for (const Ops* ops : TestedOps()) {
    for (RopeLayout layout : {RopeLayout::kAdjacent, RopeLayout::kHalves}) {
      for (int dims : {2, 6, 8, 14, 16, 18, 34, 64, 80}) {
        for (int head_dim : {dims, dims + 6}) {
          const RopeTable table(layout, dims, 10000.0, 2000);
          const int heads = 3;
          const int64_t rows = 150, stride = heads * head_dim + 1;
          std::vector<int32_t> positions;
          for (int64_t m = 0; m < rows; ++m) {
            positions.push_back(static_cast<int32_t>(rng.Below(2000)));
          }
          const std::vector<float> x = RandomFloats(rng, rows * stride);
          std::vector<float> y = x, expected = x, single = x;
          RopeArgs args{y.data(), stride, rows, heads, head_dim, positions.data(), table.view()};
          ops->rope(args, two);
          args.x = expected.data();
          Reference().rope(args, one);
          CAPTURE(ops->implementation);
          CAPTURE(dims);
          CAPTURE(head_dim);
          // Two products of magnitude up to 100 each; cancellation makes the error absolute.
          CHECK(Close(y, expected, 0, 0x1p-24 * 4 * 100));
          for (int64_t m = 0; m < rows; ++m) {
            ops->rope({single.data() + m * stride, stride, 1, heads, head_dim, positions.data() + m,
                       table.view()},
                      one);
          }
          CHECK(single == y);
        }
      }
    }
  }
}

TEST_CASE("rope layouts: hand-computed quarter turns") {
  // base 1 gives every pair the angle `position`; rows made by hand instead of a table.
  const float rows[] = {0, 0, 1, 1};  // cos 0, sin 1 for two pairs
  ThreadPool pool(1);
  const int32_t position = 0;
  std::vector<const Ops*> all = TestedOps();
  all.push_back(&Reference());
  for (const Ops* ops : all) {
    float a[] = {1, 2, 3, 4};
    ops->rope({a, 4, 1, 1, 4, &position, {rows, 4, 1, RopeLayout::kAdjacent}}, pool);
    CHECK(std::vector<float>(a, a + 4) == std::vector<float>{-2, 1, -4, 3});
    float b[] = {1, 2, 3, 4};
    ops->rope({b, 4, 1, 1, 4, &position, {rows, 4, 1, RopeLayout::kHalves}}, pool);
    CHECK(std::vector<float>(b, b + 4) == std::vector<float>{-3, -4, 1, 2});
  }
}

TEST_CASE("implementations with fused multiply-add agree bit for bit on row ops" *
          doctest::skip(kSlow)) {
  std::vector<const Ops*> fused;
  for (const Ops* ops : TestedOps()) {
    if (ops->implementation.starts_with("cpu_avx")) fused.push_back(ops);
  }
  if (fused.size() < 2) {
    MESSAGE("SKIPPED: this machine runs fewer than two of cpu_avx2, cpu_avx512");
    return;
  }
  Rng rng(6);
  ThreadPool pool(1);
  for (int64_t width : kWidths) {
    const std::vector<float> x = RandomFloats(rng, width), w = RandomFloats(rng, width);
    std::vector<float> a(x.size()), b(x.size());
    fused[0]->rms_norm({x.data(), width, w.data(), 1e-5f, a.data(), width, 1, width}, pool);
    fused[1]->rms_norm({x.data(), width, w.data(), 1e-5f, b.data(), width, 1, width}, pool);
    CHECK(SameBits(a.data(), b.data(), width));
    fused[0]->swiglu({x.data(), w.data(), width, a.data(), width, 1, width}, pool);
    fused[1]->swiglu({x.data(), w.data(), width, b.data(), width, 1, width}, pool);
    CHECK(SameBits(a.data(), b.data(), width));
  }
}

}  // namespace
}  // namespace lmp::kernels
