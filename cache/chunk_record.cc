#include "cache/chunk_record.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace lmp::cache {
namespace {

constexpr uint32_t kGroupMagic = 0x47504d4c;   // "LMPG"
constexpr uint32_t kCommitMagic = 0x43504d4c;  // "LMPC"
constexpr size_t kGroupsMax = 4096;

class Writer {
 public:
  explicit Writer(std::byte* out) : out_(out) {}
  template <typename T>
  void Put(T value) {
    for (size_t i = 0; i < sizeof(T); ++i) {
      *out_++ = static_cast<std::byte>(static_cast<uint64_t>(value) >> (8 * i));
    }
  }
  void PutBytes(std::span<const uint8_t> bytes) {
    std::memcpy(out_, bytes.data(), bytes.size());
    out_ += bytes.size();
  }

 private:
  std::byte* out_;
};

// Reads in order from bytes whose size the caller has checked.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> in) : in_(in) {}
  template <typename T>
  T Get() {
    LMP_CHECK(in_.size() >= sizeof(T));
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof(T); ++i) value |= static_cast<uint64_t>(in_[i]) << (8 * i);
    in_ = in_.subspan(sizeof(T));
    return static_cast<T>(value);
  }
  void GetBytes(std::span<uint8_t> out) {
    LMP_CHECK(in_.size() >= out.size());
    std::memcpy(out.data(), in_.data(), out.size());
    in_ = in_.subspan(out.size());
  }

 private:
  std::span<const std::byte> in_;
};

constexpr size_t kGroupChecked = 56;  // bytes in front of the header's own checksum
constexpr size_t kCommitFixed = 168;  // bytes in front of the list of checksums

// Bytes 0 to 55 of the header that this group must have, with the payload's checksum as given.
GroupHeader ExpectedHeader(const ChunkName& name, const ChunkShape& shape, const LayerGroup& group,
                           uint64_t payload_bytes, uint64_t payload_checksum) {
  GroupHeader header = {};
  Writer out(header.data());
  out.Put<uint32_t>(kGroupMagic);
  out.Put<uint16_t>(kChunkFormatVersion);
  out.Put<uint16_t>(kGroupHeaderBytes);
  out.Put<uint64_t>(payload_bytes);
  out.Put<uint64_t>(payload_checksum);
  out.PutBytes(name.bytes);
  out.Put<uint32_t>(static_cast<uint32_t>(shape.tokens));
  out.Put<uint16_t>(static_cast<uint16_t>(group.first));
  out.Put<uint16_t>(static_cast<uint16_t>(group.count));
  out.Put<uint16_t>(static_cast<uint16_t>(shape.geometry.kv_heads));
  out.Put<uint16_t>(static_cast<uint16_t>(shape.geometry.head_dim));
  out.Put<uint8_t>(static_cast<uint8_t>(shape.payload_type()));
  out.Put<uint8_t>(static_cast<uint8_t>(shape.codec));
  out.Put<uint8_t>(0);  // rope: none
  out.Put<uint8_t>(0);
  out.Put<uint64_t>(Checksum(std::span(header).first(kGroupChecked)));
  return header;
}

}  // namespace

ChunkName NameOf(const ChunkKey& key) {
  Sha256 sha;
  sha.AddText("lmp chunk key");
  sha.AddText(key.tenant);
  sha.Add(std::as_bytes(std::span(key.identity.bytes)));
  sha.Add(std::as_bytes(std::span(key.chunk.digest.bytes)));
  sha.AddU32(key.chunk.tokens);
  sha.AddU32(static_cast<uint32_t>(key.context.kind));
  sha.Add(std::as_bytes(std::span(key.context.prefix.bytes)));
  sha.AddU32(key.context.tokens);
  const Digest digest = sha.Finish();
  ChunkName name;
  std::copy_n(digest.bytes.begin(), name.bytes.size(), name.bytes.begin());
  return name;
}

Digest DigestOfName(const std::string& name) {
  Sha256 sha;
  sha.AddText("lmp name");
  sha.AddText(name);
  return sha.Finish();
}

GroupHeader MakeGroupHeader(const ChunkName& name, const ChunkShape& shape, const LayerGroup& group,
                            std::span<const std::byte> payload) {
  LMP_CHECK(payload.size() == shape.group_bytes(group));
  return ExpectedHeader(name, shape, group, payload.size(), Checksum(payload));
}

Result<std::span<const std::byte>> CheckGroupRecord(std::span<const std::byte> record,
                                                    const ChunkName& name, const ChunkShape& shape,
                                                    const LayerGroup& group) {
  const size_t payload_bytes = shape.group_bytes(group);
  if (record.size() != kGroupHeaderBytes + payload_bytes) {
    return Corruption("chunk group record: " + std::to_string(record.size()) + " bytes, expected " +
                      std::to_string(kGroupHeaderBytes + payload_bytes));
  }
  const std::span<const std::byte> payload = record.subspan(kGroupHeaderBytes);
  const uint64_t checksum = Reader(record.subspan(16)).Get<uint64_t>();
  const GroupHeader expected = ExpectedHeader(name, shape, group, payload_bytes, checksum);
  if (!std::equal(expected.begin(), expected.end(), record.begin())) {
    return Corruption("chunk group record: the header is not that of this object and group");
  }
  if (Checksum(payload) != checksum) return Corruption("chunk group record: wrong checksum");
  return payload;
}

bool CommitRecord::Matches(const ChunkKey& key) const {
  return tenant == DigestOfName(key.tenant) && identity == key.identity && chunk == key.chunk &&
         context == key.context;
}

CommitRecord MakeCommitRecord(const ChunkObject& object) {
  CommitRecord record;
  record.tenant = DigestOfName(object.key.tenant);
  record.identity = object.key.identity;
  record.chunk = object.key.chunk;
  record.context = object.key.context;
  record.compute_seconds = object.compute_seconds;
  record.payload_bytes = object.bytes();
  for (const ChunkBytes& group : object.groups) record.checksums.push_back(Checksum(group.bytes));
  return record;
}

std::string EncodeCommitRecord(const CommitRecord& record) {
  LMP_CHECK(record.checksums.size() <= kGroupsMax);
  std::string bytes(kCommitFixed + 8 * record.checksums.size() + 8, '\0');
  const auto out_bytes = std::as_writable_bytes(std::span(bytes));
  Writer out(out_bytes.data());
  out.Put<uint32_t>(kCommitMagic);
  out.Put<uint16_t>(kChunkFormatVersion);
  out.Put<uint16_t>(static_cast<uint16_t>(record.checksums.size()));
  out.Put<uint32_t>(record.chunk.tokens);
  out.Put<uint32_t>(static_cast<uint32_t>(record.context.kind));
  out.Put<uint32_t>(record.context.tokens);
  out.Put<uint32_t>(0);
  out.Put<uint64_t>(record.payload_bytes);
  out.Put<uint64_t>(std::bit_cast<uint64_t>(record.compute_seconds));
  out.PutBytes(record.tenant.bytes);
  out.PutBytes(record.identity.bytes);
  out.PutBytes(record.chunk.digest.bytes);
  out.PutBytes(record.context.prefix.bytes);
  for (const uint64_t checksum : record.checksums) out.Put<uint64_t>(checksum);
  out.Put<uint64_t>(Checksum(out_bytes.first(bytes.size() - 8)));
  return bytes;
}

Result<CommitRecord> ParseCommitRecord(std::span<const std::byte> bytes) {
  if (bytes.size() < kCommitFixed + 8) {
    return Corruption("chunk commit record: " + std::to_string(bytes.size()) + " bytes");
  }
  Reader in(bytes);
  if (in.Get<uint32_t>() != kCommitMagic) return Corruption("chunk commit record: wrong magic");
  const uint16_t version = in.Get<uint16_t>();
  if (version != kChunkFormatVersion) {
    return Corruption("chunk commit record: version " + std::to_string(version));
  }
  const size_t groups = in.Get<uint16_t>();
  if (groups > kGroupsMax || bytes.size() != kCommitFixed + 8 * groups + 8) {
    return Corruption("chunk commit record: " + std::to_string(bytes.size()) + " bytes for " +
                      std::to_string(groups) + " groups");
  }
  if (Reader(bytes.last(8)).Get<uint64_t>() != Checksum(bytes.first(bytes.size() - 8))) {
    return Corruption("chunk commit record: wrong checksum");
  }
  CommitRecord record;
  record.chunk.tokens = in.Get<uint32_t>();
  const uint32_t kind = in.Get<uint32_t>();
  if (kind > static_cast<uint32_t>(CompileContextKind::kPrefix)) {
    return Corruption("chunk commit record: compile context " + std::to_string(kind));
  }
  record.context.kind = static_cast<CompileContextKind>(kind);
  record.context.tokens = in.Get<uint32_t>();
  if (in.Get<uint32_t>() != 0) return Corruption("chunk commit record: reserved bytes");
  record.payload_bytes = in.Get<uint64_t>();
  record.compute_seconds = std::bit_cast<double>(in.Get<uint64_t>());
  if (!(record.compute_seconds >= 0) || !std::isfinite(record.compute_seconds)) {
    return Corruption("chunk commit record: cost");
  }
  in.GetBytes(record.tenant.bytes);
  in.GetBytes(record.identity.bytes);
  in.GetBytes(record.chunk.digest.bytes);
  in.GetBytes(record.context.prefix.bytes);
  for (size_t i = 0; i < groups; ++i) record.checksums.push_back(in.Get<uint64_t>());
  return record;
}

}  // namespace lmp::cache
