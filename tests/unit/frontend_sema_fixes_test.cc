// Mistakes of newcomers to the language: each is one diagnostic, and its fix, applied as a machine
// would, gives a program that compiles and in which nothing is found any more.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "frontend/compile.h"

namespace lmp::frontend {
namespace {

struct Case {
  std::string name;
  std::string program;
  std::string fixed;  // a part of the mended program
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {"braces without dollar", "fn f(name: string) { user \"Hello {name}\"  gen x  emit x }",
       "Hello ${name}"},
      {"fork without yield",
       "fn f() { let xs = fork i in 0..3 {\n  user \"${i}\"\n  gen x\n}\n emit xs }",
       "gen x\n  yield x"},
      {"fork without yield behind a message",
       "fn f() { let xs = fork i in 0..3 { user \"${i}\"  assistant { gen x } }  emit xs }",
       "{ gen x }  yield x"},
      {"return in a fork", "fn f() { let xs = fork i in 0..3 { return i }  emit xs }",
       "{ yield i }"},
      {"yield in a function", "fn f() -> int { yield 3 }", "{ return 3 }"},
      {"string plus int", "fn f(n: int) { emit \"n = \" + n }", "\"n = \" + \"${n}\""},
      {"int plus string", "fn f(n: int) { emit n + \" apples\" }", "\"${n}\" + \" apples\""},
      {"assignment to let", "fn f() { let n = 1  n = n + 1  emit n }", "var n = 1"},
      {"let again to assign", "fn f() { var n = 1  for i in 0..3 { let n = n + i }  emit n }",
       "{ n = n + i }"},
      {"let twice to assign", "fn f() { let n = 1  let n = 2  emit n }", "var n = 1  n = 2"},
      {"missing return of a generation", "fn f() -> string {\n  user \"a\"\n  gen x\n}",
       "gen x\n  return x"},
      {"missing return of a call", "fn g() -> int { return 1 } fn f() -> int { g() }",
       "{ return g() }"},
      {"missing return as text", "fn f() -> string { user \"a\"  gen n: int }", "return \"${n}\""},
      {"print", "fn f() { print(\"a\") }", "{ emit \"a\" }"},
      {"length", "fn f(s: string) { emit length(s) }", "len(s)"},
      {"length as a field", "fn f(s: list<int>) { emit s.length }", "len(s)"},
      {"method", "fn f(s: string) { emit s.upper() }", "upper(s)"},
      {"method of another name", "fn f(s: string) { emit s.strip() }", "trim(s)"},
      {"append", "fn f() { var xs = [1]  xs.append(2)  emit xs }", "xs = xs + [2]"},
      {"join as in Python", "fn f(xs: list<string>) { emit \", \".join(xs) }", "join(xs, \", \")"},
      {"list plus item", "fn f() { var xs = [1]  xs = xs + 2  emit xs }", "xs + [2]"},
      {"misspelt function", "fn f(xs: list<int>) { emit revrse(xs) }", "reverse(xs)"},
      {"misspelt name", "fn f(question: string) { user qestion  gen x  emit x }", "user question"},
      {"misspelt field", "record R { title: string } fn f(r: R) { emit r.titel }", "r.title"},
      {"misspelt member", "enum E { billing other } fn f() { emit E.biling }", "E.billing"},
      {"misspelt argument",
       "fn g(question: string) -> string { return question } fn f() { emit g(qustion: \"a\") }",
       "g(question: \"a\")"},
      {"type str", "fn f(s: str) { emit s }", "s: string"},
      {"type integer", "fn f() { user \"a\"  gen n: integer  emit n }", "n: int"},
      {"type boolean", "fn f() { user \"a\"  gen n: boolean  emit n }", "n: bool"},
      {"type number", "fn f() { user \"a\"  gen n: number  emit n }", "n: int"},
      {"type list", "fn f(xs: list) { emit xs }", "list<string>"},
      {"type List", "fn f(xs: List<int>) { emit xs }", "list<int>"},
      {"True", "fn f() { let x = True  emit x }", "= true"},
      {"None", "fn f() { let x: string? = None  emit x == null }", "= null"},
      {"temperature", "fn f() { user \"a\"  gen x with temperature: 0.5  emit x }",
       "with temp: 0.5"},
      {"max_tokens", "fn f() { user \"a\"  gen x with max_tokens: 5  emit x }", "with max: 5"},
      {"setting", "config { temprature: 0.5 } fn f() { user \"a\"  gen x  emit x }", ""},
      {"variable without var", "fn f() { total = 0  total = total + 1  emit total }",
       "var total = 0"},
      {"list as a condition", "fn f(xs: list<int>) { if xs { emit 1 } }", "if len(xs) > 0"},
      {"string as a condition", "fn f(s: string) { while s limit 3 { emit 1 } }",
       "while s != \"\" limit"},
      {"int as a condition", "fn f(n: int) { emit not n ? 1 : 2 }", "not n != 0"},
      {"null as a condition", "fn f(s: string?) { if s { emit 1 } }", "if s != null"},
      {"count as a list", "fn f(n: int) { for i in n { emit i } }", "in 0..n"},
      {"fork over a count", "fn f(n: int) { let xs = fork i in n { yield i }  emit xs }",
       "in 0..n"},
      {"return without a type", "fn f() { return 3 }", "fn f() -> int {"},
      {"int where text is needed",
       "fn g(s: string) -> string { return s } fn f(n: int) { emit g(n) }", "g(\"${n}\")"},
      {"int returned as string", "fn f(n: int) -> string { return n }", "return \"${n}\""},
      {"text outside a message", "fn f() { \"Hello\"  gen x  emit x }", "user \"Hello\""},
      {"enum compared with text", "enum E { a b } fn f(e: E) { emit e == \"a\" }", "e == E.a"},
      {"text as an enum", "enum E { a b } fn g(e: E) -> E { return e } fn f() { emit g(\"b\") }",
       "g(E.b)"},
      {"quoted number", "fn f(n: int) { emit n == \"3\" }", "n == 3"},
      {"quoted bool", "fn f(b: bool) { emit b == \"true\" }", "b == true"},
      {"on a constant", "fn f() { let c = context { user \"a\" }  on c { gen x }  emit x }",
       "var c = context"},
      {"on a parameter", "fn f(c: context) { on c { gen x }  emit x }", "on copy c"},
      {"on outside a fork",
       "fn f() { var c = context { user \"a\" }  let xs = fork i in 0..3 { on c { gen x with temp: "
       "1.0 }  yield x }  emit xs }",
       "on copy c"},
      {"used before it is generated", "fn f() { user \"a\"\n  emit x\n  gen x\n}", "gen x\nemit x"},
      {"import missing", "fn f() { emit vote.majority([1, 1, 2]) }", "import std.vote\n"},
      {"module missing", "fn f() { emit majority([1, 1, 2]) }", "vote.majority("},
      {"module misspelt", "import std.vot\nfn f() { emit 1 }", "import std.vote"},
      {"one item for a list",
       "fn g(xs: list<string>) -> int { return len(xs) } fn f() { emit g(\"a\") }", "g([\"a\"])"},
      {"field by index", "record R { a: int } fn f(r: R) { emit r[\"a\"] }", "r.a"},
      {"equal branches",
       "fn f() { let xs = fork i in 0..3 { user \"a\"  gen x  yield x }  emit xs }",
       "0..3 with temp: 0.8 {"},
      {"std function misspelt", "import std.vote\nfn f() { emit vote.majorty([1]) }",
       "vote.majority("},
  };
  return cases;
}

TEST_CASE("each newcomer mistake is one diagnostic whose fix compiles") {
  for (const Case& c : Cases()) {
    CAPTURE(c.name);
    CompileResult wrong = Compile("case.lmp", c.program);
    std::string found;
    for (const Diagnostic& d : wrong.diagnostics) found += RenderDiagnostic(d, wrong.sources);
    CAPTURE(found);
    REQUIRE(wrong.diagnostics.size() == 1);
    const Diagnostic& diagnostic = wrong.diagnostics.front();
    CHECK(!diagnostic.helps.empty());
    if (c.fixed.empty()) continue;  // more than one name could be meant
    REQUIRE(!diagnostic.fixes.empty());
    std::string fixed = ApplyFixes(diagnostic, wrong.sources[0], 0);
    CAPTURE(fixed);
    CHECK(fixed.find(c.fixed) != std::string::npos);
    CompileResult right = Compile("case.lmp", fixed);
    std::string left;
    for (const Diagnostic& d : right.diagnostics) left += RenderDiagnostic(d, right.sources);
    CAPTURE(left);
    CHECK(right.program != nullptr);
    CHECK(right.diagnostics.empty());
  }
}

}  // namespace
}  // namespace lmp::frontend
