// Failures that a program handles: check, try, attempts, budgets, time, and what may be emitted.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "runtime/exec/retriever.h"
#include "tests/support/exec_harness.h"

namespace lmp {
namespace {

using testing::RunOn;
using testing::RunOutcome;
using testing::RunText;

constexpr const char* kRecord = "record failure {\n  kind: str\n  message: str\n  site: str\n}\n";

// `fn @main(%e: eff, %n: i64, %b: bool) -> str, eff` with these lines; %c is a context.
std::string Program(const std::string& lines, const std::string& functions = "") {
  return "program \"try\"\n" + std::string(kRecord) + functions +
         "fn @main(%e: eff, %n: i64, %b: bool) -> str, eff {\n"
         "  %c0 = ctx.empty\n  %c1 = ctx.open %c0 {role=user}\n  %text: str = const \"Go on.\"\n"
         "  %c2 = ctx.text %c1, %text\n  %c = ctx.close %c2 {role=user}\n" +
         lines + "}\n";
}

std::string Gen(const std::string& name, const std::string& context, const std::string& tokens) {
  return "%" + name + "o = ctx.open " + context + " {role=assistant}\n%" + name + ": str, %" +
         name + "c = gen %" + name + "o max=" + tokens + " min=" + tokens +
         " {type=str, site=\"main." + name + "#0\"}\n%" + name + "k = ctx.close %" + name +
         "c {role=assistant}\n";
}

RunOutcome Run(const std::string& text, int64_t n, bool b = false,
               const engine::EngineOptions& options = {}) {
  return RunText(text, {ir::Value::Int(n), ir::Value::Bool(b)}, options);
}

constexpr const char* kTellFailure = R"(
  } else (%f: rec<failure>) {
    %kind: str = field @kind %f
    %message: str = field @message %f
    %site: str = field @site %f
    %colon: str = const ": "
    %told = str.cat %kind, %colon, %message, %colon, %site
    yield %told
  }
  return %r, %e
)";

TEST_CASE("a check that fails ends the run, or is what the fallback is given") {
  const RunOutcome plain = Run(Program("%m: str = const \"no\"\ncheck %b, %m\nreturn %m, %e\n"), 0);
  CHECK_FALSE(plain.result.ok);
  CHECK(plain.result.failure.kind == "check");
  CHECK(plain.result.failure.message == "no");
  CHECK(plain.result.failure.site == "main");
  const std::string handled = Program(
      "%r: str = try {\n%m: str = const \"no\"\ncheck %b, %m\n"
      "yield %m\n" +
      std::string(kTellFailure));
  CHECK(Run(handled, 0).result.value.as_str() == "check: no: main");
  CHECK(Run(handled, 0, true).result.value.as_str() == "no");
}

TEST_CASE("what a called function fails of is handled where it is called") {
  const std::string callee =
      "fn @pick(%xs: list<str>, %i: i64) -> str {\n%x: str = call.pure @index %xs, %i\nreturn "
      "%x\n}\n";
  const std::string text = Program(
      "%xs: list<str> = const [\"a\", \"b\"]\n%r: str = try {\n"
      "%x: str = call @pick %xs, %n {site=\"main.pick#0\"}\nyield %x\n" +
          std::string(kTellFailure),
      callee);
  CHECK(Run(text, 1).result.value.as_str() == "b");
  CHECK(Run(text, 7).result.value.as_str() == "value: index 7 is outside a list of 2 items: pick");
}

// The value of the last attempt that was made, told by the text of its generation.
TEST_CASE("attempts: as many as there are, each with samples of its own") {
  const std::string text = Program(
      "%m: str = const \"shorter!\"\n%ten: i64 = const 10\n%temp: f64 = const 1.0\n"
      "%r: str = try retries=%n {\n%o = ctx.open %c {role=assistant}\n"
      "%x: str, %oc = gen %o max=%ten min=%ten temp=%temp {type=str, site=\"main.x#0\"}\n"
      "check %b, %m\nyield %x\n" +
      std::string(kTellFailure));
  for (const int64_t retries : {0, 1, 3}) {
    const RunOutcome out = Run(text, retries);
    CHECK(out.result.value.as_str() == "check: shorter!: main");
    CHECK(out.result.stats.calls == retries + 1);
    std::vector<int> prompts;
    for (const auto& call : out.result.calls) prompts.push_back(call.usage.prompt_tokens);
    CHECK(prompts == std::vector<int>(static_cast<size_t>(retries) + 1, prompts[0]));
    for (size_t i = 0; i < out.result.calls.size(); ++i)
      CHECK(out.result.calls[i].site == std::to_string(i) + "/main.x#0");
  }
}

TEST_CASE("with feedback an attempt reads the one before and what was wrong with it") {
  const std::string text = Program(
      "%m: str = const \"shorter!\"\n%ten: i64 = const 10\n"
      "%r: str = try %c retries=%n {feedback=true} (%a: ctx) {\n" +
      Gen("x", "%a", "%ten") + "check %b, %m, %xk\nyield %x\n" + std::string(kTellFailure));
  const RunOutcome out = Run(text, 2);
  REQUIRE(out.result.calls.size() == 3);
  // Each prompt is the one before, its ten tokens, and the same message.
  const auto prompt = [&](size_t i) { return out.result.calls[i].usage.prompt_tokens; };
  CHECK(prompt(1) - prompt(0) > 10);
  CHECK(prompt(2) - prompt(1) == prompt(1) - prompt(0));
  // The failed attempt is in the cache: it was kept, not computed again.
  CHECK(out.result.calls[2].usage.cached_tokens >= prompt(1));
}

TEST_CASE("feedback goes on from the try's own context where another failure ends the attempt") {
  const std::string text = Program(
      "%ten: i64 = const 10\n%xs: list<str> = const []\n"
      "%r: str = try %c retries=%n {feedback=true} (%a: ctx) {\n" +
      Gen("x", "%a", "%ten") +
      "%l: i64 = call.pure @len %x\n%y: str = call.pure @index %xs, %l\nyield %y\n" +
      std::string(kTellFailure));
  const RunOutcome out = Run(text, 1);
  REQUIRE(out.result.calls.size() == 2);
  CHECK(out.result.value.as_str().starts_with("value: index"));
  CHECK(out.result.calls[1].usage.prompt_tokens > out.result.calls[0].usage.prompt_tokens);
}

TEST_CASE("a budget of tokens ends what is generated, in the order of the program") {
  // Three generations that need nothing of each other: 30 tokens.
  const std::string text =
      Program("%ten: i64 = const 10\n%r: str = try tokens=%n {\n" + Gen("x", "%c", "%ten") +
              Gen("y", "%c", "%ten") + Gen("z", "%c", "%ten") +
              "%all = str.cat %x, %y, %z\n"
              "yield %all\n" +
              kTellFailure);
  const std::string whole = Run(text, 30).result.value.as_str();
  CHECK_FALSE(whole.starts_with("budget"));
  CHECK(Run(text, 1'000'000).result.value.as_str() == whole);
  for (const int sequences : {1, 64}) {
    const RunOutcome out = Run(text, 29, false, {.sequences_max = sequences});
    CHECK(out.result.value.as_str() ==
          "budget: the budget `tokens` is used up before the end of the text: main.z#0");
    CHECK(Run(text, 20, false, {.sequences_max = sequences}).result.value.as_str() ==
          "budget: the budget `tokens` is used up: nothing more may be generated: main.z#0");
  }
}

TEST_CASE("budgets of calls and of prompt tokens; a used-up budget is not tried again") {
  const auto with = [&](const std::string& option) {
    return Program("%ten: i64 = const 10\n%five: i64 = const 5\n%r: str = try retries=%five " +
                   option + "=%n {\n" + Gen("x", "%c", "%ten") + Gen("y", "%xk", "%ten") +
                   "yield %y\n" + kTellFailure);
  };
  const RunOutcome calls = Run(with("calls"), 1);
  CHECK(calls.result.value.as_str() ==
        "budget: the budget `calls` is used up: one more call is needed: 0/main.y#0");
  CHECK(calls.result.stats.calls == 1);
  CHECK_FALSE(Run(with("calls"), 2).result.value.as_str().starts_with("budget"));
  const int64_t needed = Run(with("calls"), 2).result.stats.prompt_tokens;
  CHECK_FALSE(Run(with("prefill"), needed).result.value.as_str().starts_with("budget"));
  CHECK(Run(with("prefill"), needed - 1)
            .result.value.as_str()
            .starts_with("budget: the budget `prefill` is used up: "));
}

TEST_CASE("the children of a fork have equal shares of a budget, and the rest comes back") {
  const std::string text = Program(
      "%ten: i64 = const 10\n%four: i64 = const 4\n%is: list<i64> = call.pure @range %four\n"
      "%r: str = try tokens=%n {\n%xs: list<str> = fork %is (%k: i64, %i: i64) {\n" +
      Gen("x", "%c", "%ten") + "yield %x\n}\n" + Gen("y", "%c", "%ten") + "yield %y\n" +
      kTellFailure);
  for (const int sequences : {1, 64}) {
    const engine::EngineOptions options{.sequences_max = sequences};
    CHECK_FALSE(Run(text, 50, false, options).result.value.as_str().starts_with("budget"));
    CHECK(Run(text, 49, false, options).result.value.as_str().ends_with("main.y#0"));
    CHECK(Run(text, 39, false, options).result.value.as_str().ends_with("0/main.x#0"));
  }
}

TEST_CASE("an inner budget is not more than what is left outside") {
  const std::string text =
      Program("%ten: i64 = const 10\n%many: i64 = const 1000\n%r: str = try tokens=%n {\n" +
              Gen("x", "%c", "%ten") + "%in: str = try tokens=%many {\n" + Gen("y", "%c", "%ten") +
              "yield %y\n}\nyield %in\n" + kTellFailure);
  CHECK(Run(text, 19).result.value.as_str().starts_with("budget"));
  CHECK_FALSE(Run(text, 20).result.value.as_str().starts_with("budget"));
}

TEST_CASE("what is emitted does not depend on who is faster") {
  // Behind a check that fails, nothing is emitted; before it, all is.
  const std::string text = Program(
      "%ten: i64 = const 10\n%one: str = const \"one \"\n%two: str = const \"two \"\n"
      "%three: str = const \"three \"\n%r: str, %e4: eff = try {\n%e1 = emit %e, %one\n" +
      Gen("x", "%c", "%ten") +
      "%l: i64 = call.pure @len %x\n%no: bool = call.pure @lt %l, %n\ncheck %no, %one\n"
      "%e2 = emit %e1, %two\nyield %one, %e2\n} else (%f: rec<failure>) {\n"
      "%e3 = emit %e, %three\nyield %three, %e3\n}\nreturn %r, %e4\n");
  for (const int sequences : {1, 64}) {
    CHECK(Run(text, 0, false, {.sequences_max = sequences}).emitted == "one three ");
    CHECK(Run(text, 1'000, false, {.sequences_max = sequences}).emitted == "one two ");
  }
  // Without a fallback the run fails, and what stands behind the check was not emitted.
  const std::string bare =
      Program("%ten: i64 = const 10\n%two: str = const \"two\"\n" + Gen("x", "%c", "%ten") +
              "%l: i64 = call.pure @len %x\n%no: bool = call.pure @lt %l, %n\ncheck %no, %two\n"
              "%e2 = emit %e, %two\nreturn %two, %e2\n");
  CHECK(Run(bare, 0).emitted.empty());
  CHECK(Run(bare, 1'000).emitted == "two");
}

// Never answers.
class Silent final : public exec::Retriever {
 public:
  void Start(exec::Retrieval, std::function<void(Answer)>) override {}
};

TEST_CASE("time: an attempt ends though nothing happens") {
  exec::Loop loop(testing::MakeDigestEngine({}));
  const auto plan = testing::BindText(
      "program \"slow\"\nrecord passage {\n  id: str\n  document: str\n  line: i64\n  heading: "
      "str\n"
      "  text: str\n  score: f64\n  tokens: i64\n}\n" +
      std::string(kRecord) +
      "corpus docs = \"docs\"\nfn @main(%ms: i64) -> str {\n%q: list<str> = const [\"who\"]\n"
      "%many: i64 = const 5\n%r: str = try retries=%many time=%ms {\n%p = retrieve @docs %q\n"
      "%l: i64 = call.pure @len %p\n%s = str.fmt %l\nyield %s\n} else (%f: rec<failure>) {\n"
      "%k: str = field @kind %f\n%m: str = field @message %f\n%t = str.cat %k, %m\nyield %t\n}\n"
      "return %r\n}\n");
  auto sink = std::make_shared<testing::CollectingSink>();
  exec::Request request;
  request.plan = plan;
  request.function = "main";
  request.arguments = {ir::Value::Int(20)};
  request.sink = sink;
  request.retriever = std::make_shared<Silent>();
  REQUIRE(loop.Submit(std::move(request)).ok());
  const RunOutcome out = sink->Wait();
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  CHECK(out.result.value.as_str() == "timeoutthe time of this `try` is over: 20 ms");
}

TEST_CASE("a cancelled run is not handled") {
  exec::Loop loop(testing::MakeDigestEngine({}));
  const auto plan = testing::BindText(
      Program("%m: str = const \"again\"\n%many: i64 = const 4000\n%r: str = try retries=%n {\n" +
              Gen("x", "%c", "%many") +
              "yield %x\n} else (%f: rec<failure>) {\nyield %m\n}\nreturn %r, %e\n"));
  auto sink = std::make_shared<testing::CollectingSink>();
  exec::Request request;
  request.plan = plan;
  request.function = "main";
  request.arguments = {ir::Value::Int(9), ir::Value::Bool(true)};
  request.sink = sink;
  const Result<exec::RunId> id = loop.Submit(std::move(request));
  REQUIRE(id.ok());
  loop.Cancel(*id);
  const RunOutcome out = sink->Wait();
  if (out.result.ok) {  // it was faster
    CHECK(out.result.value.as_str() != "again");
  } else {
    CHECK(out.result.failure.kind == "cancelled");
  }
}

}  // namespace
}  // namespace lmp
