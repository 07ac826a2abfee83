// ChunkIndex: which objects a store holds and which goes first. 40 bytes an object, 4 to 8 in the
// hash table and 4 in the heap, so that a million objects are indexed in under 64 MB; names, keys
// and payloads are elsewhere.
//
// PGDSF (Cherkasova's GDSF with a prefill's cost): priority = clock + uses * seconds / bytes. The
// victim is the lowest priority, and the clock rises to it, so what was dear long ago loses to what
// is used now. Pinned objects are no victims.
//
//   table_: open addressing, slot numbers   entries_: slots, in segments   heap_: slots by priority
//
// I1 an occupied slot is in table_ exactly once; in heap_ exactly once iff it has no pins.
// I2 bytes() is the sum of the slots' bytes.
// One thread at a time: the store's mutex guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cache/chunk_record.h"

namespace lmp::cache {

class ChunkIndex {
 public:
  // bytes: of the payload, at most 2^40 - 1. False if it is there already (nothing changes).
  bool Insert(const ChunkName& name, uint64_t bytes, double compute_seconds);
  bool Contains(const ChunkName& name) const { return Find(name) != kNone; }
  // Counts a use. The object's cost in seconds; nullopt if it is not there.
  std::optional<double> Touch(const ChunkName& name);
  // Removes an object, pinned or not. Its bytes; nullopt if it is not there.
  std::optional<uint64_t> Erase(const ChunkName& name);
  // Pins count up to 255; false (no pin) beyond that or if the object is not there.
  bool Pin(const ChunkName& name);
  void Unpin(const ChunkName& name);  // nothing happens if the object has been erased
  // Removes the victim and raises the clock; nullopt if every object is pinned.
  std::optional<ChunkName> Evict();

  size_t size() const { return size_; }
  uint64_t bytes() const { return bytes_; }
  size_t memory_bytes() const;
  void CheckInvariants() const;

 private:
  using Slot = uint32_t;
  static constexpr Slot kNone = ~Slot{0};
  static constexpr size_t kSegmentSlots = 4096;  // growing copies nothing

  struct Entry {
    ChunkName name;
    double priority;
    uint32_t heap_at;  // kNone while pinned; next free slot in a free one
    float seconds;
    uint32_t bytes_low;
    uint16_t uses;
    uint8_t bytes_high;
    uint8_t pins;
  };
  static_assert(sizeof(Entry) == 40);

  Entry& At(Slot slot) { return segments_[slot / kSegmentSlots][slot % kSegmentSlots]; }
  const Entry& At(Slot slot) const { return segments_[slot / kSegmentSlots][slot % kSegmentSlots]; }
  static uint64_t BytesOf(const Entry& e) {
    return (static_cast<uint64_t>(e.bytes_high) << 32) | e.bytes_low;
  }
  size_t Home(const ChunkName& name) const;
  Slot Find(const ChunkName& name) const;
  size_t TableIndexOf(Slot slot) const;
  void GrowTable();
  void EraseFromTable(size_t at);
  void Free(Slot slot);
  double PriorityOf(const Entry& e) const;
  void HeapPush(Slot slot);
  void HeapErase(Slot slot);
  void SiftUp(size_t at);
  void SiftDown(size_t at);
  void HeapPlace(size_t at, Slot slot);

  std::vector<std::unique_ptr<Entry[]>> segments_;
  std::vector<Slot> table_;
  std::vector<Slot> heap_;
  Slot free_ = kNone;
  size_t slots_used_ = 0;  // slots that were ever occupied
  size_t size_ = 0;
  uint64_t bytes_ = 0;
  double clock_ = 0;
};

}  // namespace lmp::cache
