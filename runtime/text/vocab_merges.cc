// vocab.json with merges.txt, and tokenizer_config.json.
#include <algorithm>
#include <array>
#include <unordered_map>

#include "runtime/base/limits.h"
#include "runtime/text/json_fields.h"
#include "runtime/text/spec_builder.h"
#include "runtime/text/splitter.h"
#include "runtime/text/tokenizer_files.h"

namespace lmp::text {
namespace {

// "left right" a line, behind a first line that may give a version. Lines without text end the
// file.
Status ReadMergeLines(std::string_view text, TokenizerSpec* spec) {
  for (size_t line = 1; !text.empty(); ++line) {
    const std::string where = "line " + std::to_string(line);
    std::string_view merge = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), merge.size() + 1));
    if (merge.ends_with('\r')) merge.remove_suffix(1);
    if (line == 1 && merge.starts_with("#version")) {
      spec->origin.first_merge_line = 2;
      continue;
    }
    if (merge.empty() && text.find_first_not_of("\r\n") == std::string_view::npos) break;
    const size_t space = merge.find(' ');
    if (space == 0 || space + 1 >= merge.size() ||
        merge.find(' ', space + 1) != std::string_view::npos) {
      return Corruption(where + ": " + ShownText(merge) +
                        " is not two pieces with a space between");
    }
    if (spec->merges.size() >= kMergesMax) {
      return Corruption(where + ": more than " + std::to_string(kMergesMax) + " merges");
    }
    spec->merges.emplace_back(merge);
  }
  return OkStatus();
}

Result<SortedJson> ParseObject(const TokenizerFile& file) {
  Result<SortedJson> parsed = ParseSortedJson(file.bytes);
  if (parsed.ok() && !parsed->is_object()) return (JsonField{&*parsed, ""}).Wrong("a JSON object");
  return parsed;
}

// A token's text, or an object with its "content"; "" where it is null or absent.
Result<std::string> TokenText(const JsonField& field) {
  if (field.is_object()) return field["content"].String();
  return field.StringOr("");
}

Status CheckAddedToken(const JsonField& token, bool special, const TokenizerSpec& spec) {
  if (special) return OkStatus();
  for (const char* name : {"single_word", "lstrip", "rstrip"}) {
    LMP_TRY(const bool set, token[name].BoolOr(false));
    if (set) return Unsupported(token[name].path + ": true beside special false is not supported");
  }
  const auto pre = FindPreTokenizer(spec.pre);
  LMP_TRY(const bool normalized, token["normalized"].BoolOr(true));
  if (!normalized || !pre.has_value() || !pre->nfc) return OkStatus();
  return Unsupported(token["normalized"].path + ": true beside a normalizer is not supported");
}

// An id of the vocabulary, or one close behind its end.
Result<size_t> AddedId(const JsonField& token, std::string_view key, size_t ids_max) {
  const bool digits =
      !key.empty() && key.size() <= 9 &&
      std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
  const size_t id = digits ? std::stoul(std::string(key)) : kVocabularyMax;
  if (id < kVocabularyMax && id <= ids_max) return id;
  return Corruption(token.path + ": not an id of this vocabulary");
}

Status ApplyAddedTokens(const JsonField& tokens, const std::string& file, TokenizerSpec* spec) {
  if (!tokens.present()) return OkStatus();
  if (!tokens.is_object()) return tokens.Wrong("an object");
  std::unordered_map<std::string, size_t> ids;
  for (size_t i = 0; i < spec->pieces.size(); ++i) ids.emplace(spec->pieces[i], i);
  const size_t ids_max = spec->pieces.size() + tokens.size();
  for (const auto& [key, value] : tokens.value->items()) {
    const JsonField token = tokens.Member(key, value);
    LMP_TRY(const size_t id, AddedId(token, key, ids_max));
    LMP_TRY(const std::string content, token["content"].String());
    LMP_TRY(const bool special, token["special"].BoolOr(false));
    if (content.empty()) return token["content"].Wrong("text");
    if (id >= spec->pieces.size()) {
      spec->pieces.resize(id + 1);
      spec->types.resize(id + 1, PieceType::kUnused);
    }
    std::string& piece = spec->pieces[id];
    if (!piece.empty() && piece != content) {
      return Corruption(token.path + ": " + ShownText(content) + " is " + ShownText(piece) +
                        " in the vocabulary");
    }
    const size_t first = ids.emplace(content, id).first->second;
    if (first != id) {
      return Corruption(token.path + ": " + ShownText(content) + " has id " +
                        std::to_string(first) + " already");
    }
    // What the vocabulary's file says of such a piece it says by its place there.
    const bool kept = spec->types[id] == PieceType::kByte || spec->types[id] == PieceType::kUnknown;
    if (kept) continue;
    if (spec->types[id] != PieceType::kUserDefined) {
      LMP_RETURN_IF_ERROR(CheckAddedToken(token, special, *spec));
    }
    piece = content;
    spec->types[id] = special ? PieceType::kControl : PieceType::kUserDefined;
    spec->origin.pieces[static_cast<TokenId>(id)] = NameField(file, token.path);
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

Result<TokenizerSpec> ReadVocabulary(const TokenizerFile& file) {
  LMP_TRY(const SortedJson parsed, ParseObject(file));
  SpecBuilder builder("gpt2");
  for (const auto& [piece, id] : parsed.items()) {
    const JsonField member = JsonField{&parsed, ""}.Member(piece, id);
    LMP_TRY(const int64_t number, member.Integer());
    // The vocabulary of GPT-2 and its kin holds their one special token.
    const bool control = piece == "<|endoftext|>";
    LMP_RETURN_IF_ERROR(builder.AddPiece(member.path, number, piece,
                                         control ? PieceType::kControl : PieceType::kNormal));
    if (control) builder.spec().eos = static_cast<TokenId>(number);
  }
  return builder.Finish("");
}

Status ApplyFields(const JsonField& file, const std::string& origin, TokenizerSpec* spec) {
  LMP_RETURN_IF_ERROR(ApplyAddedTokens(file["added_tokens_decoder"], origin, spec));
  spec->scores.resize(spec->scores.empty() ? 0 : spec->pieces.size());
  LMP_RETURN_IF_ERROR(ApplyToken(file["bos_token"], *spec, &spec->bos));
  LMP_RETURN_IF_ERROR(ApplyToken(file["eos_token"], *spec, &spec->eos));
  LMP_TRY(spec->add_bos, file["add_bos_token"].BoolOr(spec->add_bos));
  if (spec->bos < 0) spec->add_bos = false;
  const JsonField space = file["add_prefix_space"];
  LMP_TRY(const bool prefix, space.BoolOr(spec->add_space_prefix));
  if (prefix != spec->add_space_prefix) {
    return Unsupported(space.path + ": " + (prefix ? "true" : "false") +
                       ", the vocabulary's file says otherwise");
  }
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

}  // namespace

Status InFile(const TokenizerFile& file, const Status& error) {
  return file.name.empty() ? error : error.WithPrefix(file.name);
}

Result<TokenizerSpec> ReadVocabMerges(const TokenizerFile& vocabulary, const TokenizerFile& merges,
                                      std::string_view pre) {
  if (!FindPreTokenizer(pre).has_value()) {
    return Unsupported("pre-tokenizer " + ShownText(pre) + ", known are " + PreTokenizerNames());
  }
  Result<TokenizerSpec> spec = ReadVocabulary(vocabulary);
  if (!spec.ok()) return InFile(vocabulary, spec.status());
  spec->origin.format = TokenizerOrigin::Format::kVocabMerges;
  spec->origin.file = vocabulary.name;
  spec->origin.merges_file = merges.name;
  const Status read = ReadMergeLines(merges.bytes, &*spec);
  if (!read.ok()) return InFile(merges, read);
  spec->pre = pre;
  spec->bos = spec->eos;
  spec->add_bos = false;
  spec->add_space_prefix = false;
  return spec;
}

Status ApplyTokenizerConfig(const TokenizerFile& file, TokenizerSpec* spec) {
  const Result<SortedJson> parsed = ParseObject(file);
  if (!parsed.ok()) return InFile(file, parsed.status());
  const Status applied = ApplyFields({&*parsed, ""}, file.name, spec);
  return applied.ok() ? applied : InFile(file, applied);
}

Result<std::string_view> PreTokenizerOfConfig(const TokenizerFile& file) {
  const Result<SortedJson> parsed = ParseObject(file);
  if (!parsed.ok()) return InFile(file, parsed.status());
  const JsonField field = JsonField{&*parsed, ""}["tokenizer_class"];
  const Result<std::string> name = field.String();
  if (!name.ok()) return InFile(file, name.status());
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kClasses = {{
      {"GPT2Tokenizer", "gpt-2"},
      {"GPT2TokenizerFast", "gpt-2"},
      {"Qwen2Tokenizer", "qwen2"},
      {"Qwen2TokenizerFast", "qwen2"},
  }};
  for (const auto& [known, pre] : kClasses) {
    if (known == *name) return pre;
  }
  return InFile(file, Unsupported(field.path + ": " + ShownText(*name) +
                                  " does not say how text is split; known are GPT2Tokenizer, "
                                  "Qwen2Tokenizer"));
}

}  // namespace lmp::text
