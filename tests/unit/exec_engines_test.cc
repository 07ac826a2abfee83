// Runs over several engines: functions that name one, and what they call, are on it and on no
// other.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "runtime/engine/local_engine.h"
#include "runtime/sim/digest_model.h"
#include "tests/support/exec_harness.h"

namespace lmp {
namespace {

using testing::RunOutcome;

std::unique_ptr<engine::Engine> EngineOf(uint64_t seed, const engine::EngineOptions& options = {}) {
  auto tokenizer = sim::MakeDigestTokenizer();
  auto engine =
      engine::MakeLocalEngine(sim::MakeDigestModel(sim::DigestTokenizerSpec(), {.seed = seed}),
                              std::move(tokenizer).value(), nullptr, options);
  REQUIRE(engine.ok());
  return std::move(engine).value();
}

// `low` goes where it is called, `high` names an engine, and `deep` another.
constexpr const char* kProgram = R"(program "engines"

fn @low(%q: str) -> str {
  %c = ctx.empty
  %c.1 = ctx.open %c {role=user}
  %c.2 = ctx.text %c.1, %q
  %c.3 = ctx.close %c.2 {role=user}
  %c.4 = ctx.open %c.3 {role=assistant}
  %max: i64 = const 12
  %r: str, %c.5 = gen %c.4 max=%max {type=str, site="low.r#0"}
  return %r
}
fn @deep(%q: str) -> str engine "other" {
  %r: str = call @low %q {site="deep.low#0"}
  return %r
}
fn @high(%e: eff, %q: str) -> list<str>, eff engine "big" {
  %a: str = call @low %q {site="high.low#0"}
  %b: str = call @deep %q {site="high.deep#0"}
  %e.1 = emit %e, %a
  %l: list<str> = list.make %a, %b
  return %l, %e.1
}
fn @main(%e: eff, %q: str) -> list<list<str>>, eff {
  %a: str = call @low %q {site="main.low#0"}
  %b: list<str>, %e.1: eff = call @high %e, %q {site="main.high#0"}
  %e.2 = emit %e.1, %a
  %l: list<str> = list.make %a
  %all: list<list<str>> = list.make %l, %b
  return %all, %e.2
}
fn @many(%qs: list<str>) -> list<str> {
  %all: list<str> = fork %qs (%q: str, %i: i64) {
    %a: str = call @low %q {site="many.low#0"}
    %b: str = call @deep %q {site="many.deep#0"}
    %both = str.cat %a, %b
    yield %both
  }
  return %all
}
)";

exec::Request Asking(const std::shared_ptr<const exec::BoundPlan>& plan,
                     const std::string& function, std::vector<ir::Value> arguments,
                     const std::map<std::string, size_t>& engines) {
  exec::Request request;
  request.plan = plan;
  for (const auto& [name, engine] : engines)
    request.elsewhere.push_back({name, engine, engine == 0 ? nullptr : plan});
  request.function = function;
  request.arguments = std::move(arguments);
  request.explain = request.trace = true;
  return request;
}

RunOutcome Run(exec::Loop& loop, exec::Request request) {
  auto sink = std::make_shared<testing::CollectingSink>();
  request.sink = sink;
  REQUIRE(loop.Submit(std::move(request)).ok());
  return sink->Wait();
}

std::vector<std::unique_ptr<engine::Engine>> Others(const engine::EngineOptions& options = {}) {
  std::vector<std::unique_ptr<engine::Engine>> others;
  others.push_back(EngineOf(2, options));
  others.push_back(EngineOf(3, options));
  return others;
}

// What `low` says on a model alone.
std::string LowOn(uint64_t seed, const std::string& q) {
  exec::Loop loop(EngineOf(seed));
  const RunOutcome out =
      Run(loop, Asking(testing::BindText(kProgram), "low", {ir::Value::Str(q)}, {}));
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  return out.result.value.as_str();
}

ir::Value Texts(const std::vector<std::string>& texts) {
  std::vector<ir::Value> values;
  for (const std::string& text : texts) values.push_back(ir::Value::Str(text));
  return ir::Value::List(std::move(values));
}

TEST_CASE("a function runs on the engine that it names, and what it calls with it") {
  exec::Loop loop(EngineOf(1), Others());
  const auto plan = testing::BindText(kProgram);
  const RunOutcome out =
      Run(loop, Asking(plan, "main", {ir::Value::Str("hello")}, {{"big", 1}, {"other", 2}}));
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  const std::string one = LowOn(1, "hello"), two = LowOn(2, "hello"), three = LowOn(3, "hello");
  CHECK(one != two);
  CHECK(two != three);
  CHECK(ir::ToJsonText(out.result.value) ==
        ir::ToJsonText(ir::Value::List({Texts({one}), Texts({two, three})})));
  CHECK(out.emitted == two + one);
  std::string calls, spans;
  for (const auto& call : out.result.calls) calls += call.site + "@" + call.engine + " ";
  CHECK(calls ==
        "main.low#0/low.r#0@ main.high#0/high.low#0/low.r#0@big "
        "main.high#0/high.deep#0/deep.low#0/low.r#0@other ");
  for (const auto& span : out.result.spans) {
    if (span.kind == "gen") spans += span.site + "@" + span.engine + " ";
  }
  CHECK(spans.find("high.low#0/low.r#0@big ") != std::string::npos);
}

TEST_CASE("a run may begin on another engine, and a name may mean the run's own") {
  const auto plan = testing::BindText(kProgram);
  exec::Loop loop(EngineOf(1), Others());
  const RunOutcome begun =
      Run(loop, Asking(plan, "deep", {ir::Value::Str("hello")}, {{"other", 2}}));
  REQUIRE(begun.result.ok);
  CHECK(begun.result.value.as_str() == LowOn(3, "hello"));
  const RunOutcome here =
      Run(loop, Asking(plan, "main", {ir::Value::Str("hello")}, {{"big", 1}, {"other", 0}}));
  REQUIRE(here.result.ok);
  CHECK(ir::ToJsonText(here.result.value) ==
        ir::ToJsonText(ir::Value::List(
            {Texts({LowOn(1, "hello")}), Texts({LowOn(2, "hello"), LowOn(1, "hello")})})));
}

TEST_CASE("each engine has its own room") {
  const auto plan = testing::BindText(kProgram);
  exec::Loop loop(EngineOf(1, {.sequences_max = 2}), Others({.sequences_max = 1}));
  std::vector<std::string> texts;
  for (int i = 0; i < 40; ++i) texts.push_back("text " + std::to_string(i % 7));
  const RunOutcome out = Run(loop, Asking(plan, "many", {Texts(texts)}, {{"other", 2}}));
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  std::map<std::string, std::string> wanted;
  for (const std::string& text : texts) {
    if (!wanted.contains(text)) wanted[text] = LowOn(1, text) + LowOn(3, text);
  }
  const std::vector<ir::Value>& all = out.result.value.as_list();
  REQUIRE(all.size() == texts.size());
  for (size_t i = 0; i < texts.size(); ++i) CHECK(all[i].as_str() == wanted[texts[i]]);
}

TEST_CASE("a run that is cancelled leaves nothing on any engine") {
  const auto plan = testing::BindText(kProgram);
  exec::Loop loop(EngineOf(1), Others());
  std::vector<std::string> texts(60, "text");
  for (int round = 0; round < 10; ++round) {
    exec::Request request = Asking(plan, "many", {Texts(texts)}, {{"other", 2}});
    auto sink = std::make_shared<testing::CollectingSink>();
    request.sink = sink;
    const auto id = loop.Submit(std::move(request));
    REQUIRE(id.ok());
    loop.Cancel(*id);
    const RunOutcome out = sink->Wait();
    CHECK((out.result.ok || out.result.failure.kind == "cancelled"));
  }
  const RunOutcome after =
      Run(loop, Asking(plan, "deep", {ir::Value::Str("hello")}, {{"other", 2}}));
  CHECK(after.result.value.as_str() == LowOn(3, "hello"));
  CHECK(loop.Stats()->sequences_running == 0);
}

TEST_CASE("nothing is begun early where nothing is kept") {
  constexpr const char* kEarly = R"(program "early"

fn @main(%q: str) -> str {
  %c = ctx.empty
  %c.1 = ctx.open %c {role=user}
  %long: str = const "long words that are there from the beginning on, long words that are there from the beginning on, long words that are there from the beginning on, long words"
  %c.2 = ctx.text %c.1, %long
  %d = ctx.open %c {role=assistant}
  %max: i64 = const 30
  %a: str, %d.1 = gen %d max=%max min=%max {type=str, site="main.a#0"}
  %c.3 = ctx.warm %c.2, %a {early=true}
  %c.4 = ctx.text %c.3, %a
  %c.5 = ctx.close %c.4 {role=user}
  %c.6 = ctx.open %c.5 {role=assistant}
  %r: str, %c.7 = gen %c.6 max=%max {type=str, site="main.r#0"}
  return %r
}
)";
  const auto plan = testing::BindText(kEarly, false);
  exec::Loop loop(EngineOf(1, {.prefix_cache = false}));
  const RunOutcome out = Run(loop, Asking(plan, "main", {ir::Value::Str("q")}, {}));
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  CHECK(out.result.stats.calls == 2);
}

}  // namespace
}  // namespace lmp
