// What messages say about the cache: kept behind the run (pin), for a while (ttl), shared with no
// other run (private). Seen in what later runs find cached.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>

#include "runtime/exec/pins.h"
#include "tests/support/exec_harness.h"

namespace lmp {
namespace {

// A prefix of about 20 pages, then a question; `open` and `pin` are attributes, `pin` "" for none.
std::string Program(const std::string& open, const std::string& pin) {
  const std::string prefix(320, 'p');
  return "program \"p\"\nfn @main(%q: str) -> str {\n%s: str = const \"" + prefix +
         "\"\n%max: i64 = const 4\n%c = ctx.empty\n%c1 = ctx.open %c {role=system" + open +
         "}\n%c2 = ctx.text %c1, %s\n%c3 = ctx.close %c2 {role=system}\n" +
         (pin.empty() ? "" : "%p = ctx.warm %c3 {" + pin + "}\n") + "%c4 = ctx.open %" +
         (pin.empty() ? "c3" : "p") +
         " {role=user}\n%c5 = ctx.text %c4, %q\n%c6 = ctx.close %c5 {role=user}\n"
         "%c7 = ctx.open %c6 {role=assistant}\n"
         "%a, %c8 = gen %c7 max=%max {type=str, site=\"main.a#0\"}\n"
         "%c9 = ctx.close %c8 {role=assistant}\n%d1 = ctx.open %c9 {role=assistant}\n"
         "%b, %d2 = gen %d1 max=%max {type=str, site=\"main.b#0\"}\nreturn %b\n}\n";
}

struct Cached {
  int first = 0, last = 0;  // tokens of the first and the last prompt of a run that were cached
  int prompt = 0;           // tokens of the last
};

Cached Ask(exec::Loop& loop, const std::shared_ptr<const exec::BoundPlan>& plan,
           const std::string& question, const std::string& tenant = "") {
  auto sink = std::make_shared<testing::CollectingSink>();
  exec::Request request;
  request.plan = plan;
  request.function = "main";
  request.arguments = {ir::Value::Str(question)};
  request.explain = true;
  request.tenant = tenant;
  request.sink = sink;
  REQUIRE(loop.Submit(std::move(request)).ok());
  const testing::RunOutcome out = sink->Wait();
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  const auto& calls = out.result.calls;
  return {calls.front().usage.cached_tokens, calls.back().usage.cached_tokens,
          calls.back().usage.prompt_tokens};
}

engine::EngineOptions SmallPool() {
  engine::EngineOptions options;
  options.kv_pages = 100;
  return options;
}

// More prompts than the pool holds, none like another.
void Flood(exec::Loop& loop) {
  const auto plan = testing::BindText(Program("", ""));
  for (int i = 0; i < 20; ++i)
    Ask(loop, plan, std::to_string(i) + std::string(200, static_cast<char>('a' + i)),
        "flood" + std::to_string(i));
}

TEST_CASE("a pinned prefix is there when everything else was evicted") {
  exec::Loop loop(testing::MakeDigestEngine(SmallPool()));
  const auto plain = testing::BindText(Program("", ""));
  const auto pinned = testing::BindText(Program("", "pin=true"));
  Ask(loop, plain, "one", "plain");
  CHECK(Ask(loop, plain, "two", "plain").first > 200);
  CHECK(Ask(loop, pinned, "one").first == 0);
  Flood(loop);
  CHECK(Ask(loop, plain, "three", "plain").first == 0);
  CHECK(Ask(loop, pinned, "two").first > 200);
  // Not for ever: who clears the cache clears this, too.
  loop.ClearCache();
  CHECK(Ask(loop, pinned, "three").first == 0);
}

TEST_CASE("a prefix with a time to live is kept that long behind its last use") {
  exec::Loop loop(testing::MakeDigestEngine(SmallPool()));
  const auto shortly = testing::BindText(Program("", "pin=true, ttl=1"));
  const auto long_enough = testing::BindText(Program("", "pin=true, ttl=600000"));
  Ask(loop, shortly, "one", "shortly");
  Ask(loop, long_enough, "one");
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  Flood(loop);
  CHECK(Ask(loop, shortly, "two", "shortly").first == 0);
  CHECK(Ask(loop, long_enough, "two").first > 200);
}

TEST_CASE("what is private to a run is found in that run and in no other") {
  exec::Loop loop(testing::MakeDigestEngine({}));
  const auto shared = testing::BindText(Program("", ""));
  const auto secret = testing::BindText(Program(", private=true", ""));
  Ask(loop, shared, "one");
  CHECK(Ask(loop, shared, "two").first > 200);
  for (int i = 0; i < 2; ++i) {
    const Cached found = Ask(loop, secret, "one");
    CHECK(found.first == 0);
    CHECK(found.last > 200);  // the second turn of the same run
  }
}

TEST_CASE("pins: as many as fit, the one used longest ago goes, and those that are over") {
  exec::Pins pins;
  for (int i = 0; i < static_cast<int>(exec::Pins::kPinsMax); ++i)
    pins.Keep(0, "t", {i}, nullptr, i == 5 ? 10 : 0, i);
  CHECK(pins.size() == exec::Pins::kPinsMax);
  pins.Keep(0, "t", {0}, nullptr, 0, 1000);  // used again
  CHECK(pins.size() == exec::Pins::kPinsMax);
  pins.Keep(0, "other", {0}, nullptr, 0, 1001);
  CHECK(pins.size() == exec::Pins::kPinsMax);  // {1} went
  pins.Keep(0, "t", {0}, nullptr, 0, 1002);
  CHECK(pins.size() == exec::Pins::kPinsMax);
  CHECK(pins.NextExpiryNs() == 10'000'005);
  pins.Expire(10'000'004);
  CHECK(pins.size() == exec::Pins::kPinsMax);
  pins.Expire(10'000'005);
  CHECK(pins.size() == exec::Pins::kPinsMax - 1);
  CHECK_FALSE(pins.NextExpiryNs().has_value());
  pins.Clear();
  CHECK(pins.size() == 0);
}

}  // namespace
}  // namespace lmp
