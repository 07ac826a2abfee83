// PageChain: one digest per full page of a token sequence, each digest covering everything up to
// the end of its page and the tenant's salt. Two sequences share their first n pages if their n-th
// digests are equal.
//
// Used to decide whether to wait for another sequence's pages, never to share them: sharing
// compares tokens (cache/prefix_cache.h), so a collision can cost a step and no more. A plain
// value.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/kv_layout.h"
#include "runtime/base/token_id.h"

namespace lmp::engine {

class PageChain {
 public:
  // Extends the chain to all full pages of `tokens`, of which the chain covers a prefix already.
  void Extend(uint64_t salt, std::span<const TokenId> tokens) {
    const size_t pages = tokens.size() / kPageTokens;
    uint64_t digest = digests_.empty() ? Mix(salt + 1) : digests_.back();
    for (size_t i = digests_.size() * kPageTokens; i < pages * kPageTokens; ++i) {
      digest = Mix(digest ^ (static_cast<uint64_t>(static_cast<uint32_t>(tokens[i])) + 1));
      if (i % kPageTokens == kPageTokens - 1) digests_.push_back(digest);
    }
  }
  // Pages that both sequences begin with.
  size_t CommonPages(const PageChain& other) const {
    // Digests cover their whole prefix, so equality holds up to one border.
    size_t low = 0;
    size_t high = std::min(digests_.size(), other.digests_.size());
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if (digests_[middle] == other.digests_[middle]) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

 private:
  static uint64_t Mix(uint64_t x) {
    x *= 0x9e3779b97f4a7c15ull;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ull;
    return x ^ (x >> 32);
  }

  std::vector<uint64_t> digests_;
};

}  // namespace lmp::engine
