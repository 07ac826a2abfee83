// Generation: what happens to one `gen` between two rows of logits. It owns the constraint's state,
// the stop strings and the text stream, and appends to the sequence's tokens; it knows nothing of
// pages, batches or the model. So it decides alone, from its spec and the tokens, what is drawn
// next and when the generation ends.
//
//   tokens of the sequence:   [ prompt ............ | healed | generated text ...... ]
//   bytes of the generation:                        [ healed_bytes | raw bytes ..... ]
//                                                                  released | held (a possible
//                                                                  stop)
//
// Jump-forward (decision 9): while the constraint forces text, its canonical tokens are appended
// without drawing, as far as no text behind them can change how it is cut (the tail rule); all of
// them if the constraint can take nothing behind them.
// Stops (decision 8): a stop string inside a token replaces that token by the canonical tokens of
// the kept bytes; every token behind it is dropped. A text that ends inside a character, by its
// limit or by an end token, is cut before it in the same way.
// Scores (GenerateSpec::top_scores): a drawn token is scored as it is drawn; those that were jumped
// over by the logits of the rows before them, for which an ended generation waits, too.
//
// Owned by its Sequence; borrows the tokenizer. Engine thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "runtime/constrain/constraint.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/sampler.h"
#include "runtime/text/stop_matcher.h"
#include "runtime/text/stream_decoder.h"
#include "runtime/text/tokenizer.h"

namespace lmp::engine {

// Why a generation failed; the text so far stays readable.
struct GenerationFailure {
  FailureKind kind = FailureKind::kInternal;
  std::string message;
};
using GenerationEnd = std::variant<EndReason, GenerationFailure>;

// The tokens that stand for bytes.
std::shared_ptr<const constrain::TokenMask> TextTokens(const text::Tokenizer& tokenizer);

class Generation {
 public:
  // `text_tokens`: TextTokens, shared; other tokens are drawn only as end tokens. Errors:
  // InvalidArgument for bad options or stops.
  static Result<Generation> Make(GenerateSpec spec, int prompt_size,
                                 const text::Tokenizer& tokenizer,
                                 std::shared_ptr<const constrain::TokenMask> text_tokens);

  // Before the first draw: text that the constraint forces from the start. Call once.
  void Begin(std::vector<TokenId>* tokens);
  // Whether the next draw needs a mask that PrepareMask has not made yet.
  bool NeedsMask() const;
  // Makes the mask of the next draw ahead of it; may run on another thread than the engine's.
  void PrepareMask();
  // Tokens of the sequence, from `prompt_size` on, that have their score or need none. Logits are
  // wanted from the row before the first other one on.
  int scored(const std::vector<TokenId>& tokens) const;
  // How many tokens behind the next one may be guessed ahead of it: none where each is scored.
  int may_guess() const {
    return end_.has_value() || scores() ? 0 : spec_.max_tokens - value_count() - 1;
  }
  // The logits of the row before token scored(): gives it its score.
  void Score(std::span<const float> logits, Sampler& sampler, const std::vector<TokenId>& tokens);
  // Draws the next token from the logits of the sequence's last row and takes it.
  void Draw(std::span<const float> logits, Sampler& sampler, std::vector<TokenId>* tokens);
  // Ends the generation from outside: the sequence has no room for another token.
  void Fail(FailureKind kind, std::string message);

  const std::optional<GenerationEnd>& end() const { return end_; }
  int count() const { return count_; }    // drawn or forced, healed and end tokens included
  int forced() const { return forced_; }  // of these, jumped forward
  // Which of the tokens behind the prompt those are, as far as they are kept; ascending.
  const std::vector<int>& forced_at() const { return forced_at_; }
  const std::string& text() const { return text_; }
  // The part of text() that is final and was not taken yet.
  std::string TakeText();
  // The scores of tokens that end in it, or all the rest once all is scored and ended. Before
  // TakeText.
  std::vector<TokenScore> TakeScores();
  // Tokens [0, kept) of the sequence are as they were when their rows were computed.
  int kept() const { return kept_; }

 private:
  Generation(GenerateSpec spec, int prompt_size, const text::Tokenizer& tokenizer,
             std::shared_ptr<const constrain::TokenMask> text_tokens, text::StopMatcher stops);

  bool IsEnd(TokenId id) const;
  // What max_tokens and min_tokens count.
  int value_count() const { return count_ - healed_; }
  bool penalises() const {
    return spec_.sampling.presence_penalty != 0 || spec_.sampling.frequency_penalty != 0;
  }
  std::span<const float> Changed(std::span<const float> logits);
  // Null if the constraint met a limit: the generation has failed then.
  const constrain::TokenMask* Mask();
  void Take(TokenId id, std::vector<TokenId>* tokens);
  bool TakeBytes(std::string_view bytes, std::vector<TokenId>* tokens);
  void JumpForward(std::vector<TokenId>* tokens);
  void CutAt(size_t raw_byte, std::vector<TokenId>* tokens);
  bool scores() const { return spec_.top_scores >= 0; }
  void AddScore(std::span<const float> logits, Sampler& sampler, TokenId id);
  void Release(size_t raw_end);
  void EndText(EndReason reason, size_t raw_end, std::vector<TokenId>* tokens);
  void EndAtLimit(std::vector<TokenId>* tokens);
  void End(GenerationEnd end);

  GenerateSpec spec_;
  int prompt_size_;
  const text::Tokenizer* tokenizer_;
  std::shared_ptr<const constrain::TokenMask> text_tokens_;
  text::StopMatcher stops_;
  text::StreamDecoder decoder_;

  std::optional<GenerationEnd> end_;
  int count_ = 0;
  int healed_ = 0;  // of these, tokens of the prompt's text alone
  int forced_ = 0;
  std::vector<int> forced_at_;
  int kept_;
  size_t healed_left_;                // bytes of the prompt's text still to come
  std::string raw_;                   // bytes taken behind the healed ones and not released
  size_t raw_released_ = 0;           // bytes released before raw_
  std::optional<size_t> stops_from_;  // raw byte at which the stop matcher began
  std::vector<size_t> token_ends_;    // raw byte (healed ones included) behind each generated token
  std::string text_;
  size_t text_taken_ = 0;
  std::unordered_map<TokenId, int> taken_;  // how often a token stands in the text, for penalties
  std::vector<float> changed_;      // logits of the next draw, where the request adds to them
  std::vector<TokenScore> scores_;  // of the first generated tokens
  size_t scores_taken_ = 0, score_bytes_taken_ = 0;
  bool cut_is_scored_ = false;         // the tokens that replace a cut one need no score
  constrain::TokenMask mask_;          // of the next constrained draw, once it is made
  std::optional<Status> mask_status_;  // ... and how that went; empty: not made
  constrain::TokenMask open_mask_;     // text_tokens_ and the end tokens, made at first use
};

}  // namespace lmp::engine
