// Tests in programs: what Compile gives of them, and what they say on the evaluator.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "frontend/compile.h"
#include "ir/evaluate.h"
#include "ir/mock.h"
#include "tests/support/read_text_file.h"

namespace lmp::frontend {
namespace {

CompileResult CompileGolden(const std::string& name, bool tests) {
  std::string text = testing::ReadTextFile("tests/lang/tests/" + name);
  text.resize(std::min(text.size(), text.find("//--- std")));
  CompileResult result = Compile(name, std::move(text), {.lints = false, .tests = tests});
  for (const Diagnostic& d : result.diagnostics) MESSAGE(RenderDiagnostic(d, result.sources));
  REQUIRE(result.program != nullptr);
  return result;
}

ir::Evaluation Run(const CompileResult& compiled, const ir::TestCase& test) {
  ir::MockModel model(&test);
  return ir::Evaluate(*compiled.program, test.function, {}, &model);
}

TEST_CASE("tests are functions of a program that is tested, and of no other") {
  CHECK(CompileGolden("mocks.lmp", false).tests.empty());
  CHECK(CompileGolden("mocks.lmp", false).program->functions.size() + 12 ==
        CompileGolden("mocks.lmp", true).program->functions.size());
}

TEST_CASE("what is mocked is what is generated, and stands in the context") {
  const CompileResult compiled = CompileGolden("mocks.lmp", true);
  REQUIRE(compiled.tests.size() == 12);
  for (const ir::TestCase& test : compiled.tests) {
    CAPTURE(test.name);
    const ir::Evaluation run = Run(compiled, test);
    CHECK_MESSAGE(run.status.ok(), run.status.message());
  }
  const ir::Evaluation run = Run(compiled, compiled.tests[6]);  // with feedback: three attempts
  REQUIRE(run.generations.size() == 3);
  CHECK(run.generations[2].prompt ==
        "<|user|>go on<|end|>\n<|assistant|>no<|end|>\n<|user|>too short<|end|>\n"
        "<|assistant|>no<|end|>\n<|user|>too short<|end|>\n<|assistant|>");
}

TEST_CASE("a failure names its kind, its place and the calls that led there") {
  const CompileResult compiled = CompileGolden("fail_tests.lmp", true);
  std::string kinds;
  for (const ir::TestCase& test : compiled.tests) {
    const ir::Evaluation run = Run(compiled, test);
    kinds += (run.status.ok() ? "ok" : run.failure.kind) + " " +
             std::to_string(run.failure.calls.size()) + ", ";
  }
  CHECK(kinds ==
        "check 0, check 0, check 0, mock 1, mock 2, mock 1, mock 1, value 1, "
        "mock 0, mock 1, ok 0, ");
}

}  // namespace
}  // namespace lmp::frontend
