// What a hostile or careless caller may do: equal tokens under other keys, full pools, huge
// fan-outs, deep paths, and calls that break the contract.
#include <algorithm>
#include <string>

#include "runtime/base/clock_rng.h"
#include "tests/unit/cache_fixture.h"

namespace lmp::cache::testing {
namespace {

TEST_CASE("no hit across tenants, models, adapters, KV types or position schemes") {
  SmallCache small;
  const KvKey key{.model = "m", .adapter = "a", .positions = "p", .tenant = "t"};
  small.Finish("aaaabbbb", key);
  const auto with = [&key](auto change) {
    KvKey other = key;
    change(other);
    return other;
  };
  CHECK(small.Lookup("aaaabbbb", key) == "8+0");
  CHECK(small.Lookup("aaaabbbb", with([](KvKey& k) { k.tenant = "u"; })) == "0+0 salt at 0");
  CHECK(small.Lookup("aaaabbbb", with([](KvKey& k) { k.tenant = ""; })) == "0+0 salt at 0");
  CHECK(small.Lookup("aaaabbbb", with([](KvKey& k) { k.model = "n"; })) == "0+0 key at 0");
  CHECK(small.Lookup("aaaabbbb", with([](KvKey& k) { k.adapter = ""; })) == "0+0 key at 0");
  CHECK(small.Lookup("aaaabbbb", with([](KvKey& k) { k.positions = ""; })) == "0+0 key at 0");
  CHECK(small.Lookup("aaaabbbb", with([](KvKey& k) { k.type = KvType::kF32; })) == "0+0 key at 0");
  // Fields that spell the same when put together.
  CHECK(small.Lookup("aaaabbbb", {.model = "ma", .positions = "p", .tenant = "t"}) ==
        "0+0 key at 0");
}

TEST_CASE("what was evicted for one tenant is not called evicted for another") {
  SmallCache small;
  small.Finish("aaaa", {.tenant = "t"});
  small.cache.Evict(1);
  CHECK(small.Lookup("aaaa", {.tenant = "u"}) == "0+0 new at 0");
  CHECK(small.Lookup("aaaa", {.tenant = "t"}) == "0+0 evicted at 0");
}

TEST_CASE("tenants that leave nothing behind leave no tree behind") {
  SmallCache small;
  for (int i = 0; i < 10'000; ++i) {
    small.Lookup("aaaa", {.tenant = std::to_string(i)});
  }
  CHECK(small.cache.tree_count() == 0);
  small.Finish("aaaa", {.tenant = "t"});
  CHECK(small.cache.tree_count() == 1);
  small.cache.Evict(1);
  CHECK(small.cache.tree_count() == 0);
}

TEST_CASE("a retained prefix that is evicted to nothing can still be released") {
  SmallCache small;
  Retained retained;
  {
    Sequence sequence = small.Compute("aaaabbbb");
    small.Insert(sequence);
    retained = small.cache.Retain(sequence.lease, 1);
  }
  CHECK(small.cache.Evict(100) == 2);
  small.cache.CheckInvariants();
  retained.SetNextUse(5);
  retained.Release();
  CHECK(small.cache.tree_count() == 0);
}

TEST_CASE("evict while everything is leased frees nothing and breaks nothing") {
  SmallCache small(3);
  Sequence sequence = small.Compute("aaaabbbbcccc");
  small.Insert(sequence);
  CHECK(small.cache.Evict(1) == 0);
  CHECK_FALSE(small.cache.EnsureFree(1));
  CHECK_FALSE(small.pool.Allocate());
  CHECK(small.cache.Evict(-5) == 0);
  CHECK(small.cache.Evict(0) == 0);
  CHECK(small.Lookup("aaaabbbbcccc") == "12+0");
}

TEST_CASE("partial tails at every fill, met by queries of every length") {
  for (int page_tokens : {2, 3, 4, 16}) {
    for (int fill = 1; fill < page_tokens; ++fill) {
      PagePool pool({.page_count = 8});
      PrefixCache cache(pool, {.page_tokens = page_tokens});
      std::vector<TokenId> tokens;
      for (int i = 0; i < page_tokens + fill; ++i) tokens.push_back(i);
      std::vector<PageId> table;
      Lease lease = cache.Match({}, tokens, &table).lease;
      table = {pool.Allocate().value(), pool.Allocate().value()};
      cache.Insert(lease, tokens, PageBytes::kReady, &table);
      cache.DonateTail(lease, tokens, table[1]);
      lease.Release();
      cache.CheckInvariants();
      for (int length = 0; length <= 2 * page_tokens; ++length) {
        CAPTURE(page_tokens);
        CAPTURE(fill);
        CAPTURE(length);
        std::vector<TokenId> query;
        for (int i = 0; i < length; ++i) query.push_back(i);
        std::vector<PageId> found_pages;
        const MatchResult found = cache.Match({}, query, &found_pages);
        CHECK(found.tokens() == std::min(length, page_tokens + fill));
        CHECK((found.miss == MissReason::kNone) == (length <= page_tokens + fill));
      }
    }
  }
}

TEST_CASE("100,000 children of one root") {
  constexpr TokenId kChildren = 100'000;
  PagePool pool({.page_count = kChildren + 8});
  PrefixCache cache(pool, {.page_tokens = 4});
  const auto label = [](TokenId i) { return std::vector<TokenId>{1, i * 3, 0, 0}; };
  for (TokenId i = 0; i < kChildren; ++i) {
    std::vector<PageId> table;
    Lease lease = cache.Match({}, label(i), &table).lease;
    table.push_back(pool.Allocate().value());
    cache.Insert(lease, label(i), PageBytes::kReady, &table);
  }
  cache.CheckInvariants();
  CHECK(cache.node_count() == kChildren);
  std::vector<PageId> table;
  for (const TokenId i : {0, 17, 99'999}) {
    CHECK(cache.Match({}, label(i), &table).lease.tokens() == 4);
    // Behind the last child of all, between two, and before the first.
    const std::vector<TokenId> between = {1, i * 3 + 1, 0, 0};
    const MatchResult found = cache.Match({}, between, &table);
    CHECK(found.lease.tokens() == 0);
    REQUIRE(found.partial);
    CHECK(found.partial->tokens == 1);
    const std::vector<TokenId> near = {1, i * 3, 0, 5};
    const MatchResult nearest = cache.Match({}, near, &table);
    REQUIRE(nearest.partial);
    CHECK(nearest.partial->tokens == 3);
  }
  CHECK(cache.Evict(kChildren) == kChildren);
  cache.CheckInvariants();
}

TEST_CASE("a million tokens in one path, as one node and as a node per page") {
  constexpr size_t kPages = 62'500;
  PagePool pool({.page_count = kPages + 8});
  PrefixCache cache(pool, {});
  std::vector<TokenId> tokens(kPages * kPageTokens);
  for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<TokenId>(i % 5);
  std::vector<PageId> table;
  Lease lease = cache.Match({}, tokens, &table).lease;
  for (size_t i = 0; i < kPages; ++i) table.push_back(pool.Allocate().value());
  cache.Insert(lease, tokens, PageBytes::kReady, &table);
  CHECK(cache.node_count() == 1);
  for (size_t end = tokens.size(); end > 0; end -= kPageTokens) {
    cache.Truncate(lease, static_cast<int>(end));
    const Lease cut = cache.Fork(lease, static_cast<int>(end - kPageTokens));
    cache.Truncate(lease, static_cast<int>(end - kPageTokens));
  }
  CHECK(cache.node_count() == kPages);
  cache.CheckInvariants();
  CHECK(cache.Peek({}, tokens) == static_cast<int>(tokens.size()));
  CHECK(cache.Dump(10).ends_with("... more\n"));
  lease.Release();
  CHECK(cache.Evict(static_cast<int>(kPages)) == static_cast<int>(kPages));
}

TEST_CASE("wrong calls fail a check and leave the cache whole") {
  SmallCache small;
  Sequence sequence = small.Compute("aaaabb");
  SUBCASE("a table that does not cover the tokens") {
    std::vector<PageId> table;
    CHECK_THROWS_AS(small.cache.Insert(sequence.lease, sequence.tokens, PageBytes::kReady, &table),
                    InvariantFailure);
  }
  SUBCASE("an empty lease") {
    Lease none;
    CHECK_THROWS_AS(small.Match("").lease = small.cache.Fork(none, 0), InvariantFailure);
  }
  SUBCASE("a lease of another cache") {
    SmallCache other;
    const MatchResult foreign = other.Match("");
    CHECK_THROWS_AS(static_cast<void>(small.cache.Fork(foreign.lease, 0)), InvariantFailure);
  }
  SUBCASE("a tail of a whole page, or of nothing") {
    CHECK_THROWS_AS(small.cache.DonateTail(sequence.lease, Text("aaaa"), sequence.table[0]),
                    InvariantFailure);
    CHECK_THROWS_AS(small.cache.DonateTail(sequence.lease, {}, sequence.table[0]),
                    InvariantFailure);
  }
  SUBCASE("more tokens than are leased") {
    CHECK_THROWS_AS(static_cast<void>(small.cache.Fork(sequence.lease, 4)), InvariantFailure);
    CHECK_THROWS_AS(small.cache.Truncate(sequence.lease, -1), InvariantFailure);
  }
  SUBCASE("the pin of a partial match is not a lease") {
    small.Finish("aaaab");
    const MatchResult found = small.Match("aaaab");
    REQUIRE(found.partial);
    CHECK_THROWS_AS(static_cast<void>(small.cache.Fork(found.partial->pin, 0)), InvariantFailure);
  }
  small.cache.CheckInvariants();
  small.Insert(sequence);
  small.pool.FreePrivate(sequence.table.back());
  CHECK(small.pool.private_count() == 0);
}

}  // namespace
}  // namespace lmp::cache::testing
