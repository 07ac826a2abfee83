// Every program in docs/LANGUAGE.md and docs/CHEATSHEET.md and every example compiles without a
// diagnostic.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "frontend/compile.h"

namespace lmp::frontend {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file.good());
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void CheckClean(const std::string& name, const std::string& text) {
  CompileResult result = Compile(name, text);
  std::string found;
  for (const Diagnostic& d : result.diagnostics) found += RenderDiagnostic(d, result.sources);
  CAPTURE(name);
  CAPTURE(found);
  CHECK(result.program != nullptr);
  CHECK(result.diagnostics.empty());
}

// Compiles the programs of a page; how many there are.
int CheckPage(const std::string& name) {
  const std::string text = ReadFile("docs/" + name);
  const std::string open = "```lmp\n";
  int programs = 0;
  for (size_t at = text.find(open); at != std::string::npos; at = text.find(open, at)) {
    at += open.size();
    size_t end = text.find("```", at);
    CheckClean(name + "#" + std::to_string(++programs), text.substr(at, end - at));
  }
  return programs;
}

TEST_CASE("the programs of the pages compile") {
  CHECK(CheckPage("LANGUAGE.md") >= 6);
  CHECK(CheckPage("CHEATSHEET.md") == 1);
}

TEST_CASE("the examples compile and can be run without arguments") {
  for (const char* name : {"examples/rag.lmp", "examples/fork.lmp", "examples/story.lmp"}) {
    const std::string text = ReadFile(name);
    CheckClean(name, text);
    CompileResult result = Compile(name, text);
    const ir::Graph* main = result.program->Find("main");
    REQUIRE(main != nullptr);
    for (const ir::Param& param : main->params) CHECK(param.has_default);
  }
}

}  // namespace
}  // namespace lmp::frontend
