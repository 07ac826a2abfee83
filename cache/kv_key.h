// KvKey: what must be equal before two equal token prefixes may share KV. One key names one tree of
// the prefix cache; nothing is ever shared across keys.
//
// Keys are compared field by field, never by digest alone, so no collision that a caller can build
// lets one tenant read another's pages. A plain value; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "kernels/kv_layout.h"

namespace lmp::cache {

// How the bytes came to be. The tree holds exact KV only (a full causal prefill gives the same
// bits); approximate KV gets enumerators of its own when something makes it, and with that a tree
// of its own.
enum class Provenance : uint8_t { kExact };

struct KvKey {
  std::string model = {};    // digest of the weights, their format and the kernels' row arithmetic
  std::string adapter = {};  // digest of an adapter, empty for none
  std::string positions = {};  // position scheme, empty for the model's own
  std::string tenant = {};     // the caller's salt: equal tokens of two tenants never meet
  KvType type = KvType::kBf16;
  Provenance provenance = Provenance::kExact;

  bool operator==(const KvKey&) const = default;
  // True if the keys differ in nothing but the tenant.
  bool SameButTenant(const KvKey& other) const;
};

struct KvKeyHash {
  size_t operator()(const KvKey& key) const noexcept;
};

}  // namespace lmp::cache
