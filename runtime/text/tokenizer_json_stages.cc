#include "runtime/text/tokenizer_json_stages.h"

#include <algorithm>

#include "runtime/text/splitter.h"

namespace lmp::text {
namespace {

constexpr std::string_view kMark = "\xE2\x96\x81";
constexpr int kSequenceDepthMax = 8;

Status VisitParts(const JsonField& field, std::string_view parts, int depth,
                  const PartVisitor& visit) {
  if (!field.is_object()) return field.Wrong("an object");
  LMP_TRY(const std::string type, field["type"].String());
  if (type != "Sequence") return visit(field, type);
  const JsonField list = field[parts];
  if (!list.is_array()) return list.Wrong("a list");
  if (depth >= kSequenceDepthMax) return RefuseField(field, "a deep Sequence");
  for (size_t i = 0; i < list.size(); ++i) {
    LMP_RETURN_IF_ERROR(VisitParts(list.At(i), parts, depth + 1, visit));
  }
  return OkStatus();
}

Status ReadNormalizer(const JsonField& field, const std::string& type, TokenizerStages* out) {
  out->normalizes = true;
  if (type == "NFC") {
    out->nfc = true;
    return OkStatus();
  }
  if (type == "Prepend") {
    LMP_TRY(const std::string text, field["prepend"].String());
    if (text != kMark) return RefuseField(field["prepend"], ShownText(text));
    if (out->prepend_mark) return RefuseField(field, "a second Prepend");
    out->prepend_mark = true;
    return OkStatus();
  }
  if (type == "Replace") {
    LMP_TRY(const std::string from, field["pattern"]["String"].String());
    LMP_TRY(const std::string to, field["content"].String());
    if (from != " " || to != kMark) {
      return RefuseField(field, ShownText(from) + " to " + ShownText(to));
    }
    out->spaces_to_marks = true;
    return OkStatus();
  }
  return RefuseField(field["type"], ShownText(type));
}

Status ReadSplit(const JsonField& field, TokenizerStages* out) {
  LMP_TRY(const std::string behavior, field["behavior"].String());
  LMP_TRY(const bool invert, field["invert"].BoolOr(false));
  // With `invert` the matches are what stands between the pieces: isolated, that is the same.
  if (behavior != "Isolated" && !(behavior == "Removed" && invert)) {
    return RefuseField(field["behavior"], ShownText(behavior));
  }
  const JsonField pattern = field["pattern"]["Regex"];
  LMP_TRY(std::string text, pattern.String());
  out->splits.push_back({pattern.path, std::move(text)});
  return OkStatus();
}

Status ReadMetaspace(const JsonField& field, TokenizerStages* out) {
  LMP_TRY(const std::string replacement, field["replacement"].String());
  if (replacement != kMark) return RefuseField(field["replacement"], ShownText(replacement));
  LMP_TRY(const bool split, field["split"].BoolOr(true));
  if (split) return RefuseField(field["split"], "true");
  LMP_TRY(const bool add, field["add_prefix_space"].BoolOr(true));
  LMP_TRY(const std::string scheme, field["prepend_scheme"].StringOr(add ? "always" : "never"));
  if (scheme != "always" && scheme != "first" && scheme != "never") {
    return RefuseField(field["prepend_scheme"], ShownText(scheme));
  }
  if (!add && scheme != "never") {
    return RefuseField(field["prepend_scheme"],
                       ShownText(scheme) + " beside add_prefix_space false");
  }
  // Without a normalizer's mark, or the text would begin with two.
  if (out->prepend_mark) return RefuseField(field, "Metaspace behind Prepend");
  out->spaces_to_marks = true;
  out->prepend_mark = scheme != "never";
  return OkStatus();
}

Status ReadPreTokenizer(const JsonField& field, const std::string& type, TokenizerStages* out) {
  if (out->byte_level) return RefuseField(field, "a stage behind ByteLevel");
  if (type == "Split") return ReadSplit(field, out);
  if (type == "Metaspace") return ReadMetaspace(field, out);
  if (type == "Digits") {
    LMP_TRY(const bool lone, field["individual_digits"].BoolOr(false));
    out->splits.push_back({field.path, lone ? std::string(kLoneDigitsPattern) : R"(\p{N}+)"});
    return OkStatus();
  }
  if (type != "ByteLevel") return RefuseField(field["type"], ShownText(type));
  LMP_TRY(const bool prefix, field["add_prefix_space"].BoolOr(true));
  if (prefix) return RefuseField(field["add_prefix_space"], "true");
  LMP_TRY(const bool regex, field["use_regex"].BoolOr(true));
  if (regex) out->splits.push_back({field.path, std::string(FamilyPattern(SplitFamily::kGpt2))});
  out->byte_level = true;
  return OkStatus();
}

// One step of the way back to text of a SentencePiece BPE, as a word that a list of steps can be
// compared by. Empty where LMP has no such step.
Result<std::string> DecoderStep(const JsonField& field, const std::string& type) {
  if (type == "ByteFallback" || type == "Fuse") return type;
  if (type == "Replace") {
    LMP_TRY(const std::string from, field["pattern"]["String"].String());
    LMP_TRY(const std::string to, field["content"].String());
    if (from == kMark && to == " ") return type;
    return RefuseField(field, ShownText(from) + " to " + ShownText(to));
  }
  if (type == "Strip") {
    LMP_TRY(const std::string content, field["content"].String());
    LMP_TRY(const int64_t start, field["start"].Integer());
    LMP_TRY(const int64_t stop, field["stop"].Integer());
    if (content != " ") return RefuseField(field["content"], ShownText(content));
    if (start < 0 || start > 1) return RefuseField(field["start"], std::to_string(start));
    if (stop != 0) return RefuseField(field["stop"], std::to_string(stop));
    return start == 1 ? type : std::string();
  }
  return RefuseField(field["type"], ShownText(type) + " beside SentencePiece BPE");
}

}  // namespace

Status RefuseField(const JsonField& field, std::string_view what) {
  return Unsupported(field.path + ": " + std::string(what.substr(0, 120)) + " is not supported");
}

Status ForEachPart(const JsonField& field, std::string_view parts, const PartVisitor& visit) {
  if (!field.present()) return OkStatus();
  return VisitParts(field, parts, 0, visit);
}

Result<TokenizerStages> ReadStages(const JsonField& file, bool byte_fallback) {
  TokenizerStages stages;
  LMP_RETURN_IF_ERROR(ForEachPart(file["normalizer"], "normalizers",
                                  [&](const JsonField& part, const std::string& type) {
                                    return ReadNormalizer(part, type, &stages);
                                  }));
  LMP_RETURN_IF_ERROR(ForEachPart(file["pre_tokenizer"], "pretokenizers",
                                  [&](const JsonField& part, const std::string& type) {
                                    return ReadPreTokenizer(part, type, &stages);
                                  }));
  if (stages.byte_level) {
    if (stages.spaces_to_marks || stages.prepend_mark) {
      return Unsupported("normalizer: word marks beside byte-level BPE are not supported");
    }
    if (byte_fallback) {
      return Unsupported("model.byte_fallback: true beside byte-level BPE is not supported");
    }
    if (stages.splits.empty()) {
      return RefuseField(file["pre_tokenizer"], "text without splitting");
    }
    return stages;
  }
  if (!stages.spaces_to_marks || !byte_fallback || stages.nfc || !stages.splits.empty()) {
    return Unsupported(
        "pre_tokenizer: neither byte-level BPE nor SentencePiece BPE with byte fallback");
  }
  return stages;
}

Status CheckDecoder(const JsonField& field, const TokenizerStages& stages) {
  std::vector<std::string> steps;
  LMP_RETURN_IF_ERROR(
      ForEachPart(field, "decoders", [&](const JsonField& part, const std::string& type) -> Status {
        if (stages.byte_level) {
          steps.push_back(type);
          return type == "ByteLevel"
                     ? OkStatus()
                     : RefuseField(part["type"], ShownText(type) + " beside byte-level BPE");
        }
        LMP_TRY(std::string step, DecoderStep(part, type));
        if (!step.empty()) steps.push_back(std::move(step));
        return OkStatus();
      }));
  if (!field.present() || stages.byte_level) return OkStatus();
  std::vector<std::string> own = {"Replace", "ByteFallback", "Fuse"};
  if (stages.prepend_mark) own.emplace_back("Strip");
  if (steps == own) return OkStatus();
  std::string expected;
  for (const std::string& step : own) expected += (expected.empty() ? "" : ", ") + step;
  return Unsupported(field.path + ": another way back to text than " + expected +
                     " is not supported");
}

}  // namespace lmp::text
