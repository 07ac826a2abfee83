// Pins: prefixes whose KV stays in the cache behind the runs that computed them (`@pin`): evicted
// after everything that nobody asked to keep, but evictable. A table of the loop, for all runs.
//
// Thread: the engine's. Holds KV of the engine, so it goes before it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/base/token_id.h"
#include "runtime/engine/engine.h"

namespace lmp::exec {

class Pins {
 public:
  // Beyond this the prefix that was used longest ago is let go.
  static constexpr size_t kPinsMax = 256;

  // A prefix that was computed or found just now by the engine of that number. `ttl_ms` 0: until it
  // is let go.
  void Keep(size_t engine, const std::string& tenant, std::vector<TokenId> tokens,
            std::unique_ptr<engine::Retained> retained, int64_t ttl_ms, int64_t now_ns);
  // Lets go what is over.
  void Expire(int64_t now_ns);
  std::optional<int64_t> NextExpiryNs() const;
  void Clear() { pins_.clear(); }
  size_t size() const { return pins_.size(); }

 private:
  struct Pin {
    std::unique_ptr<engine::Retained> retained;
    int64_t used_ns = 0;
    std::optional<int64_t> expires_ns;
  };
  std::map<std::tuple<size_t, std::string, std::vector<TokenId>>, Pin> pins_;
};

}  // namespace lmp::exec
