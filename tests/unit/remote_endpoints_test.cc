// Which server is asked: beginnings stay together, load spreads, what fails is left alone.
#include <doctest/doctest.h>

#include <numeric>

#include "runtime/remote/endpoints.h"

namespace lmp::remote {
namespace {

using Outcome = Endpoints::Outcome;
constexpr int64_t kSecond = 1'000'000'000;

std::vector<TokenId> Prompt(TokenId first, size_t size = 200) {
  std::vector<TokenId> tokens(size);
  std::iota(tokens.begin(), tokens.end(), first);
  return tokens;
}

TEST_CASE("prompts that begin alike go to one server, others to the least loaded") {
  Endpoints endpoints({"a", "b"});
  CHECK(*endpoints.Take(Prompt(1), "", 0) == 0);
  CHECK(*endpoints.Take(Prompt(1000), "", 0) == 1);
  std::vector<TokenId> longer = Prompt(1);
  longer.push_back(5);
  CHECK(*endpoints.Take(longer, "", 0) == 0);
  CHECK(*endpoints.Take(longer, "", 0) == 0);
  CHECK(*endpoints.Take(longer, "other", 0) == 1);    // another tenant shares nothing
  CHECK(*endpoints.Take(Prompt(1, 20), "", 0) == 1);  // shorter than one step: nothing is known
}

TEST_CASE("a beginning leaves a server that has much more to do") {
  Endpoints endpoints({"a", "b"});
  for (int i = 0; i < Endpoints::kLoadMax; ++i) CHECK(*endpoints.Take(Prompt(1), "", 0) == 0);
  CHECK(*endpoints.Take(Prompt(1), "", 0) == 1);
}

TEST_CASE("a server that fails is left alone, tried once, and then again") {
  Endpoints endpoints({"a"});
  const auto fail = [&](int64_t now) {
    const Result<size_t> taken = endpoints.Take(Prompt(1), "", now);
    REQUIRE(taken.ok());
    endpoints.Give(*taken, Outcome::kFailed, "no answer", now);
  };
  for (int i = 0; i < Endpoints::kFailuresMax; ++i) fail(0);
  const Result<size_t> refused = endpoints.Take(Prompt(1), "", kSecond);
  CHECK(refused.status().code() == StatusCode::kUnavailable);
  CHECK(refused.status().message().find("no answer") != std::string::npos);
  const int64_t rest = Endpoints::kRestSeconds * kSecond;
  REQUIRE(endpoints.Take(Prompt(1), "", rest).ok());
  CHECK(!endpoints.Take(Prompt(1), "", rest).ok());  // one at a time
  endpoints.Give(0, Outcome::kFailed, "still", rest);
  CHECK(!endpoints.Take(Prompt(1), "", 2 * rest).ok());  // twice as long now
  REQUIRE(endpoints.Take(Prompt(1), "", 3 * rest).ok());
  endpoints.Give(0, Outcome::kAnswered, "", 3 * rest);
  CHECK(endpoints.Take(Prompt(1), "", 3 * rest).ok());
  CHECK(endpoints.Take(Prompt(1), "", 3 * rest).ok());
}

TEST_CASE("a server on trial is asked by others as soon as its answer begins") {
  Endpoints endpoints({"a"});
  for (int i = 0; i < Endpoints::kFailuresMax; ++i) {
    REQUIRE(endpoints.Take(Prompt(1), "", 0).ok());
    endpoints.Give(0, Outcome::kFailed, "down", 0);
  }
  const int64_t rest = Endpoints::kRestSeconds * kSecond;
  CHECK(endpoints.RestNs(0) == rest);
  CHECK(endpoints.RestNs(rest - 1) == 1);
  REQUIRE(endpoints.Take(Prompt(1), "", rest).ok());
  CHECK(!endpoints.Take(Prompt(1), "", rest).ok());
  CHECK(endpoints.RestNs(rest) == 0);
  endpoints.Answers(0);
  CHECK(endpoints.Take(Prompt(1), "", rest).ok());
}

TEST_CASE("one breakdown counts once, however many requests it hits") {
  Endpoints endpoints({"a"});
  for (int i = 0; i < 20; ++i) REQUIRE(endpoints.Take(Prompt(1), "", 0).ok());
  for (int i = 0; i < 20; ++i) endpoints.Give(0, Outcome::kFailed, "down", 0);
  CHECK(endpoints.Take(Prompt(1), "", Endpoints::kRestSeconds * kSecond).ok());
}

TEST_CASE("another server takes over while one is left alone") {
  Endpoints endpoints({"a", "b"});
  for (int i = 0; i < Endpoints::kFailuresMax; ++i) {
    const size_t taken = *endpoints.Take(Prompt(1), "", 0);
    CHECK(taken == 0);
    endpoints.Give(taken, Outcome::kFailed, "down", 0);
  }
  CHECK(*endpoints.Take(Prompt(1), "", 0) == 1);
}

}  // namespace
}  // namespace lmp::remote
