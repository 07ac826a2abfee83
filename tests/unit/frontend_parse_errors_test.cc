#include <doctest/doctest.h>

#include <ctime>
#include <string>

#include "frontend/parse.h"
#include "runtime/base/limits.h"
#include "tests/support/ast_text.h"
#include "tests/support/sanitized.h"

namespace lmp {
namespace {

constexpr double kSlow = testing::kSanitized ? 15 : 1;

std::string Repeat(const std::string& text, size_t count) {
  std::string result;
  result.reserve(text.size() * count);
  for (size_t i = 0; i < count; ++i) result += text;
  return result;
}

TEST_CASE("deep nesting is one diagnostic, whatever nests") {
  const struct {
    std::string name;
    std::string before, open, inner, close, after;
  } kinds[] = {
      {"parentheses", "const X = ", "(", "1", ")", ""},
      {"lists", "const X = ", "[", "1", "]", ""},
      {"calls", "const X = ", "f(", "1", ")", ""},
      {"maps", "const X = ", "{a:", "1", "}", ""},
      {"interpolations", "const X = ", "\"${", "1", "}\"", ""},
      {"blocks", "fn f() {", "if a {", "", "}", "}"},
      {"roles", "fn f() {", "user {", "", "}", "}"},
      {"contexts", "const X = ", "context { on c { f(", "1", ") } }", ""},
      {"negations", "const X = ", "not ", "a", "", ""},
      {"minuses", "const X = ", "- ", "a", "", ""},
      {"choices", "const X = ", "a ? b : ", "c", "", ""},
      {"attempts", "const X = ", "try a else ", "c", "", ""},
      {"else if", "fn f() { if a { }", " else if b { }", "", "", "}"},
      {"type arguments", "type T = ", "list<", "int", ">", ""},
      {"only open", "fn f() {", "(", "", "", ""},
  };
  for (const auto& kind : kinds) {
    CAPTURE(kind.name);
    const auto program = [&](size_t depth) {
      return kind.before + Repeat(kind.open, depth) + kind.inner + Repeat(kind.close, depth) +
             kind.after + "\n";
    };
    const ParseResult deep = Parse(Source("t.lmp", program(100'000)), 0);
    std::string titles;
    for (const Diagnostic& d : deep.diagnostics) titles += d.title + '\n';
    REQUIRE_MESSAGE(deep.diagnostics.size() == 1, titles);
    CHECK_FALSE(deep.complete);
    if (kind.close.empty() && kind.open != "(" && kind.open != ")") {
      CHECK(deep.diagnostics[0].code == "E0103");
    }
  }
}

TEST_CASE("a run of closing brackets is one report") {
  for (const char* closer : {")", "]", "}", ")]}"}) {
    const Source source("t.lmp", "fn f() { }\n" + Repeat(closer, 50'000) + "\n");
    const ParseResult result = Parse(source, 0);
    CAPTURE(closer);
    REQUIRE(result.diagnostics.size() == 1);
    CHECK(result.diagnostics[0].code == "E0101");
    CHECK(result.file.items.size() == 1);
  }
}

TEST_CASE("nesting at its limit parses, one more does not") {
  const auto nested = [](size_t depth) {
    return "const X = " + Repeat("(", depth) + "1" + Repeat(")", depth);
  };
  CHECK(Parse(Source("t", nested(kNestingMax)), 0).diagnostics.empty());
  const ParseResult over = Parse(Source("t", nested(kNestingMax + 1)), 0);
  REQUIRE(over.diagnostics.size() == 1);
  CHECK(over.diagnostics[0].code == "E0103");
}

TEST_CASE("chains of operators are walked, not nested") {
  const auto sum = [](size_t terms) { return "const X = 1" + Repeat(" + 1", terms - 1); };
  CHECK(Parse(Source("t", sum(kExpressionHeightMax + 1)), 0).diagnostics.empty());
  const ParseResult over = Parse(Source("t", sum(kExpressionHeightMax + 2)), 0);
  REQUIRE(over.diagnostics.size() == 1);
  CHECK(over.diagnostics[0].code == "E0103");
  // Whatever grows on from there is the same mistake.
  const std::string head = "const X = 1";
  for (const std::string& chain :
       {sum(100'000), head + Repeat(" - 1 * 2", 5'000), "const X = a" + Repeat(".b", 10'000),
        "const X = f" + Repeat("(1)", 10'000), "const X = a" + Repeat("[0]", 10'000),
        "const X = a" + Repeat("[0:1]", 10'000), "const X = a" + Repeat(" and a", 10'000),
        "const X = a" + Repeat(" == a", 10'000), "const X = \"\"" + Repeat(" + \"\"", 10'000),
        "fn f() { a" + Repeat("[0]", 10'000) + "() }"}) {
    const ParseResult result = Parse(Source("t", chain), 0);
    CAPTURE(chain.substr(0, 30));
    REQUIRE(result.diagnostics.size() == 1);
    CHECK(result.diagnostics[0].code == "E0103");
    CHECK(RenderDiagnostic(result.diagnostics[0], {Source("t", chain)}).size() < 1000);
  }
  // Lists and strings are as wide as one likes.
  const std::string wide =
      "const X = [" + Repeat("1, ", 20'000) + "]\nconst Y = \"" + Repeat("${a} ", 5'000) + "\"";
  CHECK(Parse(Source("t", wide), 0).diagnostics.empty());
}

// Brackets and chains each stay under their own limit, but a stage that recurses sees their
// product.
TEST_CASE("chains inside of chains count together") {
  const std::string chain = Repeat(" + 1", kExpressionHeightMax - 10);
  const struct {
    std::string open, close;
  } kinds[] = {{"f(", ")"},
               {"(", ")"},
               {"{a: ", "}"},
               {"\"${", "}\""},
               {"fork i in [1] { yield ", " }"},
               {"context { user ", " }"}};
  for (const auto& kind : kinds) {
    CAPTURE(kind.open);
    const auto nested = [&](size_t depth) {
      std::string text = "1";
      for (size_t i = 0; i < depth; ++i) text = kind.open + text + chain + kind.close;
      return Source("t", "const X = " + text + "\n");
    };
    CHECK(Parse(nested(1), 0).diagnostics.empty());
    const ParseResult result = Parse(nested(90), 0);
    REQUIRE(result.diagnostics.size() == 1);
    CHECK(result.diagnostics[0].code == "E0103");
  }
}

TEST_CASE("numbers at the ends of their ranges, and behind them") {
  const auto first = [](const std::string& value) {
    const ParseResult result = Parse(Source("t", "const X = " + value + "\n"), 0);
    REQUIRE(result.diagnostics.size() < 2);
    return result.diagnostics.empty() ? std::string() : result.diagnostics[0].title;
  };
  const std::string no_int = "the number does not fit an int";
  const std::string no_float = "the number does not fit a float";
  const struct {
    std::string value, title;
  } cases[] = {{"9223372036854775807", ""},
               {"-9223372036854775807", ""},
               {"-9223372036854775808", ""},
               {"- 9_223_372_036_854_775_808", ""},
               {"9223372036854775808", no_int},
               {"1 - 9223372036854775808", no_int},
               {"-(9223372036854775808)", no_int},
               {"-9223372036854775809", no_int},
               {std::string(100'000, '9'), no_int},
               {"0x7fffffffffffffff", "`0x7fffffffffffffff` is no number"},
               {"0xffffffffffffffff", no_int},
               {"1.0e308", ""},
               {"1.0e309", no_float},
               {std::string(400, '1') + ".0", no_float},
               {"9223372036854775807ms", ""},
               {"9223372036854775808ms", "the duration is too long"},
               {"2562047788016h", "the duration is too long"}};
  for (const auto& c : cases) {
    CAPTURE(c.value);
    CHECK(first(c.value) == c.title);
  }
  const ParseResult large = Parse(Source("t", "const X = 123456789012345678901234567890"), 0);
  REQUIRE(large.diagnostics.size() == 1);
  CHECK(large.diagnostics[0].helps ==
        std::vector<std::string>{
            "an int has 64 bits: from -9223372036854775808 to 9223372036854775807"});
}

TEST_CASE("programs too large or not UTF-8 are refused as a whole") {
  const ParseResult large = Parse(Source("t", std::string(kProgramBytesMax + 1, ' ')), 0);
  REQUIRE(large.diagnostics.size() == 1);
  CHECK(large.diagnostics[0].code == "E0113");
  CHECK(Parse(Source("t", std::string(kProgramBytesMax, ' ')), 0).diagnostics.empty());
  for (const char* text : {"// \xff\n", "\xc3", "const X = \"\xed\xa0\x80\"", "a\x80"}) {
    const ParseResult bad = Parse(Source("t", text), 0);
    REQUIRE(bad.diagnostics.size() == 1);
    CHECK(bad.diagnostics[0].code == "E0114");
    const auto byte = static_cast<unsigned char>(text[bad.diagnostics[0].span.begin]);
    CHECK(byte >= 0x80);
  }
}

TEST_CASE("bytes that are UTF-8 but nothing else") {
  const std::string nul("const X = \0 1", 13);
  CHECK(HasErrors(Parse(Source("t", nul), 0).diagnostics));
  const ParseResult marked = Parse(Source("t",
                                          "\xef\xbb\xbf"
                                          "const X = 1\n"),
                                   0);
  CHECK(marked.diagnostics.empty());  // a byte order mark
  CHECK(marked.complete);
  const Source behind("t",
                      "\xef\xbb\xbf"
                      "const X = 1 ?\n");
  const ParseResult wrong = Parse(behind, 0);
  REQUIRE(wrong.diagnostics.size() == 1);
  CHECK(wrong.diagnostics[0].span.begin >= 3);
  CHECK(RenderDiagnostic(wrong.diagnostics[0], {behind}).find("const X = 1 ?") !=
        std::string::npos);
  CHECK(behind.PlaceOf(3).column == 1);
  CHECK(behind.PlaceOf(0).column == 1);
  // Places behind wide characters are bytes.
  const std::string wide = "// \xf0\x9f\x98\x80\nconst X = \"\xe2\x82\xac\" +\n";
  const ParseResult result = Parse(Source("t", wide), 0);
  REQUIRE(result.diagnostics.size() == 1);
  CHECK(result.diagnostics[0].span.begin >= wide.find('+') + 1);
}

TEST_CASE("mistakes are told apart and the rest is kept") {
  const Source source("t.lmp",
                      "fn a() -> int {\n"
                      "  let x = 1 +\n"
                      "  let y = (2 3)\n"
                      "  let z = 4\n"
                      "  user \"${z} ${}\"\n"
                      "  return y\n"
                      "}\n"
                      "record R { f: int  g: ?  h: string }\n"
                      "fn c() -> int { return 3 }\n");
  const ParseResult result = Parse(source, 0);
  std::string rendered;
  for (const Diagnostic& d : result.diagnostics) rendered += RenderDiagnostic(d, {source});
  CAPTURE(rendered);
  CHECK(result.diagnostics.size() == 4);
  for (const Diagnostic& d : result.diagnostics) CHECK(d.span.end <= source.text().size());
  CHECK_FALSE(result.complete);
  const std::string tree = testing::TreeText(result.file);
  CHECK(tree.find("(let z _ 4)") != std::string::npos);
  CHECK(tree.find("(fn c [] int {(return 3)})") != std::string::npos);
  CHECK(tree.find("(f int _ _) (h string _ _)") != std::string::npos);
}

TEST_CASE("never more diagnostics than the limit, in order of place") {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "fn f" + std::to_string(i) + "() { let = = 3 }\n";
  const ParseResult result = Parse(Source("t", text), 0);
  CHECK(result.diagnostics.size() == kDiagnosticsMax);
  CHECK_FALSE(result.diagnostics.back().notes.empty());
  for (size_t i = 1; i < result.diagnostics.size(); ++i) {
    CHECK(result.diagnostics[i - 1].span.begin <= result.diagnostics[i].span.begin);
  }
}

// Every mistake is looked at, and repairs are tried, within a budget of work.
TEST_CASE("many mistakes in one long function end in bounded time") {
  std::string text = "fn f() {\n";
  for (int i = 0; i < 8000; ++i)
    text += "  let x = [1, 2 3]\n  for y of [1] { elif }\n  let = = 3\n";
  text += "}\n";
  const std::clock_t start = std::clock();
  const ParseResult result = Parse(Source("t", text), 0);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  CHECK(HasErrors(result.diagnostics));
  CHECK(result.diagnostics.size() <= kDiagnosticsMax);
  MESSAGE(text.size() << " bytes, " << result.diagnostics.size() << " reports, " << seconds
                      << " s");
  CHECK(seconds < kSlow * 12);
}

TEST_CASE("a large program parses in linear time") {
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += "fn f" + std::to_string(i) +
            "(a: string) -> string {\n  user \"x ${a}\"\n  gen r with max: 10\n  return r\n}\n";
  }
  const std::clock_t start = std::clock();
  const ParseResult result = Parse(Source("t", text), 0);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  CHECK(result.file.items.size() == 3000);
  CHECK(seconds < kSlow * 3);  // 0.3 s in a release build
  MESSAGE("parsed " << text.size() << " bytes in " << seconds << " s");
}

}  // namespace
}  // namespace lmp
