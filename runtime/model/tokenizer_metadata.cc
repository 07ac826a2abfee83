#include "runtime/model/tokenizer_metadata.h"

#include <array>
#include <utility>

#include "runtime/base/limits.h"
#include "runtime/base/text.h"
#include "runtime/text/splitter.h"

namespace lmp::model {
namespace {

Result<text::PieceType> PieceTypeOf(int32_t number, size_t index) {
  switch (number) {
    case 0:  // undefined: converters write it for ordinary pieces
    case 1:
      return text::PieceType::kNormal;
    case 2:
      return text::PieceType::kUnknown;
    case 3:
      return text::PieceType::kControl;
    case 4:
      return text::PieceType::kUserDefined;
    case 5:
      return text::PieceType::kUnused;
    case 6:
      return text::PieceType::kByte;
    default:
      return Corruption("tokenizer.ggml.token_type[" + std::to_string(index) +
                        "]: " + std::to_string(number) + ", allowed are 0 to 6");
  }
}

// An id key; absent, or all bits set as some converters write for "none": -1.
Status ReadId(const GgufFile& file, const char* name, TokenId* id) {
  const std::string key = std::string("tokenizer.ggml.") + name;
  LMP_TRY(const int64_t value, file.IntegerOr(key, {-1, UINT32_MAX}, -1));
  if (value == UINT32_MAX) return OkStatus();
  if (value > static_cast<int64_t>(kVocabularyMax)) {
    return Corruption(key + ": " + std::to_string(value) + " is not a token id");
  }
  *id = static_cast<TokenId>(value);
  return OkStatus();
}

Status ReadPieces(const GgufFile& file, text::TokenizerSpec* spec) {
  LMP_TRY(const auto pieces, file.Strings("tokenizer.ggml.tokens"));
  if (pieces.size() > kVocabularyMax) {
    return Corruption("tokenizer.ggml.tokens: " + std::to_string(pieces.size()) +
                      " pieces, at most " + std::to_string(kVocabularyMax) + " are allowed");
  }
  spec->pieces.assign(pieces.begin(), pieces.end());
  if (spec->model == "llama") {
    LMP_TRY(spec->scores, file.Floats("tokenizer.ggml.scores"));
  }
  LMP_TRY(const auto types, file.Ints("tokenizer.ggml.token_type"));
  spec->types.reserve(types.size());
  for (size_t i = 0; i < types.size(); ++i) {
    LMP_TRY(const auto type, PieceTypeOf(types[i], i));
    spec->types.push_back(type);
  }
  return OkStatus();
}

// What only byte-level BPE has. A file that names no pre-tokenizer leaves open how text is split;
// guessing would give wrong ids, so MakeTokenizer refuses it.
Status ReadByteLevel(const GgufFile& file, text::TokenizerSpec* spec) {
  LMP_TRY(const auto merges, file.Strings("tokenizer.ggml.merges"));
  if (merges.size() > kMergesMax) {
    return Corruption("tokenizer.ggml.merges: " + std::to_string(merges.size()) +
                      " merges, at most " + std::to_string(kMergesMax) + " are allowed");
  }
  spec->merges.assign(merges.begin(), merges.end());
  LMP_TRY(spec->pre, file.StringOr("tokenizer.ggml.pre", ""));
  return OkStatus();
}

Status ReadChat(const GgufFile& file, text::TokenizerSpec::Chat* chat) {
  const std::array<std::pair<const char*, std::string*>, 5> keys = {{
      {"lmp.chat.system.header", &chat->system_header},
      {"lmp.chat.user.header", &chat->user_header},
      {"lmp.chat.assistant.header", &chat->assistant_header},
      {"lmp.chat.observe.header", &chat->observe_header},
      {"lmp.chat.footer", &chat->footer},
  }};
  for (const auto& [key, text] : keys) chat->present = chat->present || file.Has(key);
  if (!chat->present) return OkStatus();
  for (const auto& [key, text] : keys) {
    LMP_TRY(*text, file.String(key));  // one of them needs all of them
  }
  return OkStatus();
}

}  // namespace

Result<text::TokenizerSpec> ReadTokenizerSpec(const GgufFile& file) {
  text::TokenizerSpec spec;
  spec.origin.file = file.path();
  LMP_TRY(spec.model, file.String("tokenizer.ggml.model"));
  const bool byte_level = spec.model == "gpt2";
  if (spec.model != "llama" && !byte_level) {
    return Unsupported("tokenizer.ggml.model: \"" + PrintableText(spec.model.substr(0, 40)) +
                       "\", supported are \"llama\" (SentencePiece BPE) and \"gpt2\" (byte-level "
                       "BPE)");
  }
  LMP_RETURN_IF_ERROR(ReadPieces(file, &spec));
  if (byte_level) LMP_RETURN_IF_ERROR(ReadByteLevel(file, &spec));
  const auto pre = text::FindPreTokenizer(spec.pre);
  const bool add_bos = !byte_level || (pre.has_value() && pre->add_bos);
  LMP_RETURN_IF_ERROR(ReadId(file, "bos_token_id", &spec.bos));
  LMP_RETURN_IF_ERROR(ReadId(file, "eos_token_id", &spec.eos));
  LMP_RETURN_IF_ERROR(ReadId(file, "eot_token_id", &spec.eot));
  LMP_RETURN_IF_ERROR(ReadId(file, "unknown_token_id", &spec.unknown));
  LMP_TRY(spec.add_bos, file.BoolOr("tokenizer.ggml.add_bos_token", add_bos));
  if (spec.bos < 0) spec.add_bos = false;
  LMP_TRY(spec.add_space_prefix, file.BoolOr("tokenizer.ggml.add_space_prefix", !byte_level));
  LMP_TRY(spec.chat_template, file.StringOr("tokenizer.chat_template", ""));
  LMP_RETURN_IF_ERROR(ReadChat(file, &spec.chat));
  return spec;
}

}  // namespace lmp::model
