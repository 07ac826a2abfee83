#include "runtime/model/kv_pool.h"

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "tests/support/kv_slots.h"

namespace lmp::model {
namespace {

// Bytes of the pool as the kernels find them: every byte gets a value of its own place.
void Fill(HeapKvPool& pool, PageId page, int salt) {
  const KvGeometry& g = pool.geometry();
  for (int layer = 0; layer < g.layers; ++layer) {
    std::byte* base = pool.layer(layer).base + page.index * g.page_layer_bytes();
    for (size_t i = 0; i < g.page_layer_bytes(); ++i) {
      base[i] = static_cast<std::byte>(
          (i * 31 + static_cast<size_t>(layer) * 7 + static_cast<size_t>(salt)) % 251);
    }
  }
}

TEST_CASE("CopyTokens copies the first slots of all layers and nothing else") {
  for (const KvType type : {KvType::kF32, KvType::kBf16, KvType::kInt8}) {
    const KvGeometry g{.layers = 3, .kv_heads = 2, .head_dim = 6, .type = type};
    auto made = HeapKvPool::Make(g, 4);
    REQUIRE(made.ok());
    HeapKvPool& pool = **made;
    CHECK(pool.page_count() == 4);
    CHECK(pool.page_bytes() == g.page_bytes());
    for (const int count : {0, 1, 7, 16}) {
      Fill(pool, PageId(1), 11);
      Fill(pool, PageId(3), 77);
      pool.CopyTokens(PageId(1), PageId(3), count);
      std::vector<bool> copied(g.page_layer_bytes());
      for (int token = 0; token < count; ++token) {
        testing::ForSlot(g, token, [&](size_t at, size_t size) {
          for (size_t i = at; i < at + size; ++i) copied[i] = true;
        });
      }
      for (int layer = 0; layer < g.layers; ++layer) {
        const std::byte* from = pool.layer(layer).base + g.page_layer_bytes();
        const std::byte* to = pool.layer(layer).base + 3 * g.page_layer_bytes();
        for (size_t i = 0; i < g.page_layer_bytes(); ++i) {
          const auto old =
              static_cast<std::byte>((i * 31 + static_cast<size_t>(layer) * 7 + 77) % 251);
          REQUIRE(to[i] == (copied[i] ? from[i] : old));
        }
      }
    }
  }
}

TEST_CASE("a pool that cannot be is refused") {
  const KvGeometry g{.layers = 1024, .kv_heads = 4096, .head_dim = 256, .type = KvType::kF32};
  CHECK(HeapKvPool::Make(g, 0).status().code() == StatusCode::kResourceExhausted);
  CHECK(HeapKvPool::Make(g, UINT32_MAX).status().code() == StatusCode::kResourceExhausted);
}

TEST_CASE("pages outside the pool are a failed invariant") {
  const KvGeometry g{.layers = 1, .kv_heads = 1, .head_dim = 2, .type = KvType::kF32};
  auto pool = HeapKvPool::Make(g, 2);
  REQUIRE(pool.ok());
  CHECK_THROWS_AS((*pool)->CopyTokens(PageId(0), PageId(2), 1), InvariantFailure);
  CHECK_THROWS_AS((*pool)->CopyTokens(PageId(0), PageId(1), 17), InvariantFailure);
}

}  // namespace
}  // namespace lmp::model
