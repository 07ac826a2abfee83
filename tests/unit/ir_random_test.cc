// Random programs: the text form comes back byte for byte, and every pass, alone and together,
// keeps result, emitted texts and the questions asked of the model.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "ir/evaluate.h"
#include "ir/parse.h"
#include "ir/pass.h"
#include "ir/plan.h"
#include "ir/print.h"
#include "ir/rewrite.h"
#include "ir/verify.h"
#include "tests/support/ir_random.h"
#include "tests/support/sanitized.h"

namespace lmp::ir {
namespace {

constexpr uint64_t kSeeds = testing::kSanitized ? 100 : 500;

Evaluation Run(const Program& program, uint64_t seed) {
  HashModel model;
  EvaluateOptions options;
  options.seed = seed;
  return Evaluate(program, "main", RandomArguments(seed), &model, options);
}

std::multiset<std::string> Questions(const Evaluation& evaluation) {
  std::multiset<std::string> questions;
  for (const Generation& g : evaluation.generations) {
    questions.insert(g.site + " " + std::to_string(g.site_hash) + " " + g.prompt + " -> " +
                     ToJsonText(g.value));
  }
  return questions;
}

// `fewer`: the pass may leave out generations.
void CheckSame(const Evaluation& before, const Evaluation& after, bool fewer,
               const std::string& text) {
  // What nobody reads need not fail.
  if (!before.status.ok()) return;
  INFO(text);
  REQUIRE_MESSAGE(after.status.ok(), after.status.message());
  CHECK(after.value == before.value);
  CHECK(after.emits == before.emits);
  const auto had = Questions(before);
  const auto has = Questions(after);
  CHECK(std::includes(had.begin(), had.end(), has.begin(), has.end()));
  if (!fewer) CHECK(has.size() == had.size());
}

}  // namespace

TEST_CASE("random programs: text form") {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Program program = RandomProgram(seed);
    const std::string text = Print(program);
    const ParseOutcome outcome = Parse(text);
    CAPTURE(seed);
    REQUIRE_MESSAGE(outcome.program.has_value(), outcome.diagnostics.front().title);
    REQUIRE(Print(*outcome.program) == text);
    REQUIRE(Verify(*outcome.program).empty());
    for (Graph& graph : program.functions) Compact(&graph);
    REQUIRE(Print(program) == text);
  }
}

TEST_CASE("random programs: every pass keeps what the evaluator finds") {
  std::map<std::string, int64_t> counted;
  int ran_well = 0;
  int64_t generations = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    const Program program = RandomProgram(seed);
    const Evaluation before = Run(program, seed);
    ran_well += before.status.ok() ? 1 : 0;
    generations += static_cast<int64_t>(before.generations.size());
    std::vector<PassOptions> runs(1);
    for (const Pass& pass : AllPasses()) runs.push_back({{std::string(pass.name)}, {}});
    for (const PassOptions& options : runs) {
      const Result<PassOutcome> outcome = RunPasses(program, options);
      REQUIRE_MESSAGE(outcome.ok(), outcome.status().message());
      for (const PassReport& report : outcome->reports) {
        for (const auto& [name, count] : report.counters)
          counted[report.name + ": " + name] += count;
      }
      const bool fewer = options.only.empty() || options.only[0] == "dead_code";
      CAPTURE(options.only.size());
      CheckSame(before, Run(outcome->program, seed), fewer,
                options.only.empty() ? "all" : options.only[0]);
      // A pass may run on what it has made.
      if (!options.only.empty() && seed % 5 == 0) {
        const Result<PassOutcome> again = RunPasses(outcome->program, options);
        REQUIRE_MESSAGE(again.ok(), again.status().message());
        CheckSame(before, Run(again->program, seed), fewer, "again");
      }
    }
  }
  // The programs reach every rewrite, and most of them run to their end.
  CHECK(ran_well > static_cast<int>(kSeeds) * 3 / 4);
  CHECK(generations > static_cast<int64_t>(kSeeds) * 5);
  for (const char* name :
       {"fold_text: constants computed", "fold_text: branches decided", "fold_text: texts split",
        "fold_text: texts merged", "unroll_loops: loops unrolled",
        "parallelize: functions without effect", "parallelize: calls without effect",
        "parallelize: values no longer threaded", "parallelize: loops made forks",
        "dead_code: generations removed", "dead_code: operations removed",
        "dead_code: carried values removed", "pipeline: forks over growing lists",
        "early_start: contexts prepared", "early_start: calls begun early",
        "last_use: contexts dropped"}) {
    CAPTURE(std::string(name));
    CHECK(counted[name] >= (testing::kSanitized ? 2 : 10));
  }
}

TEST_CASE("random programs: plans") {
  int affine = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    const auto program = std::make_shared<const Program>(RandomProgram(seed));
    const Result<PlanRef> plan = MakePlan(program);
    REQUIRE(plan.ok());
    const Result<PlanRef> again = MakePlan(program);
    CHECK((*plan)->ComputeDigest() == (*again)->ComputeDigest());
    // The bounds hold for what a run asks.
    const Evaluation run = Run(*(*plan)->program, seed);
    const Bounds& bounds = (*plan)->Find("main")->bounds;
    const std::vector<Value> arguments = RandomArguments(seed);
    const Graph& main = *(*plan)->program->Find("main");
    const auto most = MostOf(bounds.questions, main, arguments);
    if (most) CHECK(static_cast<int64_t>(run.generations.size()) <= *most);
    affine += bounds.questions.known() && !bounds.questions.constant() ? 1 : 0;
    const bool known = bounds.questions.known() && bounds.tokens.known() && bounds.contexts.known();
    CHECK(bounds.reason.empty() == known);
  }
  CHECK(affine > 5);
}

TEST_CASE("random programs: a seed is a program") {
  CHECK(Print(RandomProgram(3)) == Print(RandomProgram(3)));
  CHECK(Print(RandomProgram(3)) != Print(RandomProgram(4)));
}

}  // namespace lmp::ir
