#include <doctest/doctest.h>

#include <string>

#include "frontend/parse.h"
#include "tests/support/ast_text.h"

namespace lmp {
namespace {

using testing::TreeText;

std::string Render(const std::vector<Diagnostic>& diagnostics, const Source& source) {
  std::string text;
  for (const Diagnostic& d : diagnostics) text += RenderDiagnostic(d, {source});
  return text;
}

ParseResult ParseText(const std::string& text) {
  const Source source("t.lmp", text);
  ParseResult result = Parse(source, 0);
  INFO(text);
  CHECK_MESSAGE(result.diagnostics.empty(), Render(result.diagnostics, source));
  CHECK(result.complete);
  return result;
}

std::string ItemText(const std::string& text) {
  const ParseResult result = ParseText(text);
  REQUIRE(result.file.items.size() == 1);
  return TreeText(result.file, result.file.items[0]);
}

std::string StmtText(const std::string& text) {
  const ParseResult result = ParseText("fn f() {" + text + "\n}");
  REQUIRE(result.file.items.size() == 1);
  const auto& fn = std::get<ast::FnDecl>(result.file[result.file.items[0]].node);
  std::string all;
  for (const ast::StmtId id : fn.body.statements) {
    all += (all.empty() ? "" : " ") + TreeText(result.file, id);
  }
  return all;
}

std::string ExprText(const std::string& text) {
  const std::string whole = StmtText("return " + text);
  return whole.substr(8, whole.size() - 9);
}

TEST_CASE("declarations") {
  const struct {
    const char* source;
    const char* tree;
  } cases[] = {
      {"import std.vote", "(import _ std.vote _)"},
      {"import std.vote as v", "(import _ std.vote v)"},
      {"import \"./a.lmp\" as a", "(import \"./a.lmp\" _ a)"},
      {"config { model: \"m\", seed: 7 temp: 0.5 }",
       "(config [model:(string \"m\") seed:7 temp:0.5])"},
      {"config { }", "(config [])"},
      {"const A: list<int> = [1, 2,]", "(const A list<[int]> (list [1 2]))"},
      {"type Step = search | calc | \"done\"", "(type Step (| [search calc \"done\"]))"},
      {"record R { a: int = 1 \"d\", b: string? @x c: T }",
       "(record R [] [(a int 1 \"d\") (b string? _ _) @x[] (c T _ _)])"},
      {"record R(ids: list<string>) { c: list<string in ids>(1..3) }",
       "(record R [(ids list<[string]> _ _)] [(c list<[string in ids[]]>([(.. 1 3)]) _ _)])"},
      {"enum E { a, b = \"B\" \"desc\" c \"other\" }",
       "(enum E [(a _ _) (b \"B\" \"desc\") (c _ \"other\")])"},
      {"@effect(read) @timeout(5s)\ntool t(q: string \"what\", k: int = 3) -> list<Hit>\n = f(q)",
       "@effect[read] @timeout[5000ms] (tool t [(q string _ \"what\") (k int 3 _)] list<[Hit]> "
       "(call f [q]))"},
      {"corpus c from \"d/*.md\" with chunk: 384, embed: \"e\"",
       "(corpus c \"d/*.md\" [chunk:384 embed:(string \"e\")])"},
      {"fn f(a: int(1..5), b: R(ids),) -> int? { return a }",
       "(fn f [(a int([(.. 1 5)]) _ _) (b R([ids]) _ _)] int? {(return a)})"},
      {"fn f() { }", "(fn f [] _ {})"},
      {"test \"t\" { check 1 == 1, \"m\" }", "(test \"t\" {(check (== 1 1) (string \"m\"))})"},
      {"fn f(a: a.B<c.D>(re\"x\", max: 3) in d.e(4)) { }",
       "(fn f [(a a.B<[c.D]>([re\"x\" max:3]) in d.e[4] _ _)] _ {})"},
  };
  for (const auto& c : cases) CHECK(ItemText(c.source) == c.tree);
}

TEST_CASE("statements") {
  const struct {
    const char* source;
    const char* tree;
  } cases[] = {
      {"let x = 1 var y: int = 2 y = 3", "(let x _ 1) (var y int 2) (= y 3)"},
      {"user \"a\" system b assistant { \"x\" gen y }",
       "(user {(text (string \"a\"))}) (system {(text b)}) "
       "(assistant braced {(text (string \"x\")) (gen y _ [])})"},
      {"assistant gen x: int with max: 3 observe select y from [a]",
       "(assistant {(gen x int [max:3])}) (observe {(select y (list [a]) [])})"},
      {"user insert hits with order: \"score\"",
       "(user {(insert hits [order:(string \"score\")])})"},
      {"user { }", "(user braced {})"},
      {"@pin @ttl(1h) system G", "@pin[] @ttl[3600000ms] (system {(text G)})"},
      {"on c { gen x } on copy a.b { }", "(on c {(gen x _ [])}) (on-copy a.b {})"},
      {"if a { } else if b { } else { c() }", "(if a {} {(if b {} {(call c [])})})"},
      {"for x in xs { } for i in 0..3 { break continue }",
       "(for x xs {}) (for i (.. 0 3) {(break) (continue)})"},
      {"while limit 8 { } while a < 3 limit n + 1 { }",
       "(while _ 8 {}) (while (< a 3) (+ n 1) {})"},
      {"match x { A(f) => return f.a b.c | \"t\" | -3 => { } else => d() }",
       "(match x [([A(f)] {(return (. f a))}) ([b.c \"t\" -3] {})] {(call d [])})"},
      {"try with retries: 2, time: 30s { } else e { }", "(try [retries:2 time:30000ms] {} e {})"},
      {"try { a() } else { }", "(try [] {(call a [])} _ {})"},
      {"try with retries: 1 { }", "(try [retries:1] {} _ _)"},
      {"yield x emit y mock a.b = [1]", "(yield x) (emit y) (mock a.b (list [1]))"},
      {"a.b[1].c(2, k: 3)", "(call (. (index (. a b) 1) c) [2 k:3])"},
      {"gen x with max: 1, stop: \"\\n\" \"y\" gen z",  // one line, three statements
       "(gen x _ [max:1 stop:(string \"\\n\")]) (text (string \"y\")) (gen z _ [])"},
  };
  for (const auto& c : cases) CHECK(StmtText(c.source) == c.tree);
}

TEST_CASE("expressions: precedence and shape") {
  const struct {
    const char* source;
    const char* tree;
  } cases[] = {
      {"a + b * c - d", "(- (+ a (* b c)) d)"},
      {"-a.b + -c", "(+ (neg (. a b)) (neg c))"},
      {"a or b and not c == d", "(or a (and b (not (== c d))))"},
      {"a in b and c not in d", "(and (in a b) (not in c d))"},
      {"0..n + 1", "(.. 0 (+ n 1))"},
      {"a ? b : c ? d : e", "(? a b (? c d e))"},
      {"try f(x) else [] ", "(try (call f [x]) (list []))"},
      {"(a + b) * c", "(* (+ a b) c)"},
      {"f(x)[0].y(k: 1)[2:n]", "(slice (call (. (index (call f [x]) 0) y) [k:1]) 2 n)"},
      {"[x.a for x in xs if x.b]", "(each (. x a) x xs (. x b))"},
      {"[x for x in xs]", "(each x x xs _)"},
      {"{ a: 1, \"b c\": 2 }", "(map [a:1 b c:2])"},
      {"context { user \"x\" }", "(context {(user {(text (string \"x\"))})})"},
      {"fork i in 0..8 with temp: 0.8 { yield i }", "(fork i (.. 0 8) [temp:0.8] {(yield i)})"},
      {"1_000 % 7", "(% 1000 7)"},
      {"1.5e3 / 2.0", "(/ 1500.0 2.0)"},
      {"50ms", "50ms"},
      {"matches(x, re\"a\\.\\\"b\")", "(call matches [x re\"a\\\\.\\\\\\\"b\"])"},
      {"f(a ? b : c, d: e ? g : h)", "(call f [(? a b c) d:(? e g h)])"},
      {"[\n  1\n  - 2,\n  (3)\n]", "(list [(- 1 2) 3])"},  // inside brackets lines go on
      {"a\n  + b\n  and c", "(and (+ a b) c)"},
      {"\"${env(\"X\")}/s\"", "(string $(call env [(string \"X\")]) \"/s\")"},
  };
  for (const auto& c : cases) CHECK(ExprText(c.source) == c.tree);
}

TEST_CASE("strings: escapes, dedent, raw") {
  const struct {
    const char* source;
    const char* tree;
  } cases[] = {
      {R"("")", "(string)"},
      {R"("a\n\t\"\\\$\0\u{1F600}")", "(string \"a\\n\\t\\\"\\\\$\\u{0}\xf0\x9f\x98\x80\")"},
      {R"("$ {x} ${y} $")", "(string \"$ {x} \" $y \" $\")"},
      {R"(r"a\n${b}")", "(raw \"a\\\\n${b}\")"},
      {"\"\"\"\n    a\n      b\n\n    c\n    \"\"\"", "(string \"a\\n  b\\n\\nc\")"},
      {"\"\"\"\n    a\n  \"\"\"", "(string \"  a\")"},  // the closing line counts
      {"\"\"\"a\n    b\"\"\"", "(string \"a\\nb\")"},
      {"\"\"\"\n\"\"\"", "(string)"},
      {"\"\"\"\"\"\"", "(string)"},
      {"\"\"\"\n\n\"\"\"", "(string)"},
      {"\"\"\"\n  a\\n   b\n  \"\"\"", "(string \"a\\n   b\")"},  // `\n` opens no source line
      {"\"\"\"\n  \\tx\n    ${y}\n  z\n  \"\"\"", "(string \"\\tx\\n  \" $y \"\\nz\")"},
      {"\"\"\"\r\n  a\r\n  b\r\n  \"\"\"", "(string \"a\\nb\")"},
      {"\"\"\"\n  say \"hi\"\n  \"\"\"", "(string \"say \\\"hi\\\"\")"},
      {"r\"\"\"\n  a\\d${x}\n  \"\"\"", "(raw \"a\\\\d${x}\")"},
      {"\"\"\"\n\ta\n\t\tb\n\t\"\"\"", "(string \"a\\n\\tb\")"},
  };
  for (const auto& c : cases) CHECK(ExprText(c.source) == c.tree);
}

// Every byte of every fixed part, traced back, is the byte the user wrote (escapes: their
// backslash).
TEST_CASE("text is traceable to the source") {
  const std::string text =
      "fn f() { user \"\"\"\n    one {brace} two\n      th\\u{e9}ree \\n${x} {a.b}\n\n    four\n   "
      " "
      "\"\"\" }";
  const ParseResult result = ParseText(text);
  const ast::StringExpr* string = nullptr;
  for (size_t i = 0; i < result.file.expression_count(); ++i) {
    if (const auto* s = std::get_if<ast::StringExpr>(&result.file[ast::ExprId(i)].node)) string = s;
  }
  REQUIRE(string != nullptr);
  size_t traced = 0;
  for (const ast::StringPart& part : string->parts) {
    if (part.value.valid()) {
      CHECK(text.substr(part.span.begin, part.span.end - part.span.begin) == "${x}");
      continue;
    }
    for (size_t k = 0; k < part.origins.size(); ++k) {
      const size_t end =
          k + 1 < part.origins.size() ? part.origins[k + 1].text_offset : part.text.size();
      const uint32_t at = part.origins[k].source_offset;
      if (part.origins[k].text_offset == end || text[at] == '\\') continue;
      for (size_t b = part.origins[k].text_offset; b < end; ++b, ++traced) {
        CHECK(part.text[b] == text[at + b - part.origins[k].text_offset]);
      }
    }
  }
  CHECK(traced > 30);
  REQUIRE(string->brace_names.size() == 2);
  const Span brace = string->brace_names[0].span;
  CHECK(text.substr(brace.begin, brace.end - brace.begin) == "{brace}");
  CHECK(string->brace_names[1].name.parts.size() == 2);
}

TEST_CASE("brace names are plain names only") {
  const struct {
    const char* source;
    size_t count;
  } cases[] = {{"\"{a}\"", 1},   {"\"${a}\"", 0},    {"\"\\${a}\"", 0},
               {"\"{{a}}\"", 0}, {"\"{a b}\"", 0},   {"\"{\"", 0},
               {"\"{a.}\"", 0},  {"\"{1}\"", 0},     {"\"{\\\"a\\\": 1}\"", 0},
               {"r\"{a}\"", 0},  {"\"{a}{b.c}\"", 2}};
  for (const auto& c : cases) {
    const ParseResult result = ParseText("const X = " + std::string(c.source));
    CAPTURE(c.source);
    size_t count = 0;
    for (size_t i = 0; i < result.file.expression_count(); ++i) {
      const auto* s = std::get_if<ast::StringExpr>(&result.file[ast::ExprId(i)].node);
      if (s != nullptr) count += s->brace_names.size();
    }
    CHECK(count == c.count);
  }
}

TEST_CASE("spans cover what they name; children come first") {
  const std::string text =
      "// c\n/// doc\nfn f(a: int(1..2)) -> int {\n  return a + g(a, k: 2)\n}\n";
  const ParseResult result = ParseText(text);
  const auto text_of = [&](const Span& span) {
    return text.substr(span.begin, span.end - span.begin);
  };
  REQUIRE(result.file.comments.size() == 2);
  CHECK(text_of(result.file.comments[0].span) == "// c");
  CHECK_FALSE(result.file.comments[0].doc);
  CHECK(result.file.comments[1].doc);
  CHECK(text_of(result.file[result.file.items[0]].span) == text.substr(13, text.size() - 14));
  for (size_t i = 0; i < result.file.expression_count(); ++i) {
    const ast::Expr& expr = result.file[ast::ExprId(i)];
    if (const auto* b = std::get_if<ast::BinaryExpr>(&expr.node)) {
      CHECK(b->left.index < i);
      CHECK(b->right.index < i);
      if (b->op == ast::BinaryOp::kAdd) {
        CHECK(text_of(expr.span) == "a + g(a, k: 2)");
        CHECK(text_of(b->op_span) == "+");
      }
    }
    if (const auto* call = std::get_if<ast::CallExpr>(&expr.node)) {
      CHECK(text_of(call->args[1].span) == "k: 2");
      CHECK(text_of(call->args[1].name->span) == "k");
    }
  }
  CHECK(Parse(Source("t.lmp", text), 3).file[ast::ItemId(0)].span.source == 3);
}

TEST_CASE("an empty file and a file of comments") {
  CHECK(ParseText("").file.items.empty());
  CHECK(ParseText("\n// a\n").file.comments.size() == 1);
}

TEST_CASE("REPL input: expression, statements, declarations, incomplete") {
  const auto parse = [](const char* text) { return ParseReplInput(Source("repl", text), 0); };
  const auto expression = [&](const char* text) {
    const ReplParse r = parse(text);
    CHECK_FALSE(r.incomplete);
    return r.expression.valid() ? TreeText(r.file, r.expression) : "none";
  };
  CHECK(expression("1 + 2") == "(+ 1 2)");
  CHECK(expression("f(x)") == "(call f [x])");
  CHECK(expression("\"a ${b}\"") == "(string \"a \" $b)");
  CHECK(expression("let x = 1") == "none");

  const ReplParse mixed = parse("fn f() -> int { return 1 }\nlet x = f()\nuser \"hi\" gen y");
  CHECK(mixed.diagnostics.empty());
  CHECK(mixed.file.items.size() == 1);
  REQUIRE(mixed.statements.size() == 3);
  CHECK(TreeText(mixed.file, mixed.statements[2]) == "(gen y _ [])");

  for (const char* open :
       {"f(", "user {", "[1,", "\"\"\"", "\"\"\"\n text", "x = {", "fn f() {\n"}) {
    CAPTURE(open);
    CHECK(parse(open).incomplete);
    CHECK(parse(open).diagnostics.empty());
  }
  for (const char* wrong : {"\"open", "let 3", "f(]", "retrn 3", ")"}) {
    CAPTURE(wrong);
    const ReplParse r = parse(wrong);
    CHECK_FALSE(r.incomplete);
    CHECK(HasErrors(r.diagnostics));
  }
  const ReplParse empty = parse("");
  CHECK(empty.statements.empty());
  CHECK(empty.diagnostics.empty());
}

}  // namespace
}  // namespace lmp
