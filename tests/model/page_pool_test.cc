// The page pool against its naive twin: a vector of owners.
#include "cache/page_pool.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "runtime/base/check.h"

namespace lmp::cache {
namespace {

struct TwinPage {
  PageOwner owner = PageOwner::kFree;
  uint32_t generation = 0;
};

TEST_CASE("random operations: the pool and its twin agree") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    uint64_t state = seed;
    const auto random = [&state](size_t bound) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      return static_cast<size_t>((state >> 33) % bound);
    };
    const uint32_t count = static_cast<uint32_t>(1 + random(9));
    PagePool pool({.page_count = count});
    std::vector<TwinPage> twin(count);
    for (int step = 0; step < 200; ++step) {
      CAPTURE(seed);
      CAPTURE(step);
      const PageId page(random(count));
      TwinPage& expected = twin[page.index];
      const auto wrong = [&](PageOwner needed) { return expected.owner != needed; };
      switch (random(4)) {
        case 0: {
          const std::optional<PageId> taken = pool.Allocate();
          const bool any_free = std::any_of(twin.begin(), twin.end(), [](const TwinPage& p) {
            return p.owner == PageOwner::kFree;
          });
          REQUIRE(taken.has_value() == any_free);
          if (!taken) break;
          REQUIRE(twin[taken->index].owner == PageOwner::kFree);
          twin[taken->index].owner = PageOwner::kPrivate;
          break;
        }
        case 1:
          if (wrong(PageOwner::kPrivate)) {
            REQUIRE_THROWS_AS(pool.FreePrivate(page), InvariantFailure);
            break;
          }
          pool.FreePrivate(page);
          expected = {PageOwner::kFree, expected.generation + 1};
          break;
        case 2:
          if (wrong(PageOwner::kPrivate)) {
            REQUIRE_THROWS_AS(pool.Adopt(page), InvariantFailure);
            break;
          }
          pool.Adopt(page);
          expected.owner = PageOwner::kTree;
          break;
        case 3:
          if (wrong(PageOwner::kTree)) {
            REQUIRE_THROWS_AS(pool.FreeTree(page), InvariantFailure);
            break;
          }
          pool.FreeTree(page);
          expected = {PageOwner::kFree, expected.generation + 1};
          break;
      }
      pool.CheckInvariants();
      for (uint32_t i = 0; i < count; ++i) {
        REQUIRE(pool.owner(PageId(i)) == twin[i].owner);
        REQUIRE(pool.generation(PageId(i)) == twin[i].generation);
      }
    }
  }
}

TEST_CASE("a double free says which page and what it is") {
  PagePool pool({.page_count = 2});
  const PageId page = pool.Allocate().value();
  pool.FreePrivate(page);
  try {
    pool.FreePrivate(page);
    FAIL("freed twice");
  } catch (const InvariantFailure& failure) {
    CHECK(std::string(failure.what()).find("page 0 is free, not private") != std::string::npos);
  }
  CHECK_THROWS_AS(pool.FreePrivate(PageId(2)), InvariantFailure);
}

}  // namespace
}  // namespace lmp::cache
