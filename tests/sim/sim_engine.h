// Shorthands of the engine's scenario tests: make an engine over the digest model, run sequences to
// their ends, look at what each used.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/base/clock_rng.h"
#include "runtime/engine/local_engine.h"
#include "runtime/sim/digest_model.h"
#include "tests/sim/sim_world.h"

namespace lmp::sim {

inline std::unique_ptr<engine::Engine> MakeDigestEngine(const Vocabulary& vocabulary,
                                                        const engine::EngineOptions& options,
                                                        const DigestModelOptions& model = {}) {
  return engine::MakeLocalEngine(MakeDigestModel(vocabulary.tokenizer->spec(), model),
                                 vocabulary.tokenizer, vocabulary.trie, options)
      .value();
}

inline std::vector<TokenId> RandomTokens(Rng& rng, const Vocabulary& vocabulary, int count) {
  const int size = vocabulary.tokenizer->vocabulary();
  std::vector<TokenId> tokens;
  for (int i = 0; i < count; ++i) {
    tokens.push_back(3 + static_cast<TokenId>(rng.Below(static_cast<uint64_t>(size - 3))));
  }
  return tokens;
}

inline std::vector<TokenId> Join(std::vector<TokenId> a, const std::vector<TokenId>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// A greedy generation of exactly `count` tokens.
inline engine::SequenceSpec Generate(std::vector<TokenId> prompt, int count) {
  engine::SequenceSpec spec;
  spec.tokens = std::move(prompt);
  spec.work = engine::GenerateSpec{.max_tokens = count};
  return spec;
}

struct Ends {
  std::map<engine::SequenceId, engine::FinishedEvent> finished;
  std::map<engine::SequenceId, engine::FailedEvent> failed;
  int steps = 0;
};

// Steps until nothing is left to do; stops at an error.
inline Status RunToEnd(engine::Engine& engine, Ends* ends) {
  while (engine.HasWork()) {
    std::vector<engine::SequenceEvent> events;
    const Status status = engine.Step(&events);
    ++ends->steps;
    for (auto& event : events) {
      if (auto* finished = std::get_if<engine::FinishedEvent>(&event)) {
        ends->finished.emplace(finished->id, std::move(*finished));
      } else if (auto* failed = std::get_if<engine::FailedEvent>(&event)) {
        ends->failed.emplace(failed->id, std::move(*failed));
      }
    }
    LMP_RETURN_IF_ERROR(status);
  }
  return OkStatus();
}

}  // namespace lmp::sim
