#include "runtime/server/tenants.h"

#include <algorithm>
#include <string>
#include <utility>

namespace lmp::server {

namespace {

int64_t SecondOf(Tenants::Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

// `code` names the limit.
Reply TooMuch(const Tenant& tenant, uint64_t limit, std::string_view what, std::string_view code,
              int64_t seconds) {
  const std::string who = tenant.name.empty() ? "this key" : "the tenant `" + tenant.name + "`";
  Reply reply = ErrorReply(429,
                           who + " may have " + std::to_string(limit) + " " + std::string(what) +
                               ": try again in " + std::to_string(seconds) + " s",
                           "", code);
  for (auto& [name, value] : reply.headers) {
    if (name == "Retry-After") value = std::to_string(seconds);
  }
  return reply;
}

}  // namespace

void LastMinute::Forget(int64_t second) {
  if (second - newest_ >= kSeconds) {
    counts_.fill(0);
    sum_ = 0;
  } else {
    for (int64_t at = newest_ + 1; at <= second; ++at)
      sum_ -= std::exchange(counts_[static_cast<size_t>(at % kSeconds)], 0);
  }
  newest_ = std::max(newest_, second);
}

void LastMinute::Add(int64_t second, uint64_t count) {
  Forget(second);
  counts_[static_cast<size_t>(newest_ % kSeconds)] += count;
  sum_ += count;
}

uint64_t LastMinute::Sum(int64_t second) {
  Forget(second);
  return sum_;
}

int64_t LastMinute::SecondsUntilLess(int64_t second, uint64_t most) {
  uint64_t left = Sum(second);
  int64_t seconds = 1;
  for (; seconds < kSeconds; ++seconds) {
    // What was counted in this one is forgotten then.
    left -= counts_[static_cast<size_t>((newest_ + seconds) % kSeconds)];
    if (left < most) break;
  }
  return seconds;
}

Tenants::Tenants(std::vector<Tenant> tenants)
    : tenants_(std::move(tenants)), taken_(tenants_.size()) {}

void Tenants::Place::AddTokens(uint64_t tokens, Time now) {
  tenants_->taken_[tenant_].tokens.Add(SecondOf(now), tokens);
}

std::variant<Reply, std::unique_ptr<Tenants::Place>> Tenants::Enter(size_t tenant, Time now) {
  const Tenant& who = tenants_[tenant];
  const TenantLimits& limits = who.limits;
  Taken& taken = taken_[tenant];
  const int64_t second = SecondOf(now);
  if (limits.requests != 0 && taken.requests >= limits.requests)
    return TooMuch(who, limits.requests, "requests at one time", "too_many_requests", 1);
  if (limits.requests_per_minute != 0 && taken.begun.Sum(second) >= limits.requests_per_minute) {
    return TooMuch(who, limits.requests_per_minute, "requests a minute", "requests_per_minute",
                   taken.begun.SecondsUntilLess(second, limits.requests_per_minute));
  }
  if (limits.tokens_per_minute != 0 && taken.tokens.Sum(second) >= limits.tokens_per_minute) {
    return TooMuch(who, limits.tokens_per_minute, "tokens a minute", "tokens_per_minute",
                   taken.tokens.SecondsUntilLess(second, limits.tokens_per_minute));
  }
  ++taken.requests;
  taken.begun.Add(second, 1);
  return std::make_unique<Place>(this, tenant);
}

}  // namespace lmp::server
