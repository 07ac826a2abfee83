// P11: approximate KV never reaches a sequence that did not ask for it. Random worlds of exact and
// approximate sequences over the same passages (the same tokens, in many orders, as turns and
// branches of each other), with tiny pools, eviction, preemption, cancels, and a store that fills
// as it goes. The oracle computes every exact sequence alone; bits of log-probabilities and tokens
// must be equal. Sequences that reuse chunks and still say that they are exact are compared as
// well.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/sim/reuse_world.h"

namespace lmp::sim {
namespace {

struct Library {
  Tokens system;
  std::vector<Tokens> chunks;
  std::vector<Tokens> labels;
};

ReusePolicy RandomPolicy(Rng& rng) {
  switch (rng.Below(6)) {
    case 0:
      return ReusePolicy::Prefix();
    case 1:
      return ReusePolicy::Link(static_cast<int>(rng.Below(40)));
    case 2:
      return ReusePolicy::Full();
    case 3:
      return ReusePolicy::Blend(1.2);
    default:
      return ReusePolicy::Blend(rng.Unit() * 0.5);
  }
}

// System prefix, up to four passages, a question. Half of them start like an earlier one.
engine::SequenceSpec RandomSpec(Rng& rng, const Library& library, const World& world,
                                const ReuseWorld& tokens) {
  engine::SequenceSpec spec;
  if (!world.specs.empty() && rng.Below(3) == 0) {
    spec = {};
    const engine::SequenceSpec& earlier = world.specs[rng.Below(world.specs.size())];
    spec.tokens = earlier.tokens;
    spec.chunks = earlier.chunks;
    spec.context_tokens = earlier.context_tokens;
    if (rng.Below(3) == 0) spec.chunks.clear();
    if (spec.tokens.size() < 200) {
      spec.tokens =
          Join(spec.tokens, tokens.Random(rng.Next(), 1 + static_cast<int>(rng.Below(20))));
    }
  } else {
    Prompt prompt = Prompt().Text(library.system).Context();
    const ReusePolicy policy = RandomPolicy(rng);
    const bool exact = rng.Below(3) == 0;
    const auto count = 1 + rng.Below(4);
    for (uint64_t i = 0; i < count; ++i) {
      const Tokens& chunk = library.chunks[rng.Below(library.chunks.size())];
      if (rng.Below(3) == 0) prompt.Text(library.labels[rng.Below(library.labels.size())]);
      if (exact) {
        prompt.Text(chunk);
      } else {
        prompt.Chunk(chunk, rng.Below(8) == 0 ? RandomPolicy(rng) : policy);
      }
    }
    if (rng.Below(5) != 0)
      prompt.Text(tokens.Random(rng.Next(), 1 + static_cast<int>(rng.Below(12))));
    spec = prompt.spec;
  }
  const auto kind = rng.Below(10);
  if (kind < 6) {
    engine::GenerateSpec generate;
    generate.max_tokens = 1 + static_cast<int>(rng.Below(8));
    if (rng.Below(2) == 0) generate.sampling = {.temperature = 0.8, .seed = rng.Next()};
    spec.work = generate;
  } else if (kind < 9) {
    spec.work = engine::ScoreSpec{.count = 1 + static_cast<int>(rng.Below(15))};
  }
  if (rng.Below(6) == 0) spec.tenant = "another";
  if (rng.Below(10) == 0) {
    spec.private_from = static_cast<int>(rng.Below(spec.tokens.size()));
  }
  return spec;
}

TEST_CASE("P11: exact sequences among approximate ones, 24 worlds") {
  uint64_t reused = 0, cached = 0, compiled = 0, preemptions = 0, evicted = 0;
  for (const std::string architecture : {"llama", "qwen2"}) {
    const ReuseWorld tokens(architecture, 3);
    Oracle oracle(tokens.Open(), tokens.vocabulary().tokenizer);
    Library library;
    library.system = tokens.Random(1, 19);
    const int lengths[] = {1, 8, 16, 23, 40, 61};
    for (uint64_t i = 0; i < 6; ++i) library.chunks.push_back(tokens.Random(10 + i, lengths[i]));
    for (uint64_t i = 0; i < 3; ++i)
      library.labels.push_back(tokens.Random(20 + i, 2 + 5 * static_cast<int>(i)));
    // Two chunks that begin alike.
    library.chunks.push_back(
        Join({library.chunks[4].begin(), library.chunks[4].begin() + 20}, tokens.Random(30, 17)));
    for (uint64_t seed = 0; seed < 12; ++seed) {
      CAPTURE(architecture);
      CAPTURE(seed);
      Rng rng(seed * 7919 + 13);
      World world;
      for (int i = 0; i < 30; ++i) {
        world.specs.push_back(RandomSpec(rng, library, world, tokens));
        world.outcomes.push_back(oracle.Run(world.specs.back()));
      }
      const auto store = tokens.Store(rng.Below(3) == 0 ? 40'000 : 16u << 20);
      // Some stores know the chunks already; and the second play meets what the first has left.
      if (seed % 2 == 0) {
        const auto engine = tokens.Engine(store);
        for (const Tokens& chunk : library.chunks) RunOne(*engine, Compile(library.system, chunk));
      }
      for (int play = 0; play < 2; ++play) {
        auto options = RandomEngineOptions(rng, {.prompt_max = 300, .generate_max = 10});
        options.compile_missing = rng.Below(4) != 0;
        const auto engine = tokens.Engine(store, options);
        const std::string error = PlayWorld(world, *engine, seed * 2 + static_cast<uint64_t>(play),
                                            {.arrival_steps = 60, .cancel_share = 0.1});
        REQUIRE_MESSAGE(error.empty(), ToString(options) << "\n  " << error);
        const engine::EngineStats stats = engine->stats();
        reused += stats.reuse.reused_tokens;
        compiled += stats.reuse.chunks_compiled;
        cached += stats.cached_tokens;
        preemptions += stats.preemptions;
        evicted += stats.pages_evicted;
      }
    }
  }
  CHECK(reused > 5'000);
  CHECK(compiled > 50);
  CHECK(cached > 20'000);
  CHECK(preemptions > 50);
  CHECK(evicted > 500);
  MESSAGE(reused << " reused, " << cached << " cached, " << compiled << " compiled, " << preemptions
                 << " preemptions, " << evicted << " evicted");
}

}  // namespace
}  // namespace lmp::sim
