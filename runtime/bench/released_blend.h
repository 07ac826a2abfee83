// CacheBlend as it was released (chunk-reuse.md 1.3), for comparison only; the engine's own `blend`
// differs in every point:
//   - layers 0 and 1 are computed for all rows, and K and V of both stay fresh;
//   - one selection over the whole prompt: the rows of all chunks whose V at layer 1 deviates most;
//   - from layer 2 on only those, and the rows of no chunk, are computed, under a causal mask that
//     is aligned at its end: row i of m sees the first n - m + i + 1 keys, later ones than its own.
//
// It computes more than the released code (a full prefill first, so that layers 0 and 1 are there),
// which changes no bit of the result: its quality can be measured, its time cannot.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "cache/chunk_store.h"
#include "runtime/base/status.h"
#include "runtime/constrain/token_mask.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/sampler.h"
#include "runtime/model/model.h"

namespace lmp::bench {

struct ReleasedRun {
  std::vector<TokenId> tokens;  // greedy, without the end token
  bool ended = false;           // by an end token
  std::vector<float> logits;    // of the last prompt rows asked for and of each drawn token
  double charged = 0;           // share of the chunks' rows with fresh Q, K and V, over all layers
};

class ReleasedBlend {
 public:
  // Borrows the model. `allowed`: the tokens of text; `ends`: those that end an answer.
  ReleasedBlend(model::Model& model, std::shared_ptr<cache::ChunkStore> store,
                constrain::TokenMask allowed, std::vector<TokenId> ends);

  // The prompt of `spec`, whose chunks are all stored, then up to `tokens_max` tokens. `before`: of
  // how many prompt rows before the last one the logits are kept too. Errors: NotFound for a chunk
  // that is not stored; the model's.
  Result<ReleasedRun> Run(const engine::SequenceSpec& spec, double ratio, int tokens_max,
                          int before);

 private:
  struct Prepared;
  Status Find(const engine::SequenceSpec& spec, Prepared* out);
  Status Compute(const engine::SequenceSpec& spec, Prepared* out);
  void Choose(const engine::SequenceSpec& spec, double ratio, Prepared* out);
  Status Overlay(const engine::SequenceSpec& spec, Prepared* out);
  Status Repair(const engine::SequenceSpec& spec, Prepared* out);
  Status Decode(const Prepared& prepared, int tokens_max, ReleasedRun* run);

  model::Model& model_;
  const std::shared_ptr<cache::ChunkStore> store_;
  constrain::TokenMask allowed_;
  const std::vector<TokenId> ends_;
  engine::Sampler sampler_;
};

}  // namespace lmp::bench
