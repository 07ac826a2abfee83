// Passages in programs (ctx.insert), from IR text to the engine with a chunk store, on a
// transformer with random weights.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "ir/reuse.h"
#include "runtime/exec/context.h"
#include "tests/sim/reuse_world.h"
#include "tests/support/exec_harness.h"

namespace lmp::sim {
namespace {

using ir::Value;

// System prefix, passages with labels under a policy, a question; `ask` ends the program.
std::string Rag(const std::string& reuse, const std::string& ask) {
  return R"(program "rag"
fn @main(%q: str, %passages: list<str>) -> str {
  %c = ctx.empty
  %s = ctx.open %c {role=system}
  %st: str = const "the answer is in the text below, and in nothing else at all"
  %s1 = ctx.text %s, %st
  %s2 = ctx.close %s1 {role=system}
  %u = ctx.open %s2 {role=user}
  %u1: ctx = for %passages, %u (%p: str, %acc: ctx) {
    %l: str = const "\n[text] "
    %a1 = ctx.text %acc, %l
    %a2 = ctx.insert %a1, %p {reuse=")" +
         reuse + R"("}
    yield %a2
  }
  %u2 = ctx.text %u1, %q
  %u3 = ctx.close %u2 {role=user}
  %a = ctx.open %u3 {role=assistant}
)" + ask +
         "}\n";
}
const char kGen[] = R"(  %max: i64 = const 6
  %reply, %x = gen %a max=%max {type=str, site="main.reply#0"}
  return %reply
)";
const char kSelect[] = R"(  %options: list<str> = const ["yes", "no", "the answer"]
  %reply, %how, %x = select %a, %options {site="main.reply#0", method="likelihood"}
  return %reply
)";

struct InsertWorld {
  ReuseWorld world;
  std::shared_ptr<cache::ChunkStore> store = world.Store();
  std::vector<std::string> passages = {
      "the question and the answer and the question and the answer, which is the text of the day",
      "a text is a text and the sea is the sea, and the answer to the question is the sea",
      "and then the day was the day after the day of the answer"};

  std::unique_ptr<exec::Loop> Start(bool with_store) const {
    return std::make_unique<exec::Loop>(world.Engine(with_store ? store : nullptr));
  }
  std::vector<Value> Arguments(const std::vector<size_t>& order) const {
    std::vector<Value> list;
    for (const size_t i : order) list.push_back(Value::Str(passages[i]));
    return {Value::Str("what is the answer to the question?"), Value::List(std::move(list))};
  }
  testing::RunOutcome Run(exec::Loop& loop, const std::string& text,
                          const std::vector<size_t>& order) const {
    auto outcome = testing::RunOn(loop, testing::BindText(text), Arguments(order));
    REQUIRE_MESSAGE(outcome.result.ok, outcome.result.failure.message);
    return outcome;
  }
  // Runs until the engine has compiled the passages of a first run, which it does when idle.
  void Warm() const {
    const auto loop = Start(true);
    const auto stats = Run(*loop, Rag("link(4)", kGen), {0, 1, 2}).result.stats;
    CHECK(stats.approximate_calls == 0);
    CHECK(stats.reused_tokens == 0);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (loop->Stats().value().reuse.chunks_compiled < passages.size()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
};

// The passages in the order that suits the cache.
std::string InAnyOrder() {
  std::string text = Rag("prefix", kGen);
  const std::string loop = "  %u1: ctx = for %passages, %u (%p: str, %acc: ctx) {\n";
  text.replace(text.find(loop), loop.size(),
               R"(  %ls: list<str> = fork %passages {on_error="fail"} (%q1: str, %n: i64) {
    %l1: str = const "\n[text] "
    yield %l1
  }
  %order = ctx.order %u, %ls, %passages
  %u1: ctx = for %order, %u (%at: i64, %acc: ctx) {
    %p: str = call.pure @index %passages, %at
)");
  return text;
}

TEST_CASE("in any order: what is cached goes first, and the run says so") {
  const InsertWorld w;
  const auto loop = w.Start(false);
  const auto first = w.Run(*loop, InAnyOrder(), {0, 1, 2});
  CHECK(first.result.stats.reordered == 0);
  for (const std::vector<size_t>& order :
       {std::vector<size_t>{2, 1, 0}, {1, 2, 0}, {0, 2, 1}, {2, 0, 1}}) {
    const auto again = w.Run(*loop, InAnyOrder(), order);
    CHECK(again.Essence() == first.Essence());
    CHECK(again.result.stats.reordered == 1);
    REQUIRE(again.result.orders.size() == 1);
    CHECK(order[again.result.orders[0].order[0]] == 0);
    CHECK(again.result.stats.computed_tokens < first.result.stats.computed_tokens / 4);
  }
  // What is not cached keeps the order it was given in, and its prompt.
  loop->ClearCache();
  const auto cold = w.Run(*loop, InAnyOrder(), {2, 1, 0});
  CHECK(cold.result.stats.reordered == 0);
  const auto bare = w.Start(false);
  CHECK(cold.Essence() == w.Run(*bare, Rag("prefix", kGen), {2, 1, 0}).Essence());
  // A part of the passages: those go first, the others follow as they were given.
  const auto part = w.Run(*loop, InAnyOrder(), {0, 1, 2});
  CHECK(part.result.orders.size() == 1);
  CHECK(w.Run(*loop, InAnyOrder(), {1}).result.stats.reordered == 0);
  CHECK(w.Run(*loop, InAnyOrder(), {}).result.stats.reordered == 0);
}

TEST_CASE("a policy changes no token, and without a chunk store nothing else either") {
  const InsertWorld w;
  const auto loop = w.Start(false);
  const auto exact = w.Run(*loop, Rag("prefix", kGen), {0, 1, 2});
  for (const char* reuse : {"", "link(4)", "blend(0.2)", "auto"}) {
    loop->ClearCache();
    const auto outcome = w.Run(*loop, Rag(reuse, kGen), {0, 1, 2});
    CHECK(outcome.Essence() == exact.Essence());
    CHECK(outcome.result.stats.prompt_tokens == exact.result.stats.prompt_tokens);
    CHECK(outcome.result.stats.approximate_calls == 0);
  }
}

TEST_CASE("passages are computed once, and then loaded in any order, which the run says") {
  const InsertWorld w;
  w.Warm();
  const uint64_t stored = w.store->stats().objects;
  CHECK(stored == 3);
  const auto loop = w.Start(true);  // nothing in the prefix cache
  for (const std::vector<size_t>& order :
       {std::vector<size_t>{0, 1, 2}, {2, 1, 0}, {1}, {0, 0, 1}}) {
    loop->ClearCache();
    const auto run = w.Run(*loop, Rag("link(4)", kGen), order);
    const exec::RunStats& stats = run.result.stats;
    CHECK(stats.approximate_calls == 1);
    CHECK(stats.recomputed_tokens == 4 * static_cast<int64_t>(order.size()));
    CHECK(stats.reused_tokens > 10 * static_cast<int64_t>(order.size()));
    CHECK(stats.reused_tokens + stats.cached_tokens + stats.computed_tokens -
              stats.generated_tokens + 1 ==
          stats.prompt_tokens);
    CHECK(stats.approximate_tokens > stats.reused_tokens);
    CHECK(stats.approximate_tokens < stats.prompt_tokens);
    CHECK(run.result.calls.back().usage.tainted);
  }
  CHECK(w.store->stats().objects == stored);  // a tainted run stores nothing (I3)

  // What is exact next to it has the bits of a world without a store.
  loop->ClearCache();
  w.Run(*loop, Rag("link(0)", kGen), {2, 1, 0});
  const auto bare = w.Start(false);
  for (const char* reuse : {"prefix", "auto"}) {
    const auto exact = w.Run(*loop, Rag(reuse, kGen), {2, 1, 0});
    CHECK(exact.result.stats.approximate_calls == 0);
    CHECK(exact.Essence() == w.Run(*bare, Rag(reuse, kGen), {2, 1, 0}).Essence());
  }
}

TEST_CASE("select is exact whatever its context asks for") {
  const InsertWorld w;
  w.Warm();
  const auto loop = w.Start(true);
  const auto bare = w.Start(false);
  for (const char* reuse : {"link(0)", "blend(0.1)"}) {
    const auto chosen = w.Run(*loop, Rag(reuse, kSelect), {2, 0, 1});
    CHECK(chosen.result.stats.approximate_calls == 0);
    CHECK(chosen.result.stats.reused_tokens == 0);
    CHECK(chosen.Essence() == w.Run(*bare, Rag(reuse, kSelect), {2, 0, 1}).Essence());
  }
}

TEST_CASE("the ids of a passage do not depend on its place; empty ones leave no trace") {
  const auto tokenizer = MakeDigestTokenizer().value();
  const auto format = text::MakeChatFormat(*tokenizer).value();
  const exec::ContextMaker make{*tokenizer, format};
  const auto link = ReusePolicy::Link(4);
  const auto ids = [&](const exec::ContextValue& context, size_t chunk) {
    const engine::ChunkSpan& span = context.chunks.at(chunk);
    return Tokens(context.tokens.begin() + span.begin, context.tokens.begin() + span.end);
  };
  const std::string passage = "answers and questions";
  auto open = make.Open(*make.Empty(), ir::Role::kUser, {});
  const auto alone = make.Insert(*open, passage, link, {});
  for (const std::string before : {"the ans", "the", " ", "\n", "x"}) {
    const auto text = make.Append(*open, before, exec::SegmentKind::kDynamic, {}, nullptr);
    const auto twice = make.Insert(*make.Insert(*text, passage, link, {}), passage, link, {});
    REQUIRE(twice->chunks.size() == 2);
    CHECK(ids(*twice, 0) == ids(*alone, 0));
    CHECK(ids(*twice, 1) == ids(*alone, 0));
    CHECK(twice->pending.empty());
    CHECK(tokenizer->Decode(ids(*twice, 0), text::FragmentStart::kContinue) == passage);
  }
  const auto none = make.Insert(*open, "", link, {});
  CHECK(none->chunks.empty());
  CHECK(none->tokens == open->tokens);
}

TEST_CASE("passages are stored behind a fixed system message, else behind BOS") {
  const auto tokenizer = MakeDigestTokenizer().value();
  const auto format = text::MakeChatFormat(*tokenizer).value();
  const exec::ContextMaker make{*tokenizer, format};
  const auto system = [&](exec::SegmentKind kind) {
    const auto open = make.Open(*make.Empty(), ir::Role::kSystem, {});
    return make.Close(*make.Append(*open, "the answer", kind, {}, nullptr), ir::Role::kSystem, {});
  };
  const auto fixed = system(exec::SegmentKind::kStatic);
  const int bos = tokenizer->spec().add_bos ? 1 : 0;
  CHECK(fixed->chunk_context == static_cast<int>(fixed->tokens.size()));
  CHECK(system(exec::SegmentKind::kDynamic)->chunk_context == bos);
  // A second system message is no prefix of the program.
  const auto second = make.Close(*make.Open(*fixed, ir::Role::kSystem, {}), ir::Role::kSystem, {});
  CHECK(second->chunk_context == fixed->chunk_context);
  const auto user = make.Close(*make.Open(*make.Empty(), ir::Role::kUser, {}), ir::Role::kUser, {});
  CHECK(user->chunk_context == bos);
}

TEST_CASE("reuse attributes") {
  using ir::ParseReuse;
  using ir::ReuseKind;
  CHECK(ParseReuse("")->kind == ReuseKind::kPrefix);
  CHECK(ParseReuse("prefix")->kind == ReuseKind::kPrefix);
  CHECK(ParseReuse("auto")->kind == ReuseKind::kAuto);
  CHECK(ParseReuse("link")->rows == 8);
  CHECK(ParseReuse("link(0)")->rows == 0);
  CHECK(ParseReuse("link(32)") == ir::Reuse{.kind = ReuseKind::kLink, .rows = 32});
  CHECK(ParseReuse("blend")->ratio == 0.15);
  CHECK(ParseReuse("blend(1)")->ratio == 1.0);
  for (const char* wrong :
       {"full", "link(", "link()", "link(-1)", "link(1.5)", "link(99999999999999999999)", "link8",
        "blend(2)", "blend(nan)", "blend(-0.1)", "blend(0.1", "Prefix", "auto(1)", " link"}) {
    CAPTURE(wrong);
    CHECK_FALSE(ParseReuse(wrong).has_value());
  }
}

}  // namespace
}  // namespace lmp::sim
