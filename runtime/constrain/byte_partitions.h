// BytePartitions: ways to cut the byte values into classes, each kept once and named by an id. The
// derivatives of an expression are found once per class instead of once per byte; expressions are
// many, the ways to cut few, so what two of them have in common is remembered by their ids.
//
// A value; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "runtime/constrain/byte_set.h"

namespace lmp::constrain {

class BytePartitions {
 public:
  static constexpr uint32_t kWhole = 0;  // one class
  // Every byte alone. It stands for what is beyond the bound on how many are kept: finer than need
  // be, never wrong.
  static constexpr uint32_t kEach = 1;

  BytePartitions();

  // The set and the other bytes.
  uint32_t OfSet(const ByteSet& set);
  // Every member of the set alone, and the other bytes.
  uint32_t OfEach(const ByteSet& set);
  // The coarsest that cuts wherever one of the two does.
  uint32_t Meet(uint32_t a, uint32_t b);

  // Disjoint, none empty, together all bytes. Valid as long as this lives.
  std::span<const ByteSet> classes(uint32_t id) const;
  // The class of a byte.
  ByteSet ClassOf(uint32_t id, uint8_t byte) const;

 private:
  uint32_t Intern(std::vector<ByteSet> classes);

  std::vector<std::vector<ByteSet>> partitions_;  // classes in order; none of kEach
  std::unordered_multimap<size_t, uint32_t> by_hash_;
  std::unordered_map<uint64_t, uint32_t> meets_;  // by both ids, the smaller one first
};

// Cuts the classes wherever the set does.
void CutClasses(const ByteSet& set, std::vector<ByteSet>* classes);
// The members of a set, each alone.
void AppendEach(const ByteSet& set, std::vector<ByteSet>* classes);

}  // namespace lmp::constrain
