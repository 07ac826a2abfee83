// The kernels of kernels/cuda, run by tests/cuda_emulation: what the tests of all implementations
// do not reach. Those run a second time on these kernels (tests/cmake/kernels.cmake).
#include "tests/cuda_emulation/launch.h"
#include "tests/kernels/kernel_testing.h"

namespace lmp::kernels::cuda {
namespace {

using cuda_emulation::Stream;

// Units in the last place between two finite floats of one sign.
int64_t UlpsApart(float a, float b) {
  return std::abs(int64_t{std::bit_cast<int32_t>(a)} - int64_t{std::bit_cast<int32_t>(b)});
}

TEST_CASE("exp is within 2 units in the last place, and its ends are right") {
  int64_t worst = 0;
  // Every 4,099th float, from the least magnitude up.
  for (const uint32_t sign : {0u, 0x80000000u}) {
    for (uint32_t bits = 0; bits < 0x42d00000u; bits += 4099) {  // up to 104
      const float x = std::bit_cast<float>(bits | sign);
      if (x > 88.7f) continue;
      const auto exact = static_cast<float>(std::exp(static_cast<double>(x)));
      worst = std::max(worst, UlpsApart(ExpOf(x), exact));
    }
  }
  CHECK(worst <= 2);
  CHECK(ExpOf(0.0f) == 1.0f);
  CHECK(ExpOf(-INFINITY) == 0.0f);
  CHECK(ExpOf(-1e30f) == 0.0f);
  CHECK(ExpOf(-105.0f) == 0.0f);
  CHECK(ExpOf(88.8f) == INFINITY);
  CHECK(ExpOf(INFINITY) == INFINITY);
  CHECK(std::isnan(ExpOf(NAN)));
}

// The contract of matmul.cuh written down.
float ByContract(const std::vector<float>& w, const float* x, float bias) {
  float part[64] = {};
  for (size_t k = 0; k < w.size(); ++k) {
    float& p = part[k / 32 % 4 * 16 + k % 32 / 2];
    p = std::fma(x[k], w[k], p);
  }
  float y = part[0];
  for (int s = 1; s < 64; ++s) y += part[s];
  return y + bias;
}

TEST_CASE("every output of matmul is the 64 parts of its contract, bit for bit") {
  Rng rng(1);
  for (WeightFormat format : kFormats) {
    for (int64_t k : {1, 31, 64, 129, 256, 768}) {
      if (k % BlockElements(format) != 0) continue;
      for (int64_t rows : {1, 3, 11}) {
        const int64_t n = 21;
        const PackedMatrix w = RandomMatrix(rng, format, n, k);
        const std::vector<float> x = RandomFloats(rng, rows * k), bias = RandomFloats(rng, n);
        std::vector<float> y(static_cast<size_t>(rows * n)), wide(static_cast<size_t>(k));
        REQUIRE(
            LaunchMatmul(Stream(), {w.view(), x.data(), k, y.data(), n, rows, bias.data()}).ok());
        int wrong = 0;
        for (int64_t j = 0; j < n; ++j) {
          WidenRow(w.view(), j, wide.data());
          for (int64_t m = 0; m < rows; ++m) {
            const float expected = ByContract(wide, x.data() + m * k, bias[static_cast<size_t>(j)]);
            wrong += !SameBits(expected, y[static_cast<size_t>(m * n + j)]);
          }
        }
        CAPTURE(WeightFormatName(format));
        CAPTURE(k);
        CAPTURE(rows);
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("matmul takes 65,535 rows, and refuses more") {
  Rng rng(2);
  const PackedMatrix w = RandomMatrix(rng, WeightFormat::kF32, 1, 2);
  constexpr int64_t kRows = 65535;
  const std::vector<float> x = RandomFloats(rng, 2 * kRows);
  std::vector<float> y(kRows), alone(1);
  REQUIRE(LaunchMatmul(Stream(), {w.view(), x.data(), 2, y.data(), 1, kRows, nullptr}).ok());
  for (const int64_t m : {int64_t{0}, kRows - 1}) {
    REQUIRE(
        LaunchMatmul(Stream(), {w.view(), x.data() + 2 * m, 2, alone.data(), 1, 1, nullptr}).ok());
    CHECK(SameBits(y[static_cast<size_t>(m)], alone[0]));
  }
  CHECK_THROWS_AS(
      (void)LaunchMatmul(Stream(), {w.view(), x.data(), 2, y.data(), 1, kRows + 1, nullptr}),
      InvariantFailure);
}

TEST_CASE("stored rows of a chunk get the bytes that kv_write gives them") {
  Rng rng(3);
  for (const RopeLayout layout : {RopeLayout::kAdjacent, RopeLayout::kHalves}) {
    for (const int dim : {2, 18, 64, 128, 256}) {
      const int heads = 3;
      const int64_t rows = 37, width = int64_t{heads} * dim;
      const RopeTable table(layout, dim, 10000.0, 128);
      TestPool written(KvType::kBf16, heads, dim, 4), loaded(KvType::kBf16, heads, dim, 4);
      std::vector<int32_t> positions;
      std::vector<PageId> pages;
      for (int32_t i = 0; i < rows; ++i) {
        positions.push_back(20 + i);  // pages 1 to 3 of the sequence, descending in the pool
        pages.push_back(PageId(4 - (20 + i) / 16));
      }
      std::vector<float> k = RandomFloats(rng, rows * width), v = RandomFloats(rng, rows * width);
      REQUIRE(LaunchKvWrite(Stream(), {written.view(), k.data(), width, v.data(), width, rows,
                                       positions.data(), pages.data(), table.view()})
                  .ok());
      // k and v are rounded now: what a chunk stores.
      std::vector<uint16_t> k16, v16;
      for (const float x : k) k16.push_back(Bf16FromF32(x));
      for (const float x : v) v16.push_back(Bf16FromF32(x));
      REQUIRE(
          LaunchKvLoad(Stream(),
                       {k16.data(), v16.data(), rows, positions.data(), pages.data(), table.view()},
                       loaded.view())
              .ok());
      CHECK(written.bytes == loaded.bytes);
    }
  }
}

TEST_CASE("rows of logits, each with its mask, are reduced as one row alone") {
  Rng rng(4);
  constexpr int64_t kRows = 5, kN = 1000, kStride = 1003, kWords = 17;
  std::vector<float> x = RandomFloats(rng, kRows * kStride);
  std::vector<uint64_t> masks(kRows * kWords);
  for (uint64_t& word : masks) word = rng.Next() & rng.Next();
  x[2 * kStride + 7] = NAN;
  masks[2 * kWords] |= 1u << 7;
  for (int64_t i = 0; i < kWords; ++i) masks[static_cast<size_t>(3 * kWords + i)] = 0;
  const LogitRows rows = {.x = x.data(),
                          .x_stride = kStride,
                          .n = kN,
                          .rows = kRows,
                          .masks = masks.data(),
                          .mask_stride = kWords};
  std::vector<Argmax> best(kRows);
  REQUIRE(LaunchArgmax(Stream(), rows, best.data()).ok());
  constexpr int64_t kBlocks = (kN + kLogitBlock - 1) / kLogitBlock, kSumStride = kBlocks + 1;
  std::vector<float> max, rate, least, weights(kRows * kStride), sums(kRows * kSumStride);
  for (int64_t m = 0; m < kRows; ++m) {
    max.push_back(best[static_cast<size_t>(m)].value);
    rate.push_back(1.0f + static_cast<float>(m));
    least.push_back(m == 1 ? 0.1f : 0.0f);
  }
  REQUIRE(LaunchExpWeights(Stream(), rows,
                           {.max = max.data(),
                            .rate = rate.data(),
                            .least = least.data(),
                            .weights = weights.data(),
                            .weights_stride = kStride,
                            .sums = sums.data(),
                            .sums_stride = kSumStride})
              .ok());
  for (size_t m = 0; m < kRows; ++m) {
    CAPTURE(m);
    const LogitsArgs row = {x.data() + m * kStride, kN, masks.data() + m * kWords};
    CHECK(best[m].id == Reference().argmax(row).id);
    std::vector<float> expected(kN), expected_sums(kBlocks);
    Reference().exp_weights(row,
                            {max[m], rate[m], least[m], expected.data(), expected_sums.data()});
    for (size_t i = 0; i < kN; ++i) {
      REQUIRE(static_cast<double>(weights[m * kStride + i]) ==
              doctest::Approx(static_cast<double>(expected[i])).epsilon(1e-5));
    }
    for (size_t b = 0; b < kBlocks; ++b) {
      CHECK(static_cast<double>(sums[m * kSumStride + b]) ==
            doctest::Approx(static_cast<double>(expected_sums[b])).epsilon(1e-5));
    }
  }
  CHECK(best[3].id == -1);
  for (size_t b = 0; b < kBlocks; ++b) CHECK(sums[3 * kSumStride + b] == 0.0f);
}

TEST_CASE("empty ops launch nothing") {
  const int64_t before = cuda_emulation::LaunchCount();
  CHECK(LaunchRmsNorm(Stream(), {}).ok());
  CHECK(LaunchMatmul(Stream(), {}).ok());
  CHECK(LaunchEmbed(Stream(), {}).ok());
  CHECK(LaunchKvWrite(Stream(), {}).ok());
  CHECK(LaunchKvLoad(Stream(), {}, {}).ok());
  CHECK(LaunchAttention(Stream(), {}).ok());
  CHECK(LaunchArgmax(Stream(), {}, nullptr).ok());
  CHECK(cuda_emulation::LaunchCount() == before);
}

TEST_CASE("the largest attention tile fits the shared memory of every device since sm_80") {
  CHECK(AttentionSharedBytes(kHeadDimMax, 4 * kAttentionWarps) <= 101376);
}

// Three sequences: two share their first 20 pages, the third is short.
TEST_CASE("a flat plan names every page that its tasks read, each table once") {
  std::vector<PageId> a, b, c = {PageId(90), PageId(91)};
  for (int i = 0; i < 25; ++i) a.push_back(PageId(i));
  b = a;
  for (size_t i = 20; i < 25; ++i) b[i] = PageId(50 + static_cast<int>(i));
  b.push_back(PageId(80));
  const std::vector<int32_t> at_a = {390}, at_b = {400, 401}, at_c = {17};
  StepPlan plan(4, 2, 64, 2);
  const PlanSequence sequences[] = {{at_a, a}, {at_b, b}, {at_c, c}};
  REQUIRE(plan.Build(sequences).ok());
  const AttentionPlanView view = plan.attention();
  FlatPlan flat;
  for (int round = 0; round < 2; ++round) {  // the second in used memory
    flat.Build(view);
    const std::vector<std::byte> bytes = flat.bytes();
    const DevicePlan device = flat.At(bytes.data(), nullptr);
    REQUIRE(device.task_count == view.part_begin[view.parts]);
    CHECK(device.heads == 4);
    CHECK(device.kv_heads == 2);
    CHECK(device.head_dim == 64);
    CHECK(device.merge_count == view.merge_count);
    CHECK(view.merge_count == 3);  // so partial tasks are among them
    CHECK(flat.partial_floats() == 3 * 2 * 4 * 66);
    bool shares = false;
    int32_t pairs_max = 0;
    for (int32_t t = 0; t < device.task_count; ++t) {
      const AttentionTask& task = view.tasks[t];
      const DeviceTask& copy = device.tasks[t];
      CHECK(copy.kv_head == task.kv_head);
      CHECK(copy.partial == (task.partial ? 1 : 0));
      pairs_max = std::max(pairs_max, task.row_count * 2);
      shares |= task.row_count == 3;
      for (int32_t i = 0; i < task.row_count; ++i) {
        const int32_t row = device.row_ids[copy.row_list + i];
        CHECK(row == view.row_ids[task.row_list + i]);
        CHECK(device.positions[row] == view.positions[row]);
        CHECK(device.partial_offset[row] == view.partial_offset[row]);
        const int end = std::min(view.positions[row] / 16 + 1, task.split_end * 16);
        for (int page = task.split_begin * 16; page < end; ++page) {
          CHECK(device.pages[copy.pages + page] == view.row_tables[row][page]);
        }
      }
    }
    CHECK(shares);
    CHECK(device.pairs_max == pairs_max);
    // Nothing but the arrays of the tasks: a's or b's table up to the end of its splits, and c's.
    CHECK(bytes.size() < 2000);
  }
}

}  // namespace
}  // namespace lmp::kernels::cuda
