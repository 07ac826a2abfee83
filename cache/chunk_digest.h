// Digests of the chunk cache (decision 16): SHA-256 for content that a user can choose, XXH3 only
// to notice damage. SHA-256 is OpenSSL's libcrypto (docs/adr/0005-chunk-store.md says why).
//
// A build without libcrypto (LMP_CRYPTO=OFF, the minimal preset) has no SHA-256: Sha256Available()
// is false, no chunk store can be opened there, and so no code needs a digest; computing one fails
// a check. Values and functions may be used on any thread; a Sha256 object by one thread at a time.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace lmp::cache {

struct Digest {
  std::array<uint8_t, 32> bytes = {};

  auto operator<=>(const Digest&) const = default;
  bool empty() const { return *this == Digest(); }
  std::string Hex() const;  // 64 lower-case digits
};

bool Sha256Available();

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Add(std::span<const std::byte> bytes);
  // Text with its length in front, so that ("ab", "c") and ("a", "bc") differ.
  void AddText(std::string_view text);
  void AddU32(uint32_t value);  // little-endian
  void AddU64(uint64_t value);  // little-endian
  // Ends the computation; nothing may be added afterwards.
  Digest Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// SHA-256 of a file's content, for ChunkIdentity::weights. Reads the whole file.
// Errors: NotFound, Unavailable, Unsupported (no SHA-256 in this build).
Result<Digest> DigestFile(const std::string& path);

// XXH3, 64 bits. Never for what a user may choose.
uint64_t Checksum(std::span<const std::byte> bytes);

}  // namespace lmp::cache
