// The programs of tests/lang/newcomer through the whole front end: one diagnostic each (an error
// for those named fail_, a lint for those named lint_), and its fix, applied mechanically, gives a
// program that compiles and in which nothing is found any more.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "frontend/compile.h"

namespace lmp::frontend {
namespace {

std::string Render(const CompileResult& result) {
  std::string text;
  for (const Diagnostic& d : result.diagnostics) text += RenderDiagnostic(d, result.sources);
  return text;
}

TEST_CASE("a newcomer's mistake is one diagnostic whose fix compiles") {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/lang/newcomer")) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const size_t sections = text.find("//--- ");
    const std::string name = entry.path().filename().string();
    CAPTURE(name);
    const CompileResult wrong = Compile(name, text.substr(0, sections));
    const std::string found = Render(wrong);
    CAPTURE(found);
    CHECK((wrong.program == nullptr) == name.starts_with("fail_"));
    REQUIRE(wrong.diagnostics.size() == 1);
    const std::string fixed = ApplyFixes(wrong.diagnostics[0], wrong.sources[0], 0);
    CAPTURE(fixed);
    const CompileResult right = Compile("fixed.lmp", fixed);
    CHECK_MESSAGE(right.diagnostics.empty(), Render(right));
    CHECK(right.program != nullptr);
    ++count;
  }
  CHECK(count >= 340);
}

TEST_CASE("a mistake without a certain fix is one diagnostic with a help and no fix") {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/lang/advice")) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const std::string name = entry.path().filename().string();
    CAPTURE(name);
    const CompileResult wrong = Compile(name, text.substr(0, text.find("//--- ")));
    CHECK(wrong.program == nullptr);
    REQUIRE_MESSAGE(wrong.diagnostics.size() == 1, Render(wrong));
    CHECK(wrong.diagnostics[0].fixes.empty());
    CHECK_FALSE(wrong.diagnostics[0].helps.empty());
    ++count;
  }
  CHECK(count >= 14);
}

}  // namespace
}  // namespace lmp::frontend
