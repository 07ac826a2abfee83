// Recorded runs: repeated without tools they give the same value and the same text, be it that
// tools failed, came too late, or that the time of a `try` was over.
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "runtime/api/lmp.h"
#include "runtime/base/clock_rng.h"
#include "runtime/base/text.h"
#include "tests/support/api_model.h"

namespace lmp {
namespace {

constexpr const char* kProgram = R"(
@effect(read) @retry(1) @timeout(60ms) tool look(id: string) -> string = host("look")
@effect(read) tool hang(id: string) -> string = host("hang")
tool note(text: string) -> int = host("note")

fn ask(q: string) -> string {
  user q
  gen a with max: 6, min: 6, temp: 0.9
  return a
}
fn main(q: string = "x", ids: list<string> = ["a", "b", "c", "d"]) -> string {
  let found = fork id in ids with on_error: "skip" { yield look(id) + ask(id) }
  emit lines(found)
  let late = try look("late") else "nothing"
  try with tokens: 200 {
    try with time: 1s {
      let first = ask("first")
      emit first
      let hung = hang(q)
      let second = ask(hung)
      emit second
    } else e { emit "<${e.kind}: ${e.message}>" }
    let third = ask("third")
    emit third
  } else e { emit "<${e.kind}>" }
  let n = note(late)
  return ask("${found}${late}${n}")
}
fn quick(q: string = "x") -> string { return (try look(q) else "no") + ask(q) }
)";

struct World {
  const testing::TempFile file{testing::ApiModelBytes()};
  ProgramRef program = Compile("record.lmp", kProgram).program;

  std::unique_ptr<Engine> Load() const {
    auto engine = Engine::Load({.model = file.path(), .threads = 1});
    REQUIRE_MESSAGE(engine.ok(), engine.status().message());
    return std::move(engine).value();
  }
  // Every run meets other tools.
  static void SetTools(Engine* engine, uint64_t seed) {
    const auto hang = [](const ToolCall& call) -> Result<std::string> {
      while (!call.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      return Cancelled("given up");
    };
    struct Weather {
      std::mutex mutex;
      Rng rng = Rng(0);
      uint64_t Below(uint64_t n) {  // on threads of tools, several at once
        const std::lock_guard<std::mutex> lock(mutex);
        return rng.Below(n);
      }
    };
    const auto weather = std::make_shared<Weather>();
    weather->rng = Rng(seed);
    engine->SetTool("look", [hang, weather](const ToolCall& call) -> Result<std::string> {
      switch (weather->Below(4)) {
        case 0:
          return Unavailable("closed");
        case 1:
          return hang(call);
        case 2:
          return std::string("nonsense");
        default:
          return "\"saw " + std::to_string(weather->Below(1000)) + "\"";
      }
    });
    engine->SetTool("hang", hang);
    engine->SetTool("note",
                    [](const ToolCall&) -> Result<std::string> { return std::string("7"); });
  }
};

struct Ran {
  RunReport report;
  std::string emitted;
  // Value or failure, and what was emitted.
  std::string Essence() const {
    return (report.ok ? report.value_json : report.failure.kind + ": " + report.failure.message) +
           "\n" + emitted;
  }
};

Ran RunOn(Engine* engine, const ProgramRef& program, const std::string& function,
          RunOptions options, const std::string& arguments = "{}") {
  Ran ran;
  options.on_text = [&](std::string_view text) { ran.emitted += text; };
  auto run = engine->Start(program, function, arguments, options);
  REQUIRE_MESSAGE(run.ok(), run.status().message());
  ran.report = run.value()->Wait();
  return ran;
}

std::string Refused(Engine* engine, const ProgramRef& program, const std::string& function,
                    const RunOptions& options, const std::string& arguments = "{}") {
  auto run = engine->Start(program, function, arguments, options);
  return run.ok() ? "" : run.status().message();
}

TEST_CASE("a run is repeated from its record, whatever its tools did, and asks nobody") {
  const World world;
  REQUIRE(world.program != nullptr);
  const auto engine = world.Load();
  World::SetTools(engine.get(), 1);
  const Ran first = RunOn(engine.get(), world.program, "main", {.seed = 5, .record = true});
  REQUIRE_MESSAGE(first.report.ok, first.report.failure.message);
  CHECK(first.emitted.find("<timeout: the time of this `try` is over: 1000 ms>") !=
        std::string::npos);
  CAPTURE(first.report.record);
  const std::string cut = first.report.record.substr(0, first.report.record.find("\"over\""));
  CHECK(cut.size() < first.report.record.size());
  CHECK(first.report.record.find("\"emits\":1") != std::string::npos);
  const auto other = world.Load();  // without any tool
  for (int i = 0; i < 3; ++i) {
    const Ran again =
        RunOn(other.get(), world.program, "main", {.seed = 5, .replay = first.report.record});
    CHECK(again.Essence() == first.Essence());
    CHECK(again.report.record.empty());
    CHECK(again.report.stats.tool_calls == 0);
  }
  for (uint64_t seed = 2; seed < 12; ++seed) {
    CAPTURE(seed);
    World::SetTools(engine.get(), seed);
    const Ran quick = RunOn(engine.get(), world.program, "quick", {.seed = seed, .record = true});
    CAPTURE(quick.report.record);
    CHECK(RunOn(other.get(), world.program, "quick", {.seed = seed, .replay = quick.report.record})
              .Essence() == quick.Essence());
  }
}

TEST_CASE("what is not the recorded run is refused, and says what differs") {
  const World world;
  const auto engine = world.Load();
  World::SetTools(engine.get(), 1);
  const std::string record =
      RunOn(engine.get(), world.program, "quick", {.record = true}, R"({"q": "a"})").report.record;
  const RunOptions replay{.replay = record};
  CHECK(Refused(engine.get(), world.program, "quick", replay, R"({"q": "a"})").empty());
  CHECK(Refused(engine.get(), world.program, "quick", replay) ==
        "this run is not the recorded one: the argument `q` differs");
  CHECK(Refused(engine.get(), world.program, "main", replay)
            .find("the function differs: recorded with `quick`, now `main`") != std::string::npos);
  CHECK(
      Refused(engine.get(), world.program, "quick", {.seed = 3, .replay = record}, R"({"q": "a"})")
          .find("the seed differs: recorded with 0, now 3") != std::string::npos);
  // `quick` calls `ask`.
  std::string text = kProgram;
  const std::string least = "min: 6";
  text.replace(text.find(least), least.size(), "min: 5");
  const ProgramRef changed = Compile("changed.lmp", text).program;
  REQUIRE(changed != nullptr);
  CHECK(Refused(engine.get(), changed, "quick", replay, R"({"q": "a"})")
            .find("the program (or a pass over it) differs") != std::string::npos);
  // Neither comments nor names of files count, nor functions that the run does not reach.
  text = std::string(kProgram) + "fn more() -> int { return 1 } // more";
  text.replace(text.find("\"third\""), 7, "\"3rd\"");
  const ProgramRef same = Compile("same.lmp", text).program;
  REQUIRE(same != nullptr);
  CHECK(Refused(engine.get(), same, "quick", replay, R"({"q": "a"})").empty());
  std::vector<std::byte> bytes = testing::ApiModelBytes();
  bytes.back() ^= std::byte{1};
  const testing::TempFile file(bytes);
  auto other = Engine::Load({.model = file.path(), .threads = 1});
  REQUIRE(other.ok());
  CHECK(Refused(other.value().get(), world.program, "quick", replay, R"({"q": "a"})")
            .find("the model differs") != std::string::npos);
  CHECK(!Refused(engine.get(), world.program, "quick", {.record = true, .replay = record}).empty());
}

TEST_CASE("an answer that is missing or another ends the repeated run") {
  const World world;
  const auto engine = world.Load();
  engine->SetTool("look",
                  [](const ToolCall&) -> Result<std::string> { return std::string("\"seen\""); });
  const std::string record =
      RunOn(engine.get(), world.program, "quick", {.record = true}).report.record;
  const std::vector<std::string> lines = SplitText(record, '\n');
  REQUIRE(lines.size() == 4);  // head, answer, end, and nothing
  // A `try` does not hide it.
  const Ran missing =
      RunOn(engine.get(), world.program, "quick", {.replay = lines[0] + "\n" + lines[2] + "\n"});
  CHECK(missing.report.failure.kind == "replay");
  CHECK(missing.report.failure.message.starts_with("the record has no answer for quick"));
  std::string other = record;
  other.replace(other.find("seen"), 4, "else");
  CHECK(RunOn(engine.get(), world.program, "quick", {.replay = other}).Essence() ==
        "replay: the repeated run differs from what was recorded\n");
  // Without its end, nothing can be compared.
  CHECK(RunOn(engine.get(), world.program, "quick", {.replay = lines[0] + "\n" + lines[1] + "\n"})
            .report.ok);
  for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
           {"", "the record is empty"},
           {"x", "line 1 of the record: "},
           {"{}", "line 1 of the record: expected `lmp_record`, a number"},
           {R"({"lmp_record":2})", "format 2, and this LMP reads format 1"},
           {lines[0] + "\n[]", "line 2 of the record: expected an object"},
           {lines[0] + "\n{\"site\":\"a\",\"ordinal\":0}",
            "line 2 of the record: expected `answer`"},
           {lines[0] + "\n{\"site\":\"a\",\"ordinal\":-1,\"error\":\"\"}",
            "expected `ordinal`, a number from 0"},
           {lines[0] + "\n" + lines[1] + "\n" + lines[1],
            "line 3 of the record: a second line for"},
           {record + lines[1], "line 4 of the record: a line stands behind the end"}}) {
    CAPTURE(text);
    const Result<RecordedRun> read = ReadRecord(text);
    REQUIRE_FALSE(read.ok());
    CHECK(read.status().message().find(part) != std::string::npos);
  }
  const Result<RecordedRun> read = ReadRecord(record);
  REQUIRE(read.ok());
  CHECK(read->function == "quick");
  CHECK(read->arguments_json == R"({"q":"x"})");
}

TEST_CASE("a record is of all models that its run may meet") {
  const testing::TempFile file{testing::ApiModelBytes()};
  const ProgramRef program = Compile("two.lmp", R"(
@engine("big") fn ask(q: string) -> string { user q  gen a with max: 6  return a }
fn alone(q: string = "x") -> string { user q  gen a with max: 6  return a }
fn main(q: string = "x") -> string { return ask(q) }
)")
                                 .program;
  REQUIRE(program != nullptr);
  const auto load = [&](const std::string& big) {
    EngineConfig other;
    other.name = "big";
    other.model = big;
    other.threads = 1;
    return Engine::Load({.model = file.path(), .threads = 1, .engines = {other}}).value();
  };
  const auto engine = load("examples/models/demo/demo.gguf");
  const Ran first = RunOn(engine.get(), program, "main", {.record = true});
  REQUIRE_MESSAGE(first.report.ok, first.report.failure.message);
  CHECK(RunOn(engine.get(), program, "main", {.replay = first.report.record}).Essence() ==
        first.Essence());
  const Ran alone = RunOn(engine.get(), program, "alone", {.record = true});
  const auto other = load(file.path());
  CHECK(Refused(other.get(), program, "main", {.replay = first.report.record}).find("model") !=
        std::string::npos);
  // A run that does not meet the other model does not depend on it.
  CHECK(RunOn(other.get(), program, "alone", {.replay = alone.report.record}).Essence() ==
        alone.Essence());
}

}  // namespace
}  // namespace lmp
