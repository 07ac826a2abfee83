// DerivativeTable: derivatives that are known, by expression and byte: a flat hash table, because a
// grammar's automaton asks it more often than anything else. A value; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace lmp::constrain {

class DerivativeTable {
 public:
  static constexpr uint32_t kNone = 0xffffffffu;

  uint32_t Find(uint32_t expr, uint8_t byte) const {
    if (slots_.empty()) return kNone;
    return slots_[SlotOf(KeyOf(expr, byte))].value;
  }
  // Precondition: the key is not there yet.
  void Insert(uint32_t expr, uint8_t byte, uint32_t value) {
    if ((count_ + 1) * 2 > slots_.size()) Grow();
    const uint64_t key = KeyOf(expr, byte);
    slots_[SlotOf(key)] = {key, value};
    ++count_;
  }

 private:
  struct Slot {
    uint64_t key = 0;  // 0: free
    uint32_t value = kNone;
  };

  static uint64_t KeyOf(uint32_t expr, uint8_t byte) { return (uint64_t{expr} << 8 | byte) + 1; }
  size_t SlotOf(uint64_t key) const {
    size_t slot = (key * 0x9e3779b97f4a7c15ull >> 20) & (slots_.size() - 1);
    while (slots_[slot].key != 0 && slots_[slot].key != key)
      slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }
  void Grow() {
    std::vector<Slot> old = std::move(slots_);
    slots_.assign(old.empty() ? 64 : old.size() * 2, Slot());
    for (const Slot& slot : old) {
      if (slot.key != 0) slots_[SlotOf(slot.key)] = slot;
    }
  }

  std::vector<Slot> slots_;  // a power of two of them, at most half full
  size_t count_ = 0;
};

}  // namespace lmp::constrain
