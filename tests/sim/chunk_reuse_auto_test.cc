// `auto` in the engine: it does what the table and the numbers say, and taints as the policy that
// it chose does.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "runtime/engine/reuse_risks.h"
#include "tests/sim/reuse_world.h"

namespace lmp::sim {
namespace {

using engine::PassageClass;
using engine::ReuseCostNumbers;

// Random tokens: which class they have is not the point here.
std::shared_ptr<const engine::ReuseRisks> Table(const ReusePolicy& policy, double high) {
  auto risks = std::make_shared<engine::ReuseRisks>();
  for (const PassageClass passages : {PassageClass::kPlain, PassageClass::kDangling}) {
    risks->rows.push_back({.passages = passages, .policy = policy, .loss_high = high});
  }
  return risks;
}

engine::EngineOptions Options(std::shared_ptr<const engine::ReuseRisks> risks) {
  engine::EngineOptions options;
  options.reuse_risks = std::move(risks);
  options.reuse_cost = ReuseCostNumbers{.row_seconds = 1e-3};
  return options;
}

struct Texts {
  explicit Texts(ReuseWorld& w) : world(w), store(w.Store()) {
    const auto engine = world.Engine(store);
    for (const Tokens* chunk : {&a, &b, &tiny}) RunOne(*engine, Compile(s, *chunk));
  }
  engine::SequenceSpec Ask(const ReusePolicy& policy) const {
    return Prompt()
        .Text(s)
        .Context()
        .Text(q)
        .Chunk(b, policy)
        .Chunk(tiny, policy)
        .Chunk(a, policy)
        .Text(q)
        .Generate();
  }
  ReuseWorld& world;
  Tokens s = world.Random(1, 21), a = world.Random(2, 70), b = world.Random(3, 90);
  Tokens tiny = world.Random(4, 40), q = world.Random(7, 9);
  std::shared_ptr<cache::ChunkStore> store;
};

TEST_CASE("without a table auto is exact, bit for bit, and says so") {
  ReuseWorld world;
  Texts texts(world);
  Tap chosen, exact;
  const auto usage =
      RunOne(*world.Engine(texts.store, Options(nullptr), &chosen), texts.Ask(ReusePolicy::Auto()))
          .usage;
  RunOne(*world.Engine(texts.store, {}, &exact), texts.Ask(ReusePolicy::Prefix()));
  CHECK(chosen.all_layers == exact.all_layers);
  CHECK(chosen.logits == exact.logits);
  CHECK_FALSE(usage.tainted);
  CHECK(usage.auto_reused == 0);
  CHECK(usage.auto_computed == 3);
  CHECK(usage.auto_reason.find("no table") != std::string::npos);
}

TEST_CASE("auto is what it chose: the same KV, the same taint, the same path in the tree") {
  ReuseWorld world;
  Texts texts(world);
  const auto link = ReusePolicy::Link(4);
  Tap chosen, named;
  const auto engine = world.Engine(texts.store, Options(Table(link, 0.5)), &chosen);
  const auto usage = RunOne(*engine, texts.Ask(ReusePolicy::Auto())).usage;
  CHECK(usage.tainted);
  CHECK(usage.reuse == engine::ReuseKind::kLink);
  CHECK(usage.auto_reused == 2);
  CHECK(usage.auto_computed == 1);
  CHECK(usage.reused_tokens == 90 + 70 - 8);
  engine::SequenceSpec spec = texts.Ask(link);
  spec.chunks[1].policy = ReusePolicy::Prefix();  // short
  RunOne(*world.Engine(texts.store, {}, &named), spec);
  CHECK(chosen.all_layers == named.all_layers);
  CHECK(chosen.logits == named.logits);
  CHECK(RunOne(*engine, spec).usage.cached_tokens == usage.prompt_tokens - 1);
  // An exact lookup finds nothing of it.
  CHECK(RunOne(*engine, texts.Ask(ReusePolicy::Prefix())).usage.cached_tokens <=
        usage.exact_tokens);
}

TEST_CASE("auto computes where too much may be lost or nothing is gained") {
  ReuseWorld world;
  Texts texts(world);
  const auto link = ReusePolicy::Link(0);
  CHECK_FALSE(
      RunOne(*world.Engine(texts.store, Options(Table(link, 1.5))), texts.Ask(ReusePolicy::Auto()))
          .usage.tainted);
  engine::EngineOptions dear = Options(Table(link, 0.5));
  dear.reuse_cost->place_row_seconds = 1e-3;
  const auto usage = RunOne(*world.Engine(texts.store, dear), texts.Ask(ReusePolicy::Auto())).usage;
  CHECK_FALSE(usage.tainted);
  CHECK(usage.auto_reason.find("so exact") != std::string::npos);
  // A score is exact whatever its chunks say.
  engine::SequenceSpec score = texts.Ask(ReusePolicy::Auto());
  score.work = engine::ScoreSpec{.count = 2};
  CHECK_FALSE(RunOne(*world.Engine(texts.store, Options(Table(link, 0.5))), score).usage.tainted);
}

TEST_CASE("what auto would reuse and is not stored is compiled for the next time") {
  ReuseWorld world;
  Texts texts(world);
  const auto empty = world.Store();
  const auto engine = world.Engine(empty, Options(Table(ReusePolicy::Link(0), 0.5)));
  const auto first = RunOne(*engine, texts.Ask(ReusePolicy::Auto())).usage;
  CHECK_FALSE(first.tainted);
  CHECK(first.chunks_missing == 2);
  std::vector<engine::SequenceEvent> events;
  while (engine->HasWork()) REQUIRE(engine->Step(&events).ok());
  CHECK(empty->stats().objects == 2);
  engine->ClearCache();
  CHECK(RunOne(*engine, texts.Ask(ReusePolicy::Auto())).usage.reused_tokens == 160);
}

}  // namespace
}  // namespace lmp::sim
