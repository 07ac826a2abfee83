#include "tests/kernels/kernel_testing.h"

namespace lmp::kernels {
namespace {

std::vector<const Ops*> All() {
  std::vector<const Ops*> all = TestedOps();
  all.push_back(&Reference());
  return all;
}

std::vector<uint64_t> RandomMask(Rng& rng, int64_t n, uint64_t one_in) {
  std::vector<uint64_t> mask(static_cast<size_t>((n + 63) / 64));
  for (int64_t i = 0; i < n; ++i) {
    if (rng.Below(one_in) == 0) mask[static_cast<size_t>(i / 64)] |= uint64_t{1} << (i % 64);
  }
  return mask;
}

constexpr int64_t kSizes[] = {1, 2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 1023, 1024, 1025, 5000, 49152};

TEST_CASE("argmax equals the reference, with and without a mask") {
  Rng rng(1);
  for (const Ops* ops : TestedOps()) {
    for (int64_t n : kSizes) {
      for (int round = 0; round < 10; ++round) {
        std::vector<float> x = RandomFloats(rng, n);
        // Few distinct values, so that ties are common.
        if (round % 2 == 0) {
          for (float& v : x) v = std::floor(v * 2);
        }
        const std::vector<uint64_t> mask =
            RandomMask(rng, n, 1 + static_cast<uint64_t>(round) * 20);
        const uint64_t* masks[] = {nullptr, mask.data()};
        for (const uint64_t* m : masks) {
          const Argmax a = ops->argmax({x.data(), n, m});
          const Argmax e = Reference().argmax({x.data(), n, m});
          CHECK(a.id == e.id);
          if (e.id >= 0) CHECK(a.value == e.value);
        }
      }
    }
  }
}

TEST_CASE("argmax: ties, NaN, infinities, nothing allowed") {
  for (const Ops* ops : All()) {
    CAPTURE(ops->implementation);
    std::vector<float> x(40, 1.0f);
    CHECK(ops->argmax({x.data(), 40, nullptr}).id == 0);
    x[21] = x[22] = x[37] = 2.0f;
    CHECK(ops->argmax({x.data(), 40, nullptr}).id == 21);
    x[3] = NAN;
    CHECK(ops->argmax({x.data(), 40, nullptr}).id == 21);
    x[39] = INFINITY;
    CHECK(ops->argmax({x.data(), 40, nullptr}).id == 39);
    const uint64_t none = 0, only_nan = 8, few = (1u << 5) | 8;
    CHECK(ops->argmax({x.data(), 40, &none}).id == -1);
    CHECK(ops->argmax({x.data(), 40, &only_nan}).id == -1);
    CHECK(ops->argmax({x.data(), 40, &few}).id == 5);
    CHECK(ops->argmax({x.data(), 0, nullptr}).id == -1);
    for (float& v : x) v = -INFINITY;
    CHECK(ops->argmax({x.data(), 40, nullptr}).id == 0);
    x[0] = NAN;
    CHECK(ops->argmax({x.data(), 40, nullptr}).id == 1);
  }
}

TEST_CASE("log_sum_exp and log_softmax are within rounding of the reference") {
  // exp within 1 ulp of fp32; sums of 64 in a lane, then fp64: relative error of the sum below
  // 1e-6, absolute of its logarithm likewise; the result's own rounding is relative.
  Rng rng(2);
  for (const Ops* ops : TestedOps()) {
    for (int64_t n : kSizes) {
      for (float spread : {1.0f, 30.0f}) {
        std::vector<float> x = RandomFloats(rng, n);
        for (float& v : x) v *= spread;
        std::vector<uint64_t> mask = RandomMask(rng, n, 3);
        mask[0] |= 1;
        const uint64_t* masks[] = {nullptr, mask.data()};
        for (const uint64_t* m : masks) {
          const double a = ops->log_sum_exp({x.data(), n, m});
          const double e = Reference().log_sum_exp({x.data(), n, m});
          CHECK(std::fabs(a - e) <= 1e-6);
          std::vector<float> soft(x.size()), expected(x.size());
          ops->log_softmax({x.data(), n, m}, soft.data());
          Reference().log_softmax({x.data(), n, m}, expected.data());
          double total = 0;
          bool close = true;
          for (size_t i = 0; i < x.size(); ++i) {
            total += std::exp(static_cast<double>(soft[i]));
            const double s = static_cast<double>(soft[i]), r = static_cast<double>(expected[i]);
            close &= (std::isinf(s) && s == r) || std::fabs(s - r) <= 2e-6 + 0x1p-22 * std::fabs(r);
          }
          CHECK(close);
          CHECK(total == doctest::Approx(1.0).epsilon(1e-5));
          ops->log_softmax({x.data(), n, m}, x.data());
          CHECK(SameBits(x.data(), soft.data(), n));
          x = RandomFloats(rng, n);
        }
      }
    }
  }
}

TEST_CASE("log_sum_exp: masked entries do not count, NaN and infinities flow") {
  for (const Ops* ops : All()) {
    CAPTURE(ops->implementation);
    std::vector<float> x(70, 3.0f);
    const std::vector<uint64_t> three = {uint64_t{1} << 63 | 1, 2};
    CHECK(ops->log_sum_exp({x.data(), 70, three.data()}) == doctest::Approx(3 + std::log(3.0)));
    x[5] = NAN;
    CHECK(ops->log_sum_exp({x.data(), 70, three.data()}) == doctest::Approx(3 + std::log(3.0)));
    CHECK(std::isnan(ops->log_sum_exp({x.data(), 70, nullptr})));
    x[5] = INFINITY;
    CHECK(ops->log_sum_exp({x.data(), 70, nullptr}) == INFINITY);
    const std::vector<uint64_t> none = {0, 0};
    CHECK(ops->log_sum_exp({x.data(), 70, none.data()}) == -INFINITY);
    x[5] = -INFINITY;
    CHECK(ops->log_sum_exp({x.data(), 70, nullptr}) == doctest::Approx(3 + std::log(69.0)));
    for (float& v : x) v = 3e38f;
    CHECK(ops->log_sum_exp({x.data(), 70, nullptr}) == doctest::Approx(3e38));
  }
}

TEST_CASE("implementations with fused multiply-add agree bit for bit on reductions" *
          doctest::skip(kSlow)) {
  std::vector<const Ops*> fused;
  for (const Ops* ops : TestedOps()) {
    if (ops->implementation.starts_with("cpu_avx")) fused.push_back(ops);
  }
  if (fused.size() < 2) {
    MESSAGE("SKIPPED: this machine runs fewer than two of cpu_avx2, cpu_avx512");
    return;
  }
  Rng rng(3);
  for (int64_t n : kSizes) {
    const std::vector<float> x = RandomFloats(rng, n);
    CHECK(fused[0]->log_sum_exp({x.data(), n, nullptr}) ==
          fused[1]->log_sum_exp({x.data(), n, nullptr}));
  }
}

}  // namespace
}  // namespace lmp::kernels
