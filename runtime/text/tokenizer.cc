#include "runtime/text/tokenizer.h"

#include "runtime/base/limits.h"
#include "runtime/text/byte_level.h"
#include "runtime/text/control_pieces.h"
#include "runtime/text/sentencepiece.h"

namespace lmp::text {
namespace {

using Part = TokenizerOrigin::Part;

Status CheckId(const TokenizerSpec& spec, TokenizerOrigin::Part part, TokenId id) {
  const size_t vocabulary = spec.pieces.size();
  if (id >= -1 && id < static_cast<TokenId>(vocabulary)) return OkStatus();
  return Corruption(spec.origin.Of(part) + ": " + std::to_string(id) +
                    " is not in the vocabulary of " + std::to_string(vocabulary));
}

// The vocabulary's size, the number of types, the length of pieces, the special ids.
Status CheckVocabulary(const TokenizerSpec& spec) {
  const size_t count = spec.pieces.size();
  if (count == 0 || count > kVocabularyMax) {
    return Corruption(spec.origin.Of(Part::kPieces) + ": " + std::to_string(count) +
                      " pieces, allowed are 1 to " + std::to_string(kVocabularyMax));
  }
  if (spec.types.size() != count) {
    return Corruption(spec.origin.Of(Part::kTypes) + ": " + std::to_string(spec.types.size()) +
                      " types for " + std::to_string(count) + " pieces");
  }
  for (size_t i = 0; i < count; ++i) {
    if (spec.pieces[i].size() <= kPieceBytesMax) continue;
    return Corruption(spec.origin.Piece(static_cast<TokenId>(i), spec.pieces[i]) + ": " +
                      std::to_string(spec.pieces[i].size()) + " bytes, at most " +
                      std::to_string(kPieceBytesMax) + " are allowed");
  }
  LMP_RETURN_IF_ERROR(CheckId(spec, Part::kBos, spec.bos));
  LMP_RETURN_IF_ERROR(CheckId(spec, Part::kEos, spec.eos));
  LMP_RETURN_IF_ERROR(CheckId(spec, Part::kEot, spec.eot));
  return CheckId(spec, Part::kUnknown, spec.unknown);
}

}  // namespace

Result<std::shared_ptr<const Tokenizer>> MakeTokenizer(TokenizerSpec spec) {
  LMP_RETURN_IF_ERROR(CheckVocabulary(spec));
  SealControlPieces(&spec);
  if (spec.model == "llama") {
    LMP_TRY(auto tokenizer, SentencePieceTokenizer::Make(std::move(spec)));
    return std::shared_ptr<const Tokenizer>(std::move(tokenizer));
  }
  if (spec.model == "gpt2") {
    LMP_TRY(auto tokenizer, ByteLevelTokenizer::Make(std::move(spec)));
    return std::shared_ptr<const Tokenizer>(std::move(tokenizer));
  }
  return Unsupported(spec.origin.Of(Part::kModel) + ": " + ShownText(spec.model) +
                     ", supported are \"llama\" (SentencePiece BPE) and \"gpt2\" (byte-level BPE)");
}

}  // namespace lmp::text
