#include "runtime/exec/pins.h"

#include <algorithm>

namespace lmp::exec {

void Pins::Keep(size_t engine, const std::string& tenant, std::vector<TokenId> tokens,
                std::unique_ptr<engine::Retained> retained, int64_t ttl_ms, int64_t now_ns) {
  Pin& pin = pins_[{engine, tenant, std::move(tokens)}];
  pin.retained = std::move(retained);
  pin.used_ns = now_ns;
  pin.expires_ns.reset();
  constexpr int64_t kLongestMs = int64_t{365} * 24 * 3600 * 1000;  // as nanoseconds it still fits
  if (ttl_ms > 0) pin.expires_ns = now_ns + std::min(ttl_ms, kLongestMs) * 1'000'000;
  if (pins_.size() <= kPinsMax) return;
  pins_.erase(std::min_element(pins_.begin(), pins_.end(), [](const auto& a, const auto& b) {
    return a.second.used_ns < b.second.used_ns;
  }));
}

void Pins::Expire(int64_t now_ns) {
  std::erase_if(pins_, [now_ns](const auto& entry) {
    return entry.second.expires_ns && *entry.second.expires_ns <= now_ns;
  });
}

std::optional<int64_t> Pins::NextExpiryNs() const {
  std::optional<int64_t> next;
  for (const auto& [key, pin] : pins_) {
    if (pin.expires_ns && (!next || *pin.expires_ns < *next)) next = pin.expires_ns;
  }
  return next;
}

}  // namespace lmp::exec
