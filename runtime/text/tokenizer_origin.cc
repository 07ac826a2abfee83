#include "runtime/text/tokenizer_origin.h"

#include "runtime/base/text.h"

namespace lmp::text {
namespace {

using Format = TokenizerOrigin::Format;
using Part = TokenizerOrigin::Part;

std::string_view GgufField(Part part) {
  switch (part) {
    case Part::kModel:
      return "tokenizer.ggml.model";
    case Part::kPieces:
      return "tokenizer.ggml.tokens";
    case Part::kTypes:
      return "tokenizer.ggml.token_type";
    case Part::kScores:
      return "tokenizer.ggml.scores";
    case Part::kMerges:
      return "tokenizer.ggml.merges";
    case Part::kPre:
      return "tokenizer.ggml.pre";
    case Part::kSpacePrefix:
      return "tokenizer.ggml.add_space_prefix";
    case Part::kBos:
      return "tokenizer.ggml.bos_token_id";
    case Part::kEos:
      return "tokenizer.ggml.eos_token_id";
    case Part::kEot:
      return "tokenizer.ggml.eot_token_id";
    case Part::kUnknown:
      return "tokenizer.ggml.unknown_token_id";
  }
  return "";
}

std::string_view JsonFieldName(Part part) {
  switch (part) {
    case Part::kModel:
      return "model.type";
    case Part::kPieces:
      return "model.vocab";
    case Part::kTypes:
    case Part::kEos:
    case Part::kEot:
      return "added_tokens";
    case Part::kScores:
    case Part::kMerges:
      return "model.merges";
    case Part::kPre:
    case Part::kSpacePrefix:
      return "pre_tokenizer";
    case Part::kBos:
      return "post_processor";
    case Part::kUnknown:
      return "model.unk_token";
  }
  return "";
}

std::string_view SentencePieceField(Part part) {
  switch (part) {
    case Part::kModel:
      return "trainer_spec.model_type";
    case Part::kSpacePrefix:
      return "normalizer_spec.add_dummy_prefix";
    case Part::kBos:
      return "trainer_spec.bos_id";
    case Part::kEos:
      return "trainer_spec.eos_id";
    case Part::kUnknown:
      return "trainer_spec.unk_id";
    default:
      return "pieces";
  }
}

}  // namespace

std::string NameField(std::string_view file, std::string_view field) {
  const std::string_view between = file.empty() || field.empty() ? "" : ": ";
  return std::string(file) + std::string(between) + std::string(field);
}

std::string ShownText(std::string_view text) {
  constexpr size_t kShown = 40;
  if (text.size() <= kShown) return QuoteText(text);
  return QuoteText(text.substr(0, Utf8SafePrefix(text.substr(0, kShown)))) + "...";
}

std::string TokenizerOrigin::Of(Part part) const {
  switch (format) {
    case Format::kGguf:
      return NameField(file, GgufField(part));
    case Format::kTokenizerJson:
      return NameField(file, JsonFieldName(part));
    case Format::kVocabMerges:
      return part == Part::kMerges ? merges_file : file;
    case Format::kSentencePiece:
      return NameField(file, SentencePieceField(part));
    case Format::kTiktoken:
      return file;
  }
  return file;
}

std::string TokenizerOrigin::Piece(TokenId id, std::string_view text) const {
  if (const auto found = pieces.find(id); found != pieces.end()) return found->second;
  const std::string number = std::to_string(id);
  switch (format) {
    case Format::kGguf:
      return NameField(file, "tokenizer.ggml.tokens[" + number + "]");
    case Format::kTokenizerJson:
      return NameField(file, "model.vocab[" + ShownText(text) + "]");
    case Format::kVocabMerges:
      return NameField(file, "[" + ShownText(text) + "]");
    case Format::kSentencePiece:
      return NameField(file, "pieces[" + number + "]");
    case Format::kTiktoken:
      return NameField(file, "line " + std::to_string(static_cast<int64_t>(id) + 1));
  }
  return file;
}

std::string TokenizerOrigin::Merge(size_t rank) const {
  if (format == Format::kVocabMerges) {
    return NameField(merges_file, "line " + std::to_string(first_merge_line + rank));
  }
  if (format == Format::kTiktoken) return file;
  return Of(Part::kMerges) + "[" + std::to_string(rank) + "]";
}

}  // namespace lmp::text
