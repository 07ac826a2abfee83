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
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cache/chunk_codec.h"
#include "cache/chunk_store.h"
#include "runtime/base/token_id.h"
#include "runtime/engine/draft.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/fusion_plan.h"
#include "runtime/engine/generation.h"
#include "runtime/engine/kv_memory.h"
#include "runtime/engine/page_chain.h"

namespace lmp::engine {

// kNew: not looked at yet. kWaiting: for admission, again after preemption. kRunning: has pages.
enum class SequenceState : uint8_t { kNew, kWaiting, kRunning };

// A chunk that was asked of the store.
struct ChunkRequest {
  ChunkSpan span;
  cache::ChunkKey key;
  std::shared_ptr<cache::ChunkRead> read;  // null: a miss
};

// A CompileSpec at work. No prefix of its chunk is taken from the tree, so that every row of it
// passes through the builder.
struct ChunkCompile {
  int context_tokens = 0;
  std::string document;
  cache::ChunkKey key;
  cache::ChunkShape shape;
  std::unique_ptr<cache::ChunkBuilder> builder;  // from the chunk's first row on
  double seconds = 0;                            // the model's time, shared out by rows
  bool internal = false;                         // the engine's own: no events
};

// Whose sequences take turns with those of others.
struct Owner {
  size_t sequences = 0;  // that have not ended
  uint64_t rows = 0;     // computed for them, from what the least served owner had on
  int turns = 0;         // the planner's, while it counts
};

struct Sequence {
  Sequence(SequenceId sequence_id, KvMemory& memory, cache::KvKey key)
      : id(sequence_id), kv(memory, std::move(key)) {}

  const SequenceId id;
  SequenceState state = SequenceState::kNew;
  std::vector<TokenId> tokens;
  int prompt_size = 0;
  std::string tenant;
  uint64_t salt = 0;       // the tenant's number while one of its sequences lives
  Owner* owner = nullptr;  // the engine's
  int turn = 0;            // how many older sequences its owner has, at the last plan
  int private_from = -1;
  bool retain = false;

  std::optional<Generation> generation;  // GenerateSpec
  Draft draft;                           // ... its guesses, between the plan of a step and its end
  int score_count = 0;                   // ScoreSpec: of the last prompt tokens; 0 for others
  std::vector<double> logprobs;          // scored so far

  std::vector<ChunkSpan> chunks;  // empty where nothing may be reused
  int context_tokens = 0;
  int64_t reads_begun_ns = -1;
  size_t bytes_awaited = 0;                  // of objects that were not in memory
  std::vector<ChunkRequest> chunk_requests;  // until there is a plan
  // ChunkReuse::ResolveEarly: its plan's objects are still coming; and that was tried once.
  bool early = false, early_tried = false;
  std::unique_ptr<FusionPlan> plan;       // null without chunks, and until it is made
  std::unique_ptr<ChunkCompile> compile;  // CompileSpec

  KvSpan kv;
  PageChain chain;  // of `tokens` at the last admission
  // Tokens that earlier running sequences had, or were going to have, at the last admission.
  int shared_end = 0;
  bool deferred = false;  // held no row in the last step: an earlier sequence computes its pages
  bool cancelled = false;
  int computed_max = 0;  // most tokens this sequence ever had KV for
  SequenceUsage usage;
  std::optional<GenerationFailure> failure;

  // Rows [0, rows_end) are computed. The last token of a score, and that of a generation which has
  // ended, predicts nothing that is asked for.
  int rows_end() const {
    const bool ended = generation.has_value() && generation->end().has_value();
    return static_cast<int>(tokens.size()) - (score_count > 0 || ended ? 1 : 0);
  }
  // The first row whose logits are wanted next; rows_end() if none is.
  int logits_begin() const {
    if (generation.has_value()) {
      return std::min(rows_end(), prompt_size + generation->scored(tokens)) - 1;
    }
    return score_count > 0 ? prompt_size - score_count - 1 + static_cast<int>(logprobs.size())
                           : rows_end();
  }
  // Of its tokens, or of the draft behind them.
  TokenId TokenAt(int position) const {
    const auto at = static_cast<size_t>(position);
    return at < tokens.size() ? tokens[at] : draft.tokens()[at - tokens.size()];
  }
  bool internal() const { return compile != nullptr && compile->internal; }
  // Rows before it may be taken from the tree.
  int match_end() const { return compile != nullptr ? compile->context_tokens : logits_begin(); }
  int pending() const { return rows_end() - kv.computed(); }
  // What the prefix cache knows the tokens as; valid until the next call.
  std::span<const TokenId> first(int count) {
    if (plan == nullptr || !plan->tainted()) {
      return std::span(tokens).first(static_cast<size_t>(count));
    }
    plan->Path(std::span(tokens).first(static_cast<size_t>(count)), &path_);
    return path_;
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

 private:
  std::vector<TokenId> path_;
};

}  // namespace lmp::engine
