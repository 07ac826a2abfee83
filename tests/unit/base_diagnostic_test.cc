#include <doctest/doctest.h>

#include <string>

#include "runtime/base/diagnostic.h"
#include "runtime/base/json.h"

namespace lmp {
namespace {

Span SpanOf(const Source& source, std::string_view text, uint32_t index = 0) {
  const size_t at = source.text().find(text);
  REQUIRE(at != std::string::npos);
  return {index, static_cast<uint32_t>(at), static_cast<uint32_t>(at + text.size())};
}

TEST_CASE("places are lines and code points") {
  const Source source("x.lmp", "ab\r\n\xc3\xa9\tz\n\nlast");
  const struct {
    uint32_t offset, line, column;
  } cases[] = {{0, 1, 1}, {2, 1, 3},  {4, 2, 1},  {6, 2, 2},   {7, 2, 3},
               {9, 3, 1}, {10, 4, 1}, {14, 4, 5}, {1000, 4, 5}};
  for (const auto& c : cases) {
    CAPTURE(c.offset);
    CHECK(source.PlaceOf(c.offset).line == c.line);
    CHECK(source.PlaceOf(c.offset).column == c.column);
  }
  CHECK(source.Line(1) == "ab");
  CHECK(source.Line(2) == "\xc3\xa9\tz");
  CHECK(source.Line(3) == "");
  CHECK(source.Line(4) == "last");
  CHECK(source.Line(0) == "");
  CHECK(source.Line(5) == "");
}

TEST_CASE("a diagnostic with two places, far apart") {
  std::string text;
  for (int i = 1; i <= 21; ++i) text += "\n";
  text += "  let talk = context { }\n\n\n\n\n    on talk { user said }\n";
  const std::vector<Source> sources = {Source("chat.lmp", text)};
  Diagnostic diagnostic;
  diagnostic.code = "E0340";
  diagnostic.title = "`on` needs a context variable it may change";
  const auto at = static_cast<uint32_t>(text.find("on talk {") + 3);
  diagnostic.span = {0, at, at + 4};
  diagnostic.label = "this block would extend it";
  diagnostic.secondary.push_back({SpanOf(sources[0], "let"), "`talk` is a constant"});
  diagnostic.helps = {"keep the extension:  var talk = context { ... }", "or:\non copy talk"};
  CHECK(RenderDiagnostic(diagnostic, sources) ==
        "error[E0340]: `on` needs a context variable it may change\n"
        "  --> chat.lmp:27:8\n"
        "   |\n"
        "22 |   let talk = context { }\n"
        "   |   --- `talk` is a constant\n"
        "...\n"
        "27 |     on talk { user said }\n"
        "   |        ^^^^ this block would extend it\n"
        "   = help: keep the extension:  var talk = context { ... }\n"
        "   = help: or:\n"
        "           on copy talk\n");
}

TEST_CASE("tabs, wide text, several lines, end of text and other files") {
  const std::vector<Source> sources = {Source("a.lmp", "\t\xc3\xa9 bad {\n  more\n}"),
                                       Source("b.lmp", "let x = 1")};
  Diagnostic diagnostic;
  diagnostic.severity = Severity::kLint;
  diagnostic.code = "L102";
  diagnostic.title = "t";
  const auto bad = static_cast<uint32_t>(sources[0].text().find("bad"));
  diagnostic.span = {0, bad, static_cast<uint32_t>(sources[0].text().size())};
  diagnostic.secondary.push_back({{0, diagnostic.span.end, diagnostic.span.end}, "ends here"});
  diagnostic.secondary.push_back({SpanOf(sources[1], "x", 1), "declared here"});
  diagnostic.notes = {"why"};
  CHECK(RenderDiagnostic(diagnostic, sources) ==
        "lint[L102]: t\n"
        " --> a.lmp:1:4\n"
        "  |\n"
        "1 |  \xc3\xa9 bad {\n"
        "  |    ^^^^^\n"
        "2 |   more\n"
        "3 | }\n"
        "  |  - ends here\n"
        " ::: b.lmp:1:5\n"
        "  |\n"
        "1 | let x = 1\n"
        "  |     - declared here\n"
        "  = note: why\n");
  CHECK(RenderDiagnostic(diagnostic, sources, {.color = true}).find("\x1b[") != std::string::npos);
  // A place in no known source still prints.
  diagnostic.span.source = 9;
  diagnostic.secondary.clear();
  CHECK(RenderDiagnostic(diagnostic, sources) == "lint[L102]: t\n  = note: why\n");
}

TEST_CASE("long lines are cut around the mark, and marks with them") {
  const std::string before(1'000'000, 'a');
  const std::vector<Source> sources = {
      Source("x.lmp", before + "HERE" + std::string(500, 'b') + "\nshort\n")};
  Diagnostic diagnostic;
  diagnostic.title = std::string(5000, 't');
  diagnostic.span = SpanOf(sources[0], "HERE");
  diagnostic.label = "this";
  diagnostic.secondary.push_back({{0, 0, 3}, "far before"});
  diagnostic.secondary.push_back({{0, 0, 1'000'500}, "all"});
  CHECK(RenderDiagnostic(diagnostic, sources) ==
        "error: " + std::string(600, 't') + "...\n --> x.lmp:1:1000001\n  |\n1 | ..." +
            std::string(60, 'a') + "HERE" + std::string(96, 'b') +
            "...\n  |    - far before\n  |    " + std::string(160, '-') + " all\n  |    " +
            std::string(60, ' ') + "^^^^ this\n");
  diagnostic.secondary.clear();
  diagnostic.title = "t";
  diagnostic.span = {0, 1'000'503, 1'000'504};  // the end of the line is not cut
  const std::string end = RenderDiagnostic(diagnostic, sources);
  CHECK(end.find("b\n") != std::string::npos);
  CHECK(end.size() < 600);
}

TEST_CASE("nothing in a source or its name drives a terminal") {
  const std::vector<Source> sources = {
      Source("x\x1b.lmp", "a\x1b[31m\x7f\x01 \xc2\x9b z \xe2\x80\xae \xff\xc3 q\n")};
  Diagnostic diagnostic;
  diagnostic.title = "title \x07";
  diagnostic.span = SpanOf(sources[0], "z");
  diagnostic.label = "label \x1b[0m";
  diagnostic.helps = {"two\nlines \x1b"};
  CHECK(RenderDiagnostic(diagnostic, sources) ==
        "error: title \u2407\n"
        " --> x\u241b.lmp:1:12\n"
        "  |\n"
        "1 | a\u241b[31m\u2421\u2401 \ufffd z \ufffd \ufffd\ufffd q\n"
        "  |            ^ label \u241b[0m\n"
        "  = help: two\n"
        "          lines \u241b\n");
}

TEST_CASE("JSON form is one line and complete") {
  const std::vector<Source> sources = {Source("a.lmp", "let x == 1\n")};
  Diagnostic diagnostic;
  diagnostic.code = "E0100";
  diagnostic.title = "t";
  diagnostic.span = SpanOf(sources[0], "==");
  diagnostic.helps = {"write `=`"};
  diagnostic.fixes = {{diagnostic.span, "="}};
  const std::string line = DiagnosticToJson(diagnostic, sources);
  CHECK(line.find('\n') == std::string::npos);
  const Result<Json> json = ParseJson(line);
  REQUIRE(json.ok());
  CHECK((*json)["severity"] == "error");
  CHECK((*json)["file"] == "a.lmp");
  CHECK((*json)["line"] == 1);
  CHECK((*json)["column"] == 7);
  CHECK((*json)["end_column"] == 9);
  CHECK((*json)["fixes"][0]["replacement"] == "=");
  CHECK((*json)["fixes"][0]["column"] == 7);
}

TEST_CASE("fixes apply in order of place, whatever order they are listed in") {
  const Source source("a.lmp", "elif x == True:\n");
  Diagnostic diagnostic;
  diagnostic.fixes = {{SpanOf(source, "True"), "true"},
                      {SpanOf(source, "elif"), "else if"},
                      {{0, 14, 15}, " {"},
                      {{0, 16, 16}, "}\n"},
                      {{1, 0, 4}, "another file"}};
  CHECK(ApplyFixes(diagnostic, source, 0) == "else if x == true {\n}\n");
  // Fixes out of range or overlapping never throw.
  diagnostic.fixes = {{{0, 2, 900}, "x"}, {{0, 1, 5}, "y"}, {{0, 800, 3}, "z"}};
  CHECK(ApplyFixes(diagnostic, source, 0) == "eyxz");
}

TEST_CASE("only errors count as errors") {
  CHECK_FALSE(HasErrors({}));
  Diagnostic lint;
  lint.severity = Severity::kLint;
  CHECK_FALSE(HasErrors({lint}));
  CHECK(HasErrors({lint, Diagnostic{}}));
}

}  // namespace
}  // namespace lmp
