// Every form of the grammar works, which its IR shows: none is accepted without effect.
#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "frontend/compile.h"
#include "frontend/parse.h"
#include "ir/print.h"

namespace lmp::frontend {
namespace {

struct Works {
  std::string program;
  std::string ir;  // a part of the IR that is there because of it
};

// Statements stand in a function with a string `s`, an int `n`, a list `xs` of strings.
Works Inside(const std::string& statements, const std::string& ir) {
  return {"fn main(s: string, n: int, xs: list<string>) {\n" + statements + "\n}\n", ir};
}

std::vector<Works> AllWorks() {
  return {
      // Declarations.
      {"import std.vote\nfn main() -> int { return vote.majority([1]) }", "@majority"},
      {"import std.vote as v\nfn main() -> int { return v.majority([1]) }", "@majority"},
      {"config { seed: 7 }\nfn main() { user \"x\" }", "seed"},
      {"config { model: \"m\" }\nfn main() { user \"x\" }", "model"},
      {"config { chat: \"raw\" }\nfn main() { user \"x\" }", "chat"},
      {"config { temp: 0.5 }\nfn main() { user \"x\" }", "temp"},
      {"config { top_p: 0.5 }\nfn main() { user \"x\" }", "top_p"},
      {"config { top_k: 5 }\nfn main() { user \"x\" }", "top_k"},
      {"config { min_p: 0.5 }\nfn main() { user \"x\" }", "min_p"},
      {"config { max: 5 }\nfn main() { user \"x\" }", "max"},
      {"const K: int = 42\nfn main() -> int { return K }", "42"},
      {"type T = int(1..3)\nfn main(a: T) -> int { return a }", "i64(1..3)"},
      {"record R { a: int = 7 \"why\" }\nfn main() -> R { return R() }", "record.make"},
      {"record R { a: int \"why\" }\nfn main() { user schema(R) }", "why"},
      {"enum E { a b = \"bee\" \"sting\" }\nfn main() -> E { return E.b }", "E.b"},
      {"enum E { a \"sting\" }\nfn main() { user schema(E) }", "sting"},
      {"fn main(a: int = 5) -> int { return a }", "= 5"},
      {"fn main(a: int = 5 \"how many\") -> int { return a }", "i64 = 5 \"how many\""},
      {"record R(n: int, xs: list<string> = [\"a\"]) { a: int(0..n)  b: string in xs }\n"
       "fn main(n: int) { gen r: R(n)  emit r.b }",
       "rec<R>(n=$n,xs=$xs)"},
      {"fn f() -> string { return \"l\" } fn main(s: list<string>) { user { insert s with order: "
       "\"any\", label: f() } }",
       "ctx.order"},
      {"fn f() -> string { user \"x\" gen a return a }\ntest \"t\" { mock f.a = \"m\" check f() == "
       "\"m\" }",
       "fn @\"test.1\""},
      // Types.
      {"fn main(a: string(max: 9)) { user a }", "str(max=9)"},
      {"fn main(a: float(0.0..0.5)) { user \"${a}\" }", "f64(0.0..0.5)"},
      {"fn main(a: list<bool>(1..2)) { user json(a) }", "list<bool>(1..2)"},
      {"fn main(a: string?) { user json(a) }", "str?"},
      {"record A { x: int }  record B { }\nfn main(a: A | B) { match a { A(b) => emit b.x  B => {} "
       "} }",
       "union.get @A"},
      {"fn f(c: context) -> string { on copy c { gen a } return a }\n"
       "fn main() { emit f(context { user \"x\" }) }",
       "%c: ctx"},
      // Statements.
      Inside("let a = n * 3  emit a", "@mul"),
      Inside("var a = n  a = a + 1  emit a", "@add"),
      Inside("match n { 1 => { emit 1 }  else => { emit 2 } }", "@eq"),
      Inside("check n > 1", "check %"),
      Inside("check n > 1, \"n is ${n}\"  emit n", "check %"),
      Inside("try { emit 1 } else { emit 2 }", "} else (%"),
      Inside("try with calls: n { emit 1 } else e { emit e.kind }", "try calls=%n"),
      Inside("try with retries: 2, feedback: true { gen a  check a != s }", "{feedback=true} (%"),
      Inside("try with tokens: 5, prefill: 9, time: 2m { emit 1 }", "try prefill=%"),
      Inside("let a = try n / 0 else 2  emit a", "= try {"),
      {"@effect(read) tool t(a: int) -> int = host(\"x\")\nfn main() { emit t(1) }", "tool @t %"},
      {"tool t(a: int) -> int = host(\"x\")\nfn main() { emit t(1) }", "= \"x\" write"},
      {"tool t(a: string) -> float = math.eval(a)\nfn main() { emit t(\"1\") }", "@math_eval"},
      {"@effect(read) tool t(a: int) -> int = host(\"x\")\ntype S = t | u\n"
       "@idempotent @retry(2) tool u(b: bool = true \"why\") -> int = host(\"y\")\n"
       "fn main() { gen s: S  emit run(s) }",
       "union.is @t"},
      Inside("system s", "{role=system}"),
      Inside("@pin system s  gen a  emit a", "{pin=true}"),
      Inside("@ttl(1h) system s  gen a  emit a", "{pin=true, ttl=3600000}"),
      Inside("@private user s  gen a  emit a", "{role=user, private=true}"),
      Inside("user s", "{role=user}"),
      Inside("assistant s", "{role=assistant}"),
      Inside("observe s", "{role=observe}"),
      Inside("user { \"a\" \"${s}\" }", "ctx.text"),
      Inside("gen a  emit a", "gen "),
      Inside("assistant gen a  emit a", "gen "),
      Inside("gen a: string(max: 4)  emit a", "str(max=4)"),
      Inside("gen a: int  emit a", "{type=i64"),
      Inside("gen a: int(1..9)  emit a", "{type=i64(1..9)"),
      Inside("gen a: bool  emit a", "{type=bool"),
      Inside("gen a: float(0.0..0.5)  emit a", "{type=f64(0.0..0.5)"),
      Inside("gen a: list<int>(1..3)  emit a", "{type=list<i64>(1..3)"),
      Inside("gen a: int?  emit json(a)", "{type=i64?"),
      Inside("gen a: string(re\"x+\", min: 2)  emit a", "{type=str(min=2,re=\"x+\")"),
      Inside("gen a: \"x\"  emit a", "{type=str(one_of=[\"x\"])"),
      Inside("gen a: \"x\" | \"y\"  emit a", "{type=str(one_of=[\"x\",\"y\"])"),
      Inside("gen a: string in xs  emit a", "$xs=%xs {type=str(one_of=$xs)"),
      Inside("gen a: string(min: 1, max: n)  emit a", "$n=%n {type=str(max=$n,min=1)"),
      Inside("gen a: int(1..n)  emit a", "$n=%n {type=i64(1..$n)"),
      Inside("gen a: int(n..n + 3)  emit a", "{type=i64($n..$bound)"),
      {"record R { a: int }\nfn main() { gen a: R  emit a.a }", "{type=rec<R>"},
      {"record R(a: list<string>) { b: string in a }\nfn main(x: list<string>) { gen r: R(x)  emit "
       "r.b }",
       "$x=%x {type=rec<R>(a=$x)"},
      Inside("gen a with max: 3  emit a", "max="),
      Inside("gen a with min: 3  emit a", "min="),
      Inside("gen a with stop: \"x\"  emit a", "stop="),
      Inside("gen a with stop: [\"x\", \"y\"]  emit a", "stop="),
      Inside("gen a with temp: 0.7  emit a", "temp="),
      Inside("gen a with top_k: 3  emit a", "top_k="),
      Inside("gen a with top_p: 0.7  emit a", "top_p="),
      Inside("gen a with min_p: 0.7  emit a", "min_p="),
      Inside("gen a with seed: 3  emit a", "seed="),
      Inside("select a from xs  emit a", "method=\"auto\""),
      Inside("select a from xs with method: greedy  emit a", "method=\"greedy\""),
      Inside("select a from xs with method: likelihood  emit confidence(a)",
             "method=\"likelihood\""),
      Inside("var c = context { user s }  on c { gen a }  emit a", "gen "),
      Inside("let c = context { user s }  on copy c { gen a }  emit a", "gen "),
      Inside("if n > 1 { emit 1 } else if n > 0 { emit 2 } else { emit 3 }", "} else {"),
      Inside("for x in xs { emit x }", "for "),
      Inside("for x in xs { if x == s { break }  if n == 1 { continue }  emit x }", "for "),
      Inside("while n > 1 limit 3 { gen a with max: 2  emit a }", "while "),
      Inside("while limit 3 { gen a with max: 2  emit a }", "while "),
      Inside("emit s", "emit "),
      Inside("emit listen()", ", %2 = listen %0"),
      Inside("let a = listen(timeout: 2m)", "timeout=%"),
      {"fn f(n: int) -> int { return n }\nfn main() { f(n: 3) }", "call @f"},
      // Expressions.
      Inside("emit \"a ${n} \\u{1F600}\"", "str.fmt"),
      Inside("emit \"\"\"\n  a\n    b\n  \"\"\"", "\"a\\n  b\""),
      Inside("emit r\"\\n\"", "\"\\\\n\""),
      Inside("emit 1.5", "1.5"),
      Inside("emit -n", "@neg"),
      Inside("emit not (n > 1)", "@not"),
      Inside("emit n - 1", "@sub"),
      Inside("emit n / 2", "@div"),
      Inside("emit n % 2", "@mod"),
      Inside("emit json(0..n)", "@range"),
      Inside("emit n == 1", "@eq"),
      Inside("emit n != 1", "@ne"),
      Inside("emit n < 1", "@lt"),
      Inside("emit n <= 1", "@le"),
      Inside("emit n >= 1", "@ge"),
      Inside("emit s in xs", "@in"),
      Inside("emit s not in xs", "@in"),
      Inside("emit n > 1 and n < 5", "@and"),
      Inside("emit n > 1 or n < 5", "@or"),
      Inside("emit n > 1 ? 2 : 3", "if "),
      Inside("emit xs[n]", "@index"),
      Inside("emit s[1:n]", "@slice"),
      Inside("emit json([n, 2])", "list.make"),
      Inside("emit json([x for x in xs if x != s])", "filtered=true"),
      Inside("emit null == null", "null"),
      {"record R { a: int }\nfn main(r: R) { emit r.a }", "field @a"},
      Inside("emit matches(s, re\"a+\")", "@matches"),
      Inside("let a = fork i in 0..3 with temp: 0.5 { gen a  yield a }  emit json(a)", "temp="),
      Inside("let a = fork x in xs with max_parallel: 2 { yield x }  emit json(a)",
             "max_parallel="),
      Inside(
          "let a = fork x in xs with on_error: \"skip\" { user x  gen b  yield b }  emit json(a)",
          "on_error=\"skip\""),
      Inside("let a = fork x in xs with on_error: \"null\" { yield x }  emit json(a)",
             "%a: list<str?> = fork"),
      Inside("emit tokens(s)", "= tokens %s"),
      Inside("let c = context { user s }  emit tokens(c)", "= tokens %"),
      Inside("emit clip(s, tokens: n)", "= clip %s, %n"),
      {"tool look(q: string) -> string = http.get(\"http://a.b/c\", query: { q: q })\n"
       "config { allow: [\"a.b\"] }\nfn main() { emit look(q: \"x\") }",
       "= tool @look"},
      {"corpus c from \"a\"\nfn main() -> int { return len(retrieve(\"q\", from: c)) }",
       "retrieve @c"},
  };
}

std::string Rendered(const CompileResult& result) {
  std::string text;
  for (const Diagnostic& d : result.diagnostics) text += RenderDiagnostic(d, result.sources);
  return text;
}

}  // namespace

TEST_CASE("what compiles is in the IR") {
  for (const Works& works : AllWorks()) {
    CAPTURE(works.program);
    const CompileResult result = Compile("t.lmp", works.program, {.tests = true});
    const std::string found = Rendered(result);
    CHECK_MESSAGE(result.program != nullptr, found);
    if (result.program == nullptr) continue;
    const std::string ir = ir::Print(*result.program);
    CHECK_MESSAGE(ir.find(works.ir) != std::string::npos, ir);
  }
}

TEST_CASE("the table holds every form of the grammar") {
  std::set<size_t> items, statements, expressions, types;
  std::vector<std::string> programs;
  for (const Works& works : AllWorks()) programs.push_back(works.program);
  for (const std::string& program : programs) {
    const ast::File file = Parse(Source("t.lmp", program), 0).file;
    for (const ast::ItemId id : file.items) items.insert(file[id].node.index());
    for (size_t i = 0; i < file.statement_count(); ++i) {
      statements.insert(file[ast::StmtId(i)].node.index());
    }
    for (size_t i = 0; i < file.expression_count(); ++i) {
      expressions.insert(file[ast::ExprId(i)].node.index());
    }
    for (size_t i = 0; i < file.type_count(); ++i) types.insert(file[ast::TypeId(i)].node.index());
  }
  // All alternatives but the first of each, which stands for an error; an item has no such.
  CHECK(items.size() == std::variant_size_v<decltype(ast::Item::node)>);
  CHECK(statements.size() == std::variant_size_v<decltype(ast::Stmt::node)> - 1);
  CHECK(expressions.size() == std::variant_size_v<decltype(ast::Expr::node)> - 1);
  CHECK(types.size() == std::variant_size_v<decltype(ast::Type::node)> - 1);
}

}  // namespace lmp::frontend
