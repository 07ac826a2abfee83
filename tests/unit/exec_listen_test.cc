// listen(): in the order of emits, answered late, from elsewhere, not at all; time, cancelling, and
// what is kept of a context meanwhile.
#include <doctest/doctest.h>

#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "runtime/base/limits.h"
#include "tests/support/exec_harness.h"

namespace lmp {
namespace {

using exec::Listener;
using testing::RunOutcome;
using Done = std::function<void(Listener::Answer)>;

constexpr const char* kFailure =
    "program \"talk\"\nrecord failure {\n  kind: str\n  message: str\n  site: str\n}\n";

// Calls one function for each time that somebody listens, the last for ever.
class Scripted final : public Listener {
 public:
  explicit Scripted(std::vector<std::function<void(Done)>> replies)
      : replies_(std::move(replies)) {}
  void Start(std::shared_ptr<const std::atomic<bool>> gone, Done done) override {
    const size_t i = std::min(cancelled.size(), replies_.size() - 1);
    cancelled.push_back(std::move(gone));
    replies_[i](std::move(done));
  }
  std::vector<std::shared_ptr<const std::atomic<bool>>> cancelled;

 private:
  std::vector<std::function<void(Done)>> replies_;
};

std::function<void(Done)> Says(Listener::Answer answer) {
  return [answer](const Done& done) { done(answer); };
}
const std::function<void(Done)> kNothing = [](const auto&) {};

struct Started {
  std::unique_ptr<exec::Loop> loop = std::make_unique<exec::Loop>(testing::MakeDigestEngine({}));
  std::shared_ptr<testing::CollectingSink> sink = std::make_shared<testing::CollectingSink>();
  exec::RunId id = 0;
};

Started Start(const std::string& text, std::shared_ptr<Listener> listener) {
  Started started;
  exec::Request request;
  request.plan = testing::BindText(text);
  request.function = "main";
  request.sink = started.sink;
  request.listener = std::move(listener);
  request.explain = true;
  const auto id = started.loop->Submit(std::move(request));
  REQUIRE(id.ok());
  started.id = *id;
  return started;
}

RunOutcome Run(const std::string& text, std::shared_ptr<Listener> listener) {
  return Start(text, std::move(listener)).sink->Wait();
}

// What a program is told of one listen(timeout: 30ms).
std::string Told(std::function<void(Done)> reply) {
  const auto listener = std::make_shared<Scripted>(std::vector{std::move(reply)});
  const RunOutcome out =
      Run(std::string(kFailure) +
              "fn @main(%e: eff) -> str, eff {\n%t: i64 = const 30\n%r: str, %e9: eff = try {\n"
              "%s, %e1 = listen %e timeout=%t\nyield %s, %e1\n} else (%f: rec<failure>) {\n"
              "%k: str = field @kind %f\n%m: str = field @message %f\n%c: str = const \": \"\n"
              "%x = str.cat %k, %c, %m\nyield %x, %e\n}\nreturn %r, %e9\n}\n",
          listener);
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  return out.result.value.as_str();
}

TEST_CASE("what is said is the value, and what is no text is a failure") {
  CHECK(Told(Says(std::string("hello"))) == "hello");
  CHECK(Told(Says(std::string())).empty());
  CHECK(Told(Says(Unavailable("the input has ended"))) == "listen: the input has ended");
  CHECK(Told(Says(std::string("\xff"))) == "listen: what was said is not UTF-8");
  CHECK(Told(Says(std::string(kLineBytesMax, 'a'))).size() == kLineBytesMax);
  CHECK(Told(Says(std::string(kLineBytesMax + 1, 'a'))) ==
        "listen: what was said has 1048577 bytes (limit 1048576)");
}

TEST_CASE("an answer in time, out of time, and late") {
  std::function<void(Done)> answers_elsewhere = [](Done done) {
    std::thread([done = std::move(done)] { done(std::string("later")); }).detach();
  };
  CHECK(Told(answers_elsewhere) == "later");
  Done late;
  CHECK(Told([&](Done done) { late = std::move(done); }) ==
        "timeout: nobody said anything within 30 ms");
  late(std::string("too late"));  // the loop is gone
}

TEST_CASE("without a listener nobody is there") {
  const RunOutcome out = Run(
      "program \"talk\"\nfn @main(%e: eff) -> str, eff {\n%s, %e1 = listen %e\nreturn %s, %e1\n}\n",
      nullptr);
  CHECK(out.result.failure.kind == "listen");
  CHECK(out.result.failure.message == "nobody is there to say something");
}

// Two turns: what is emitted stands before what is asked next.
constexpr const char* kTurns =
    "program \"talk\"\nfn @main(%e: eff) -> str, eff {\n%a: str = const \"one?\"\n"
    "%b: str = const \"two?\"\n%e1 = emit %e, %a\n%x, %e2 = listen %e1\n%e3 = emit %e2, %b\n"
    "%y, %e4 = listen %e3\n%e5 = emit %e4, %x\n%r = str.cat %x, %y\nreturn %r, %e5\n}\n";

TEST_CASE("emits and listens keep their order") {
  struct Sink final : exec::RunSink {
    std::string emitted;
    std::promise<exec::RunResult> done;
    void OnEmit(const exec::Piece& piece) override { emitted += piece.text; }
    void OnDone(exec::RunResult result) override { done.set_value(std::move(result)); }
  };
  const auto sink = std::make_shared<Sink>();
  std::vector<std::string> heard;  // what was emitted when the program began to listen
  const auto hear = [&](const char* line) {
    return [&heard, &sink, line](const Done& done) {
      heard.push_back(sink->emitted);
      done(std::string(line));
    };
  };
  exec::Loop loop(testing::MakeDigestEngine({}));
  exec::Request request;
  request.plan = testing::BindText(kTurns);
  request.function = "main";
  request.sink = sink;
  request.listener =
      std::make_shared<Scripted>(std::vector<std::function<void(Done)>>{hear("A"), hear("B")});
  REQUIRE(loop.Submit(std::move(request)).ok());
  const exec::RunResult result = sink->done.get_future().get();
  REQUIRE_MESSAGE(result.ok, result.failure.message);
  CHECK(result.value.as_str() == "AB");
  CHECK(heard == std::vector<std::string>{"one?", "one?two?"});
  CHECK(sink->emitted == "one?two?A");
}

TEST_CASE("a cancelled run listens no more") {
  std::promise<void> asked;
  const auto listener = std::make_shared<Scripted>(
      std::vector<std::function<void(Done)>>{[&](const Done&) { asked.set_value(); }});
  Started started = Start(kTurns, listener);
  asked.get_future().wait();
  CHECK_FALSE(listener->cancelled[0]->load());
  started.loop->Cancel(started.id);
  CHECK(started.sink->Wait().result.failure.kind == "cancelled");
  CHECK(listener->cancelled[0]->load());
}

TEST_CASE("a line is taken only behind the checks that stand before it") {
  const auto listener = std::make_shared<Scripted>(std::vector{Says(std::string("hi"))});
  const RunOutcome out =
      Run("program \"talk\"\nfn @main(%e: eff) -> str, eff {\n%no: bool = const false\n"
          "%m: str = const \"no\"\ncheck %no, %m\n%s, %e1 = listen %e\nreturn %s, %e1\n}\n",
          listener);
  CHECK(out.result.failure.kind == "check");
  CHECK(listener->cancelled.empty());
}

// While it waits, a run holds no sequence, and its context stays cached.
TEST_CASE("a context is there again when something was said") {
  const std::string text =
      "program \"talk\"\nfn @main(%e: eff) -> str, eff {\n"
      "%max: i64 = const 8\n%q: str = const \"" +
      std::string(200, 'q') +
      "\"\n%c = ctx.empty\n%c1 = ctx.open %c {role=user}\n%c2 = ctx.text %c1, %q\n"
      "%c3 = ctx.close %c2 {role=user}\n%c4 = ctx.open %c3 {role=assistant}\n"
      "%a, %c5 = gen %c4 max=%max {type=str, site=\"main.a#0\"}\n"
      "%c6 = ctx.close %c5 {role=assistant}\n%e1 = emit %e, %a\n%s, %e2 = listen %e1\n"
      "%d1 = ctx.open %c6 {role=user}\n%d2 = ctx.text %d1, %s\n%d3 = ctx.close %d2 {role=user}\n"
      "%d4 = ctx.open %d3 {role=assistant}\n"
      "%b, %d5 = gen %d4 max=%max {type=str, site=\"main.b#0\"}\nreturn %b, %e2\n}\n";
  std::promise<Done> listened;
  const auto listener = std::make_shared<Scripted>(std::vector<std::function<void(Done)>>{
      [&](Done done) { listened.set_value(std::move(done)); }});
  const Started started = Start(text, listener);
  const Done done = listened.get_future().get();
  const auto stats = started.loop->Stats();
  REQUIRE(stats.ok());
  CHECK(stats->sequences_finished == 1);
  CHECK(stats->pages_private == 0);
  done(std::string("and then?"));
  const RunOutcome out = started.sink->Wait();
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  REQUIRE(out.result.calls.size() == 2);
  // All that was computed before it listened, but the tokens of a page that is not full.
  const auto& first = out.result.calls[0].usage;
  const auto& second = out.result.calls[1].usage;
  CHECK(second.cached_tokens + 16 > first.prompt_tokens + first.generated_tokens - 1);
}

}  // namespace
}  // namespace lmp
