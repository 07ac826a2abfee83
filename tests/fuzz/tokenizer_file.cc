// Any bytes as a tokenizer file: refused with a reason, or a tokenizer whose text comes back. The
// first byte says which file it is. \x01 inside stands for what makes such a file long and is the
// same in all: the pieces of the 256 bytes; \x03 in a tokenizer.json for those of byte fallback.
//
//   j  tokenizer.json     v  vocab.json, \x02, merges.txt     c  tokenizer_config.json
//   s  tokenizer.model of SentencePiece                       t  tokenizer.model of Llama-3
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/text/byte_alphabet.h"
#include "runtime/text/tokenizer.h"
#include "runtime/text/tokenizer_files.h"

namespace {

using lmp::Result;
using lmp::TokenId;
using lmp::text::FragmentStart;
using lmp::text::TokenizerSpec;

void Require(bool holds) {
  if (!holds) std::abort();
}

// `"\u0120": 32, ...`, a vocabulary's members, with a comma behind the last.
std::string ByteMembers() {
  std::string out;
  for (int b = 0; b < 256; ++b) {
    const std::string letter = lmp::text::AlphabetOfBytes(std::string(1, static_cast<char>(b)));
    out += nlohmann::json(letter).dump() + ":" + std::to_string(b) + ",";
  }
  return out;
}

// The byte pieces <0x00> to <0xFF> as messages of a SentencePiece model.
std::string ByteMessages() {
  std::string out;
  for (int b = 0; b < 256; ++b) {
    char text[8];
    std::snprintf(text, sizeof text, "<0x%02X>", static_cast<unsigned>(b));
    out += std::string("\x0a\x0a\x0a\x06") + text + "\x18\x06";
  }
  return out;
}

// `"<0x00>": 0, ...`, with a comma behind the last.
std::string FallbackMembers() {
  std::string out;
  for (int b = 0; b < 256; ++b) {
    char text[24];
    std::snprintf(text, sizeof text, "\"<0x%02X>\":%d,", static_cast<unsigned>(b), b);
    out += text;
  }
  return out;
}

std::string WithBytes(std::string_view text, const std::string& bytes, char marker = '\x01') {
  std::string out(text);
  const size_t mark = out.find(marker);
  if (mark != std::string::npos) out.replace(mark, 1, bytes);
  return out;
}

Result<TokenizerSpec> Read(char kind, std::string_view text) {
  static const std::string kMembers = ByteMembers();
  static const std::string kMessages = ByteMessages();
  if (kind == 's') return lmp::text::ReadSentencePieceModel({"f", WithBytes(text, kMessages)});
  if (kind == 't') return lmp::text::ReadTiktoken({"f", text});
  if (kind == 'v') {
    const size_t cut = text.find('\x02');
    const std::string_view merges =
        cut == std::string_view::npos ? std::string_view() : text.substr(cut + 1);
    return lmp::text::ReadVocabMerges({"f", WithBytes(text.substr(0, cut), kMembers)},
                                      {"m", merges}, "gpt-2");
  }
  static const std::string kFallback = FallbackMembers();
  if (kind != 'c') {
    const std::string json = WithBytes(WithBytes(text, kMembers), kFallback, '\x03');
    return lmp::text::ReadTokenizerJson({"f", json});
  }
  LMP_TRY(TokenizerSpec spec, lmp::text::ReadVocabMerges({"f", "{" + kMembers + R"("ab":256})"},
                                                         {"m", "a b"}, "gpt-2"));
  LMP_RETURN_IF_ERROR(lmp::text::ApplyTokenizerConfig({"c", text}, &spec));
  const auto pre = lmp::text::PreTokenizerOfConfig({"c", text});
  if (pre.ok() && !pre->empty()) spec.pre = *pre;
  return spec;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Result<TokenizerSpec> spec = Read(text[0], text.substr(1));
  if (!spec.ok()) {
    Require(!spec.status().message().empty());
    return 0;
  }
  const auto made = lmp::text::MakeTokenizer(std::move(*spec));
  if (!made.ok()) {
    Require(!made.status().message().empty());
    return 0;
  }
  const lmp::text::Tokenizer& tokenizer = **made;
  const std::string sample = "ab \xc3\xa4 12\n  " + std::string(text.substr(text.size() / 2));
  std::vector<TokenId> ids;
  tokenizer.Encode(sample, FragmentStart::kContinue, &ids);
  for (const TokenId id : ids) {
    Require(id >= 0 && id < tokenizer.vocabulary() && !tokenizer.IsControl(id));
  }
  Require(tokenizer.StableCut(sample, FragmentStart::kContinue) <= sample.size());
  // A normalizer changes text, and so do word marks and pieces that stand for nothing.
  const std::string back = tokenizer.Decode(ids, FragmentStart::kContinue);
  if (tokenizer.spec().model == "gpt2" && !tokenizer.spec().nfc) Require(back == sample);
  return 0;
}
