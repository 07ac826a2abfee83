#include "runtime/engine/kv_memory.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/clock_rng.h"

namespace lmp::engine {
namespace {

class CpuScope {
 public:
  explicit CpuScope(int64_t& total_ns) : total_ns_(total_ns), begin_ns_(ThreadCpuNs()) {}
  CpuScope(const CpuScope&) = delete;
  CpuScope& operator=(const CpuScope&) = delete;
  ~CpuScope() { total_ns_ += ThreadCpuNs() - begin_ns_; }

 private:
  int64_t& total_ns_;
  int64_t begin_ns_;
};

// Tokens [0, n) rounded down to whole pages.
std::span<const TokenId> FullPages(std::span<const TokenId> tokens) {
  return tokens.first(tokens.size() / kPageTokens * kPageTokens);
}

}  // namespace

Result<std::unique_ptr<KvMemory>> KvMemory::Make(model::Model& model, const Options& options) {
  LMP_TRY(std::unique_ptr<model::KvPool> bytes, model.MakeKvPool(options.page_count));
  return std::unique_ptr<KvMemory>(new KvMemory(std::move(bytes), options));
}

KvMemory::KvMemory(std::unique_ptr<model::KvPool> bytes, const Options& options)
    : options_(options),
      bytes_(std::move(bytes)),
      pool_({.page_count = options.page_count}),
      cache_(pool_, {}) {}

std::optional<PageId> KvMemory::Allocate() {
  if (pool_.free_count() == 0) {
    CpuScope scope(cpu_.evict_ns);
    if (!cache_.EnsureFree(1)) return std::nullopt;
  }
  return pool_.Allocate();
}

void KvMemory::Clear() {
  CpuScope scope(cpu_.evict_ns);
  cache_.Evict(static_cast<int>(cache_.evictable_pages()));
}

KvSpan::KvSpan(KvMemory& memory, cache::KvKey key) : memory_(&memory), key_(std::move(key)) {}

KvSpan::~KvSpan() {
  try {
    Release();
  } catch (const InvariantFailure&) {
    // A destructor cannot report it. The page stays lost, and conservation at idle shows that.
  }
}

int KvSpan::Peek(std::span<const TokenId> tokens) const {
  if (!memory_->options_.prefix_cache) return 0;
  CpuScope scope(memory_->cpu_.match_ns);
  return memory_->cache_.Peek(key_, tokens);
}

int KvSpan::PeekAdvance(std::span<const TokenId> tokens) const {
  if (!memory_->options_.prefix_cache || !lease_.valid()) return leased();
  CpuScope scope(memory_->cpu_.match_ns);
  return leased() + memory_->cache_.PeekAdvance(lease_, FullPages(tokens));
}

KvSpan::Found KvSpan::Match(std::span<const TokenId> tokens) {
  LMP_CHECK(pages_.empty() && computed_ == 0);
  if (!memory_->options_.prefix_cache) return {};
  CpuScope scope(memory_->cpu_.match_ns);
  cache::MatchResult found = memory_->cache_.Match(key_, tokens, &pages_);
  lease_ = std::move(found.lease);
  partial_ = std::move(found.partial);
  computed_ = lease_.tokens();
  return {found.miss, found.diverged_at, computed_ + (partial_.has_value() ? partial_->tokens : 0)};
}

void KvSpan::CopyPartial() {
  if (!partial_.has_value()) return;
  if (const std::optional<PageId> page = memory_->Allocate(); page.has_value()) {
    memory_->bytes_->CopyTokens(partial_->page, *page, partial_->tokens);
    pages_.push_back(*page);
    computed_ += partial_->tokens;
  }
  partial_.reset();
}

void KvSpan::CopyPart(const KvSpan& other, int tokens) {
  LMP_CHECK(key_ == other.key_ && computed_ < tokens && tokens <= other.computed_);
  LMP_CHECK(tokens <= leased() + kPageTokens);
  const size_t page = static_cast<size_t>(leased() / kPageTokens);
  // A page of the tree is in one place of it, so the same page means the same tokens before it.
  if (page > 0 && pages_[page - 1] != other.pages_[page - 1]) return;
  if (!Reserve(leased() + 1)) return;
  memory_->bytes_->CopyTokens(other.pages_[page], pages_[page], tokens - leased());
  computed_ = tokens;
}

void KvSpan::Advance(std::span<const TokenId> tokens) {
  if (!memory_->options_.prefix_cache || !lease_.valid()) return;
  CpuScope scope(memory_->cpu_.match_ns);
  memory_->cache_.Advance(lease_, FullPages(tokens), &pages_);
  computed_ = std::max(computed_, lease_.tokens());
}

bool KvSpan::Reserve(int tokens) {
  while (static_cast<int>(pages_.size()) < PagesFor(tokens)) {
    const std::optional<PageId> page = memory_->Allocate();
    if (!page.has_value()) return false;
    pages_.push_back(*page);
  }
  return true;
}

void KvSpan::PublishAhead(std::span<const TokenId> tokens) {
  const auto full = FullPages(tokens);
  if (!memory_->options_.prefix_cache || static_cast<int>(full.size()) <= leased()) return;
  CpuScope scope(memory_->cpu_.insert_ns);
  cache::PrefixCache& cache = memory_->cache_;
  if (cache.PeekAdvance(lease_, full) > 0) return;
  cache.Insert(lease_, full, cache::PageBytes::kPending, &pages_);
}

void KvSpan::Publish(std::span<const TokenId> tokens) {
  const auto full = FullPages(tokens);
  if (!memory_->options_.prefix_cache || static_cast<int>(full.size()) <= leased()) return;
  LMP_CHECK(static_cast<int>(full.size()) <= computed_);
  CpuScope scope(memory_->cpu_.insert_ns);
  memory_->cache_.Insert(lease_, full, cache::PageBytes::kReady, &pages_);
}

void KvSpan::Truncate(int tokens) {
  if (tokens >= computed_) return;
  computed_ = tokens;
  if (leased() <= tokens) return FreePrivate(static_cast<size_t>(PagesFor(tokens)));
  // The page that `tokens` cuts belongs to the tree; it is found there again.
  FreePrivate(static_cast<size_t>(leased() / kPageTokens));
  memory_->cache_.Truncate(lease_, tokens);
  pages_.resize(static_cast<size_t>(leased() / kPageTokens));
  computed_ = leased();
}

void KvSpan::Donate(std::span<const TokenId> tokens) {
  Publish(tokens);
  if (!memory_->options_.prefix_cache || !lease_.valid()) return;
  const int tail = static_cast<int>(tokens.size()) - leased();
  if (tail <= 0 || tail >= kPageTokens) return;
  CpuScope scope(memory_->cpu_.insert_ns);
  const size_t page = static_cast<size_t>(leased() / kPageTokens);
  const PageId donated = pages_[page];
  FreePrivate(page + 1);
  pages_.resize(page);
  memory_->cache_.DonateTail(lease_, tokens, donated);
  computed_ = leased();
}

cache::Retained KvSpan::Retain() {
  return lease_.valid() ? memory_->cache_.Retain(lease_, 0) : cache::Retained();
}

void KvSpan::Release() {
  FreePrivate(static_cast<size_t>(leased() / kPageTokens));
  partial_.reset();
  pages_.clear();
  computed_ = 0;
  lease_.Release();
}

// Frees the private pages from page table index `from_page` on. REQUIRES: none of them is leased.
void KvSpan::FreePrivate(size_t from_page) {
  for (size_t i = from_page; i < pages_.size(); ++i) memory_->pool_.FreePrivate(pages_[i]);
  pages_.resize(std::min(pages_.size(), from_page));
}

}  // namespace lmp::engine
