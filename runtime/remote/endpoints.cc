#include "runtime/remote/endpoints.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace lmp::remote {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

// Only where a prompt goes depends on it, never what is shared.
uint64_t Mixed(uint64_t digest, uint64_t value) {
  digest = (digest ^ value) * 0x9e3779b97f4a7c15u;
  return digest ^ (digest >> 29);
}

// Digests of the prompt's beginnings, shortest first.
std::vector<uint64_t> BeginningsOf(std::span<const TokenId> prompt, const std::string& tenant) {
  std::vector<uint64_t> out;
  uint64_t digest = std::hash<std::string_view>()(tenant);
  for (size_t i = 0; i < prompt.size() && out.size() < Endpoints::kStepsMax; ++i) {
    digest = Mixed(digest, static_cast<uint64_t>(prompt[i]) + 1);
    if ((i + 1) % Endpoints::kStepTokens == 0) out.push_back(digest);
  }
  return out;
}

}  // namespace

Endpoints::Endpoints(std::vector<std::string> urls) {
  for (std::string& url : urls) servers_.emplace_back().url = std::move(url);
}

bool Endpoints::Open(const Server& server, int64_t now_ns) const {
  if (server.failures < kFailuresMax) return true;
  return now_ns >= server.rests_to && !server.on_trial;
}

Result<size_t> Endpoints::Take(std::span<const TokenId> prompt, const std::string& tenant,
                               int64_t now_ns) {
  const std::vector<uint64_t> beginnings = BeginningsOf(prompt, tenant);
  std::lock_guard lock(mutex_);
  std::optional<size_t> least;
  for (size_t i = 0; i < servers_.size(); ++i) {
    if (!Open(servers_[i], now_ns)) continue;
    if (!least || servers_[i].running < servers_[*least].running) least = i;
  }
  if (!least) {
    const auto first =
        std::min_element(servers_.begin(), servers_.end(),
                         [](const Server& a, const Server& b) { return a.rests_to < b.rests_to; });
    const int64_t left = std::max<int64_t>(0, first->rests_to - now_ns) / kSecondNs + 1;
    return Unavailable((servers_.size() == 1 ? "the server is" : "all servers are") +
                       std::string(" left alone for ") + std::to_string(left) +
                       " s more, after failing " + std::to_string(first->failures) +
                       " times: " + first->why);
  }
  size_t chosen = *least;
  for (auto at = beginnings.rbegin(); at != beginnings.rend(); ++at) {
    const auto known = beginnings_.find(*at);
    if (known == beginnings_.end()) continue;
    const size_t last = known->second->second;
    if (!Open(servers_[last], now_ns)) continue;
    if (servers_[last].running < servers_[*least].running + kLoadMax) chosen = last;
    break;
  }
  for (const uint64_t digest : beginnings) {
    const auto known = beginnings_.find(digest);
    if (known != beginnings_.end()) {
      known->second->second = chosen;
      order_.splice(order_.begin(), order_, known->second);
      continue;
    }
    order_.emplace_front(digest, chosen);
    beginnings_.emplace(digest, order_.begin());
    if (order_.size() <= kBeginningsMax) continue;
    beginnings_.erase(order_.back().first);
    order_.pop_back();
  }
  Server& server = servers_[chosen];
  ++server.running;
  server.on_trial = server.failures >= kFailuresMax;
  return chosen;
}

int64_t Endpoints::RestNs(int64_t now_ns) {
  std::lock_guard lock(mutex_);
  int64_t least = int64_t{kRestSecondsMax} * kSecondNs;
  for (const Server& server : servers_) least = std::min(least, server.rests_to - now_ns);
  return std::max<int64_t>(0, least);
}

void Endpoints::Recover(Server* server) {
  server->failures = 0;
  server->rest_ns = 0;
  server->on_trial = false;
}

void Endpoints::Answers(size_t endpoint) {
  std::lock_guard lock(mutex_);
  Recover(&servers_[endpoint]);
}

void Endpoints::Give(size_t endpoint, Outcome outcome, const std::string& why, int64_t now_ns) {
  std::lock_guard lock(mutex_);
  Server& server = servers_[endpoint];
  --server.running;
  server.on_trial = false;
  if (outcome == Outcome::kNoMatter) return;
  if (outcome == Outcome::kAnswered) return Recover(&server);
  server.why = why;
  ++server.failures;
  // What fails while it is left out was sent before: one breakdown, however many it hit.
  if (server.failures < kFailuresMax || now_ns < server.rests_to) return;
  server.rest_ns =
      std::clamp(server.rest_ns * 2, kRestSeconds * kSecondNs, kRestSecondsMax * kSecondNs);
  server.rests_to = now_ns + server.rest_ns;
}

}  // namespace lmp::remote
