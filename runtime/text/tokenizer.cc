#include "runtime/text/tokenizer.h"

#include "runtime/base/limits.h"
#include "runtime/text/byte_level.h"
#include "runtime/text/sentencepiece.h"
#include "runtime/text/spec_check.h"

namespace lmp::text {
namespace {

Status CheckId(const char* field, TokenId id, size_t vocabulary) {
  if (id >= -1 && id < static_cast<TokenId>(vocabulary)) return OkStatus();
  return Corruption(std::string(field) + ": " + std::to_string(id) +
                    " is not in the vocabulary of " + std::to_string(vocabulary));
}

}  // namespace

Status CheckVocabulary(const TokenizerSpec& spec) {
  const size_t count = spec.pieces.size();
  if (count == 0 || count > kVocabularyMax) {
    return Corruption("tokenizer.ggml.tokens: " + std::to_string(count) +
                      " pieces, allowed are 1 to " + std::to_string(kVocabularyMax));
  }
  if (spec.types.size() != count) {
    return Corruption("tokenizer.ggml.token_type: " + std::to_string(spec.types.size()) +
                      " types for " + std::to_string(count) + " pieces");
  }
  for (size_t i = 0; i < count; ++i) {
    if (spec.pieces[i].size() <= kPieceBytesMax) continue;
    return Corruption("tokenizer.ggml.tokens: piece " + std::to_string(i) + " has " +
                      std::to_string(spec.pieces[i].size()) + " bytes, at most " +
                      std::to_string(kPieceBytesMax) + " are allowed");
  }
  LMP_RETURN_IF_ERROR(CheckId("tokenizer.ggml.bos_token_id", spec.bos, count));
  LMP_RETURN_IF_ERROR(CheckId("tokenizer.ggml.eos_token_id", spec.eos, count));
  LMP_RETURN_IF_ERROR(CheckId("tokenizer.ggml.eot_token_id", spec.eot, count));
  return CheckId("tokenizer.ggml.unknown_token_id", spec.unknown, count);
}

Result<std::shared_ptr<const Tokenizer>> MakeTokenizer(TokenizerSpec spec) {
  if (spec.model == "llama") {
    LMP_TRY(auto tokenizer, SentencePieceTokenizer::Make(std::move(spec)));
    return std::shared_ptr<const Tokenizer>(std::move(tokenizer));
  }
  if (spec.model == "gpt2") {
    LMP_TRY(auto tokenizer, ByteLevelTokenizer::Make(std::move(spec)));
    return std::shared_ptr<const Tokenizer>(std::move(tokenizer));
  }
  return Unsupported(
      "tokenizer.ggml.model: \"" + spec.model.substr(0, 40) +
      "\", supported are \"llama\" (SentencePiece BPE) and \"gpt2\" (byte-level BPE)");
}

}  // namespace lmp::text
