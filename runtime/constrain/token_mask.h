// TokenMask: a set of tokens, one bit each, 64 to a word; bits beyond the vocabulary are 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/base/token_id.h"

namespace lmp::constrain {

struct TokenMask {
  std::vector<uint64_t> words;

  bool Allows(TokenId id) const {
    return (words[static_cast<size_t>(id) >> 6] >> (static_cast<size_t>(id) & 63)) & 1u;
  }
  // Ids outside the words are ignored.
  void Set(TokenId id, bool allowed) {
    const size_t word = static_cast<size_t>(id) >> 6;
    if (id < 0 || word >= words.size()) return;
    const uint64_t bit = uint64_t{1} << (static_cast<size_t>(id) & 63);
    words[word] = allowed ? words[word] | bit : words[word] & ~bit;
  }
};

}  // namespace lmp::constrain
