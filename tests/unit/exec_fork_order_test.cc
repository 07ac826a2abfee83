// In which order a fork starts its children, and that nothing but the work depends on it.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/exec/fork_order.h"
#include "tests/support/exec_harness.h"

namespace lmp {
namespace {

using ir::Value;
using testing::RunOutcome;

constexpr const char* kRows = R"(program "rows"
record Row {
  text: str
  bad: bool
}
fn @ask(%t: str, %n: str) -> str {
  %c = ctx.empty
  %u = ctx.open %c {role=user}
  %fixed: str = const "About: "
  %u1 = ctx.text %u, %fixed
  %s: str = str.cat %t, %n
  %u2 = ctx.text %u1, %s
  %u3 = ctx.close %u2 {role=user}
  %a = ctx.open %u3 {role=assistant}
  %two: i64 = const 2
  %x, %a1 = gen %a max=%two min=%two {type=str, site="ask.x#0"}
  return %x
}
fn @main(%rows: list<rec<Row>>, %most: i64) -> list<str> {
  %out: list<str> = fork %rows max_parallel=%most {on_error="fail"} (%r: rec<Row>, %i: i64) {
    %t: str = field @text %r
    %b: bool = field @bad %r
    %ok: bool = call.pure @not %b
    %n: str = str.fmt %i
    check %ok, %n
    %x: str = call @ask %t, %n {site="main.ask#0"}
    %same: bool = call.pure @eq %x, %t
    %s: str = str.fmt %same
    %y: str = str.cat %n, %t, %s
    yield %y
  }
  return %out
}
)";

Value Row(const std::string& text, bool bad = false) {
  return Value::Record("Row", {{"text", Value::Str(text)}, {"bad", Value::Bool(bad)}});
}

std::vector<size_t> OrderOf(const char* text, const std::vector<Value>& elements) {
  const auto plan = testing::BindText(text);
  const ir::Program& program = *plan->plan->program;
  const ir::Graph& main = *program.Find("main");
  for (const ir::Op& op : main.ops) {
    if (op.kind == ir::OpKind::kFork) return exec::StartOrder(program, main, op, elements);
  }
  return {};
}

using Order = std::vector<size_t>;

TEST_CASE("children whose prompts begin alike start one behind the other") {
  const std::vector<Value> rows = {Row("a"), Row("b"), Row("a"), Row("b"), Row("c"), Row("a")};
  CHECK(OrderOf(kRows, rows) == Order{0, 2, 5, 1, 3, 4});
  CHECK(OrderOf(kRows, {Row("a"), Row("b"), Row("c")}).empty());
  CHECK(OrderOf(kRows, {Row("a"), Row("a")}).empty());
  CHECK(OrderOf(kRows, {}).empty());
}

TEST_CASE("where it is not plain what a prompt begins with, children start as they come") {
  const std::vector<Value> rows = {Row("a"), Row("b"), Row("a"), Row("b")};
  std::string computed = kRows;
  computed.replace(computed.find("%t: str = field @text %r"), 24,
                   "%t0: str = field @text %r\n    %t: str = call.pure @upper %t0");
  CHECK(OrderOf(computed.c_str(), rows).empty());
  std::string index = kRows;
  index.replace(index.find("call @ask %t, %n"), 16, "call @ask %n, %t");
  CHECK(OrderOf(index.c_str(), rows).empty());
}

RunOutcome Ask(exec::Loop& loop, const std::vector<Value>& rows, int64_t most) {
  return testing::RunOn(loop, testing::BindText(kRows), {Value::List(rows), Value::Int(most)});
}

TEST_CASE("values come in the order of the elements") {
  exec::Loop loop(testing::MakeDigestEngine({}));
  const std::vector<Value> rows = {Row("a"), Row("b"), Row("a"), Row("b"), Row("c"), Row("a")};
  for (const int64_t most : {1, 2, 100}) {
    const RunOutcome out = Ask(loop, rows, most);
    REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
    CHECK(ToJsonText(out.result.value) ==
          R"(["0afalse","1bfalse","2afalse","3bfalse","4cfalse","5afalse"])");
  }
}

TEST_CASE("the first child that fails counts, though a later one failed before it began") {
  exec::Loop loop(testing::MakeDigestEngine({}));
  const std::vector<Value> rows = {Row("a"),       Row("b", true), Row("a"),
                                   Row("b", true), Row("c"),       Row("a", true)};
  for (const int64_t most : {1, 2, 100}) {
    const RunOutcome out = Ask(loop, rows, most);
    REQUIRE(!out.result.ok);
    CHECK(out.result.failure.kind == "check");
    CHECK(out.result.failure.message == "1");
  }
}

TEST_CASE("a cache that holds only a few of the texts computes each once") {
  std::vector<Value> grouped, mixed;
  for (int i = 0; i < 40; ++i) {
    grouped.push_back(Row(std::to_string(i / 5) + std::string(600, 'x')));
    mixed.push_back(Row(std::to_string(i % 8) + std::string(600, 'x')));
  }
  int64_t computed[2] = {};
  for (const bool mixes : {false, true}) {
    exec::Loop loop(testing::MakeDigestEngine({.kv_pages = 100}));
    const RunOutcome out = Ask(loop, mixes ? mixed : grouped, 1);
    REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
    computed[mixes ? 1 : 0] = out.result.stats.prompt_tokens - out.result.stats.cached_tokens;
  }
  CHECK(computed[1] < computed[0] * 11 / 10);
}

}  // namespace
}  // namespace lmp
