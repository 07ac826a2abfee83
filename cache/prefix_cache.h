// PrefixCache: which KV pages already hold the prefix of a token sequence. The interface between
// the engine and the radix trees (cache/radix_tree.h), one tree per KvKey.
//
// The one idea: a page of the tree is shared by pinning, not by counting. A sequence holds a Lease
// on a prefix [0, tokens) that is a whole number of pages; the leased pages cannot be evicted, and
// their numbers stay valid, until the lease is moved, truncated or destroyed. Everything behind the
// lease (page_table[lease.tokens() / 16 ...]) is private to the sequence.
//
// A sequence's life, as the engine sees it:
//
//   Match(key, tokens[0, n-1))        full pages by reference, then at most one page to copy from
//     copy result.partial -> own page, drop result.partial
//   each step, when planning:
//     Advance(lease, ...)             takes pages that other sequences have inserted since
//     Insert(lease, ..., kPending)    the pages that this step will fill; others may share them in
//                                     this very step (page-granular)
//   Model::Step
//   EndStep()                         the pending pages hold their bytes: they may be copied from
//   finish: DonateTail(lease, ...)    the partial last page, for later partial matches
//   ~Lease (or Drop)                  evictable, in LRU order
//
// Exactness: a match compares tokens, never digests; so a hit is right whatever the hashes do.
//
// Eviction takes one page at a time from unpinned leaves, last page first, in this order: dropped
// pages, then least recently used, then retained ones (furthest next use first). "Use" is counted
// in operations on this object, so there is no clock in it.
//
// Ownership: the cache borrows the pool; pool and cache outlive every Lease and Retained. Thread:
// the engine thread only. Errors: none; wrong calls fail a check. A step whose planning inserted
// pages as pending has to compute them: nothing takes an insertion back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cache/eviction.h"
#include "cache/ghost_set.h"
#include "cache/kv_key.h"
#include "cache/page_pool.h"
#include "cache/radix_tree.h"
#include "cache/tree_view.h"
#include "kernels/kv_layout.h"
#include "runtime/base/token_id.h"

namespace lmp::cache {

class PrefixCache;

// Why the tokens behind a match are not cached (decision 16). kSalt and kKey say that the first
// page is cached in another tree: they are for the operator, and must not be shown to a tenant, who
// could learn from kSalt what others have asked.
enum class MissReason : uint8_t {
  kNone,      // all tokens asked for were found
  kNew,       // never seen, or forgotten long ago
  kEvicted,   // the page behind the match was cached and evicted
  kSalt,      // cached for another tenant
  kKey,       // cached for another model, adapter, KV type or position scheme
  kDiverged,  // the tree goes on with another token at `diverged_at`
  kTainted,   // never given by Match: the engine did not look up a sequence with approximate KV
};
inline constexpr size_t kMissReasons = 7;
std::string_view MissReasonName(MissReason reason);

// A pinned prefix. Move-only; the destructor releases. An empty lease pins nothing.
class Lease {
 public:
  Lease() = default;
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() { Release(); }

  bool valid() const { return cache_ != nullptr; }
  // Tokens covered: a multiple of the page size.
  int tokens() const { return tokens_; }
  // Unpins; the lease is empty afterwards. The prefix counts as used at this moment.
  void Release() noexcept;

 private:
  friend class PrefixCache;
  Lease(PrefixCache* cache, NodeId node, int tokens)
      : cache_(cache), node_(node), tokens_(tokens) {}

  static constexpr int kPinOnly = -1;  // tokens_ of PartialMatch::pin: releasing is not a use

  PrefixCache* cache_ = nullptr;
  NodeId node_;
  int tokens_ = 0;
};

// Soft retention of a prefix: it stays evictable, but after everything that is not retained. When
// its pages are evicted under pressure the retention shrinks with them. Move-only; the destructor
// ends it.
class Retained {
 public:
  Retained() = default;
  Retained(Retained&& other) noexcept;
  Retained& operator=(Retained&& other) noexcept;
  Retained(const Retained&) = delete;
  Retained& operator=(const Retained&) = delete;
  ~Retained() { Release(); }

  bool valid() const { return cache_ != nullptr; }
  void Release() noexcept;
  // Of the retained prefixes, those with the largest next use go first. Any unit the engine likes.
  void SetNextUse(int64_t next_use);

 private:
  friend class PrefixCache;
  Retained(PrefixCache* cache, uint32_t slot) : cache_(cache), slot_(slot) {}

  PrefixCache* cache_ = nullptr;
  uint32_t slot_ = 0;
};

// A page whose first `tokens` slots continue the match. Copy them into a page of your own, then
// drop this: `pin` keeps the page from being evicted in between. The page keeps belonging to the
// tree.
struct PartialMatch {
  PageId page;
  int tokens = 0;
  Lease pin;
};

struct MatchResult {
  Lease lease;  // tokens() = full pages found
  std::optional<PartialMatch> partial;
  MissReason miss = MissReason::kNone;
  int diverged_at = 0;  // lease.tokens() + longest common run behind it; where the miss begins

  int tokens() const { return lease.tokens() + (partial ? partial->tokens : 0); }
};

// Whether the bytes of inserted pages are there, or will be when the step in planning has run.
enum class PageBytes : uint8_t { kReady, kPending };

struct CacheStatistics {
  uint64_t lookups = 0;
  uint64_t tokens_asked = 0;
  uint64_t tokens_hit = 0;                             // full and partial
  uint64_t tokens_hit_partial = 0;                     // of these, by copying part of a page
  std::array<uint64_t, kMissReasons> tokens_missed{};  // by reason; kNone stays 0
  uint64_t pages_inserted = 0;
  uint64_t pages_deduplicated = 0;  // private pages freed because the tree had an equal one
  uint64_t tails_donated = 0;
  uint64_t pages_evicted = 0;
  uint64_t splits = 0;

  CacheStatistics& operator+=(const CacheStatistics& other);
};

class PrefixCache {
 public:
  struct Options {
    int page_tokens = kPageTokens;             // other values are for tests
    uint64_t hash_seed = 0x9e3779b97f4a7c15u;  // set at random against callers who build collisions
    uint64_t digest_bits = kAllDigestBits;     // fewer make digests collide, for tests
    size_t ghosts_max = 1u << 16;              // evicted pages remembered, for MissReason::kEvicted
  };
  PrefixCache(PagePool& pool, const Options& options);
  ~PrefixCache();
  PrefixCache(const PrefixCache&) = delete;
  PrefixCache& operator=(const PrefixCache&) = delete;

  // Finds the longest cached prefix of `tokens` and leases its full pages, which are appended to
  // *page_table. Pass one token less than the prompt where logits of its last token are wanted.
  MatchResult Match(const KvKey& key, std::span<const TokenId> tokens,
                    std::vector<PageId>* page_table);
  // How many tokens Match would find in full pages. Changes nothing, not even the order of use.
  int Peek(const KvKey& key, std::span<const TokenId> tokens) const;

  // In the calls below `tokens` is the sequence from position 0, page_table[i] holds
  // tokens [16i, 16i+16), its first lease.tokens()/16 entries are the leased pages and the others
  // are private pages of the caller.

  // How many tokens Advance would gain. Costs nothing for the leased prefix, however long.
  int PeekAdvance(const Lease& lease, std::span<const TokenId> tokens) const;
  // Extends the lease over full pages of `tokens` that are in the tree. A private page that the
  // caller has for one of them is freed and replaced in the table; where the table is shorter, the
  // tree's page is appended. Returns the tokens gained.
  int Advance(Lease& lease, std::span<const TokenId> tokens, std::vector<PageId>* page_table);
  // Advance, then puts the remaining full pages of `tokens` into the tree, so that the lease covers
  // every full page of `tokens`. REQUIRES: the table covers them.
  void Insert(Lease& lease, std::span<const TokenId> tokens, PageBytes bytes,
              std::vector<PageId>* page_table);
  // Gives the tree the private page that holds the tokens behind the lease; tokens.size() -
  // lease.tokens() must be 1..15 (its fill). The tree frees it at once when it knows these tokens
  // already, and frees shorter tails that this one contains. Not part of the lease.
  void DonateTail(const Lease& lease, std::span<const TokenId> tokens, PageId page);
  // The step has run: pages inserted as kPending hold their bytes.
  void EndStep();

  // A second lease on the first `tokens` tokens of one (rounded down to whole pages).
  Lease Fork(const Lease& lease, int tokens);
  // Gives up what is behind `tokens` (rounded down to whole pages).
  void Truncate(Lease& lease, int tokens);
  // Releases the lease and marks its pages from `from_token` on as not used again: they are evicted
  // first, unless something leases, retains or matches them before. Pages that others pin or retain
  // are left as they are.
  void Drop(Lease lease, int from_token);
  // Appends the leased pages.
  void AppendPages(const Lease& lease, std::vector<PageId>* page_table) const;
  Retained Retain(const Lease& lease, int64_t next_use);

  // Evicts up to `pages_wanted` pages; returns how many were freed. Never touches pinned pages.
  int Evict(int pages_wanted);
  // Evicts until `pages` pages are free; false when that cannot be (everything else is pinned or
  // private). Nothing is evicted then.
  bool EnsureFree(int pages);

  // Tree pages that nothing pins, and those that some lease covers.
  uint32_t evictable_pages() const { return pool_.tree_count() - pinned_pages_; }
  uint32_t pinned_pages() const { return pinned_pages_; }
  size_t tree_count() const { return trees_.size(); }
  size_t node_count() const { return tree_.node_count(); }  // roots excluded
  // Memory of the index, not of the KV: all of it, and the part that grows with nodes.
  size_t bytes_used() const;
  size_t node_bytes_used() const;
  CacheStatistics statistics() const;
  const Options& options() const { return options_; }
  const PagePool& pool() const { return pool_; }

  // Checks every invariant of pool, trees, eviction order, retentions and counts. Linear.
  void CheckInvariants() const;
  // The trees of a tenant, at most so many nodes of them: those that were found most. Linear in its
  // nodes.
  TreeView View(std::string_view tenant, size_t nodes_max) const;
  // One line per node: what it covers, its use and pins. For a person.
  std::string Dump(size_t lines_max = 200) const;

 private:
  friend class Lease;
  friend class Retained;

  // One Retained handle: where its prefix ends, in the list of that node.
  struct Retention {
    NodeId node;
    int64_t next_use = 0;
    uint32_t next = RadixNode::kNoRetained;
    uint32_t prev = RadixNode::kNoRetained;
  };

  size_t page_tokens() const { return tree_.text().page_tokens(); }
  NodeId OpenTree(const KvKey& key);
  void CloseTreeIfUnused(NodeId root);
  MissReason ReasonBehind(NodeId node, std::span<const TokenId> rest,
                          const RadixTree::Nearest& nearest) const;
  MissReason ReasonInOtherTrees(NodeId root, std::span<const TokenId> page_tokens) const;

  Lease MakeLease(NodeId node, int tokens);
  void ReleaseLease(NodeId node, int tokens) noexcept;
  void CheckLease(const Lease& lease) const;
  void MovePin(Lease& lease, NodeId node, size_t tokens);
  void Pin(NodeId node);
  void Unpin(NodeId node);
  void Touch(NodeId node);
  void AddHits(NodeId node, uint32_t hits);
  EvictionRank RankOf(NodeId node) const;
  void Reorder(NodeId node);
  // The node that ends at `tokens`, on the path to the lease's node.
  NodeId NodeEndingAt(const Lease& lease, size_t tokens);
  NodeId AddPages(NodeId node, std::span<const PageId> pages, std::span<const TokenId> tokens);
  void FreeTailBeginning(NodeId node, std::span<const TokenId> tokens);
  size_t EvictFrom(NodeId leaf, size_t pages_wanted);

  void LinkRetention(uint32_t slot, NodeId node);
  void UnlinkRetention(uint32_t slot);
  void MoveRetentions(NodeId from, NodeId to);
  void EndRetention(uint32_t slot) noexcept;
  void SetNextUse(uint32_t slot, int64_t next_use);

  PagePool& pool_;
  Options options_;
  RadixTree tree_;
  EvictionOrder order_;  // exactly the leaves that nothing pins
  GhostSet ghosts_;
  std::unordered_map<KvKey, NodeId, KvKeyHash> trees_;
  std::map<NodeId, const KvKey*> roots_;  // the same by root; keys are owned by trees_
  std::vector<Retention> retentions_;
  std::vector<uint32_t> unused_retentions_;
  std::vector<PageId> pending_pages_;
  std::vector<NodeId> pending_pins_;  // keep pending pages from eviction until EndStep
  std::vector<PageId> scratch_;
  uint64_t tick_ = 0;
  size_t lease_count_ = 0;
  uint32_t pinned_pages_ = 0;
  bool broken_ = false;  // a release failed an invariant; reported by the next call
  CacheStatistics statistics_;
};

}  // namespace lmp::cache
