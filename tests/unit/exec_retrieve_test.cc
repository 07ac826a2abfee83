// `retrieve` in the executor: what it gives, beside generations; failing, late and cancelled
// answers.
#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ir/evaluate.h"
#include "ir/parse.h"
#include "runtime/exec/retriever.h"
#include "tests/support/exec_harness.h"

namespace lmp {
namespace {

constexpr const char* kProgram = R"(program "rag"
record passage { id: str document: str line: i64 heading: str text: str score: f64 tokens: i64 }
corpus books = "books"
fn @main(%asked: list<str>, %k: i64 = 3) -> list<str> {
  %hits = retrieve @books %asked k=%k
  %ids: list<str> = fork %hits (%p: rec<passage>, %i: i64) {
    %id: str = field @id %p
    %text: str = field @text %p
    %both = str.cat %id, %text
    yield %both
  }
  return %ids
}
)";

// Answers on threads of their own, once `open` lets them.
class ListRetriever final : public exec::Retriever {
 public:
  explicit ListRetriever(std::shared_future<void> open, Status failure = OkStatus())
      : open_(std::move(open)), failure_(std::move(failure)) {}
  ~ListRetriever() override {
    for (std::thread& thread : threads_) thread.join();
  }
  void Start(exec::Retrieval retrieval, std::function<void(Answer)> done) override {
    std::lock_guard lock(mutex_);
    ++asked;
    threads_.emplace_back([this, retrieval = std::move(retrieval), done = std::move(done)] {
      while (open_.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
        if (!retrieval.cancelled->load()) continue;
        saw_cancel = true;
        return done(Cancelled("nobody waits"));
      }
      if (!failure_.ok()) return done(failure_);
      done(ir::FakePassages(retrieval.corpus->name, retrieval.query));
    });
  }
  std::atomic<int> asked = 0;
  std::atomic<bool> saw_cancel = false;

 private:
  const std::shared_future<void> open_;
  const Status failure_;
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

std::shared_future<void> Now() {
  std::promise<void> open;
  open.set_value();
  return open.get_future().share();
}

ir::Value Texts(std::initializer_list<const char*> texts) {
  std::vector<ir::Value> items;
  for (const char* text : texts) items.push_back(ir::Value::Str(text));
  return ir::Value::List(std::move(items));
}

struct Started {
  std::shared_ptr<testing::CollectingSink> sink = std::make_shared<testing::CollectingSink>();
  exec::RunId id = 0;
};

Started Start(exec::Loop& loop, std::shared_ptr<exec::Retriever> retriever,
              std::vector<ir::Value> arguments) {
  Started started;
  exec::Request request;
  request.plan = testing::BindText(kProgram);
  request.function = "main";
  request.arguments = std::move(arguments);
  request.sink = started.sink;
  request.retriever = std::move(retriever);
  const auto id = loop.Submit(std::move(request));
  REQUIRE(id.ok());
  started.id = id.value();
  return started;
}

TEST_CASE("what a program retrieves is what the evaluator says") {
  const ir::ParseOutcome parsed = ir::Parse(kProgram);
  REQUIRE(parsed.program.has_value());
  ir::HashModel model;
  exec::Loop loop(testing::MakeDigestEngine({}));
  size_t passages = 0;
  for (const char* text : {"a", "b", "ports", "", "d", "e"}) {
    for (int64_t k = 0; k < 5; ++k) {
      const std::vector<ir::Value> arguments = {Texts({text, "second"}), ir::Value::Int(k)};
      const ir::Evaluation expected = ir::Evaluate(*parsed.program, "main", arguments, &model);
      auto retriever = std::make_shared<ListRetriever>(Now());
      const auto out = Start(loop, retriever, arguments).sink->Wait();
      CHECK(out.result.ok == expected.status.ok());
      CHECK(retriever->asked == (k > 0 ? 1 : 0));
      if (k == 0) CHECK(out.result.failure.kind == "value");
      if (k == 0) CHECK(out.result.failure.message == expected.status.message());
      if (!out.result.ok || !expected.status.ok()) continue;
      CHECK(out.result.value == expected.value);
      passages += expected.value.as_list().size();
    }
  }
  CHECK(passages > 20);
}

TEST_CASE("a failing corpus fails the run at its declaration; without a host there is none") {
  exec::Loop loop(testing::MakeDigestEngine({}));
  const auto failing = Start(loop, std::make_shared<ListRetriever>(Now(), NotFound("no folder")),
                             {Texts({"a"}), ir::Value::Int(1)})
                           .sink->Wait();
  CHECK_FALSE(failing.result.ok);
  CHECK(failing.result.failure.kind == "retrieve");
  CHECK(failing.result.failure.message == "no folder");
  const auto bare = Start(loop, nullptr, {Texts({"a"}), ir::Value::Int(1)}).sink->Wait();
  CHECK(bare.result.failure.kind == "retrieve");
  std::vector<ir::Value> many(65, ir::Value::Str("q"));
  const auto limit = Start(loop, std::make_shared<ListRetriever>(Now()),
                           {ir::Value::List(std::move(many)), ir::Value::Int(1)})
                         .sink->Wait();
  CHECK(limit.result.failure.kind == "limit");
}

TEST_CASE("others go on while one waits for its corpus; cancelling ends the wait") {
  std::promise<void> open;
  auto slow = std::make_shared<ListRetriever>(open.get_future().share());
  exec::Loop loop(testing::MakeDigestEngine({}));
  const Started waiting = Start(loop, slow, {Texts({"a"}), ir::Value::Int(3)});
  const auto quick =
      Start(loop, std::make_shared<ListRetriever>(Now()), {Texts({"b"}), ir::Value::Int(3)})
          .sink->Wait();
  CHECK(quick.result.ok);
  loop.Cancel(waiting.id);
  const auto out = waiting.sink->Wait();
  CHECK(out.result.failure.kind == "cancelled");
  for (int i = 0; i < 2000 && !slow->saw_cancel; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(slow->saw_cancel);
}

TEST_CASE("an answer that comes when the loop is gone goes nowhere") {
  std::promise<void> open;
  auto slow = std::make_shared<ListRetriever>(open.get_future().share());
  std::shared_ptr<testing::CollectingSink> sink;
  {
    exec::Loop loop(testing::MakeDigestEngine({}));
    sink = Start(loop, slow, {Texts({"a"}), ir::Value::Int(3)}).sink;
    while (slow->asked == 0) std::this_thread::yield();
  }
  CHECK(sink->Wait().result.failure.kind == "cancelled");
  open.set_value();
}

}  // namespace
}  // namespace lmp
