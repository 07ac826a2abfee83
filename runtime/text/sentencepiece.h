// SentencePiece BPE with byte fallback ("llama" in GGUF files): spaces become the word mark U+2581,
// user-defined pieces are matched first, then the adjacent pair whose joined text is the piece with
// the highest score is merged until none is left, ties leftmost; characters without a piece become
// byte pieces. Canonical ids are those of the SentencePiece library.
//
// Borders. A border lies before a run of word marks that follows something else. A border is safe
// where no piece spans it, and that needs only a look at the byte before it: `blocked_` holds every
// byte that stands directly before a mark inside some piece. At safe borders both sides tokenise
// independently, which is what StableCut promises and what keeps Encode's merge queues small.
//
// Immutable, any thread. O(n log n) in the text.
#pragma once

#include <array>
#include <bitset>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/text/literal_set.h"
#include "runtime/text/tokenizer.h"

namespace lmp::text {

class PieceMerger;

class SentencePieceTokenizer final : public Tokenizer {
 public:
  // Errors: Corruption / Unsupported, naming the field of the spec.
  static Result<std::shared_ptr<const SentencePieceTokenizer>> Make(TokenizerSpec spec);

  const TokenizerSpec& spec() const override { return spec_; }
  int vocabulary() const override { return static_cast<int>(spec_.pieces.size()); }
  void Encode(std::string_view text, FragmentStart start, std::vector<TokenId>* ids) const override;
  size_t StableCut(std::string_view text, FragmentStart start) const override;
  std::string_view Bytes(TokenId id) const override;
  bool IsControl(TokenId id) const override;
  std::optional<TokenId> FindSpecial(std::string_view piece) const override;
  std::string Decode(std::span<const TokenId> ids, FragmentStart start) const override;

 private:
  explicit SentencePieceTokenizer(TokenizerSpec spec) : spec_(std::move(spec)) {}

  Status Index();
  Status IndexByte(size_t id);
  void IndexMergeable(size_t id);
  void FindBlockedBytes();
  // True if `at` in marked text is a safe border.
  bool IsSafeBorder(std::string_view marked, size_t at) const;
  // Appends the ids of marked text between two safe borders; `merger` and `pieces` are scratch.
  void EncodeRun(std::string_view run, PieceMerger* merger, std::vector<std::string_view>* pieces,
                 std::vector<TokenId>* ids) const;

  TokenizerSpec spec_;
  std::vector<std::string> bytes_;  // per id, what Bytes returns
  std::unordered_map<std::string_view, TokenId>
      mergeable_;                                          // normal, user-defined and unused pieces
  std::unordered_map<std::string_view, TokenId> special_;  // control and user-defined pieces
  std::deque<std::string> marked_;                         // texts of `mergeable_`; never moves
  LiteralSet user_defined_;                                // marked
  std::array<TokenId, 256> byte_ids_{};
  std::bitset<256> blocked_;
  size_t piece_bytes_max_ = 0;
  bool has_unused_ = false;
  bool has_all_bytes_ = false;
};

}  // namespace lmp::text
