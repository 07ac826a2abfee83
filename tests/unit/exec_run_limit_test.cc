// What the values of one run may take, and that no run keeps the engine's thread.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "frontend/compile.h"
#include "runtime/base/limits.h"
#include "tests/support/exec_harness.h"

namespace lmp {
namespace {

using testing::CollectingSink;
using testing::RunOutcome;

std::shared_ptr<const exec::BoundPlan> BindSource(const std::string& source) {
  const frontend::CompileResult compiled = frontend::Compile("main.lmp", source);
  REQUIRE_MESSAGE(compiled.program != nullptr, compiled.diagnostics.front().title);
  return testing::BindProgram(*compiled.program);
}

std::shared_ptr<CollectingSink> Submit(exec::Loop& loop,
                                       std::shared_ptr<const exec::BoundPlan> plan,
                                       size_t value_bytes_max,
                                       std::vector<ir::Value> arguments = {}) {
  auto sink = std::make_shared<CollectingSink>();
  exec::Request request;
  request.plan = std::move(plan);
  request.function = "main";
  request.arguments = std::move(arguments);
  request.value_bytes_max = value_bytes_max;
  request.sink = sink;
  REQUIRE(loop.Submit(std::move(request)).ok());
  return sink;
}

exec::RunResult Run(const std::string& source, size_t value_bytes_max,
                    std::vector<ir::Value> arguments = {}) {
  exec::Loop loop(testing::MakeDigestEngine({}));
  return Submit(loop, BindSource(source), value_bytes_max, std::move(arguments))->Wait().result;
}

constexpr size_t kMiB = 1u << 20;

// A string of 2^n KiB.
constexpr const char* kDoubles = R"(fn main(n: int) -> int {
  var text = "0123456789abcdef"
  for i in range(6 + n) { text = text + text }
  return len(text)
}
)";

TEST_CASE("a run whose values grow beyond its limit fails with `limit`") {
  // The last round has the string of before and its double.
  const exec::RunResult fits = Run(kDoubles, 2 * kMiB, {ir::Value::Int(10)});
  REQUIRE_MESSAGE(fits.ok, fits.failure.message);
  CHECK(fits.value.as_int() == int64_t{kMiB});
  const exec::RunResult above = Run(kDoubles, kMiB + kMiB / 4, {ir::Value::Int(10)});
  CHECK(!above.ok);
  CHECK(above.failure.kind == "limit");
  CHECK(above.failure.message == "the values of the run take more than 1310720 bytes at one time");
  CHECK(above.failure.span.end > above.failure.span.begin);
  // One value is refused before it is made.
  const exec::RunResult one = Run(kDoubles, kMiB / 2, {ir::Value::Int(10)});
  CHECK(one.failure.kind == "limit");
  CHECK(one.failure.message.find("524288 bytes (limit of one value)") != std::string::npos);
  CHECK(Run(kDoubles, 0, {ir::Value::Int(12)}).ok);
}

TEST_CASE("what a run has let go counts no more, and a try goes on behind the failure") {
  constexpr const char* kLoops = R"(fn main(n: int) -> int {
  var most = 0
  for i in range(n) {
    let text = join([str(k + i) for k in range(1000)], ",")
    most = max(most, len(text))
  }
  return most
}
)";
  // 200 rounds of some 100 KB each.
  const exec::RunResult loops = Run(kLoops, kMiB, {ir::Value::Int(200)});
  CHECK_MESSAGE(loops.ok, loops.failure.message);
  constexpr const char* kCaught = R"(fn grow() -> int {
  var text = "0123456789abcdef"
  for i in range(17) { text = text + text }
  return len(text)
}
fn main() -> string {
  let size = try grow() else 0
  let again = try grow() else 1
  return "${size} ${again}"
}
)";
  const exec::RunResult caught = Run(kCaught, 3 * kMiB);
  REQUIRE_MESSAGE(caught.ok, caught.failure.message);
  CHECK(caught.value.as_str() == "0 1");
}

TEST_CASE("a run's limit is its own") {
  exec::Loop loop(testing::MakeDigestEngine({}));
  const auto plan = BindSource(kDoubles);
  const auto greedy = Submit(loop, plan, kMiB + kMiB / 4, {ir::Value::Int(12)});
  const auto modest = Submit(loop, plan, kMiB + kMiB / 4, {ir::Value::Int(8)});
  CHECK(!greedy->Wait().result.ok);
  CHECK(modest->Wait().result.ok);
}

TEST_CASE("arguments and contexts count") {
  constexpr const char* kGiven = "fn main(text: string) -> int { return len(text) + 1 }\n";
  const auto text = [](size_t bytes) {
    return std::vector{ir::Value::Str(std::string(bytes, 'x'))};
  };
  CHECK(Run(kGiven, kMiB, text(kMiB - 1000)).ok);
  CHECK(Run(kGiven, kMiB, text(kMiB)).failure.kind == "limit");
  // Each message makes timelines of their own from the one before.
  const auto messages = [](int count) {
    std::string source = "fn main(text: string) -> int {\n  user text\n";
    for (int i = 0; i < count; ++i) source += "  user \"and\"\n";
    return source + "  gen n: int(1..3)\n  return n\n}\n";
  };
  const exec::RunResult few = Run(messages(5), kMiB, text(3000));
  CHECK_MESSAGE(few.ok, few.failure.message);
  CHECK(Run(messages(200), kMiB, text(3000)).failure.kind == "limit");
}

TEST_CASE("a text that no prompt holds is not tokenised") {
  constexpr const char* kSays = R"(fn main(text: string) -> int {
  user text
  gen n: int(1..3)
  return n
}
)";
  const auto plan = BindSource(kSays);
  exec::Loop loop(testing::MakeDigestEngine({}));
  const auto run = [&](size_t bytes) {
    return Submit(loop, plan, 0, {ir::Value::Str(std::string(bytes, 'x'))})->Wait().result;
  };
  const exec::RunResult above = run(plan->prompt_bytes_max + 1);
  CHECK(above.failure.kind == "overflow");
  CHECK(above.failure.message.find("longer than any prompt") != std::string::npos);
  // At the limit it is the engine that finds it too long.
  const exec::RunResult at = run(plan->prompt_bytes_max);
  CHECK(at.failure.message.find("longer than any prompt") == std::string::npos);
  CHECK(run(100).ok);
}

TEST_CASE("bodies of many bytes wait for each other and all end") {
  std::string source = "fn wide(n: int) -> int {\n  var all = 0\n";
  for (int i = 0; i < 400; ++i) source += "  all = all + n * " + std::to_string(i) + "\n";
  source +=
      "  return all\n}\nfn main(n: int) -> int {\n"
      "  return sum([wide(i) for i in range(n)])\n}\n";
  // A body has more than 50 KB: all of them open would take more than three times the room.
  constexpr int64_t kMany = 4000;
  const exec::RunResult result = Run(source, 0, {ir::Value::Int(kMany)});
  REQUIRE_MESSAGE(result.ok, result.failure.message);
  CHECK(result.value.as_int() == kMany * (kMany - 1) / 2 * (400 * 399 / 2));
}

TEST_CASE("a run that works on large values lets others go on") {
  exec::Loop loop(testing::MakeDigestEngine({}));
  constexpr const char* kWorks = R"(fn main(n: int) -> int {
  let text = join([str(k) for k in range(100000)], ",")
  var found = 0
  for i in range(n) { found = found + (contains(text, "no ${i} such") ? 1 : 0) }
  return found
}
)";
  // A minute or more, were it not ended.
  const auto works = Submit(loop, BindSource(kWorks), 16 * kMiB, {ir::Value::Int(1'000'000)});
  const auto other = Submit(loop, BindSource(kDoubles), kMiB, {ir::Value::Int(2)});
  CHECK(other->Wait().result.ok);
  loop.Cancel(1);
  CHECK(works->Wait().result.failure.kind == "cancelled");
}

TEST_CASE("an emit of a string joined from itself again and again is one text") {
  std::string source = "fn main(x: string) -> int {\n  let a0 = \"${x}${x}\"\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "${a" + std::to_string(i - 1) + "}";
    source += "  let a" + std::to_string(i) + " = \"" + before + before + "\"\n";
  }
  exec::Loop loop(testing::MakeDigestEngine({}));
  const RunOutcome empty =
      Submit(loop, BindSource(source + "  emit a39\n  return 1\n}\n"), 0, {ir::Value::Str("")})
          ->Wait();
  REQUIRE_MESSAGE(empty.result.ok, empty.result.failure.message);
  CHECK(empty.emitted.empty());
  const RunOutcome some =
      Submit(loop, BindSource(source + "  emit a15\n  return 1\n}\n"), 0, {ir::Value::Str("ab")})
          ->Wait();
  REQUIRE_MESSAGE(some.result.ok, some.result.failure.message);
  CHECK(some.emitted.size() == 2 << 16);
  CHECK(some.emitted.find_first_not_of("ab") == std::string::npos);
}

}  // namespace
}  // namespace lmp
