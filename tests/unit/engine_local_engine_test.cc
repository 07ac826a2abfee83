// The engine's edges: what it refuses, what it fails, what it reports.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/base/limits.h"
#include "tests/sim/sim_engine.h"

namespace lmp::engine {
namespace {

using sim::Ends;
using sim::Generate;
using sim::MakeDigestEngine;
using sim::RandomTokens;
using sim::RunToEnd;

TEST_CASE("Start refuses what no sequence can be") {
  const auto vocabulary = sim::MakeVocabulary();
  const auto engine = MakeDigestEngine(vocabulary, {});
  const auto refused = [&](SequenceSpec spec) {
    return engine->Start(std::move(spec)).status().code() == StatusCode::kInvalidArgument;
  };
  CHECK(refused({}));
  CHECK(refused({.tokens = {-1}}));
  CHECK(refused({.tokens = {5, vocabulary.tokenizer->vocabulary()}}));
  CHECK(refused({.tokens = {5}, .private_from = -2}));
  CHECK(refused({.tokens = {5, 6}, .work = ScoreSpec{.count = 0}}));
  CHECK(refused({.tokens = {5, 6}, .work = ScoreSpec{.count = 2}}));
  CHECK(refused({.tokens = {5, 6}, .work = GenerateSpec{.max_tokens = 0}}));
  CHECK(!engine->HasWork());
  CHECK(!refused({.tokens = {5, 6}, .work = ScoreSpec{.count = 1}}));
  CHECK(engine->HasWork());
}

TEST_CASE("MakeLocalEngine refuses options out of range") {
  const auto vocabulary = sim::MakeVocabulary();
  const auto refused = [&](const EngineOptions& options) {
    auto model = sim::MakeDigestModel(vocabulary.tokenizer->spec(), {});
    return MakeLocalEngine(std::move(model), vocabulary.tokenizer, nullptr, options)
               .status()
               .code() == StatusCode::kInvalidArgument;
  };
  CHECK(!refused({}));
  CHECK(refused({.kv_pages = 0}));
  CHECK(refused({.step_tokens_max = 0}));
  CHECK(refused({.sequences_max = 0}));
  CHECK(refused({.preempt_every = -1}));
}

TEST_CASE("at most kSequencesMax sequences") {
  const auto vocabulary = sim::MakeVocabulary();
  const auto engine = MakeDigestEngine(vocabulary, {});
  for (size_t i = 0; i < kSequencesMax; ++i) REQUIRE(engine->Start({.tokens = {5}}).ok());
  CHECK(engine->Start({.tokens = {5}}).status().code() == StatusCode::kResourceExhausted);
  Ends ends;
  CHECK(RunToEnd(*engine, &ends).ok());
  CHECK(ends.finished.size() == kSequencesMax);
  CHECK(engine->Start({.tokens = {5}}).ok());
}

TEST_CASE("what can never fit overflows at once, what fits exactly does not") {
  const auto vocabulary = sim::MakeVocabulary();
  Rng rng(1);
  const auto failure = [&](const EngineOptions& options, int context_max, SequenceSpec spec) {
    const auto engine =
        MakeDigestEngine(vocabulary, options, {.context_max = context_max, .end_period = 0});
    const SequenceId id = engine->Start(std::move(spec)).value();
    Ends ends;
    CHECK(RunToEnd(*engine, &ends).ok());
    CHECK(engine->stats().pages_private == 0);
    if (ends.failed.count(id) == 0) return std::string();
    CHECK(ends.failed.at(id).kind == FailureKind::kOverflow);
    return ends.failed.at(id).message + " / " + std::to_string(ends.failed.at(id).text.empty());
  };
  const auto tokens = [&](int n) { return RandomTokens(rng, vocabulary, n); };
  // The context.
  CHECK(failure({}, 64, {.tokens = tokens(64)}).empty());
  CHECK(failure({}, 64, {.tokens = tokens(65)}) == "65 tokens do not fit the context of 64 / 1");
  CHECK(failure({}, 64, Generate(tokens(63), 1)).empty());
  CHECK(failure({}, 64, Generate(tokens(64), 1)) == "65 tokens do not fit the context of 64 / 1");
  CHECK(failure({}, 64, Generate(tokens(60), 4)).empty());
  CHECK(failure({}, 64, Generate(tokens(60), 5)) == "65 tokens do not fit the context of 64 / 0");
  // The pool: 4 pages are 64 tokens; the last generated token needs no KV.
  const EngineOptions four = {.kv_pages = 4};
  CHECK(failure(four, 400, {.tokens = tokens(64)}).empty());
  CHECK(failure(four, 400, {.tokens = tokens(65)}) ==
        "65 tokens do not fit the KV pool of 64, kv_pages = 4 / 1");
  CHECK(failure(four, 400, Generate(tokens(60), 5)).empty());
  CHECK(failure(four, 400, Generate(tokens(60), 6)) ==
        "65 tokens do not fit the KV pool of 64, kv_pages = 4 / 0");
}

TEST_CASE("cancel ends a sequence at the next step, waiting or running") {
  const auto vocabulary = sim::MakeVocabulary();
  const auto engine = MakeDigestEngine(vocabulary, {.sequences_max = 1}, {.end_period = 0});
  Rng rng(2);
  const SequenceId running =
      engine->Start(Generate(RandomTokens(rng, vocabulary, 50), 100)).value();
  const SequenceId waiting =
      engine->Start(Generate(RandomTokens(rng, vocabulary, 50), 100)).value();
  std::vector<SequenceEvent> events;
  std::string text;
  for (int i = 0; i < 5; ++i) REQUIRE(engine->Step(&events).ok());
  for (const auto& event : events) text += std::get<TextEvent>(event).text;
  events.clear();
  engine->Cancel(running);
  engine->Cancel(waiting);
  engine->Cancel(999);
  REQUIRE(engine->Step(&events).ok());
  REQUIRE(events.size() == 2);
  const auto& first = std::get<FailedEvent>(events[0]);
  CHECK(first.id == running);
  CHECK(first.kind == FailureKind::kCancelled);
  CHECK(first.text == text);
  CHECK(first.usage.generated_tokens == 5);
  CHECK(std::get<FailedEvent>(events[1]).id == waiting);
  CHECK(!engine->HasWork());
  CHECK(engine->stats().pages_private == 0);
  // What was computed stays: full pages of 50 + 4 tokens.
  CHECK(engine->stats().pages_tree == 3);
  engine->ClearCache();
  CHECK(engine->stats().pages_free == engine->stats().pages_total);
}

TEST_CASE("preemption recomputes the youngest and changes nothing") {
  const auto vocabulary = sim::MakeVocabulary();
  Rng rng(3);
  std::vector<SequenceSpec> specs;
  for (int i = 0; i < 6; ++i) specs.push_back(Generate(RandomTokens(rng, vocabulary, 40), 60));
  const auto texts = [&](const EngineOptions& options, uint64_t* preemptions) {
    const auto engine = MakeDigestEngine(vocabulary, options, {.end_period = 0});
    for (const auto& spec : specs) REQUIRE(engine->Start(spec).ok());
    Ends ends;
    REQUIRE(RunToEnd(*engine, &ends).ok());
    std::vector<std::string> out;
    for (const auto& [id, finished] : ends.finished) out.push_back(finished.text);
    CHECK(ends.finished.begin()->second.usage.preemptions == 0);  // never the oldest
    *preemptions = engine->stats().preemptions;
    return out;
  };
  uint64_t none = 0;
  uint64_t some = 0;
  const auto expected = texts({}, &none);
  CHECK(none == 0);
  CHECK(expected.size() == 6);
  // 7 pages hold one sequence of 100 tokens; prompts of several are admitted before they grow.
  CHECK(texts({.kv_pages = 14}, &some) == expected);
  CHECK(some > 0);
  CHECK(texts({.kv_pages = 7}, &some) == expected);
  CHECK(texts({.prefix_cache = false, .preempt_every = 2}, &some) == expected);
  CHECK(some > 10);
}

TEST_CASE("statistics add up") {
  const auto vocabulary = sim::MakeVocabulary();
  const auto engine = MakeDigestEngine(vocabulary, {}, {.end_period = 0});
  Rng rng(4);
  const auto prompt = RandomTokens(rng, vocabulary, 100);
  for (int i = 0; i < 3; ++i) REQUIRE(engine->Start(Generate(prompt, 10)).ok());
  Ends ends;
  REQUIRE(RunToEnd(*engine, &ends).ok());
  const EngineStats stats = engine->stats();
  CHECK(stats.steps == 10);
  CHECK(stats.prompt_tokens == 300);
  CHECK(stats.cached_tokens == 2 * 96);
  CHECK(stats.rows == 100 + 2 * 4 + 3 * 9);
  CHECK(stats.generated_tokens == 30);
  CHECK(stats.sequences_finished == 3);
  CHECK(stats.pages_free + stats.pages_tree == stats.pages_total);
  CHECK(stats.model_cpu_ns > 0);
  CHECK(stats.plan_cpu_ns > 0);
  CHECK(ends.finished.at(1).usage.miss == MissReason::kNew);
  CHECK(FailureKindName(FailureKind::kOverflow) == "overflow");
  CHECK(MissReasonName(MissReason::kDiverged) == "diverged");
}

TEST_CASE("a miss says whether the cache was asked") {
  const auto vocabulary = sim::MakeVocabulary();
  const auto miss = [&](const EngineOptions& options, bool twice) {
    const auto engine = MakeDigestEngine(vocabulary, options, {.end_period = 0});
    Ends ends;
    SequenceId id = 0;
    for (int i = 0; i < (twice ? 2 : 1); ++i) {
      id = engine->Start(Generate(std::vector<TokenId>(40, 20), 2)).value();
      REQUIRE(RunToEnd(*engine, &ends).ok());
    }
    return ends.finished.at(id).usage.miss;
  };
  CHECK(miss({}, false) == MissReason::kNew);
  CHECK(miss({}, true) == MissReason::kNone);
  CHECK(miss({.prefix_cache = false}, true) == MissReason::kOff);
  CHECK(MissReasonName(MissReason::kNone) == "none");
  CHECK(MissReasonName(MissReason::kOff) == "off");
}

}  // namespace
}  // namespace lmp::engine
