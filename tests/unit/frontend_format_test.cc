// The layout of `lmp fmt`, case by case; then its promises on every program of the repository and
// on programs whose layout was changed at random.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "frontend/format.h"
#include "frontend/lex.h"
#include "frontend/parse.h"
#include "runtime/base/clock_rng.h"
#include "tests/support/ast_text.h"
#include "tests/support/read_text_file.h"
#include "tests/support/sanitized.h"

namespace lmp {
namespace {

std::string Formatted(const std::string& text) {
  const frontend::Formatted result = frontend::Format(Source("t.lmp", text), 0);
  REQUIRE_MESSAGE(!HasErrors(result.diagnostics), text);
  return result.text;
}

std::string Tree(const std::string& text) {
  return testing::TreeText(Parse(Source("t.lmp", text), 0).file);
}

std::vector<std::string> Comments(const std::string& text) {
  std::vector<std::string> comments;
  for (const frontend::Token& token : frontend::Lex(text).comments) {
    std::string comment(token.TextIn(text));
    comment.erase(comment.find_last_not_of(" \t\r\f") + 1);
    comments.push_back(comment);
  }
  return comments;
}

bool Parses(const std::string& text) {
  return !HasErrors(Parse(Source("t.lmp", text), 0).diagnostics);
}

void CheckPromises(const std::string& text) {
  CAPTURE(text);
  const std::string once = Formatted(text);
  CHECK(Formatted(once) == once);
  CHECK(Tree(once) == Tree(text));
  CHECK(Comments(once) == Comments(text));
  if (once.find("\"\"\"") == std::string::npos) CHECK(once.find(" \n") == std::string::npos);
}

// In statements of a function.
std::string Body(const std::string& statements) {
  const std::string text = Formatted("fn f() {\n" + statements + "\n}\n");
  const std::string head = "fn f() {\n";
  REQUIRE(text.substr(0, head.size()) == head);
  return text.substr(head.size(), text.size() - head.size() - 2);
}

TEST_CASE("blanks") {
  CHECK(Formatted("fn  f ( a :int=1 ,b:list < int >? , )->int{return a+-1*b [0]}") ==
        "fn f(\n  a: int = 1,\n  b: list<int>?,\n) -> int {\n  return a + -1 * b[0]\n}\n");
  CHECK(Body("let x=c?a:b\nlet y=xs[a:b]\nlet z = {a:1,\"b\":2}\nlet r=0 .. n") ==
        "  let x = c ? a : b\n  let y = xs[a:b]\n  let z = { a: 1, \"b\": 2 }\n  let r = 0..n\n");
  CHECK(Body("let s = not(a)and(b)\nlet t=( 1 )+[ 1 ][0]\nlet u = f (x) . y") ==
        "  let s = not (a) and (b)\n  let t = (1) + [1][0]\n  let u = f(x).y\n");
  CHECK(Body("@pin system\"a\"\ngen x:int(1 .. 5)with max:4,temp:0.5\ncheck a<b,\"no\"") ==
        "  @pin system \"a\"\n  gen x: int(1..5) with max: 4, temp: 0.5\n  check a < b, \"no\"\n");
  CHECK(Formatted("record R{a:int  b:\"x\"|\"y\"}enum E{p q=\"Q\" \"d\" r}type T=string in xs") ==
        "record R { a: int  b: \"x\" | \"y\" }\nenum E { p q = \"Q\" \"d\" r }\n"
        "type T = string in xs\n");
  CHECK(Formatted("import\"./a.lmp\"as b\nimport std . vote") ==
        "import \"./a.lmp\" as b\nimport std.vote\n");
  CHECK(Formatted("config{seed:7}\nconst A:int=- 1") == "config { seed: 7 }\nconst A: int = -1\n");
}

TEST_CASE("one statement per line") {
  CHECK(Formatted("fn f(){user \"a\" gen x emit x}") ==
        "fn f() {\n  user \"a\"\n  gen x\n  emit x\n}\n");
  CHECK(Body("if a{return 1}else{return 2}") == "  if a { return 1 } else { return 2 }\n");
  CHECK(Body("if a{\nreturn 1}else{return 2}") ==
        "  if a {\n    return 1\n  } else {\n    return 2\n  }\n");
  CHECK(Body("if a { f() g() } else if b { }") == "  if a {\n    f()\n    g()\n  } else if b {}\n");
  CHECK(Body("match x{a|b=>return 1 F(g)=>{emit g}else=>emit 2}") ==
        "  match x {\n    a | b => return 1\n    F(g) => { emit g }\n    else => emit 2\n  }\n");
  CHECK(Body("let x=fork i in 0..3{yield i}") == "  let x = fork i in 0..3 { yield i }\n");
  CHECK(Body("let x=f(fork i in 0..3{gen n yield n},1)") ==
        "  let x = f(fork i in 0..3 {\n    gen n\n    yield n\n  }, 1)\n");
  CHECK(Formatted("record R {\na:int,b:int}") == "record R {\n  a: int,\n  b: int\n}\n");
  CHECK(Formatted("@effect(read)@timeout(5s)tool t(a:int)->int=g(a)") ==
        "@effect(read) @timeout(5s)\ntool t(a: int) -> int = g(a)\n");
}

TEST_CASE("blank lines and comments") {
  CHECK(Formatted("\n\n// a\n\n\n\nconst A=1// b\n// c  \n\n\nconst B=2\n\n// d") ==
        "// a\n\nconst A = 1  // b\n// c\n\nconst B = 2\n\n// d\n");
  CHECK(Body("\n\n  a()\n\n\n\n  b()\n\n") == "  a()\n\n  b()\n");
  CHECK(Body("if a { // why\n\n b() // c\n// d\n}") ==
        "  if a {  // why\n\n    b()  // c\n    // d\n  }\n");
  CHECK(Body("if a { b() }\n// else\nelse { c() }") ==
        "  if a {\n    b()\n  }\n  // else\n  else {\n    c()\n  }\n");
  CHECK(Body("let x = // why\n 5") == "  let x =  // why\n      5\n");
  CHECK(Body("f(a, // first\n b)") == "  f(\n    a,  // first\n    b\n  )\n");
  CHECK(Body("f( // all\n)") == "  f(  // all\n  )\n");
  CHECK(Formatted("") == "");
  CHECK(Formatted("// x") == "// x\n");
}

TEST_CASE("lines that are too long") {
  const std::string a(30, 'a'), b(30, 'b'), c(30, 'c');
  CHECK(Body("let x = f(" + a + ", " + b + ", " + c + ")") ==
        "  let x = f(" + a + ", " + b + ",\n            " + c + ")\n");
  // Behind the bracket there is no room for one of them.
  CHECK(Body("let " + a + b + " = f(" + b + ", " + c + ", " + a + ")") ==
        "  let " + a + b + " = f(" + b + ",\n      " + c + ", " + a + ")\n");
  CHECK(Formatted("fn f(" + a + ": int, " + b + ": int, " + c + ": int) -> int {\nreturn 1}") ==
        "fn f(" + a + ": int, " + b + ": int,\n     " + c + ": int) -> int {\n  return 1\n}\n");
  CHECK(Body("gen x: int with " + a + ": 1, " + b + ": 2, " + c + ": 3") ==
        "  gen x: int with " + a + ": 1, " + b + ": 2,\n      " + c + ": 3\n");
  CHECK(Body("let x = fork i in xs { yield " + a + " + " + b + " + " + c + " }") ==
        "  let x = fork i in xs {\n    yield " + a + " + " + b + " + " + c + "\n  }\n");
  // Where commas do not help, the author's breaks stay; where they are not needed, they go.
  CHECK(Body("let x = " + a + "\n  and " + b + "\n  and " + c) ==
        "  let x = " + a + "\n      and " + b + "\n      and " + c + "\n");
  CHECK(Body("let x = a\n  and b\n  and c") == "  let x = a and b and c\n");
  CHECK(Body("let x = [\n1, 2,\n3]") == "  let x = [1, 2, 3]\n");
  CHECK(Body("let x = [1, 2, 3,]") == "  let x = [\n    1,\n    2,\n    3,\n  ]\n");
  CHECK(Formatted("config {\nseed: 1, temp: 0.5\n}") == "config {\n  seed: 1,\n  temp: 0.5\n}\n");
}

TEST_CASE("text is not edited") {
  CHECK(Body("user \"a  ${ x+1 }  b\"") == "  user \"a  ${ x+1 }  b\"\n");
  CHECK(Body("user re\"a  b\"") == "  user re\"a  b\"\n");
  // Block strings move as a whole.
  CHECK(Body("user \"\"\"\none\n  two\n\n   \n\"\"\"") ==
        "  user \"\"\"\n    one\n      two\n\n       \n    \"\"\"\n");
  CHECK(Body("user {\n\"\"\"\n        one\n      \"\"\"\n}") ==
        "  user {\n    \"\"\"\n      one\n    \"\"\"\n  }\n");
  CHECK(Body("let x = r\"\"\"\n\tone\n\t\ttwo\n\t\"\"\"") ==
        "  let x = r\"\"\"\n    one\n    \ttwo\n    \"\"\"\n");
  // Where that could change them, they do not.
  CHECK(Body("user \"\"\"one\n two\"\"\"") == "  user \"\"\"one\n two\"\"\"\n");
  CHECK(Body("user \"\"\"\n one ${f(a,\nb)}\n \"\"\"") ==
        "  user \"\"\"\n one ${f(a,\nb)}\n \"\"\"\n");
}

TEST_CASE("line ends and byte order marks stay") {
  CHECK(Formatted("const A=1\r\nconst B=\"\"\"\r\n  x\r\n  \"\"\"\r\n// c\r\n") ==
        "const A = 1\r\nconst B = \"\"\"\r\n  x\r\n  \"\"\"\r\n// c\r\n");
  CHECK(Formatted("\xef\xbb\xbf"
                  "const A=1") ==
        "\xef\xbb\xbf"
        "const A = 1\n");
}

TEST_CASE("what does not parse is not touched") {
  for (const char* text :
       {"fn f( {", "let x = 1", "fn f() { user 'a' }", "\xff", "const A = \"x"}) {
    const frontend::Formatted result = frontend::Format(Source("t.lmp", text), 0);
    CHECK(HasErrors(result.diagnostics));
    CHECK(result.text.empty());
  }
}

std::vector<std::string> ProgramsThatParse() {
  std::vector<std::filesystem::path> paths;
  for (const char* folder : {"examples", "frontend/std", "tests/lang", "tests/plan"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.path().extension() == ".lmp") paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> programs;
  for (const auto& path : paths) {
    std::string text = testing::ReadTextFile(path.string());
    text.resize(std::min(text.size(), text.find("//--- std")));
    if (Parses(text)) programs.push_back(std::move(text));
  }
  return programs;
}

TEST_CASE("every program of the repository") {
  const std::vector<std::string> programs = ProgramsThatParse();
  CHECK(programs.size() > 100);
  for (const std::string& program : programs) CheckPromises(program);
}

// Blanks, line breaks and comments put in, blanks and line breaks taken out, between tokens.
std::string Shaken(const std::string& text, Rng* random, bool blanks_only) {
  static const char* const kBetween[] = {" ",      "   ",     "\t",         "\n",
                                         "\n\n\n", " // c\n", "\n  /// d\n"};
  std::string result;
  uint32_t at = 0;
  int in_string = 0;
  for (const frontend::Token& token : frontend::Lex(text).tokens) {
    using enum frontend::TokenKind;
    const std::string gap = text.substr(at, token.begin - at);
    const bool rare = random->Below(12) == 0;
    if (in_string > 0 || !rare) {
      result += gap;
    } else if (blanks_only) {
      result += gap.empty() ? gap : " " + gap;
    } else if (random->Below(3) == 0 && gap.find('/') == std::string::npos && !gap.empty()) {
      result += " ";
    } else {
      result += gap + kBetween[random->Below(std::size(kBetween))];
    }
    in_string += frontend::OneOf(token.kind, {kStrOpen, kBlockOpen}) ? 1 : 0;
    in_string -= frontend::OneOf(token.kind, {kStrClose, kBlockClose}) ? 1 : 0;
    result.append(text, token.begin, token.end - token.begin);
    at = token.end;
  }
  return result + text.substr(at);
}

TEST_CASE("programs whose layout was changed at random") {
  const std::vector<std::string> programs = ProgramsThatParse();
  const size_t rounds = testing::kSanitized ? 200 : 1200;
  size_t same = 0;
  for (size_t round = 0; round < rounds; ++round) {
    CAPTURE(round);
    Rng random(round);
    const std::string& program = programs[round % programs.size()];
    const std::string shaken = Shaken(program, &random, round % 4 == 0);
    // A line break can end a statement, or turn a word into a name.
    if (!Parses(shaken) || Tree(shaken) != Tree(program)) continue;
    ++same;
    CheckPromises(shaken);
    if (round % 4 == 0) CHECK(Formatted(shaken) == Formatted(program));
  }
  CHECK(same > rounds / 2);
}

TEST_CASE("a large program, deep or wide, in little time") {
  std::string wide = "fn f() {\n";
  for (int i = 0; i < 2000; ++i) wide += "let x" + std::to_string(i) + "=[f(1,2),{a:1},xs[0]]\n";
  CheckPromises(wide + "}");
  CheckPromises("const A=" + std::string(150, '(') + "1" + std::string(150, ')'));
  CheckPromises("fn f() { x = " + std::string(90, '[') + "a" + std::string(90, ']') + "}");
}

}  // namespace
}  // namespace lmp
