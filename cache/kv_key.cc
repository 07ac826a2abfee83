#include "cache/kv_key.h"

#include <functional>

namespace lmp::cache {

bool KvKey::SameButTenant(const KvKey& other) const {
  return model == other.model && adapter == other.adapter && positions == other.positions &&
         type == other.type && provenance == other.provenance && tenant != other.tenant;
}

size_t KvKeyHash::operator()(const KvKey& key) const noexcept {
  const std::hash<std::string> text;
  size_t hash = static_cast<size_t>(key.type) * 31 + static_cast<size_t>(key.provenance);
  for (const std::string* part : {&key.model, &key.adapter, &key.positions, &key.tenant}) {
    hash = hash * 0x9e3779b97f4a7c15u + text(*part);
  }
  return hash;
}

}  // namespace lmp::cache
