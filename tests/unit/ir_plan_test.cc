#include <doctest/doctest.h>

#include <string>

#include "ir/explain.h"
#include "ir/parse.h"
#include "ir/plan.h"

namespace lmp::ir {
namespace {

PlanRef Make(const std::string& text, const PassOptions& options = {}) {
  const ParseOutcome outcome = Parse("program \"p\"\n" + text);
  REQUIRE_MESSAGE(outcome.program.has_value(),
                  (outcome.program ? "" : outcome.diagnostics.front().title));
  Result<PlanRef> plan = MakePlan(std::make_shared<const Program>(*outcome.program), options);
  REQUIRE_MESSAGE(plan.ok(), plan.status().message());
  return *plan;
}

const char kJudge[] = R"(fn @judge(%e: eff, %a: str, %b: str) -> str, eff {
  %c = ctx.empty
  %s = ctx.open %c {role=system}
  %rules: str = const "Compare the two answers."
  %s1 = ctx.text %s, %rules
  %s2 = ctx.close %s1 {role=system}
  %u = ctx.open %s2 {role=user}
  %lead: str = const "Answer A: "
  %u1 = ctx.text %u, %lead
  %u2 = ctx.text %u1, %a
  %u3 = ctx.text %u2, %b
  %u4 = ctx.close %u3 {role=user}
  %k = ctx.open %u4 {role=assistant}
  %max: i64 = const 20
  %why, %k1 = gen %k max=%max {type=str, site="judge.why#0"}
  %options: list<str> = const ["A", "B"]
  %pick, %p, %k2 = select %k1, %options {site="judge.pick#0"}
  return %pick, %e
}
fn @main(%e: eff, %x: str, %y: str) -> str, eff {
  %first: str, %e1: eff = call @judge %e, %x, %y {site="main.judge#0"}
  %second: str, %e2: eff = call @judge %e1, %y, %x {site="main.judge#1"}
  %both = str.cat %first, %second
  %c = ctx.empty
  %k = ctx.open %c {role=assistant}
  %k1 = ctx.text %k, %both
  %last, %k2 = gen %k1 {type=str, site="main.last#0"}
  %e3 = emit %e2, %last
  return %last, %e3
}
)";

Bounds BoundsOf(const std::string& body) {
  return Make(
             "fn @main(%xs: list<str>, %few: list<str>(..5), %turns: i64(1..7), %n: i64, %b: bool) "
             "-> list<str> {\n" +
             body + "\n}\n")
      ->Find("main")
      ->bounds;
}

}  // namespace

TEST_CASE("plan: calls that were ordered by the effect alone run at the same time") {
  const PlanRef plan = Make(kJudge);
  CHECK(Explain(*plan).substr(Explain(*plan).find('\n') + 1) == R"(pass fold_text: texts split 1
pass parallelize: functions without effect 1, calls without effect 2
pass dead_code: operations removed 1
pass early_start: contexts prepared 1
pass last_use: contexts dropped 2
fn judge
  questions: at most 2
  generated tokens: at most 20
  contexts at a time: at most 1
  static prefix: 34 bytes of text
    system
      "Compare the two answers."
    user
      "Answer A: "
fn main
  questions: at most 5
  generated tokens: at most 552
  contexts at a time: at most 2
  computed while the rest of the prompt is waited for: 1 prefix
  at the same time, stage 0 of main: call main.judge#0, call main.judge#1
)");
  const GraphPlan& main = *plan->Find("main");
  const Graph& graph = *plan->program->Find("main");
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    if (graph.ops[i].kind == OpKind::kCall) CHECK(main.stages[i] == 0);
    if (graph.ops[i].kind == OpKind::kGen) CHECK(main.stages[i] == 1);
  }
  const PlanRef ordered = Make(kJudge, {{}, {"parallelize"}});
  CHECK(Explain(*ordered).find("at the same time") == std::string::npos);
  CHECK(ordered->ComputeDigest() != plan->ComputeDigest());
}

TEST_CASE("plan: readers count uses without drops") {
  const PlanRef plan = Make(kJudge);
  const Graph& graph = *plan->program->Find("judge");
  for (size_t i = 0; i < graph.values.size(); ++i) {
    if (graph.values[i].name == "k1") CHECK(plan->Find("judge")->readers[i] == 1);
    if (graph.values[i].name == "k2") CHECK(plan->Find("judge")->readers[i] == 0);
  }
}

TEST_CASE("bounds: affine, or not bounded") {
  const Bound n = Bound::Of({"n"}), xs = Bound::Of({"xs", Bound::Kind::kLength});
  CHECK((n + 2 + xs * 3).ToText() == "2 + n + 3 * len(xs)");
  CHECK((n * xs).ToText() == "not bounded");
  CHECK((n * xs * 0).ToText() == "0");
  CHECK(Larger(n * 2 + 1, n + xs + 5).ToText() == "5 + 2 * n + len(xs)");
  CHECK(Either(n, 7).ToText() == "7");
  CHECK(Either(Bound(), n).ToText() == "n");
  CHECK_FALSE((Bound(INT64_MAX) + 1).known());
  CHECK_FALSE((n * INT64_MAX * 2).known());
  const Bound filled = (n * 4 + 1).With([](const Bound::Input&) { return Bound(3); });
  CHECK(filled.constant() == 13);
  CHECK_FALSE((n + 1).With([](const Bound::Input&) { return Bound(); }).known());
}

TEST_CASE("plan: bounds are products of what is known, and say what is not") {
  const std::string gen =
      "%c = ctx.empty\n%a = ctx.open %c {role=assistant}\n%m: i64 = const 10\n"
      "%y, %a1 = gen %a max=%m {type=str, site=\"main.y#0\"}\nyield %y }\nreturn %l";
  const Bounds few = BoundsOf("%l: list<str> = fork %few (%x: str, %i: i64) {" + gen);
  CHECK(few.questions.constant() == 5);
  CHECK(few.tokens.constant() == 50);
  CHECK(few.reason == "");
  const Bounds turns = BoundsOf(
      "%one: i64 = const 1\n%is: list<i64> = call.pure @range %one, %turns\n"
      "%l: list<str> = fork %is (%x: i64, %i: i64) {" +
      gen);
  CHECK(turns.questions.constant() == 6);
  const Bounds many = BoundsOf("%l: list<str> = fork %xs (%x: str, %i: i64) {" + gen);
  CHECK(many.questions.ToText() == "len(xs)");
  CHECK(many.tokens.ToText() == "10 * len(xs)");
  const Bounds made = BoundsOf(
      "%t: str = call.pure @json %xs\n%c0: str = const \",\"\n"
      "%ys: list<str> = call.pure @split %t, %c0\n"
      "%l: list<str> = fork %ys (%x: str, %i: i64) {" +
      gen);
  CHECK_FALSE(made.questions.known());
  CHECK(made.reason == "fork over %ys");
  const Bounds loop = BoundsOf(
      "%s: str = const \"\"\n%r: str = while %s limit=%n (%k: i64, %t: str) {\n"
      "%c = ctx.empty\n%a = ctx.open %c {role=assistant}\n%z, %a1 = gen %a {type=str, "
      "site=\"main.z#0\"}\nyield %b, %z }\n"
      "%l: list<str> = list.make %r\nreturn %l");
  CHECK(loop.tokens.ToText() == "512 * n");
  const Bounds branch = BoundsOf(
      "%l: list<str> = if %b {\n%c = ctx.empty\n%a = ctx.open %c {role=assistant}\n"
      "%z, %a1 = gen %a {type=list<str>, site=\"main.z#0\"}\nyield %z } else { yield %xs }\nreturn "
      "%l");
  CHECK(branch.questions.constant() == 1);
  CHECK(branch.tokens.constant() == 512);
  const Bounds own = BoundsOf(
      "%c = ctx.empty\n%a = ctx.open %c {role=assistant}\n%z, %a1 = gen %a max=%n {type=list<str>, "
      "site=\"main.z#0\"}\nreturn %z");
  CHECK(own.questions.constant() == 1);
  CHECK(own.tokens.ToText() == "n");
}

TEST_CASE("plan: an unknown pass and a broken program are refused") {
  const auto program =
      std::make_shared<const Program>(*Parse("program p fn @main() -> i64 { }").program);
  CHECK(MakePlan(program).status().code() == StatusCode::kInternal);
  const auto empty = std::make_shared<const Program>(*Parse("program p").program);
  CHECK(MakePlan(empty, {{"fold"}, {}}).status().message() == "there is no pass `fold`");
  CHECK(MakePlan(empty, {{}, {"fold"}}).status().code() == StatusCode::kInvalidArgument);
  CHECK(MakePlan(empty).ok());
}

}  // namespace lmp::ir
