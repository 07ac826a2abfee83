// The odd cases of chunk reuse: P13 (duplicates, tiny and unaligned chunks, prompts that end in
// one), P14 (reads that come late, fail, or are given up), P15 at the level of plans, missing
// objects, tenants, scores, and specs that make no sense.
#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/reuse_world.h"
#include "tests/support/forwarding_store.h"

namespace lmp::sim {
namespace {

// A store whose reads are delivered by the test.
class HeldStore final : public test::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  std::shared_ptr<cache::ChunkRead> Get(const cache::ChunkKey& key,
                                        cache::ReadNotify notify) override {
    auto whole = inner().Get(key);
    if (whole == nullptr) return nullptr;
    auto held = std::make_shared<cache::ChunkRead>(whole->shape(), 1.0, std::move(notify));
    reads.push_back({std::move(whole), held});
    return held;
  }

  struct Held {
    std::shared_ptr<cache::ChunkRead> whole;
    std::weak_ptr<cache::ChunkRead> held;

    // The first `groups` groups.
    void Deliver(size_t groups) const {
      const auto bytes = whole->All().value();
      if (const auto read = held.lock()) {
        for (size_t g = 0; g < std::min(groups, bytes.size()); ++g) read->Deliver(bytes[g]);
      }
    }
    void Fail() const {
      if (const auto read = held.lock()) read->Fail(Corruption("checksum"));
    }
  };
  std::vector<Held> reads;
};

struct Fixture {
  ReuseWorld world;
  std::shared_ptr<cache::ChunkStore> store = world.Store();
  Tokens s = world.Random(1, 21), a = world.Random(2, 37), b = world.Random(3, 50);
  Tokens q = world.Random(7, 9);

  void CompileBoth() {
    const auto engine = world.Engine(store);
    RunOne(*engine, Compile(s, a));
    RunOne(*engine, Compile(s, b));
  }
  Prompt Start() const { return Prompt().Text(s).Context(); }
  Tap Exact(engine::SequenceSpec spec) const {
    spec.chunks.clear();
    Tap tap;
    RunOne(*world.Engine(nullptr, {}, &tap), spec);
    return tap;
  }
};

TEST_CASE("P13: duplicates, empty and tiny chunks, a prompt that ends in a chunk, the same twice") {
  Fixture f;
  const Tokens tiny = f.world.Random(50, 1), page = f.world.Random(51, 16);
  const auto filler = f.world.Engine(f.store);
  for (const Tokens* chunk : std::initializer_list<const Tokens*>{&f.a, &f.b, &tiny, &page})
    RunOne(*filler, Compile(f.s, *chunk));
  for (const ReusePolicy& policy :
       {ReusePolicy::Link(4), ReusePolicy::Blend(0.2), ReusePolicy::Full()}) {
    CAPTURE(ReusePolicyName(policy));
    const std::vector<engine::SequenceSpec> specs = {
        f.Start().Chunk(f.b, policy).Chunk(f.b, policy).Chunk(f.b, policy).Text(f.q).Generate(3),
        f.Start().Chunk({}, policy).Chunk(f.a, policy).Chunk({}, policy).Text(f.q).Generate(3),
        f.Start().Text(f.q).Chunk(tiny, policy).Chunk(page, policy).Chunk(tiny, policy).Generate(3),
        f.Start().Text(f.q).Chunk(f.a, policy).Generate(3),
        f.Start().Chunk(f.a, policy).Generate(3),
        Prompt().Chunk(f.a, policy).Generate(3)};
    for (size_t i = 0; i < specs.size(); ++i) {
      CAPTURE(i);
      Tap tap;
      const auto engine = f.world.Engine(f.store, {}, &tap);
      const auto first = RunOne(*engine, specs[i]);
      const Tap cold = tap;
      tap = {};
      const auto second = RunOne(*engine, specs[i]);
      CHECK(first.tokens == second.tokens);
      CHECK(first.tokens.size() == 3);
      CHECK(tap.logits == cold.logits);
      CHECK(tap.all_layers == cold.all_layers);
      // Which rows of a last chunk `blend` takes is chosen again; then only whole pages are found.
      const bool chosen_again = policy.kind == engine::ReuseKind::kBlend && i == 3;
      const int found = second.usage.prompt_tokens - 1;
      CHECK(second.usage.cached_tokens ==
            (chosen_again ? found / kPageTokens * kPageTokens : found));
      CHECK(cold.first_layer == f.Exact(specs[i]).first_layer);
    }
  }
}

TEST_CASE("a warm of a prompt that ends in a chunk leaves it for the next") {
  Fixture f;
  f.CompileBoth();
  for (const uint32_t pages : {4096u, 8u}) {
    const auto engine = f.world.Engine(f.store, {.kv_pages = pages});
    engine::SequenceSpec warm = f.Start().Text(f.q).Chunk(f.a, ReusePolicy::Full()).spec;
    const auto warmed = RunOne(*engine, warm);
    CHECK(warmed.usage.computed_tokens == static_cast<int>(f.s.size() + f.q.size()));
    CHECK(warmed.usage.reused_tokens == static_cast<int>(f.a.size()));
    const auto next =
        RunOne(*engine, f.Start().Text(f.q).Chunk(f.a, ReusePolicy::Full()).Text(f.q).Generate());
    CHECK(next.usage.cached_tokens == warmed.usage.prompt_tokens);
  }
}

TEST_CASE("branches that start at once share the approximate pages") {
  Fixture f;
  f.CompileBoth();
  for (const ReusePolicy& policy : {ReusePolicy::Link(8), ReusePolicy::Blend(0.15)}) {
    CAPTURE(ReusePolicyName(policy));
    const auto engine = f.world.Engine(f.store, {.step_tokens_max = 16});
    for (uint64_t branch = 0; branch < 4; ++branch) {
      REQUIRE(engine
                  ->Start(f.Start()
                              .Chunk(f.b, policy)
                              .Chunk(f.a, policy)
                              .Text(f.world.Random(60 + branch, 9))
                              .Generate(2))
                  .ok());
    }
    Ends ends;
    REQUIRE(RunToEnd(*engine, &ends).ok());
    REQUIRE(ends.finished.size() == 4);
    const int prompt = ends.finished.at(1).usage.prompt_tokens;
    for (const auto& [id, event] : ends.finished) {
      CHECK(event.usage.tainted);
      if (id > 1) CHECK(event.usage.cached_tokens >= prompt - 9 - kPageTokens);
    }
  }
}

TEST_CASE("a missing object: the chunk is computed, compiled when idle, and reused the next time") {
  Fixture f;
  Tap tap;
  const auto engine = f.world.Engine(f.store, {}, &tap);
  const auto spec = f.Start()
                        .Text(f.q)
                        .Chunk(f.a, ReusePolicy::Link(8))
                        .Chunk(f.b, ReusePolicy::Link(8))
                        .Text(f.q)
                        .Generate();
  const auto first = RunOne(*engine, spec);  // runs until the compile jobs are done
  const Tap exact = f.Exact(spec);
  CHECK(tap.all_layers == exact.all_layers);
  CHECK(first.usage.chunks_missing == 2);
  CHECK_FALSE(first.usage.tainted);
  CHECK(engine->stats().reuse.chunks_compiled == 2);
  engine->ClearCache();
  tap = {};
  const auto second = RunOne(*engine, spec);
  CHECK(second.usage.tainted);
  CHECK(second.usage.chunks_missing == 0);
  CHECK(second.usage.reused_tokens == static_cast<int>(f.a.size() + f.b.size()) - 16);
  // What was compiled is what an explicit compile stores.
  Fixture g;
  g.CompileBoth();
  Tap other;
  RunOne(*g.world.Engine(g.store, {}, &other), spec);
  CHECK(other.all_layers == tap.all_layers);
  // The exact prefix comes first: cached exactly, nothing is approximate.
  const auto third = f.world.Engine(f.store);
  engine::SequenceSpec plain = spec;
  plain.chunks.clear();
  RunOne(*third, plain);
  const auto usage = RunOne(*third, spec).usage;
  CHECK_FALSE(usage.tainted);
  CHECK(usage.cached_tokens == usage.prompt_tokens - 1);
}

TEST_CASE("I3: a tainted run writes nothing to the store; a missing chunk in it is computed") {
  Fixture f;
  RunOne(*f.world.Engine(f.store), Compile(f.s, f.a));
  const auto engine = f.world.Engine(f.store, {.compile_missing = false});
  const auto usage = RunOne(*engine, f.Start()
                                         .Text(f.q)
                                         .Chunk(f.a, ReusePolicy::Link(8))
                                         .Chunk(f.b, ReusePolicy::Link(8))
                                         .Text(f.q)
                                         .Generate())
                         .usage;
  CHECK(usage.tainted);
  CHECK(usage.chunks_missing == 1);
  CHECK(f.store->stats().objects == 1);
}

TEST_CASE("tenants share no objects; a score is exact; other parameters are another plan") {
  Fixture f;
  f.CompileBoth();
  const auto engine = f.world.Engine(f.store, {.compile_missing = false});
  const auto prompt = [&](const ReusePolicy& policy) {
    return f.Start().Text(f.q).Chunk(f.a, policy).Text(f.q);
  };
  engine::SequenceSpec other_tenant = prompt(ReusePolicy::Full()).Generate();
  other_tenant.tenant = "another";
  CHECK(RunOne(*engine, other_tenant).usage.chunks_missing == 1);

  engine::SequenceSpec score = prompt(ReusePolicy::Full()).spec;
  score.work = engine::ScoreSpec{.count = 3};
  const auto scored = RunOne(*engine, score);
  CHECK_FALSE(scored.usage.tainted);
  CHECK(scored.usage.reused_tokens == 0);

  const auto fresh = f.world.Engine(f.store);
  const int exact = static_cast<int>(f.s.size() + f.q.size());
  for (const ReusePolicy& policy : {ReusePolicy::Full(), ReusePolicy::Link(4), ReusePolicy::Link(5),
                                    ReusePolicy::Blend(0.2), ReusePolicy::Blend(0.3)}) {
    CAPTURE(ReusePolicyName(policy));
    const auto usage = RunOne(*fresh, prompt(policy).Generate()).usage;
    CHECK(usage.cached_tokens <= exact);
    CHECK(usage.tainted);
    if (policy.kind != engine::ReuseKind::kFull) CHECK(usage.miss == engine::MissReason::kTainted);
  }
}

TEST_CASE("P14: reads that come late hold up only their own sequence") {
  Fixture f;
  f.CompileBoth();
  const auto held = std::make_shared<HeldStore>(f.store);
  const auto engine = f.world.Engine(held, {.chunk_read_ms_max = 60'000});
  const auto waiting =
      engine->Start(f.Start().Text(f.q).Chunk(f.a, ReusePolicy::Link(8)).Text(f.q).Generate());
  const auto other = engine->Start(f.Start().Text(f.b).Generate());
  std::vector<engine::SequenceEvent> events;
  REQUIRE(engine->Step(&events).ok());
  REQUIRE(engine->Step(&events).ok());
  bool other_done = false;
  for (const auto& event : events) {
    if (const auto* done = std::get_if<engine::FinishedEvent>(&event))
      other_done |= done->id == *other;
  }
  CHECK(other_done);
  REQUIRE(held->reads.size() == 1);
  held->reads[0].Deliver(2);
  events.clear();
  REQUIRE(engine->Step(&events).ok());
  CHECK(events.empty());
  held->reads[0].Deliver(0);
  const auto groups = held->reads[0].whole->groups().size();
  const auto bytes = held->reads[0].whole->All().value();
  for (size_t g = 2; g < groups; ++g) held->reads[0].held.lock()->Deliver(bytes[g]);
  Ends ends;
  REQUIRE(RunToEnd(*engine, &ends).ok());
  REQUIRE(ends.finished.contains(*waiting));
  CHECK(ends.finished.at(*waiting).usage.tainted);
}

TEST_CASE(
    "P14, I9: a read that fails half way, is late or given up leaves exact rows and no pages") {
  Fixture f;
  f.CompileBoth();
  const auto spec = f.Start().Text(f.q).Chunk(f.a, ReusePolicy::Link(8)).Text(f.q).Generate();
  const Tap exact = f.Exact(spec);
  for (const std::string what : {"fails", "late", "cancelled"}) {
    CAPTURE(what);
    const auto held = std::make_shared<HeldStore>(f.store);
    Tap tap;
    const auto engine = f.world.Engine(
        held, {.compile_missing = false, .chunk_read_ms_max = what == "late" ? 1 : 60'000}, &tap);
    const auto id = engine->Start(spec);
    std::vector<engine::SequenceEvent> events;
    REQUIRE(engine->Step(&events).ok());
    REQUIRE(held->reads.size() == 1);
    held->reads[0].Deliver(1);
    if (what == "fails") held->reads[0].Fail();
    if (what == "cancelled") engine->Cancel(*id);
    Ends ends;
    REQUIRE(RunToEnd(*engine, &ends).ok());
    if (what == "cancelled") {
      CHECK(ends.failed.contains(*id));
    } else {
      REQUIRE(ends.finished.contains(*id));
      CHECK(tap.all_layers == exact.all_layers);
      CHECK(ends.finished.at(*id).usage.chunks_missing == 1);
      CHECK(engine->stats().reuse.chunks_failed == 1);
    }
    CHECK(held->reads[0].held.expired());
    CHECK(engine->stats().pages_private == 0);
    engine->ClearCache();
    CHECK(engine->stats().pages_free == engine->stats().pages_total);
  }
}

TEST_CASE("an object that was rounded taints even behind its compile context") {
  Fixture f;
  auto identity = engine::MakeChunkIdentity(*f.world.Open(), "weights", "tokenizer");
  identity.codec = cache::ChunkCodec::kInt8;
  f.store = cache::OpenMemoryChunkStore(identity, {}).value();
  f.CompileBoth();
  const auto usage = RunOne(*f.world.Engine(f.store),
                            f.Start().Chunk(f.b, ReusePolicy::Full()).Text(f.q).Generate())
                         .usage;
  CHECK(usage.tainted);
  CHECK(usage.reused_tokens == static_cast<int>(f.b.size()));
}

TEST_CASE("every KV type: behind its compile context a loaded chunk is exact") {
  for (const KvType type : {KvType::kF32, KvType::kBf16, KvType::kInt8}) {
    CAPTURE(static_cast<int>(type));
    const ReuseWorld world("qwen2", 3, type);
    const auto store = world.Store();
    const Tokens s = world.Random(1, 21), a = world.Random(2, 37), q = world.Random(3, 5);
    RunOne(*world.Engine(store), Compile(s, a));
    const auto spec = Prompt().Text(s).Context().Chunk(a, ReusePolicy::Full()).Text(q).Generate(4);
    Tap loaded, computed;
    const auto reused = RunOne(*world.Engine(store, {}, &loaded), spec);
    const auto exact = RunOne(*world.Engine(nullptr, {}, &computed), spec);
    CHECK(reused.usage.reused_tokens == 37);
    CHECK(loaded.all_layers == computed.all_layers);
    CHECK(loaded.logits == computed.logits);
    CHECK(reused.tokens == exact.tokens);
  }
}

TEST_CASE("specs and stores that make no sense are refused") {
  Fixture f;
  const auto engine = f.world.Engine(f.store);
  const auto without = f.world.Engine(nullptr);
  const auto refused = [](engine::Engine& of, const engine::SequenceSpec& spec) {
    const auto id = of.Start(spec);
    return !id.ok() && id.status().code() == StatusCode::kInvalidArgument;
  };
  const auto spec = [&](std::vector<engine::ChunkSpan> chunks, int context = 0) {
    engine::SequenceSpec s;
    s.tokens = f.b;
    s.chunks = std::move(chunks);
    s.context_tokens = context;
    return s;
  };
  CHECK(refused(*engine, spec({{-1, 5, {}}})));
  CHECK(refused(*engine, spec({{5, 4, {}}})));
  CHECK(refused(*engine, spec({{5, 51, {}}})));
  CHECK(refused(*engine, spec({{5, 10, {}}, {9, 12, {}}})));
  CHECK(refused(*engine, spec({{5, 10, {}}}, 6)));
  CHECK(refused(*engine, spec({}, 51)));
  CHECK(refused(*engine, spec({{5, 10, ReusePolicy::Link(-1)}})));
  CHECK(refused(*engine, spec({{5, 10, ReusePolicy::Blend(-0.5)}})));
  CHECK(refused(*engine, spec({{5, 10, ReusePolicy::Blend(NAN)}})));
  CHECK_FALSE(refused(*engine, spec({{5, 10, {}}, {10, 10, {}}, {10, 50, {}}}, 5)));
  CHECK(refused(*without, Compile(f.s, f.a)));
  CHECK(refused(*engine, Compile(f.s, {})));
  engine::SequenceSpec mixed = Compile(f.s, f.a);
  mixed.chunks = {{25, 30, {}}};
  CHECK(refused(*engine, mixed));
  // Without a store the chunks are computed.
  CHECK_FALSE(RunOne(*without, f.Start().Chunk(f.a, ReusePolicy::Full()).Text(f.q).Generate())
                  .usage.tainted);

  const ReuseWorld other("qwen2");
  const auto made =
      engine::MakeLocalEngine(f.world.Open(), f.world.vocabulary().tokenizer,
                              f.world.vocabulary().trie, {.chunk_store = other.Store()});
  CHECK(made.status().code() == StatusCode::kInvalidArgument);

  // Longer than the model's context: the sequence fails, the engine goes on.
  const Tokens endless = f.world.Random(9, 1100);
  const auto id =
      engine->Start(f.Start().Chunk(endless, ReusePolicy::Link(4)).Text(f.q).Generate());
  Ends ends;
  REQUIRE(RunToEnd(*engine, &ends).ok());
  CHECK(ends.failed.at(*id).kind == engine::FailureKind::kOverflow);
}

}  // namespace
}  // namespace lmp::sim
