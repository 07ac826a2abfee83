// tokenizer.json: a chain of normalizer, pre-tokenizer, model, post-processor and added tokens,
// each of many types. Those that make a byte-level BPE or a SentencePiece BPE are taken, the rest
// is refused.
#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "runtime/base/limits.h"
#include "runtime/text/json_fields.h"
#include "runtime/text/spec_builder.h"
#include "runtime/text/splitter.h"
#include "runtime/text/tokenizer_files.h"

namespace lmp::text {
namespace {

constexpr std::string_view kMark = "\xE2\x96\x81";
constexpr int kSequenceDepthMax = 8;

Status Refuse(const JsonField& field, std::string_view what) {
  return Unsupported(field.path + ": " + std::string(what.substr(0, 80)) + " is not supported");
}

// What the normalizer and the pre-tokenizer say, in the terms of both kinds of BPE.
struct Pipeline {
  bool nfc = false;
  bool prepend_mark = false;
  bool spaces_to_marks = false;
  bool byte_level = false;
  std::vector<TokenizerSpec::Split> splits;
};

// Calls `visit` for the parts of a Sequence (`parts` names its list) or for the one there is.
using PartVisitor = std::function<Status(const JsonField& part, const std::string& type)>;
Status ForEachPart(const JsonField& field, std::string_view parts, int depth,
                   const PartVisitor& visit) {
  if (!field.present()) return OkStatus();
  const Result<std::string> type = field["type"].String();
  if (!type.ok()) return type.status();
  if (type.value() != "Sequence") return visit(field, type.value());
  const JsonField list = field[parts];
  if (!list.is_array()) return list.Wrong("a list");
  if (depth >= kSequenceDepthMax) return Refuse(field, "a deep Sequence");
  for (size_t i = 0; i < list.size(); ++i) {
    LMP_RETURN_IF_ERROR(ForEachPart(list.At(i), parts, depth + 1, visit));
  }
  return OkStatus();
}

Status ReadNormalizer(const JsonField& field, const std::string& type, Pipeline* out) {
  if (type == "NFC") {
    out->nfc = true;
    return OkStatus();
  }
  if (type == "Prepend") {
    LMP_TRY(const std::string text, field["prepend"].String());
    if (text != kMark) return Refuse(field["prepend"], "\"" + text + "\"");
    out->prepend_mark = true;
    return OkStatus();
  }
  if (type == "Replace") {
    LMP_TRY(const std::string from, field["pattern"]["String"].String());
    LMP_TRY(const std::string to, field["content"].String());
    if (from != " " || to != kMark) return Refuse(field, "\"" + from + "\" to \"" + to + "\"");
    out->spaces_to_marks = true;
    return OkStatus();
  }
  return Refuse(field["type"], "\"" + type + "\"");
}

Status ReadSplit(const JsonField& field, Pipeline* out) {
  LMP_TRY(const std::string behavior, field["behavior"].String());
  LMP_TRY(const bool invert, field["invert"].BoolOr(false));
  // With `invert` the matches are what stands between the pieces: isolated, that is the same.
  if (behavior != "Isolated" && !(behavior == "Removed" && invert)) {
    return Refuse(field["behavior"], "\"" + behavior + "\"");
  }
  const JsonField pattern = field["pattern"]["Regex"];
  LMP_TRY(std::string text, pattern.String());
  out->splits.push_back({pattern.path, std::move(text)});
  return OkStatus();
}

Status ReadMetaspace(const JsonField& field, Pipeline* out) {
  LMP_TRY(const std::string replacement, field["replacement"].String());
  if (replacement != kMark) return Refuse(field["replacement"], "\"" + replacement + "\"");
  LMP_TRY(const bool split, field["split"].BoolOr(true));
  if (split) return Refuse(field["split"], "true");
  LMP_TRY(const bool add, field["add_prefix_space"].BoolOr(true));
  LMP_TRY(const std::string scheme, field["prepend_scheme"].StringOr(add ? "always" : "never"));
  out->spaces_to_marks = true;
  out->prepend_mark = scheme != "never";
  return OkStatus();
}

Status ReadPreTokenizer(const JsonField& field, const std::string& type, Pipeline* out) {
  if (out->byte_level) return Refuse(field, "a stage behind ByteLevel");
  if (type == "Split") return ReadSplit(field, out);
  if (type == "Metaspace") return ReadMetaspace(field, out);
  if (type == "Digits") {
    LMP_TRY(const bool lone, field["individual_digits"].BoolOr(false));
    out->splits.push_back({field.path, lone ? std::string(kLoneDigitsPattern) : R"(\p{N}+)"});
    return OkStatus();
  }
  if (type != "ByteLevel") return Refuse(field["type"], "\"" + type + "\"");
  LMP_TRY(const bool prefix, field["add_prefix_space"].BoolOr(true));
  if (prefix) return Refuse(field["add_prefix_space"], "true");
  LMP_TRY(const bool regex, field["use_regex"].BoolOr(true));
  if (regex) out->splits.push_back({field.path, std::string(FamilyPattern(SplitFamily::kGpt2))});
  out->byte_level = true;
  return OkStatus();
}

// "a b" or ["a", "b"].
Result<std::string> MergeText(const JsonField& merge) {
  if (!merge.is_array()) return merge.String();
  if (merge.size() != 2) return merge.Wrong("two pieces");
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
    LMP_TRY(std::string merge, MergeText({&(*field.value)[i], field.path}));
    spec->merges.push_back(std::move(merge));
  }
  return OkStatus();
}

Status CheckModel(const JsonField& model) {
  if (model["type"].present()) {
    LMP_TRY(const std::string type, model["type"].String());
    if (type != "BPE") {
      return Unsupported("model.type: \"" + type.substr(0, 40) + "\", supported is \"BPE\"");
    }
  }
  for (const char* name : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    LMP_TRY(const std::string text, model[name].StringOr(""));
    if (!text.empty()) return Refuse(model[name], "\"" + text + "\"");
  }
  if (model["dropout"].present()) return Refuse(model["dropout"], "dropout");
  return OkStatus();
}

Status ReadVocabulary(const JsonField& field, bool byte_fallback, const std::string& unknown,
                      SpecBuilder* builder) {
  if (!field.is_object()) return field.Wrong("an object of pieces and ids");
  for (const auto& [piece, id] : field.value->items()) {
    LMP_TRY(const int64_t number, (JsonField{&id, field.path}).Integer());
    PieceType type = PieceType::kNormal;
    const bool byte = byte_fallback && piece.size() == 6 && piece.starts_with("<0x");
    if (byte) type = PieceType::kByte;
    if (!unknown.empty() && piece == unknown) type = PieceType::kUnknown;
    LMP_RETURN_IF_ERROR(builder->AddPiece(field.path, number, piece, type));
    if (type == PieceType::kUnknown) builder->spec().unknown = static_cast<TokenId>(number);
  }
  return OkStatus();
}

Status ReadAddedTokens(const JsonField& list, bool normalises, SpecBuilder* builder) {
  if (!list.present()) return OkStatus();
  if (!list.is_array()) return list.Wrong("a list");
  for (size_t i = 0; i < list.size(); ++i) {
    const JsonField token = list.At(i);
    LMP_TRY(const int64_t id, token["id"].Integer());
    LMP_TRY(const std::string content, token["content"].String());
    LMP_TRY(const bool special, token["special"].BoolOr(false));
    if (content.empty()) return token["content"].Wrong("text");
    if (!special) {
      // Such a token comes out of plain text, so how it is matched matters.
      for (const char* name : {"single_word", "lstrip", "rstrip"}) {
        LMP_TRY(const bool set, token[name].BoolOr(false));
        if (set) return Refuse(token[name], "true beside special false");
      }
      LMP_TRY(const bool normalized, token["normalized"].BoolOr(true));
      if (normalized && normalises) return Refuse(token["normalized"], "true beside a normalizer");
    }
    const bool unknown = id == builder->spec().unknown && builder->spec().unknown >= 0;
    if (unknown) continue;
    LMP_RETURN_IF_ERROR(builder->AddToken(token.path, id, content,
                                          special ? PieceType::kControl : PieceType::kUserDefined));
  }
  return OkStatus();
}

// The template of one text: special tokens in front of it are BOS, none may stand behind.
Status ReadTemplate(const JsonField& field, SpecBuilder* builder) {
  const JsonField single = field["single"];
  if (!single.is_array()) return single.Wrong("a list");
  bool text_seen = false;
  for (size_t i = 0; i < single.size(); ++i) {
    const JsonField part = single.At(i);
    if (part["Sequence"].present()) {
      text_seen = true;
      continue;
    }
    LMP_TRY(const std::string token, part["SpecialToken"]["id"].String());
    if (text_seen || i > 0) return Refuse(part, "the special token \"" + token + "\" here");
    builder->spec().bos = builder->Find(token);
    if (builder->spec().bos < 0) return part["SpecialToken"]["id"].Wrong("a token");
    builder->spec().add_bos = true;
  }
  return OkStatus();
}

Status ReadPostProcessor(const JsonField& field, const std::string& type, SpecBuilder* builder) {
  if (type == "ByteLevel") return OkStatus();
  if (type == "TemplateProcessing") return ReadTemplate(field, builder);
  return Refuse(field["type"], "\"" + type + "\"");
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
    if (space == std::string_view::npos) return Corruption(where + ": not two pieces");
    joined = std::string(merge.substr(0, space)) + std::string(merge.substr(space + 1));
    const auto found = ids.find(joined);
    if (found == ids.end()) return Corruption(where + ": what it joins to is not a piece");
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
        return Unsupported("model.merges: \"" + pair +
                           "\" is missing, SentencePiece would merge it");
      }
    }
  }
  spec->merges.clear();
  return OkStatus();
}

}  // namespace

Result<TokenizerSpec> ReadTokenizerJson(std::string_view json) {
  LMP_TRY(const SortedJson parsed, ParseSortedJson(json));
  const JsonField file{&parsed, ""};
  if (!file.is_object()) return Corruption("expected a JSON object");
  const JsonField model = file["model"];
  if (!model.is_object()) return model.Wrong("an object");
  LMP_RETURN_IF_ERROR(CheckModel(model));
  Pipeline pipeline;
  LMP_RETURN_IF_ERROR(ForEachPart(file["normalizer"], "normalizers", 0,
                                  [&](const JsonField& part, const std::string& type) {
                                    return ReadNormalizer(part, type, &pipeline);
                                  }));
  LMP_RETURN_IF_ERROR(ForEachPart(file["pre_tokenizer"], "pretokenizers", 0,
                                  [&](const JsonField& part, const std::string& type) {
                                    return ReadPreTokenizer(part, type, &pipeline);
                                  }));
  LMP_TRY(const bool byte_fallback, model["byte_fallback"].BoolOr(false));
  LMP_TRY(const std::string unknown, model["unk_token"].StringOr(""));
  if (!pipeline.byte_level &&
      (!pipeline.spaces_to_marks || !byte_fallback || pipeline.nfc || !pipeline.splits.empty())) {
    return Unsupported(
        "pre_tokenizer: neither byte-level BPE nor SentencePiece BPE with byte fallback");
  }
  if (pipeline.byte_level && (pipeline.spaces_to_marks || pipeline.prepend_mark || byte_fallback)) {
    return Unsupported("normalizer: word marks or byte fallback beside byte-level BPE");
  }
  SpecBuilder builder(pipeline.byte_level ? "gpt2" : "llama");
  builder.spec().add_bos = false;
  builder.spec().add_space_prefix = pipeline.prepend_mark;
  LMP_RETURN_IF_ERROR(ReadVocabulary(model["vocab"], byte_fallback, unknown, &builder));
  LMP_RETURN_IF_ERROR(ReadAddedTokens(file["added_tokens"], pipeline.nfc, &builder));
  LMP_RETURN_IF_ERROR(ForEachPart(file["post_processor"], "processors", 0,
                                  [&](const JsonField& part, const std::string& type) {
                                    return ReadPostProcessor(part, type, &builder);
                                  }));
  LMP_RETURN_IF_ERROR(ReadMerges(model["merges"], &builder.spec()));
  LMP_TRY(TokenizerSpec spec, builder.Finish("model.vocab"));
  if (!pipeline.byte_level) {
    LMP_RETURN_IF_ERROR(ScoresOfMerges(&spec));
    return spec;
  }
  spec.nfc = pipeline.nfc;
  LMP_TRY(spec.ignore_merges, model["ignore_merges"].BoolOr(false));
  spec.splits = std::move(pipeline.splits);
  if (spec.splits.empty()) return Refuse(file["pre_tokenizer"], "text without splitting");
  return spec;
}

}  // namespace lmp::text
