// Byte-level BPE ("gpt2" in GGUF files: GPT-2, Llama-3, Qwen2, SmolLM ...). Text -> user-defined
// pieces cut out -> NFC, where the spec says so -> split into words -> each word a piece of the
// vocabulary, if that is what it merges to (or the spec ignores merges), else merged by rank. Ids
// are those of the Hugging Face library.
//
// A byte without a piece becomes the unknown piece; without one, U+FFFD (only bytes that
// well-formed text never has may lack a piece then).
//
// Immutable, any thread. O(n log n) in the longest word, else linear.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/text/literal_set.h"
#include "runtime/text/merge_table.h"
#include "runtime/text/splitter.h"
#include "runtime/text/tokenizer.h"

namespace lmp::text {

class ByteLevelTokenizer final : public Tokenizer {
 public:
  // Errors: Corruption / Unsupported, naming the field of the spec.
  static Result<std::shared_ptr<const ByteLevelTokenizer>> Make(TokenizerSpec spec);

  const TokenizerSpec& spec() const override { return spec_; }
  int vocabulary() const override { return static_cast<int>(spec_.pieces.size()); }
  void Encode(std::string_view text, FragmentStart start, std::vector<TokenId>* ids) const override;
  size_t StableCut(std::string_view text, FragmentStart start) const override;
  std::string_view Bytes(TokenId id) const override;
  bool IsControl(TokenId id) const override;
  std::optional<TokenId> FindSpecial(std::string_view piece) const override;
  std::string Decode(std::span<const TokenId> ids, FragmentStart start) const override;

 private:
  struct Scratch;

  explicit ByteLevelTokenizer(TokenizerSpec spec) : spec_(std::move(spec)) {}

  Status MakeSplitter();
  Status MakeSplitterOfExpressions();
  Status IndexPieces();
  Status IndexPiece(size_t id);
  Status CheckBytes();
  Status IndexMerges();
  void IndexWords();
  // Text between user-defined pieces.
  void EncodeSegment(std::string_view segment, Scratch* scratch, std::vector<TokenId>* ids) const;
  // `after` bytes behind the word may be read.
  void EncodeWord(std::string_view word, size_t after, Scratch* scratch,
                  std::vector<TokenId>* ids) const;
  void MergeWord(std::string_view word, Scratch* scratch, std::vector<TokenId>* ids) const;
  // The part of the stable cut that lies in a segment; the segment may go on.
  size_t StableInSegment(std::string_view segment) const;
  // The last of `ends` that `text` may be cut at, so that both sides encode on their own; 0 if
  // none.
  size_t LastCut(std::string_view text, std::span<const size_t> ends) const;

  TokenizerSpec spec_;
  std::unique_ptr<const Splitter> splitter_;
  bool nfc_ = false;
  bool ignore_merges_ = false;
  std::vector<std::string> bytes_;                          // per id, what Bytes returns
  std::unordered_map<std::string_view, TokenId> by_bytes_;  // normal pieces
  std::unordered_map<std::string_view, TokenId> special_;   // control and user-defined pieces
  std::unordered_map<std::string_view, TokenId> user_ids_;  // user-defined ones alone
  LiteralSet user_defined_;
  std::array<TokenId, 256> byte_ids_{};
  MergeTable merges_;
  WordTable words_;  // what is one token as a whole word
};

}  // namespace lmp::text
