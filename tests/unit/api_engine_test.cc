// lmp.h as an embedder sees it: programs, engines, runs and sessions over a small synthetic model
// file.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>

#include "runtime/api/lmp.h"
#include "tests/support/api_model.h"

namespace lmp {
namespace {

using testing::TempFile;

const std::vector<std::byte>& ModelBytes() { return testing::ApiModelBytes(); }

std::unique_ptr<Engine> LoadFrom(const std::string& path) {
  auto engine = Engine::Load({.model = path, .threads = 1});
  REQUIRE_MESSAGE(engine.ok(), engine.status().message());
  return std::move(engine).value();
}

std::unique_ptr<Engine> Load() {
  const TempFile file(ModelBytes());  // mapped: its name may go
  return LoadFrom(file.path());
}

ProgramRef CompileOk(const std::string& text) {
  CompileOutcome out = Compile("test.lmp", text);
  REQUIRE_MESSAGE(out.program != nullptr,
                  (out.diagnostics.empty() ? "" : out.diagnostics[0].title));
  return out.program;
}

constexpr const char* kAsk = R"(enum Mood { calm wild = "very wild" }
record Note { text: string  mood: Mood = Mood.calm }
fn main(question: string, notes: list<Note> = [], times: int(1..3) = 1) -> string {
  system "You answer questions about a long list of things that everybody knows by heart."
  for n in notes { user "${n.text} ${n.mood}" }
  user question
  gen reply with max: 12, min: 12, temp: 0.8
  emit "${times}: ${reply}"
  return reply
}
)";
constexpr const char* kLong = R"(fn main() -> string {
  user "go on"
  gen reply with max: 900, min: 900
  emit reply
  return reply
}
)";

TEST_CASE("compile: diagnostics of wrong programs, functions of right ones") {
  const CompileOutcome wrong = Compile("wrong.lmp", "fn main( {\n  user nope\n}\n");
  CHECK(wrong.program == nullptr);
  REQUIRE(!wrong.diagnostics.empty());
  CHECK(!wrong.sources.empty());
  const CompileOutcome no_pass = Compile("pass.lmp", kAsk, {.disabled = {"no_such_pass"}});
  CHECK(no_pass.program == nullptr);
  CHECK(no_pass.diagnostics.empty());  // a mistake of the call, not of the text
  CHECK(no_pass.status.code() == StatusCode::kInvalidArgument);
  CHECK(no_pass.status.message().find("no_such_pass") != std::string::npos);
  const ProgramRef program = CompileOk(kAsk);
  REQUIRE(program->functions().size() == 1);
  const FunctionSummary main = program->functions()[0];
  CHECK(main.name == "main");
  REQUIRE(main.parameters.size() == 3);
  CHECK(!main.parameters[0].default_json);
  CHECK(main.parameters[2].default_json == "1");
}

TEST_CASE("load: no file, a damaged file, wrong options") {
  const auto missing = Engine::Load({.model = "/nonexistent/model.gguf"});
  REQUIRE(!missing.ok());
  CHECK(missing.status().code() == StatusCode::kNotFound);
  CHECK(missing.status().message().find("/nonexistent/model.gguf") != std::string::npos);
  const auto device = Engine::Load({.model = "/dev/null"});
  CHECK(device.status().code() == StatusCode::kUnsupported);
  CHECK(device.status().message().find("not a") != std::string::npos);
  const auto folder = Engine::Load({.model = "/"});
  CHECK(folder.status().code() == StatusCode::kNotFound);
  CHECK(folder.status().message().find("config.json") != std::string::npos);
  const std::vector<std::byte>& bytes = ModelBytes();
  for (const size_t size :
       {size_t{0}, size_t{3}, size_t{100}, bytes.size() / 2, bytes.size() - 1}) {
    CAPTURE(size);
    const TempFile file({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)});
    const auto damaged = Engine::Load({.model = file.path()});
    REQUIRE(!damaged.ok());
    CHECK(!damaged.status().message().empty());
    CHECK(damaged.status().code() != StatusCode::kInternal);
  }
  const TempFile file(bytes);
  const auto kv = Engine::Load({.model = file.path(), .kv_type = "f8"});
  REQUIRE(!kv.ok());
  CHECK(kv.status().code() == StatusCode::kInvalidArgument);
  CHECK(kv.status().message().find("\"f8\"") != std::string::npos);
  CHECK(!Engine::Load({.model = file.path(), .kernels = "abacus"}).ok());
  CHECK(!Engine::Load({.model = file.path(), .step_tokens_max = 0}).ok());
  CHECK(!Engine::Load({.model = file.path(), .sequences_max = -1}).ok());
}

TEST_CASE("start: functions and arguments are checked, typed arguments arrive, text streams") {
  const auto engine = Load();
  const ProgramRef program = CompileOk(kAsk);
  const auto error = [&](std::string_view function, std::string_view json) {
    const auto run = engine->Start(program, function, json);
    REQUIRE(!run.ok());
    CHECK(run.status().code() == StatusCode::kInvalidArgument);
    CHECK(CheckArguments(*program, function, json).message() == run.status().message());
    return run.status().message();
  };
  CHECK(error("nope", "{}").find("`nope`") != std::string::npos);
  CHECK(error("main", "{}").find("`question`") != std::string::npos);
  CHECK(error("main", R"({"question": "a", "times": 4})").find("times") != std::string::npos);
  CHECK(error("main", R"({"question": "a", "notes": [{"text": "b", "mood": "sad"}]})")
            .find("notes[0].mood") != std::string::npos);
  CHECK(CheckArguments(*program, "main", R"({"question": "a"})").ok());
  CHECK(!engine->Start(nullptr, "main", "{}").ok());

  std::string text;
  int pieces = 0;
  auto run = engine->Start(
      program, "main",
      R"({"question": "a", "notes": [{"text": "b", "mood": "very wild"}], "times": 2})",
      {.explain = true, .on_text = [&](std::string_view t) {
         text += t;
         ++pieces;
       }});
  REQUIRE(run.ok());
  const RunReport& report = run.value()->Wait();
  REQUIRE_MESSAGE(report.ok, report.failure.message);
  CHECK(run.value()->done());
  CHECK(text == "2: " + report.value_text);
  CHECK(pieces > 1);
  CHECK(report.stats.generated_tokens == 12);
  CHECK(report.explain.find("gen") != std::string::npos);
  CHECK(engine->Counters().value().generated_tokens == 12);
  CHECK(ArgumentFromWord(*program, "main", "times", "2").value() == "2");
  CHECK(!ArgumentFromWord(*program, "main", "nothing", "2").ok());
}

TEST_CASE("tenants share nothing with each other") {
  const auto engine = Load();
  const ProgramRef program = CompileOk(kAsk);
  const auto cached = [&](const std::string& tenant) {
    auto run = engine->Start(program, "main", R"({"question": "what?"})", {.tenant = tenant});
    const RunReport& report = run.value()->Wait();
    REQUIRE(report.ok);
    return report.stats.cached_tokens;
  };
  CHECK(cached("a") == 0);
  CHECK(cached("b") == 0);
  CHECK(cached("") == 0);
  CHECK(cached("a") > 0);
  CHECK(cached("b") > 0);
  CHECK(cached("") > 0);
  engine->ClearCache();
  CHECK(cached("a") == 0);
}

TEST_CASE("two engines on two threads say the same") {
  const ProgramRef program = CompileOk(kAsk);
  const auto ask = [&] {
    const auto engine = Load();
    std::string all;
    for (int i = 0; i < 5; ++i) {
      auto run = engine->Start(program, "main", R"({"question": ")" + std::to_string(i) + "\"}");
      all += run.value()->Wait().value_json;
    }
    return all;
  };
  auto other = std::async(std::launch::async, ask);
  const std::string mine = ask();
  CHECK(mine == other.get());
  CHECK(mine.size() > 10);
}

TEST_CASE("a run is cancelled, destroyed, or outlives its engine") {
  auto engine = Load();
  const ProgramRef program = CompileOk(kLong);
  std::promise<void> begun;
  std::atomic<int> calls = 0;
  const auto begin = [&](std::string_view) {
    if (calls++ == 0) begun.set_value();
  };
  auto run = engine->Start(program, "main", "{}", {.on_text = begin});
  begun.get_future().wait();
  run.value()->Cancel();
  CHECK(run.value()->Wait().failure.kind == "cancelled");
  // What was worked for is counted, also where it did not come to its end.
  CHECK(run.value()->Wait().stats.calls == 1);
  CHECK(run.value()->Wait().stats.generated_tokens > 0);
  run.value()->Cancel();

  // No callback after the run is destroyed.
  std::atomic<bool> destroyed = false, late = false, any = false;
  auto victim = engine->Start(program, "main", "{}", {.on_text = [&](std::string_view) {
                                any = true;
                                if (destroyed) late = true;
                              }});
  while (!any) std::this_thread::yield();
  victim.value().reset();
  destroyed = true;

  auto left = engine->Start(program, "main", "{}");
  engine.reset();
  CHECK(!late);
  CHECK(left.value()->Wait().failure.kind == "cancelled");
  left.value()->Cancel();
}

TEST_CASE("a callback that throws fails its own run only") {
  const auto engine = Load();
  const ProgramRef program = CompileOk(kAsk);
  auto other = engine->Start(CompileOk(kLong), "main", "{}");
  for (const bool standard : {true, false}) {
    auto run =
        engine->Start(program, "main", R"({"question": "a"})", {.on_text = [&](std::string_view) {
                        if (standard) throw std::runtime_error("host");
                        throw 42;
                      }});
    const RunReport& report = run.value()->Wait();
    CHECK(!report.ok);
    CHECK(report.failure.kind == "internal");
    CHECK(report.failure.message.find("callback") != std::string::npos);
  }
  CHECK(other.value()->Wait().ok);
}

TEST_CASE("a long computation neither holds up others nor its own cancelling") {
  const auto engine = Load();
  auto busy = engine->Start(CompileOk(R"(fn main() -> int {
  var n = 0
  while true limit 1000000 { while true limit 1000000 { n = (n + 1) % 7 } }
  return n
}
)"),
                            "main", "{}");
  REQUIRE_MESSAGE(busy.ok(), busy.status().message());
  auto run = engine->Start(CompileOk(kAsk), "main", R"({"question": "a"})");
  CHECK(run.value()->Wait().ok);
  CHECK(!busy.value()->done());
  busy.value()->Cancel();
  CHECK(busy.value()->Wait().failure.kind == "cancelled");
}

TEST_CASE("a session: pieces, variables, undo, and what a failed piece leaves") {
  const auto engine = Load();
  const auto session = Session::Make(engine.get());
  const auto enter = [&](const std::string& piece) { return session->Enter(piece, {}); };
  CHECK(enter("fn f() {").incomplete);
  CHECK(!enter("nope").diagnostics.empty());
  CHECK(session->Variables().empty());
  CHECK(!session->Undo());

  CHECK(enter("fn twice(n: int) -> int { return n * 2 }").ran == false);
  const Session::Outcome first = enter("var a = twice(3)");
  CHECK(first.ran);
  REQUIRE_MESSAGE(first.report.ok, first.report.failure.message);
  CHECK(enter("a + 1").report.value_text == "7");
  CHECK(session->Variables() == std::vector<std::string>{"a: int"});
  const Session::Outcome failed = enter("a = 10 / (a - 6)");
  CHECK(failed.ran);
  CHECK(!failed.report.ok);
  CHECK(failed.report.failure.kind == "value");
  CHECK(enter("a").report.value_text == "6");

  CHECK(enter("a = 100").report.ok);
  CHECK(enter("a").report.value_text == "100");
  CHECK(session->Undo());  // the expression
  CHECK(session->Undo());  // the assignment
  CHECK(enter("a").report.value_text == "6");

  const Session::Outcome turn = enter("user \"hello there\"  gen reply with max: 8, min: 8");
  REQUIRE_MESSAGE(turn.report.ok, turn.report.failure.message);
  const Session::Outcome next = enter("user \"and then?\"  gen more with max: 4");
  REQUIRE_MESSAGE(next.report.ok, next.report.failure.message);
  CHECK(next.report.stats.cached_tokens > turn.report.stats.prompt_tokens);  // turn 1 and its reply
  CHECK(enter("len(reply) > 0").report.value_text == "true");
}

TEST_CASE("a session: mocks answer instead of the model, until they are removed") {
  const auto engine = Load();
  const auto session = Session::Make(engine.get());
  const auto value = [](Session* of, const std::string& piece) {
    const Session::Outcome outcome = of->Enter(piece, {});
    return outcome.report.ok ? outcome.report.value_text : outcome.report.failure.message;
  };
  REQUIRE(!session->Enter("fn f() -> int { user \"a\"  gen n: int(0..9)  return n }", {}).ran);
  CHECK(!HasErrors(session->SetMock("f.n = 7").diagnostics));
  CHECK(!HasErrors(session->SetMock("word = \"yes\"").diagnostics));
  CHECK(value(session.get(), "f()") == "7");
  CHECK(session->Enter("user \"b\"  gen word with max: 3", {}).report.stats.calls == 0);
  CHECK(value(session.get(), "word") == "yes");
  // A mistake leaves what was there.
  const Session::MockOutcome wrong = session->SetMock("f.n = \"x\"");
  REQUIRE(HasErrors(wrong.diagnostics));
  CHECK(RenderDiagnostic(wrong.diagnostics[0], wrong.sources).find("<mock f.n>:1:12") !=
        std::string::npos);
  CHECK(session->Mocks() == std::vector<std::string>{"f.n = 7", "word = \"yes\""});
  const auto fork = session->Fork();
  CHECK(session->RemoveMock("f.n"));
  CHECK(!session->RemoveMock("f.n"));
  CHECK(value(fork.get(), "f()") == "7");
  CHECK(session->Enter("f()", {}).report.stats.calls == 1);
}

TEST_CASE("parts of a text for a display in colours") {
  const auto parts = [](std::string_view text) {
    std::string out;
    for (const ColoredPart& part : Colored(text))
      out += std::string(part.kind) + " " +
             std::string(text.substr(part.begin, part.end - part.begin)) + "|";
    return out;
  };
  CHECK(parts("let a = \"b ${1 + c} d\" // e") ==
        "keyword let|string \"b |number 1|string  d\"|comment // e|");
  CHECK(parts("record R { context: string }  r.context") == "keyword record|");
  CHECK(parts("gen x: string(re\"[a-z]\") with temp: 0.5, max: 3") ==
        "keyword gen|string re\"[a-z]\"|keyword with|number 0.5|number 3|");
  CHECK(parts("\"\"\"\n  still open let") == "string \"\"\"\n  still open let|");
  CHECK(parts("\"not closed").starts_with("string \"not closed"));
  CHECK(parts("") == "");
  CHECK(parts("let \xff") == "");
}

TEST_CASE("a session's context outlives its engine's retained pages") {
  auto engine = Load();
  auto session = Session::Make(engine.get());
  const std::string words(300, 'w');
  // The second piece selects on the context as the first left it.
  REQUIRE(session->Enter("var talk = context { user \"" + words + "\" }", {}).report.ok);
  const Session::Outcome chosen =
      session->Enter("on talk { select pick from [\"yes\", \"no\"] }", {});
  REQUIRE_MESSAGE(chosen.report.ok, (chosen.diagnostics.empty() ? chosen.report.failure.message
                                                                : chosen.diagnostics[0].title));
  engine.reset();
  session.reset();
}

}  // namespace
}  // namespace lmp
