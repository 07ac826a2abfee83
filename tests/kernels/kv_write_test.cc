#include "tests/kernels/kernel_testing.h"
#include "tests/support/kv_slots.h"

namespace lmp::kernels {
namespace {

struct Written {
  std::vector<float> k, v;
  std::vector<std::byte> bytes;
};

struct Rows {
  std::vector<int32_t> positions;
  std::vector<PageId> pages;
};

// Two sequences whose pages are scattered; positions with gaps; the last page partly full.
Rows ScatteredRows() {
  Rows r;
  for (int32_t p : {0, 1, 2, 15, 16, 17, 31, 40}) {
    r.positions.push_back(p);
    r.pages.push_back(PageId(7 - 3 * (p / 16)));
  }
  for (int32_t p : {5, 33, 34}) {
    r.positions.push_back(p);
    r.pages.push_back(PageId(3 + p / 16));
  }
  return r;
}

Written Write(const Ops& ops, KvType type, int kv_heads, int head_dim, const RopeTable& table,
              const Rows& rows, std::vector<float> k, std::vector<float> v, ThreadPool& pool) {
  TestPool target(type, kv_heads, head_dim, 8);
  const int64_t n = static_cast<int64_t>(rows.positions.size());
  const int64_t stride = int64_t{kv_heads} * head_dim + 2;
  ops.kv_write({target.view(), k.data(), stride, v.data(), stride, n, rows.positions.data(),
                rows.pages.data(), table.view()},
               pool);
  return {std::move(k), std::move(v), std::move(target.bytes)};
}

TEST_CASE("kv_write rounds K and V in place exactly as the reference does") {
  Rng rng(1);
  ThreadPool pool(2);
  const Rows rows = ScatteredRows();
  for (const Ops* ops : TestedOps()) {
    for (KvType type : kKvTypes) {
      for (int head_dim : {2, 6, 8, 16, 18, 64, 80}) {
        for (int kv_heads : {1, 3}) {
          CAPTURE(ops->implementation);
          CAPTURE(static_cast<int>(type));
          CAPTURE(head_dim);
          const RopeTable table(RopeLayout::kAdjacent, head_dim, 10000.0, 64);
          const int64_t count = 11 * (kv_heads * head_dim + 2);
          const std::vector<float> k = RandomFloats(rng, count), v = RandomFloats(rng, count);
          const Written a = Write(*ops, type, kv_heads, head_dim, table, rows, k, v, pool);
          const Written e = Write(Reference(), type, kv_heads, head_dim, table, rows, k, v, pool);
          CHECK(a.k == e.k);
          CHECK(a.v == e.v);
          if (type == KvType::kF32) CHECK(a.k == k);
          // Rounding what is rounded changes nothing.
          const Written again = Write(*ops, type, kv_heads, head_dim, table, rows, a.k, a.v, pool);
          if (type != KvType::kInt8) {
            CHECK(again.k == a.k);
            CHECK(again.v == a.v);
          }
        }
      }
    }
  }
}

TEST_CASE("V bytes equal the reference's; K bytes differ by at most one rounding step") {
  Rng rng(2);
  ThreadPool pool(1);
  const Rows rows = ScatteredRows();
  const int kv_heads = 2, head_dim = 32;
  const RopeTable table(RopeLayout::kHalves, head_dim, 10000.0, 64);
  for (const Ops* ops : TestedOps()) {
    for (KvType type : kKvTypes) {
      const int64_t count = 11 * (kv_heads * head_dim + 2);
      const std::vector<float> k = RandomFloats(rng, count), v = RandomFloats(rng, count);
      const Written a = Write(*ops, type, kv_heads, head_dim, table, rows, k, v, pool);
      const Written e = Write(Reference(), type, kv_heads, head_dim, table, rows, k, v, pool);
      const KvGeometry g{1, kv_heads, head_dim, type};
      size_t k_unequal = 0;
      for (size_t page = 0; page < 8; ++page) {
        const size_t at = page * g.page_layer_bytes();
        const size_t half = g.half_page_bytes();
        CHECK(std::memcmp(&a.bytes[at + half], &e.bytes[at + half], half) == 0);
        for (size_t i = at; i < at + half; ++i) k_unequal += a.bytes[i] != e.bytes[i];
      }
      // The rotation rounds differently from the fp64 reference in the last bit of fp32, which the
      // narrower types almost always hide; fp32 K is compared through attention_test.
      if (type != KvType::kF32) CHECK(k_unequal < 11u * 2 * 32 / 20);
    }
  }
}

TEST_CASE("rotating the captured K again gives the pool's K") {
  // What a chunk store does with K taken before rotation.
  Rng rng(3);
  ThreadPool pool(1);
  const int head_dim = 64;
  const RopeTable table(RopeLayout::kAdjacent, head_dim, 10000.0, 64);
  const Rows rows = ScatteredRows();
  for (const Ops* ops : TestedOps()) {
    const int64_t count = 11 * (head_dim + 2);
    const Written first = Write(*ops, KvType::kBf16, 1, head_dim, table, rows,
                                RandomFloats(rng, count), RandomFloats(rng, count), pool);
    const Written second =
        Write(*ops, KvType::kBf16, 1, head_dim, table, rows, first.k, first.v, pool);
    CHECK(first.bytes == second.bytes);
  }
}

TEST_CASE("a slot has the same bytes whatever rows are written with it; other slots stay") {
  Rng rng(4);
  ThreadPool one(1), two(2);
  const int kv_heads = 3, head_dim = 64;
  const RopeTable table(RopeLayout::kAdjacent, head_dim, 10000.0, 4096);
  const int64_t stride = kv_heads * head_dim;
  const int64_t n = 200;
  std::vector<int32_t> positions;
  std::vector<PageId> pages;
  for (int32_t p = 0; p < n; ++p) {
    positions.push_back(p);
    pages.push_back(PageId(p / 16));
  }
  for (const Ops* ops : TestedOps()) {
    for (KvType type : kKvTypes) {
      const std::vector<float> k = RandomFloats(rng, n * stride), v = RandomFloats(rng, n * stride);
      TestPool whole(type, kv_heads, head_dim, 13), pieces(type, kv_heads, head_dim, 13);
      std::vector<float> k1 = k, v1 = v, k2 = k, v2 = v;
      ops->kv_write({whole.view(), k1.data(), stride, v1.data(), stride, n, positions.data(),
                     pages.data(), table.view()},
                    two);
      for (int64_t m = n - 1; m >= 0; --m) {
        ops->kv_write({pieces.view(), k2.data() + m * stride, stride, v2.data() + m * stride,
                       stride, 1, positions.data() + m, pages.data() + m, table.view()},
                      one);
      }
      CHECK(whole.bytes == pieces.bytes);
      CHECK(k1 == k2);
      // 200 = 12 * 16 + 8: the second half of the last page was never touched.
      const std::byte* last = whole.bytes.data() + 12 * whole.geometry.page_layer_bytes();
      for (int token = 8; token < 16; ++token) {
        testing::ForSlot(whole.geometry, token, [last](size_t at, size_t size) {
          for (size_t i = at; i < at + size; ++i) REQUIRE(last[i] == std::byte{0xff});
        });
      }
    }
  }
}

TEST_CASE("int8 scale, ties and clamping") {
  ThreadPool pool(1);
  const RopeTable table(RopeLayout::kAdjacent, 8, 10000.0, 16);
  const Rows row = {{0}, {PageId(0)}};
  std::vector<const Ops*> all = TestedOps();
  all.push_back(&Reference());
  for (const Ops* ops : all) {
    // Largest 127: scale 1, values are their nearest even integers.
    const std::vector<float> v = {127, 0.5f, 1.5f, 2.5f, -0.5f, -126.6f, 0.49f, -3, 0, 0};
    const Written w = Write(*ops, KvType::kInt8, 1, 8, table, row, v, v, pool);
    CHECK(std::vector<float>(w.v.begin(), w.v.begin() + 8) ==
          std::vector<float>{127, 0, 2, 2, 0, -127, 0, -3});
    const KvGeometry g{1, 1, 8, KvType::kInt8};
    float scale;
    std::memcpy(&scale, &w.bytes[g.half_page_bytes() + 16 * 8], 4);
    CHECK(scale == 1.0f);
  }
}

TEST_CASE("odd values: zeros, denormals, NaN and infinity never crash, and NaN is seen") {
  ThreadPool pool(1);
  const RopeTable table(RopeLayout::kAdjacent, 8, 10000.0, 16);
  const Rows row = {{3}, {PageId(0)}};
  std::vector<const Ops*> all = TestedOps();
  all.push_back(&Reference());
  for (const Ops* ops : all) {
    for (KvType type : kKvTypes) {
      for (float odd : {0.0f, 1e-42f, NAN, INFINITY, -INFINITY, 3e38f}) {
        CAPTURE(ops->implementation);
        CAPTURE(static_cast<int>(type));
        CAPTURE(odd);
        std::vector<float> v(10, 0.0f);
        v[2] = odd;
        const Written w = Write(*ops, type, 1, 8, table, row, v, v, pool);
        if (std::isnan(odd)) CHECK(std::isnan(w.v[2]));
        if (std::isinf(odd)) CHECK(!std::isfinite(w.v[2]));
        if (std::isfinite(odd)) CHECK(std::fabs(w.v[2] - odd) <= std::fabs(odd) / 64 + 1e-37f);
        if (type != KvType::kInt8 || std::isfinite(odd)) CHECK(w.v[1] == 0.0f);
      }
    }
  }
}

}  // namespace
}  // namespace lmp::kernels
