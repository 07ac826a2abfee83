// The eviction policy as a table, and the order that keeps it.
#include "cache/eviction.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "runtime/base/check.h"

namespace lmp::cache {
namespace {

TEST_CASE("eviction policy: dropped, used, retained; far next use; least recent use") {
  // In the order in which they go.
  const std::vector<EvictionRank> ranks = {
      {Keep::kDropped, 0, 4},  {Keep::kDropped, 0, 9},   {Keep::kUsed, 0, 1},
      {Keep::kUsed, 0, 5},     {Keep::kRetained, 7, 8},  {Keep::kRetained, 7, 10},
      {Keep::kRetained, 2, 3}, {Keep::kRetained, -1, 2},
  };
  for (size_t i = 0; i < ranks.size(); ++i) {
    for (size_t j = 0; j < ranks.size(); ++j) {
      CAPTURE(i);
      CAPTURE(j);
      CHECK(EvictBefore(ranks[i], ranks[j]) == (i < j));
    }
  }
}

TEST_CASE("eviction policy: next use matters only for retained pages") {
  CHECK(EvictBefore({Keep::kUsed, 1, 4}, {Keep::kUsed, 9, 5}));
}

TEST_CASE("eviction order: the first is always the least of all") {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    uint64_t state = seed, tick = 0;
    const auto random = [&state](size_t bound) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      return static_cast<size_t>((state >> 33) % bound);
    };
    EvictionOrder order;
    std::vector<std::pair<NodeId, EvictionRank>> twin;
    for (int step = 0; step < 300; ++step) {
      CAPTURE(seed);
      CAPTURE(step);
      // Mostly the latest use, sometimes an old one; no two are equal.
      EvictionRank rank{random(5) == 0 ? static_cast<Keep>(random(3)) : Keep::kUsed,
                        static_cast<int64_t>(random(4)), tick += 2};
      if (random(4) == 0) rank.last_use -= std::min<uint64_t>(rank.last_use, 2 * random(50) + 1);
      const NodeId node(random(40));
      const auto at = std::find_if(twin.begin(), twin.end(),
                                   [&](const auto& item) { return item.first == node; });
      REQUIRE(order.Contains(node) == (at != twin.end()));
      if (at == twin.end()) {
        REQUIRE_THROWS_AS(order.Remove(node), InvariantFailure);
        order.Add(node, rank);
        twin.emplace_back(node, rank);
      } else if (random(2) == 0) {
        order.Update(node, rank);
        at->second = rank;
      } else {
        order.Remove(node);
        twin.erase(at);
      }
      order.CheckInvariants();
      REQUIRE(order.size() == twin.size());
      if (twin.empty()) continue;
      const auto least = std::min_element(
          twin.begin(), twin.end(),
          [](const auto& a, const auto& b) { return EvictBefore(a.second, b.second); });
      const EvictionRank first = order.RankOf(order.First());
      REQUIRE(!EvictBefore(least->second, first));
      REQUIRE(!EvictBefore(first, least->second));
    }
  }
}

}  // namespace
}  // namespace lmp::cache
