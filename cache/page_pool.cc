#include "cache/page_pool.h"

#include <string>

#include "runtime/base/check.h"

namespace lmp::cache {

namespace {

const char* Name(PageOwner owner) {
  switch (owner) {
    case PageOwner::kFree:
      return "free";
    case PageOwner::kPrivate:
      return "private";
    case PageOwner::kTree:
      return "owned by the tree";
  }
  return "?";
}

}  // namespace

PagePool::PagePool(const Options& options) : slots_(options.page_count) {
  LMP_CHECK(options.page_count < PageId::kNone);
  free_.reserve(options.page_count);
  // The lowest numbers are on top, so that pages taken together lie together.
  for (uint32_t i = options.page_count; i > 0; --i) free_.push_back(PageId(i - 1));
}

std::optional<PageId> PagePool::Allocate() {
  if (free_.empty()) return std::nullopt;
  const PageId page = free_.back();
  free_.pop_back();
  slots_[page.index].owner = PageOwner::kPrivate;
  return page;
}

void PagePool::FreePrivate(PageId page) { Free(page, SlotOf(page, PageOwner::kPrivate)); }

void PagePool::Adopt(PageId page) {
  SlotOf(page, PageOwner::kPrivate).owner = PageOwner::kTree;
  ++tree_count_;
}

void PagePool::FreeTree(PageId page) {
  Free(page, SlotOf(page, PageOwner::kTree));
  --tree_count_;
}

PageOwner PagePool::owner(PageId page) const {
  LMP_CHECK(page.index < slots_.size());
  return slots_[page.index].owner;
}

uint32_t PagePool::generation(PageId page) const {
  LMP_CHECK(page.index < slots_.size());
  return slots_[page.index].generation;
}

PagePool::Slot& PagePool::SlotOf(PageId page, PageOwner expected) {
  LMP_CHECK_MSG(page.index < slots_.size(), "page " + std::to_string(page.index));
  Slot& slot = slots_[page.index];
  LMP_CHECK_MSG(slot.owner == expected, "page " + std::to_string(page.index) + " is " +
                                            Name(slot.owner) + ", not " + Name(expected));
  return slot;
}

void PagePool::Free(PageId page, Slot& slot) {
  slot.owner = PageOwner::kFree;
  ++slot.generation;
  free_.push_back(page);
}

void PagePool::CheckInvariants() const {
  uint32_t free = 0, tree = 0;
  for (const Slot& slot : slots_) {
    free += slot.owner == PageOwner::kFree;
    tree += slot.owner == PageOwner::kTree;
  }
  LMP_CHECK(free == free_count() && tree == tree_count_);
  std::vector<bool> listed(slots_.size());
  for (const PageId page : free_) {
    LMP_CHECK(page.index < slots_.size() && slots_[page.index].owner == PageOwner::kFree);
    LMP_CHECK_MSG(!listed[page.index], "page " + std::to_string(page.index) + " is free twice");
    listed[page.index] = true;
  }
}

}  // namespace lmp::cache
