// The executor on the digest model: what each op does, streaming, failures, cancelling.
#include <doctest/doctest.h>

#include <string>

#include <algorithm>
#include <future>

#include "runtime/base/limits.h"
#include "tests/support/exec_harness.h"

namespace lmp {
namespace {

using testing::RunOn;
using testing::RunOutcome;
using testing::RunText;

ir::Value Ints(std::initializer_list<int64_t> values) {
  std::vector<ir::Value> items;
  for (const int64_t v : values) items.push_back(ir::Value::Int(v));
  return ir::Value::List(std::move(items));
}

// One user message, then one generation.
constexpr const char* kOneGen = R"(program "one"

fn @main(%e: eff, %q: str = "hello there") -> str, eff {
  %c = ctx.empty
  %c.1 = ctx.open %c {role=user}
  %c.2 = ctx.text %c.1, %q
  %c.3 = ctx.close %c.2 {role=user}
  %c.4 = ctx.open %c.3 {role=assistant}
  %max: i64 = const 40
  %reply: str, %c.5 = gen %c.4 max=%max {type=str, site="main.reply#0"}
  %c.6 = ctx.close %c.5 {role=assistant}
  %e.1 = emit %e, %reply
  return %reply, %e.1
}
)";

TEST_CASE("a generation is bound, emitted and counted") {
  const RunOutcome out = RunText(kOneGen, {ir::Value::Str("hello there")});
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  CHECK(out.result.value.is_str());
  CHECK(out.emitted == out.result.value.as_str());
  CHECK(out.result.stats.calls == 1);
  CHECK(out.result.stats.generated_tokens >= 1);
  CHECK(out.result.stats.generated_tokens <= 40);
  REQUIRE(out.result.calls.size() == 1);
  CHECK(out.result.calls[0].site == "main.reply#0");
  int tokens = 0;
  for (const auto& segment : out.result.calls[0].segments) tokens += segment.tokens;
  CHECK(tokens == out.result.calls[0].usage.prompt_tokens);
}

TEST_CASE("calls are reported in the program's order, whatever ends first") {
  const RunOutcome out = RunText(R"(program "order"

fn @main(%eff: eff, %ns: list<i64>) -> list<str>, eff {
  %c = ctx.empty
  %c.1 = ctx.open %c {role=assistant}
  %long: i64 = const 30
  %a: str, %c.2 = gen %c.1 max=%long min=%long {type=str, site="main.a#0"}
  %all: list<str> = fork %ns (%n: i64, %i: i64) {
    %b: str, %c.3 = gen %c.1 max=%n min=%n {type=str, site="main.b#0"}
    %d: str, %c.4 = gen %c.3 max=%n min=%n {type=str, site="main.d#0"}
    yield %d
  }
  %one: i64 = const 1
  %e: str, %c.5 = gen %c.1 max=%one min=%one {type=str, site="main.e#0"}
  %eff.1 = emit %eff, %a
  %eff.2 = emit %eff.1, %e
  return %all, %eff.2
}
)",
                                 {Ints({9, 5, 1})});
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  std::string sites;
  for (const auto& call : out.result.calls) sites += call.site + " ";
  CHECK(sites ==
        "main.a#0 0/main.b#0 0/main.d#0 1/main.b#0 1/main.d#0 2/main.b#0 2/main.d#0 main.e#0 ");
  REQUIRE(out.result.calls.size() == 8);
  CHECK(out.result.calls[0].end_ns > out.result.calls[7].end_ns);
}

TEST_CASE("the same run again is served from the cache and says the same") {
  exec::Loop loop(testing::MakeDigestEngine({}));
  const auto plan = testing::BindText(kOneGen);
  const std::string text(600, 'x');
  const RunOutcome cold = RunOn(loop, plan, {ir::Value::Str(text)});
  const RunOutcome warm = RunOn(loop, plan, {ir::Value::Str(text)});
  CHECK(cold.Essence() == warm.Essence());
  CHECK(cold.result.stats.cached_tokens == 0);
  CHECK(warm.result.stats.cached_tokens == warm.result.stats.prompt_tokens - 1);
}

TEST_CASE("if, for and while carry values") {
  constexpr const char* kText = R"(program "flow"

fn @main(%xs: list<i64>) -> i64 {
  %zero: i64 = const 0
  %limit: i64 = const 5
  %two: i64 = const 2
  %sum: i64 = for %xs, %zero (%x: i64, %acc: i64) {
    %odd: i64 = call.pure @mod %x, %two
    %is: bool = call.pure @eq %odd, %zero
    %next: i64 = if %is {
      yield %acc
    } else {
      %more: i64 = call.pure @add %acc, %x
      yield %more
    }
    yield %next
  }
  %doubled: i64 = while %sum limit=%limit (%round: i64, %s: i64) {
    %t: i64 = call.pure @mul %s, %two
    %three: i64 = const 3
    %go: bool = call.pure @lt %round, %three
    yield %go, %t
  }
  return %doubled
}
)";
  const RunOutcome out = RunText(kText, {Ints({1, 2, 3, 4, 5})});
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  // 1 + 3 + 5 = 9; rounds 0, 1, 2 go on, round 3 ends: doubled four times.
  CHECK(out.result.value.as_int() == 144);
}

TEST_CASE("a region may yield a value that is still being generated outside") {
  constexpr const char* kText = R"(program "outer"

fn @main(%yes: bool) -> str {
  %c = ctx.empty
  %c.1 = ctx.open %c {role=assistant}
  %max: i64 = const 20
  %a: str, %c.2 = gen %c.1 max=%max min=%max {type=str, site="main.a#0"}
  %b: str = if %yes {
    yield %a
  } else {
    %none: str = const ""
    yield %none
  }
  return %b
}
)";
  const RunOutcome out = RunText(kText, {ir::Value::Bool(true)});
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  CHECK(!out.result.value.as_str().empty());
}

TEST_CASE("a while stops at its limit, and a loop over nothing yields what it carries") {
  constexpr const char* kText = R"(program "limits"

fn @main(%xs: list<i64>) -> i64 {
  %one: i64 = const 1
  %limit: i64 = const 7
  %a: i64 = while %one limit=%limit (%round: i64, %s: i64) {
    %two: i64 = const 2
    %t: i64 = call.pure @mul %s, %two
    %go: bool = const true
    yield %go, %t
  }
  %b: i64 = for %xs, %a (%x: i64, %acc: i64) {
    yield %acc
  }
  return %b
}
)";
  CHECK(RunText(kText, {Ints({})}).result.value.as_int() == 128);
  std::vector<ir::Value> many(200000, ir::Value::Int(1));
  CHECK(RunText(kText, {ir::Value::List(std::move(many))}).result.value.as_int() == 128);
}

TEST_CASE("a fork keeps the order of its elements and may filter") {
  constexpr const char* kText = R"(program "fork"

fn @main(%xs: list<i64>) -> list<i64> {
  %two: i64 = const 2
  %ys: list<i64> = fork %xs max_parallel=%two {on_error="fail", filtered=true} (%x: i64, %i: i64) {
    %three: i64 = const 3
    %keep: bool = call.pure @ne %x, %three
    %y: i64 = call.pure @add %x, %i
    yield %keep, %y
  }
  return %ys
}
)";
  const RunOutcome out = RunText(kText, {Ints({10, 3, 20, 3, 30})});
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  CHECK(out.result.value == Ints({10, 22, 34}));
}

constexpr const char* kFailing = R"(program "failing"

fn @main(%xs: list<i64>) -> list<i64> {
  %ys: list<i64> = fork %xs {on_error="MODE"} (%x: i64, %i: i64) {
    %hundred: i64 = const 100
    %y: i64 = call.pure @div %hundred, %x
    yield %y
  }
  return %ys
}
)";

std::string WithMode(std::string text, const std::string& mode) {
  text.replace(text.find("MODE"), 4, mode);
  return text;
}

TEST_CASE("a failing child fails the fork or is left out") {
  const RunOutcome fail = RunText(WithMode(kFailing, "fail"), {Ints({1, 0, 2, 0})});
  CHECK(!fail.result.ok);
  CHECK(fail.result.failure.kind == "value");
  const RunOutcome skip = RunText(WithMode(kFailing, "skip"), {Ints({1, 0, 2, 0})});
  REQUIRE_MESSAGE(skip.result.ok, skip.result.failure.message);
  CHECK(skip.result.value == Ints({100, 50}));
  std::string nulls = WithMode(kFailing, "null");
  for (const char* list : {"list<i64> {\n  %ys", "%ys: list<i64>"}) {
    const std::string wanted =
        std::string(list).replace(std::string(list).find("i64>"), 4, "i64?>");
    nulls.replace(nulls.find(list), std::string(list).size(), wanted);
  }
  const RunOutcome null = RunText(nulls, {Ints({1, 0, 2, 0})});
  REQUIRE_MESSAGE(null.result.ok, null.result.failure.message);
  CHECK(ir::ToJsonText(null.result.value) == "[100,null,50,null]");
}

TEST_CASE("the failure that stands first is reported, whichever comes first") {
  // Both generations fail (an int needs more tokens than one); the first in the program counts.
  constexpr const char* kText = R"(program "two"

fn @ask(%c: ctx, %s: str, %n: i64) -> i64(1000000..2000000) {
  %c.1 = ctx.open %c {role=user}
  %c.2 = ctx.text %c.1, %s
  %c.3 = ctx.close %c.2 {role=user}
  %c.4 = ctx.open %c.3 {role=assistant}
  %v: i64(1000000..2000000), %c.5 = gen %c.4 max=%n {type=i64(1000000..2000000), site="ask.v#0"}
  return %v
}

fn @main() -> i64 {
  %c = ctx.empty
  %long: str = const "a long question that takes its time to be read by a model of this kind"
  %short: str = const "b"
  %three: i64 = const 3
  %one: i64 = const 1
  %x: i64(1000000..2000000) = call @ask %c, %long, %three {site="main.ask#0"}
  %y: i64(1000000..2000000) = call @ask %c, %short, %one {site="main.ask#1"}
  %z: i64 = call.pure @add %x, %y
  return %z
}
)";
  for (const int batch : {1, 64}) {
    engine::EngineOptions options;
    options.sequences_max = batch;
    options.step_tokens_max = 16;
    const RunOutcome out = RunText(kText, {}, options);
    CHECK(!out.result.ok);
    CHECK(out.result.failure.kind == "limit");
    CHECK(out.result.failure.site == "main.ask#0/ask.v#0");
  }
}

TEST_CASE("select chooses an option, says how sure it is, and goes on behind it") {
  for (const char* method : {"auto", "greedy", "likelihood"}) {
    CAPTURE(method);
    const std::string text = std::string(R"(program "select"

fn @main() -> rec<Out> {
  %c = ctx.empty
  %c.1 = ctx.open %c {role=user}
  %q: str = const "Which colour is the sky on a clear day, and which is the grass in spring?"
  %c.2 = ctx.text %c.1, %q
  %c.3 = ctx.close %c.2 {role=user}
  %c.4 = ctx.open %c.3 {role=assistant}
  %options: list<str> = const ["blue", "green", "red"]
  %pick: str, %p: list<f64>, %c.5 = select %c.4, %options {site="main.pick#0", method="METHOD"}
  %c.6 = ctx.close %c.5 {role=assistant}
  %c.7 = ctx.open %c.6 {role=assistant}
  %ok: bool, %c.8 = gen %c.7 {type=bool, site="main.ok#0"}
  %out: rec<Out> = record.make @Out %pick, %p, %ok
  return %out
}
)");
    std::string program = text;
    program.replace(program.find("METHOD"), 6, method);
    program.insert(program.find("fn @main"),
                   "record Out {\n  pick: str\n  p: list<f64>\n  ok: bool\n}\n\n");
    const RunOutcome out = RunText(program);
    REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
    const auto& fields = out.result.value.as_record().fields;
    const auto& p = fields[1].second.as_list();
    REQUIRE(p.size() == 3);
    double sum = 0;
    for (const auto& v : p) sum += v.as_float();
    CHECK(sum == doctest::Approx(1.0));
    const std::vector<std::string> options = {"blue", "green", "red"};
    const auto best = static_cast<size_t>(
        std::find(options.begin(), options.end(), fields[0].second.as_str()) - options.begin());
    REQUIRE(best < 3);
    for (const auto& v : p) CHECK(p[best].as_float() >= v.as_float());
    CHECK(fields[2].second.is_bool());
  }
}

TEST_CASE("an emit streams while its generation runs, through concatenation") {
  constexpr const char* kText = R"(program "stream"

fn @main(%e: eff) -> eff {
  %c = ctx.empty
  %c.1 = ctx.open %c {role=assistant}
  %max: i64 = const 64
  %min: i64 = const 64
  %a: str, %c.2 = gen %c.1 max=%max min=%min {type=str, site="main.a#0"}
  %head: str = const "says: "
  %s: str = str.cat %head, %a
  %e.1 = emit %e, %s
  %done: str = const "."
  %e.2 = emit %e.1, %done
  return %e.2
}
)";
  struct PieceSink final : exec::RunSink {
    std::vector<std::string> pieces;
    std::promise<bool> done;
    void OnEmit(const exec::Piece& piece) override { pieces.emplace_back(piece.text); }
    void OnDone(exec::RunResult result) override { done.set_value(result.ok); }
  };
  exec::Loop loop(testing::MakeDigestEngine({}));
  auto sink = std::make_shared<PieceSink>();
  exec::Request request;
  request.plan = testing::BindText(kText);
  request.function = "main";
  request.sink = sink;
  REQUIRE(loop.Submit(std::move(request)).ok());
  REQUIRE(sink->done.get_future().get());
  REQUIRE(sink->pieces.size() > 10);
  CHECK(sink->pieces.front() == "says: ");
  CHECK(sink->pieces.back() == ".");
}

TEST_CASE("an emit of text that waits for an op that is no generation") {
  constexpr const char* kText = R"(program "wait"

fn @main(%e: eff, %xs: list<i64>) -> eff {
  %ys: list<i64> = fork %xs {on_error="fail"} (%x: i64, %i: i64) {
    yield %x
  }
  %s: str = str.fmt %ys
  %head: str = const "all: "
  %t: str = str.cat %head, %s
  %e.1 = emit %e, %t
  return %e.1
}
)";
  CHECK(RunText(kText, {Ints({1, 2})}).emitted == "all: [1,2]");
}

TEST_CASE("a cancelled run ends, the loop goes on") {
  constexpr const char* kForever = R"(program "long"

fn @main() -> str {
  %c = ctx.empty
  %c.1 = ctx.open %c {role=assistant}
  %n: i64 = const 4000
  %a: str, %c.2 = gen %c.1 max=%n min=%n {type=str, site="main.a#0"}
  return %a
}
)";
  exec::Loop loop(testing::MakeDigestEngine({}));
  auto sink = std::make_shared<testing::CollectingSink>();
  exec::Request request;
  request.plan = testing::BindText(kForever);
  request.function = "main";
  request.sink = sink;
  const auto id = loop.Submit(std::move(request));
  REQUIRE(id.ok());
  loop.Cancel(id.value());
  const RunOutcome out = sink->Wait();
  CHECK(!out.result.ok);
  CHECK(out.result.failure.kind == "cancelled");
  CHECK(RunOn(loop, testing::BindText(kOneGen), {ir::Value::Str("again")}).result.ok);
}

TEST_CASE("closing the loop ends what runs") {
  auto sink = std::make_shared<testing::CollectingSink>();
  {
    exec::Loop loop(testing::MakeDigestEngine({}));
    exec::Request request;
    request.plan = testing::BindText(kOneGen);
    request.function = "main";
    request.arguments = {ir::Value::Str(std::string(3000, 'y'))};
    request.sink = sink;
    REQUIRE(loop.Submit(std::move(request)).ok());
  }
  CHECK_NOTHROW(sink->Wait());
}

TEST_CASE("a prompt longer than the context is an overflow with its site") {
  exec::Loop loop(testing::MakeDigestEngine({}, 256));
  const RunOutcome out =
      RunOn(loop, testing::BindText(kOneGen), {ir::Value::Str(std::string(2000, 'z'))});
  CHECK(!out.result.ok);
  CHECK(out.result.failure.kind == "overflow");
  CHECK(out.result.failure.site == "main.reply#0");
}

TEST_CASE("a fork over too many elements is a limit, a smaller one where it asks the model") {
  constexpr const char* kText = R"(program "wide"

fn @main(%xs: list<i64>) -> list<str> {
  %c = ctx.empty
  %c.1 = ctx.open %c {role=assistant}
  %one: i64 = const 1
  %ys: list<str> = fork %xs {on_error="fail"} (%x: i64, %i: i64) {
    %a: str, %c.2 = gen %c.1 max=%one {type=str, site="main.a#0"}
    yield %a
  }
  return %ys
}
)";
  constexpr const char* kPure = R"(program "pure"

fn @main(%xs: list<i64>) -> list<i64> {
  %ys: list<i64> = fork %xs {on_error="fail"} (%x: i64, %i: i64) {
    yield %x
  }
  return %ys
}
)";
  std::vector<ir::Value> at(kForkChildrenMax, ir::Value::Int(1));
  CHECK(RunText(kText, {ir::Value::List(at)}).result.ok);
  at.push_back(ir::Value::Int(1));
  CHECK(RunText(kPure, {ir::Value::List(at)}).result.ok);
  const RunOutcome above = RunText(kText, {ir::Value::List(at)});
  CHECK(!above.result.ok);
  CHECK(above.result.failure.kind == "limit");
}

TEST_CASE("more sequences than the engine takes wait their turn") {
  constexpr const char* kNested = R"(program "nested"

fn @main(%xs: list<i64>) -> list<list<str>> {
  %c = ctx.empty
  %c.1 = ctx.open %c {role=assistant}
  %one: i64 = const 1
  %all: list<list<str>> = fork %xs {on_error="fail"} (%x: i64, %i: i64) {
    %ys: list<str> = fork %xs {on_error="fail"} (%y: i64, %j: i64) {
      %a: str, %c.2 = gen %c.1 max=%one {type=str, site="main.a#0"}
      yield %a
    }
    yield %ys
  }
  return %all
}
)";
  const std::vector<ir::Value> xs(70, ir::Value::Int(1));
  static_assert(70 * 70 > kSequencesMax);
  const RunOutcome forks = RunText(kNested, {ir::Value::List(xs)});
  REQUIRE_MESSAGE(forks.result.ok, forks.result.failure.message);
  CHECK(forks.result.stats.calls == 70 * 70);

  constexpr const char* kSelect = R"(program "options"

fn @main(%options: list<str>) -> str {
  %c = ctx.empty
  %c.1 = ctx.open %c {role=assistant}
  %a: str, %p: list<f64>, %c.2 = select %c.1, %options {method="likelihood", site="main.a#0"}
  return %a
}
)";
  std::vector<ir::Value> options;
  for (size_t i = 0; i <= kSequencesMax; ++i) {
    options.push_back(ir::Value::Str(std::to_string(i)));
  }
  const RunOutcome select = RunText(kSelect, {ir::Value::List(options)});
  REQUIRE_MESSAGE(select.result.ok, select.result.failure.message);
  CHECK(select.result.stats.calls == 1);
}

TEST_CASE("calls that multiply open no more scopes than there is room for") {
  constexpr int kDepth = 16;  // 2^16 calls of the first function
  static_assert((1u << kDepth) > 2 * kScopesMax);
  std::string text =
      "program \"doubling\"\n\nfn @f0() -> i64 {\n  %r: i64 = const 1\n  return %r\n}\n";
  for (int i = 1; i <= kDepth; ++i) {
    const std::string name = i == kDepth ? "main" : "f" + std::to_string(i);
    const std::string call = ": i64 = call @f" + std::to_string(i - 1) + " {site=\"" + name + ".";
    text += "\nfn @" + name + "() -> i64 {\n  %a" + call + "a#0\"}\n  %b" + call +
            "b#0\"}\n  %r: i64 = call.pure @add %a, %b\n  return %r\n}\n";
  }
  const RunOutcome out = RunText(text);
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  CHECK(out.result.value.as_int() == 1 << kDepth);
}

}  // namespace
}  // namespace lmp
