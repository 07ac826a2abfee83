// PrefixCache by example: each test tells one rule of the tree and of leases.
#include "cache/prefix_cache.h"

#include <limits>

#include "tests/unit/cache_fixture.h"

namespace lmp::cache::testing {
namespace {

TEST_CASE("match: shorter, equal and longer than what is cached") {
  SmallCache small;
  small.Finish("abcdefghij");  // two pages and a tail of two
  CHECK(small.Lookup("") == "0+0");
  CHECK(small.Lookup("abc") == "0+3");
  CHECK(small.Lookup("abcd") == "4+0");
  CHECK(small.Lookup("abcdefg") == "4+3");
  CHECK(small.Lookup("abcdefgh") == "8+0");
  CHECK(small.Lookup("abcdefghij") == "8+2");
  CHECK(small.Lookup("abcdefghijklm") == "8+2 new at 10");
  CHECK(small.Lookup("abcdefghiz") == "8+1 diverged at 9");
  CHECK(small.Lookup("abcdefzz") == "4+2 diverged at 6");
  CHECK(small.Lookup("zz") == "0+0 diverged at 0");
}

TEST_CASE("split: a match that ends inside a node cuts it at the page boundary") {
  SmallCache small;
  small.Finish("aaaabbbbccccdddd");
  CHECK(small.Shape() == "[0, 16)\n");
  const MatchResult found = small.Match("aaaabbbbxxxx");
  CHECK(found.lease.tokens() == 8);
  CHECK(small.Shape() == "[0, 8)\n  [8, 16)\n");
  CHECK(small.cache.pinned_pages() == 2);
  CHECK(small.cache.statistics().splits == 1);
  CHECK(small.Lookup("aaaabbbbccccdddd") == "16+0");
}

TEST_CASE("split: a pinned node's lease holds both parts") {
  SmallCache small;
  Sequence whole = small.Compute("aaaabbbbcccc");
  small.Insert(whole);
  { const MatchResult upper = small.Match("aaaazzzz"); }
  CHECK(small.Shape() == "[0, 4)\n  [4, 12)\n");
  CHECK(small.cache.Evict(100) == 0);
  std::vector<PageId> pages;
  small.cache.AppendPages(whole.lease, &pages);
  CHECK(pages == whole.table);
  whole.lease.Release();
  CHECK(small.cache.Evict(100) == 3);
}

TEST_CASE("dedup: the second of two equal sequences gives its pages back") {
  SmallCache small;
  Sequence first = small.Compute("aaaabbbbcc");
  Sequence second = small.Compute("aaaabbbbdd");
  CHECK(small.pool.private_count() == 6);
  small.Insert(first);
  small.Insert(second);
  CHECK(second.table[0] == first.table[0]);
  CHECK(second.table[1] == first.table[1]);
  CHECK(second.table[2] != first.table[2]);
  CHECK(small.pool.private_count() == 2);
  CHECK(small.pool.tree_count() == 2);
  CHECK(small.cache.statistics().pages_deduplicated == 2);
  small.pool.FreePrivate(first.table[2]);
  small.pool.FreePrivate(second.table[2]);
}

TEST_CASE("dedup: a sequence shares up to where it differs, then has a branch of its own") {
  SmallCache small;
  Sequence first = small.Compute("aaaabbbbcccc");
  Sequence second = small.Compute("aaaabbbbxxxxyyyy");
  small.Insert(first);
  small.Insert(second);
  CHECK(small.Shape() == "[0, 8)\n  [8, 12)\n  [8, 16)\n");
  CHECK(second.lease.tokens() == 16);
}

TEST_CASE("evict: least recently used leaf first, last page first, never a leased prefix") {
  SmallCache small;
  small.Finish("aaaabbbbcccc");
  small.Finish("aaaaxxxxyyyy");
  const MatchResult used = small.Match("aaaabbbb");  // pins a and b; c is older than x y
  CHECK(small.cache.evictable_pages() == 3);
  CHECK(small.cache.Evict(1) == 1);
  CHECK(small.Lookup("aaaabbbbcccc") == "8+0 evicted at 8");
  CHECK(small.cache.Evict(1) == 1);
  CHECK(small.Lookup("aaaaxxxxyyyy") == "8+0 evicted at 8");
  CHECK(small.cache.Evict(100) == 1);
  CHECK(small.Shape() == "[0, 4)\n  [4, 8)\n");
}

TEST_CASE("evict: a parent outlives its children and takes over their last use") {
  SmallCache small;
  small.Finish("aaaabbbb");
  small.Finish("aaaacccc");
  small.Finish("zzzz");
  { const MatchResult again = small.Match("aaaacccc"); }
  CHECK(small.cache.Evict(1) == 1);  // b
  CHECK(small.cache.Evict(1) == 1);  // z: older than c, and a was used with c
  CHECK(small.Lookup("zzzz") == "0+0 evicted at 0");
  CHECK(small.cache.Evict(1) == 1);
  CHECK(small.Shape() == "[0, 4)\n");
}

TEST_CASE("evict: the use of an evicted leaf is the use of its parent") {
  SmallCache small;
  small.Finish("aaaa");
  Retained retained;
  {
    Sequence other = small.Compute("zzzz");
    small.Insert(other);
    retained = small.cache.Retain(other.lease, 1);
  }
  small.Finish("aaaabbbb");  // uses a after z
  { const MatchResult first = small.Match("aaaa"); }
  { const MatchResult again = small.Match("aaaabbbb"); }
  CHECK(small.cache.Evict(1) == 1);  // b, for z is retained
  retained.Release();
  CHECK(small.cache.Evict(1) == 1);
  CHECK(small.Shape() == "[0, 4)\n");
  CHECK(small.Lookup("aaaa") == "4+0");
}

TEST_CASE("growth: a sequence of one owner stays one node; a fork makes branches") {
  SmallCache small;
  Sequence sequence = small.Compute("aaaa");
  small.Insert(sequence);
  sequence.tokens = Text("aaaabbbb");
  sequence.table.push_back(small.pool.Allocate().value());
  small.Insert(sequence);
  CHECK(small.Shape() == "[0, 8)\n");
  const Lease fork = small.cache.Fork(sequence.lease, 7);
  CHECK(fork.tokens() == 4);
  const Lease whole = small.cache.Fork(sequence.lease, 8);
  sequence.tokens = Text("aaaabbbbcccc");
  sequence.table.push_back(small.pool.Allocate().value());
  small.Insert(sequence);
  CHECK(small.Shape() == "[0, 4)\n  [4, 8)\n    [8, 12)\n");
}

TEST_CASE("pending pages are shared in full at once, in part only after the step") {
  SmallCache small;
  Sequence first = small.Compute("aaaabbbb");
  small.Insert(first, PageBytes::kPending);
  {
    const MatchResult second = small.Match("aaaabbxx");
    CHECK(second.lease.tokens() == 4);
    CHECK_FALSE(second.partial);
    CHECK(second.diverged_at == 6);
  }
  first.lease.Release();
  CHECK(small.cache.Evict(100) == 0);  // the step in planning writes them
  small.cache.EndStep();
  CHECK(small.Lookup("aaaabbxx") == "4+2 diverged at 6");
  CHECK(small.cache.Evict(100) == 2);
}

TEST_CASE("a pending page hides no other page that may be copied") {
  SmallCache small;
  small.Finish("abxx");
  Sequence pending = small.Compute("abcx");
  small.Insert(pending, PageBytes::kPending);
  CHECK(small.Lookup("abcd") == "0+2 diverged at 3");
  small.cache.EndStep();
  CHECK(small.Lookup("abcd") == "0+3 diverged at 3");
}

TEST_CASE("partial: the page stays until the copy is made, even when all else is evicted") {
  SmallCache small;
  small.Finish("aaaabb");
  MatchResult found = small.Match("aaaabbcc");
  REQUIRE(found.partial);
  const PageId page = found.partial->page;
  const uint32_t generation = small.pool.generation(page);
  CHECK(small.cache.Evict(100) == 0);
  CHECK(small.pool.generation(page) == generation);
  found.partial.reset();
  CHECK(small.cache.Evict(100) == 1);
}

TEST_CASE("tails: a longer tail or page replaces the shorter, an equal one is freed") {
  SmallCache small;
  small.Finish("aaaab");
  CHECK(small.Shape() == "[0, 4)\n  ~[4, 5)\n");
  small.Finish("aaaabb");
  small.Finish("aaaabb");
  small.Finish("aaaab");
  CHECK(small.Shape() == "[0, 4)\n  ~[4, 6)\n");
  small.Finish("aaaac");
  CHECK(small.Shape() == "[0, 4)\n  ~[4, 6)\n  ~[4, 5)\n");
  small.Finish("aaaabbbb");
  CHECK(small.Shape() == "[0, 4)\n  [4, 8)\n  ~[4, 5)\n");
  CHECK(small.pool.tree_count() == 3);
}

TEST_CASE("advance: between chunks a sequence takes what others have inserted") {
  SmallCache small;
  Sequence slow = small.Compute("aaaabbbbccccdddd");
  Sequence fast = small.Compute("aaaabbbbccccxxxx");
  small.Insert(fast);
  slow.tokens = Text("aaaabbbbccccdddd");
  CHECK(small.cache.PeekAdvance(slow.lease, slow.tokens) == 12);
  CHECK(small.cache.Advance(slow.lease, slow.tokens, &slow.table) == 12);
  CHECK(slow.table[2] == fast.table[2]);
  CHECK(small.cache.PeekAdvance(slow.lease, slow.tokens) == 0);
  CHECK(small.cache.Advance(slow.lease, slow.tokens, &slow.table) == 0);
  small.Insert(slow);
  CHECK(small.pool.private_count() == 0);
}

TEST_CASE("truncate gives up the end of a lease; moving a lease moves the pin") {
  SmallCache small;
  Sequence sequence = small.Compute("aaaabbbbcccc");
  small.Insert(sequence);
  small.cache.Truncate(sequence.lease, 6);
  CHECK(sequence.lease.tokens() == 4);
  CHECK(small.cache.pinned_pages() == 1);
  Lease moved = std::move(sequence.lease);
  CHECK_FALSE(sequence.lease.valid());
  CHECK(small.cache.pinned_pages() == 1);
  moved = Lease();
  CHECK(small.cache.pinned_pages() == 0);
}

TEST_CASE("drop: what will not be used again goes first, though used last") {
  SmallCache small;
  small.Finish("oldold!!");
  Sequence scratch = small.Compute("aaaabbbb");
  small.Insert(scratch);
  small.cache.Drop(std::move(scratch.lease), 4);
  CHECK(small.cache.Evict(1) == 1);
  CHECK(small.Shape() == "[0, 4)\n[0, 8)\n");
  CHECK(small.cache.Evict(2) == 2);
  CHECK(small.Shape() == "[0, 4)\n");  // of aaaa: only its end was dropped
}

TEST_CASE("drop: a later use of a branch speaks for the dropped pages below it") {
  SmallCache small;
  Sequence scratch = small.Compute("aaaa");
  small.Insert(scratch);
  Sequence branch = small.Compute("aaaabbbb");
  small.Insert(branch);
  small.cache.Drop(std::move(scratch.lease), 0);
  Sequence other = small.Compute("zzzz");
  small.Insert(other);
  Retained retained = small.cache.Retain(other.lease, 1);
  other.lease.Release();
  branch.lease.Release();            // a was used with b, after z
  CHECK(small.cache.Evict(1) == 1);  // b, for z is retained
  retained.Release();
  CHECK(small.cache.Evict(1) == 1);
  CHECK(small.Lookup("aaaa") == "4+0");
}

TEST_CASE("retain: after all others; then the furthest next use first") {
  SmallCache small;
  Retained soon, late;
  {
    Sequence a = small.Compute("aaaa"), b = small.Compute("bbbb");
    small.Insert(a);
    small.Insert(b);
    soon = small.cache.Retain(a.lease, 1);
    late = small.cache.Retain(b.lease, 9);
  }
  small.Finish("cccc");
  small.cache.Evict(1);
  CHECK(small.Lookup("cccc") == "0+0 evicted at 0");
  SUBCASE("hints as given") {
    small.cache.Evict(1);
    CHECK(small.Lookup("aaaa") == "4+0");
  }
  SUBCASE("a hint changes") {
    soon.SetNextUse(10);
    small.cache.Evict(1);
    CHECK(small.Lookup("bbbb") == "4+0");
  }
  SUBCASE("a retention ends") {
    soon.Release();
    small.cache.Evict(1);
    CHECK(small.Lookup("bbbb") == "4+0");
  }
  small.cache.Evict(100);
  CHECK(small.cache.node_count() == 0);
}

TEST_CASE("ensure free: evicts what is missing, or nothing when that is not enough") {
  SmallCache small(4);
  small.Finish("aaaabbbb");
  Sequence sequence = small.Compute("cccc");
  CHECK(small.cache.EnsureFree(1));
  CHECK(small.cache.EnsureFree(3));
  CHECK(small.pool.free_count() == 3);
  CHECK_FALSE(small.cache.EnsureFree(4));
  CHECK_FALSE(small.cache.EnsureFree(std::numeric_limits<int>::max()));
  CHECK(small.pool.free_count() == 3);
  small.pool.FreePrivate(sequence.table[0]);
}

TEST_CASE("statistics add up") {
  SmallCache small;
  small.Finish("aaaabb");    // 6 asked, none found
  small.Lookup("aaaabbcc");  // 8 asked, 4 + 2 found
  const CacheStatistics statistics = small.cache.statistics();
  CHECK(statistics.lookups == 2);
  CHECK(statistics.tokens_asked == 14);
  CHECK(statistics.tokens_hit == 6);
  CHECK(statistics.tokens_hit_partial == 2);
  uint64_t missed = 0;
  for (const uint64_t tokens : statistics.tokens_missed) missed += tokens;
  CHECK(missed == 8);
  CHECK(statistics.pages_inserted == 1);
  CHECK(statistics.tails_donated == 1);
}

TEST_CASE("dump: one line per node") {
  SmallCache small;
  small.Finish("aaaabbbbcc");
  const MatchResult found = small.Match("aaaabbbb");
  CHECK(small.cache.Dump() ==
        "3 pages in 2 nodes, 2 pinned; 0 private, 61 free\n"
        "tree model= tenant=\n"
        "root pins 1\n"
        "  #1 [0, 8) 2 pages: 97 97 97 97  used 5 pins 1\n"
        "    #2 [8, 10) 1 tail page: 99 99  used 3\n");
  CHECK(small.cache.Dump(2).ends_with("... more\n"));
}

// A line per node: its parent, its tokens, the pages with what is below, hits, and what holds it.
std::string Lines(const TreeView& view) {
  std::string out;
  for (const TreeView::Node& node : view.nodes) {
    out += std::to_string(node.parent) + " " + std::to_string(node.tokens) + " " +
           std::to_string(node.pages_below) + " " + std::to_string(node.hits) +
           (node.leased ? " leased" : "") + (node.retained ? " retained" : "") + "\n";
  }
  return out;
}

TEST_CASE("view: how often each run of tokens was found, of one tenant") {
  SmallCache small;
  small.Finish("aaaabbbbcc");
  small.Finish("aaaabbbbdddd");
  small.Lookup("aaaabbbbcc");
  small.Lookup("aaaaxxxx");
  small.Finish("zzzz", {.tenant = "other"});
  const TreeView view = small.cache.View("", 10);
  CHECK(Lines(view) == "-1 0 4 4\n0 4 4 3\n1 4 3 2\n2 2 1 1\n2 4 1 0\n");
  CHECK(view.node_count == 4);
  CHECK(view.page_count == 4);
  CHECK(view.pages_others == 1);
  CHECK(view.nodes[1].idle <= view.nodes[4].idle);  // used with what is below it
  CHECK(Lines(small.cache.View("other", 10)) == "-1 0 1 1\n0 4 1 0\n");
  CHECK(small.cache.View("nobody", 10).nodes.empty());
  CHECK(small.cache.View("nobody", 10).pages_others == 5);
  // Of so many, those that were found most; the others are counted.
  CHECK(Lines(small.cache.View("", 5)) == Lines(view));
  const TreeView few = small.cache.View("", 3);
  CHECK(Lines(few) == "-1 0 4 4\n0 4 4 3\n1 4 3 2\n");
  CHECK(few.node_count == 4);
  CHECK(small.cache.View("", 0).nodes.empty());
}

TEST_CASE("view: what was found stays counted when what is below goes") {
  SmallCache small;
  small.Finish("aaaabbbbcc");
  for (int i = 0; i < 3; ++i) small.Lookup("aaaabbbbcc");
  Retained retained;
  {
    const MatchResult held = small.Match("aaaabbbb");
    retained = small.cache.Retain(held.lease, 1);
    CHECK(Lines(small.cache.View("", 9)) ==
          "-1 0 3 5 leased retained\n0 8 3 4 leased retained\n1 2 1 3\n");
  }
  small.Finish("aaaabbbbccc");  // its tail takes the place of the shorter one
  CHECK(Lines(small.cache.View("", 9)) == "-1 0 3 6 retained\n0 8 3 5 retained\n1 3 1 0\n");
  CHECK(small.cache.Evict(1) == 1);
  CHECK(Lines(small.cache.View("", 9)) == "-1 0 2 6 retained\n0 8 2 5 retained\n");
}

}  // namespace
}  // namespace lmp::cache::testing
