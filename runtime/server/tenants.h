// Tenants: what each of them takes of its limits. Nothing of one changes what another may.
//
// The thread of the sockets.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "runtime/server/api_keys.h"
#include "runtime/server/service.h"

namespace lmp::server {

// What was counted in the last minute: in 60 to 61 seconds, as it counts by whole ones.
class LastMinute {
 public:
  // `second`: of a clock that does not go back.
  void Add(int64_t second, uint64_t count);
  uint64_t Sum(int64_t second);
  // How many seconds from `second` on, at least 1, until less than `most` is left of it.
  int64_t SecondsUntilLess(int64_t second, uint64_t most);

 private:
  static constexpr int64_t kSeconds = 61;
  void Forget(int64_t second);

  std::array<uint64_t, kSeconds> counts_{};  // by second modulo their number
  int64_t newest_ = 0;
  uint64_t sum_ = 0;
};

class Tenants {
 public:
  explicit Tenants(std::vector<Tenant> tenants);

  using Time = std::chrono::steady_clock::time_point;
  // A request that is being answered, until this is destroyed.
  class Place {
   public:
    Place(Tenants* tenants, size_t tenant) : tenants_(tenants), tenant_(tenant) {}
    ~Place() { --tenants_->taken_[tenant_].requests; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    void AddTokens(uint64_t tokens, Time now);

   private:
    Tenants* const tenants_;
    const size_t tenant_;
  };
  // Why a request of that tenant (its place in the list) must wait, or its place. This outlives it.
  std::variant<Reply, std::unique_ptr<Place>> Enter(size_t tenant, Time now);

 private:
  struct Taken {
    uint64_t requests = 0;  // now
    LastMinute begun, tokens;
  };

  const std::vector<Tenant> tenants_;
  std::vector<Taken> taken_;  // one per tenant
};

}  // namespace lmp::server
