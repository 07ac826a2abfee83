#include <doctest/doctest.h>

#include <string>

#include "ir/evaluate.h"
#include "ir/parse.h"
#include "ir/site.h"
#include "ir/verify.h"
#include "runtime/base/limits.h"

namespace lmp::ir {
namespace {

Program Make(const std::string& text) {
  const ParseOutcome outcome = Parse("program \"p\"\n" + text);
  REQUIRE_MESSAGE(outcome.program.has_value(),
                  (outcome.program ? "" : outcome.diagnostics.front().title));
  const std::vector<Diagnostic> mistakes = Verify(*outcome.program);
  REQUIRE_MESSAGE(mistakes.empty(), (mistakes.empty() ? "" : mistakes.front().title));
  return *outcome.program;
}

std::vector<std::string> Sites(const Evaluation& evaluation) {
  std::vector<std::string> sites;
  for (const Generation& g : evaluation.generations) sites.push_back(g.site);
  return sites;
}

const char kAsk[] = R"(fn @ask(%c: ctx, %q: str = "Why?") -> i64 {
  %u = ctx.open %c {role=user}
  %u1 = ctx.text %u, %q
  %u2 = ctx.close %u1 {role=user}
  %a = ctx.open %u2 {role=assistant}
  %n, %a1 = gen %a {type=i64, site="ask.n#0"}
  return %n
}
)";

}  // namespace

TEST_CASE("evaluate: the model is asked with the rendered context, and its answer goes on in it") {
  const Program program = Make(R"(fn @main(%e: eff, %topic: str) -> str, eff {
  %c = ctx.empty
  %s = ctx.open %c {role=system}
  %s1 = ctx.text %s, %topic
  %s2 = ctx.close %s1 {role=system}
  %a = ctx.open %s2 {role=assistant}
  %x, %a1 = gen %a {type=bool, site="main.x#0"}
  %more: str = const " and "
  %a2 = ctx.text %a1, %more
  %options: list<str> = const ["yes", "no"]
  %y, %p, %a3 = select %a2, %options {site="main.y#0"}
  %e1 = emit %e, %x
  %e2 = emit %e1, %p
  return %y, %e2
})");
  HashModel otherwise;
  ScriptedModel model(&otherwise);
  model.Script("main.x#0", {Value::Bool(true)});
  model.Script("main.y#0", {Value::Str("no")});
  const Evaluation run = Evaluate(program, "main", {Value::Str("tides")}, &model);
  REQUIRE(run.status.ok());
  CHECK(run.value == Value::Str("no"));
  CHECK(run.emits == std::vector<std::string>{"true", "[0.0,1.0]"});
  REQUIRE(run.generations.size() == 2);
  CHECK(run.generations[0].prompt == "<|system|>tides<|end|>\n<|assistant|>");
  CHECK(run.generations[1].prompt == "<|system|>tides<|end|>\n<|assistant|>true and ");
  CHECK(run.generations[1].site_hash == SiteHash(SitePath(), "main.y#0"));
}

TEST_CASE(
    "evaluate: forks and loops add their index to the sites of what they hold, calls their own "
    "site") {
  const Program program = Make(std::string(kAsk) + R"(fn @main(%xs: list<str>) -> list<i64> {
  %c = ctx.empty
  %l: list<i64> = fork %xs (%x: str, %i: i64) {
    %n: i64 = call @ask %c, %x {site="main.ask#0"}
    yield %n
  }
  %zero: i64 = const 0
  %two: i64 = const 2
  %q: str = const "How many?"
  %sum: i64 = while %zero limit=%two (%round: i64, %s: i64) {
    %m: i64 = call @ask %c, %q {site="main.ask#1"}
    %s1: i64 = call.pure @add %s, %m
    %go: bool = const true
    yield %go, %s1
  }
  %sums: list<i64> = list.make %sum
  %all: list<i64> = call.pure @add %l, %sums
  return %all
})");
  HashModel model;
  const Evaluation run =
      Evaluate(program, "main", {Value::List({Value::Str("a"), Value::Str("b")})}, &model);
  REQUIRE(run.status.ok());
  CHECK(Sites(run) == std::vector<std::string>{"0/main.ask#0/ask.n#0", "1/main.ask#0/ask.n#0",
                                               "0/main.ask#1/ask.n#0", "1/main.ask#1/ask.n#0"});
  // The same prompt at another site is another question.
  CHECK(run.generations[2].prompt == run.generations[3].prompt);
  CHECK(run.generations[2].site_hash != run.generations[3].site_hash);
  CHECK(run.value.as_list().size() == 3);
}

TEST_CASE("evaluate: filters, failures of children, and the first failing child") {
  const auto program = [](const std::string& attributes) {
    return Make(
        "fn @main(%xs: list<i64>) -> list<i64> {\n  %zero: i64 = const 0\n  %ten: i64 = const 10\n"
        "  %l: list<i64> = fork %xs {" +
        attributes +
        "} (%x: i64, %i: i64) {\n"
        "    %y: i64 = call.pure @div %ten, %x\n    %keep: bool = call.pure @gt %y, %zero\n"
        "    yield " +
        (attributes.find("filtered") != std::string::npos ? "%keep, " : "") +
        "%y\n  }\n  return %l\n}");
  };
  HashModel model;
  const std::vector<Value> xs = {Value::List({Value::Int(2), Value::Int(0), Value::Int(-5)})};
  const Evaluation fails = Evaluate(program("on_error=\"fail\""), "main", xs, &model);
  CHECK(fails.status.message() == "division by zero");
  const Evaluation skips = Evaluate(program("on_error=\"skip\""), "main", xs, &model);
  CHECK(skips.value == Value::List({Value::Int(5), Value::Int(-2)}));
  const Evaluation keeps =
      Evaluate(program("on_error=\"skip\", filtered=true"), "main", xs, &model);
  CHECK(keeps.value == Value::List({Value::Int(5)}));
}

TEST_CASE("evaluate: arguments, defaults and bounds") {
  const Program program = Make(R"(record R {
  n: i64
}
fn @main(%s: str, %n: i64 = 3) -> i64 {
  %zero: i64 = const 0
  %r: i64 = while %zero limit=%n (%round: i64, %acc: i64) {
    %one: i64 = const 1
    %acc1: i64 = call.pure @add %acc, %one
    %go: bool = const true
    yield %go, %acc1
  }
  return %r
}
fn @again(%c: ctx) {
})");
  HashModel model;
  const Value s = Value::Str("s");
  CHECK(Evaluate(program, "main", {s}, &model).value == Value::Int(3));
  CHECK(Evaluate(program, "main", {s, Value::Int(5)}, &model).value == Value::Int(5));
  CHECK(Evaluate(program, "main", {s, Value::Int(-1)}, &model).value == Value::Int(0));
  CHECK(Evaluate(program, "none", {}, &model).status.code() == StatusCode::kNotFound);
  CHECK(Evaluate(program, "main", {}, &model).status.message() ==
        "`main` needs an argument for `s`");
  CHECK(Evaluate(program, "main", {Value::Int(1)}, &model).status.message() ==
        "argument `s` of `main` is no string");
  CHECK(Evaluate(program, "main", {s, s, s}, &model).status.message() ==
        "`main` takes 2 arguments, found 3");
  CHECK(Evaluate(program, "again", {Value::Null()}, &model).status.code() ==
        StatusCode::kInvalidArgument);
  CHECK(Evaluate(program, "main", {s, Value::Int(1'000'001)}, &model).status.code() ==
        StatusCode::kResourceExhausted);
  EvaluateOptions few;
  few.steps_max = 10;
  CHECK(Evaluate(program, "main", {s, Value::Int(100)}, &model, few).status.message() ==
        "more than 10 steps");
}

TEST_CASE(
    "evaluate: the fake model answers by type, within bounds, and differs by prompt, site and "
    "seed") {
  const Program program = Make(R"(enum E {
  a
  b = "bee"
}
record R {
  n: i64(3..5)
  e: enum<E>
  l: list<f64(0.0..1.0)>(1..2)
  o: str(max=3)?
}
fn @main(%n: i64) -> list<rec<R>> {
  %c = ctx.empty
  %is: list<i64> = call.pure @range %n
  %l: list<rec<R>> = fork %is (%x: i64, %i: i64) {
    %a = ctx.open %c {role=assistant}
    %r, %a1 = gen %a {type=rec<R>, site="main.r#0"}
    yield %r
  }
  return %l
})");
  HashModel model;
  const Evaluation run = Evaluate(program, "main", {Value::Int(200)}, &model);
  REQUIRE(run.status.ok());
  int different = 0;
  const std::vector<Value>& all = run.value.as_list();
  for (const Value& r : all) {
    const auto& fields = r.as_record().fields;
    CHECK((fields[0].second.as_int() >= 3 && fields[0].second.as_int() <= 5));
    CHECK((fields[2].second.as_list().size() >= 1 && fields[2].second.as_list().size() <= 2));
    CHECK((fields[2].second.as_list()[0].as_float() >= 0.0 &&
           fields[2].second.as_list()[0].as_float() <= 1.0));
    CHECK((fields[3].second.is_null() || fields[3].second.as_str().size() <= 3));
    different += r == all[0] ? 0 : 1;
  }
  CHECK(different > 100);
  CHECK(Evaluate(program, "main", {Value::Int(200)}, &model).value == run.value);
  EvaluateOptions seeded;
  seeded.seed = 1;
  CHECK_FALSE(Evaluate(program, "main", {Value::Int(200)}, &model, seeded).value == run.value);
}

TEST_CASE("evaluate: a script answers in order, keeps its last answer, and is checked") {
  const Program program = Make(std::string(kAsk) + R"(fn @main() -> list<i64> {
  %c = ctx.empty
  %three: i64 = const 3
  %is: list<i64> = call.pure @range %three
  %q: str = const "?"
  %l: list<i64> = fork %is (%x: i64, %i: i64) {
    %n: i64 = call @ask %c, %q {site="main.ask#0"}
    yield %n
  }
  return %l
})");
  HashModel otherwise;
  ScriptedModel model(&otherwise);
  model.Script("ask.n#0", {Value::Int(7), Value::Int(8)});
  const Evaluation run = Evaluate(program, "main", {}, &model);
  CHECK(run.value == Value::List({Value::Int(7), Value::Int(8), Value::Int(8)}));
  CHECK(Sites(run) == std::vector<std::string>{"0/main.ask#0/ask.n#0", "1/main.ask#0/ask.n#0",
                                               "2/main.ask#0/ask.n#0"});
  ScriptedModel wrong(&otherwise);
  wrong.Script("ask.n#0", {Value::Str("x")});
  CHECK(Evaluate(program, "main", {}, &wrong).status.message() ==
        "the scripted answer of `ask.n#0` is no int: \"x\"");
}

TEST_CASE("evaluate: a list that is only computed is bounded as a loop, one of calls as a fork") {
  const auto run = [](const std::string& value, int64_t count) {
    const Program program = Make(std::string(kAsk) + R"(fn @one(%x: i64) -> i64 {
  %k: i64 = const 1
  %y: i64 = call.pure @add %x, %k
  return %y
}
fn @main(%n: i64) -> i64 {
  %zero: i64 = const 0
  %xs: list<i64> = call.pure @range %zero, %n
  %c = ctx.empty
  %q: str = const "?"
  %l: list<i64> = fork %xs (%x: i64, %i: i64) {
    %v: i64 = )" + value + R"(
    yield %v
  }
  %len: i64 = call.pure @len %l
  return %len
})");
    HashModel model;
    EvaluateOptions options;
    options.steps_max = 100'000'000;
    return Evaluate(program, "main", {Value::Int(count)}, &model, options);
  };
  const auto most = static_cast<int64_t>(kForkChildrenMax);
  for (const char* const pure : {"call.pure @add %x, %x", "call @one %x {site=\"main.one#0\"}"}) {
    const Evaluation many = run(pure, most + 1);
    REQUIRE_MESSAGE(many.status.ok(), many.status.message());
    CHECK(many.value == Value::Int(most + 1));
  }
  const Evaluation calls = run("call @ask %c, %q {site=\"main.ask#0\"}", most + 1);
  CHECK(!calls.status.ok());
  CHECK(calls.status.message().find("limit 4096") != std::string::npos);
}

}  // namespace lmp::ir
