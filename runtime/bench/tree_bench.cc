// `lmp bench tree`: what the prefix cache costs per page, on a tree of 100,000 nodes.
//
// The tree is a random recursive one: each sequence follows an earlier one up to a page drawn
// evenly from all pages of the tree, and goes on with tokens of its own. So a path has about 12
// nodes on average. The sequences measured are drawn evenly from all of them, so that most of their
// nodes are cold for the processor's caches.
//
//   match_ns_per_page   Match and release of a cached sequence, per page found
//   insert_ns_per_page  Insert of the pages behind a match, per page (a node each, at 1M)
//   split_ns            cutting a node in two, with the lease on its upper part
//   evict_ns_per_page   Evict, 64 pages at a time
//   bytes_per_node      nodes, child table and eviction order, per node
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "cache/prefix_cache.h"
#include "runtime/base/clock_rng.h"
#include "runtime/bench/bench.h"

namespace lmp::bench {

namespace {

using cache::Lease;
using cache::MatchResult;

constexpr size_t kNodes = 100'000;
constexpr size_t kSampled = 4'000;  // sequences per measurement
constexpr TokenId kVocabulary = 50'000;

// The first `shared_pages` pages of sequence `parent`, then `own_pages` pages drawn from `seed`.
struct Recipe {
  size_t parent = 0;
  size_t shared_pages = 0;
  size_t own_pages = 0;
  uint64_t seed = 0;
};

struct Rows {
  std::vector<double> match, insert, split, evict;
};

class TreeLoad {
 public:
  // `tokens` in the tree, about; twice as many page numbers, so that nothing is evicted unasked.
  explicit TreeLoad(size_t tokens)
      : pages_wanted_(std::max(tokens / kPageTokens, kNodes)),
        pool_({.page_count = static_cast<uint32_t>(2 * pages_wanted_)}),
        cache_(pool_, {}) {}

  void Grow() {
    recipes_.push_back({0, 0, 1, random_.Next()});
    InsertNew(recipes_.back());
    while (cache_.node_count() < kNodes) {
      const size_t pages_left = pages_wanted_ - std::min<size_t>(pages_wanted_, pool_.tree_count());
      const size_t mean = std::max<size_t>(1, pages_left / (kNodes - cache_.node_count()));
      recipes_.push_back(NewRecipe(1 + random_.Below(2 * mean - 1)));
      InsertNew(recipes_.back());
    }
  }

  // Leaves the tree as it was.
  void MeasureUse(Rows* rows) {
    MeasureMatch(rows);
    MeasureInsert(rows);
    MeasureSplit(rows);
  }

  // A twentieth of the pages, least recently used first.
  void MeasureEvict(Rows* rows) {
    constexpr int kBatch = 64;
    size_t freed = 0;
    const int64_t begin_ns = ThreadCpuNs();
    while (freed < pages_wanted_ / 20) freed += static_cast<size_t>(cache_.Evict(kBatch));
    rows->evict.push_back(static_cast<double>(ThreadCpuNs() - begin_ns) /
                          static_cast<double>(freed));
  }

  const cache::PrefixCache& cache() const { return cache_; }
  size_t pages() const { return pool_.tree_count(); }
  size_t pages_per_match() const { return pages_per_match_; }

 private:
  Recipe NewRecipe(size_t own_pages) {
    const size_t parent = random_.Below(recipes_.size());
    const Recipe& followed = recipes_[parent];
    const size_t shared = followed.shared_pages + random_.Below(followed.own_pages) + 1;
    return {parent, shared, own_pages, random_.Next()};
  }

  static size_t PagesOf(const Recipe& recipe) { return recipe.shared_pages + recipe.own_pages; }

  std::vector<TokenId> TokensOf(const Recipe& recipe) const {
    std::vector<TokenId> tokens(PagesOf(recipe) * kPageTokens);
    const Recipe* at = &recipe;
    for (size_t end = PagesOf(recipe);; at = &recipes_[at->parent]) {
      if (end > at->shared_pages) {
        Rng own(at->seed);
        for (size_t i = at->shared_pages * kPageTokens; i < end * kPageTokens; ++i) {
          tokens[i] = static_cast<TokenId>(own.Below(kVocabulary));
        }
        end = at->shared_pages;
      }
      if (end == 0) return tokens;
    }
  }

  MatchResult Match(std::span<const TokenId> tokens) {
    table_.clear();
    return cache_.Match(key_, tokens, &table_);
  }

  // Page numbers for the part of `tokens` that is not in table_.
  void Allocate(std::span<const TokenId> tokens) {
    while (table_.size() * kPageTokens < tokens.size()) table_.push_back(pool_.Allocate().value());
  }

  void InsertNew(const Recipe& recipe) {
    const std::vector<TokenId> tokens = TokensOf(recipe);
    MatchResult match = Match(tokens);
    Allocate(tokens);
    cache_.Insert(match.lease, tokens, cache::PageBytes::kReady, &table_);
  }

  std::vector<std::vector<TokenId>> SampleCached() {
    std::vector<std::vector<TokenId>> sample;
    for (size_t i = 0; i < kSampled; ++i) {
      sample.push_back(TokensOf(recipes_[random_.Below(recipes_.size())]));
    }
    return sample;
  }

  void MeasureMatch(Rows* rows) {
    const std::vector<std::vector<TokenId>> sample = SampleCached();
    size_t pages = 0;
    const int64_t begin_ns = ThreadCpuNs();
    for (const std::vector<TokenId>& tokens : sample) {
      const MatchResult match = Match(tokens);
      pages += table_.size();
    }
    rows->match.push_back(static_cast<double>(ThreadCpuNs() - begin_ns) /
                          static_cast<double>(pages));
    pages_per_match_ = pages / kSampled;
  }

  // Sequences come in groups, as in the steps of an engine, which also keeps reading the clock out
  // of what is measured.
  void MeasureInsert(Rows* rows) {
    constexpr size_t kGroup = 16;
    const size_t pages = std::max<size_t>(1, pages_wanted_ / kNodes);
    std::vector<Lease> leases;
    int64_t spent_ns = 0;
    for (size_t done = 0; done < kSampled; done += kGroup) {
      std::vector<std::vector<TokenId>> sequences;
      std::vector<std::vector<PageId>> tables;
      for (size_t i = 0; i < kGroup; ++i) {
        sequences.push_back(TokensOf(NewRecipe(pages)));
        leases.push_back(Match(sequences.back()).lease);
        Allocate(sequences.back());
        tables.push_back(table_);
      }
      const int64_t begin_ns = ThreadCpuNs();
      for (size_t i = 0; i < kGroup; ++i) {
        cache_.Insert(leases[done + i], sequences[i], cache::PageBytes::kReady, &tables[i]);
      }
      spent_ns += ThreadCpuNs() - begin_ns;
    }
    rows->insert.push_back(static_cast<double>(spent_ns) / static_cast<double>(kSampled * pages));
    TakeOut(std::move(leases), pages);
  }

  // Inserts runs of four pages and cuts each in the middle.
  void MeasureSplit(Rows* rows) {
    std::vector<Lease> leases;
    for (size_t i = 0; i < kSampled; ++i) {
      const std::vector<TokenId> tokens = TokensOf(NewRecipe(4));
      MatchResult match = Match(tokens);
      Allocate(tokens);
      cache_.Insert(match.lease, tokens, cache::PageBytes::kReady, &table_);
      leases.push_back(std::move(match.lease));
    }
    std::vector<Lease> upper(leases.size());
    const uint64_t before = cache_.statistics().splits;
    const int64_t begin_ns = ThreadCpuNs();
    for (size_t i = 0; i < leases.size(); ++i) {
      upper[i] = cache_.Fork(leases[i], leases[i].tokens() - 2 * kPageTokens);
    }
    const int64_t spent_ns = ThreadCpuNs() - begin_ns;
    rows->split.push_back(static_cast<double>(spent_ns) /
                          static_cast<double>(cache_.statistics().splits - before));
    upper.clear();
    TakeOut(std::move(leases), 4);
  }

  // Takes the last `pages` pages of each lease out of the tree again.
  void TakeOut(std::vector<Lease> leases, size_t pages) {
    for (Lease& lease : leases) {
      const int from = lease.tokens() - static_cast<int>(pages) * kPageTokens;
      cache_.Drop(std::move(lease), from);
    }
    cache_.Evict(static_cast<int>(leases.size() * pages));
  }

  const cache::KvKey key_{.model = "bench"};
  size_t pages_wanted_;
  cache::PagePool pool_;
  cache::PrefixCache cache_;
  Rng random_{1};
  std::vector<Recipe> recipes_;
  std::vector<PageId> table_;
  size_t pages_per_match_ = 0;
};

void MeasureTree(const BenchOptions& options, size_t tokens, const std::string& suffix,
                 std::vector<BenchRow>* out) {
  TreeLoad load(tokens);
  load.Grow();
  const double nodes = static_cast<double>(load.cache().node_count());
  const double node_bytes = static_cast<double>(load.cache().node_bytes_used());
  const size_t page_bytes = (load.cache().bytes_used() - load.cache().node_bytes_used()) /
                            load.cache().pool().page_count();
  const std::string shape = std::to_string(load.pages() * kPageTokens) + " tokens, " +
                            std::to_string(load.cache().node_count()) + " nodes";
  Rows rows;
  for (int rep = 0; rep < options.reps; ++rep) load.MeasureUse(&rows);
  for (int rep = 0; rep < options.reps; ++rep) load.MeasureEvict(&rows);
  const auto add = [&](const char* name, const char* unit, const std::vector<double>& values,
                       const std::string& note) {
    if (!WantsRow(options, name + suffix)) return;
    out->push_back(MakeRow(name + suffix, unit, values));
    out->back().note = note;
  };
  add("match_ns_per_page", "ns", rows.match,
      shape + ", " + std::to_string(load.pages_per_match()) + " pages per match");
  add("insert_ns_per_page", "ns", rows.insert, shape);
  add("split_ns", "ns", rows.split, shape);
  add("evict_ns_per_page", "ns", rows.evict, shape);
  add("bytes_per_node", "bytes", {node_bytes / nodes},
      "and " + std::to_string(page_bytes) + " bytes per page of the pool");
}

}  // namespace

Result<std::vector<BenchRow>> RunTreeBench(const BenchOptions& options) {
  std::vector<BenchRow> rows;
  if (options.progress) options.progress("tree of 1M tokens");
  MeasureTree(options, 1'000'000, "", &rows);
  if (options.progress) options.progress("tree of 10M tokens");
  MeasureTree(options, 10'000'000, "/10m", &rows);
  return rows;
}

}  // namespace lmp::bench
