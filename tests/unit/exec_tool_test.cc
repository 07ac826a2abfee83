// Tools of the host: answers, garbage, errors, time, tries, what writes, and what comes late.
#include <doctest/doctest.h>

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/base/limits.h"
#include "tests/support/exec_harness.h"

namespace lmp {
namespace {

using exec::ToolRequest;
using testing::RunOutcome;

constexpr const char* kDeclarations =
    "program \"tools\"\nrecord failure {\n  kind: str\n  message: str\n  site: str\n}\n"
    "record Hit {\n  title: str(max=5)\n  score: f64\n}\n"
    "tool look(id: str, n: i64) -> list<rec<Hit>> = \"orders.lookup\" read timeout=30 retries=2\n"
    "tool pay(cents: i64) -> str = \"pay\" write\n";

// What a program is told of `look`.
const std::string kLook =
    std::string(kDeclarations) +
    "fn @main(%id: str) -> str {\n%n: i64 = const 3\n%r: str = try {\n"
    "%hits: list<rec<Hit>> = tool @look %id, %n\n%t = str.fmt %hits\nyield %t\n"
    "} else (%f: rec<failure>) {\n%k: str = field @kind %f\n"
    "%m: str = field @message %f\n%c: str = const \": \"\n"
    "%t1 = str.cat %k, %c, %m\nyield %t1\n}\nreturn %r\n}\n";

// Answers in order, the last for ever; keeps what it was asked.
class Scripted final : public exec::Toolbox {
 public:
  using Reply = std::function<void(std::function<void(Answer)>)>;
  explicit Scripted(std::vector<Reply> replies) : replies_(std::move(replies)) {}

  void Start(ToolRequest request, std::function<void(Answer)> done) override {
    const size_t i = std::min(asked.size(), replies_.size() - 1);
    asked.push_back(request.tool->host + request.arguments);
    cancelled.push_back(request.unwanted);
    replies_[i](std::move(done));
  }

  std::vector<std::string> asked;
  std::vector<std::shared_ptr<exec::Unwanted>> cancelled;

 private:
  std::vector<Reply> replies_;
};

Scripted::Reply Says(exec::Toolbox::Answer answer) {
  return [answer](std::function<void(exec::Toolbox::Answer)> done) { done(answer); };
}
const Scripted::Reply kNothing = [](const auto&) {};

RunOutcome Run(const std::string& text, const std::shared_ptr<Scripted>& toolbox,
               std::vector<ir::Value> arguments) {
  exec::Loop loop(testing::MakeDigestEngine({}));
  auto sink = std::make_shared<testing::CollectingSink>();
  exec::Request request;
  request.plan = testing::BindText(text);
  request.function = "main";
  request.arguments = std::move(arguments);
  request.sink = sink;
  request.toolbox = toolbox;
  REQUIRE(loop.Submit(std::move(request)).ok());
  return sink->Wait();
}

std::string Told(std::vector<Scripted::Reply> replies, size_t asked = 1) {
  const auto toolbox = std::make_shared<Scripted>(std::move(replies));
  const RunOutcome out = Run(kLook, toolbox, {ir::Value::Str("a \"b\"")});
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  CHECK(toolbox->asked.size() == asked);
  CHECK(toolbox->asked[0] == "orders.lookup{\"id\":\"a \\\"b\\\"\",\"n\":3}");
  return out.result.value.as_str();
}

TEST_CASE("a tool is given its arguments as JSON and gives a value of its type") {
  CHECK(Told({Says(std::string(R"([{"title": "one", "score": 1}])"))}) ==
        R"([{"title":"one","score":1.0}])");
  CHECK(Told({Says(std::string("[]"))}) == "[]");
}

TEST_CASE("garbage is the failure `tool`, after as many tries as are declared") {
  const auto garbage = [](std::string text) { return Told({Says(std::move(text))}, 3); };
  CHECK(garbage("nonsense") ==
        "tool: `look`: what it gave: expected list<Hit> as JSON, found \"nonsense\": JSON is "
        "malformed "
        "at byte 1");
  CHECK(garbage("\xff" + std::string(90, 'x')).find("xxx\"...: ") != std::string::npos);
  CHECK(garbage("{}") == "tool: `look`: what it gave, `result`: expected a list, found an object");
  CHECK(garbage(R"([{"title": "too long", "score": 1}])")
            .starts_with(
                "tool: `look`: what it gave, `result[0].title`: expected at most 5 characters"));
  CHECK(garbage(std::string(kToolBytesMax + 1, ' '))
            .starts_with("tool: `look`: it gave 4194305 bytes"));
  CHECK(Told({Says(Unavailable("the shop is closed"))}, 3) == "tool: `look`: the shop is closed");
  CHECK(Told({Says(Unavailable("closed")), Says(std::string("[]"))}, 2) == "[]");
}

TEST_CASE("a tool that does not answer is given up, and what it says later is not heard") {
  CHECK(Told({kNothing}, 3) == "timeout: `look`: no answer within 30 ms");
  std::function<void(exec::Toolbox::Answer)> late;
  const auto toolbox = std::make_shared<Scripted>(std::vector<Scripted::Reply>{
      [&](std::function<void(exec::Toolbox::Answer)> done) { late = std::move(done); },
      [&](std::function<void(exec::Toolbox::Answer)> done) {
        late(std::string("[]"));
        done(std::string(R"([{"title": "two", "score": 2.5}])"));
      }});
  const RunOutcome out = Run(kLook, toolbox, {ir::Value::Str("x")});
  CHECK(out.result.value.as_str() == R"([{"title":"two","score":2.5}])");
  CHECK(toolbox->cancelled[0]->load());
  late(std::string("[]"));  // the loop is gone
}

TEST_CASE("without a toolbox a tool fails") {
  const RunOutcome out = Run(kLook, nullptr, {ir::Value::Str("x")});
  CHECK(out.result.value.as_str() == "tool: this host has no tool `orders.lookup`");
}

TEST_CASE("tools that write: once each, in the order of the program, behind checks that hold") {
  const std::string text =
      std::string(kDeclarations) +
      "fn @main(%e: eff, %n: i64) -> str, eff {\n%one: i64 = const 1\n%two: i64 = const 2\n"
      "%no: str = const \"too much\"\n%a: str, %e1: eff = tool @pay %e, %one\n%e2 = emit %e1, %a\n"
      "%ok: bool = call.pure @lt %n, %two\ncheck %ok, %no\n"
      "%b: str, %e3: eff = tool @pay %e2, %two\n%e4 = emit %e3, %b\nreturn %b, %e4\n}\n";
  const auto pays = [&](int64_t n) {
    const auto toolbox =
        std::make_shared<Scripted>(std::vector<Scripted::Reply>{Says(std::string("\"paid\""))});
    const RunOutcome out = Run(text, toolbox, {ir::Value::Int(n)});
    return std::pair(toolbox->asked, out.emitted);
  };
  CHECK(pays(1) == std::pair(std::vector<std::string>{"pay{\"cents\":1}", "pay{\"cents\":2}"},
                             std::string("paidpaid")));
  const auto refused = pays(5);
  CHECK(refused.first.size() <= 1);  // the first may have run before the check was computed
}

TEST_CASE("tools that only look run at the same time") {
  // Both are asked before either answers.
  std::vector<std::function<void(exec::Toolbox::Answer)>> waiting;
  const Scripted::Reply gather = [&](std::function<void(exec::Toolbox::Answer)> done) {
    waiting.push_back(std::move(done));
    if (waiting.size() < 2) return;
    for (auto& answer : waiting) answer(std::string("[]"));
  };
  const auto toolbox = std::make_shared<Scripted>(std::vector<Scripted::Reply>{gather});
  const RunOutcome out =
      Run(std::string(kDeclarations) +
              "fn @main(%id: str) -> i64 {\n%n: i64 = const 1\n"
              "%a: list<rec<Hit>> = tool @look %id, %n\n%b: list<rec<Hit>> = tool @look %id, %n\n"
              "%c: list<rec<Hit>> = call.pure @concat_list %a, %b\n%l: i64 = call.pure @len "
              "%c\nreturn %l\n}\n",
          toolbox, {ir::Value::Str("x")});
  REQUIRE_MESSAGE(out.result.ok, out.result.failure.message);
  CHECK(toolbox->asked.size() == 2);
}

}  // namespace
}  // namespace lmp
