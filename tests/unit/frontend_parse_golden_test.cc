// Reads tests/lang/newcomer and tests/lang/syntax. What the parser reports must be in the file's
// stderr section; a newcomer's mistake is one diagnostic whose fix, applied mechanically, parses.
// (The whole of that section is checked with the command line by tests/tools/golden.py.)
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "frontend/parse.h"

namespace lmp {
namespace {

struct Golden {
  std::string name;
  std::string program;
  std::string errors;
};

std::vector<Golden> ReadGoldens(const char* folder) {
  std::vector<Golden> goldens;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".lmp") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    const std::string mark = "\n//--- stderr\n";
    const size_t cut = text.find(mark);
    Golden golden{entry.path().filename().string(),
                  text.substr(0, cut + (cut < text.size() ? 1 : 0)),
                  cut < text.size() ? text.substr(cut + mark.size()) : ""};
    goldens.push_back(std::move(golden));
  }
  std::sort(goldens.begin(), goldens.end(),
            [](const Golden& a, const Golden& b) { return a.name < b.name; });
  return goldens;
}

std::string Render(const std::vector<Diagnostic>& diagnostics, const Source& source) {
  std::string text;
  for (const Diagnostic& d : diagnostics) text += RenderDiagnostic(d, {source});
  return text;
}

TEST_CASE("syntax goldens") {
  const auto goldens = ReadGoldens("tests/lang/syntax");
  CHECK(goldens.size() >= 20);
  for (const Golden& golden : goldens) {
    CAPTURE(golden.name);
    const Source source(golden.name, golden.program);
    CHECK(Render(Parse(source, 0).diagnostics, source) == golden.errors);
  }
}

// Mistakes that only name resolution and types can see parse without a diagnostic.
TEST_CASE("a newcomer's mistake is one diagnostic, and its fix parses") {
  const auto goldens = ReadGoldens("tests/lang/newcomer");
  size_t syntactic = 0;
  for (const Golden& golden : goldens) {
    CAPTURE(golden.name);
    const Source source(golden.name, golden.program);
    const ParseResult result = Parse(source, 0);
    if (result.diagnostics.empty()) continue;
    ++syntactic;
    const std::string rendered = Render(result.diagnostics, source);
    CHECK(rendered == golden.errors);
    REQUIRE_MESSAGE(result.diagnostics.size() == 1, rendered);
    CHECK(result.complete);  // it was mended, so nothing is missing from the tree
    REQUIRE_FALSE(result.diagnostics[0].fixes.empty());
    const Source fixed("fixed.lmp", ApplyFixes(result.diagnostics[0], source, 0));
    const ParseResult again = Parse(fixed, 0);
    CHECK_MESSAGE(again.diagnostics.empty(), fixed.text() << Render(again.diagnostics, fixed));
  }
  CHECK(syntactic >= 40);
}

// Nothing behind a mistake that has no certain fix is lost, and nothing is offered for it.
TEST_CASE("a mistake without a certain fix is one diagnostic with a help") {
  const auto goldens = ReadGoldens("tests/lang/advice");
  CHECK(goldens.size() >= 14);
  for (const Golden& golden : goldens) {
    CAPTURE(golden.name);
    const Source source(golden.name, golden.program);
    const ParseResult result = Parse(source, 0);
    if (result.diagnostics.empty()) continue;  // the checker's
    const std::string rendered = Render(result.diagnostics, source);
    CHECK(rendered == golden.errors);
    REQUIRE_MESSAGE(result.diagnostics.size() == 1, rendered);
    CHECK(result.diagnostics[0].fixes.empty());
    CHECK_FALSE(result.diagnostics[0].helps.empty());
    CHECK(result.complete);
  }
}

TEST_CASE("every syntax diagnostic occurs in a golden") {
  std::set<std::string> seen = {"E0103", "E0113", "E0114"};  // frontend_parse_errors_test.cc
  for (const char* folder : {"tests/lang/syntax", "tests/lang/newcomer"}) {
    for (const Golden& golden : ReadGoldens(folder)) {
      const Source source(golden.name, golden.program);
      for (const Diagnostic& d : Parse(source, 0).diagnostics) seen.insert(d.code);
    }
  }
#define LMP_DIAGNOSTIC(code, name, summary) \
  if (std::string(#code).substr(0, 3) == "E01") CHECK_MESSAGE(seen.count(#code) == 1, #code);
#include "frontend/diagnostics.def"
  CHECK(seen.count("E0320") == 1);
}

}  // namespace
}  // namespace lmp
