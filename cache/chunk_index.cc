#include "cache/chunk_index.h"

#include <algorithm>
#include <cstring>

namespace lmp::cache {

size_t ChunkIndex::Home(const ChunkName& name) const {
  uint64_t hash;  // the name is a digest already
  std::memcpy(&hash, name.bytes.data(), sizeof(hash));
  return hash & (table_.size() - 1);
}

ChunkIndex::Slot ChunkIndex::Find(const ChunkName& name) const {
  if (table_.empty()) return kNone;
  for (size_t i = Home(name); table_[i] != kNone; i = (i + 1) & (table_.size() - 1)) {
    if (At(table_[i]).name == name) return table_[i];
  }
  return kNone;
}

size_t ChunkIndex::TableIndexOf(Slot slot) const {
  size_t i = Home(At(slot).name);
  while (table_[i] != slot) i = (i + 1) & (table_.size() - 1);
  return i;
}

void ChunkIndex::GrowTable() {
  const size_t wanted = table_.empty() ? 64 : 2 * table_.size();
  std::vector<Slot> old(wanted, kNone);
  old.swap(table_);
  for (const Slot slot : old) {
    if (slot == kNone) continue;
    size_t i = Home(At(slot).name);
    while (table_[i] != kNone) i = (i + 1) & (table_.size() - 1);
    table_[i] = slot;
  }
}

// Backward shift: no tombstones, so lookups stay short however often objects come and go.
void ChunkIndex::EraseFromTable(size_t at) {
  const size_t mask = table_.size() - 1;
  for (size_t next = (at + 1) & mask; table_[next] != kNone; next = (next + 1) & mask) {
    const size_t home = Home(At(table_[next]).name);
    if (((next - home) & mask) < ((next - at) & mask)) continue;  // would move before its home
    table_[at] = table_[next];
    at = next;
  }
  table_[at] = kNone;
}

double ChunkIndex::PriorityOf(const Entry& e) const {
  return clock_ + static_cast<double>(e.uses) * static_cast<double>(e.seconds) /
                      static_cast<double>(std::max<uint64_t>(1, BytesOf(e)));
}

bool ChunkIndex::Insert(const ChunkName& name, uint64_t bytes, double compute_seconds) {
  LMP_CHECK(bytes < (1ull << 40));
  if (Contains(name)) return false;
  if (8 * (size_ + 1) > 7 * table_.size()) GrowTable();
  Slot slot = free_;
  if (slot != kNone) {
    free_ = At(slot).heap_at;
  } else {
    slot = static_cast<Slot>(slots_used_++);
    if (slot / kSegmentSlots == segments_.size()) {
      segments_.push_back(std::make_unique<Entry[]>(kSegmentSlots));
    }
  }
  Entry& e = At(slot);
  e = {name,
       0,
       kNone,
       static_cast<float>(compute_seconds),
       static_cast<uint32_t>(bytes),
       1,
       static_cast<uint8_t>(bytes >> 32),
       0};
  e.priority = PriorityOf(e);
  size_t i = Home(name);
  while (table_[i] != kNone) i = (i + 1) & (table_.size() - 1);
  table_[i] = slot;
  HeapPush(slot);
  ++size_;
  bytes_ += bytes;
  return true;
}

std::optional<double> ChunkIndex::Touch(const ChunkName& name) {
  const Slot slot = Find(name);
  if (slot == kNone) return std::nullopt;
  Entry& e = At(slot);
  if (e.uses < UINT16_MAX) ++e.uses;
  e.priority = PriorityOf(e);
  if (e.heap_at != kNone) SiftDown(e.heap_at);  // priorities only rise
  return static_cast<double>(e.seconds);
}

void ChunkIndex::Free(Slot slot) {
  Entry& e = At(slot);
  if (e.heap_at != kNone) HeapErase(slot);
  EraseFromTable(TableIndexOf(slot));
  --size_;
  bytes_ -= BytesOf(e);
  e = {};
  e.heap_at = free_;
  free_ = slot;
}

std::optional<uint64_t> ChunkIndex::Erase(const ChunkName& name) {
  const Slot slot = Find(name);
  if (slot == kNone) return std::nullopt;
  const uint64_t bytes = BytesOf(At(slot));
  Free(slot);
  return bytes;
}

bool ChunkIndex::Pin(const ChunkName& name) {
  const Slot slot = Find(name);
  if (slot == kNone || At(slot).pins == UINT8_MAX) return false;
  if (At(slot).pins++ == 0) HeapErase(slot);
  return true;
}

void ChunkIndex::Unpin(const ChunkName& name) {
  const Slot slot = Find(name);
  if (slot == kNone || At(slot).pins == 0) return;  // erased, perhaps stored again since
  if (--At(slot).pins == 0) HeapPush(slot);
}

std::optional<ChunkName> ChunkIndex::Evict() {
  if (heap_.empty()) return std::nullopt;
  const Slot slot = heap_.front();
  const ChunkName name = At(slot).name;
  clock_ = std::max(clock_, At(slot).priority);
  Free(slot);
  return name;
}

void ChunkIndex::HeapPlace(size_t at, Slot slot) {
  heap_[at] = slot;
  At(slot).heap_at = static_cast<uint32_t>(at);
}

void ChunkIndex::SiftUp(size_t at) {
  const Slot slot = heap_[at];
  while (at > 0 && At(heap_[(at - 1) / 2]).priority > At(slot).priority) {
    HeapPlace(at, heap_[(at - 1) / 2]);
    at = (at - 1) / 2;
  }
  HeapPlace(at, slot);
}

void ChunkIndex::SiftDown(size_t at) {
  const Slot slot = heap_[at];
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && At(heap_[child + 1]).priority < At(heap_[child]).priority) {
      ++child;
    }
    if (At(heap_[child]).priority >= At(slot).priority) break;
    HeapPlace(at, heap_[child]);
    at = child;
  }
  HeapPlace(at, slot);
}

void ChunkIndex::HeapPush(Slot slot) {
  heap_.push_back(slot);
  SiftUp(heap_.size() - 1);
}

void ChunkIndex::HeapErase(Slot slot) {
  const size_t at = At(slot).heap_at;
  const Slot last = heap_.back();
  heap_.pop_back();
  At(slot).heap_at = kNone;
  if (last == slot) return;
  HeapPlace(at, last);
  SiftUp(at);
  SiftDown(At(last).heap_at);
}

size_t ChunkIndex::memory_bytes() const {
  return segments_.size() * kSegmentSlots * sizeof(Entry) + segments_.capacity() * sizeof(void*) +
         (table_.capacity() + heap_.capacity()) * sizeof(Slot);
}

void ChunkIndex::CheckInvariants() const {
  size_t found = 0, unpinned = 0;
  uint64_t bytes = 0;
  for (const Slot slot : table_) {
    if (slot == kNone) continue;
    const Entry& e = At(slot);
    ++found;
    bytes += BytesOf(e);
    LMP_CHECK(Find(e.name) == slot);
    LMP_CHECK((e.pins == 0) == (e.heap_at != kNone));
    if (e.pins != 0) continue;
    ++unpinned;
    LMP_CHECK(e.heap_at < heap_.size() && heap_[e.heap_at] == slot);
    if (e.heap_at > 0) LMP_CHECK(At(heap_[(e.heap_at - 1) / 2]).priority <= e.priority);
  }
  LMP_CHECK(found == size_ && unpinned == heap_.size() && bytes == bytes_);
}

}  // namespace lmp::cache
