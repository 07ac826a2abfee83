// A fault inside an engine or a loop ends its own runs with `internal`; other loops of the process
// go on, and whoever waits is told.
#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/check.h"
#include "tests/support/exec_harness.h"

namespace lmp {
namespace {

using testing::CollectingSink;
using testing::RunOn;
using testing::RunOutcome;

constexpr const char* kTalk = R"(program "talk"

fn @main(%q: str) -> str {
  %c = ctx.empty
  %c.1 = ctx.open %c {role=user}
  %c.2 = ctx.text %c.1, %q
  %c.3 = ctx.close %c.2 {role=user}
  %c.4 = ctx.open %c.3 {role=assistant}
  %n: i64 = const 60
  %reply: str, %c.5 = gen %c.4 max=%n min=%n {type=str, site="main.reply#0"}
  return %reply
}
)";

// Calls come before the same call of the inner engine, with its number from 0; they may throw.
struct Faults {
  std::function<Status(int)> step = [](int) { return OkStatus(); };
  std::function<void(int)> start = [](int) {};
  std::function<void()> stats = [] {};
};

class FaultyEngine final : public engine::Engine {
 public:
  // Nothing starts or steps until `open` is true: all that a test submits is there by then.
  explicit FaultyEngine(Faults faults, const std::atomic<bool>* open = nullptr)
      : inner_(testing::MakeDigestEngine({})), faults_(std::move(faults)), open_(open) {}
  const text::Tokenizer& tokenizer() const override { return inner_->tokenizer(); }
  const model::ModelConfig& model_config() const override { return inner_->model_config(); }
  const engine::EngineOptions& options() const override { return inner_->options(); }
  std::shared_ptr<const constrain::TokenTrie> token_trie() const override {
    return inner_->token_trie();
  }
  Result<engine::SequenceId> Start(engine::SequenceSpec spec) override {
    if (open_ != nullptr) open_->wait(false);
    faults_.start(starts_++);
    return inner_->Start(std::move(spec));
  }
  void Cancel(engine::SequenceId id) override { inner_->Cancel(id); }
  size_t Room(uint64_t owner) const override { return inner_->Room(owner); }
  engine::SequenceUsage UsageOf(engine::SequenceId id) const override {
    return inner_->UsageOf(id);
  }
  int CachedTokens(std::span<const TokenId> tokens, const std::string& tenant) const override {
    return inner_->CachedTokens(tokens, tenant);
  }
  std::unique_ptr<engine::Retained> Retain(std::span<const TokenId> tokens,
                                           const std::string& tenant) override {
    return inner_->Retain(tokens, tenant);
  }
  bool HasWork() const override { return inner_->HasWork(); }
  Status Step(std::vector<engine::SequenceEvent>* events) override {
    if (open_ != nullptr) open_->wait(false);
    LMP_RETURN_IF_ERROR(faults_.step(steps_++));
    return inner_->Step(events);
  }
  engine::EngineStats stats() const override {
    faults_.stats();
    return inner_->stats();
  }
  void ClearCache() override { inner_->ClearCache(); }

 private:
  std::unique_ptr<engine::Engine> inner_;
  Faults faults_;
  const std::atomic<bool>* open_;
  int steps_ = 0;
  int starts_ = 0;
};

// Null where the loop takes no more runs.
std::shared_ptr<CollectingSink> Submit(exec::Loop& loop, const std::string& question) {
  auto sink = std::make_shared<CollectingSink>();
  exec::Request request;
  request.plan = testing::BindText(kTalk);
  request.function = "main";
  request.arguments = {ir::Value::Str(question)};
  request.sink = sink;
  return loop.Submit(std::move(request)).ok() ? sink : nullptr;
}

// Two runs on a loop with the fault and two on a healthy one, at the same time.
void CheckFailsAlone(const Faults& faults, const std::string& why) {
  exec::Loop healthy(std::make_unique<FaultyEngine>(Faults{}));
  const std::string expected =
      RunOn(healthy, testing::BindText(kTalk), {ir::Value::Str("a")}).Essence();
  std::atomic<bool> open = false;
  exec::Loop broken(std::make_unique<FaultyEngine>(faults, &open));
  const auto first = Submit(broken, "a"), second = Submit(broken, "b");
  open = true;
  open.notify_all();
  const auto other = Submit(healthy, "a");
  REQUIRE((first && second && other));
  for (const auto& sink : {first, second}) {
    const RunOutcome outcome = sink->Wait();
    CHECK(!outcome.result.ok);
    CHECK(outcome.result.failure.kind == "internal");
    CHECK_MESSAGE(outcome.result.failure.message.find(why) != std::string::npos,
                  outcome.result.failure.message);
  }
  CHECK(broken.poisoned());
  CHECK(broken.Submit(exec::Request{}).status().code() == StatusCode::kInternal);
  CHECK(!healthy.poisoned());
  CHECK(other->Wait().Essence() == expected);
  CHECK(RunOn(healthy, testing::BindText(kTalk), {ir::Value::Str("a")}).Essence() == expected);
}

TEST_CASE("a step that fails, breaks an invariant or throws poisons its loop alone") {
  CheckFailsAlone({.step = [](int i) { return i < 5 ? OkStatus() : Internal("device lost"); }},
                  "device lost");
  CheckFailsAlone({.step =
                       [](int i) {
                         LMP_CHECK(i < 5);
                         return OkStatus();
                       }},
                  "i < 5");
  CheckFailsAlone({.step = [](int i) -> Status {
                    if (i == 5) throw 42;
                    return OkStatus();
                  }},
                  "unknown exception");
}

TEST_CASE("a broken invariant where a sequence starts poisons its loop alone") {
  CheckFailsAlone({.start = [](int i) { LMP_CHECK(i < 1); }}, "i < 1");
}

TEST_CASE("what a run throws ends it alone") {
  std::atomic<bool> open = false;
  exec::Loop loop(std::make_unique<FaultyEngine>(Faults{.start =
                                                            [](int i) {
                                                              if (i == 0) throw std::bad_alloc();
                                                              if (i == 1)
                                                                throw std::length_error("long");
                                                            }},
                                                 &open));
  const auto first = Submit(loop, "a"), second = Submit(loop, "b"), third = Submit(loop, "c");
  open = true;
  open.notify_all();
  REQUIRE((first && second && third));
  std::multiset<std::string> ends;  // which run starts first is not said
  for (const auto& sink : {first, second, third}) {
    const exec::RunResult result = sink->Wait().result;
    ends.insert(result.ok ? "ok" : result.failure.kind + ": " + result.failure.message);
  }
  CHECK(ends ==
        std::multiset<std::string>{"internal: long", "internal: there is no memory for it", "ok"});
  CHECK(!loop.poisoned());
  CHECK(Submit(loop, "d")->Wait().result.ok);
}

TEST_CASE("runs and questions behind a fault of the same tick are answered") {
  exec::Loop loop(std::make_unique<FaultyEngine>(Faults{.stats = [] { throw 42; }}));
  std::vector<std::shared_ptr<CollectingSink>> sinks;
  // The fault lies between submissions, some of which come too late.
  for (int i = 0; i < 6; ++i) {
    auto sink = Submit(loop, "q" + std::to_string(i));
    if (sink == nullptr) break;
    sinks.push_back(std::move(sink));
    if (i == 2) CHECK(!loop.Stats().ok());
  }
  REQUIRE(sinks.size() >= 3);
  for (const auto& sink : sinks) {
    const auto result = sink->Wait().result;  // the first ones may be done before the fault
    CHECK((result.ok || result.failure.kind == "internal"));
  }
  CHECK(loop.poisoned());
}

TEST_CASE("a question that there is no memory for poisons nothing") {
  exec::Loop loop(std::make_unique<FaultyEngine>(Faults{.stats = [] { throw std::bad_alloc(); }}));
  CHECK(loop.Stats().status().code() == StatusCode::kResourceExhausted);
  CHECK(!loop.poisoned());
  CHECK(Submit(loop, "a")->Wait().result.ok);
}

}  // namespace
}  // namespace lmp
