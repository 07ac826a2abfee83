// Decision 18: every reserved word is usable as a name wherever a name may stand. Each word is put
// in the place of an ordinary name in programs that use the name in every position; the tree must
// be the one the ordinary name gives.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "frontend/parse.h"
#include "frontend/token.h"
#include "tests/support/ast_text.h"

namespace lmp {
namespace {

using frontend::TokenKind;

std::vector<std::string> ReservedWords() {
  std::vector<std::string> words;
  for (int kind = 0; kind < static_cast<int>(TokenKind::kEof); ++kind) {
    if (frontend::IsReserved(static_cast<TokenKind>(kind))) {
      words.emplace_back(frontend::Spelling(static_cast<TokenKind>(kind)));
    }
  }
  return words;
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> others) {
  return std::find(others.begin(), others.end(), text) != others.end();
}

// The text with the word in the places of `qq`.
std::string Named(std::string text, const std::string& word) {
  for (size_t at = text.find("qq"); at != std::string::npos;
       at = text.find("qq", at + word.size())) {
    text.replace(at, 2, word);
  }
  return text;
}

const char* const kNegation = "fn f() { return not qq }";
const char* const kArm = "fn f() { match x { qq => return 1 } }";
// `qq` is the name. One statement per line: `not` and `try` take an operand on their own line.
const char* const kPrograms[] = {
    "fn f(qq: string) -> string { user \"${qq} and ${qq.a}\"\nreturn qq }",
    "fn f(a: int, qq: int = 2) -> int {\nlet x = qq\nreturn x + qq }",
    "fn f() {\nlet qq = 1\nvar\ny = qq\ny = qq }",
    "fn f() {\nvar qq: int = 1\nqq = qq + 1\nqq = 2 }",
    "fn f() { gen qq with max: 3\nemit qq }",
    "fn f() { user { \"a\"\ngen qq: int \"b\" } }",
    "fn f() {\nselect qq from [\"a\", \"b\"] with method: likelihood\nreturn qq }",
    "fn f() { for qq in xs {\nemit qq }\nfor x in qq {\nemit x } }",
    "fn f() {\nlet a = fork qq in xs with temp: 0.5 { yield qq }\nreturn a }",
    "fn f() {\nreturn [qq.a for qq in xs if qq] }",
    "fn f() {\nreturn [qq, a, qq] }",
    "fn f() {\nreturn g(qq: 1, b: qq) }",
    "fn f() {\nreturn g(qq) + g(a, qq) }",
    "record R { qq: int  b: string }\nfn f(r: R) -> int {\nreturn r.qq }",
    "config { qq: 1, b: 2 }",
    "fn f() {\nreturn { qq: 1, b: qq } }",
    "fn f() {\nreturn qq + 1 * qq - qq / 2 }",
    "fn f() {\nreturn a + qq and qq or b == qq }",
    kNegation,
    "fn f() {\nreturn -qq }",
    "fn f() { if qq {\nreturn 1 } else {\nreturn qq } }",
    "fn f() { if a == qq {\nreturn 1 } }",
    "fn f() { while qq limit 3 {\nbreak }\nwhile a limit qq { continue } }",
    "fn f() { while limit qq {\nbreak } }",
    "fn f() { user qq\nassistant qq }",
    "fn f() { on qq { gen x }\non copy qq { gen x } }",
    "fn f() { try { g() } else qq {\nemit qq.message } }",
    kArm,
    "fn f() { match x { a.qq => return 2 } }",
    "fn f() { match qq { A(qq) =>\nreturn qq else =>\nreturn 1 } }",
    "fn f() { match x { qq | b =>\nreturn 1 else =>\nreturn 2 } }",
    "enum E { qq b }\nenum F { a, qq, b }\nenum G { a qq = \"x\" \"d\" }",
    "test \"t\" { mock qq = 1\nmock f.qq = 2\nmock qq.x = 3 }",
    "const qq = 1\nconst b = qq",
    "type qq = int\nfn f(a: qq, b: list<qq>, c: a.qq) -> qq {\nreturn a }",
    "record qq { a: int }\nfn f(x: qq) { }",
    "import qq as b\nimport a.qq\nimport std as qq",
    "fn qq(a: int) -> int {\nreturn a }",
    "tool qq(a: string) -> int = b\ncorpus qq from \"x\"",
    "enum qq { a b }",
    "fn f() { insert qq with reuse: prefix }",
    "fn f() {\nreturn a ? qq : b }",
    "fn f() {\nreturn a in qq }",
    "fn f() {\nreturn qq in a }",
    "fn f() {\nreturn 0..qq }",
    "fn f() {\nreturn try qq else a }",
    "fn f() {\nreturn try a else qq }",
    "fn f() {\nreturn qq[0] + qq.b[1:qq] }",
    "fn f() {\nreturn (qq) }",
    "@qq(1) fn f() { @qq user \"x\" }",
    "fn f(a: string in qq) { }",
    "fn f() { check qq, \"m\"\ncheck a == qq }",
    "fn f() { qq.g(1) }",
};

TEST_CASE("there are at most 46 reserved words") { CHECK(ReservedWords().size() == 44); }

TEST_CASE("every reserved word is a name where a name may stand") {
  for (const char* const program : kPrograms) {
    const ParseResult plain = Parse(Source("t.lmp", program), 0);
    CAPTURE(program);
    REQUIRE(plain.diagnostics.empty());
    const std::string expected = testing::TreeText(plain.file);
    for (const std::string& word : ReservedWords()) {
      // Behind `not` and `-` these are the operators they spell; write `not (and)`.
      if (IsOneOf(word, {"and", "or", "in", "else"}) && IsOneOf(program, {kNegation})) continue;
      // `else =>` closes a `match`, so no enum member called `else` can head an arm without its
      // enum.
      if (word == "else" && IsOneOf(program, {kArm})) continue;
      const std::string text = Named(program, word);
      const Source source("t.lmp", text);
      const ParseResult result = Parse(source, 0);
      CAPTURE(text);
      CHECK(result.diagnostics.empty());
      CHECK(testing::TreeText(result.file) == Named(expected, word));
    }
  }
}

// Where the word must keep its meaning.
TEST_CASE("words keep their meaning where a statement or operator must stand") {
  const struct {
    const char* text;
    const char* tree;
  } cases[] = {
      {"fn f() { return x user \"a\" }", "(return x) (user {(text (string \"a\"))})"},
      {"fn f() { let a = b and not c }", "(let a _ (and b (not c)))"},
      {"fn f() { user gen gen }", "(user {(gen gen _ [])})"},
      {"fn f() { if if { } else { } }", "(if if {} {})"},
      {"fn f() { while limit limit limit { } }", "(while limit limit {})"},
      {"fn f() { for for in in { } }", "(for for in {})"},
      {"fn f() { return fork fork in in { yield yield } }",
       "(return (fork fork in [] {(yield yield)}))"},
      {"fn f() { match match { else => g() } }", "(match match [] {(call g [])})"},
      {"fn f() { let context = context { user context } }",
       "(let context _ (context {(user {(text context)})}))"},
      {"fn f() { return (x) }", "(return x)"},
  };
  for (const auto& c : cases) {
    const ParseResult result = Parse(Source("t.lmp", c.text), 0);
    CAPTURE(c.text);
    CHECK(result.diagnostics.empty());
    CHECK(testing::TreeText(result.file) == "(fn f [] _ {" + std::string(c.tree) + "})\n");
  }
}

}  // namespace
}  // namespace lmp
