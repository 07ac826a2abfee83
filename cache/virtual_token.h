// VirtualTokens: names for approximate KV in the prefix trees.
//
// A page of the tree is found by the tokens of its path. KV that is not what a full prefill gives
// must never be found that way. So the path of a sequence with approximate KV holds, in place of
// the first token of each chunk that was reused approximately, a virtual token: a negative number
// that stands for the digest of everything the chunk's rows depend on beside the path before them
// (which object, which repair). Prompts hold no negative ids (Engine::Start refuses them), so an
// exact lookup ends where the approximate region begins; two sequences share approximate pages
// exactly when their plans are equal up to there.
//
//   exact path:        4 8 15 16 | 23 42 7 ...
//   approximate path:  4 8 15 16 | -9 42 7 ...     -9: chunk object, link(8)
//
// Tokens are numbered as digests come and never given back. A plain object; engine thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <unordered_map>

#include "cache/chunk_digest.h"
#include "runtime/base/token_id.h"

namespace lmp::cache {

class VirtualTokens {
 public:
  // About 100 bytes each. Beyond this the caller does without approximate KV.
  explicit VirtualTokens(size_t count_max = size_t{1} << 20) : count_max_(count_max) {}

  // Equal digests, equal token; nothing when the names are used up.
  std::optional<TokenId> For(const Digest& digest) {
    if (const auto known = tokens_.find(digest); known != tokens_.end()) return known->second;
    if (tokens_.size() >= count_max_) return std::nullopt;
    const auto token = static_cast<TokenId>(-2 - static_cast<int64_t>(tokens_.size()));
    tokens_.emplace(digest, token);
    return token;
  }
  size_t size() const { return tokens_.size(); }

 private:
  struct Hash {
    size_t operator()(const Digest& digest) const noexcept {
      size_t hash = 0;  // a digest is as good a hash as any part of it
      std::memcpy(&hash, digest.bytes.data(), sizeof(hash));
      return hash;
    }
  };
  size_t count_max_;
  std::unordered_map<Digest, TokenId, Hash> tokens_;
};

}  // namespace lmp::cache
