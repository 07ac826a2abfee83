// The world of engine simulation: a seed makes a list of sequences (shared prefixes, turns of one
// conversation, scores, warms, constraints, stops, salts, owners) with their right outcomes from
// the oracle; RunWorld plays them on an engine with arrivals and cancels at random steps and checks
// every event.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/constrain/constraint.h"
#include "runtime/engine/engine.h"
#include "runtime/sim/digest_model.h"
#include "tests/sim/sim_oracle.h"

namespace lmp::sim {

struct Vocabulary {
  std::shared_ptr<const text::Tokenizer> tokenizer;
  std::shared_ptr<const constrain::TokenTrie> trie;
};
Vocabulary MakeVocabulary();

struct World {
  std::vector<engine::SequenceSpec> specs;
  std::vector<Outcome> outcomes;  // right ones, by the oracle
};
struct WorldOptions {
  int sequences = 40;
  int prompt_max = 120;  // tokens
  int generate_max = 40;
};
World MakeWorld(uint64_t seed, const Vocabulary& vocabulary, const WorldOptions& options,
                Oracle& oracle);

// Random engine options over the whole matrix: cache, pool, batch limit, chunk budget, preemption.
engine::EngineOptions RandomEngineOptions(Rng& rng, const WorldOptions& options);
std::string ToString(const engine::EngineOptions& options);

struct PlayOptions {
  int arrival_steps = 60;  // sequences arrive at random steps below this
  double cancel_share = 0.1;
  int steps_max = 20'000;  // a run that needs more is stuck
};
// Returns what went wrong, empty if nothing did. Page conservation at idle is part of it.
std::string PlayWorld(const World& world, engine::Engine& engine, uint64_t seed,
                      const PlayOptions& options);

}  // namespace lmp::sim
