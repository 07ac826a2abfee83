// Contexts as values of a host: conversations turn by turn, what they keep in the cache, and every
// way to hand over a wrong one.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "runtime/api/lmp.h"
#include "runtime/base/clock_rng.h"
#include "tests/support/api_model.h"
#include "tests/support/sanitized.h"

namespace lmp {
namespace {

constexpr const char* kTalk = R"(fn begin() -> context {
  return context { system "You answer questions about a long list of things that all know by heart." }
}
fn turn(talk: context, question: string) -> context {
  var mine = talk
  on mine { user question  gen reply with max: 24, min: 24 }
  emit reply
  return mine
}
fn whole(questions: list<string>) {
  var talk = context { system "You answer questions about a long list of things that all know by heart." }
  for question in questions {
    on talk { user question  gen reply with max: 24, min: 24 }
    emit "${reply}\n"
  }
}
fn branches(talk: context) -> list<context> {
  return fork q in ["one", "two"] {
    var mine = talk
    on mine { user q  gen reply with max: 8, min: 8 }
    yield mine
  }
}
fn same(talk: context) -> context { return talk }
fn maybe(talk: context?) -> bool { return talk == null }
fn wide(n: int) -> string { user "other ${n}"  gen reply with max: 200, min: 200  return reply }
)";

std::unique_ptr<Engine> Load(uint64_t kv_bytes = 0) {
  const testing::TempFile file(testing::ApiModelBytes());
  auto engine = Engine::Load({.model = file.path(), .threads = 1, .kv_bytes = kv_bytes});
  REQUIRE_MESSAGE(engine.ok(), engine.status().message());
  return std::move(engine).value();
}

ProgramRef Talk() {
  CompileOutcome out = Compile("talk.lmp", kTalk);
  REQUIRE_MESSAGE(
      out.program != nullptr,
      (out.diagnostics.empty() ? "" : RenderDiagnostic(out.diagnostics[0], out.sources)));
  return out.program;
}

RunReport RunOk(Engine* engine, const ProgramRef& program, std::string_view function,
                const Arguments& arguments, std::string* emitted = nullptr) {
  RunOptions options;
  if (emitted != nullptr) options.on_text = [emitted](std::string_view text) { *emitted += text; };
  auto run = engine->Start(program, function, arguments, std::move(options));
  REQUIRE_MESSAGE(run.ok(), run.status().message());
  RunReport report = (*run)->Wait();
  REQUIRE_MESSAGE(report.ok, report.failure.message);
  return report;
}

Context Begun(Engine* engine, const ProgramRef& program) {
  const RunReport report = RunOk(engine, program, "begin", {});
  REQUIRE(report.contexts.size() == 1);
  return report.contexts[0];
}

std::string WhyNot(Engine* engine, const ProgramRef& program, std::string_view function,
                   const Arguments& arguments) {
  const auto run = engine->Start(program, function, arguments);
  REQUIRE(!run.ok());
  CHECK(run.status().code() == StatusCode::kInvalidArgument);
  return run.status().message();
}

}  // namespace

TEST_CASE("contexts: a conversation from the host says what it says inside one program") {
  const ProgramRef program = Talk();
  const std::vector<std::string> questions = {"What is it?", "And then?", "Why do you say so?",
                                              "What else?"};
  std::string whole;
  {
    const auto engine = Load();
    std::vector<Argument> asked(questions.begin(), questions.end());
    RunOk(engine.get(), program, "whole", {{"questions", Argument::List(asked)}}, &whole);
  }
  const auto engine = Load();
  Context talk = Begun(engine.get(), program);
  CHECK(talk.tokens() > 10);
  std::string host;
  int64_t cached = -1;
  for (const std::string& question : questions) {
    const int before = talk.tokens();
    const RunReport report =
        RunOk(engine.get(), program, "turn", {{"talk", talk}, {"question", question}}, &host);
    host += "\n";
    CHECK(report.value_json == R"({"$context":0})");
    CHECK(report.value_text.empty());
    REQUIRE(report.contexts.size() == 1);
    talk = report.contexts[0];
    CHECK(talk.tokens() > before + 24);
    // All of the turns before but for the last token that was drawn, which has no KV.
    CHECK(report.stats.cached_tokens > cached);
    if (cached >= 0) CHECK(report.stats.cached_tokens >= before - 2 - 2);
    cached = report.stats.cached_tokens;
  }
  CHECK(host == whole);
}

TEST_CASE("contexts: values that do not change, in lists, for any program of the engine") {
  const auto engine = Load();
  const ProgramRef program = Talk();
  const Context begun = Begun(engine.get(), program);
  std::string first, again;
  RunOk(engine.get(), program, "turn", {{"talk", begun}, {"question", "Why?"}}, &first);
  const RunReport pair = RunOk(engine.get(), program, "branches", {{"talk", begun}});
  CHECK(pair.value_json == R"([{"$context":0},{"$context":1}])");
  REQUIRE(pair.contexts.size() == 2);
  CHECK(pair.contexts[0].tokens() > begun.tokens());
  RunOk(engine.get(), program, "turn", {{"talk", begun}, {"question", "Why?"}}, &again);
  CHECK(first == again);
  CHECK(RunOk(engine.get(), program, "same", {{"talk", begun}}).contexts[0].tokens() ==
        begun.tokens());
  CHECK(RunOk(engine.get(), program, "maybe", {{"talk", nullptr}}).value_json == "true");
  CHECK(RunOk(engine.get(), program, "maybe", {{"talk", begun}}).value_json == "false");

  // Places of the first program's text mean nothing in the second's.
  const CompileOutcome other =
      Compile("other.lmp",
              "fn last(a: list<context>) -> string {\n  var mine = a[len(a) - 1]\n"
              "  on mine { user \"So?\"  gen reply with max: 4 }\n  return reply\n}\n");
  REQUIRE(other.program != nullptr);
  auto run = engine->Start(other.program, "last",
                           {{"a", Argument::List({begun, pair.contexts[0], pair.contexts[1]})}},
                           {.explain = true});
  REQUIRE_MESSAGE(run.ok(), run.status().message());
  const RunReport& report = (*run)->Wait();
  REQUIRE_MESSAGE(report.ok, report.failure.message);
  CHECK(report.explain.find("talk.lmp") == std::string::npos);
  CHECK(report.explain.find("other.lmp:3") != std::string::npos);
}

TEST_CASE("contexts: wrong ones are refused with the place, what was expected and what was found") {
  const auto engine = Load();
  const auto second = Load();
  const ProgramRef program = Talk();
  const Context mine = Begun(engine.get(), program);
  const Context foreign = Begun(second.get(), program);
  const auto why = [&](std::string_view function, const Arguments& arguments) {
    return WhyNot(engine.get(), program, function, arguments);
  };
  CHECK(why("turn", {{"talk", foreign}, {"question", "q"}}) ==
        "function `turn`: argument `talk`: expected a context of this engine, found one of another "
        "engine: tokens of one model mean nothing to another");
  CHECK(why("turn", {{"talk", Context()}, {"question", "q"}}) ==
        "function `turn`: argument `talk`: expected a context that a run gave, found an empty one");
  CHECK(why("turn", {{"talk", "text"}, {"question", "q"}}) ==
        "function `turn`: argument `talk`: expected a context, which an earlier run gave, found a "
        "string");
  CHECK(why("turn", {{"talk", mine}, {"question", mine}}) ==
        "function `turn`: argument `question`: expected a string, found an object");
  CHECK(why("turn", R"({"talk": {"$context": 0}, "question": "q"})") ==
        "function `turn`: argument `talk`: expected one of 0 contexts, found \"0\"");
  CHECK(why("turn", R"({"talk": {"$context": 0, "more": 1}, "question": "q"})")
            .ends_with("found an object"));
  CHECK(why("turn", Arguments(R"({"talk": {"$context": -1}, "question": "q"})", {mine}))
            .ends_with("found \"-1\""));
  CHECK(why("turn", Arguments(R"({"talk": {"$context": "0"}, "question": "q"})", {mine}))
            .ends_with("found \"\\\"0\\\"\""));
  CHECK(why("turn", {{"question", "q"}}).find("`talk`") != std::string::npos);
  CHECK(CheckArguments(*program, "turn", {{"talk", foreign}, {"question", "q"}}).ok());
  CHECK(Context().tokens() == 0);
}

TEST_CASE("arguments: contexts are numbered as they stand") {
  const auto engine = Load();
  const Context context = Begun(engine.get(), Talk());
  const Argument list = Argument::List({"a", context, Argument::List({context})});
  CHECK(list.json() == R"(["a",{"$context":0},[{"$context":1}]])");
  CHECK(list.contexts().size() == 2);
  const Arguments all = {{"x", list}, {"n", 3}, {"y", context}};
  CHECK(all.json() == R"({"x":["a",{"$context":0},[{"$context":1}]],"n":3,"y":{"$context":2}})");
  CHECK(all.contexts().size() == 3);
  CHECK(Arguments({{"q", "a"}}).json() == R"({"q":"a"})");
  CHECK(Arguments().json() == "{}");
  CHECK(Arguments(R"({"q":1})").json() == R"({"q":1})");
}

TEST_CASE("contexts: what is held stays in the cache under pressure, and goes when released") {
  // A pool of little more than one context of the model.
  const ProgramRef program = Talk();
  const auto cached_after = [&](bool held) {
    const auto engine = Load(96 * 1024);
    const uint64_t total = engine->Counters().value().pages_total;
    std::vector<Context> talk = {Begun(engine.get(), program)};
    talk[0] =
        RunOk(engine.get(), program, "turn", {{"talk", talk[0]}, {"question", "Why?"}}).contexts[0];
    const int tokens = talk[0].tokens();
    REQUIRE(total < 400);
    if (!held) talk.clear();
    for (int n = 0; engine->Counters().value().pages_evicted < total; ++n)
      RunOk(engine.get(), program, "wide", {{"n", n}});
    if (!held) talk = {Begun(engine.get(), program)};
    const RunReport report = RunOk(engine.get(), program, "turn",
                                   held ? Arguments{{"talk", talk[0]}, {"question", "And?"}}
                                        : Arguments{{"talk", talk[0]}, {"question", "Why?"}});
    // Nothing is held any more: all pages can be had again.
    talk.clear();
    for (int i = 0; i < 1000 && engine->Counters().value().pages_free < total; ++i) {
      engine->ClearCache();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    CHECK(engine->Counters().value().pages_free == total);
    return std::pair(report.stats.cached_tokens, tokens);
  };
  const auto [held, tokens] = cached_after(true);
  CHECK(held >= tokens / 16 * 16 - 16);
  CHECK(cached_after(false).first < 16);  // the first token may be that of others
}

TEST_CASE("contexts: outlive their engine and their run, dropped on any thread") {
  const ProgramRef program = Talk();
  std::vector<Context> kept;
  {
    const auto engine = Load();
    Context talk = Begun(engine.get(), program);
    for (int i = 0; i < 4; ++i) {
      talk = RunOk(engine.get(), program, "turn", {{"talk", talk}, {"question", "q"}}).contexts[0];
      kept.push_back(talk);
    }
    std::thread([dropped = std::move(kept[1])]() mutable { dropped = Context(); }).join();
  }
  CHECK(kept.back().tokens() > 100);
  kept.clear();
}

TEST_CASE("contexts: from many threads, with cancels, held and dropped in between") {
  const ProgramRef program = Talk();
  const auto engine = Load();
  const uint64_t pages = engine->Counters().value().pages_total;
  {
    const Context begun = Begun(engine.get(), program);
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        Rng rng(static_cast<uint64_t>(t));
        Context talk = begun;
        for (int i = 0; i < (testing::kSanitized ? 10 : 60); ++i) {
          auto run = engine->Start(program, "turn", {{"talk", talk}, {"question", "q"}});
          if (!run.ok()) {
            ++wrong;
            continue;
          }
          const bool cancels = rng.Below(4) == 0;
          if (cancels) (*run)->Cancel();
          const RunReport& report = (*run)->Wait();
          if (!report.ok) wrong += cancels && report.failure.kind == "cancelled" ? 0 : 1;
          if (report.ok) talk = report.contexts[0];
          if (talk.tokens() > 500) talk = begun;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
  }
  for (int i = 0; i < 1000; ++i) {
    engine->ClearCache();
    if (engine->Counters().value().pages_free == pages) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  CHECK(engine->Counters().value().pages_free == pages);
}

}  // namespace lmp
