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

// The same in whole pages: every distinct page once, every partial last page by its own sequence.
int TreeTokensInPages(const std::vector<std::vector<TokenId>>& prompts) {
  std::set<std::vector<TokenId>> pages;
  int tails = 0;
  for (const auto& prompt : prompts) {
    const size_t full = prompt.size() / kPageTokens * kPageTokens;
    for (size_t n = kPageTokens; n <= full; n += kPageTokens) {
      pages.emplace(prompt.begin(), prompt.begin() + static_cast<ptrdiff_t>(n));
    }
    tails += static_cast<int>(prompt.size() - full);
  }
  return static_cast<int>(pages.size()) * kPageTokens + tails;
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
  const int in_pages = TreeTokensInPages(herd.prompts);
  CHECK(tree <= 90 + 16 * 211 + 64 * 21);  // questions may begin alike
  REQUIRE(in_pages > tree);

  SUBCASE("all in one step: page rounding and nothing else") {
    const HerdRun run = RunHerd(vocabulary, herd, {.step_tokens_max = 100'000});
    CHECK(run.prefill_rows == in_pages);
    CHECK(run.steps == herd.generate);
  }
  SUBCASE("in chunks: pages are waited for, and copied in part where they can be") {
    for (const int budget : {16, 100, 512}) {
      CAPTURE(budget);
      const HerdRun run = RunHerd(vocabulary, herd, {.step_tokens_max = budget});
      CHECK(run.prefill_rows >= tree);
      CHECK(run.prefill_rows <= in_pages);
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
  SUBCASE("the gang alone: to the page") {
    const auto engine = MakeDigestEngine(vocabulary, {}, {.end_period = 0});
    fork(*engine);
    Ends ends;
    REQUIRE(RunToEnd(*engine, &ends).ok());
    const int shared = 1000 / kPageTokens * kPageTokens;
    CHECK(static_cast<int>(engine->stats().rows) == shared + 8 * (1005 - shared + 9));
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
  CHECK(engine->stats().pages_tree == 4);  // 64 of 70 tokens
  SequenceSpec same = loser;
  same.private_from = -1;
  CHECK(run(same).usage.cached_tokens == 64);
  CHECK(run(same).usage.cached_tokens == 99);
  same.tenant_salt = 5;
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
