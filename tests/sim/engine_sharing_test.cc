// Prefix sharing in numbers: what is computed is what has to be, no row more.
#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "tests/sim/sim_engine.h"

namespace lmp::sim {
namespace {

using engine::EngineOptions;
using engine::SequenceId;
using engine::SequenceSpec;
using engine::SequenceUsage;

// Rows that the prompts need: every distinct prefix once, token by token.
int TreeTokens(const std::vector<std::vector<TokenId>>& prompts) {
  std::set<std::vector<TokenId>> prefixes;
  for (const auto& prompt : prompts) {
    for (size_t n = 1; n <= prompt.size(); ++n) {
      prefixes.emplace(prompt.begin(), prompt.begin() + static_cast<ptrdiff_t>(n));
    }
  }
  return static_cast<int>(prefixes.size());
}

struct Herd {
  std::vector<std::vector<TokenId>> prompts;
  int generate = 3;
};

// 64 prompts in 16 groups: one system prompt, a passage per group, a question each.
Herd MakeHerd(const Vocabulary& vocabulary) {
  Rng rng(7);
  Herd herd;
  const auto system = RandomTokens(rng, vocabulary, 90);
  for (int group = 0; group < 16; ++group) {
    const auto passage = Join(system, RandomTokens(rng, vocabulary, 211));
    for (int i = 0; i < 4; ++i) {
      herd.prompts.push_back(Join(passage, RandomTokens(rng, vocabulary, 21)));
    }
  }
  return herd;
}

struct HerdRun {
  int prefill_rows = 0;
  int cached = 0;
  int steps = 0;
};

HerdRun RunHerd(const Vocabulary& vocabulary, const Herd& herd, const EngineOptions& options) {
  const auto engine = MakeDigestEngine(vocabulary, options, {.end_period = 0});
  for (const auto& prompt : herd.prompts) {
    REQUIRE(engine->Start(Generate(prompt, herd.generate)).ok());
  }
  Ends ends;
  REQUIRE(RunToEnd(*engine, &ends).ok());
  HerdRun run{.steps = ends.steps};
  for (const auto& [id, finished] : ends.finished) {
    const SequenceUsage& usage = finished.usage;
    // Every drawn token but the last has a row of its own.
    const int prefill = usage.computed_tokens - (usage.generated_tokens - 1);
    CHECK(usage.preemptions == 0);
    CHECK(prefill + usage.cached_tokens == usage.prompt_tokens);
    run.prefill_rows += prefill;
    run.cached += usage.cached_tokens;
  }
  CHECK(ends.finished.size() == herd.prompts.size());
  const auto stats = engine->stats();
  CHECK(static_cast<int>(stats.rows) ==
        run.prefill_rows + static_cast<int>(herd.prompts.size()) * (herd.generate - 1));
  CHECK(static_cast<int>(stats.cached_tokens) == run.cached);
  return run;
}

TEST_CASE("the herd: 64 prompts in 16 groups at once are computed as one tree") {
  const Vocabulary vocabulary = MakeVocabulary();
  const Herd herd = MakeHerd(vocabulary);
  const int tree = TreeTokens(herd.prompts);
  CHECK(tree <= 90 + 16 * 211 + 64 * 21);  // questions may begin alike

  SUBCASE("all at once: whole pages within the step, parts of pages a step later") {
    const HerdRun run = RunHerd(vocabulary, herd, {.step_tokens_max = 100'000});
    CHECK(run.prefill_rows == tree);
    CHECK(run.steps == herd.generate + 2);  // the passages' last pages, then the questions
  }
  SUBCASE("in chunks") {
    for (const int budget : {16, 100, 512}) {
      CAPTURE(budget);
      const HerdRun run = RunHerd(vocabulary, herd, {.step_tokens_max = budget});
      CHECK(run.prefill_rows == tree);
    }
  }
  SUBCASE("without same-step sharing the herd pays for what it could share") {
    const HerdRun run =
        RunHerd(vocabulary, herd, {.step_tokens_max = 100'000, .same_step_sharing = false});
    CHECK(run.prefill_rows == 64 * (90 + 211 + 21));
  }
  SUBCASE("without a cache too") {
    const HerdRun run = RunHerd(vocabulary, herd, {.prefix_cache = false});
    CHECK(run.prefill_rows == 64 * (90 + 211 + 21));
    CHECK(run.cached == 0);
  }
}

TEST_CASE("fork(8) over a 1,000-token prefix computes it once") {
  const Vocabulary vocabulary = MakeVocabulary();
  Rng rng(8);
  const auto prefix = RandomTokens(rng, vocabulary, 1000);
  const auto fork = [&](engine::Engine& engine) {
    for (int i = 0; i < 8; ++i) {
      REQUIRE(engine.Start(Generate(Join(prefix, RandomTokens(rng, vocabulary, 5)), 10)).ok());
    }
  };
  SUBCASE("parent first, then the gang: to the token") {
    const auto engine = MakeDigestEngine(vocabulary, {}, {.end_period = 0});
    Ends ends;
    REQUIRE(engine->Start(SequenceSpec{.tokens = prefix}).ok());
    REQUIRE(RunToEnd(*engine, &ends).ok());
    CHECK(engine->stats().rows == 1000);
    fork(*engine);
    REQUIRE(RunToEnd(*engine, &ends).ok());
    CHECK(engine->stats().rows == 1000 + 8 * (5 + 9));
    for (SequenceId id = 2; id <= 9; ++id) {
      const SequenceUsage& usage = ends.finished.at(id).usage;
      CHECK(usage.cached_tokens == 1000);
      CHECK(usage.computed_tokens == 5 + 9);
    }
  }
  SUBCASE("the gang alone: to the token too") {
    const auto engine = MakeDigestEngine(vocabulary, {}, {.end_period = 0});
    fork(*engine);
    Ends ends;
    REQUIRE(RunToEnd(*engine, &ends).ok());
    CHECK(engine->stats().rows == 1000 + 8 * (5 + 9));
  }
}

TEST_CASE("a common beginning shorter than a page is computed once") {
  const Vocabulary vocabulary = MakeVocabulary();
  const auto engine = MakeDigestEngine(vocabulary, {}, {.end_period = 0});
  Rng rng(13);
  Ends ends;
  const auto usage = [&](SequenceId id) { return ends.finished.at(id).usage; };

  SUBCASE("options of a select, which keep their own pages private and end within the step") {
    const auto context = RandomTokens(rng, vocabulary, 13);
    const auto option = [&](std::vector<TokenId> tokens) {
      SequenceSpec spec{.tokens = Join(context, tokens), .private_from = 13};
      spec.work = engine::ScoreSpec{static_cast<int>(tokens.size())};
      return engine->Start(std::move(spec)).value();
    };
    const SequenceId first = option({20, 21});
    const SequenceId second = option({22});
    const SequenceId third = option({23, 24, 25});
    REQUIRE(RunToEnd(*engine, &ends).ok());
    // All but the row whose logits each option needs itself.
    CHECK(usage(first).computed_tokens == 14);
    CHECK(usage(second).computed_tokens == 1);
    CHECK(usage(third).computed_tokens == 3);
    CHECK(ends.steps == 2);
    // What follows finds the context, and nothing of an option.
    const SequenceId next = engine->Start(Generate(Join(context, {20, 21, 30}), 2)).value();
    REQUIRE(RunToEnd(*engine, &ends).ok());
    CHECK(usage(next).cached_tokens == 13);
  }
  SUBCASE("siblings that are still running, behind whole pages") {
    const auto common = RandomTokens(rng, vocabulary, 2 * kPageTokens + 7);
    std::vector<SequenceId> ids;
    for (TokenId i = 0; i < 4; ++i) {
      ids.push_back(engine->Start(Generate(Join(common, {20 + i, 30}), 40)).value());
    }
    REQUIRE(RunToEnd(*engine, &ends).ok());
    CHECK(usage(ids[0]).cached_tokens == 0);
    for (size_t i = 1; i < 4; ++i) CHECK(usage(ids[i]).cached_tokens == 2 * kPageTokens + 7);
    CHECK(ends.steps == 41);
  }
  SUBCASE("one that comes while another has filled its page in part") {
    const auto common = RandomTokens(rng, vocabulary, 9);
    const SequenceId first = engine->Start(Generate(Join(common, {20}), 5)).value();
    std::vector<engine::SequenceEvent> events;
    REQUIRE(engine->Step(&events).ok());
    const SequenceId second = engine->Start(Generate(Join(common, {21}), 5)).value();
    REQUIRE(RunToEnd(*engine, &ends).ok());
    CHECK(usage(first).cached_tokens == 0);
    CHECK(usage(second).cached_tokens == 9);
  }
  SUBCASE("so few rows that a step's wait costs more are computed twice") {
    const auto common = RandomTokens(rng, vocabulary, 3);
    for (TokenId i = 0; i < 2; ++i) {
      REQUIRE(engine->Start(Generate(Join(common, {20 + i, 30}), 5)).ok());
    }
    REQUIRE(RunToEnd(*engine, &ends).ok());
    CHECK(ends.steps == 5);
    CHECK(engine->stats().cached_tokens == 0);
  }
  SUBCASE("tenants share nothing") {
    for (const char* tenant : {"one", "two"}) {
      SequenceSpec spec = Generate(std::vector<TokenId>(10, 20), 5);
      spec.tenant = tenant;
      REQUIRE(engine->Start(std::move(spec)).ok());
    }
    REQUIRE(RunToEnd(*engine, &ends).ok());
    CHECK(ends.steps == 5);
    CHECK(engine->stats().cached_tokens == 0);
  }
}

TEST_CASE("a turn reuses all that the turns before it said") {
  const Vocabulary vocabulary = MakeVocabulary();
  const auto engine = MakeDigestEngine(vocabulary, {});
  Rng rng(9);
  auto context = RandomTokens(rng, vocabulary, 37);
  int known = 0;  // tokens of the context that have KV
  int by_end = 0;
  for (int turn = 0; turn < 40; ++turn) {
    SequenceSpec spec = Generate(context, 30);
    auto& generate = std::get<engine::GenerateSpec>(spec.work);
    generate.end_tokens = {vocabulary.tokenizer->spec().eot};
    generate.sampling = {.temperature = 1.0, .site = static_cast<uint64_t>(turn)};
    const SequenceId id = engine->Start(std::move(spec)).value();
    Ends ends;
    REQUIRE(RunToEnd(*engine, &ends).ok());
    const engine::FinishedEvent& finished = ends.finished.at(id);
    CAPTURE(turn);
    CHECK(finished.usage.cached_tokens == known);
    context = Join(context, finished.tokens);
    // The last sampled token has no KV; an end token is not part of the context.
    const bool ended = finished.reason == engine::EndReason::kEndToken;
    by_end += ended ? 1 : 0;
    known = static_cast<int>(context.size()) - (ended ? 0 : 1);
    context = Join(context, RandomTokens(rng, vocabulary, 1 + static_cast<int>(rng.Below(20))));
  }
  CHECK(by_end > 5);
  CHECK(by_end < 35);
}

TEST_CASE("a score that was computed before is computed from its first wanted row only") {
  const Vocabulary vocabulary = MakeVocabulary();
  const auto engine = MakeDigestEngine(vocabulary, {});
  Rng rng(10);
  SequenceSpec spec;
  spec.tokens = RandomTokens(rng, vocabulary, 100);
  spec.work = engine::ScoreSpec{.count = 7};
  std::vector<double> first;
  for (int i = 0; i < 2; ++i) {
    const SequenceId id = engine->Start(spec).value();
    Ends ends;
    REQUIRE(RunToEnd(*engine, &ends).ok());
    const auto& finished = ends.finished.at(id);
    CHECK(finished.usage.computed_tokens == (i == 0 ? 99 : 7));
    CHECK(finished.usage.cached_tokens == (i == 0 ? 0 : 92));
    REQUIRE(finished.logprobs.size() == 7);
    if (i == 0) first = finished.logprobs;
    CHECK(finished.logprobs == first);
  }
}

TEST_CASE("private pages are read by nobody else; salts do not meet") {
  const Vocabulary vocabulary = MakeVocabulary();
  const auto engine = MakeDigestEngine(vocabulary, {}, {.end_period = 0});
  Rng rng(11);
  SequenceSpec loser = Generate(RandomTokens(rng, vocabulary, 100), 20);
  loser.private_from = 70;
  const auto run = [&](const SequenceSpec& spec) {
    const SequenceId id = engine->Start(spec).value();
    Ends ends;
    REQUIRE(RunToEnd(*engine, &ends).ok());
    return std::move(ends.finished.at(id));
  };
  CHECK(run(loser).usage.cached_tokens == 0);
  CHECK(engine->stats().pages_tree == 5);  // 70 tokens
  SequenceSpec same = loser;
  same.private_from = -1;
  CHECK(run(same).usage.cached_tokens == 70);
  CHECK(run(same).usage.cached_tokens == 99);
  same.tenant = "another";
  const auto other = run(same);
  CHECK(other.usage.cached_tokens == 0);
  CHECK(other.usage.miss == engine::MissReason::kSalt);
}

TEST_CASE("retained prefixes outlive others under pressure, the one used soonest longest") {
  const Vocabulary vocabulary = MakeVocabulary();
  const auto engine = MakeDigestEngine(vocabulary, {.kv_pages = 30}, {.end_period = 0});
  Rng rng(12);
  const auto warm = [&](const std::vector<TokenId>& tokens, bool retain) {
    SequenceSpec spec;
    spec.tokens = tokens;
    spec.retain = retain;
    const SequenceId id = engine->Start(std::move(spec)).value();
    Ends ends;
    REQUIRE(RunToEnd(*engine, &ends).ok());
    return std::move(ends.finished.at(id));
  };
  const auto crowd = [&](int tokens) {
    for (int i = 0; i < 10; ++i) warm(RandomTokens(rng, vocabulary, tokens), false);
  };
  const auto soon = RandomTokens(rng, vocabulary, 96);
  const auto late = RandomTokens(rng, vocabulary, 96);
  auto soon_end = warm(soon, true);
  auto late_end = warm(late, true);
  REQUIRE(soon_end.retained != nullptr);
  REQUIRE(late_end.retained != nullptr);
  soon_end.retained->SetNextUse(10);
  late_end.retained->SetNextUse(20);
  // 30 pages: both retained ones (12) and a stranger of 16 fit, a stranger of 24 costs `late`.
  crowd(256);
  CHECK(warm(soon, false).usage.cached_tokens == 96);
  CHECK(warm(late, false).usage.cached_tokens == 96);
  crowd(384);
  CHECK(warm(soon, false).usage.cached_tokens == 96);
  CHECK(warm(late, false).usage.cached_tokens == 0);
  soon_end.retained.reset();
  crowd(384);
  const auto again = warm(soon, false);
  CHECK(again.usage.cached_tokens == 0);
  CHECK(again.usage.miss == engine::MissReason::kEvicted);
}

}  // namespace
}  // namespace lmp::sim
