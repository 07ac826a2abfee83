// PageText: what the radix tree knows about each page, in arrays indexed by PageId: the tokens
// whose KV the page holds, its neighbours in the run of its node, and a digest of the path to it.
//
// A page's tokens are one cache line (16 x 4 bytes), and a run of pages needs no memory of its own:
// cutting or joining runs is a matter of two links. Entries mean something only for pages that the
// tree owns. Digests find things fast and remember evictions; equality is always decided by tokens.
//
// Thread: the engine thread. Ownership: of the arrays only.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "kernels/kv_layout.h"
#include "runtime/base/token_id.h"

namespace lmp::cache {

// Digest of `tokens` behind a path with digest `path`.
uint64_t ExtendDigest(uint64_t path, std::span<const TokenId> tokens);

// The bits of digests in use. Fewer than all are for tests: whatever collides, answers stay right.
inline constexpr uint64_t kAllDigestBits = ~uint64_t{0};

class PageText {
 public:
  PageText(uint32_t page_count, int page_tokens, uint64_t digest_bits = kAllDigestBits);

  size_t page_tokens() const { return page_tokens_; }
  size_t page_count() const { return entries_.size(); }
  const TokenId* tokens(PageId page) const { return tokens_.data() + page.index * page_tokens_; }
  // Writes up to a page of tokens; the links are reset.
  void Write(PageId page, std::span<const TokenId> tokens, uint64_t path_digest);
  // Compares a whole page.
  bool Equals(PageId page, const TokenId* tokens) const {
    return std::memcmp(this->tokens(page), tokens, page_tokens_ * sizeof(TokenId)) == 0;
  }

  void Prefetch(PageId page) const { __builtin_prefetch(tokens(page)); }

  uint64_t Extend(uint64_t path, std::span<const TokenId> tokens) const {
    return ExtendDigest(path, tokens) & digest_bits_;
  }
  // Digest of the path from the root through this page.
  uint64_t digest(PageId page) const { return entries_[page.index].digest; }
  PageId next(PageId page) const { return entries_[page.index].next; }
  PageId prev(PageId page) const { return entries_[page.index].prev; }
  void Link(PageId first, PageId second) {
    entries_[first.index].next = second;
    entries_[second.index].prev = first;
  }
  void CutAfter(PageId page);

  // The bytes are written by the step in planning: readable by that step, not yet to be copied.
  bool pending(PageId page) const { return pending_[page.index] != 0; }
  void SetPending(PageId page, bool pending) { pending_[page.index] = pending ? 1 : 0; }

  size_t bytes_used() const;

 private:
  struct Entry {
    uint64_t digest = 0;
    PageId next;
    PageId prev;
  };
  size_t page_tokens_;
  uint64_t digest_bits_;
  std::vector<TokenId> tokens_;
  std::vector<Entry> entries_;
  std::vector<uint8_t> pending_;
};

}  // namespace lmp::cache
