#include "cache/chunk.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>
#include <utility>

namespace lmp::cache {
namespace {

using Field = std::pair<const char*, std::string>;

// Every field of an identity by name: what the digest and the marker file are made of.
std::vector<Field> Fields(const ChunkIdentity& identity) {
  const KvGeometry& g = identity.geometry;
  return {
      {"weights", identity.weights},
      {"adapter", identity.adapter},
      {"tokenizer", identity.tokenizer},
      {"rope", identity.rope},
      {"windows", identity.windows},
      {"numerics", identity.numerics},
      {"heads", std::to_string(identity.heads)},
      {"layers", std::to_string(g.layers)},
      {"kv_heads", std::to_string(g.kv_heads)},
      {"head_dim", std::to_string(g.head_dim)},
      {"kv_type", std::string(KvTypeName(g.type))},
      {"codec", identity.codec == ChunkCodec::kRaw ? "raw" : "int8"},
  };
}

}  // namespace

std::string_view KvTypeName(KvType type) {
  static constexpr std::string_view kNames[] = {"f32", "bf16", "int8"};
  return kNames[static_cast<size_t>(type)];
}

ChunkId MakeChunkId(std::span<const TokenId> ids) {
  Sha256 sha;
  static constexpr std::string_view kTag = "lmp chunk 1";
  sha.Add(std::as_bytes(std::span(kTag)));
  for (const TokenId id : ids) sha.AddU32(static_cast<uint32_t>(id));
  sha.AddU64(ids.size());
  return {sha.Finish(), static_cast<uint32_t>(ids.size())};
}

CompileContext CompileContext::Prefix(std::span<const TokenId> ids) {
  const ChunkId id = MakeChunkId(ids);
  return {CompileContextKind::kPrefix, id.digest, id.tokens};
}

bool ChunkIdentity::operator==(const ChunkIdentity& other) const {
  return Fields(*this) == Fields(other);
}

Result<Digest> ChunkIdentity::Compute() const {
  if (!Sha256Available()) return Unsupported("chunk cache: this build has no SHA-256 (LMP_CRYPTO)");
  const auto in_range = [](int n, int most) { return n >= 1 && n <= most; };
  if (!in_range(geometry.layers, 4096) || !in_range(geometry.kv_heads, 65535) ||
      !in_range(geometry.head_dim, 65535) || !in_range(heads, 65535)) {
    return InvalidArgument(
        "chunk identity: the geometry is incomplete or out of range: " + std::to_string(heads) +
        " heads, " + std::to_string(geometry.layers) + " layers, " +
        std::to_string(geometry.kv_heads) + " KV heads of " + std::to_string(geometry.head_dim));
  }
  Sha256 sha;
  sha.AddText("lmp chunk identity");
  sha.AddU32(kChunkFormatVersion);
  for (const auto& [name, value] : Fields(*this)) {
    if (value.empty() || value.find('\n') != std::string::npos) {
      return InvalidArgument("chunk identity: " + std::string(name) + " is unknown");
    }
    sha.AddText(name);
    sha.AddText(value);
  }
  return sha.Finish();
}

std::string ChunkIdentity::ToText() const {
  std::string text;
  for (const auto& [name, value] : Fields(*this)) text += std::string(name) + ' ' + value + '\n';
  return text;
}

Result<ChunkIdentity> ChunkIdentity::FromText(std::string_view text) {
  ChunkIdentity identity;
  const std::vector<Field> names = Fields(identity);
  std::vector<std::string> values;
  for (const auto& [name, ignored] : names) {
    const size_t end = text.find('\n');
    const std::string start = std::string(name) + ' ';
    if (end == std::string_view::npos || !text.starts_with(start))
      return Corruption("chunk identity: " + std::string(name) + " is not there");
    values.emplace_back(text.substr(start.size(), end - start.size()));
    text.remove_prefix(end + 1);
  }
  identity.weights = values[0];
  identity.adapter = values[1];
  identity.tokenizer = values[2];
  identity.rope = values[3];
  identity.windows = values[4];
  identity.numerics = values[5];
  int* const numbers[] = {&identity.heads, &identity.geometry.layers, &identity.geometry.kv_heads,
                          &identity.geometry.head_dim};
  for (size_t i = 0; i < std::size(numbers); ++i) {
    const std::string& value = values[6 + i];
    std::from_chars(value.data(), value.data() + value.size(), *numbers[i]);
  }
  for (const KvType type : {KvType::kF32, KvType::kBf16, KvType::kInt8}) {
    if (values[10] == KvTypeName(type)) identity.geometry.type = type;
  }
  identity.codec = values[11] == "raw" ? ChunkCodec::kRaw : ChunkCodec::kInt8;
  // Whatever does not come out as it went in was no identity.
  const std::vector<Field> read = Fields(identity);
  for (size_t i = 0; i < read.size(); ++i) {
    if (read[i].second != values[i] || values[i].empty())
      return Corruption("chunk identity: " + std::string(read[i].first) + " is damaged");
  }
  return text.empty() ? Result<ChunkIdentity>(std::move(identity))
                      : Corruption("chunk identity: it goes on behind its end");
}

size_t ChunkShape::plane_bytes() const {
  const size_t values = row_elements() * static_cast<size_t>(tokens);
  switch (payload_type()) {
    case KvType::kF32:
      return 4 * values;
    case KvType::kBf16:
      return 2 * values;
    case KvType::kInt8:
      break;
  }
  return values +
         sizeof(float) * static_cast<size_t>(geometry.kv_heads) * static_cast<size_t>(tokens);
}

bool ChunkShape::operator==(const ChunkShape& other) const {
  const KvGeometry &a = geometry, &b = other.geometry;
  return a.layers == b.layers && a.kv_heads == b.kv_heads && a.head_dim == b.head_dim &&
         a.type == b.type && codec == other.codec && tokens == other.tokens;
}

ChunkShape MakeChunkShape(const ChunkIdentity& identity, uint32_t tokens) {
  return {identity.geometry, identity.codec, static_cast<int>(tokens)};
}

std::vector<LayerGroup> LayerGroups(const ChunkShape& shape) {
  std::vector<LayerGroup> groups;
  const int layers = shape.geometry.layers;
  const size_t fit =
      std::max<size_t>(1, kLayerGroupBytes / std::max<size_t>(1, shape.layer_bytes()));
  int wanted = 1;
  for (int first = 0; first < layers;) {
    const int most = static_cast<int>(std::min<size_t>(fit, static_cast<size_t>(layers - first)));
    const int count = std::min(wanted, most);
    groups.push_back({first, count});
    first += count;
    if (first >= 2) wanted *= 2;
  }
  return groups;
}

}  // namespace lmp::cache
