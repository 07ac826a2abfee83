// KvMemory: one engine's KV pages: the bytes (model::KvPool), the page numbers (cache::PagePool)
// and what they hold (cache::PrefixCache). KvSpan: the pages of one sequence, released by its
// destructor.
//
// A span's page table, for a sequence of which `computed` tokens have KV:
//
//   pages:   | leased from the tree, shared ... | private, filling ... |
//   tokens:  0                     lease.tokens()              computed
//
// Only here the two halves meet: the cache decides which page, the bytes are copied to match.
//
// KvMemory outlives its spans. Engine thread. Errors: none but MakeKvPool's; broken bookkeeping
// fails a check.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cache/page_pool.h"
#include "cache/prefix_cache.h"
#include "runtime/base/status.h"
#include "runtime/base/token_id.h"
#include "runtime/model/model.h"

namespace lmp::engine {

// Thread CPU time spent in the parts of the cache.
struct KvCpu {
  int64_t match_ns = 0;
  int64_t insert_ns = 0;
  int64_t evict_ns = 0;
  int64_t total() const { return match_ns + insert_ns + evict_ns; }
};

class KvMemory {
 public:
  struct Options {
    uint32_t page_count = 0;
    bool prefix_cache = true;  // off: nothing is looked up or kept
  };
  static Result<std::unique_ptr<KvMemory>> Make(model::Model& model, const Options& options);

  // Evicts if need be; nothing when every page is in use.
  std::optional<PageId> Allocate();
  // The step has run: pages inserted ahead of it hold their bytes.
  void EndStep() { cache_.EndStep(); }
  // Drops all KV that no span leases.
  void Clear();

  model::KvPool& bytes() { return *bytes_; }
  const cache::PagePool& pool() const { return pool_; }
  const cache::PrefixCache& cache() const { return cache_; }
  uint64_t pages_available() const { return pool_.free_count() + cache_.evictable_pages(); }
  const KvCpu& cpu() const { return cpu_; }
  void CheckInvariants() const { cache_.CheckInvariants(); }

 private:
  friend class KvSpan;
  KvMemory(std::unique_ptr<model::KvPool> bytes, const Options& options);

  const Options options_;
  std::unique_ptr<model::KvPool> bytes_;
  cache::PagePool pool_;
  cache::PrefixCache cache_;
  KvCpu cpu_;
};

class KvSpan {
 public:
  KvSpan(KvMemory& memory, cache::KvKey key);
  KvSpan(const KvSpan&) = delete;
  KvSpan& operator=(const KvSpan&) = delete;
  ~KvSpan();

  int computed() const { return computed_; }
  int leased() const { return lease_.tokens(); }
  std::span<const PageId> pages() const { return pages_; }
  // True if no page is private: giving the span up loses nothing.
  bool all_leased() const { return pages_.size() * kPageTokens == static_cast<size_t>(leased()); }

  // Tokens in full pages that Match would find.
  int Peek(std::span<const TokenId> tokens) const;
  // Tokens that the lease would cover after Advance.
  int PeekAdvance(std::span<const TokenId> tokens) const;
  struct Found {
    cache::MissReason miss = cache::MissReason::kNone;
    int diverged_at = 0;
    int tokens = 0;  // found, those of a page in part included
  };
  // Leases the longest cached prefix of `tokens`; a page that continues it in part is pinned until
  // CopyPartial or DropPartial. REQUIRES: the span is empty.
  Found Match(std::span<const TokenId> tokens);
  // Copies the pinned page's tokens to a page of its own, if one can be had.
  void CopyPartial();
  // Copies what `other` has computed of the page behind the leased ones, up to token `tokens`, if a
  // page can be had and both lease the same page before it. REQUIRES: equal tokens in that page,
  // equal keys, computed() < tokens.
  void CopyPart(const KvSpan& other, int tokens);
  void DropPartial() { partial_.reset(); }
  // Takes full pages of `tokens` that others have inserted since.
  void Advance(std::span<const TokenId> tokens);
  // Makes the page table cover `tokens` tokens as far as pages can be had; false if not wholly.
  bool Reserve(int tokens);
  // Puts the full pages of `tokens`, which the coming step computes, into the tree, so that later
  // sequences of the step share them. Pages that the tree has already stay private until Publish:
  // two sequences never write one page in one step.
  void PublishAhead(std::span<const TokenId> tokens);
  void SetComputed(int tokens) { computed_ = tokens; }
  // Puts the full pages of `tokens`, all computed, into the tree.
  void Publish(std::span<const TokenId> tokens);
  // Forgets what is behind `tokens` tokens.
  void Truncate(int tokens);
  // Ends the span: Publish, and the partial last page is given to the tree too.
  void Donate(std::span<const TokenId> tokens);
  cache::Retained Retain();
  // Gives up all pages; leased ones stay in the tree.
  void Release();

 private:
  void FreePrivate(size_t from_page);

  KvMemory* memory_;
  cache::KvKey key_;
  cache::Lease lease_;
  std::optional<cache::PartialMatch> partial_;
  std::vector<PageId> pages_;
  int computed_ = 0;
};

}  // namespace lmp::engine
