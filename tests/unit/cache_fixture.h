// A small cache for tests that read like the drawings in cache/radix_tree.h: pages of four tokens,
// sequences written as text, one letter per token.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "cache/prefix_cache.h"
#include "runtime/base/check.h"

namespace lmp::cache::testing {

inline std::vector<TokenId> Text(std::string_view text) { return {text.begin(), text.end()}; }

struct Sequence {
  std::vector<TokenId> tokens;
  std::vector<PageId> table;
  Lease lease;
};

class SmallCache {
 public:
  explicit SmallCache(uint32_t pages = 64)
      : pool({.page_count = pages}), cache(pool, {.page_tokens = 4}) {}
  ~SmallCache() { cache.CheckInvariants(); }

  MatchResult Match(std::string_view text, const KvKey& key = {}) {
    std::vector<PageId> table;
    return cache.Match(key, Text(text), &table);
  }
  // Full tokens, partial tokens and reason of a lookup, as "8+2 diverged at 10".
  std::string Lookup(std::string_view text, const KvKey& key = {}) {
    const MatchResult found = Match(text, key);
    std::string out = std::to_string(found.lease.tokens()) + "+" +
                      std::to_string(found.partial ? found.partial->tokens : 0);
    if (found.miss == MissReason::kNone) return out;
    return out + " " + std::string(MissReasonName(found.miss)) + " at " +
           std::to_string(found.diverged_at);
  }
  // A sequence that has computed all of `text`, none of it in the tree yet but what it found there.
  Sequence Compute(std::string_view text, const KvKey& key = {}) {
    Sequence sequence{Text(text), {}, {}};
    sequence.lease = cache.Match(key, sequence.tokens, &sequence.table).lease;
    while (sequence.table.size() * 4 < text.size()) {
      sequence.table.push_back(pool.Allocate().value());
    }
    return sequence;
  }
  void Insert(Sequence& sequence, PageBytes bytes = PageBytes::kReady) {
    cache.Insert(sequence.lease, sequence.tokens, bytes, &sequence.table);
  }
  // Computes, inserts and donates; nothing is leased afterwards.
  void Finish(std::string_view text, const KvKey& key = {}) {
    Sequence sequence = Compute(text, key);
    Insert(sequence);
    if (text.size() % 4 != 0) {
      cache.DonateTail(sequence.lease, sequence.tokens, sequence.table.back());
    }
  }
  // The tree of `key` as text: each node's range and, for tails, a "~"; depth by indentation.
  std::string Shape() const {
    std::string out;
    std::string dump = cache.Dump();
    dump.erase(0, dump.find('\n') + 1);
    for (size_t at = 0; at < dump.size();) {
      const size_t end = dump.find('\n', at);
      const std::string line = dump.substr(at, end - at);
      const size_t range = line.find('[');
      if (range != std::string::npos) {
        const std::string tail = line.find(" tail ") == std::string::npos ? "" : "~";
        out += std::string(line.find('#') - 2, ' ') + tail +
               line.substr(range, line.find(')') - range + 1) + "\n";
      }
      at = end + 1;
    }
    return out;
  }

  PagePool pool;
  PrefixCache cache;
};

}  // namespace lmp::cache::testing
