// Programs that ask no model: exec and the sequential evaluator find the same.
#include <doctest/doctest.h>

#include <string>

#include "ir/evaluate.h"
#include "tests/support/exec_harness.h"
#include "tests/support/ir_random.h"

namespace lmp {
namespace {

bool AsksModel(const ir::Program& program) {
  for (const ir::Graph& graph : program.functions) {
    for (const ir::Op& op : graph.ops) {
      if (op.kind == ir::OpKind::kGen || op.kind == ir::OpKind::kSelect) return true;
    }
  }
  return false;
}

TEST_CASE("random programs that ask no model: exec and the evaluator agree") {
  exec::Loop loop(testing::MakeDigestEngine({}));
  ir::RandomProgramOptions options;
  options.statements_max = 3;
  int found = 0, failed = 0, emitting = 0;
  for (uint64_t seed = 0; found < 150; ++seed) {
    REQUIRE(seed < 20'000);
    ir::Program program = ir::RandomProgram(seed, options);
    if (AsksModel(program)) continue;
    ++found;
    CAPTURE(seed);
    ir::HashModel model;
    const ir::Evaluation expected =
        ir::Evaluate(program, "main", ir::RandomArguments(seed, options), &model);
    const testing::RunOutcome got = testing::RunOn(
        loop, testing::BindProgram(std::move(program), false), ir::RandomArguments(seed, options));
    REQUIRE_MESSAGE(got.result.ok == expected.status.ok(),
                    got.result.failure.message << expected.status.message());
    failed += expected.status.ok() ? 0 : 1;
    if (!expected.status.ok()) continue;
    CHECK(got.result.value == expected.value);
    std::string emitted;
    for (const std::string& text : expected.emits) emitted += text;
    CHECK(got.emitted == emitted);
    emitting += emitted.empty() ? 0 : 1;
  }
  CHECK(emitting > 10);
  MESSAGE("programs that fail: " << failed << ", that emit: " << emitting);
}

}  // namespace
}  // namespace lmp
