// Every mistake that checking reports: one wrong program each, with the place (marked by ^ in the
// program: the diagnostic begins there) and nothing else reported.
#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "frontend/compile.h"
#include "frontend/report.h"
#include "runtime/base/limits.h"

namespace lmp::frontend {
namespace {

struct Case {
  std::string code;
  std::string program;  // `^` marks the place, `^^` twice a program that has two mistakes
};

// Each record holds the one before it twice; the last is marked.
std::string Doubling(int records) {
  std::string text = "record R0 { a: int b: int }\n";
  for (int i = 1; i < records; ++i) {
    const std::string inner = "R" + std::to_string(i - 1);
    text += "record " + std::string(i + 1 == records ? "^" : "") + "R" + std::to_string(i) +
            " { a: " + inner + " b: " + inner + " }\n";
  }
  return text + "fn f() { emit 1 }";
}

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      // Names.
      {"E0201", "fn f() { emit ^totl }"},
      {"E0201", "fn f() -> string { user ^question  gen x  return x }"},
      {"E0202", "fn f() { ^frobnicate(1) }"},
      {"E0202", "fn f(xs: list<int>) { emit xs.^frobnicate() }"},
      {"E0202", "fn f(x: int) { emit ^x(1) }"},
      {"E0203", "fn f(x: ^strng) { emit x }"},
      {"E0203", "fn f(x: ^list) { emit x }"},
      {"E0203", "fn f(x: string(^1..5)) { emit x }"},
      {"E0203", "fn g() { emit 1 } fn f(x: ^g) { emit 1 }"},
      {"E0204", "fn f() { emit 1 } fn ^f() { emit 2 }"},
      {"E0204", "fn f() { let x = 1  let ^x = 2  emit x }"},
      {"E0204", "fn f(x: int, ^x: int) { emit x }"},
      {"E0204", "record R { a: int  ^a: int }"},
      {"E0204", "enum E { a b ^a }"},
      {"E0204", "enum E { a = \"x\" ^b = \"x\" }"},
      {"E0204", "record ^string { a: int }"},
      {"E0204", "config { seed: 1 } config { ^seed: 2 }"},
      {"E0204", "fn f() { gen x with max: 3, ^max: 4  emit x }"},
      {"E0204", "fn f() { select x from ^[\"a\", \"a\"]  emit x }"},
      {"E0205", "fn f() { emit ^x  user \"a\"  gen x  emit x }"},
      {"E0205", "fn f() { if true { let x = 1  emit x }  emit ^x }"},
      {"E0206", "fn f() { let x = 1  ^x = 2  emit x }"},
      {"E0206", "fn f(x: int) { ^x = 2  emit x }"},
      {"E0206", "fn f() { user \"a\"  gen x  ^x = \"b\"  emit x }"},
      {"E0206", "const N = 1 fn f() { ^N = 2 }"},
      {"E0207", "record R { a: int } fn f(r: R) { emit r.^b }"},
      {"E0207", "enum E { a b } fn f() { emit E.^c }"},
      {"E0207", "fn f(x: int) { emit x.^y }"},
      {"E0207", "record R { a: int } fn f(rs: list<R>) { emit sort(rs, by: ^\"b\") }"},
      {"E0208", "fn f() { gen x with ^tmp: 0.5  emit x }"},
      {"E0208", "fn f() { select x from [\"a\"] with method: ^magic  emit x }"},
      {"E0208", "config { ^speed: 3 }"},
      {"E0208", "@^fast fn f() { emit 1 }"},
      {"E0208", "fn g(a: int) -> int { return a } fn f() { emit g(^b: 1) }"},
      {"E0208", "fn f() { emit len(^xs: \"a\") }"},
      {"E0208", "fn f() { let xs = fork i in 0..2 with ^gang: true { yield i }  emit xs }"},
      {"E0209", "fn g() -> int { return 1 } fn f() { emit ^g }"},
      {"E0209", "enum E { a } fn f() { emit ^E }"},
      {"E0210", "import ^std.voting\nfn f() { emit 1 }"},
      {"E0210", "fn f() { emit ^vote.majority([1]) }"},
      // Types.
      {"E0300", "fn f() -> int { return ^\"a\" }"},
      {"E0300", "fn f() { let x: int = ^\"a\"  emit x }"},
      {"E0300", "fn f() { var x = 1  x = ^\"a\"  emit x }"},
      {"E0300", "fn f() { if ^1 + 1 { emit 1 } }"},
      {"E0300", "fn f() { for x in ^true { emit 1 } }"},
      {"E0300", "fn f() { emit [1, ^\"a\"] }"},
      {"E0300", "fn f() { emit true ? 1 : ^\"a\" }"},
      {"E0300", "fn g(a: int) -> int { return a } fn f() { emit g(^\"x\") }"},
      {"E0300", "fn f() { gen x with max: ^\"a\"  emit x }"},
      {"E0300", "fn f() { emit ^sum(\"a\") }"},
      {"E0300", "config { seed: ^\"a\" }"},
      {"E0300", "fn f(x: int) { on copy ^x { user \"a\" } }"},
      {"E0301", "fn f() { ^\"hello\" }"},
      {"E0301", "fn f() { let c = context { ^\"hello\" }  on copy c { gen x  emit x } }"},
      {"E0302", "fn f() { user { \"a\"  ^assistant \"b\" } }"},
      {"E0303", "fn f() { user { \"a\"  let xs = fork ^i in 0..2 { yield i }  \"${xs}\" } }"},
      {"E0304", "fn g(a: int) -> int { return a } fn f() { emit ^g() }"},
      {"E0304", "fn g(a: int) -> int { return a } fn f() { emit g(1, ^2) }"},
      {"E0304", "fn g(a: int) -> int { return a } fn f() { emit g(1, ^a: 2) }"},
      {"E0304", "record R { a: int } fn f() { emit ^R() }"},
      {"E0304", "fn f() { emit ^len() }"},
      {"E0304", "fn f() { emit ^schema(3) }"},
      {"E0208", "^@pin fn f() { emit 1 }"},
      {"E0208", "fn f() { ^@pin(3) user \"a\" }"},
      {"E0208", "fn f() { ^@ttl(3) user \"a\" }"},
      {"E0319", "fn f() { ^@ttl(0s) user \"a\" }"},
      {"E0208", "fn f() { ^@private @pin user \"a\" }"},
      {"E0208", "fn f() { ^@private gen a  emit a }"},
      {"E0204", "fn f() { @pin ^@pin user \"a\" }"},
      {"E0208", "fn f() { ^@timeout(5s) user \"a\" }"},
      {"E0208", "fn f() { @^cold user \"a\" }"},
      {"E0204",
       "@effect(read) ^@effect(pure) tool t(a: int) -> int = host(\"x\") fn f() { emit t(1) }"},
      {"E0300", "fn f(n: int) { emit tokens(^n) }"},
      {"E0304", "fn f() { emit ^tokens() }"},
      {"E0317", "const C = ^tokens(\"a\") fn f() { emit C }"},
      {"E0317", "const C = ^clip(\"a\", tokens: 2) fn f() { emit C }"},
      {"E0304", "fn f(s: string) { emit ^clip(s) }"},
      {"E0300", "fn f(s: string) { emit clip(s, ^\"a\") }"},
      {"E0319", "fn f(s: string) { emit clip(s, tokens: ^-1) }"},
      {"E0300",
       "fn f() -> list<int> { return ^fork i in 0..3 with on_error: \"null\" { yield i } }"},
      {"E0304", "record R(a: int = 1, ^b: int) { c: int(a..b) } fn f() { emit 1 }"},
      {"E0203", "record R(a: int, b: int = 9) { c: int(a..b) } fn f() { gen r: ^R  emit r.c }"},
      {"E0300", "record R(a: int = ^\"x\") { c: int(0..a) } fn f() { emit 1 }"},
      {"E0202", "fn f(s: string) { emit ^score(s) }"},
      {"L111", "fn f() { user \"^key sk-AbCdEfGhIjKlMnOpQrSt12345\" }"},
      {"L113",
       "fn f() { user \"list\"  gen xs: list<string>(1..3)  let ys = fork x in ^xs { user x  gen y "
       "with max: 5  yield y }  emit lines(ys) }"},
      {"L122", "fn ^run(a: int) -> int { return a } fn f() { emit run(1) }"},
      {"L122", "fn ^stats() -> int { return 1 } fn f() { emit stats() }"},
      {"E0305", "fn f() { emit \"a\" ^- 1 }"},
      {"E0305", "fn f() { emit \"a\" ^== 1 }"},
      {"E0305", "fn f() { emit 1 ^in 2 }"},
      {"E0305", "fn f() { emit ^-\"a\" }"},
      {"E0305", "fn f() { emit ^true[0] }"},
      {"E0305", "record R { a: int } fn f(r: R) { emit r[^\"a\"] }"},
      {"E0308", "fn ^f(x: int) -> int { if x > 1 { return 2 } }"},
      {"E0308", "fn ^f() -> int { while limit 3 { return 2 } }"},
      {"E0309", "fn f() { ^return 1 }"},
      {"E0310", "fn f() { let xs = ^fork i in 0..3 { user \"${i}\"  gen x }  emit xs }"},
      {"E0310", "fn f() { let xs = ^fork i in 0..3 { if i > 1 { yield i } }  emit xs }"},
      {"E0311",
       "fn f() { let xs = fork i in 0..3 { if i > 1 { yield i }  yield ^\"a\" }  emit xs }"},
      {"E0312", "fn f() { let xs = fork i in 0..3 { ^return i }  emit xs }"},
      {"E0312", "fn f() { ^yield 1 }"},
      {"E0312", "fn f() { ^break }"},
      {"E0312",
       "fn f() { for i in 0..3 { let xs = fork j in 0..2 { if j > 0 { ^continue }  yield j }  emit "
       "xs } }"},
      {"E0312",
       "fn f() -> int { let c = context { user \"a\"  ^return 1 }  on copy c { gen x }  emit x  "
       "return 2 }"},
      {"E0315",
       "fn f() { var n = 0  let xs = fork i in 0..3 { ^n = n + i  yield i }  emit xs  emit n }"},
      {"E0315",
       "fn f() { var c = context { user \"a\" }  let xs = fork i in 0..3 { on ^c { gen x with "
       "temp: 1.0 }  yield x }  emit xs }"},
      {"E0316", "fn g() { emit 1 } fn f() { let x = ^g()  emit x }"},
      {"E0317", "fn g() -> int { return 1 } const N = ^g()"},
      {"E0317", "const C = ^context { user \"a\" }"},
      {"E0318", "const N = ^1 / 0"},
      {"E0318", "const N = ^[1, 2][5]"},
      {"E0319", "fn f(x: int(^5..1)) { emit x }"},
      {"E0319", "fn f(x: int(1..5) = ^9) { emit x }"},
      {"E0319", "fn g(x: int(1..5)) -> int { return x } fn f() { emit g(^9) }"},
      {"E0319", "fn f() { while limit ^0 { emit 1 } }"},
      {"E0319", "fn f() { while limit ^1000001 { emit 1 } }"},
      {"E0319", "fn f() { gen x with max: ^0  emit x }"},
      {"E0319", "fn f() { gen x with stop: ^\"\"  emit x }"},
      {"E0319", "fn f() { gen x with temp: ^-1.0  emit x }"},
      {"E0319", "config { top_p: ^1.5 }"},
      {"E0319", "fn f() { select x from ^[]  emit x }"},
      {"E0319", "fn f() { let xs = fork i in 0..3 with max_parallel: ^0 { yield i }  emit xs }"},
      {"E0321", "fn f() { g() } fn g() { ^f() }"},
      {"E0321", "fn f(n: int) -> int { return ^f(n - 1) }"},
      {"E0322", "fn f() { let xs = ^[]  emit xs }"},
      {"E0322", "const ^N = []"},
      {"E0323", "record R { a: int  next: list<^R> }"},
      {"E0323", "const ^N = N + 1"},
      {"E0323", "type ^A = list<A>"},
      {"E0326", "fn f() { user \"a\"  gen x  emit x  emit ^confidence(x) }"},
      {"E0340", "fn f() { let c = context { user \"a\" }  on ^c { gen x }  emit x }"},
      {"E0340", "fn f(c: context) { on ^c { gen x }  emit x }"},
      {"E0350", "fn f() { user \"a\"  gen x: ^context  on copy x { gen y  emit y } }"},
      {"E0360", "fn f(s: string) { emit matches(s, ^re\"(a\") }"},
      {"E0360", "fn f() { let x = ^re\"a\"  emit x }"},
      {"E0370", "fn f(c: context) { user \"${^c}\"  gen x  emit x }"},
      {"E0370", "fn f(x: string?) { user ^x  gen y  emit y }"},
      {"E0370", "fn f(c: context) { emit ^c }"},
      {"E0610", "fn f() { try with retries: 2 { ^emit 1 } }"},
      {"E0610", "fn g() { emit 1 } fn f() { try with retries: 2 { ^g() } }"},
      {"E0327", "fn f() { user { ^try with retries: 2, feedback: true { \"a\" } } }"},
      {"E0328", "const A = range(900000) const B = ^A + A + A + A + A fn f() { emit len(B) }"},
      {"E0329", "@engine(\"big\") fn g(^c: context) -> int { return 1 } fn f() { emit 1 }"},
      {"E0300", "fn f() { emit ^3s }"},
      {"E0300", "fn f() { try with time: ^3 { emit 1 } }"},
      {"E0300", "fn f(x: int) { check ^x }"},
      {"E0319", "fn f() { try with retries: ^101 { let x = 1 } }"},
      {"E0319", "fn f() { try with calls: ^0 { emit 1 } }"},
      {"E0208", "fn f() { try with ^max: 3 { emit 1 } }"},
      {"E0208", "fn f() { try with ^feedback: true { emit 1 } }"},
      {"E0317", "fn f(b: bool) { try with retries: 1, feedback: ^b { let x = 1 } }"},
      {"E0205", "fn f() { try { let x = 1 } else { }  emit ^x }"},
      {"E0300", "fn f() -> int { return try 1 else ^\"a\" }"},
      {"E0317", "const C = ^try 1 else 2 fn f() { emit C }"},
      {"E0204", "record ^failure { a: int } fn f() { emit 1 }"},
      {"L108", "fn f() { user \"a\"  try with ^retries: 2 { gen x  check x == \"\" } }"},
      {"E0611", "fn f() { let xs = fork i in 0..3 { ^emit i  yield i }  emit xs }"},
      {"E0611",
       "fn g(i: int) -> int { emit i  return i } fn f() { let xs = fork i in 0..3 { yield ^g(i) }  "
       "emit xs }"},
      {"E0611", "fn g(i: int) -> int { emit i  return i } fn f() { emit [^g(i) for i in 0..3] }"},
      // Not yet supported, each once.
      {"E0330", "fn f(x: int(1..2)) { ^match x { 1 => { emit 1 } } }"},
      {"E0203", "fn f(x: ^string | int) { emit 1 }"},
      {"E0210", "import ^std.ragg as rag\nfn f() { emit 1 }"},
      {"E0208", "fn f(h: list<string>) { user { insert h with order: ^\"none\" } }"},
      {"E0208", "fn f(h: list<string>) { user { insert h with reuse: ^all } }"},
      {"E0300", "fn f(n: int) { user { insert ^n } }"},
      {"E0301", "fn f(s: string) { ^insert s }"},
      {"E0317", "const C = ^listen() fn f() { emit C }"},
      {"E0304", "fn f() { emit listen(^\"who?\") }"},
      {"E0300", "fn f() { emit listen(timeout: ^5) }"},
      {"E0319", "fn f() { emit listen(timeout: ^0s) }"},
      {"E0610", "fn f() { try with retries: 1 { let a = ^listen() } }"},
      {"E0611", "fn f() { emit fork i in 0..3 { yield ^listen() } }"},
      {"E0611", "fn g() -> string { return listen() } fn f() { emit [^g() for i in 0..3] }"},
      {"E0201", "fn f() { let s = retrieve(\"q\", from: ^handbook)  emit s }"},
      {"E0208", "corpus c from \"d\" fn f() { emit retrieve(\"q\", from: c, ^rerank: true) }"},
      {"L126", "fn g() -> int { return 1 } fn f() { ^g() }"},
      {"L125",
       "fn f() { var c = context { user \"a\" } try with retries: 1, ^feedback: true { on c { gen "
       "n: "
       "int with temp: 0.5 } check n > 3 } emit n }"},
      {"L102",
       "fn f(s: string) { system s system ^\"" + std::string(400, 'a') + "\" gen x emit x }"},
      {"L107",
       "record R { a: int b: int } fn f(s: string) { user \"x${s}\" gen ^r: R emit json(r) }"},
      {"L109",
       "corpus c from \"d\" fn f(s: string) { user { insert ^retrieve(s, from: c) } gen x emit x "
       "}"},
      {"L110",
       "fn f(s: string) { user s ^try with calls: 1 { gen x user \"y\" gen z } emit x + z }"},
      {"E0208", "corpus c from \"d\" with ^embed: \"m\" fn f() { emit 1 }"},
      {"E0622", "tool t(a: int) -> int = http.get(^\"x\") fn f() { emit t(1) }"},
      {"E0620", "tool t(a: int) -> int = http.get(^\"http://h/\") fn f() { emit t(1) }"},
      {"E0621", "fn f() { emit ^env(\"KEY\") }"},
      {"E0621", "const K = ^env(\"KEY\") fn f() { emit K }"},
      {"E0202", "fn f() { emit ^http.get(\"http://h/\") }"},
      {"E0612", "^@cache(10m) tool t(a: int) -> int = host(\"x\") fn f() { emit t(1) }"},
      {"E0610",
       "tool t(a: int) -> int = host(\"x\") fn f() { try with retries: 1 { let a = ^t(1) } }"},
      {"E0610", "^@retry(2) tool t(a: int) -> int = host(\"x\") fn f() { emit t(1) }"},
      {"E0611", "tool t(a: int) -> int = host(\"x\") fn f() { emit [^t(i) for i in 0..3] }"},
      {"E0319", "^@timeout(0s) tool t(a: int) -> int = host(\"x\") fn f() { emit t(1) }"},
      {"E0208", "^@effect(fast) tool t(a: int) -> int = host(\"x\") fn f() { emit t(1) }"},
      {"E0204", "tool t(a: int, ^a: int) -> int = host(\"x\") fn f() { emit t(1, 2) }"},
      {"E0300", "fn f(n: int) { emit run(^n) }"},
      {"E0319", "corpus docs from ^\"\" fn f() { emit 1 }"},
      {"E0702", "fn f() { user \"a\" gen b emit b } test \"t\" { mock ^f.c = \"x\" }"},
      {"E0703", "fn f() { user \"a\" gen b emit b } fn g() { ^mock f.b = \"x\" }"},
      {"E0213", "import ^\"./a.lmp\" as a\nfn f() { emit a.g() }"},
      {"E0203", "type T = ^int | string fn f(x: T) { emit x }"},
      {"E0317", "record R(p: int) { f: int(0..^p + 1) } fn f() { gen r: R(2)  emit r.f }"},
      {"E0213", "fn f() { emit file(^\"guide.md\") }"},
      {"E0203", "fn f(x: ^string(grammar: \"root ::= \")) { emit x }"},
      {"E0360", "record R { a: string(^re\"x(\") } fn f(r: R) { emit r.a }"},
      {"E0300", "fn f(n: string) { gen a: list<int>(1..^n)  emit a }"},
      {"E0350", "fn f() { gen r: ^list<context>  emit 1 }"},
      {"E0208", "fn f() { gen r: int with ^stop: \".\"  emit r }"},
      {"E0306", "fn f() { user { gen ^x }  emit x }"},
      {"E0306", "fn f(xs: list<string>) { observe { select ^x from xs }  emit x }"},
      {"E0208", "^@ttl(1h) fn f() { emit 1 }"},
      {"E0300", "fn f() { emit ^{a: 1} }"},
      {"E0307", "record R { c: ^context }"},
      // Lints.
      {"L101", "fn f() { let xs = fork ^i in 0..3 { user \"a\"  gen x  yield x }  emit xs }"},
      {"L104", "fn f() { for i in 0..3 { user \"a\"  gen ^x  emit x } }"},
      {"L105", "fn f() { user \"a\"  gen ^x  emit 1 }"},
      {"E0325", Doubling(13)},
      {"L106",
       "fn f(s: string) { user { ^insert s with reuse: auto }  select x from [\"a\", \"b\"]  emit "
       "x }"},
      {"L120", "fn f(x: int) { emit \"a ^{x}\" }"},
      {"L121", "fn f() -> int { return 1  ^emit 2 }"},
      {"L123", "fn f(n: int) -> int { return n ^// 2\n}"},
      {"L122", "fn ^len() { emit 1 }"},
      {"L122", "fn f() { let ^null = 1  emit null }"},
  };
  return cases;
}

TEST_CASE("each mistake is one diagnostic at its place") {
  for (const Case& c : Cases()) {
    CAPTURE(c.program);
    size_t place = c.program.find('^');
    REQUIRE(place != std::string::npos);
    std::string text = c.program;
    text.erase(place, 1);
    CompileResult result = Compile("case.lmp", text);
    std::string found;
    for (const Diagnostic& d : result.diagnostics) found += RenderDiagnostic(d, result.sources);
    CAPTURE(found);
    REQUIRE(result.diagnostics.size() == 1);
    const Diagnostic& d = result.diagnostics.front();
    CHECK(d.code == c.code);
    CHECK(d.span.begin == place);
    CHECK(d.span.end > d.span.begin);
    CHECK((d.severity == Severity::kLint) == (result.program != nullptr));
  }
}

TEST_CASE("every kind that checking reports has a case") {
  // Below: they need many parts. With files: frontend_modules_test.cc.
  std::set<std::string> covered = {"E0324", "E0331", "E0211", "E0212"};
  for (const Case& c : Cases()) covered.insert(c.code);
  const std::set<std::string> others = {"E0320"};  // the parser's
  auto check = [&](std::string_view code) {
    if (code.starts_with("E01") || others.contains(std::string(code))) return;
    CAPTURE(code);
    CHECK(covered.contains(std::string(code)));
  };
#define LMP_DIAGNOSTIC(code, name, summary) check(#code);
#include "frontend/diagnostics.def"
}

TEST_CASE("a chain of calls at the limit and one above") {
  auto chain = [](int functions) {
    std::string text;
    for (int i = 0; i < functions; ++i) {
      std::string name = "f" + std::to_string(i);
      std::string next = i + 1 < functions ? "f" + std::to_string(i + 1) + "()" : "1";
      text += "fn " + name + "() -> int { return " + next + " }\n";
    }
    return Compile("chain.lmp", text);
  };
  CHECK(chain(64).program != nullptr);
  CompileResult deep = chain(65);
  REQUIRE(deep.diagnostics.size() == 1);
  CHECK(deep.diagnostics[0].code == "E0324");
}

TEST_CASE("a match at the limit of its arms and one above") {
  auto match = [](size_t arms) {
    std::string text = "fn f(n: int) {\n  match n {\n";
    for (size_t i = 0; i < arms; ++i) text += "    " + std::to_string(i) + " => emit n\n";
    return Compile("arms.lmp", text + "    else => {}\n  }\n}\n");
  };
  CHECK(match(kMatchArmsMax).program != nullptr);
  const CompileResult many = match(kMatchArmsMax + 1);
  REQUIRE(many.diagnostics.size() == 1);
  CHECK(many.diagnostics[0].code == "E0331");
  auto patterns = [](size_t count) {
    std::string text = "fn f(n: int) {\n  match n { 0";
    for (size_t i = 1; i < count; ++i) text += " | " + std::to_string(i);
    return Compile("patterns.lmp", text + " => emit n  else => {} }\n}\n");
  };
  CHECK(patterns(kMatchPatternsMax).program != nullptr);
  const CompileResult long_arm = patterns(kMatchPatternsMax + 1);
  REQUIRE(long_arm.diagnostics.size() == 1);
  CHECK(long_arm.diagnostics[0].code == "E0331");
}

TEST_CASE("a match over the widest range of ints needs an else") {
  const std::string head =
      "fn f(n: int(-9223372036854775807..9223372036854775807)) {\n  match n { ";
  const CompileResult wide = Compile("wide.lmp", head + "1 => emit n }\n}\n");
  REQUIRE(wide.diagnostics.size() == 1);
  CHECK(wide.diagnostics[0].code == "E0330");
  CHECK(Compile("else.lmp", head + "1 => emit n  else => {} }\n}\n").program != nullptr);
}

TEST_CASE("a constant that takes too long is a mistake, a value that need not be known is not") {
  const std::string sum = "sum([sum([1 for a in 0..100000]) for b in 0..100000])";
  const CompileResult constant = Compile("c.lmp", "const N = " + sum + "\nfn f() { emit N }");
  REQUIRE(constant.diagnostics.size() == 1);
  CHECK(constant.diagnostics[0].code == "E0328");
  CHECK(Compile("r.lmp", "fn f() -> int { return " + sum + " }").program != nullptr);
}

TEST_CASE("two mistakes are two diagnostics, in order") {
  CompileResult result = Compile("two.lmp", "fn f() { emit a }\nfn g() { emit b }\n");
  REQUIRE(result.diagnostics.size() == 2);
  CHECK(result.diagnostics[0].span.begin < result.diagnostics[1].span.begin);
}

TEST_CASE("a syntax error silences the checks of its function only") {
  CompileResult result =
      Compile("mix.lmp", "fn f() { let x = 1 +  emit x  emit nope }\nfn g() { emit nope }\n");
  int meaning = 0;
  for (const Diagnostic& d : result.diagnostics) meaning += d.code == "E0201" ? 1 : 0;
  CHECK(meaning == 1);
  CHECK(result.program == nullptr);
}

TEST_CASE("lints can be switched off") {
  const std::string text = "fn f() { user \"a\"  gen x  emit 1 }";
  CHECK(Compile("x.lmp", text).diagnostics.size() == 1);
  CHECK(Compile("x.lmp", text, {.lints = false}).diagnostics.empty());
}

TEST_CASE("at most a hundred diagnostics, the last says that there are more") {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "fn f" + std::to_string(i) + "() { emit nope }\n";
  CompileResult result = Compile("many.lmp", text);
  CHECK(result.diagnostics.size() == 100);
  CHECK(result.diagnostics.back().title == "there are more mistakes than the 99 shown");
}

}  // namespace
}  // namespace lmp::frontend
