// What begins before all of its operands are there: the children of a fork over a growing list,
// calls, contexts that are made resident.
#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "runtime/exec/list_scan.h"
#include "runtime/exec/retriever.h"
#include "tests/support/exec_harness.h"

namespace lmp {
namespace {

using testing::RunOutcome;

// ---- ListScan ----

std::vector<std::string> Scanned(const std::string& text, size_t step) {
  exec::ListScan scan;
  std::vector<std::string> out;
  for (size_t end = 0; end <= text.size(); end += step) {
    for (const std::string_view element : scan.Advance(std::string_view(text).substr(0, end)))
      out.emplace_back(element);
  }
  for (const std::string_view element : scan.Advance(text)) out.emplace_back(element);
  return out;
}

TEST_CASE("the elements of a list, however its text arrives") {
  struct Case {
    std::string text;
    std::vector<std::string> elements;
  };
  const std::vector<Case> cases = {
      {"[]", {}},
      {"[\"a\", \"b, ]\\\"\", \"\\\\\"]", {"\"a\"", "\"b, ]\\\"\"", "\"\\\\\""}},
      {"[1, -2.5, true, null]", {"1", "-2.5", "true", "null"}},
      {"[{\"a\": [1, 2], \"b\": \"}]\"}, {\"a\": []}]",
       {"{\"a\": [1, 2], \"b\": \"}]\"}", "{\"a\": []}"}},
      {"[[1], [], [[\"x\"]]]", {"[1]", "[]", "[[\"x\"]]"}},
      {"[\"\xc3\xa9\xe2\x82\xac\", 7", {"\"\xc3\xa9\xe2\x82\xac\""}},
      {"[{\"a\": 1}, {\"a\"", {"{\"a\": 1}"}},
  };
  for (const Case& c : cases) {
    for (size_t step = 1; step <= c.text.size(); ++step) CHECK(Scanned(c.text, step) == c.elements);
  }
}

// ---- Forks over growing lists ----

constexpr const char* kOutline = R"(program "outline"
fn @points(%q: str) -> list<str(max=6)>(3..3) {
  %c = ctx.empty
  %u = ctx.open %c {role=user}
  %u1 = ctx.text %u, %q
  %u2 = ctx.close %u1 {role=user}
  %a = ctx.open %u2 {role=assistant}
  %max: i64 = const 200
  %ps: list<str(max=6)>(3..3), %a1 = gen %a max=%max {type=list<str(max=6)>(3..3), site="points.ps#0"}
  return %ps
}
fn @main(%e: eff, %q: str) -> list<str>, eff {
  %c = ctx.empty
  %ps: list<str(max=6)>(3..3) = call @points %q {site="main.points#0"}
  %max: i64 = const 30
  %l: list<str> = fork %ps (%p: str(max=6), %i: i64) {
    %u = ctx.open %c {role=user}
    %u1 = ctx.text %u, %p
    %u2 = ctx.close %u1 {role=user}
    %a = ctx.open %u2 {role=assistant}
    %x, %a1 = gen %a max=%max min=%max {type=str, site="main.x#0"}
    yield %x
  }
  %m: list<str> = fork %l (%z: str, %j: i64) {
    %y: str = call.pure @upper %z
    yield %y
  }
  %t: str = call.pure @lines %m
  %e1 = emit %e, %t
  return %m, %e1
}
)";

RunOutcome RunWith(exec::Loop& loop, const char* text, std::vector<ir::Value> arguments,
                   bool with_passes, std::shared_ptr<exec::Retriever> retriever = nullptr) {
  auto sink = std::make_shared<testing::CollectingSink>();
  exec::Request request;
  request.plan = testing::BindText(text, with_passes);
  request.function = "main";
  request.arguments = std::move(arguments);
  request.sink = sink;
  request.explain = true;
  request.retriever = std::move(retriever);
  REQUIRE(loop.Submit(std::move(request)).ok());
  return sink->Wait();
}

TEST_CASE("children start while their list is still generated, and give the same") {
  exec::Loop loop(testing::MakeDigestEngine({}));
  for (const char* q : {"owls", "ports", "why?"}) {
    const RunOutcome plain = RunWith(loop, kOutline, {ir::Value::Str(q)}, false);
    const RunOutcome pipelined = RunWith(loop, kOutline, {ir::Value::Str(q)}, true);
    REQUIRE_MESSAGE(plain.result.ok, plain.result.failure.message);
    REQUIRE_MESSAGE(pipelined.result.ok, pipelined.result.failure.message);
    CHECK(pipelined.Essence() == plain.Essence());
    REQUIRE(pipelined.result.calls.size() == 4);
    REQUIRE(plain.result.calls.size() == 4);
    CHECK(pipelined.result.calls[0].site == "main.points#0/points.ps#0");
    CHECK(pipelined.result.calls[1].start_ns < pipelined.result.calls[0].end_ns);
    CHECK(plain.result.calls[1].start_ns >= plain.result.calls[0].end_ns);
  }
}

TEST_CASE("a list that fails fails the run, whatever its first elements have led to") {
  std::string text = kOutline;
  text.replace(text.find("const 200"), 9, "const 12");
  exec::Loop loop(testing::MakeDigestEngine({}));
  const RunOutcome plain = RunWith(loop, text.c_str(), {ir::Value::Str("owls")}, false);
  const RunOutcome pipelined = RunWith(loop, text.c_str(), {ir::Value::Str("owls")}, true);
  CHECK_FALSE(plain.result.ok);
  CHECK_FALSE(pipelined.result.ok);
  CHECK(pipelined.result.failure.kind == "limit");
  CHECK(pipelined.result.failure.site == plain.result.failure.site);
  CHECK(pipelined.result.failure.message == plain.result.failure.message);
}

// ---- Early starts ----

// Answers when `open` says so.
class GatedRetriever final : public exec::Retriever {
 public:
  explicit GatedRetriever(std::shared_future<void> open) : open_(std::move(open)) {}
  ~GatedRetriever() override {
    if (thread_.joinable()) thread_.join();
  }
  void Start(exec::Retrieval retrieval, std::function<void(Answer)> done) override {
    thread_ = std::thread([open = open_, retrieval = std::move(retrieval), done = std::move(done)] {
      open.wait();
      done(ir::FakePassages(retrieval.corpus->name, retrieval.query));
    });
  }

 private:
  const std::shared_future<void> open_;
  std::thread thread_;
};

constexpr const char* kRag = R"(program "rag"
record passage { id: str document: str line: i64 heading: str text: str score: f64 tokens: i64 }
corpus books = "books"
fn @answer(%q: str, %found: str) -> str {
  %c = ctx.empty
  %u = ctx.open %c {role=user}
  %u1 = ctx.text %u, %q
  %u2 = ctx.text %u1, %found
  %u3 = ctx.close %u2 {role=user}
  %a = ctx.open %u3 {role=assistant}
  %max: i64 = const 10
  %x, %a1 = gen %a max=%max {type=str, site="answer.x#0"}
  return %x
}
fn @main(%q: str) -> str {
  %asked: list<str> = list.make %q
  %hits = retrieve @books %asked
  %found: str = call.pure @json %hits
  %y: str = call @answer %q, %found {site="main.answer#0"}
  return %y
}
)";

TEST_CASE("what a prompt begins with is computed before a slow operand arrives") {
  std::string question;
  while (question.size() < 600) question += "why is it so? ";
  const RunOutcome plain = [&] {
    std::promise<void> open;
    open.set_value();
    exec::Loop loop(testing::MakeDigestEngine({}));
    return RunWith(loop, kRag, {ir::Value::Str(question)}, false,
                   std::make_shared<GatedRetriever>(open.get_future().share()));
  }();
  REQUIRE_MESSAGE(plain.result.ok, plain.result.failure.message);
  std::promise<void> open;
  exec::Loop loop(testing::MakeDigestEngine({}));
  auto result = std::async(std::launch::async, [&] {
    return RunWith(loop, kRag, {ir::Value::Str(question)}, true,
                   std::make_shared<GatedRetriever>(open.get_future().share()));
  });
  uint64_t rows = 0;
  for (int i = 0; i < 2000 && rows < 300; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    rows = loop.Stats().value().rows;
  }
  open.set_value();
  const RunOutcome early = result.get();
  CHECK(rows >= 300);  // nothing but the question can have been computed
  REQUIRE_MESSAGE(early.result.ok, early.result.failure.message);
  CHECK(early.Essence() == plain.Essence());
  REQUIRE(early.result.calls.size() == 2);
  CHECK(early.result.calls[0].kind == "ctx.warm");
  CHECK(early.result.calls[1].usage.cached_tokens >= 300);
}

TEST_CASE("where nothing has to be waited for, nothing is computed apart") {
  std::string text = kRag;
  text.replace(text.find("%hits = retrieve @books %asked"), 30, "%hits: list<str> = const [\"a\"]");
  exec::Loop loop(testing::MakeDigestEngine({}));
  const RunOutcome out = RunWith(loop, text.c_str(), {ir::Value::Str(std::string(400, 'q'))}, true);
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  CHECK(out.result.calls.size() == 1);
}

TEST_CASE("a call that has begun ends with the argument that fails, and with the run") {
  constexpr const char* kText = R"(program "fails"
fn @pass(%q: str, %n: i64) -> i64 {
  %c = ctx.empty
  %a = ctx.open %c {role=assistant}
  %a1 = ctx.text %a, %q
  %t = str.fmt %n
  %a2 = ctx.text %a1, %t
  %max: i64 = const 3
  %x, %a3 = gen %a2 max=%max {type=str, site="pass.x#0"}
  return %n
}
fn @main(%q: str) -> i64 {
  %c = ctx.empty
  %a = ctx.open %c {role=assistant}
  %max: i64 = const 8
  %x, %a1 = gen %a max=%max {type=str, site="main.x#0"}
  %xs: list<str> = list.make %x
  %zero: i64 = const 0
  %len: i64 = call.pure @len %xs
  %n: i64 = call.pure @div %len, %zero
  %y: i64 = call @pass %q, %n {site="main.pass#0", early=true}
  return %y
}
)";
  exec::Loop loop(testing::MakeDigestEngine({}));
  const RunOutcome out = RunWith(loop, kText, {ir::Value::Str(std::string(400, 'q'))}, false);
  CHECK_FALSE(out.result.ok);
  CHECK(out.result.failure.kind == "value");
  CHECK(RunWith(loop, kText, {ir::Value::Str("")}, true).result.failure.message ==
        out.result.failure.message);
}

}  // namespace
}  // namespace lmp
