// Chunk reuse on a transformer with random weights: the properties P1-P9, P13 and P14 of
// chunk-reuse.md 7.6, on the bits of KV and logits. P9 at the level of the model is in
// tests/unit/model_stored_kv_test.cc.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "tests/sim/reuse_world.h"

namespace lmp::sim {
namespace {

const ReusePolicy kApproximate[] = {ReusePolicy::Link(8), ReusePolicy::Link(0),
                                    ReusePolicy::Blend(0.15), ReusePolicy::Blend(0.6),
                                    ReusePolicy::Full()};

std::vector<uint64_t> First(const std::vector<uint64_t>& slots, size_t count) {
  REQUIRE(slots.size() >= count);
  return {slots.begin(), slots.begin() + static_cast<ptrdiff_t>(count)};
}

// The world of most cases: system prefix s, chunks a..e, question q; a store that has them all.
struct Passages {
  explicit Passages(ReuseWorld& reuse_world) : world(reuse_world), store(world.Store()) {
    const auto engine = world.Engine(store);
    for (const Tokens* chunk : {&a, &b, &c, &d, &e}) {
      const auto finished = RunOne(*engine, Compile(s, *chunk));
      CHECK(finished.usage.chunk_stored);
      CHECK_FALSE(finished.usage.tainted);
    }
  }
  // KV and logits of a prompt in an engine that has nothing cached.
  Tap Fresh(engine::SequenceSpec spec, engine::SequenceUsage* usage = nullptr,
            engine::EngineOptions options = {}) {
    Tap tap;
    const auto engine = world.Engine(store, options, &tap);
    const auto finished = RunOne(*engine, std::move(spec));
    if (usage != nullptr) *usage = finished.usage;
    return tap;
  }
  // The same, computed without any reuse.
  Tap Exact(engine::SequenceSpec spec) {
    spec.chunks.clear();
    return Fresh(std::move(spec));
  }
  Prompt Start() const { return Prompt().Text(s).Context(); }

  ReuseWorld& world;
  Tokens s = world.Random(1, 21), a = world.Random(2, 37), b = world.Random(3, 50);
  Tokens c = world.Random(4, 16), d = world.Random(5, 1), e = world.Random(6, 100);
  Tokens q = world.Random(7, 9);
  std::shared_ptr<cache::ChunkStore> store;
};

TEST_CASE("P1: prefix, k >= chunk and r = 1 are bitwise ordinary prefill") {
  for (const std::string architecture : {"llama", "qwen2"}) {
    ReuseWorld world(architecture);
    Passages p(world);
    for (const ReusePolicy& policy : {ReusePolicy::Prefix(), ReusePolicy::Link(100),
                                      ReusePolicy::Blend(1.0), ReusePolicy::Blend(7.5)}) {
      const auto spec =
          p.Start().Chunk(p.b, policy).Chunk(p.a, policy).Chunk(p.e, policy).Text(p.q).Generate();
      engine::SequenceUsage usage;
      const Tap tap = p.Fresh(spec, &usage);
      const Tap exact = p.Exact(spec);
      CAPTURE(ReusePolicyName(policy));
      CHECK(tap.all_layers == exact.all_layers);
      CHECK(tap.logits == exact.logits);
      CHECK_FALSE(usage.tainted);
      CHECK(usage.exact_tokens == usage.prompt_tokens);
      CHECK(usage.reused_tokens == 0);
    }
  }
}

TEST_CASE("P2, P4: a chunk directly behind its compile context is exact under every policy") {
  ReuseWorld world;
  Passages p(world);
  for (const ReusePolicy& policy : kApproximate) {
    CAPTURE(ReusePolicyName(policy));
    // The compile context is a whole prompt: its KV is cut from a full prefill and put back.
    const Tokens context = Join(p.s, p.b);
    RunOne(*world.Engine(p.store), Compile(context, p.a));
    const auto spec = Prompt().Text(context).Context().Chunk(p.a, policy).Text(p.q).Generate();
    Tap tap;
    const auto engine = world.Engine(p.store, {}, &tap);
    const auto usage = RunOne(*engine, spec).usage;
    const Tap exact = p.Exact(spec);
    CHECK(tap.all_layers == exact.all_layers);
    CHECK(tap.logits == exact.logits);
    CHECK_FALSE(usage.tainted);
    CHECK(usage.reused_tokens == static_cast<int>(p.a.size()));
    CHECK(usage.computed_tokens == static_cast<int>(context.size() + p.q.size()));
    // Exact rows from the store may be found by exact lookups.
    engine::SequenceSpec again = spec;
    again.chunks.clear();
    tap = {};
    CHECK(RunOne(*engine, again).usage.cached_tokens == usage.prompt_tokens - 1);
    CHECK(tap.all_layers == exact.all_layers);
    CHECK(tap.logits == exact.logits);
  }
}

TEST_CASE("P3: layer 0 is fresh under every policy and order; deeper layers are not") {
  ReuseWorld world;
  Passages p(world);
  for (const ReusePolicy& policy : kApproximate) {
    CAPTURE(ReusePolicyName(policy));
    for (const auto& order : {std::vector{&p.a, &p.b, &p.e}, {&p.e, &p.a, &p.b}, {&p.b, &p.b}}) {
      Prompt prompt = p.Start();
      for (const Tokens* chunk : order) prompt.Text(p.q).Chunk(*chunk, policy);
      const auto spec = prompt.Text(p.q).Generate();
      engine::SequenceUsage usage;
      const Tap tap = p.Fresh(spec, &usage);
      const Tap exact = p.Exact(spec);
      CHECK(tap.first_layer == exact.first_layer);
      CHECK(tap.all_layers != exact.all_layers);
      CHECK(usage.tainted);
      // Up to exact_tokens every layer is exact.
      const auto exact_tokens = static_cast<size_t>(usage.exact_tokens);
      CHECK(exact_tokens == p.s.size() + p.q.size());
      CHECK(First(tap.all_layers, exact_tokens) == First(exact.all_layers, exact_tokens));
      CHECK(usage.cached_tokens + usage.reused_tokens + usage.computed_tokens ==
            usage.prompt_tokens);
    }
  }
}

TEST_CASE("link recomputes k rows of each chunk, blend its quota and two rows, full none") {
  ReuseWorld world;
  Passages p(world);
  // `computed_whole`: tokens of chunks of which the policy would compute every row.
  const auto used = [&](const ReusePolicy& policy, int computed_whole = 0) {
    engine::SequenceUsage usage;
    p.Fresh(p.Start().Chunk(p.a, policy).Chunk(p.b, policy).Chunk(p.e, policy).Text(p.q).Generate(),
            &usage);
    CHECK(usage.reuse == policy.kind);
    CHECK(usage.computed_tokens ==
          static_cast<int>(p.s.size() + p.q.size()) + computed_whole + usage.recomputed_tokens);
    return usage;
  };
  // a stands behind its compile context: nothing is repaired there.
  CHECK(used(ReusePolicy::Link(8)).recomputed_tokens == 16);
  CHECK(used(ReusePolicy::Link(0)).recomputed_tokens == 0);
  CHECK(used(ReusePolicy::Full()).recomputed_tokens == 0);
  const auto blend = used(ReusePolicy::Blend(0.15));
  CHECK(blend.recomputed_tokens >= 8 + 15);
  CHECK(blend.recomputed_tokens <= 8 + 15 + 4);
  CHECK(blend.probed_tokens > 0);
  CHECK(used(ReusePolicy::Blend(0)).recomputed_tokens == 4);
  CHECK(used(ReusePolicy::Link(60), 37 + 50).reused_tokens == 40);  // a and b are shorter
}

// Distance from the exact first token distribution, for P12.
double Distance(const Tap& a, const Tap& b) {
  double sum = 0;
  for (size_t i = 0; i < a.logits.size(); ++i) {
    sum += std::abs(static_cast<double>(a.logits[i]) - static_cast<double>(b.logits[i]));
  }
  return sum;
}

TEST_CASE("P12: more recomputed rows bring the answer nearer, on average") {
  ReuseWorld world;
  Passages p(world);
  const ReusePolicy ladder[] = {ReusePolicy::Full(), ReusePolicy::Blend(0.2),
                                ReusePolicy::Blend(0.5), ReusePolicy::Blend(0.9)};
  double distance[4] = {};
  for (uint64_t question = 0; question < 12; ++question) {
    const auto spec = [&](const ReusePolicy& policy) {
      return p.Start()
          .Chunk(p.e, policy)
          .Chunk(p.b, policy)
          .Chunk(p.a, policy)
          .Text(world.Random(100 + question, 12))
          .Generate();
    };
    const Tap exact = p.Exact(spec(ReusePolicy::Full()));
    for (size_t i = 0; i < 4; ++i) distance[i] += Distance(p.Fresh(spec(ladder[i])), exact);
  }
  MESSAGE("L1 of logits to exact: full " << distance[0] << ", blend .2 " << distance[1] << ", .5 "
                                         << distance[2] << ", .9 " << distance[3]);
  CHECK(distance[1] < distance[0]);
  CHECK(distance[2] < distance[1]);
  CHECK(distance[3] < distance[2]);
}

TEST_CASE("P5: permuting chunks and back gives the same KV, found in the cache") {
  ReuseWorld world;
  Passages p(world);
  for (const ReusePolicy& policy : kApproximate) {
    CAPTURE(ReusePolicyName(policy));
    Tap tap;
    const auto engine = world.Engine(p.store, {}, &tap);
    const auto forth = p.Start().Chunk(p.b, policy).Chunk(p.a, policy).Text(p.q).Generate();
    const auto back = p.Start().Chunk(p.a, policy).Chunk(p.b, policy).Text(p.q).Generate();
    RunOne(*engine, forth);
    const Tap first = tap;
    tap = {};
    RunOne(*engine, back);
    CHECK(tap.all_layers != first.all_layers);
    tap = {};
    const auto again = RunOne(*engine, forth);
    CHECK(tap.all_layers == first.all_layers);
    CHECK(tap.logits == first.logits);
    CHECK(again.usage.cached_tokens == again.usage.prompt_tokens - 1);
    CHECK(again.usage.tainted);
  }
}

TEST_CASE("P6, P7: what comes later changes no earlier row") {
  ReuseWorld world;
  Passages p(world);
  for (const ReusePolicy& policy : kApproximate) {
    CAPTURE(ReusePolicyName(policy));
    // All chunks' rows are in the pages before the first row is computed: a query that saw keys
    // behind its position would differ.
    const auto prompt = [&](const Tokens& last, const Tokens& question) {
      return p.Start()
          .Chunk(p.c, policy)
          .Text(p.q)
          .Chunk(p.a, policy)
          .Chunk(last, policy)
          .Text(question)
          .Generate();
    };
    const size_t same = p.s.size() + p.c.size() + p.q.size() + p.a.size();
    const Tap one = p.Fresh(prompt(p.b, p.q));
    const Tap other_chunk = p.Fresh(prompt(p.e, p.q));
    const Tap other_question = p.Fresh(prompt(p.b, world.Random(8, 30)));
    CHECK(First(one.all_layers, same) == First(other_chunk.all_layers, same));
    CHECK(First(one.all_layers, same + p.b.size()) ==
          First(other_question.all_layers, same + p.b.size()));
    CHECK(one.logits != other_question.logits);
  }
}

TEST_CASE("P8: sharing, chunk budget and pages in use change no bit") {
  ReuseWorld world;
  Passages p(world);
  Rng rng(5);
  for (const ReusePolicy& policy : kApproximate) {
    CAPTURE(ReusePolicyName(policy));
    const auto spec = p.Start()
                          .Text(p.q)
                          .Chunk(p.a, policy)
                          .Chunk(p.e, policy)
                          .Text(p.q)
                          .Chunk(p.b, policy)
                          .Text(p.q)
                          .Generate();
    const auto size = static_cast<int>(spec.tokens.size());
    const Tap alone = p.Fresh(spec);
    for (const int step_tokens : {1, 7, 64}) {
      CAPTURE(step_tokens);
      CHECK(p.Fresh(spec, nullptr, {.step_tokens_max = step_tokens}).all_layers ==
            alone.all_layers);
    }
    for (int round = 0; round < 12; ++round) {
      Tap tap;
      const auto engine = world.Engine(
          p.store, {.step_tokens_max = round % 2 == 0 ? 20 : 512, .preempt_every = round % 5},
          &tap);
      // Sequences that share exact rows before the first chunk, and approximate rows of any length
      // behind it. (Exact rows of a chunk would be used as such, which is another plan.)
      engine::SequenceSpec exact = spec;
      exact.chunks.clear();
      exact.context_tokens = 0;
      exact.tokens.resize(1 + rng.Below(p.s.size() + p.q.size()));
      RunOne(*engine, exact);
      engine::SequenceSpec part = spec;
      const int cut = spec.chunks[0].end +
                      static_cast<int>(rng.Below(static_cast<uint64_t>(size - spec.chunks[0].end)));
      part.tokens.resize(static_cast<size_t>(cut));
      std::erase_if(part.chunks, [&](const auto& chunk) { return chunk.end > cut; });
      RunOne(*engine, Prompt{part}.Text(world.Random(40 + rng.Below(9), 20)).Generate(3));
      tap = {};
      const auto usage = RunOne(*engine, spec).usage;
      CAPTURE(round);
      CAPTURE(cut);
      CAPTURE(usage.cached_tokens);
      CHECK(tap.all_layers == alone.all_layers);
      CHECK(tap.logits == alone.logits);
    }
  }
}

}  // namespace
}  // namespace lmp::sim
