// The time line of a run: what ran is there, inside what holds it, and lines do not overlap.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "runtime/api/lmp.h"
#include "runtime/base/json.h"
#include "runtime/base/limits.h"
#include "tests/support/api_model.h"

namespace lmp {
namespace {

constexpr const char* kProgram = R"(
@effect(read) tool look(id: string) -> string = host("look")
fn ask(q: string) -> string { user q  gen a with max: 6, min: 6  return a }
fn main() -> string {
  let found = fork id in ["a", "b", "c"] { yield ask(look(id)) }
  let late = try ask(look("nobody")) else "nothing"
  emit late
  return "${found}"
}
fn rounds(n: int) -> int {
  var sum = 0
  for i in 0..n { sum = one(sum) }
  return sum
}
fn one(x: int) -> int { emit ""  return x + 1 }
)";

struct World {
  const testing::TempFile file{testing::ApiModelBytes()};
  ProgramRef program = Compile("trace.lmp", kProgram).program;
  std::unique_ptr<Engine> engine;

  World() {
    auto loaded = Engine::Load({.model = file.path(), .threads = 1});
    REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
    engine = std::move(loaded).value();
    engine->SetTool("look", [](const ToolCall& call) -> Result<std::string> {
      if (call.arguments_json.find("nobody") != std::string_view::npos) return NotFound("no");
      return std::string("\"it\"");
    });
  }
  RunReport Run(const std::string& function, const std::string& arguments, RunOptions options) {
    auto run = engine->Start(program, function, arguments, std::move(options));
    REQUIRE_MESSAGE(run.ok(), run.status().message());
    return run.value()->Wait();
  }
};

struct Bar {
  double begin = 0, end = 0;
  bool Holds(const Bar& other) const { return begin <= other.begin && other.end <= end; }
  bool Before(const Bar& other) const { return end <= other.begin; }
};

}  // namespace

TEST_CASE("trace: what ran, where it stands, what it cost") {
  World world;
  const RunReport report = world.Run("main", "{}", {.trace = true});
  REQUIRE(report.ok);
  const Result<Json> trace = ParseJson(report.trace);
  REQUIRE(trace.ok());
  CHECK((*trace)["otherData"]["ended"] == "done");
  std::map<std::string, int> kinds, ended;
  std::map<int, std::vector<Bar>> lines;
  int first_texts = 0, tokens = 0;
  for (const Json& event : (*trace)["traceEvents"]) {
    if (event["ph"] == "i") ++first_texts;
    if (event["ph"] != "X") continue;
    const double begin = event["ts"].get<double>();
    const Bar bar{begin, begin + event["dur"].get<double>()};
    CHECK(bar.begin >= 0);
    CHECK(bar.end <= (*trace)["otherData"]["microseconds"].get<double>() + 0.001);
    lines[event["tid"].get<int>()].push_back(bar);
    ++kinds[event["cat"].get<std::string>()];
    ++ended[event["args"]["ended"].get<std::string>()];
    if (event["cat"] == "gen") {
      CHECK(event["name"] == "a");
      CHECK(event["args"]["place"] == "trace.lmp:3:43");
      tokens += event["args"]["generated tokens"].get<int>();
    }
  }
  CHECK(kinds["gen"] == 3);
  CHECK(kinds["tool"] == 4);
  CHECK(kinds["call"] == 7);  // three of `ask`, and one around each tool
  CHECK(kinds["fork"] == 1);
  CHECK(kinds["try"] == 1);
  CHECK(ended["tool"] == 2);  // the tool that failed and its call; the try around it is done
  CHECK(first_texts == 3);
  CHECK(tokens == report.stats.generated_tokens);
  CHECK(lines.size() >= 3);  // children of a fork are at work at the same time
  for (const auto& [line, bars] : lines) {
    for (size_t i = 0; i < bars.size(); ++i) {
      for (size_t k = i + 1; k < bars.size(); ++k)
        CHECK((bars[i].Holds(bars[k]) || bars[i].Before(bars[k])));
    }
  }
  CHECK(world.Run("main", "{}", {}).trace.empty());
}

TEST_CASE("trace: a run that is cancelled has one") {
  World world;
  auto run = world.engine->Start(world.program, "rounds", R"({"n": 900000})", {.trace = true});
  REQUIRE(run.ok());
  run.value()->Cancel();
  const Result<Json> trace = ParseJson(run.value()->Wait().trace);
  REQUIRE(trace.ok());
  CHECK((*trace)["otherData"]["ended"] == run.value()->Wait().failure.kind);
}

TEST_CASE("trace: what is beyond the limit is counted") {
  World world;
  // The loop, and one call in each round.
  const auto traced = [&](size_t rounds) {
    const RunReport report =
        world.Run("rounds", "{\"n\": " + std::to_string(rounds) + "}", {.trace = true});
    REQUIRE_MESSAGE(report.ok, report.failure.message);
    return ParseJson(report.trace).value();
  };
  const Json at = traced(kTraceSpansMax - 1);
  CHECK(!at["otherData"].contains("operations left out"));
  CHECK(at["traceEvents"].size() == kTraceSpansMax + 1);
  const Json above = traced(kTraceSpansMax + 1);
  CHECK(above["otherData"]["operations left out"] == 2);
  CHECK(above["traceEvents"].size() == kTraceSpansMax + 1);
}

}  // namespace lmp
