// Draft: tokens that a generation is guessed to draw next, looked up in its own sequence: what
// followed the last time that the tokens before stood there. Their rows are computed in the step
// that draws the next token, and each one that is drawn indeed saves a step. What is drawn does not
// depend on them: the sampler draws every token from its own row's logits with its own number
// (decision 7), so a draft changes when a token comes, never which.
//
// Prompt lookup (Saxena 2023); Inference with Reference (Yang et al. 2023, arXiv:2304.04487), whose
// match and copy are those of Propose.
//
// A row beside others is not free, so guesses that fail are made less often: after each useless one
// four times as many steps pass without any, up to kWaitMax; a success ends that.
//
// Owned by its Sequence. Engine thread.
#pragma once

#include <span>
#include <vector>

#include "runtime/base/token_id.h"

namespace lmp::engine {

inline constexpr int kDraftMatch = 3;  // tokens that must be the same before a guess is made
inline constexpr int kDraftMin = 3, kDraftMax = 12;  // guessed at first, and at most
// Sequences of a step that may have drafts: with more of them a row costs what it can save.
inline constexpr int kDraftSequences = 2;

class Draft {
 public:
  // Guesses at most `room` tokens behind `tokens`. Once per step.
  void Propose(std::span<const TokenId> tokens, int room);
  std::span<const TokenId> tokens() const { return tokens_; }
  int size() const { return static_cast<int>(tokens_.size()); }
  // The step has run and `drawn` of the guessed tokens were drawn; the draft is empty again.
  void Judge(int drawn);

 private:
  static constexpr int kWaitMin = 4, kWaitMax = 64;  // steps
  static constexpr int kCompareMax = 16;             // tokens of a match that count

  std::vector<TokenId> tokens_;
  int length_ = kDraftMin;
  int wait_ = 0;       // steps to go without a guess
  int next_wait_ = 0;  // after the next useless one; 0: none was useless since the last success
};

}  // namespace lmp::engine
