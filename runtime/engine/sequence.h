// Sequence: one token timeline in the engine, from Start to its last event.
//
//   tokens:  [ prompt ......................... | generated ............. ]
//            [ leased, shared | private ] computed       rows_end()
//                                       ^ the next row to compute
//
// Invariants: leased <= computed <= rows_end() <= tokens.size(); tokens below `computed` never
// change but by Truncate of a stop string; a waiting sequence holds no pages.
//
// Owned by LocalEngine, in order of id. Engine thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/base/token_id.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/generation.h"
#include "runtime/engine/kv_memory.h"
#include "runtime/engine/page_chain.h"

namespace lmp::engine {

// kNew: not looked at yet. kWaiting: for admission, again after preemption. kRunning: has pages.
enum class SequenceState : uint8_t { kNew, kWaiting, kRunning };

struct Sequence {
  Sequence(SequenceId sequence_id, KvMemory& memory, cache::KvKey key)
      : id(sequence_id), kv(memory, std::move(key)) {}

  const SequenceId id;
  SequenceState state = SequenceState::kNew;
  std::vector<TokenId> tokens;
  int prompt_size = 0;
  uint64_t salt = 0;
  int private_from = -1;
  bool retain = false;

  std::optional<Generation> generation;  // GenerateSpec
  int score_count = 0;                   // ScoreSpec: of the last prompt tokens; 0 for others
  std::vector<double> logprobs;          // scored so far

  KvSpan kv;
  PageChain chain;  // of `tokens` at the last admission
  // Tokens that earlier running sequences had, or were going to have, at the last admission.
  int shared_end = 0;
  bool deferred = false;  // held no row in the last step: an earlier sequence computes its pages
  bool cancelled = false;
  int computed_max = 0;  // most tokens this sequence ever had KV for
  SequenceUsage usage;
  std::optional<GenerationFailure> failure;

  // Rows [0, rows_end) are computed. The last token of a score predicts nothing that is asked for.
  int rows_end() const { return static_cast<int>(tokens.size()) - (score_count > 0 ? 1 : 0); }
  // The first row whose logits are wanted next; rows_end() if none is.
  int logits_begin() const {
    if (generation.has_value()) return rows_end() - 1;
    return score_count > 0 ? prompt_size - score_count - 1 + static_cast<int>(logprobs.size())
                           : rows_end();
  }
  int pending() const { return rows_end() - kv.computed(); }
  std::span<const TokenId> first(int count) const {
    return std::span(tokens).first(static_cast<size_t>(count));
  }
  // Tokens whose pages may enter the tree, of the first `count`.
  int shareable(int count) const {
    return private_from < 0 ? count : std::min(count, private_from);
  }

  // KV for tokens [0, computed) is there without having been computed here.
  void CountCached(int computed) {
    const int found = std::min(computed, prompt_size) - computed_max;
    if (found > 0) usage.cached_tokens += found;
    computed_max = std::max(computed_max, computed);
  }
};

}  // namespace lmp::engine
