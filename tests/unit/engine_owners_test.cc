// Owners take turns: what one has started does not hold up another, and changes nothing of what is
// said.
#include <doctest/doctest.h>

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

constexpr sim::DigestModelOptions kLong = {.end_period = 0};

SequenceSpec OwnedBy(uint64_t owner, SequenceSpec spec) {
  spec.owner = owner;
  return spec;
}

std::string TextAlone(const sim::Vocabulary& vocabulary, SequenceSpec spec) {
  const auto engine = MakeDigestEngine(vocabulary, {}, kLong);
  const SequenceId id = engine->Start(std::move(spec)).value();
  Ends ends;
  REQUIRE(RunToEnd(*engine, &ends).ok());
  return ends.finished.at(id).text;
}

// Steps until one sequence has ended, which has to finish; those that end before it are added.
int StepsUntil(Engine& engine, SequenceId id, Ends* ends) {
  for (int steps = 1; steps < 2000; ++steps) {
    std::vector<SequenceEvent> events;
    REQUIRE(engine.Step(&events).ok());
    for (auto& event : events) {
      REQUIRE(!std::holds_alternative<FailedEvent>(event));
      if (auto* finished = std::get_if<FinishedEvent>(&event))
        ends->finished.emplace(finished->id, std::move(*finished));
    }
    if (ends->finished.count(id) > 0) return steps;
  }
  FAIL("it did not end");
  return 0;
}

TEST_CASE("nobody waits for all that another owner has started") {
  const auto vocabulary = sim::MakeVocabulary();
  Rng rng(1);
  // Six of 200 tokens: in a batch of two; in a pool that three of them fill; one after the other.
  const EngineOptions all[] = {{.sequences_max = 2}, {.kv_pages = 50}, {.sequences_max = 1}};
  for (const EngineOptions& options : all) {
    CAPTURE(sim::ToString(options));
    const auto engine = MakeDigestEngine(vocabulary, options, kLong);
    std::vector<SequenceSpec> specs;
    std::vector<SequenceId> ids;
    for (int i = 0; i < 6; ++i)
      specs.push_back(OwnedBy(1, Generate(RandomTokens(rng, vocabulary, 40), 200)));
    for (const SequenceSpec& spec : specs) ids.push_back(engine->Start(spec).value());
    std::vector<SequenceEvent> events;
    for (int i = 0; i < 150; ++i) REQUIRE(engine->Step(&events).ok());

    specs.push_back(OwnedBy(2, Generate(RandomTokens(rng, vocabulary, 100), 20)));
    ids.push_back(engine->Start(specs.back()).value());
    Ends ends;
    const bool alone = options.sequences_max == 1;
    const int steps = StepsUntil(*engine, ids.back(), &ends);
    // Where two run, at once; where one runs, when the first one has ended.
    CHECK(steps <= (alone ? 72 : 21));
    CHECK(ends.finished.size() == (alone ? 2 : 1));
    CHECK(ends.finished.at(ids.back()).usage.preemptions == 0);
    REQUIRE(RunToEnd(*engine, &ends).ok());
    REQUIRE(ends.finished.size() == specs.size());
    CHECK(ends.finished.at(ids.front()).usage.preemptions == 0);  // the first always moves on
    for (size_t i = 0; i < specs.size(); ++i)
      CHECK(ends.finished.at(ids[i]).text == TextAlone(vocabulary, specs[i]));
    CHECK(engine->stats().pages_private == 0);
  }
}

TEST_CASE("one after the other, owners take turns and nothing is preempted") {
  const auto vocabulary = sim::MakeVocabulary();
  Rng rng(2);
  const auto engine = MakeDigestEngine(vocabulary, {.sequences_max = 1}, kLong);
  const auto start = [&](uint64_t owner) {
    return engine->Start(OwnedBy(owner, Generate(RandomTokens(rng, vocabulary, 20), 5))).value();
  };
  const SequenceId a1 = start(1), a2 = start(1), a3 = start(1), b1 = start(2), b2 = start(2);
  std::vector<SequenceId> order;
  while (engine->HasWork()) {
    std::vector<SequenceEvent> events;
    REQUIRE(engine->Step(&events).ok());
    for (const auto& event : events) {
      if (const auto* finished = std::get_if<FinishedEvent>(&event)) order.push_back(finished->id);
    }
  }
  CHECK(order == std::vector<SequenceId>{a1, b1, a2, b2, a3});
  CHECK(engine->stats().preemptions == 0);
}

TEST_CASE("who keeps coming does not hold up what is of a later turn") {
  const auto vocabulary = sim::MakeVocabulary();
  Rng rng(3);
  const auto engine = MakeDigestEngine(vocabulary, {.sequences_max = 2}, kLong);
  const auto start = [&](uint64_t owner, int tokens) {
    return engine->Start(OwnedBy(owner, Generate(RandomTokens(rng, vocabulary, 20), tokens)))
        .value();
  };
  start(1, 50);
  const SequenceId second = start(1, 50);
  bool ended = false;
  for (uint64_t step = 0; step < 1300 && !ended; ++step) {
    // Another owner's in each step, each longer than a step: more than there is room for.
    if (engine->Room(2 + step) > 0) start(2 + step, 2);
    std::vector<SequenceEvent> events;
    REQUIRE(engine->Step(&events).ok());
    for (const auto& event : events) {
      const auto* finished = std::get_if<FinishedEvent>(&event);
      ended = ended || (finished != nullptr && finished->id == second);
    }
  }
  CHECK(ended);
}

TEST_CASE("each owner has room for kSequencesMax sequences") {
  const auto vocabulary = sim::MakeVocabulary();
  const auto engine = MakeDigestEngine(vocabulary, {});
  for (size_t i = 0; i < kSequencesMax; ++i)
    REQUIRE(engine->Start({.tokens = {5}, .owner = 1}).ok());
  CHECK(engine->Room(1) == 0);
  CHECK(engine->Start({.tokens = {5}, .owner = 1}).status().code() ==
        StatusCode::kResourceExhausted);
  CHECK(engine->Room(2) == kSequencesMax);
  const SequenceId other = engine->Start({.tokens = {5}, .owner = 2}).value();
  Ends ends;
  CHECK(StepsUntil(*engine, other, &ends) <= 2);
  REQUIRE(RunToEnd(*engine, &ends).ok());
  CHECK(engine->Room(1) == kSequencesMax);
}

}  // namespace
}  // namespace lmp::engine
