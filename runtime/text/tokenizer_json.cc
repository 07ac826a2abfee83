// tokenizer.json: a chain of normalizer, pre-tokenizer, model, post-processor, decoder and added
// tokens, each of many types. Those that make a byte-level BPE or a SentencePiece BPE are taken,
// the rest is refused.
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "runtime/base/limits.h"
#include "runtime/text/byte_alphabet.h"
#include "runtime/text/json_fields.h"
#include "runtime/text/spec_builder.h"
#include "runtime/text/tokenizer_files.h"
#include "runtime/text/tokenizer_json_stages.h"

namespace lmp::text {
namespace {

// "a b" or ["a", "b"].
Result<std::string> MergeText(const JsonField& merge) {
  if (!merge.is_array()) return merge.String();
  if (merge.size() != 2) return Corruption(merge.path + ": not two pieces");
  LMP_TRY(std::string left, merge.At(0).String());
  LMP_TRY(const std::string right, merge.At(1).String());
  return left + " " + right;
}

Status ReadMerges(const JsonField& field, TokenizerSpec* spec) {
  if (!field.is_array()) return field.Wrong("a list");
  if (field.size() > kMergesMax) {
    return Corruption(field.path + ": " + std::to_string(field.size()) + " merges, at most " +
                      std::to_string(kMergesMax) + " are allowed");
  }
  spec->merges.reserve(field.size());
  for (size_t i = 0; i < field.size(); ++i) {
    LMP_TRY(std::string merge, MergeText(field.At(i)));
    spec->merges.push_back(std::move(merge));
  }
  return OkStatus();
}

Status CheckModel(const JsonField& model) {
  if (model["type"].present()) {
    LMP_TRY(const std::string type, model["type"].String());
    if (type != "BPE") {
      return Unsupported("model.type: " + ShownText(type) + ", supported is \"BPE\"");
    }
  }
  for (const char* name : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    LMP_TRY(const std::string text, model[name].StringOr(""));
    if (!text.empty()) return RefuseField(model[name], ShownText(text));
  }
  if (model["dropout"].present()) return RefuseField(model["dropout"], "dropout");
  return OkStatus();
}

// "<0x0A>", as the library writes the piece of a byte.
bool IsBytePiece(std::string_view piece) {
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  return piece.size() == 6 && piece.starts_with("<0x") && digit(piece[3]) && digit(piece[4]) &&
         piece[5] == '>';
}

Status ReadVocabulary(const JsonField& field, bool byte_fallback, const std::string& unknown,
                      SpecBuilder* builder) {
  if (!field.is_object()) return field.Wrong("an object of pieces and ids");
  size_t bytes = 0;
  for (const auto& [piece, id] : field.value->items()) {
    const JsonField member = field.Member(piece, id);
    LMP_TRY(const int64_t number, member.Integer());
    PieceType type = PieceType::kNormal;
    if (byte_fallback && IsBytePiece(piece)) type = PieceType::kByte;
    if (!unknown.empty() && piece == unknown) type = PieceType::kUnknown;
    bytes += type == PieceType::kByte ? 1 : 0;
    LMP_RETURN_IF_ERROR(builder->AddPiece(member.path, number, piece, type));
    if (type == PieceType::kUnknown) builder->spec().unknown = static_cast<TokenId>(number);
  }
  if (byte_fallback && bytes != 256) {
    return Unsupported(field.path + ": " + std::to_string(bytes) +
                       " byte pieces beside byte_fallback, supported are all 256");
  }
  return OkStatus();
}

// Tokens that stand in plain text are found there; how must be as LMP finds them.
Status CheckPlainToken(const JsonField& token, bool normalizes) {
  for (const char* name : {"single_word", "lstrip", "rstrip"}) {
    LMP_TRY(const bool set, token[name].BoolOr(false));
    if (set) return RefuseField(token[name], "true beside special false");
  }
  LMP_TRY(const bool normalized, token["normalized"].BoolOr(true));
  if (normalized && normalizes) return RefuseField(token["normalized"], "true beside a normalizer");
  return OkStatus();
}

Status ReadAddedTokens(const JsonField& list, const TokenizerStages& stages, SpecBuilder* builder) {
  if (!list.present()) return OkStatus();
  if (!list.is_array()) return list.Wrong("a list");
  TokenizerSpec& spec = builder->spec();
  for (size_t i = 0; i < list.size(); ++i) {
    const JsonField token = list.At(i);
    LMP_TRY(const int64_t id, token["id"].Integer());
    LMP_TRY(const std::string content, token["content"].String());
    LMP_TRY(const bool special, token["special"].BoolOr(false));
    if (content.empty()) return RefuseField(token["content"], "an empty text");
    if (!stages.byte_level && IsBytePiece(content)) {
      return RefuseField(token["content"], "a byte piece");
    }
    if (!special) LMP_RETURN_IF_ERROR(CheckPlainToken(token, stages.normalizes));
    if (id == spec.unknown && spec.unknown >= 0) {
      const std::string& piece = spec.pieces[static_cast<size_t>(id)];
      if (piece != content) {
        return Corruption(token.path + ": id " + std::to_string(id) + " twice, for " +
                          ShownText(piece) + " and " + ShownText(content));
      }
      // A byte-level vocabulary with all bytes needs no unknown piece: it stays a special token.
      if (!stages.byte_level || !special) continue;
      spec.unknown = -1;
    }
    LMP_RETURN_IF_ERROR(builder->AddToken(token.path, id, content,
                                          special ? PieceType::kControl : PieceType::kUserDefined));
    spec.origin.pieces[static_cast<TokenId>(id)] = NameField(spec.origin.file, token.path);
  }
  return OkStatus();
}

// The template of one text: special tokens in front of it are BOS, none may stand behind.
Status ReadTemplate(const JsonField& field, SpecBuilder* builder) {
  const JsonField single = field["single"];
  if (!single.is_array()) return single.Wrong("a list");
  TokenizerSpec& spec = builder->spec();
  if (spec.bos >= 0) return RefuseField(field, "a second template");
  bool text_seen = false;
  for (size_t i = 0; i < single.size(); ++i) {
    const JsonField part = single.At(i);
    if (part["Sequence"].present()) {
      LMP_TRY(const std::string text, part["Sequence"]["id"].StringOr("A"));
      if (text_seen || text != "A") return RefuseField(part, "another text than the one");
      text_seen = true;
      continue;
    }
    const JsonField named = part["SpecialToken"]["id"];
    LMP_TRY(const std::string token, named.String());
    if (text_seen || i > 0)
      return RefuseField(part, "the special token " + ShownText(token) + " here");
    spec.bos = builder->Find(token);
    if (spec.bos < 0) return named.Wrong("a token");
    const JsonField ids = field["special_tokens"][token]["ids"];
    if (ids.present()) {
      if (!ids.is_array() || ids.size() != 1) return RefuseField(ids, "other than one id");
      LMP_TRY(const int64_t id, ids.At(0).Integer());
      if (id != spec.bos) {
        return Corruption(ids.path + ": " + std::to_string(id) + ", but " + ShownText(token) +
                          " has id " + std::to_string(spec.bos));
      }
    }
    spec.add_bos = true;
  }
  return text_seen ? OkStatus() : Corruption(single.path + ": no place for the text");
}

Status ReadPostProcessor(const JsonField& field, const std::string& type, SpecBuilder* builder) {
  if (type == "ByteLevel") return OkStatus();  // moves offsets only
  if (type == "TemplateProcessing") return ReadTemplate(field, builder);
  return RefuseField(field["type"], ShownText(type));
}

// The unknown piece is in the vocabulary, or no text needs it.
Status CheckUnknown(const JsonField& model, const std::string& unknown, bool byte_level,
                    const SpecBuilder& builder) {
  if (!unknown.empty() && builder.Find(unknown) < 0) {
    return Corruption(model["unk_token"].path + ": " + ShownText(unknown) +
                      " is not in model.vocab");
  }
  LMP_TRY(const bool fuse, model["fuse_unk"].BoolOr(false));
  if (!fuse || !byte_level || builder.spec().unknown < 0) return OkStatus();
  for (int byte = 0; byte < 256; ++byte) {
    if (builder.Find(AlphabetOfBytes(std::string(1, static_cast<char>(byte)))) >= 0) continue;
    return RefuseField(model["fuse_unk"], "true without a piece for byte " + std::to_string(byte));
  }
  return OkStatus();
}

// SentencePiece merges by the score of the joined piece; this library by the rank of the merge. The
// two agree where the merges of a piece lie together and every pair that joins to it is listed.
Status ScoresOfMerges(TokenizerSpec* spec) {
  std::unordered_map<std::string_view, size_t> ids;
  for (size_t i = 0; i < spec->pieces.size(); ++i) ids.emplace(spec->pieces[i], i);
  std::unordered_set<std::string_view> listed;
  spec->scores.assign(spec->pieces.size(), -1e9f);
  std::string joined, before;
  for (size_t rank = 0; rank < spec->merges.size(); ++rank) {
    const std::string_view merge = spec->merges[rank];
    const std::string where = "model.merges[" + std::to_string(rank) + "]";
    const size_t space = merge.find(' ');
    if (space == std::string_view::npos || merge.find(' ', space + 1) != std::string_view::npos) {
      return Corruption(where + ": " + ShownText(merge) +
                        " is not two pieces with a space between");
    }
    if (ids.count(merge.substr(0, space)) == 0 || ids.count(merge.substr(space + 1)) == 0) {
      return Corruption(where + ": " + ShownText(merge) + ": a part is not a piece");
    }
    joined = std::string(merge.substr(0, space)) + std::string(merge.substr(space + 1));
    const auto found = ids.find(joined);
    if (found == ids.end()) {
      return Corruption(where + ": " + ShownText(merge) + ": what it joins to is not a piece");
    }
    float& score = spec->scores[found->second];
    const bool first = score == -1e9f;
    if (!first && joined != before) {
      return Unsupported(where + ": the merges are not ordered by the piece they make");
    }
    if (first) score = -static_cast<float>(rank);
    listed.insert(merge);
    before = joined;
  }
  std::string pair;
  for (const std::string_view piece : spec->pieces) {
    for (size_t cut = 1; cut < piece.size(); ++cut) {
      const auto left = ids.find(piece.substr(0, cut));
      const auto right = ids.find(piece.substr(cut));
      if (left == ids.end() || right == ids.end()) continue;
      if (spec->types[left->second] != PieceType::kNormal ||
          spec->types[right->second] != PieceType::kNormal ||
          spec->types[ids.at(piece)] != PieceType::kNormal) {
        continue;
      }
      pair = std::string(piece.substr(0, cut)) + " " + std::string(piece.substr(cut));
      if (listed.count(pair) == 0) {
        return Unsupported("model.merges: " + ShownText(pair) +
                           " is missing, SentencePiece would merge it");
      }
    }
  }
  spec->merges.clear();
  return OkStatus();
}

Result<TokenizerSpec> ReadFields(const JsonField& file, const std::string& name) {
  if (!file.is_object()) return file.Wrong("a JSON object");
  LMP_TRY(const std::string version, file["version"].StringOr("1.0"));
  if (version != "1.0") return RefuseField(file["version"], ShownText(version));
  const JsonField model = file["model"];
  if (!model.is_object()) return model.Wrong("an object");
  LMP_RETURN_IF_ERROR(CheckModel(model));
  LMP_TRY(const bool byte_fallback, model["byte_fallback"].BoolOr(false));
  LMP_TRY(TokenizerStages stages, ReadStages(file, byte_fallback));
  LMP_RETURN_IF_ERROR(CheckDecoder(file["decoder"], stages));
  LMP_TRY(const std::string unknown, model["unk_token"].StringOr(""));
  SpecBuilder builder(stages.byte_level ? "gpt2" : "llama");
  builder.spec().origin.format = TokenizerOrigin::Format::kTokenizerJson;
  builder.spec().origin.file = name;
  builder.spec().add_bos = false;
  builder.spec().add_space_prefix = stages.prepend_mark;
  LMP_RETURN_IF_ERROR(ReadVocabulary(model["vocab"], byte_fallback, unknown, &builder));
  LMP_RETURN_IF_ERROR(ReadAddedTokens(file["added_tokens"], stages, &builder));
  LMP_RETURN_IF_ERROR(CheckUnknown(model, unknown, stages.byte_level, builder));
  LMP_RETURN_IF_ERROR(ForEachPart(file["post_processor"], "processors",
                                  [&](const JsonField& part, const std::string& type) {
                                    return ReadPostProcessor(part, type, &builder);
                                  }));
  LMP_RETURN_IF_ERROR(ReadMerges(model["merges"], &builder.spec()));
  LMP_TRY(TokenizerSpec spec, builder.Finish("model.vocab"));
  LMP_TRY(spec.ignore_merges, model["ignore_merges"].BoolOr(false));
  if (!stages.byte_level) {
    if (spec.ignore_merges) return RefuseField(model["ignore_merges"], "true beside word marks");
    LMP_RETURN_IF_ERROR(ScoresOfMerges(&spec));
    return spec;
  }
  spec.nfc = stages.nfc;
  spec.splits = std::move(stages.splits);
  return spec;
}

}  // namespace

Result<TokenizerSpec> ReadTokenizerJson(const TokenizerFile& given) {
  const Result<SortedJson> parsed = ParseSortedJson(given.bytes);
  if (!parsed.ok()) return InFile(given, parsed.status());
  Result<TokenizerSpec> spec = ReadFields({&*parsed, ""}, given.name);
  if (!spec.ok()) return InFile(given, spec.status());
  return spec;
}

}  // namespace lmp::text
