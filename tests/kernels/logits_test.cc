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

struct Weights {
  std::vector<float> weights, sums;
};
Weights WeightsOf(const Ops& ops, const std::vector<float>& x, const uint64_t* mask, float max,
                  float rate, float least) {
  Weights out;
  out.weights.assign(x.size() + 1, -1.0f);  // one behind, which nobody writes
  out.sums.assign((x.size() + kLogitBlock - 1) / kLogitBlock + 1, -1.0f);
  ops.exp_weights({x.data(), static_cast<int64_t>(x.size()), mask},
                  {max, rate, least, out.weights.data(), out.sums.data()});
  CHECK(out.weights.back() == -1.0f);
  CHECK(out.sums.back() == -1.0f);
  return out;
}

TEST_CASE("exp_weights are within rounding of the reference") {
  // The argument is rounded twice in fp32: at most 2^-23 of it, which is absolute in its
  // exponential; exp itself within 2 ulp; a sum of 64 weights by at most 6 roundings.
  Rng rng(2);
  for (const Ops* ops : TestedOps()) {
    CAPTURE(ops->implementation);
    for (const int64_t n : kSizes) {
      for (const float spread : {1.0f, 30.0f}) {
        std::vector<float> x = RandomFloats(rng, n);
        for (float& v : x) v *= spread;
        std::vector<uint64_t> mask = RandomMask(rng, n, 3);
        mask[0] |= 1;
        const uint64_t* masks[] = {nullptr, mask.data()};
        for (const uint64_t* m : masks) {
          for (const float rate : {1.0f, 0.3f, 8.0f}) {
            const float max = ops->argmax({x.data(), n, m}).value;
            const Weights a = WeightsOf(*ops, x, m, max, rate, 0);
            const Weights e = WeightsOf(Reference(), x, m, max, rate, 0);
            bool close = true;
            for (size_t i = 0; i < x.size(); ++i) {
              const double argument = std::fabs(static_cast<double>((x[i] - max) * rate));
              const double bound = static_cast<double>(e.weights[i]) * (argument + 4) * 0x1p-22;
              const double miss =
                  static_cast<double>(a.weights[i]) - static_cast<double>(e.weights[i]);
              close &= std::fabs(miss) <= bound + 1e-37;
            }
            CHECK(close);
            for (size_t b = 0; b + 1 < a.sums.size(); ++b) {
              double sum = 0;
              for (size_t i = 64 * b; i < std::min<size_t>(64 * b + 64, x.size()); ++i) {
                sum += static_cast<double>(a.weights[i]);
              }
              CHECK(static_cast<double>(a.sums[b]) == doctest::Approx(sum).epsilon(1e-6));
            }
          }
        }
      }
    }
  }
}

TEST_CASE("exp_weights: what is masked, not finite or too light weighs nothing") {
  for (const Ops* ops : All()) {
    CAPTURE(ops->implementation);
    std::vector<float> x(70, 3.0f);
    x[1] = 2.0f;
    x[2] = NAN;
    x[3] = INFINITY;
    x[4] = -INFINITY;
    x[66] = -3e38f;
    std::vector<uint64_t> mask = {~(uint64_t{1} << 5), ~uint64_t{0}};
    const Weights w = WeightsOf(*ops, x, mask.data(), 3.0f, 0.5f, 0);
    for (size_t i : {2u, 3u, 4u, 5u, 66u}) CHECK(w.weights[i] == 0.0f);
    CHECK(w.weights[0] == 1.0f);
    CHECK(static_cast<double>(w.weights[1]) == doctest::Approx(std::exp(-0.5)));
    CHECK(static_cast<double>(w.sums[0]) == doctest::Approx(59 + std::exp(-0.5)));
    CHECK(w.sums[1] == 5.0f);
    const float half = w.weights[1];
    CHECK(WeightsOf(*ops, x, mask.data(), 3.0f, 0.5f, half).weights[1] == half);
    const float above = std::nextafter(half, 1.0f);
    CHECK(WeightsOf(*ops, x, mask.data(), 3.0f, 0.5f, above).weights[1] == 0.0f);
    CHECK(WeightsOf(*ops, x, mask.data(), 3.0f, 0.5f, above).weights[0] == 1.0f);
  }
}

TEST_CASE("implementations with fused multiply-add agree bit for bit on weights" *
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
    const Weights a = WeightsOf(*fused[0], x, nullptr, 3, 0.7f, 0);
    const Weights b = WeightsOf(*fused[1], x, nullptr, 3, 0.7f, 0);
    CHECK(a.weights == b.weights);
    CHECK(a.sums == b.sums);
  }
}

}  // namespace
}  // namespace lmp::kernels
