// Many calls from many threads, with cancels and mistakes in between: afterwards the engine has its
// pages again, the process its threads, and no run has another's value.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <limits>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "runtime/api/lmp.h"
#include "runtime/base/clock_rng.h"
#include "tests/support/api_model.h"
#include "tests/support/sanitized.h"

namespace lmp {
namespace {

constexpr const char* kProgram = R"(fn add(a: int, b: int) -> int { return a + b }
fn say(name: string) -> string {
  user "Hello ${name}"
  gen reply with max: 4, min: 4
  return "${name}: ${reply}"
}
)";

size_t ThreadsSeen() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
    ++count;
  return count;
}

size_t ThreadsNow() {
  // The thread sanitizer begins one of its own at the first.
  std::thread([] {}).join();
  // One that was joined is seen for a moment still.
  size_t least = ThreadsSeen();
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    least = std::min(least, ThreadsSeen());
  }
  return least;
}

std::unique_ptr<Engine> LoadSmall() {
  const testing::TempFile file(testing::ApiModelBytes());
  auto engine = Engine::Load({.model = file.path(), .threads = 1});
  REQUIRE_MESSAGE(engine.ok(), engine.status().message());
  return std::move(engine).value();
}

// One call; false if it gave anything that it must not give.
bool CallOnce(Engine* engine, const ProgramRef& program, Rng* rng, int number) {
  const bool says = rng->Below(4) == 0;
  const std::string name = "n" + std::to_string(number);
  const std::string arguments =
      says ? ArgumentsJson({{"name", name}}) : ArgumentsJson({{"a", number}, {"b", 1}});
  auto run = engine->Start(program, says ? "say" : "add", arguments);
  if (!run.ok()) return run.status().code() == StatusCode::kResourceExhausted;
  const bool cancels = rng->Below(4) == 0;
  if (cancels) run.value()->Cancel();
  if (rng->Below(8) == 0) return true;  // freed while it runs
  const RunReport& report = run.value()->Wait();
  if (!report.ok) return cancels && report.failure.kind == "cancelled";
  return says ? report.value_text.starts_with(name + ": ")
              : report.value_text == std::to_string(number + 1);
}

}  // namespace

TEST_CASE("arguments: typed values are the JSON that a call takes") {
  CHECK(ArgumentsJson({}) == "{}");
  CHECK(ArgumentsJson({{"a", size_t{3}}, {"b", 7u}, {"c", -1LL}, {"d", INT64_MIN}, {"e", true}}) ==
        R"({"a":3,"b":7,"c":-1,"d":-9223372036854775808,"e":true})");
  CHECK(ArgumentsJson({{"a", size_t{3}}, {"b", 7u}, {"c", -1LL}, {"d", INT64_MIN}, {"e", true}}) ==
        R"({"a":3,"b":7,"c":-1,"d":-9223372036854775808,"e":true})");
  CHECK(ArgumentsJson(
            {{"q", "a \"b\"\n"}, {"n", -3}, {"f", 0.5}, {"yes", true}, {"none", nullptr}}) ==
        R"({"q":"a \"b\"\n","n":-3,"f":0.5,"yes":true,"none":null})");
  const Argument record = Argument::Record({{"id", "1"}, {"tags", Argument::List({"x", 2})}});
  CHECK(ArgumentsJson({{"r", record}, {"j", Argument::FromJson("[1]")}}) ==
        R"({"r":{"id":"1","tags":["x",2]},"j":[1]})");
  CHECK(Argument(std::numeric_limits<double>::infinity()).json() == "null");
}

TEST_CASE("calls: thousands from sixteen threads, cancelled at random") {
  const int calls = testing::kSanitized ? 2'000 : 10'000;
  const size_t threads_before = ThreadsNow();
  const ProgramRef program = Compile("calls.lmp", kProgram).program;
  REQUIRE(program != nullptr);
  {
    // Two engines in one process share nothing but the program.
    const auto first = LoadSmall();
    const auto second = LoadSmall();
    const uint64_t pages = first->Counters().value().pages_total;
    std::atomic<int> next = 0, wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&, t] {
        Rng rng(static_cast<uint64_t>(t));
        for (int number = next++; number < calls; number = next++) {
          Engine* engine = number % 2 == 0 ? first.get() : second.get();
          if (!CallOnce(engine, program, &rng, number)) ++wrong;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    for (Engine* engine : {first.get(), second.get()}) {
      // What was cancelled last may still be on its way.
      for (int i = 0; i < 1000; ++i) {
        engine->ClearCache();
        if (engine->Counters().value().pages_free == pages) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
      CHECK(engine->Counters().value().pages_free == pages);
    }
  }
  CHECK(ThreadsNow() == threads_before);
}

TEST_CASE("calls: an engine that goes while its runs are cancelled from elsewhere") {
  const ProgramRef program = Compile("calls.lmp", kProgram).program;
  for (int round = 0; round < (testing::kSanitized ? 5 : 20); ++round) {
    auto engine = LoadSmall();
    std::vector<std::unique_ptr<Run>> runs;
    for (int i = 0; i < 8; ++i) {
      auto run = engine->Start(program, "say", ArgumentsJson({{"name", i == 0 ? "a" : "b"}}));
      REQUIRE(run.ok());
      runs.push_back(std::move(run).value());
    }
    std::thread canceller([&runs] {
      for (const auto& run : runs) run->Cancel();
    });
    engine.reset();
    canceller.join();
    for (const auto& run : runs) {
      const RunReport& report = run->Wait();
      CHECK((report.ok || report.failure.kind == "cancelled"));
    }
  }
}

TEST_CASE("tools: functions of the host, on threads of their own") {
  const ProgramRef program = Compile("tools.lmp", R"(
    record Order { id: string  cents: int }
    @effect(read) @timeout(100ms) tool order(id: string) -> Order? = host("orders.lookup")
    fn one(id: string) -> string {
      try { return json(order(id)) } else e { return "${e.kind}: ${e.message}" }
    }
    fn many(n: int) -> list<int> {
      return fork i in 0..n { let found = order("${i}")  yield found == null ? 0 : found.cents }
    })")
                                 .program;
  REQUIRE(program != nullptr);
  const size_t threads_before = ThreadsNow();
  std::mutex kept_mutex;
  std::function<bool()> kept;
  {
    const auto engine = LoadSmall();
    const auto call = [&](std::string_view function,
                          std::vector<std::pair<std::string, Argument>> given) {
      auto run = engine->Start(program, function, ArgumentsJson(given));
      REQUIRE(run.ok());
      const RunReport& report = (*run)->Wait();
      return report.ok ? report.value_json : report.failure.kind + ": " + report.failure.message;
    };
    CHECK(call("one", {{"id", "7"}}) ==
          "\"tool: `order`: this host has no tool \\\"orders.lookup\\\"\"");
    engine->SetTool("orders.lookup", [](const ToolCall& asked) -> Result<std::string> {
      if (asked.arguments_json == R"({"id":"throw"})") throw std::runtime_error("no such shop");
      if (asked.arguments_json == R"({"id":"garbage"})") return std::string("[");
      if (asked.arguments_json == R"({"id":"fail"})") return NotFound("no order");
      if (asked.arguments_json == R"({"id":"none"})") return std::string("null");
      if (asked.arguments_json == R"({"id":"slow"})") {
        while (!asked.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return Cancelled("late");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      return R"({"id": "x", "cents": 5})" + std::string();
    });
    CHECK(call("one", {{"id", "7"}}) == R"("{\"id\":\"x\",\"cents\":5}")");
    CHECK(call("one", {{"id", "throw"}}) == "\"tool: `order`: it threw: no such shop\"");
    CHECK(call("one", {{"id", "garbage"}}).starts_with("\"tool: `order`: "));
    CHECK(call("one", {{"id", "fail"}}) == "\"tool: `order`: no order\"");
    CHECK(call("one", {{"id", "none"}}) == "\"null\"");
    CHECK(call("one", {{"id", "slow"}}) == "\"timeout: `order`: no answer within 100 ms\"");
    const std::string all = call("many", {{"n", 100}});
    CHECK(static_cast<size_t>(std::count(all.begin(), all.end(), '5')) == 100);
    engine->SetTool("orders.lookup", nullptr);
    CHECK(call("one", {{"id", "7"}}).starts_with("\"tool: `order`: this host has no tool"));
    // An engine that goes while a tool works, which keeps a way to ask of the call.
    engine->SetTool("orders.lookup", [&](const ToolCall& asked) -> Result<std::string> {
      {
        const std::lock_guard lock(kept_mutex);
        kept = asked.cancelled;
      }
      while (!asked.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return Cancelled("late");
    });
    auto run = engine->Start(program, "many", ArgumentsJson({{"n", 50}}));
    REQUIRE(run.ok());
    for (bool asked = false; !asked; std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
      const std::lock_guard lock(kept_mutex);
      asked = kept != nullptr;
    }
  }
  CHECK(kept());  // after the engine
  CHECK(ThreadsNow() == threads_before);
}

TEST_CASE("listening: answered late, ended, never, and by nobody") {
  const ProgramRef program = Compile("listen.lmp", R"(
    fn main() -> string {
      emit "Who?"
      try { return listen(timeout: 200ms) } else e { return "${e.kind}: ${e.message}" }
    })")
                                 .program;
  REQUIRE(program != nullptr);
  const auto engine = LoadSmall();
  std::string emitted;
  const auto said = [&](std::function<void(const Listening&)> on_listen) {
    emitted.clear();
    RunOptions options;
    options.on_text = [&](std::string_view text) { emitted += text; };
    options.on_listen = std::move(on_listen);
    auto run = engine->Start(program, "main", "{}", std::move(options));
    REQUIRE(run.ok());
    const RunReport& report = (*run)->Wait();
    return report.ok ? report.value_text : report.failure.kind;
  };
  CHECK(said([&](const Listening& listening) { listening.Answer(emitted + " Ada"); }) ==
        "Who? Ada");
  std::thread later;
  CHECK(said([&](const Listening& listening) {
          later = std::thread([listening] {
            CHECK_FALSE(listening.cancelled());
            listening.Answer("Bo");
            listening.Answer("not heard");
          });
        }) == "Bo");
  later.join();
  CHECK(said([](const Listening& listening) { listening.End(); }) == "listen: the input has ended");
  CHECK(said([](const Listening&) { throw std::runtime_error("deaf"); }) ==
        "listen: the host's callback for listening threw");
  CHECK(said(nullptr) == "listen: nobody is there to say something");
  std::optional<Listening> kept;
  CHECK(said([&](const Listening& listening) { kept = listening; }) ==
        "timeout: nobody said anything within 200 ms");
  CHECK(kept->cancelled());
  kept->Answer("too late");
  // A run that goes while it listens.
  std::promise<void> listens;
  RunOptions options;
  options.on_listen = [&](const Listening& listening) {
    kept = listening;
    listens.set_value();
  };
  auto run = engine->Start(program, "main", "{}", std::move(options));
  REQUIRE(run.ok());
  listens.get_future().wait();
  run->reset();
  kept->Answer("nobody");
}

}  // namespace lmp
