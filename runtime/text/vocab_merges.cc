// vocab.json with merges.txt, and tokenizer_config.json.
#include <algorithm>
#include <array>

#include "runtime/base/limits.h"
#include "runtime/text/json_fields.h"
#include "runtime/text/spec_builder.h"
#include "runtime/text/splitter.h"
#include "runtime/text/tokenizer_files.h"

namespace lmp::text {
namespace {

Status ReadMergeLines(std::string_view text, TokenizerSpec* spec) {
  for (size_t line = 1; !text.empty(); ++line) {
    std::string_view merge = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), merge.size() + 1));
    if (merge.ends_with('\r')) merge.remove_suffix(1);
    if (merge.empty() || (line == 1 && merge.starts_with("#version"))) continue;
    if (spec->merges.size() >= kMergesMax) {
      return Corruption("merges.txt: more than " + std::to_string(kMergesMax) + " merges");
    }
    spec->merges.emplace_back(merge);
  }
  return OkStatus();
}

Result<SortedJson> ParseObject(std::string_view json, std::string_view name) {
  Result<SortedJson> parsed = ParseSortedJson(json);
  if (!parsed.ok()) return parsed.status().WithPrefix(name);
  if (!parsed->is_object()) return Corruption(std::string(name) + ": expected a JSON object");
  return parsed;
}

// A token's text, or an object with its "content"; "" where it is null or absent.
Result<std::string> TokenText(const JsonField& field) {
  if (field.is_object()) return field["content"].String();
  return field.StringOr("");
}

Status ApplyAddedTokens(const JsonField& tokens, TokenizerSpec* spec) {
  if (!tokens.present()) return OkStatus();
  if (!tokens.is_object()) return tokens.Wrong("an object");
  SpecBuilder builder(spec->model);
  for (const auto& [key, value] : tokens.value->items()) {
    const JsonField token{&value, tokens.path + "." + key};
    const bool digits =
        !key.empty() && key.size() <= 9 &&
        std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
    const auto id = static_cast<size_t>(digits ? std::stoul(key) : kVocabularyMax);
    if (id >= kVocabularyMax || id > spec->pieces.size() + tokens.size()) {
      return Corruption(token.path + ": not an id of this vocabulary");
    }
    LMP_TRY(const std::string content, token["content"].String());
    LMP_TRY(const bool special, token["special"].BoolOr(false));
    if (content.empty()) return token["content"].Wrong("text");
    if (id >= spec->pieces.size()) {
      spec->pieces.resize(id + 1);
      spec->types.resize(id + 1, PieceType::kUnused);
    }
    std::string& piece = spec->pieces[id];
    if (!piece.empty() && piece != content) {
      return Corruption(token.path + ": \"" + content.substr(0, 40) + "\" is \"" +
                        piece.substr(0, 40) + "\" in the vocabulary");
    }
    piece = content;
    spec->types[id] = special ? PieceType::kControl : PieceType::kUserDefined;
  }
  return OkStatus();
}

Status ApplyToken(const JsonField& field, const TokenizerSpec& spec, TokenId* id) {
  LMP_TRY(const std::string text, TokenText(field));
  if (text.empty()) return OkStatus();
  const auto found = std::find(spec.pieces.begin(), spec.pieces.end(), text);
  if (found == spec.pieces.end()) return field.Wrong("a token of the vocabulary");
  *id = static_cast<TokenId>(found - spec.pieces.begin());
  return OkStatus();
}

}  // namespace

Result<TokenizerSpec> ReadVocabMerges(std::string_view vocab_json, std::string_view merges_txt,
                                      std::string_view pre) {
  if (!FindPreTokenizer(pre).has_value()) {
    return Unsupported("pre-tokenizer \"" + std::string(pre.substr(0, 40)) + "\", known are " +
                       PreTokenizerNames());
  }
  LMP_TRY(const SortedJson vocabulary, ParseObject(vocab_json, "vocab.json"));
  SpecBuilder builder("gpt2");
  for (const auto& [piece, id] : vocabulary.items()) {
    LMP_TRY(const int64_t number, (JsonField{&id, "vocab.json"}).Integer());
    // The vocabulary of GPT-2 and its kin holds their one special token.
    const bool control = piece == "<|endoftext|>";
    LMP_RETURN_IF_ERROR(builder.AddPiece("vocab.json", number, piece,
                                         control ? PieceType::kControl : PieceType::kNormal));
    if (control) builder.spec().eos = static_cast<TokenId>(number);
  }
  LMP_RETURN_IF_ERROR(ReadMergeLines(merges_txt, &builder.spec()));
  LMP_TRY(TokenizerSpec spec, builder.Finish("vocab.json"));
  spec.pre = pre;
  spec.bos = spec.eos;
  spec.add_bos = false;
  spec.add_space_prefix = false;
  return spec;
}

Status ApplyTokenizerConfig(std::string_view json, TokenizerSpec* spec) {
  constexpr std::string_view kFile = "tokenizer_config.json";
  LMP_TRY(const SortedJson parsed, ParseObject(json, kFile));
  const JsonField file{&parsed, std::string(kFile)};
  LMP_RETURN_IF_ERROR(ApplyAddedTokens(file["added_tokens_decoder"], spec));
  spec->scores.resize(spec->scores.empty() ? 0 : spec->pieces.size());
  LMP_RETURN_IF_ERROR(ApplyToken(file["bos_token"], *spec, &spec->bos));
  LMP_RETURN_IF_ERROR(ApplyToken(file["eos_token"], *spec, &spec->eos));
  LMP_TRY(spec->add_bos, file["add_bos_token"].BoolOr(spec->add_bos));
  if (spec->bos < 0) spec->add_bos = false;
  const JsonField chat = file["chat_template"];
  if (!chat.is_array()) {
    LMP_TRY(spec->chat_template, chat.StringOr(spec->chat_template));
    return OkStatus();
  }
  // Several templates by name; "default" is the one for plain conversations.
  for (size_t i = 0; i < chat.size(); ++i) {
    LMP_TRY(const std::string name, chat.At(i)["name"].String());
    if (name != "default") continue;
    LMP_TRY(spec->chat_template, chat.At(i)["template"].String());
  }
  return OkStatus();
}

Result<std::string_view> PreTokenizerOfConfig(std::string_view json) {
  LMP_TRY(const SortedJson parsed, ParseObject(json, "tokenizer_config.json"));
  const JsonField field = JsonField{&parsed, "tokenizer_config.json"}["tokenizer_class"];
  LMP_TRY(const std::string name, field.String());
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kClasses = {{
      {"GPT2Tokenizer", "gpt-2"},
      {"GPT2TokenizerFast", "gpt-2"},
      {"Qwen2Tokenizer", "qwen2"},
      {"Qwen2TokenizerFast", "qwen2"},
  }};
  for (const auto& [known, pre] : kClasses) {
    if (known == name) return pre;
  }
  return Unsupported(field.path + ": \"" + name.substr(0, 40) +
                     "\" does not say how text is split; known are GPT2Tokenizer, Qwen2Tokenizer");
}

}  // namespace lmp::text
