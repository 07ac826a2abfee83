// Tokenizer: text <-> token ids. Two implementations: SentencePiece BPE with byte fallback
// (sentencepiece.h) and byte-level BPE (byte_level.h). Immutable after construction, any thread.
//
// Text is encoded in fragments. A fragment is the text between two hard seams (role markers,
// special tokens, chunk borders, after a gen: decision 8). Encode never makes control tokens,
// whatever the text spells: control tokens enter by id only (requirement R4).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/token_id.h"
#include "runtime/text/tokenizer_origin.h"

namespace lmp::text {

enum class PieceType : uint8_t { kNormal, kUnknown, kControl, kUserDefined, kUnused, kByte };

// What a model or tokenizer file says about its tokenizer (docs/TOKENIZERS.md: which files).
struct TokenizerSpec {
  // A pre-tokenizer of a tokenizer.json that no name stands for; `field` names it in errors.
  struct Split {
    std::string field, pattern;
  };

  std::string model;  // "llama" (SentencePiece BPE) or "gpt2" (byte-level BPE)
  // As in the file. SentencePiece: U+2581 for space, "<0x0A>" for bytes. Byte-level: the printable
  // alphabet (byte_alphabet.h); control and user-defined pieces as they are.
  std::vector<std::string> pieces;
  std::vector<float> scores;  // SentencePiece only
  std::vector<PieceType> types;
  // Byte-level only: pairs "left right" by rank, and how text is split and normalised: by `pre`, a
  // name (splitter.h), or, where that is empty, by the three fields below it.
  std::vector<std::string> merges;
  std::string pre;
  std::vector<Split> splits;
  bool nfc = false;
  bool ignore_merges = false;
  TokenId bos = -1, eos = -1, eot = -1, unknown = -1;
  bool add_bos = true;
  bool add_space_prefix = true;  // the dummy prefix of SentencePiece
  std::string chat_template;     // Jinja, may be empty
  // Declarative chat format, "lmp.chat.*"; empty if the file has none.
  struct Chat {
    std::string system_header, user_header, assistant_header, observe_header, footer;
    bool present = false;
  } chat;
  TokenizerOrigin origin;  // for messages
};

enum class FragmentStart {
  kMessage,   // first text after a hard seam that begins a message: gets the dummy prefix if the
              // spec says so
  kContinue,  // after a gen or inside a message: never a dummy prefix
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  virtual const TokenizerSpec& spec() const = 0;
  virtual int vocabulary() const = 0;
  // Canonical ids of one whole fragment, appended to `ids`. Invalid UTF-8 goes through byte pieces.
  virtual void Encode(std::string_view text, FragmentStart start,
                      std::vector<TokenId>* ids) const = 0;
  // The tail rule (language.md 3.6): the largest n such that for every continuation t,
  // Encode(text + t) = tokens of text[0, n) in Encode(text), then tokens of the rest. Returns 0
  // where nothing is sure.
  virtual size_t StableCut(std::string_view text, FragmentStart start) const = 0;
  // The bytes a token stands for inside running text (word mark as space); empty for control
  // pieces.
  virtual std::string_view Bytes(TokenId id) const = 0;
  virtual bool IsControl(TokenId id) const = 0;
  // The control or user-defined piece spelt exactly so.
  virtual std::optional<TokenId> FindSpecial(std::string_view piece) const = 0;
  // Bytes of all ids joined, control pieces skipped; the dummy prefix's space is dropped if `start`
  // is kMessage and the spec adds one. May end inside a code point.
  virtual std::string Decode(std::span<const TokenId> ids, FragmentStart start) const = 0;
};

// What marks roles and ends texts is made a control piece first, whatever type the file gives it
// (control_pieces.h). Errors: Corruption / Unsupported, naming file and field as spec.origin has
// them.
Result<std::shared_ptr<const Tokenizer>> MakeTokenizer(TokenizerSpec spec);

}  // namespace lmp::text
