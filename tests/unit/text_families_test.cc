// Real tokenizers against outside oracles: the 47 public reference encodings, and digests of what
// the Hugging Face library makes of 10,000 random strings (tests/tools/make_tokenizer_goldens.py).
// Then the tail rule at random splits, and streaming.
#include <doctest/doctest.h>

#include <cstdio>

#include "runtime/text/composer.h"
#include "runtime/text/encode_front.h"
#include "runtime/text/stream_decoder.h"
#include "runtime/text/token_bytes.h"
#include "tests/support/sanitized.h"
#include "tests/support/tokenizer_families.h"

namespace lmp::text {
namespace {

using testing::EncodeText;
using testing::RandomStrings;
using testing::TokenizerFamily;

constexpr int kSplits = testing::kSanitized ? 5'000 : 100'000;
constexpr size_t kStrings = testing::kSanitized ? 2'000 : 10'000;

Json Golden() {
  auto golden = ParseJson(testing::ReadTextFile("tests/e2e/golden_tokenizers/random.json"));
  REQUIRE(golden.ok());
  return *golden;
}

uint64_t Digest(uint64_t value, const std::vector<TokenId>& ids) {
  const auto add = [&](uint32_t number) {
    for (int shift = 0; shift < 32; shift += 8) {
      value = (value ^ (number >> shift & 0xFF)) * 0x100000001B3u;
    }
  };
  for (const TokenId id : ids) add(static_cast<uint32_t>(id));
  add(UINT32_MAX);
  return value;
}

// What decoding the tokens of `text` must give.
std::string Normalised(const Tokenizer& tokenizer, const std::string& text) {
  if (tokenizer.spec().pre != "qwen2") return text;
  constexpr std::string_view kUserDefined = "<tool_call>";  // keeps text on both sides apart
  std::string out;
  for (const std::string& part : testing::SplitAt(text, std::string(kUserDefined))) {
    Composer().Append(part, &out, nullptr);
    out += kUserDefined;
  }
  return out.substr(0, out.size() - kUserDefined.size());
}

TEST_CASE("the 47 public reference encodings of every family") {
  constexpr size_t kCases = 47;
  for (const TokenizerFamily& family : testing::TokenizerFamilies()) {
    if (family.vectors.empty()) continue;
    const auto tokenizer = testing::LoadFamily(family);
    if (tokenizer == nullptr) continue;
    CAPTURE(family.name);
    const std::string base = testing::kTokenizerData + family.vectors;
    const auto inputs =
        testing::SplitAt(testing::ReadTextFile(base + ".inp"), "\n__ggml_vocab_test__\n");
    const auto outputs = testing::SplitAt(testing::ReadTextFile(base + ".out"), "\n");
    REQUIRE(inputs.size() >= kCases);
    for (size_t i = 0; i < kCases; ++i) {
      std::vector<TokenId> expected;
      std::istringstream line(outputs[i]);
      for (TokenId id; line >> id;) expected.push_back(id);
      CAPTURE(inputs[i]);
      const auto ids = EncodeText(*tokenizer, inputs[i]);
      CHECK(ids == expected);
      CHECK(tokenizer->Decode(ids, FragmentStart::kMessage) == Normalised(*tokenizer, inputs[i]));
    }
  }
}

TEST_CASE("random strings: ids as the Hugging Face library has them, and back") {
  const Json golden = Golden();
  const RandomStrings strings(golden);
  const size_t block = golden["block"].get<size_t>();
  REQUIRE(golden["strings"].get<size_t>() == 10'000);
  for (const TokenizerFamily& family : testing::TokenizerFamilies()) {
    const auto tokenizer = testing::LoadFamily(family);
    if (tokenizer == nullptr) continue;
    CAPTURE(family.name);
    const auto digests = golden["families"][family.name].get<std::vector<std::string>>();
    for (size_t begin = 0; begin < kStrings; begin += block) {
      uint64_t digest = 0xCBF29CE484222325u;
      for (size_t i = begin; i < begin + block; ++i) {
        const std::string text = strings.Make(i);
        const auto ids = EncodeText(*tokenizer, text);
        digest = Digest(digest, ids);
        // SentencePiece reads U+2581 as a space.
        if (text.find("\xE2\x96\x81") != std::string::npos) continue;
        CHECK(tokenizer->Decode(ids, FragmentStart::kMessage) == Normalised(*tokenizer, text));
      }
      char hex[17];
      std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(digest));
      CAPTURE(begin);
      CHECK(digests[begin / block] == hex);
    }
  }
}

TEST_CASE("the tail rule: text in two parts has the tokens of the whole") {
  const RandomStrings strings(Golden());
  for (const TokenizerFamily& family : testing::TokenizerFamilies()) {
    const auto tokenizer = testing::LoadFamily(family);
    if (tokenizer == nullptr) continue;
    CAPTURE(family.name);
    int mismatches = 0;
    size_t settled = 0, total = 0;
    for (int i = 0; i < kSplits; ++i) {
      const std::string text = strings.Make(1'000'000 + static_cast<uint64_t>(i));
      const size_t split = static_cast<size_t>(i * 7919) % (text.size() + 1);
      const std::string_view head = std::string_view(text).substr(0, split);
      const size_t cut = tokenizer->StableCut(head, FragmentStart::kMessage);
      REQUIRE(cut <= split);
      settled += cut;
      total += split;
      if (cut == 0) continue;
      auto joined = EncodeText(*tokenizer, head.substr(0, cut));
      tokenizer->Encode(std::string_view(text).substr(cut), FragmentStart::kContinue, &joined);
      if (joined != EncodeText(*tokenizer, text)) {
        ++mismatches;
        MESSAGE("cut " << cut << " split " << split << " of " << text);
      }
    }
    CHECK(mismatches == 0);
    // A rule that settles nothing would be right too.
    CHECK(settled * 3 > total);
  }
}

TEST_CASE("slab by slab a text has the tokens of the whole, and ends where it is too long") {
  const RandomStrings strings(Golden());
  for (const TokenizerFamily& family : testing::TokenizerFamilies()) {
    const auto tokenizer = testing::LoadFamily(family);
    if (tokenizer == nullptr) continue;
    CAPTURE(family.name);
    std::string text;
    for (uint64_t i = 0; text.size() < 5 * kEncodeSlabBytes; ++i) text += strings.Make(i);
    const std::string uncut(3 * kEncodeSlabBytes, 'a');  // only behind it there is a place to cut
    for (const std::string& all : {text, uncut + " and" + text, text.substr(0, 100)}) {
      const std::vector<TokenId> whole = EncodeText(*tokenizer, all);
      for (const size_t most : {SIZE_MAX, whole.size() / 3}) {
        std::string_view rest = all;
        FragmentStart start = FragmentStart::kMessage;
        std::vector<TokenId> ids;
        EncodeFront(*tokenizer, most, &rest, &start, &ids);
        const bool stopped = ids.size() > most;
        CHECK(stopped == (most != SIZE_MAX && all.size() > kEncodeSlabBytes));
        CHECK((stopped || rest.size() < 2 * kEncodeSlabBytes));
        tokenizer->Encode(rest, start, &ids);
        CHECK(ids == whole);
      }
    }
  }
}

TEST_CASE("no text has fewer tokens than its bytes say") {
  const RandomStrings strings(Golden());
  for (const TokenizerFamily& family : testing::TokenizerFamilies()) {
    const auto tokenizer = testing::LoadFamily(family);
    if (tokenizer == nullptr) continue;
    CAPTURE(family.name);
    // Marks of spaces, what NFC makes one or two bytes of three and seven, the longest tokens.
    std::vector<std::string> parts = {" ", "\u2581", "\u212a", "\u1fbe\u0308\u0301",
                                      "\u1fbe\u0344"};
    const size_t longest = LongestTokenBytes(*tokenizer);
    for (TokenId id = 0; id < tokenizer->vocabulary(); ++id) {
      if (tokenizer->Bytes(id).size() == longest) parts.emplace_back(tokenizer->Bytes(id));
    }
    for (uint64_t i = 0; i < 20; ++i) parts.push_back(strings.Make(i));
    for (const std::string& part : parts) {
      std::string text;
      while (text.size() < 20'000) text += part + (part.empty() ? "a" : "");
      CAPTURE(part);
      CHECK(FewestIds(*tokenizer, text.size()) <= EncodeText(*tokenizer, text).size());
    }
  }
}

TEST_CASE("streaming: token by token the text comes out whole and well-formed") {
  const RandomStrings strings(Golden());
  for (const TokenizerFamily& family : testing::TokenizerFamilies()) {
    const auto tokenizer = testing::LoadFamily(family);
    if (tokenizer == nullptr) continue;
    CAPTURE(family.name);
    for (uint64_t i = 0; i < 500; ++i) {
      const std::string text = strings.Make(2'000'000 + i);
      StreamDecoder decoder(*tokenizer, FragmentStart::kMessage);
      std::string streamed;
      for (const TokenId id : EncodeText(*tokenizer, text)) streamed += decoder.Push(id);
      CHECK(decoder.held_bytes() == 0);
      CHECK(streamed == tokenizer->Decode(EncodeText(*tokenizer, text), FragmentStart::kMessage));
    }
  }
}

TEST_CASE("special tokens never come out of plain text") {
  for (const TokenizerFamily& family : testing::TokenizerFamilies()) {
    const auto tokenizer = testing::LoadFamily(family);
    if (tokenizer == nullptr) continue;
    CAPTURE(family.name);
    int specials = 0;
    for (TokenId id = 0; id < tokenizer->vocabulary(); ++id) {
      if (!tokenizer->IsControl(id)) continue;
      ++specials;
      const std::string& piece = tokenizer->spec().pieces[static_cast<size_t>(id)];
      CHECK(tokenizer->FindSpecial(piece) == id);
      CHECK(tokenizer->Bytes(id).empty());
      for (const TokenId part : EncodeText(*tokenizer, "a" + piece + "b")) {
        CHECK(!tokenizer->IsControl(part));
      }
    }
    CHECK(specials > 0);
  }
}

}  // namespace
}  // namespace lmp::text
