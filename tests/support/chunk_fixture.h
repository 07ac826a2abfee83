// Identities, keys and objects for tests of the chunk stores. An object's payload is a function of
// its key, so that whatever a store returns can be checked without remembering what was put.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "cache/chunk_record.h"
#include "cache/chunk_store.h"
#include "runtime/base/clock_rng.h"

namespace lmp::test {

inline cache::ChunkIdentity SmallIdentity() {
  cache::ChunkIdentity identity;
  identity.weights = "weights-digest";
  identity.adapter = "none";
  identity.tokenizer = "tokenizer-digest";
  identity.rope = "base 10000, dims 8, adjacent";
  identity.windows = "full";
  identity.numerics = "test 1";
  identity.heads = 4;
  identity.geometry = {.layers = 7, .kv_heads = 2, .head_dim = 8, .type = KvType::kBf16};
  return identity;
}

// A chunk of `tokens` ids that depend on `number`.
inline cache::ChunkKey KeyOf(const cache::ChunkIdentity& identity, uint32_t number,
                             uint32_t tokens = 3, const std::string& tenant = "") {
  std::vector<TokenId> ids(tokens, 7);
  if (!ids.empty()) ids[0] = static_cast<TokenId>(number);
  cache::ChunkKey key;
  key.tenant = tenant;
  key.identity = identity.Compute().value();
  key.chunk = cache::MakeChunkId(ids);
  key.context = cache::CompileContext::Bos();
  return key;
}

inline std::vector<cache::ChunkBytes> PayloadOf(const cache::ChunkKey& key,
                                                const cache::ChunkShape& shape) {
  const cache::ChunkName name = NameOf(key);
  uint64_t seed;
  std::memcpy(&seed, name.bytes.data(), sizeof(seed));
  Rng rng(seed);
  std::vector<cache::ChunkBytes> groups;
  for (const cache::LayerGroup& group : LayerGroups(shape)) {
    auto bytes = std::make_shared<std::vector<std::byte>>(shape.group_bytes(group));
    for (size_t i = 0; i < bytes->size(); i += sizeof(uint64_t)) {
      const uint64_t word = rng.Next();
      std::memcpy(bytes->data() + i, &word, std::min(sizeof(word), bytes->size() - i));
    }
    const std::span<const std::byte> view(*bytes);
    groups.push_back({std::move(bytes), view});
  }
  return groups;
}

inline std::shared_ptr<cache::ChunkObject> ObjectOf(const cache::ChunkIdentity& identity,
                                                    const cache::ChunkKey& key,
                                                    const std::string& document = "",
                                                    double seconds = 1) {
  auto object = std::make_shared<cache::ChunkObject>();
  object->key = key;
  object->shape = MakeChunkShape(identity, key.chunk.tokens);
  object->provenance = cache::ChunkProvenance::kExactRun;
  object->compute_seconds = seconds;
  object->document = document;
  object->groups = PayloadOf(key, object->shape);
  return object;
}

enum class Fetched { kMiss, kRight, kFailed, kWrong };

// Reads the whole object and compares it with what its key says it must be.
inline Fetched Fetch(cache::ChunkStore& store, const cache::ChunkKey& key) {
  const auto read = store.Get(key);
  if (read == nullptr) return Fetched::kMiss;
  const auto expected = PayloadOf(key, read->shape());
  for (int g = 0; g < read->group_count(); ++g) {
    const auto bytes = read->Wait(g, std::chrono::seconds(30));
    if (!bytes.ok()) return Fetched::kFailed;
    const auto& wanted = expected[static_cast<size_t>(g)].bytes;
    if (bytes->size() != wanted.size() ||
        std::memcmp(bytes->data(), wanted.data(), wanted.size()) != 0) {
      return Fetched::kWrong;
    }
  }
  return Fetched::kRight;
}

}  // namespace lmp::test
