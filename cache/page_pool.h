// PagePool: the page numbers of one KV pool and who owns each. It moves numbers only; the bytes
// belong to the engine's KvPool.
//
// Ownership is exclusive at every moment, so there is no reference count and nothing to leak twice:
//
//              Allocate                 Adopt (Insert)
//      free ------------> private to ------------------> owned by
//       ^                 one sequence                   one tree node
//       |   FreePrivate       |                               |
//       +---------------------+            FreeTree (evict)   |
//       +-----------------------------------------------------+
//
// Sequences share a page by pinning the tree node that owns it (cache/prefix_cache.h), never by
// holding the page.
//
// Invariants (CheckInvariants):
//   1. every page is free, private or owned by the tree; the three counts add up to page_count();
//   2. the free list holds each free page once and nothing else;
//   3. a page's generation grows by one each time the page is freed, so that a stale page number is
//      seen by comparing stamps.
//
// Thread: the engine thread. Errors: none; misuse (double free, wrong owner) fails a check.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/kv_layout.h"

namespace lmp::cache {

enum class PageOwner : uint8_t { kFree, kPrivate, kTree };

class PagePool {
 public:
  struct Options {
    uint32_t page_count = 0;
  };
  explicit PagePool(const Options& options);
  PagePool(const PagePool&) = delete;
  PagePool& operator=(const PagePool&) = delete;

  // A page private to the caller, or nothing when no page is free.
  std::optional<PageId> Allocate();
  // REQUIRES: private.
  void FreePrivate(PageId page);
  // Private -> tree; for the tree's use.
  void Adopt(PageId page);
  // Tree -> free; for the tree's use.
  void FreeTree(PageId page);

  uint32_t page_count() const { return static_cast<uint32_t>(slots_.size()); }
  uint32_t free_count() const { return static_cast<uint32_t>(free_.size()); }
  uint32_t private_count() const { return page_count() - free_count() - tree_count_; }
  uint32_t tree_count() const { return tree_count_; }
  PageOwner owner(PageId page) const;
  uint32_t generation(PageId page) const;

  void CheckInvariants() const;

 private:
  struct Slot {
    uint32_t generation = 0;
    PageOwner owner = PageOwner::kFree;
  };
  Slot& SlotOf(PageId page, PageOwner expected);
  void Free(PageId page, Slot& slot);

  std::vector<Slot> slots_;
  std::vector<PageId> free_;  // a stack: pages freed last are reused first
  uint32_t tree_count_ = 0;
};

}  // namespace lmp::cache
