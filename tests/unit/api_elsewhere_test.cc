// Engines that functions name, through lmp.h: two models with vocabularies of their own.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "runtime/api/engine_view.h"
#include "runtime/api/lmp.h"
#include "runtime/base/limits.h"
#include "tests/support/api_model.h"

namespace lmp {
namespace {

constexpr const char* kDemo = "examples/models/demo/demo.gguf";
constexpr const char* kProgram = R"(
fn short(text: string) -> string {
  user "Say it shorter: ${text}"
  gen reply with max: 12
  return reply
}
@engine("big")
fn answer(question: string) -> list<string> {
  user "${question} ${tokens("one two three")}"
  gen reply with max: 12
  emit reply
  return [reply, short(question), "${tokens("one two three")}"]
}
fn main(question: string = "Where is Ann?") -> list<string> {
  return [short(question), "${tokens("one two three")}"] + answer(question)
}
)";

struct Models {
  const testing::TempFile small{testing::ApiModelBytes()};
  ProgramRef program = Compile("elsewhere.lmp", kProgram).program;

  std::unique_ptr<Engine> Load(std::vector<EngineConfig> others) const {
    auto engine = Engine::Load({.model = small.path(), .threads = 1, .engines = std::move(others)});
    REQUIRE_MESSAGE(engine.ok(), engine.status().message());
    return std::move(engine).value();
  }
  Status Refused(std::vector<EngineConfig> others) const {
    return Engine::Load({.model = small.path(), .threads = 1, .engines = std::move(others)})
        .status();
  }
};

EngineConfig Named(std::string name, std::string model = "") {
  EngineConfig config;
  config.model = std::move(model);
  config.threads = 1;
  config.name = std::move(name);
  return config;
}

RunReport RunOn(Engine* engine, const ProgramRef& program, const std::string& function,
                const Arguments& arguments = {}, RunOptions options = {}) {
  auto run = engine->Start(program, function, arguments, std::move(options));
  REQUIRE_MESSAGE(run.ok(), run.status().message());
  return run.value()->Wait();
}

TEST_CASE("a function runs with the model, the tokenizer and the template that it names") {
  const Models models;
  REQUIRE(models.program != nullptr);
  const auto small = models.Load({Named("big")});
  const auto demo = Engine::Load({.model = kDemo, .threads = 1, .engines = {Named("big")}}).value();
  const Arguments asked = {{"question", "Where is Ann?"}};
  const std::string on_small =
      RunOn(small.get(), models.program, "short", {{"text", "Where is Ann?"}}).value_json;
  const std::string on_demo = RunOn(demo.get(), models.program, "answer", asked).value_json;

  const auto both = models.Load({Named("big", kDemo)});
  std::string emitted;
  const RunReport report = RunOn(both.get(), models.program, "main", asked,
                                 {.explain = true,
                                  .on_text = [&](std::string_view text) { emitted += text; },
                                  .trace = true,
                                  .calls = true});
  REQUIRE_MESSAGE(report.ok, report.failure.message);
  const std::string tokens_small = RunOn(small.get(), models.program, "main", asked).value_json;
  // [short on small, tokens of small, then what demo alone gives].
  CHECK(report.value_json.starts_with("[" + on_small + ","));
  CHECK(report.value_json.ends_with("," + on_demo.substr(1)));
  CHECK(report.value_json.substr(0, on_small.size() + 4) ==
        tokens_small.substr(0, on_small.size() + 4));
  CHECK(on_demo.find(emitted) != std::string::npos);
  CHECK_FALSE(emitted.empty());

  std::string engines;
  for (const ModelCall& call : report.calls) {
    engines += call.kind == "gen" ? "[" + call.engine + "]" : "";
    std::string text;
    for (const ContextPart& part : call.parts) text += part.text;
    CHECK(text.find("Where is Ann?") != std::string::npos);  // by its own tokenizer
  }
  CHECK(engines == "[][big][big]");
  CHECK(report.explain.find("  on big  (") != std::string::npos);
  CHECK(report.trace.find("\"engine\":\"big\"") != std::string::npos);
}

TEST_CASE("a name may mean the engine of the rest") {
  const Models models;
  const auto here = models.Load({Named("big")});
  const RunReport report = RunOn(here.get(), models.program, "main", {}, {.calls = true});
  REQUIRE(report.ok);
  for (const ModelCall& call : report.calls) CHECK(call.engine.empty());
}

TEST_CASE("an engine that nobody gave is an error where a run may come to it") {
  const Models models;
  const auto engine = models.Load({Named("large"), Named("small2", kDemo)});
  const Status status =
      engine->Start(models.program, "main", Arguments{{"question", "x"}}).status();
  CHECK(status.code() == StatusCode::kInvalidArgument);
  for (const char* part :
       {"E0708", "nobody gave the engine \"big\" of `answer`", "elsewhere.lmp:8",
        "given are: large, small2", "--engine big=http://HOST:PORT", "--engine big=here"}) {
    CHECK_MESSAGE(status.message().find(part) != std::string::npos, part, status.message());
  }
  CHECK(RunOn(engine.get(), models.program, "short", {{"text", "x"}}).ok);
  CHECK(engine->Check(models.program, "short")->empty());
  const auto found = engine->Check(models.program);
  REQUIRE(found.ok());
  REQUIRE(found->size() == 1);
  CHECK(found->front().code == "E0708");
}

TEST_CASE("what is wrong with a program on another model is said with its name") {
  const Models models;
  // Fits the context of the demo model, not the 1,024 tokens of the other one.
  std::string words;
  for (int i = 0; i < 6000; ++i) words += "z ";
  const std::string text =
      "fn quick() -> string { user \"x\"  gen a with max: 5  return a }\n"
      "@engine(\"big\") fn long() -> string { user \"" +
      words + "\"  gen a with max: 5  return a }\n";
  const ProgramRef program = Compile("long.lmp", text).program;
  REQUIRE(program != nullptr);
  EngineConfig big = Named("big", models.small.path());
  const auto engine = Engine::Load({.model = kDemo, .threads = 1, .engines = {big}}).value();
  const auto found = engine->Check(program);
  REQUIRE(found.ok());
  REQUIRE_FALSE(found->empty());
  CHECK(found->front().code == "E0701");
  CHECK(found->front().notes.back() == "on the engine \"big\"");
  CHECK(engine->Start(program, "long", "{}").status().code() == StatusCode::kUnsupported);
  CHECK(RunOn(engine.get(), program, "quick").ok);
}

TEST_CASE("explain counts tokens of a model only where it runs") {
  const Models models;
  const auto told = Explain(*models.program, {.model = kDemo, .on_servers = {"big"}});
  REQUIRE(told.ok());
  for (const char* part : {"  runs on the engine \"big\"\n", "  on servers (big):\n",
                           "  fn answer: those of another engine count\n",
                           "because of: call of answer, on another engine\n"}) {
    CHECK_MESSAGE(told->text.find(part) != std::string::npos, part, told->text);
  }
}

TEST_CASE("each engine has counters and a tree of its own") {
  const Models models;
  const auto engine = models.Load({Named("big", kDemo)});
  const RunReport report = RunOn(engine.get(), models.program, "main", {}, {.tenant = "one"});
  REQUIRE_MESSAGE(report.ok, report.failure.message);
  const auto counters = ReadCounters(engine.get());
  REQUIRE(counters.ok());
  REQUIRE(counters->size() == 2);
  CHECK((*counters)[0].engine.empty());
  CHECK((*counters)[1].engine == "big");
  CHECK((*counters)[0].counters.sequences_finished == 1);
  CHECK((*counters)[1].counters.sequences_finished == 2);
  CHECK((*counters)[0].counters.prompt_tokens + (*counters)[1].counters.prompt_tokens ==
        static_cast<uint64_t>(report.stats.prompt_tokens));
  CHECK(engine->Counters()->prompt_tokens == (*counters)[0].counters.prompt_tokens);
  for (const char* tenant : {"one", "two"}) {
    const auto trees = ReadCacheTrees(engine.get(), tenant, 100);
    REQUIRE(trees.ok());
    REQUIRE(trees->size() == 2);
    for (const CacheTree& tree : *trees) {
      CHECK(tree.nodes.empty() == (std::string(tenant) == "two"));
      CHECK((tree.page_count == 0) == tree.nodes.empty());
      CHECK((tree.pages_others == 0) != tree.nodes.empty());
    }
    CHECK((*trees)[1].engine == "big");
  }
}

TEST_CASE("names of engines") {
  const Models models;
  for (const char* name : {"", "1", "a b", "a.b", "-a"}) {
    const Status status = models.Refused({Named(name)});
    CHECK(status.code() == StatusCode::kInvalidArgument);
    CHECK(status.message().find("a name has 1 to 64") != std::string::npos);
  }
  CHECK(models.Refused({Named(std::string(64, 'a'))}).ok());
  CHECK_FALSE(models.Refused({Named(std::string(65, 'a'))}).ok());
  CHECK(models.Refused({Named("a"), Named("a")}).message() == "the engine \"a\" is given twice");
  EngineConfig nested = Named("a", kDemo);
  nested.engines = {Named("b")};
  CHECK(models.Refused({nested}).message() == "the engine \"a\" has engines of its own");
  CHECK(models.Refused({Named("a", "none.gguf")}).message().starts_with("the engine \"a\""));
  std::vector<EngineConfig> many;
  for (size_t i = 0; i < kNamedEnginesMax; ++i) many.push_back(Named("e" + std::to_string(i)));
  CHECK(models.Refused(many).ok());
  many.push_back(Named("more"));
  CHECK(models.Refused(many).code() == StatusCode::kInvalidArgument);
}

TEST_CASE("a session has functions on other engines") {
  const Models models;
  const auto engine = models.Load({Named("big", kDemo)});
  const auto session = Session::Make(engine.get());
  session->Enter(
      "@engine(\"big\") fn ask(q: string) -> string { user q  gen a with max: 6  return a }", {});
  const auto outcome = session->Enter("ask(\"Where is Ann?\")", {.calls = true});
  REQUIRE_MESSAGE(outcome.report.ok, outcome.report.failure.message);
  REQUIRE(outcome.report.calls.size() == 1);
  CHECK(outcome.report.calls[0].engine == "big");
}

}  // namespace
}  // namespace lmp
