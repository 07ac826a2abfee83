// GhostSet: digests of pages evicted lately, so that a miss can be told from a page never seen. A
// bounded memory: sets of eight, of which the oldest is overwritten. A digest may be forgotten
// early when its set is crowded; it is never invented, up to equal 64-bit digests. Only statistics
// rest on it.
//
// Thread: the engine thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lmp::cache {

class GhostSet {
 public:
  // Remembers about `count_max` digests; 0 remembers nothing.
  explicit GhostSet(size_t count_max)
      : sets_(count_max == 0 ? 0 : std::bit_ceil((count_max + kWays - 1) / kWays)) {}

  void Add(uint64_t digest) {
    if (sets_.empty() || Contains(digest)) return;
    Set& set = sets_[digest & (sets_.size() - 1)];
    std::shift_right(set.begin(), set.end(), 1);
    set[0] = digest;
  }
  bool Contains(uint64_t digest) const {
    if (sets_.empty() || digest == 0) return false;  // 0 marks an empty place
    const Set& set = sets_[digest & (sets_.size() - 1)];
    return std::find(set.begin(), set.end(), digest) != set.end();
  }
  size_t bytes_used() const { return sets_.size() * sizeof(Set); }

 private:
  static constexpr size_t kWays = 8;  // one cache line
  using Set = std::array<uint64_t, kWays>;
  std::vector<Set> sets_;
};

}  // namespace lmp::cache
