// FusionPlan: which rows of one prompt come from stored chunks and which are computed. Made once
// per sequence, when it is first admitted (ChunkReuse::Resolve), and kept for its life, so that a
// preempted sequence comes back to the same KV.
//
//   prompt:  [ exact prefix | label | chunk A .......... | chunk B .......... | question ]
//   rows:      computed or    comp.   ##......#....#       ##...#.........#     computed
//              shared                 # computed again     . stored
//                                     ^ exact_end(): from here on every row is approximate, or
//                                       depends on approximate rows
//
// Invariants (chunk-reuse.md 7.3)
//   I2  Rows from exact_end() on are never shared under plain tokens: Path() has a virtual token in
//       place of the first token of each chunk that is reused approximately.
//   I4  A chunk of which every row would be computed again is not in the plan.
//   I5  What happens to a row depends on the tokens and chunks up to it only: selection has a quota
//       per chunk.
//   I7  A row that is computed is computed in every layer.
//
// `blend` needs a probe before its rows can be chosen: layer 0 of every row and V of layer 1. At
// layer 0 stored and fresh KV have the same bits, so V of layer 1 is exact, and its distance from
// the stored V is the chunk's true deviation.
//
// Owned by its Sequence. Engine thread. Wrong calls fail a check.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cache/chunk.h"
#include "cache/chunk_codec.h"
#include "cache/chunk_store.h"
#include "runtime/base/token_id.h"
#include "runtime/engine/reuse_policy.h"

namespace lmp::engine {

inline constexpr int kCheckLayer = 1;     // the first layer that knows of other chunks (I8)
inline constexpr int kBlendHeadRows = 2;  // blend always computes these of each chunk

// A loaded object, and what keeps the bytes alive. Every group is there, but in a chunk of
// ChunkReuse::ResolveEarly, whose later groups arrive while its first layers are computed.
struct StoredChunk {
  cache::ChunkShape shape;
  std::vector<cache::LayerGroup> groups;
  std::vector<cache::ChunkBytes> bytes;              // of the first groups, in order
  std::shared_ptr<cache::ChunkRead> read = nullptr;  // of the others; null if there are none

  // REQUIRES: its group is there.
  cache::LayerRows Layer(int layer) const;
  size_t GroupOf(int layer) const;
  bool complete() const { return bytes.size() == groups.size(); }
};

struct FusedChunk {
  int begin = 0;
  int end = 0;
  ReusePolicy policy = {};
  // Directly behind its compile context and everything before it exact: its rows have the bits that
  // computing them gives, so nothing is repaired and nothing tainted.
  bool exact = false;
  // Rows from here on are computed whatever the policy: their logits are wanted.
  int computed_from = 0;
  std::shared_ptr<StoredChunk> stored = nullptr;
  TokenId virtual_token = 0;  // unless exact

  int rows() const { return end - begin; }
};

class FusionPlan {
 public:
  // Chunks in ascending order, disjoint, none empty.
  FusionPlan(std::vector<FusedChunk> chunks, int prompt_size);

  const std::vector<FusedChunk>& chunks() const { return chunks_; }
  int exact_end() const { return exact_end_; }
  bool tainted() const { return exact_end_ < prompt_size_; }
  // The kind of the first approximate chunk, else of the first one.
  ReuseKind kind() const;

  // True if the row's KV comes from the store. REQUIRES: its chunk's rows are chosen.
  bool stored(int position) const {
    return position < prompt_size_ && stored_[static_cast<size_t>(position)] != 0;
  }
  int RowsToCompute(int begin, int end) const;
  // The end of the longest run of rows from `begin` of which at most `rows` are computed.
  int RunEnd(int begin, int rows, int rows_end) const;
  // Rows [begin, end) of reused chunks that are computed again.
  int RowsRepaired(int begin, int end) const;

  // Shared pages may cover [0, found) only if every chunk in it has its rows chosen or lies wholly
  // in it: gives the largest such length.
  int Clip(int found) const;
  // `tokens` with its virtual tokens, into *path.
  void Path(std::span<const TokenId> tokens, std::vector<TokenId>* path) const;

  // The rows to be probed next, of a sequence that has KV for `computed` tokens; empty if the rows
  // of all chunks ahead are chosen.
  struct Rows {
    int begin = 0;
    int end = 0;
    bool empty() const { return begin >= end; }
  };
  Rows NextProbe(int computed) const;
  // V of the check layer for rows [begin, begin + n), rounded to the KV type.
  void TakeProbe(int begin, int rows, std::span<const float> v);
  // The pages that a probe wrote are gone.
  void ForgetProbe() { probed_ = 0; }

 private:
  struct Selection {
    bool chosen = false;
    std::vector<float> deviation;  // squared, per row, while it is probed
  };
  void Choose(size_t index);

  std::vector<FusedChunk> chunks_;
  std::vector<Selection> selections_;  // per chunk
  int prompt_size_;
  int exact_end_;
  int probed_ = 0;  // rows before it have been probed since the sequence has these pages
  std::vector<uint8_t> stored_;    // [prompt_size]
  std::vector<uint8_t> in_chunk_;  // [prompt_size]
  std::vector<float> scratch_;
};

}  // namespace lmp::engine
