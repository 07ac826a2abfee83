// What can be said of prompts before a run: how many tokens they have at most (that random programs
// keep to it, exec_sim_test shows), and which cannot fit the context of a model.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "frontend/compile.h"
#include "ir/plan.h"
#include "runtime/exec/bind/prompt_bounds.h"
#include "runtime/sim/digest_model.h"

namespace lmp::exec {
namespace {

std::shared_ptr<const ir::Plan> PlanOf(const std::string& text) {
  const frontend::CompileResult compiled = frontend::Compile("main.lmp", text);
  REQUIRE_MESSAGE(compiled.program != nullptr,
                  (compiled.diagnostics.empty() ? "" : compiled.diagnostics[0].title));
  auto plan = ir::MakePlan(compiled.program);
  REQUIRE(plan.ok());
  return *plan;
}

// Of the last function.
PromptBounds BoundsOf(const std::string& text) {
  const BindResult bound = Bind(PlanOf(text), sim::MakeDigestTokenizer().value(), 100'000);
  REQUIRE(bound.plan != nullptr);
  return BoundPrompts(*bound.plan).back();
}

std::string PromptsOf(const std::string& text) {
  const PromptBounds bounds = BoundsOf(text);
  return bounds.prompts.ToText() + (bounds.reason.empty() ? "" : ", " + bounds.reason);
}
std::string LongestOf(const std::string& text) { return BoundsOf(text).longest.ToText(); }

// BOS, `<|user|>` and the mark in front of its text, the footer, `<|assistant|>` and a mark.
constexpr int64_t kFooter = 3;  // `<|end|>`, a mark, a line break
constexpr int64_t kOne = 1 + 2 + kFooter + 2;

std::string Plus(int64_t n, const std::string& rest) { return std::to_string(n) + rest; }

TEST_CASE("prompts: marks, bytes of what is given, what was generated") {
  const auto footer = text::MakeChatFormat(*sim::MakeDigestTokenizer().value())->footer.ids.size();
  REQUIRE(footer == kFooter);
  CHECK(PromptsOf("fn f(q: string) -> string { user q gen a with max: 5 return a }") ==
        Plus(kOne, " + bytes(q)"));
  // The second prompt holds the first, its answer (of whose last token a piece may be kept) and
  // another question.
  const std::string two =
      "fn f(q: string) -> string { user q gen a: int(0..9) with max: 5 user q gen b with max: 7 "
      "return b }";
  CHECK(PromptsOf(two) == Plus(2 * kOne + 5 + kFooter + (kOne - 1), " + 3 * bytes(q)"));
  CHECK(LongestOf("fn f(q: string) { user q gen a: int(0..9) with max: 5 emit a }") ==
        Plus(kOne + 5, " + bytes(q)"));
  // By type, not by its tokens: four bytes for a character.
  CHECK(PromptsOf("fn f(q: string(max: 10)) { user q gen a with max: 5 emit a }") ==
        std::to_string(kOne + 40));
  CHECK(PromptsOf(
            "record R { a: string b: int } fn f(r: R) { user \"${r.a}${r.b}\" gen x emit x }") ==
        Plus(kOne + 20, " + bytes(r.a)"));
}

TEST_CASE("prompts: loops, forks, branches, calls") {
  const std::string ask = "{ user x gen a: int(0..9) with max: 5 emit a }";
  // Each round adds a question, its answer and marks to one context.
  CHECK(PromptsOf("fn f(x: string) { for i in 0..3 " + ask + " }") ==
        Plus(3 * kOne + 3 * (kOne - 1 + 5 + kFooter), " + 6 * bytes(x)"));
  CHECK(PromptsOf("fn f(x: string, n: int) { while limit n " + ask + " }") ==
        "not bounded, while with limit %n");
  // In contexts of their own the rounds are independent, and the elements come to all of the list.
  CHECK(PromptsOf("fn g(x: string) -> int { user x gen a: int(0..9) with max: 5 return a } "
                  "fn f(xs: list<string>) -> list<int> { return [g(x) for x in xs] }") ==
        std::to_string(kOne) + " * len(xs) + bytes(xs)");
  CHECK(PromptsOf("fn f(xs: list<string>, q: string) -> list<string> { user q "
                  "return fork x in xs with temp: 1.0 { user x gen a with max: 5 yield a } }") ==
        "not bounded, fork over %xs");
  CHECK(PromptsOf("fn f(x: string, c: bool) { if c " + ask +
                  " else { user \"${x}${x}\" gen b emit b } }") == Plus(kOne, " + 2 * bytes(x)"));
  CHECK(PromptsOf("fn f(x: string) { try with retries: 2 { user x gen a: int(0..9) with max: 5 } "
                  "emit a }") == Plus(3 * kOne, " + 3 * bytes(x)"));
  CHECK(PromptsOf("fn f(x: string) { try with retries: 2, prefill: 50 { user x gen a: int(0..9) "
                  "with max: 5 } emit a }") == "50");
  CHECK(PromptsOf("fn f(x: string) { try with retries: 2, feedback: true { user x gen a: int(0..9) "
                  "with max: 5  check a > 3 } emit a }") == "6228 + 6 * bytes(x)");
  CHECK(PromptsOf("fn f(x: string, n: int) { try with retries: n, feedback: true { user x gen a: "
                  "int(0..9) with max: 5  check a > 3 } emit a }") ==
        "not bounded, try with retries");
  CHECK(PromptsOf("fn f(x: string) { try with retries: 2, feedback: true { for i in 0..3 { user x "
                  "gen a: int(0..9) with max: 5  check a > 3 } } emit x }") ==
        "not bounded, a check in a loop of a try with feedback");
  CHECK(PromptsOf("@effect(read) tool look(x: string) -> string = host(\"look\") "
                  "fn f(x: string) { user look(x) gen a emit a }") ==
        "not bounded, text of tool look");
}

// Binds for a model of so many tokens: the diagnostic, or "".
std::string Refusal(const std::shared_ptr<const ir::Plan>& plan, int context_max) {
  const BindResult bound = Bind(plan, sim::MakeDigestTokenizer().value(), context_max);
  CHECK((bound.plan == nullptr) == !bound.diagnostics.empty());
  if (bound.diagnostics.empty()) return "";
  const Diagnostic& d = bound.diagnostics[0];
  REQUIRE(d.helps.size() == 1);
  return d.code + " " + d.title + ", " + d.label + "; " + d.helps[0];
}

TEST_CASE("contexts that cannot fit are refused, at one token less than they need") {
  std::string text;
  for (int i = 0; i < 80; ++i) text += "z ";
  for (const std::string& program : std::vector<std::string>{
           "fn f() { user \"" + text + "\" gen a: int(100..999) emit a }",
           "fn f(c: bool) { if c { user \"" + text + "\" gen a: int(100..999) emit a } }",
           "fn f(n: int) { for i in 0..n { user \"" + text + "\" gen a: int(100..999) emit a } }",
           "fn f() { try { user \"" + text +
               "\" gen a: int(100..999) emit a } else e { emit e.kind } }",
           "fn f() { let c = context { user \"" + text +
               "\" } on copy c { gen a: int(100..999) emit a } }",
       }) {
    CAPTURE(program);
    const auto plan = PlanOf(program);
    int least = 200;
    while (least > 0 && Refusal(plan, least).empty()) --least;
    CHECK(least > 160);  // a letter and a mark each
    CHECK(least < 170);
    CHECK(Refusal(plan, least + 1).empty());
    CHECK(Refusal(plan, least) ==
          "E0701 the prompt leaves no room for an answer, behind at least " +
              std::to_string(least) +
              " tokens it needs 1; shorten the text by 1 tokens, or choose a model with a longer "
              "context");
    CHECK(Refusal(plan, 20).starts_with(
        "E0701 fixed text alone is longer than the model's context, "));
  }
  // What is given may be empty.
  CHECK(Refusal(PlanOf("fn f(x: string) { user x gen a emit a }"), 9).empty());
}

TEST_CASE("texts that double in a loop of known size: more bytes than numbers have") {
  const std::string doubled = "var s = \"ab\" for i in 0..70 { s = s + s } ";
  CHECK(Refusal(PlanOf("fn f() -> int { " + doubled + "return len(s) }"), 100) == "");
  const std::string asked = "for i in 0..10 { user s } gen a emit a }";
  CHECK(Refusal(PlanOf("fn f() { " + doubled + asked), 100).starts_with("E0701 "));
}

TEST_CASE("contexts that cannot fit are refused through calls and in loops of known size") {
  std::string text;
  for (int i = 0; i < 80; ++i) text += "z ";
  const std::string ask = "fn ask(s: string) { user s gen a: int(100..999) emit a } ";
  const std::string long_text = "const LONG = \"" + text + "\" ";
  // Of how many texts it has at least.
  const std::vector<std::pair<std::string, int>> programs = {
      {"fn f() { for i in 0..40 { user \"" + text + "\" gen a: int(100..999) emit a } }", 40},
      {"fn f() { for i in 0..4 { for j in 0..10 { user \"" + text + "\" } } gen a emit a }", 40},
      {ask + long_text + "fn f(c: bool) { if c { ask(LONG) } ask(LONG) }", 1},
      {"fn ask(s: string) -> int { user s gen a: int(100..999) return a } " + long_text +
           "fn f() { let xs = fork i in 0..2 { yield ask(LONG) } emit sum(xs) }",
       1},
      {"fn ask(s: string) -> int { user s gen a: int(100..999) return a } " + long_text +
           "fn f() { var n = 0 for i in 0..20 { n = n + ask(LONG) } emit n }",
       1},
      {ask + long_text + "fn f() { ask(LONG + LONG) }", 2},
      {ask + long_text + "fn g(s: string) { ask(\"${s}${s}${s}\") } fn f() { g(LONG) }", 3},
      {"fn ask(c: context) { on copy c { user \"" + text +
           "\" gen a: int(100..999) emit a } } fn f() { let c = context { user \"" + text +
           "\" } ask(c) }",
       2},
      {"fn make() -> context { return context { user \"" + text +
           "\" } } fn f() { let c = make() on copy c { user \"" + text +
           "\" gen a: int(100..999) emit a } }",
       2},
  };
  for (const auto& [program, texts] : programs) {
    CAPTURE(program);
    const auto plan = PlanOf(program);
    int least = 20, most = 20'000;  // refused, and not
    while (most - least > 1) {
      const int middle = (least + most) / 2;
      (Refusal(plan, middle).empty() ? most : least) = middle;
    }
    CHECK(least > texts * 160);
    CHECK(least < texts * 170);
    CHECK(Refusal(plan, 20).starts_with("E0701 "));
  }
  // What an `if` or a `try` may pass over is the run's business.
  for (const std::string& program : std::vector<std::string>{
           "fn ask(s: string, short: bool) { if short { user \"a\" } else { user s } gen a emit a "
           "} " +
               long_text + "fn f() { ask(LONG, true) }",
           ask + long_text + "fn f(c: bool) { if c { ask(LONG) } }",
           ask + long_text + "fn f() { try { ask(LONG) } else e { emit e.kind } }",
           ask + long_text + "fn f(xs: list<string>) { for x in xs { ask(LONG) } }",
           "fn ask(s: string) -> int { user s gen a: int(100..999) return a } " + long_text +
               "fn f() { let xs = fork i in 0..2 with on_error: \"skip\" { yield ask(LONG) } emit "
               "sum(xs) }",
           "fn f() { user \"a\" for i in 0..40 { if i < 1 { user \"b\" } } gen a emit a }",
       }) {
    CAPTURE(program);
    CHECK(Refusal(PlanOf(program), 150).empty());
  }
  // Each place is told once, with the calls that lead to it.
  const BindResult bound =
      Bind(PlanOf(ask + long_text + "fn f() { ask(LONG) ask(LONG) ask(LONG + \"z\") }"),
           sim::MakeDigestTokenizer().value(), 20);
  REQUIRE(bound.diagnostics.size() == 1);
  REQUIRE(bound.diagnostics[0].secondary.size() == 1);
  CHECK(bound.diagnostics[0].secondary[0].text == "as it is called here");
}

TEST_CASE("loops that nest are followed for so many steps, not for ever") {
  CHECK(Refusal(PlanOf("fn f() { for i in 0..1000 { for j in 0..1000 { for k in 0..1000 { "
                       "let x = i + j + k check x >= 0 } } } user \"a\" gen a emit a }"),
                100)
            .empty());
}

}  // namespace
}  // namespace lmp::exec
