// Which passages lose their approximate policy because their context must be exact.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "ir/exact_context.h"
#include "ir/parse.h"
#include "ir/verify.h"

namespace lmp::ir {
namespace {

// The policies of all ctx.insert, in program order, after the rule: "prefix link(2)".
std::string Policies(const std::string& text) {
  ParseOutcome outcome = Parse("program \"p\"\n" + text);
  REQUIRE_MESSAGE(outcome.program, outcome.diagnostics.front().title);
  Program program = *outcome.program;
  const std::vector<Diagnostic> mistakes = Verify(program);
  REQUIRE_MESSAGE(mistakes.empty(), mistakes.front().title);
  size_t changed = 0;
  std::string all, before;
  for (int pass = 0; pass < 2; ++pass) {
    if (pass == 1) changed = MakeExactWhereNeeded(&program).size();
    std::string found;
    for (const Graph& graph : program.functions) {
      for (const Op& op : graph.ops) {
        if (op.kind == OpKind::kCtxInsert)
          found += (found.empty() ? "" : " ") + op.attributes.reuse;
      }
    }
    (pass == 0 ? before : all) = found;
  }
  CHECK((changed > 0) == (before != all));
  CHECK(MakeExactWhereNeeded(&program).empty());  // once is enough
  return all;
}

constexpr char kStart[] = R"ir(
  %c = ctx.empty
  %u = ctx.open %c {role=user}
)ir";
constexpr char kAsk[] = R"ir(
  %k1 = ctx.close %k {role=user}
  %a = ctx.open %k1 {role=assistant}
  %options: list<str> = const ["yes", "no"]
  %r, %ps, %after = select %a, %options {site="f.r#0"}
)ir";

std::string Function(const std::string& body) {
  return "fn @f(%s: str, %b: bool, %xs: list<str>) {" + std::string(kStart) + body + "}\n";
}
std::string Asked(const std::string& body) { return Function(body + kAsk); }

}  // namespace

TEST_CASE("a passage that reaches a select is prefix, one that only a gen reads is not") {
  CHECK(Policies(Asked("%k = ctx.insert %u, %s {reuse=\"link(2)\"}")) == "prefix");
  CHECK(Policies(Asked("%k = ctx.insert %u, %s {reuse=\"auto\"}")) == "prefix");
  const std::string gen = R"ir(
  %k = ctx.insert %u, %s {reuse="blend(0.2)"}
  %k1 = ctx.close %k {role=user}
  %a = ctx.open %k1 {role=assistant}
  %max: i64 = const 3
  %g, %after = gen %a max=%max {type=str, site="f.g#0")ir";
  CHECK(Policies(Function(gen + "}\n")) == "blend(0.2)");
  CHECK(Policies(Function(gen + ", exact=true}\n")) == "prefix");
}

TEST_CASE("a select behind a generation in the same context counts, one beside it does not") {
  const std::string body = R"ir(
  %i = ctx.insert %u, %s {reuse="link(2)"}
  %i1 = ctx.close %i {role=user}
  %i2 = ctx.open %i1 {role=assistant}
  %max: i64 = const 3
  %g, %i3 = gen %i2 max=%max {type=str, site="f.g#0"}
  %i4 = ctx.close %i3 {role=assistant}
)ir";
  CHECK(Policies(Asked(body + "%k = ctx.open %i4 {role=user}")) == "prefix");
  CHECK(Policies(Asked(body + "%k = ctx.text %u, %g")) == "link(2)");
}

TEST_CASE("through regions: only what is carried to the select") {
  const std::string both = R"ir(
  %l: ctx, %m: ctx = if %b {
    %t = ctx.insert %u, %s {reuse="link(1)"}
    yield %t, %u
  } else {
    %e = ctx.insert %u, %s {reuse="link(2)"}
    yield %u, %e
  }
)ir";
  CHECK(Policies(Asked(both + "%k = ctx.text %l, %s")) == "prefix link(2)");
  CHECK(Policies(Asked(both + "%k = ctx.text %m, %s")) == "link(1) prefix");
  CHECK(Policies(Asked(both + "%k = ctx.text %u, %s")) == "link(1) link(2)");
  // Two contexts change places in each round, so either passage reaches either result.
  const std::string loop = R"ir(
  %l: ctx, %m: ctx = for %xs, %u, %u (%x: str, %p: ctx, %q: ctx) {
    %n = ctx.insert %p, %x {reuse="link(3)"}
    yield %q, %n
  }
  %k = ctx.text %l, %s
)ir";
  CHECK(Policies(Asked(loop)) == "prefix");
  const std::string rounds = R"ir(
  %limit: i64 = const 3
  %i = ctx.insert %u, %s {reuse="link(4)"}
  %l: ctx = while %i limit=%limit (%round: i64, %p: ctx) {
    %n = ctx.insert %p, %s {reuse="link(5)"}
    yield %b, %n
  }
  %k = ctx.text %l, %s
)ir";
  CHECK(Policies(Asked(rounds)) == "prefix prefix");
}

TEST_CASE("a select inside a fork reads the context around it, and lists hold contexts") {
  const std::string inside = R"ir(
  %i = ctx.insert %u, %s {reuse="link(1)"}
  %l: list<str> = fork %xs (%x: str, %n: i64) {
    %k = ctx.text %i, %x
    %k1 = ctx.close %k {role=user}
    %a = ctx.open %k1 {role=assistant}
    %r, %ps, %after = select %a, %xs {site="f.r#0"}
    yield %r
  }
)ir";
  CHECK(Policies(Function(inside)) == "prefix");
  const std::string made = R"ir(
  %l: list<ctx> = fork %xs (%x: str, %n: i64) {
    %i = ctx.insert %u, %x {reuse="link(1)"}
    %j = ctx.close %i {role=user}
    yield %j
  }
  %one: ctx = call.pure @first %l
  %k = ctx.open %one {role=user}
)ir";
  CHECK(Policies(Asked(made)) == "prefix");
}

TEST_CASE("through calls, by argument and by result") {
  const std::string choose = R"ir(
fn @choose(%given: ctx) -> str {
  %k = ctx.open %given {role=user})ir" +
                             std::string(kAsk) + R"ir(  return %r
}
)ir";
  CHECK(Policies(choose + Function("%i = ctx.insert %u, %s {reuse=\"link(1)\"}\n"
                                   "%j = ctx.close %i {role=user}\n"
                                   "%w: str = call @choose %j {site=\"f.choose#0\"}\n")) ==
        "prefix");
  const std::string make = R"ir(
fn @make(%s: str) -> ctx {
  %c = ctx.empty
  %u = ctx.open %c {role=user}
  %i = ctx.insert %u, %s {reuse="blend(0.5)"}
  %j = ctx.close %i {role=user}
  return %j
}
)ir";
  CHECK(Policies(make + Asked("%o: ctx = call @make %s {site=\"f.make#0\"}\n"
                              "%k = ctx.open %o {role=user}")) == "prefix");
  CHECK(Policies(make + Asked("%o: ctx = call @make %s {site=\"f.make#0\"}\n"
                              "%k = ctx.text %u, %s")) == "blend(0.5)");
}

}  // namespace lmp::ir
