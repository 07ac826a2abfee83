// What a stored chunk is, and what must be equal before its KV may be used: ChunkId, ChunkIdentity,
// CompileContext, together the ChunkKey; and ChunkShape, how its bytes are laid out.
//
// A chunk is a run of token ids whose KV was computed once, by an exact run, behind a declared
// compile context, and stored with K before rotation, so that it can be placed at any position.
// V and K of layer 0 depend on the ids alone; deeper layers also on the compile context, which
// therefore is part of the key.
//
// All types are values; any thread. Nothing here touches a disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cache/chunk_digest.h"
#include "kernels/kv_layout.h"
#include "runtime/base/status.h"
#include "runtime/base/token_id.h"

namespace lmp::cache {

// Raised by any change to the record formats (docs/FORMATS.md), the payload layout or the layer
// groups. A store with another number is rewritten, never migrated.
inline constexpr uint32_t kChunkFormatVersion = 1;

inline constexpr uint32_t kChunkTokensMax = 1u << 15;  // one passage; 4 GiB of an 8B model's KV
inline constexpr size_t kTenantBytesMax = 256;         // a tenant's and a document's name

// The ids of a chunk, whatever its place in a prompt. Equal ids, equal ChunkId; the text does not
// matter.
struct ChunkId {
  Digest digest = {};   // SHA-256("lmp chunk 1" | ids as u32 little-endian | count as u64)
  uint32_t tokens = 0;  // count of the ids; part of the digest, here because the shape needs it

  auto operator<=>(const ChunkId&) const = default;
};

// An empty chunk and one of more than kChunkTokensMax ids have an id, but no store takes them.
ChunkId MakeChunkId(std::span<const TokenId> ids);

// Payload of the stored rows. kRaw keeps the bytes of the KV type: what is loaded equals what was
// computed. kInt8 rounds to one int8 per value and one scale per (token, head): half of bf16, but
// approximate, so every use of it taints (decision 3).
enum class ChunkCodec : uint8_t { kRaw = 0, kInt8 = 1 };

// "f32", "bf16", "int8".
std::string_view KvTypeName(KvType type);

// Everything besides the ids and their context that the KV depends on. One store serves one
// identity. Texts are compared byte by byte through the digest; whoever fills them decides how to
// write them. Unknown is not allowed: Compute() refuses an empty field, so that forgetting one can
// only cost hits, never return another model's KV.
struct ChunkIdentity {
  std::string weights = {};    // digest of the weight file's content; of the digest model, its name
  std::string adapter = {};    // digest of the adapter, or "none"
  std::string tokenizer = {};  // digest of vocabulary, merges and normalisation
  std::string rope = {};       // base, dims, pairing, scaling factors, as text
  std::string windows = {};    // which layers attend to which window, or "full"
  std::string numerics = {};   // row arithmetic: kernel family and version, norm epsilon, ...
  int heads = 0;               // query heads
  KvGeometry geometry = {};    // layers, KV heads, head dimension, KV type of the pool
  ChunkCodec codec = ChunkCodec::kRaw;

  bool operator==(const ChunkIdentity& other) const;
  // Digest over every field and kChunkFormatVersion.
  // Errors: InvalidArgument naming the field that is empty or out of range; Unsupported when the
  // build has no SHA-256.
  Result<Digest> Compute() const;
  // One line per field, "name value", as the store's marker file holds it, to say which differs.
  std::string ToText() const;
  // The reverse. Errors: Corruption naming the field.
  static Result<ChunkIdentity> FromText(std::string_view text);
};

// What stood in front of the chunk when its KV was computed.
enum class CompileContextKind : uint8_t {
  kNone = 0,    // nothing: the chunk's first token had position 0
  kBos = 1,     // the model's BOS: shared by all programs
  kPrefix = 2,  // an exact prefix (the program's system prefix, BOS included), named by its ids
};

struct CompileContext {
  CompileContextKind kind = CompileContextKind::kNone;
  Digest prefix = {};   // kPrefix: MakeChunkId of its ids; otherwise empty
  uint32_t tokens = 0;  // kPrefix: their count; otherwise 0

  static CompileContext None() { return {}; }
  static CompileContext Bos() { return {CompileContextKind::kBos, {}, 0}; }
  // ids: the whole prefix, in order, BOS included where the model has one.
  static CompileContext Prefix(std::span<const TokenId> ids);

  auto operator<=>(const CompileContext&) const = default;
};

// The name of one stored object. Two keys that differ in any field name different objects; the
// stores compare all of it, never a shortened digest alone.
struct ChunkKey {
  std::string tenant = {};  // the caller's salt, may be empty; tenants never meet
  Digest identity = {};     // ChunkIdentity::Compute()
  ChunkId chunk = {};
  CompileContext context = {};

  auto operator<=>(const ChunkKey&) const = default;
};

// Layers [first, first + count) of one object: what is read and becomes usable together.
struct LayerGroup {
  int first = 0;
  int count = 0;

  bool operator==(const LayerGroup&) const = default;
};

// How an object's payload is laid out; follows from the identity and the number of tokens.
//
//   object = groups in ascending order of layers
//   group  = layers, each: K plane, V plane       (no padding)
//   plane  = values [token][kv_head][head_dim], then for int8 fp32 scales [token][kv_head]
//
// Rows are in token order, not in page layout: a chunk may begin at any slot of a page, and its K
// is rotated row by row on the way into the pool anyway. Little-endian.
struct ChunkShape {
  KvGeometry geometry = {};
  ChunkCodec codec = ChunkCodec::kRaw;
  int tokens = 0;

  // Type of the stored values: the pool's, or int8 for ChunkCodec::kInt8.
  KvType payload_type() const { return codec == ChunkCodec::kInt8 ? KvType::kInt8 : geometry.type; }
  // True if what is loaded equals, bit by bit, what was computed.
  bool lossless() const { return payload_type() == geometry.type; }
  size_t row_elements() const {  // elements of one token in one plane
    return static_cast<size_t>(geometry.kv_heads) * static_cast<size_t>(geometry.head_dim);
  }
  size_t plane_bytes() const;  // K or V of one layer
  size_t layer_bytes() const { return 2 * plane_bytes(); }
  size_t bytes() const { return layer_bytes() * static_cast<size_t>(geometry.layers); }
  size_t group_bytes(const LayerGroup& group) const {
    return layer_bytes() * static_cast<size_t>(group.count);
  }

  bool operator==(const ChunkShape& other) const;
};

ChunkShape MakeChunkShape(const ChunkIdentity& identity, uint32_t tokens);

// The groups of an object: {0}, {1}, then twice as many layers each time, a group of more than one
// layer having at most kLayerGroupBytes. The first ones are small because computing starts with
// them (and a check layer is 1); the later ones big because disks like that. A function of the
// shape alone.
inline constexpr size_t kLayerGroupBytes = 2u << 20;
std::vector<LayerGroup> LayerGroups(const ChunkShape& shape);

}  // namespace lmp::cache
