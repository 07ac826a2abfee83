// The bytes of chunk objects on a disk (docs/FORMATS.md): group records, which hold payload, and
// commit records, which make an object visible. Parsers trust nothing; every error is Corruption
// and says what is wrong. Pure functions, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cache/chunk.h"
#include "cache/chunk_codec.h"
#include "runtime/base/status.h"

namespace lmp::cache {

// Short name of an object: the first half of the SHA-256 of its whole key. It leads to a commit
// record, which holds the key itself; so two keys with one name cost a miss and nothing else.
struct ChunkName {
  std::array<uint8_t, 16> bytes = {};
  auto operator<=>(const ChunkName&) const = default;
};

ChunkName NameOf(const ChunkKey& key);

// Of a tenant's or a document's name, so that the names themselves are not on the disk.
Digest DigestOfName(const std::string& name);

inline constexpr size_t kGroupHeaderBytes = 64;
using GroupHeader = std::array<std::byte, kGroupHeaderBytes>;

// A group record is this header and the payload.
GroupHeader MakeGroupHeader(const ChunkName& name, const ChunkShape& shape, const LayerGroup& group,
                            std::span<const std::byte> payload);

// The payload of a group record, after every check but the commit record's.
Result<std::span<const std::byte>> CheckGroupRecord(std::span<const std::byte> record,
                                                    const ChunkName& name, const ChunkShape& shape,
                                                    const LayerGroup& group);

// What a commit record says. The tenant is there as a digest.
struct CommitRecord {
  Digest tenant = {};
  Digest identity = {};
  ChunkId chunk = {};
  CompileContext context = {};
  double compute_seconds = 0;
  uint64_t payload_bytes = 0;
  std::vector<uint64_t> checksums = {};  // of the groups' payloads, in order

  bool Matches(const ChunkKey& key) const;
  bool operator==(const CommitRecord&) const = default;
};

CommitRecord MakeCommitRecord(const ChunkObject& object);
std::string EncodeCommitRecord(const CommitRecord& record);
Result<CommitRecord> ParseCommitRecord(std::span<const std::byte> bytes);

}  // namespace lmp::cache
