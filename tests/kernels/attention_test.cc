#include <sys/mman.h>

#include <algorithm>

#include "tests/kernels/kernel_testing.h"
#include "tests/support/kv_slots.h"

namespace lmp::kernels {
namespace {

struct Heads {
  int heads, kv_heads, head_dim;
};

// K, V of a set of sequences in one pool. Unwritten slots are NaN, so that a read behind a row's
// own position shows.
struct Context {
  Context(const Ops& writer, Heads h, KvType type, Rng& rng_in, uint32_t page_count)
      : ops(writer),
        shape(h),
        pool(type, h.kv_heads, h.head_dim, page_count),
        rng(rng_in),
        table(RopeLayout::kAdjacent, h.head_dim, 10000.0, 8192) {}

  // Appends `count` positions of random K, V to a sequence (its positions .. length).
  void Append(size_t sequence, int count, ThreadPool& threads) {
    if (pages.size() <= sequence) pages.resize(sequence + 1), lengths.resize(sequence + 1, 0);
    int& length = lengths[sequence];
    std::vector<int32_t> positions;
    std::vector<PageId> row_pages;
    for (int i = 0; i < count; ++i, ++length) {
      // From the top, so that pages of a sequence descend and interleave with others'.
      if (length % kPageTokens == 0) pages[sequence].push_back(NewPage());
      positions.push_back(length);
      row_pages.push_back(pages[sequence].back());
    }
    const int64_t width = int64_t{shape.kv_heads} * shape.head_dim;
    std::vector<float> k = Values(count * width), v = Values(count * width);
    ops.kv_write({pool.view(), k.data(), width, v.data(), width, count, positions.data(),
                  row_pages.data(), table.view()},
                 threads);
  }
  PageId NewPage() { return PageId(--next_page); }
  std::vector<float> Values(int64_t count) {
    std::vector<float> x(static_cast<size_t>(count));
    for (float& value : x)
      value = Uniform(rng, -1, 1) * (outliers && rng.Below(64) == 0 ? 50.0f : 1.0f);
    return x;
  }

  const Ops& ops;
  Heads shape;
  TestPool pool;
  Rng& rng;
  RopeTable table;
  bool outliers = false;
  std::vector<std::vector<PageId>> pages;
  std::vector<int> lengths;
  uint32_t next_page = static_cast<uint32_t>(pool.bytes.size() / pool.geometry.page_bytes());
};

// Overwrites the slots of sequence 0 at and behind `end` in a copy of the pool.
void PoisonBehind(TestPool& copy, const Context& c, int end) {
  const KvGeometry& g = c.pool.geometry;
  for (int position = end; position < c.lengths[0]; ++position) {
    const PageId page = c.pages[0][static_cast<size_t>(position / kPageTokens)];
    std::byte* base = &copy.bytes[page.index * g.page_bytes()];
    testing::ForSlot(g, position % kPageTokens, [base](size_t at, size_t size) {
      std::fill_n(base + at, size, std::byte{0xff});
    });
  }
}

// Rows [begin, end) of one sequence.
struct Range {
  size_t sequence;
  int begin, end;
};

std::vector<float> Attend(const Ops& ops, Context& c, const std::vector<Range>& ranges,
                          const std::vector<std::vector<float>>& q, ThreadPool& threads) {
  std::vector<std::vector<int32_t>> positions(ranges.size());
  std::vector<PlanSequence> sequences;
  std::vector<float> rows;
  const int64_t width = int64_t{c.shape.heads} * c.shape.head_dim;
  for (size_t i = 0; i < ranges.size(); ++i) {
    const Range& r = ranges[i];
    for (int p = r.begin; p < r.end; ++p) positions[i].push_back(p);
    sequences.push_back({positions[i], c.pages[r.sequence]});
    rows.insert(rows.end(), q[r.sequence].begin() + r.begin * width,
                q[r.sequence].begin() + r.end * width);
  }
  StepPlan plan(c.shape.heads, c.shape.kv_heads, c.shape.head_dim, threads.size());
  REQUIRE(plan.Build(sequences).ok());
  std::vector<float> out(rows.size() + 1, 777.0f);
  ops.attention({plan.attention(), c.pool.view(), rows.data(), width, out.data(), width,
                 1.0f / std::sqrt(static_cast<float>(c.shape.head_dim))},
                threads);
  REQUIRE(out.back() == 777.0f);
  out.pop_back();
  return out;
}

// Error bound of one output. A score errs by d = eps (2 + 4 sqrt(dim)) sum|q k| scale (a fused
// chain, as matmul), a weight so by a factor exp(+-2d), and weights and values add about sqrt(keys)
// roundings.
double Tolerance(const Heads& h, const float* q, double k_max, double v_max, int keys) {
  double sum = 0;
  for (int d = 0; d < h.head_dim; ++d) sum += std::fabs(static_cast<double>(q[d])) * k_max;
  const double dim = h.head_dim;
  const double score = 0x1p-24 * (2 + 4 * std::sqrt(dim)) * sum / std::sqrt(dim);
  return v_max * (2 * score + 0x1p-24 * (16 + 4 * std::sqrt(static_cast<double>(keys))));
}

TEST_CASE("attention is within rounding of the reference: shapes, KV types, lengths") {
  constexpr Heads kShapes[] = {{1, 1, 2},  {1, 1, 8},   {4, 1, 16},  {8, 1, 18},  {3, 3, 64},
                               {9, 3, 64}, {14, 2, 80}, {8, 1, 128}, {60, 1, 32}, {2, 2, 256}};
  Rng rng(1);
  ThreadPool threads(2);
  for (const Ops* ops : TestedOps()) {
    for (const Heads& h : kShapes) {
      for (KvType type : kKvTypes) {
        for (bool outliers : {false, true}) {
          if (kSlow && outliers != (h.head_dim == 64)) continue;
          Context c(*ops, h, type, rng, 64);
          c.outliers = outliers;
          std::vector<std::vector<float>> q;
          std::vector<Range> ranges;
          // First rows, page and split borders, a decode row, a chunk over a border; no rows at
          // all.
          for (const auto& [length, begin] :
               {std::pair{1, 0}, {16, 0}, {17, 16}, {258, 254}, {300, 299}, {9, 9}}) {
            const size_t s = q.size();
            c.Append(s, length, threads);
            q.push_back(c.Values(int64_t{length} * h.heads * h.head_dim));
            ranges.push_back({s, begin, length});
          }
          const auto actual = Attend(*ops, c, ranges, q, threads);
          const auto expected = Attend(Reference(), c, ranges, q, threads);
          const double largest = (outliers ? 50.0 : 1.0) * 1.42;  // rotation adds sqrt(2)
          double worst = 0;
          size_t at = 0;
          for (const Range& r : ranges) {
            for (int p = r.begin; p < r.end; ++p) {
              for (int head = 0; head < h.heads; ++head) {
                const float* row = q[r.sequence].data() + (p * h.heads + head) * h.head_dim;
                const double bound = Tolerance(h, row, largest, largest, p + 1);
                for (int d = 0; d < h.head_dim; ++d, ++at) {
                  const double error = std::fabs(static_cast<double>(actual[at]) -
                                                 static_cast<double>(expected[at]));
                  worst = std::max(worst, std::isnan(error) ? INFINITY : error / bound);
                }
              }
            }
          }
          CAPTURE(ops->implementation);
          CAPTURE(h.heads);
          CAPTURE(h.kv_heads);
          CAPTURE(h.head_dim);
          CAPTURE(static_cast<int>(type));
          CAPTURE(outliers);
          CHECK(worst <= 1.0);
        }
      }
    }
  }
}

TEST_CASE(
    "chunked prefill equals whole prefill, bit for bit, at any chunk, thread count and company") {
  Rng rng(2);
  ThreadPool one(1), two(2), five(5);
  for (const Ops* ops : TestedOps()) {
    for (const Heads& h : {Heads{9, 3, 64}, Heads{4, 4, 20}, Heads{7, 1, 32}}) {
      for (KvType type : kKvTypes) {
        if ((h.heads != 9 || kSlow) && type != KvType::kBf16) continue;
        constexpr int kLength = kSlow ? 300 : 600;
        const int64_t width = int64_t{h.heads} * h.head_dim;
        // Chunks are computed as their keys arrive: keys behind a chunk are NaN at that time.
        Context whole(*ops, h, type, rng, 80);
        whole.Append(0, kLength, two);
        whole.Append(1, 40, two);
        const std::vector<std::vector<float>> q = {whole.Values(kLength * width),
                                                   whole.Values(40 * width)};
        const auto expected = Attend(*ops, whole, {{0, 0, kLength}}, q, two);
        for (int chunk : {1, 16, 37, 256, 511}) {
          if (kSlow && chunk % 37 != 0 && chunk != 1) continue;
          int wrong = 0;
          for (int begin = 0; begin < kLength; begin += chunk) {
            // Single rows only near the borders that matter, for time.
            if (chunk == 1 && begin % 37 != 0 && begin % 256 > 1) continue;
            const int end = std::min(kLength, begin + chunk);
            TestPool masked = whole.pool;
            PoisonBehind(masked, whole, end);
            std::swap(masked.bytes, whole.pool.bytes);
            ThreadPool& threads = chunk % 3 == 0 ? one : chunk % 3 == 1 ? two : five;
            const bool company = (begin / chunk) % 2 == 1;
            std::vector<Range> ranges = {{0, begin, end}};
            if (company) ranges.insert(ranges.begin(), {1, 3, 40});
            const auto out = Attend(*ops, whole, ranges, q, threads);
            const int64_t skip = company ? 37 * width : 0;
            wrong += !SameBits(out.data() + skip, expected.data() + begin * width,
                               (end - begin) * width);
            std::swap(masked.bytes, whole.pool.bytes);
          }
          CAPTURE(ops->implementation);
          CAPTURE(h.heads);
          CAPTURE(static_cast<int>(type));
          CAPTURE(chunk);
          CHECK(wrong == 0);
        }
      }
    }
  }
}

TEST_CASE("rows that share a prefix's pages get the bits of rows with pages of their own") {
  Rng rng(3);
  ThreadPool one(1), two(2), five(5);
  for (const Ops* ops : TestedOps()) {
    for (const Heads& h : {Heads{9, 3, 64}, Heads{16, 1, 32}}) {
      for (KvType type : kKvTypes) {
        if (kSlow && (type == KvType::kBf16) != (h.heads == 9)) continue;
        constexpr size_t kBranches = kSlow ? 4 : 9;
        constexpr int kPrefix = 624;  // 39 pages: two whole splits and part of a third
        const int64_t width = int64_t{h.heads} * h.head_dim;
        Context c(*ops, h, type, rng, 512);
        c.Append(0, kPrefix, two);
        const size_t page_bytes = c.pool.geometry.page_bytes();
        std::vector<std::vector<float>> q(2 * kBranches);
        for (size_t b = 1; b < kBranches; ++b) {
          c.pages.push_back(c.pages[0]);
          c.lengths.push_back(kPrefix);
        }
        for (size_t b = 0; b < kBranches; ++b) {
          c.Append(b, 1 + static_cast<int>(b) * 5, two);
          q[b] = c.Values(c.lengths[b] * width);
        }
        // The same sequences on copies of all their pages.
        for (size_t b = 0; b < kBranches; ++b) {
          c.pages.emplace_back();
          c.lengths.push_back(c.lengths[b]);
          for (const PageId from : c.pages[b]) {
            const PageId to = c.NewPage();
            std::memcpy(&c.pool.bytes[to.index * page_bytes],
                        &c.pool.bytes[from.index * page_bytes], page_bytes);
            c.pages[kBranches + b].push_back(to);
          }
          q[kBranches + b] = q[b];
        }
        std::vector<Range> shared, apart;
        for (size_t b = 0; b < kBranches; ++b) {
          // One to three rows each.
          const int rows = 1 + static_cast<int>(b) % 3;
          shared.push_back({b, c.lengths[b] - std::min(rows, c.lengths[b]), c.lengths[b]});
          apart.push_back({kBranches + b, shared[b].begin, shared[b].end});
        }
        for (ThreadPool* threads : {&one, &two, &five}) {
          const auto together = Attend(*ops, c, shared, q, *threads);
          CHECK(Attend(*ops, c, apart, q, *threads) == together);
          size_t at = 0;
          for (const Range& r : apart) {
            for (int p = r.begin; p < r.end; ++p, at += static_cast<size_t>(width)) {
              const auto alone = Attend(*ops, c, {{r.sequence, p, p + 1}}, q, one);
              CHECK(SameBits(alone.data(), together.data() + at, width));
            }
          }
        }
      }
    }
  }
}

TEST_CASE("implementations with fused multiply-add agree bit for bit on attention" *
          doctest::skip(kSlow)) {
  std::vector<const Ops*> fused;
  for (const Ops* ops : TestedOps()) {
    if (ops->implementation.starts_with("cpu_avx")) fused.push_back(ops);
  }
  if (fused.size() < 2) {
    MESSAGE("SKIPPED: this machine runs fewer than two of cpu_avx2, cpu_avx512");
    return;
  }
  Rng rng(4);
  ThreadPool threads(2);
  for (KvType type : kKvTypes) {
    const Heads h{9, 3, 64};
    Context c(*fused[0], h, type, rng, 64);
    c.Append(0, 555, threads);
    const std::vector<std::vector<float>> q = {c.Values(555 * 9 * 64)};
    CHECK(Attend(*fused[0], c, {{0, 0, 555}}, q, threads) ==
          Attend(*fused[1], c, {{0, 0, 555}}, q, threads));
  }
}

TEST_CASE("the same call gives the same bits ten times") {
  Rng rng(5);
  ThreadPool threads(2);
  for (const Ops* ops : TestedOps()) {
    const int length = kSlow ? 300 : 700;
    Context c(*ops, {6, 2, 48}, KvType::kBf16, rng, 64);
    c.Append(0, length, threads);
    const std::vector<std::vector<float>> q = {c.Values(int64_t{length} * 6 * 48)};
    const auto first = Attend(*ops, c, {{0, 0, length}}, q, threads);
    for (int i = 0; i < (kSlow ? 2 : 10); ++i) {
      CHECK(Attend(*ops, c, {{0, 0, length}}, q, threads) == first);
    }
  }
}

TEST_CASE("uniform scores average the values; one large score selects its value") {
  ThreadPool threads(1);
  Rng rng(6);
  std::vector<const Ops*> all = TestedOps();
  all.push_back(&Reference());
  for (const Ops* ops : all) {
    Context c(*ops, {1, 1, 16}, KvType::kF32, rng, 40);
    c.Append(0, 513, threads);
    std::vector<std::vector<float>> q = {std::vector<float>(513 * 16, 0.0f)};
    const auto out = Attend(*ops, c, {{0, 512, 513}}, q, threads);
    const KvGeometry& g = c.pool.geometry;
    for (size_t d = 0; d < 16; ++d) {
      double mean = 0;
      for (size_t j = 0; j < 513; ++j) {
        float v;
        std::memcpy(&v,
                    &c.pool.bytes[c.pages[0][j / 16].index * g.page_bytes() + g.half_page_bytes() +
                                  (j % 16 * 16 + d) * 4],
                    4);
        mean += static_cast<double>(v) / 513;
      }
      CHECK(static_cast<double>(out[d]) == doctest::Approx(mean).epsilon(1e-5));
    }
  }
}

TEST_CASE("NaN and infinity in a query or a key flow into that row only") {
  ThreadPool threads(1);
  Rng rng(7);
  for (const Ops* ops : TestedOps()) {
    Context c(*ops, {2, 1, 16}, KvType::kF32, rng, 40);
    c.Append(0, 300, threads);
    std::vector<std::vector<float>> q = {c.Values(300 * 32)};
    const auto clean = Attend(*ops, c, {{0, 290, 300}}, q, threads);
    q[0][293 * 32 + 3] = NAN;        // row 3, head 0
    q[0][294 * 32 + 16] = INFINITY;  // row 4, head 1
    const auto out = Attend(*ops, c, {{0, 290, 300}}, q, threads);
    for (int m = 0; m < 10; ++m) {
      for (int h = 0; h < 2; ++h) {
        const float* row = &out[static_cast<size_t>(m * 32 + h * 16)];
        if (m == 3 && h == 0) {
          CHECK(std::isnan(row[0]));
        } else if (m != 4 || h != 1) {
          CHECK(SameBits(row, &clean[static_cast<size_t>(m * 32 + h * 16)], 16));
        }
      }
    }
  }
}

// Address space without memory behind it; null where the system refuses.
struct Reserved {
  explicit Reserved(size_t n) : size(n) {
    p = mmap(nullptr, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
             0);
    if (p == MAP_FAILED) p = nullptr;
  }
  ~Reserved() {
    if (p != nullptr) munmap(p, size);
  }
  void* p;
  size_t size;
};

TEST_CASE("pages and rows behind 2^31 bytes and elements are addressed right") {
  ThreadPool threads(2);
  Rng rng(8);
  const Heads h{64, 64, 256};
  const KvGeometry g{1, h.kv_heads, h.head_dim, KvType::kF32};
  const uint32_t far = static_cast<uint32_t>((size_t{5} << 30) / g.page_bytes());
  Reserved kv(g.page_bytes() * (far + 1)), far_rows((size_t{1} << 32) * sizeof(float));
  if (kv.p == nullptr || far_rows.p == nullptr) {
    MESSAGE("SKIPPED: the system does not reserve 21 GB of address space");
    return;
  }
  const int64_t width = int64_t{h.heads} * h.head_dim;
  for (const Ops* ops : TestedOps()) {
    const KvLayerView view{static_cast<std::byte*>(kv.p), g};
    const RopeTable table(RopeLayout::kHalves, h.head_dim, 10000.0, 16);
    std::vector<float> k = RandomFloats(rng, 2 * width), v = RandomFloats(rng, 2 * width);
    const int32_t positions[] = {0, 1};
    const PageId pages[] = {PageId(far), PageId(far)};
    ops->kv_write({view, k.data(), width, v.data(), width, 2, positions, pages, table.view()},
                  threads);
    // Output rows 2^31 + 64 elements apart; row 0 sees one key, so it is that key's V.
    const int64_t stride = (int64_t{1} << 31) + 64;
    float* out = static_cast<float*>(far_rows.p);
    const std::vector<float> q(static_cast<size_t>(2 * width), 0.0f);
    StepPlan plan(h.heads, h.kv_heads, h.head_dim, 2);
    const PlanSequence sequence[] = {{positions, {pages, 1}}};
    REQUIRE(plan.Build(sequence).ok());
    ops->attention({plan.attention(), view, q.data(), width, out, stride, 0.0625f}, threads);
    CHECK(SameBits(out, v.data(), width));
    for (int64_t i = 0; i < width; i += 97) {
      const float mean = (v[static_cast<size_t>(i)] + v[static_cast<size_t>(width + i)]) / 2;
      CHECK(out[stride + i] == doctest::Approx(mean).epsilon(1e-5));
    }
    // The same rows through matmul's x and y.
    const PackedMatrix w = RandomMatrix(rng, WeightFormat::kF32, 20, 64);
    std::vector<float> y(40), expected(40);
    ops->matmul({w.view(), out, stride, y.data(), 20, 2, nullptr}, threads);
    std::vector<float> near(out, out + 64);
    near.insert(near.end(), out + stride, out + stride + 64);
    ops->matmul({w.view(), near.data(), 64, expected.data(), 20, 2, nullptr}, threads);
    CHECK(y == expected);
    ops->matmul({w.view(), near.data(), 64, out, stride, 2, nullptr}, threads);
    CHECK(SameBits(out, expected.data(), 20));
    CHECK(SameBits(out + stride, expected.data() + 20, 20));
  }
}

}  // namespace
}  // namespace lmp::kernels
