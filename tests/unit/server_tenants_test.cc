// Limits of tenants at times that a test of a server cannot wait for.
#include <doctest/doctest.h>

#include <string>
#include <variant>

#include "runtime/server/tenants.h"

namespace lmp::server {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Tenants::Time kBegin{seconds(1'000'000)};

// The seconds of Retry-After, 0 if the request was taken.
int Refused(const std::variant<Reply, std::unique_ptr<Tenants::Place>>& entered,
            const std::string& code) {
  const auto* reply = std::get_if<Reply>(&entered);
  if (reply == nullptr) return 0;
  CHECK(reply->status == 429);
  CHECK(reply->body.find("\"code\":\"" + code + "\"") != std::string::npos);
  for (const auto& [name, value] : reply->headers) {
    if (name == "Retry-After") return std::stoi(value);
  }
  FAIL("there is no Retry-After");
  return 0;
}

}  // namespace

TEST_CASE("a minute forgets second by second") {
  LastMinute minute;
  CHECK(minute.Sum(100) == 0);
  minute.Add(100, 5);
  minute.Add(100, 1);
  minute.Add(130, 10);
  CHECK(minute.Sum(160) == 16);
  CHECK(minute.Sum(161) == 10);
  CHECK(minute.Sum(190) == 10);
  CHECK(minute.Sum(191) == 0);
  minute.Add(191, 7);
  CHECK(minute.Sum(1'000'000) == 0);
}

TEST_CASE("how long a minute has too much") {
  LastMinute minute;
  minute.Add(100, 6);
  minute.Add(130, 10);
  CHECK(minute.SecondsUntilLess(130, 17) == 1);
  CHECK(minute.SecondsUntilLess(130, 16) == 31);  // less than 16 is left when the 6 have gone
  CHECK(minute.SecondsUntilLess(130, 11) == 31);
  CHECK(minute.SecondsUntilLess(130, 10) == 61);
  CHECK(minute.SecondsUntilLess(130, 1) == 61);
  for (int64_t second = 131; second < 191; ++second) {
    const int64_t wait = minute.SecondsUntilLess(second, 10);
    LastMinute later = minute;
    CHECK(later.Sum(second + wait - 1) >= 10);
    CHECK(later.Sum(second + wait) < 10);
  }
}

TEST_CASE("requests at one time, and nobody else's") {
  Tenants tenants({{"a", {.requests = 2}}, {"b", {.requests = 1}}, {"", {}}});
  auto first = tenants.Enter(0, kBegin);
  auto second = tenants.Enter(0, kBegin);
  CHECK(Refused(first, "") == 0);
  CHECK(Refused(second, "") == 0);
  CHECK(Refused(tenants.Enter(0, kBegin), "too_many_requests") == 1);
  CHECK(Refused(tenants.Enter(1, kBegin), "") == 0);
  first = Reply{};
  CHECK(Refused(tenants.Enter(0, kBegin), "") == 0);
  std::vector<std::variant<Reply, std::unique_ptr<Tenants::Place>>> held;
  for (int i = 0; i < 1000; ++i) {
    held.push_back(tenants.Enter(2, kBegin));
    CHECK(Refused(held.back(), "") == 0);
  }
}

TEST_CASE("requests per minute") {
  Tenants tenants({{"a", {.requests_per_minute = 3}}, {"", {.requests_per_minute = 1}}});
  for (const int second : {0, 20, 40})
    CHECK(Refused(tenants.Enter(0, kBegin + seconds(second)), "") == 0);
  CHECK(Refused(tenants.Enter(0, kBegin + seconds(41)), "requests_per_minute") == 20);
  CHECK(Refused(tenants.Enter(0, kBegin + milliseconds(60'999)), "requests_per_minute") == 1);
  CHECK(Refused(tenants.Enter(1, kBegin + seconds(41)), "") == 0);
  // What was refused does not count.
  CHECK(Refused(tenants.Enter(0, kBegin + seconds(61)), "") == 0);
  CHECK(Refused(tenants.Enter(0, kBegin + seconds(61)), "requests_per_minute") == 20);
}

TEST_CASE("tokens per minute") {
  Tenants tenants({{"a", {.tokens_per_minute = 100}}, {"b", {.tokens_per_minute = 1}}});
  auto entered = tenants.Enter(0, kBegin);
  std::get<std::unique_ptr<Tenants::Place>>(entered)->AddTokens(99, kBegin + seconds(5));
  CHECK(Refused(tenants.Enter(0, kBegin + seconds(5)), "") == 0);
  std::get<std::unique_ptr<Tenants::Place>>(entered)->AddTokens(1, kBegin + seconds(6));
  CHECK(Refused(tenants.Enter(0, kBegin + seconds(6)), "tokens_per_minute") == 60);
  CHECK(Refused(tenants.Enter(1, kBegin + seconds(6)), "") == 0);
  CHECK(Refused(tenants.Enter(0, kBegin + seconds(66)), "") == 0);
}

}  // namespace lmp::server
