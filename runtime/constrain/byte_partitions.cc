#include "runtime/constrain/byte_partitions.h"

#include <algorithm>
#include <utility>

namespace lmp::constrain {

void CutClasses(const ByteSet& set, std::vector<ByteSet>* classes) {
  const size_t count = classes->size();
  for (size_t i = 0; i < count; ++i) {
    const ByteSet inside = (*classes)[i] & set;
    if (inside.empty() || inside == (*classes)[i]) continue;
    (*classes)[i] = (*classes)[i] & ~set;
    classes->push_back(inside);
  }
}

void AppendEach(const ByteSet& set, std::vector<ByteSet>* classes) {
  for (ByteSet left = set; !left.empty();) {
    const ByteSet one = ByteSet::Of(static_cast<uint8_t>(left.first()));
    left = left & ~one;
    classes->push_back(one);
  }
}

namespace {

constexpr size_t kPartitionsMax = 4096;  // ordinary grammars have tens

size_t HashOf(const std::vector<ByteSet>& classes) {
  uint64_t hash = classes.size();
  for (const ByteSet& set : classes) {
    for (const uint64_t word : set.words) {
      hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
      hash ^= hash >> 29;
    }
  }
  return hash;
}

const std::vector<ByteSet>& EveryByte() {
  static const std::vector<ByteSet> kEvery = [] {
    std::vector<ByteSet> classes;
    AppendEach(ByteSet::All(), &classes);
    return classes;
  }();
  return kEvery;
}

}  // namespace

BytePartitions::BytePartitions() : partitions_(2) { partitions_[kWhole] = {ByteSet::All()}; }

std::span<const ByteSet> BytePartitions::classes(uint32_t id) const {
  return id == kEach ? EveryByte() : partitions_[id];
}

uint32_t BytePartitions::Intern(std::vector<ByteSet> classes) {
  if (classes.size() == 1) return kWhole;
  if (classes.size() == 256) return kEach;
  std::sort(classes.begin(), classes.end());
  const size_t hash = HashOf(classes);
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto at = first; at != last; ++at) {
    if (partitions_[at->second] == classes) return at->second;
  }
  if (partitions_.size() >= kPartitionsMax) return kEach;
  const auto id = static_cast<uint32_t>(partitions_.size());
  partitions_.push_back(std::move(classes));
  by_hash_.emplace(hash, id);
  return id;
}

uint32_t BytePartitions::OfSet(const ByteSet& set) {
  std::vector<ByteSet> classes = {ByteSet::All()};
  CutClasses(set, &classes);
  return Intern(std::move(classes));
}

uint32_t BytePartitions::OfEach(const ByteSet& set) {
  std::vector<ByteSet> classes;
  AppendEach(set, &classes);
  if (set != ByteSet::All()) classes.push_back(~set);
  return Intern(std::move(classes));
}

uint32_t BytePartitions::Meet(uint32_t a, uint32_t b) {
  if (a > b) std::swap(a, b);
  if (a == b || a == kWhole) return b;
  if (a == kEach) return a;
  const uint64_t key = uint64_t{a} << 32 | b;
  const auto found = meets_.find(key);
  if (found != meets_.end()) return found->second;
  std::vector<ByteSet> classes = partitions_[a];
  for (const ByteSet& set : partitions_[b]) CutClasses(set, &classes);
  const uint32_t meet = Intern(std::move(classes));
  if (meets_.size() < kPartitionsMax * 4) meets_.emplace(key, meet);
  return meet;
}

ByteSet BytePartitions::ClassOf(uint32_t id, uint8_t byte) const {
  if (id == kEach) return ByteSet::Of(byte);
  for (const ByteSet& set : partitions_[id]) {
    if (set.Contains(byte)) return set;
  }
  return ByteSet::Of(byte);
}

}  // namespace lmp::constrain
