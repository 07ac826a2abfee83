// RunTests of lmp.h: the tests of one file, without a model or on an engine.
#include <algorithm>
#include <charconv>
#include <chrono>

#include "frontend/compile.h"
#include "ir/evaluate.h"
#include "ir/mock.h"
#include "runtime/api/state.h"
#include "runtime/base/text.h"

namespace lmp {

namespace {

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The first line of the message says what is wrong, the others what was found or what to write.
Diagnostic MakeFailure(const std::string& kind, const std::string& message) {
  Diagnostic d;
  d.code = kind;
  const std::vector<std::string> lines = SplitText(message, '\n');
  d.title = lines[0];
  (kind == "mock" ? d.helps : d.notes).assign(lines.begin() + 1, lines.end());
  return d;
}

TestReport RunMocked(const ir::Program& program, const ir::TestCase& test, uint64_t seed) {
  TestReport report;
  const auto start = std::chrono::steady_clock::now();
  ir::MockModel model(&test);
  const ir::Evaluation run = ir::Evaluate(program, test.function, {}, &model, {.seed = seed});
  report.seconds = SecondsSince(start);
  report.ok = run.status.ok();
  if (report.ok) return report;
  const ir::EvaluationFailure& failure = run.failure;
  report.failure = MakeFailure(failure.kind, failure.message);
  report.failure.span = failure.kind.empty() ? test.span : failure.span;
  if (failure.kind.empty()) report.failure.title = run.status.message();
  for (const Span call : failure.calls) report.failure.secondary.push_back({call, "called here"});
  return report;
}

// "rag.lmp:12:3" as a place in one of the sources; else the place of the test.
Span SpanOf(const std::string& place, const std::vector<Source>& sources, Span otherwise) {
  for (uint32_t i = 0; i < sources.size(); ++i) {
    if (!place.starts_with(sources[i].name() + ":")) continue;
    const std::string text = place.substr(sources[i].name().size() + 1);
    const std::string& source = sources[i].text();
    for (uint32_t at = 0; at <= source.size(); ++at) {
      if (at > 0 && source[at - 1] != '\n') continue;
      const Source::Place begin = sources[i].PlaceOf(at);
      if (!text.starts_with(std::to_string(begin.line) + ":")) continue;
      const std::string_view line = sources[i].Line(begin.line);
      uint32_t column = 1;
      const size_t colon = text.find(':') + 1;
      std::from_chars(text.data() + colon, text.data() + text.size(), column);
      const auto offset = static_cast<uint32_t>(std::min<size_t>(column - 1, line.size()));
      return {i, at + offset, at + static_cast<uint32_t>(line.size())};
    }
  }
  return otherwise;
}

struct LiveTest {
  const ir::TestCase* test = nullptr;
  std::unique_ptr<Run> run;  // null: its record is not one of it
  Status wrong_record;
};

Result<LiveTest> StartTest(const ProgramRef& program, const ir::TestCase& test,
                           const TestOptions& options) {
  RunOptions run;
  run.seed = options.seed;
  run.record = options.record;
  LiveTest live{&test, nullptr, OkStatus()};
  if (options.replay) {
    Result<std::string> record = options.replay(test.name);
    Result<RecordedRun> recorded =
        record.ok() ? ReadRecord(record.value()) : Result<RecordedRun>(record.status());
    if (!recorded.ok()) {
      live.wrong_record = recorded.status();
      return live;
    }
    if (!run.seed) run.seed = recorded->seed;
    run.replay = std::move(record).value();
  }
  Result<std::unique_ptr<Run>> started =
      options.engine->Start(program, test.function, "{}", std::move(run));
  if (started.ok()) {
    live.run = std::move(started).value();
  } else if (options.replay && started.status().code() == StatusCode::kInvalidArgument) {
    live.wrong_record = started.status();
  } else {
    return started.status();
  }
  return live;
}

TestReport ReportOf(LiveTest* live, const std::vector<Source>& sources) {
  TestReport report;
  if (live->run == nullptr) {
    report.failure = MakeFailure("replay", live->wrong_record.message());
    report.failure.span = live->test->span;
    return report;
  }
  const RunReport& run = live->run->Wait();
  report.ok = run.ok;
  report.seconds = run.stats.seconds;
  report.record = run.record;
  if (run.ok) return report;
  report.failure = MakeFailure(run.failure.kind, run.failure.message);
  report.failure.span = SpanOf(run.failure.place, sources, live->test->span);
  return report;
}

Result<bool> RunAll(const ProgramRef& program, const TestOptions& options, TestsOutcome* out) {
  const Program::State& state = program->state();
  std::vector<LiveTest> live;
  for (const ir::TestCase& test : state.tests) {
    if (test.name.find(options.filter) == std::string::npos) {
      ++out->left_out;
      continue;
    }
    if (options.engine != nullptr) {
      LMP_TRY(LiveTest started, StartTest(program, test, options));
      live.push_back(std::move(started));
      continue;
    }
    TestReport report = RunMocked(*state.lowered, test, options.seed.value_or(0));
    report.name = test.name;
    report.place = api::PlaceOf(test.span, out->sources);
    out->tests.push_back(std::move(report));
  }
  for (LiveTest& started : live) {
    TestReport report = ReportOf(&started, out->sources);
    report.name = started.test->name;
    report.place = api::PlaceOf(started.test->span, out->sources);
    out->tests.push_back(std::move(report));
  }
  return true;
}

}  // namespace

TestsOutcome RunTests(std::string name, std::string text, const TestOptions& options) {
  TestsOutcome out;
  const auto ran = api::Wall<bool>([&]() -> Result<bool> {
    frontend::CompileResult compiled = frontend::Compile(
        std::move(name), std::move(text), {.lints = true, .tests = true, .read = api::ReadSource});
    out.diagnostics = std::move(compiled.diagnostics);
    out.sources = std::move(compiled.sources);
    if (compiled.program == nullptr) return false;
    auto state = std::make_shared<Program::State>();
    state->lowered = compiled.program;
    state->sources = out.sources;
    state->tests = std::move(compiled.tests);
    if (options.engine != nullptr) {
      LMP_TRY(state->plan, api::MakePlan(compiled.program, {}));
    }
    return RunAll(std::make_shared<const Program>(std::move(state)), options, &out);
  });
  if (!ran.ok()) out.status = ran.status();
  return out;
}

}  // namespace lmp
