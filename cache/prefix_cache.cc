#include "cache/prefix_cache.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "runtime/base/check.h"

namespace lmp::cache {

namespace {

// How many other trees Match asks before it calls a page new: a bound on the cost of a statistic.
constexpr size_t kTreesAsked = 16;

}  // namespace

std::string_view MissReasonName(MissReason reason) {
  switch (reason) {
    case MissReason::kNone:
      return "none";
    case MissReason::kNew:
      return "new";
    case MissReason::kEvicted:
      return "evicted";
    case MissReason::kSalt:
      return "salt";
    case MissReason::kKey:
      return "key";
    case MissReason::kDiverged:
      return "diverged";
    case MissReason::kTainted:
      return "tainted";
  }
  return "?";
}

CacheStatistics& CacheStatistics::operator+=(const CacheStatistics& other) {
  lookups += other.lookups;
  tokens_asked += other.tokens_asked;
  tokens_hit += other.tokens_hit;
  tokens_hit_partial += other.tokens_hit_partial;
  for (size_t i = 0; i < kMissReasons; ++i) tokens_missed[i] += other.tokens_missed[i];
  pages_inserted += other.pages_inserted;
  pages_deduplicated += other.pages_deduplicated;
  tails_donated += other.tails_donated;
  pages_evicted += other.pages_evicted;
  splits += other.splits;
  return *this;
}

Lease::Lease(Lease&& other) noexcept
    : cache_(std::exchange(other.cache_, nullptr)), node_(other.node_), tokens_(other.tokens_) {
  other.tokens_ = 0;
}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    Release();
    cache_ = std::exchange(other.cache_, nullptr);
    node_ = other.node_;
    tokens_ = std::exchange(other.tokens_, 0);
  }
  return *this;
}

void Lease::Release() noexcept {
  if (PrefixCache* cache = std::exchange(cache_, nullptr)) {
    cache->ReleaseLease(node_, std::exchange(tokens_, 0));
  }
}

PrefixCache::PrefixCache(PagePool& pool, const Options& options)
    : pool_(pool),
      options_(options),
      tree_(pool.page_count(), options.page_tokens, options.digest_bits),
      ghosts_(options.ghosts_max) {}

PrefixCache::~PrefixCache() = default;

// Trees.

NodeId PrefixCache::OpenTree(const KvKey& key) {
  const auto [entry, is_new] = trees_.try_emplace(key);
  if (is_new) {
    const auto salt = static_cast<uint64_t>(KvKeyHash()(key));
    const TokenId words[2] = {static_cast<TokenId>(salt), static_cast<TokenId>(salt >> 32)};
    entry->second = tree_.MakeRoot(ExtendDigest(options_.hash_seed, words));
    roots_.emplace(entry->second, &entry->first);
  }
  return entry->second;
}

void PrefixCache::CloseTreeIfUnused(NodeId root) {
  const RadixNode& node = tree_.node(root);
  if (!node.leaf() || node.pins > 0 || node.retained != RadixNode::kNoRetained) return;
  const auto entry = roots_.find(root);
  trees_.erase(trees_.find(*entry->second));
  roots_.erase(entry);
  tree_.RemoveRoot(root);
}

// Match.

MatchResult PrefixCache::Match(const KvKey& key, std::span<const TokenId> tokens,
                               std::vector<PageId>* page_table) {
  LMP_CHECK(!broken_);
  const NodeId root = OpenTree(key);
  const size_t pages_before = page_table->size();
  const NodeId node = tree_.SplitAt(tree_.Walk(root, tokens, page_table));
  const size_t full = (page_table->size() - pages_before) * page_tokens();
  const std::span<const TokenId> rest = tokens.subspan(full);
  const RadixTree::Nearest nearest = tree_.FindNearest(node, rest);

  MatchResult result;
  result.lease = MakeLease(node, static_cast<int>(full));
  Touch(node);
  AddHits(nearest.node.valid() ? nearest.node : node, 1);
  if (nearest.node.valid()) {
    result.partial = PartialMatch{nearest.page, static_cast<int>(nearest.tokens),
                                  MakeLease(nearest.node, Lease::kPinOnly)};
  }
  result.diverged_at = static_cast<int>(full + nearest.common);
  result.miss = ReasonBehind(node, rest, nearest);

  ++statistics_.lookups;
  statistics_.tokens_asked += tokens.size();
  statistics_.tokens_hit += full + nearest.tokens;
  statistics_.tokens_hit_partial += nearest.tokens;
  statistics_.tokens_missed[static_cast<size_t>(result.miss)] += rest.size() - nearest.tokens;
  return result;
}

int PrefixCache::Peek(const KvKey& key, std::span<const TokenId> tokens) const {
  const auto entry = trees_.find(key);
  if (entry == trees_.end()) return 0;
  return static_cast<int>(tree_.Walk(entry->second, tokens, nullptr).walked * page_tokens());
}

MissReason PrefixCache::ReasonBehind(NodeId node, std::span<const TokenId> rest,
                                     const RadixTree::Nearest& nearest) const {
  if (nearest.tokens == rest.size()) return MissReason::kNone;
  if (rest.size() >= page_tokens()) {
    const std::span<const TokenId> page = rest.first(page_tokens());
    const RadixNode& end = tree_.node(node);
    if (ghosts_.Contains(tree_.text().Extend(end.end_digest, page))) return MissReason::kEvicted;
    if (end.kind == NodeKind::kRoot && trees_.size() > 1) {
      const MissReason elsewhere = ReasonInOtherTrees(node, page);
      if (elsewhere != MissReason::kNone) return elsewhere;
    }
  }
  return nearest.diverges ? MissReason::kDiverged : MissReason::kNew;
}

MissReason PrefixCache::ReasonInOtherTrees(NodeId root,
                                           std::span<const TokenId> page_tokens) const {
  const KvKey& key = *roots_.find(root)->second;
  MissReason reason = MissReason::kNone;
  size_t asked = 0;
  for (const auto& [other_root, other_key] : roots_) {
    if (other_root == root) continue;
    if (asked++ == kTreesAsked) break;
    if (!tree_.HasChild(other_root, page_tokens)) continue;
    if (key.SameButTenant(*other_key)) return MissReason::kSalt;
    reason = MissReason::kKey;
  }
  return reason;
}

// Leases, pins and use. A node's pins are those of its leases plus one for each pinned child; the
// count is carried upwards only when it leaves or reaches zero.

Lease PrefixCache::MakeLease(NodeId node, int tokens) {
  Pin(node);
  ++lease_count_;
  return Lease(this, node, tokens);
}

void PrefixCache::ReleaseLease(NodeId node, int tokens) noexcept {
  try {
    --lease_count_;
    if (tokens != Lease::kPinOnly) Touch(node);
    Unpin(node);
  } catch (...) {
    broken_ = true;  // a destructor cannot report it
  }
}

void PrefixCache::CheckLease(const Lease& lease) const {
  LMP_CHECK(!broken_);
  LMP_CHECK(lease.cache_ == this && lease.tokens_ != Lease::kPinOnly);
}

void PrefixCache::MovePin(Lease& lease, NodeId node, size_t tokens) {
  const NodeId from = std::exchange(lease.node_, node);
  lease.tokens_ = static_cast<int>(tokens);
  if (from == node) return;
  Pin(node);  // first, so that a shared ancestor stays pinned
  Unpin(from);
}

void PrefixCache::Pin(NodeId id) {
  for (;;) {
    RadixNode& node = tree_.node(id);
    if (node.pins++ > 0 || node.kind == NodeKind::kRoot) return;
    pinned_pages_ += node.page_count;
    if (node.leaf() && order_.Contains(id)) order_.Remove(id);  // absent: just added
    id = node.parent;
  }
}

void PrefixCache::Unpin(NodeId id) {
  for (;;) {
    RadixNode& node = tree_.node(id);
    LMP_CHECK(node.pins > 0);
    if (--node.pins > 0) return;
    if (node.kind == NodeKind::kRoot) return CloseTreeIfUnused(id);
    pinned_pages_ -= node.page_count;
    if (node.leaf()) order_.Add(id, RankOf(id));
    id = node.parent;
  }
}

// Only the end of the used prefix is touched. Its ancestors are not candidates while it stands, and
// EvictFrom hands its use on to its parent.
void PrefixCache::Touch(NodeId id) {
  RadixNode& node = tree_.node(id);
  node.last_use = ++tick_;
  node.dropped = false;
  Reorder(id);
}

void PrefixCache::AddHits(NodeId id, uint32_t hits) {
  uint32_t& sum = tree_.node(id).hits;
  sum += std::min(hits, std::numeric_limits<uint32_t>::max() - sum);
}

void PrefixCache::Reorder(NodeId id) {
  const RadixNode& node = tree_.node(id);
  if (node.pins == 0 && node.leaf() && node.kind != NodeKind::kRoot) {
    order_.Update(id, RankOf(id));
  }
}

EvictionRank PrefixCache::RankOf(NodeId id) const {
  const RadixNode& node = tree_.node(id);
  EvictionRank rank;
  rank.last_use = node.last_use;
  if (node.retained == RadixNode::kNoRetained) {
    rank.keep = node.dropped ? Keep::kDropped : Keep::kUsed;
    return rank;
  }
  rank.keep = Keep::kRetained;
  rank.next_use = retentions_[node.retained].next_use;
  for (uint32_t s = node.retained; s != RadixNode::kNoRetained; s = retentions_[s].next) {
    rank.next_use = std::min(rank.next_use, retentions_[s].next_use);
  }
  return rank;
}

NodeId PrefixCache::NodeEndingAt(const Lease& lease, size_t tokens) {
  NodeId id = lease.node_;
  size_t end = static_cast<size_t>(lease.tokens_);
  while (end > tokens) {
    const RadixNode& node = tree_.node(id);
    const size_t begin = end - node.page_count * page_tokens();
    if (begin < tokens) {
      const auto pages = static_cast<uint32_t>((tokens - begin) / page_tokens());
      return tree_.SplitAt(tree_.PositionIn(id, pages));
    }
    id = node.parent;
    end = begin;
  }
  return id;
}

Lease PrefixCache::Fork(const Lease& lease, int tokens) {
  CheckLease(lease);
  LMP_CHECK(tokens >= 0 && tokens <= lease.tokens());
  const size_t kept = static_cast<size_t>(tokens) / page_tokens() * page_tokens();
  return MakeLease(NodeEndingAt(lease, kept), static_cast<int>(kept));
}

void PrefixCache::Truncate(Lease& lease, int tokens) {
  CheckLease(lease);
  LMP_CHECK(tokens >= 0 && tokens <= lease.tokens());
  const size_t kept = static_cast<size_t>(tokens) / page_tokens() * page_tokens();
  Touch(lease.node_);
  MovePin(lease, NodeEndingAt(lease, kept), kept);
}

void PrefixCache::Drop(Lease lease, int from_token) {
  CheckLease(lease);
  LMP_CHECK(from_token >= 0);
  const size_t kept = std::min(
      (static_cast<size_t>(from_token) + page_tokens() - 1) / page_tokens() * page_tokens(),
      static_cast<size_t>(lease.tokens_));
  const NodeId last_kept = NodeEndingAt(lease, kept);
  Touch(last_kept);
  for (NodeId id = lease.node_; id != last_kept; id = tree_.node(id).parent) {
    RadixNode& node = tree_.node(id);
    node.last_use = tick_;
    node.dropped = true;
  }
  const NodeId end = std::exchange(lease.node_, NodeId());
  lease.cache_ = nullptr;
  --lease_count_;
  Unpin(end);
}

void PrefixCache::AppendPages(const Lease& lease, std::vector<PageId>* page_table) const {
  CheckLease(lease);
  size_t at = page_table->size() + static_cast<size_t>(lease.tokens_) / page_tokens();
  page_table->resize(at);
  for (NodeId id = lease.node_; tree_.node(id).kind != NodeKind::kRoot;
       id = tree_.node(id).parent) {
    for (PageId page = tree_.node(id).last_page; page.valid(); page = tree_.text().prev(page)) {
      (*page_table)[--at] = page;
    }
  }
}

// Growth.

int PrefixCache::PeekAdvance(const Lease& lease, std::span<const TokenId> tokens) const {
  CheckLease(lease);
  const auto begin = static_cast<size_t>(lease.tokens_);
  LMP_CHECK(tokens.size() >= begin);
  const size_t walked = tree_.Walk(lease.node_, tokens.subspan(begin), nullptr).walked;
  return static_cast<int>(walked * page_tokens());
}

int PrefixCache::Advance(Lease& lease, std::span<const TokenId> tokens,
                         std::vector<PageId>* page_table) {
  CheckLease(lease);
  const size_t begin = static_cast<size_t>(lease.tokens_);
  LMP_CHECK(tokens.size() >= begin && page_table->size() * page_tokens() >= begin);
  scratch_.clear();
  const RadixTree::Position at = tree_.Walk(lease.node_, tokens.subspan(begin), &scratch_);
  if (scratch_.empty()) return 0;
  const NodeId node = tree_.SplitAt(at);
  size_t index = begin / page_tokens();
  for (const PageId page : scratch_) {
    if (index < page_table->size()) {
      pool_.FreePrivate((*page_table)[index]);
      (*page_table)[index] = page;
      ++statistics_.pages_deduplicated;
    } else {
      page_table->push_back(page);
    }
    ++index;
  }
  MovePin(lease, node, index * page_tokens());
  Touch(node);
  return static_cast<int>(index * page_tokens() - begin);
}

void PrefixCache::Insert(Lease& lease, std::span<const TokenId> tokens, PageBytes bytes,
                         std::vector<PageId>* page_table) {
  const size_t end = tokens.size() / page_tokens();
  LMP_CHECK(page_table->size() >= end);
  Advance(lease, tokens, page_table);
  const size_t begin = static_cast<size_t>(lease.tokens_) / page_tokens();
  if (begin == end) return;
  const std::span<const PageId> pages = std::span(*page_table).subspan(begin, end - begin);
  for (const PageId page : pages) {
    pool_.Adopt(page);
    if (bytes == PageBytes::kPending) {
      tree_.text().SetPending(page, true);
      pending_pages_.push_back(page);
    }
  }
  const size_t covered = end * page_tokens();
  const NodeId node = AddPages(
      lease.node_, pages, tokens.subspan(begin * page_tokens(), covered - begin * page_tokens()));
  MovePin(lease, node, covered);
  Touch(node);
  if (bytes == PageBytes::kPending) {
    Pin(node);
    pending_pins_.push_back(node);
  }
  statistics_.pages_inserted += pages.size();
}

// Appends to the leaf that only the caller's lease pins: a growing sequence stays one node.
// Otherwise others see the node's end, and the pages become a child.
NodeId PrefixCache::AddPages(NodeId id, std::span<const PageId> pages,
                             std::span<const TokenId> tokens) {
  const RadixNode& node = tree_.node(id);
  const bool only_mine = node.kind == NodeKind::kRun && node.leaf() && node.pins == 1 &&
                         node.retained == RadixNode::kNoRetained;
  if (only_mine) {
    tree_.AppendPages(id, pages, tokens);
    pinned_pages_ += static_cast<uint32_t>(pages.size());
    return id;
  }
  FreeTailBeginning(id, tokens);
  return tree_.AddLeaf(id, pages, tokens);
}

// Frees the tail below `id` that is a mere beginning of `tokens`: whatever it could give, the page
// of `tokens` gives too. A pinned one is being copied from, and stays.
void PrefixCache::FreeTailBeginning(NodeId id, std::span<const TokenId> tokens) {
  const NodeId tail = tree_.TailBeginning(id, tokens);
  if (!tail.valid() || tree_.node(tail).pins > 0) return;
  order_.Remove(tail);
  AddHits(id, tree_.node(tail).hits);
  pool_.FreeTree(tree_.node(tail).first_page);
  scratch_.clear();
  tree_.RemoveLeaf(tail, &scratch_);
}

void PrefixCache::DonateTail(const Lease& lease, std::span<const TokenId> tokens, PageId page) {
  CheckLease(lease);
  LMP_CHECK(tokens.size() > static_cast<size_t>(lease.tokens_));
  const std::span<const TokenId> tail = tokens.subspan(static_cast<size_t>(lease.tokens_));
  LMP_CHECK(tail.size() < page_tokens());
  Touch(lease.node_);
  if (const NodeId known = tree_.FindContinuation(lease.node_, tail); known.valid()) {
    // An equal tail was used, as it were; of a longer page only a part.
    if (tree_.node(known).fill == tail.size()) Touch(known);
    return pool_.FreePrivate(page);
  }
  pool_.Adopt(page);
  FreeTailBeginning(lease.node_, tail);
  const NodeId node = tree_.AddLeaf(lease.node_, {&page, 1}, tail);
  tree_.node(node).last_use = tick_;
  order_.Add(node, RankOf(node));
  ++statistics_.tails_donated;
}

void PrefixCache::EndStep() {
  for (const PageId page : pending_pages_) tree_.text().SetPending(page, false);
  pending_pages_.clear();
  for (const NodeId node : pending_pins_) Unpin(node);
  pending_pins_.clear();
}

// Eviction.

int PrefixCache::Evict(int pages_wanted) {
  LMP_CHECK(!broken_);
  size_t freed = 0;
  const auto wanted = static_cast<size_t>(std::max(pages_wanted, 0));
  while (freed < wanted && !order_.empty()) freed += EvictFrom(order_.First(), wanted - freed);
  statistics_.pages_evicted += freed;
  return static_cast<int>(freed);
}

size_t PrefixCache::EvictFrom(NodeId id, size_t pages_wanted) {
  scratch_.clear();
  const RadixNode leaf = tree_.node(id);
  if (pages_wanted < leaf.page_count) {
    tree_.TrimLeaf(id, static_cast<uint32_t>(pages_wanted), &scratch_);
  } else {
    order_.Remove(id);
    MoveRetentions(id, leaf.parent);
    tree_.RemoveLeaf(id, &scratch_);
    AddHits(leaf.parent, leaf.hits);
    RadixNode& parent = tree_.node(leaf.parent);
    if (parent.kind == NodeKind::kRoot) {
      CloseTreeIfUnused(leaf.parent);
    } else {
      if (leaf.last_use > parent.last_use) {
        parent.last_use = leaf.last_use;
        parent.dropped = leaf.dropped;
      }
      if (parent.leaf() && parent.pins == 0) order_.Add(leaf.parent, RankOf(leaf.parent));
    }
  }
  for (const PageId page : scratch_) {
    if (leaf.kind == NodeKind::kRun) ghosts_.Add(tree_.text().digest(page));
    pool_.FreeTree(page);
  }
  return scratch_.size();
}

bool PrefixCache::EnsureFree(int pages) {
  const int64_t missing = int64_t{pages} - pool_.free_count();
  if (missing <= 0) return true;
  if (missing > evictable_pages()) return false;
  Evict(static_cast<int>(missing));
  return true;
}

CacheStatistics PrefixCache::statistics() const {
  CacheStatistics statistics = statistics_;
  statistics.splits = tree_.split_count();
  return statistics;
}

size_t PrefixCache::node_bytes_used() const {
  return tree_.node_bytes_used() + order_.bytes_used();
}

size_t PrefixCache::bytes_used() const {
  return tree_.bytes_used() + order_.bytes_used() + ghosts_.bytes_used() +
         retentions_.size() * sizeof(Retention);
}

}  // namespace lmp::cache
