// Grammars and token masks against naive enumeration of what each grammar accepts.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/base/limits.h"
#include "runtime/constrain/constraint.h"
#include "tests/support/sanitized.h"
#include "tests/support/tiny_tokenizer.h"

namespace lmp::constrain {
namespace {

using testing::Piece;
using testing::TinySpec;

struct Vocabulary {
  std::shared_ptr<const text::Tokenizer> tokenizer;
  std::shared_ptr<const TokenTrie> trie;
  int control_end = 3;  // <|end|> of TinySpec

  Matcher Match(GrammarRef grammar) const { return {std::move(grammar), trie, tokenizer}; }
};

Vocabulary MakeVocabulary(const std::vector<Piece>& pieces) {
  auto made = text::MakeTokenizer(TinySpec(pieces));
  REQUIRE(made.ok());
  Vocabulary vocabulary;
  vocabulary.tokenizer = *made;
  vocabulary.trie = std::make_shared<TokenTrie>(*vocabulary.tokenizer);
  return vocabulary;
}

// Two pieces with the same bytes ("a" and the byte piece 0x61), prefixes of each other, an unused
// and a user-defined one.
Vocabulary Mixed() {
  return MakeVocabulary({{"a", -1},
                         {"ab", -2},
                         {"abc", -3},
                         {"b", -1},
                         {"1", -1},
                         {"12", -2},
                         {"123", -3},
                         {"-", -1},
                         {"-1", -2},
                         {"true", -4},
                         {" a", -2},
                         {"0", -1},
                         {"00", -1},
                         {"zz", 0, text::PieceType::kUnused},
                         {"ac", 0, text::PieceType::kUserDefined}});
}

// Without a vocabulary: bytes only.
Matcher Bare(GrammarRef grammar) {
  return Matcher(std::move(grammar), std::make_shared<TokenTrie>(std::vector<std::string>()));
}

bool Accepts(const GrammarRef& grammar, const std::string& text) {
  Matcher matcher = Bare(grammar);
  return matcher.AcceptBytes(text) && matcher.Accepting();
}

// The grammar accepts exactly `words`: checked on every prefix of a word with every next byte.
void CheckLanguage(const GrammarRef& grammar, const std::set<std::string>& words) {
  std::set<std::string> prefixes;
  for (const std::string& word : words) {
    for (size_t n = 0; n <= word.size(); ++n) prefixes.insert(word.substr(0, n));
  }
  for (const std::string& prefix : prefixes) {
    Matcher matcher = Bare(grammar);
    REQUIRE(matcher.AcceptBytes(prefix));
    REQUIRE(matcher.Accepting() == words.contains(prefix));
    int next_count = 0;
    char next_byte = 0;
    for (int byte = 0; byte < 256; ++byte) {
      const std::string next(1, static_cast<char>(byte));
      const bool expected = prefixes.contains(prefix + next);
      Matcher copy = matcher;
      REQUIRE(copy.AcceptBytes(next) == expected);
      if (!expected) continue;
      ++next_count;
      next_byte = next[0];
    }
    const std::string forced = matcher.ForcedText();
    const bool is_forced = next_count == 1 && !matcher.Accepting();
    REQUIRE(forced.empty() == !is_forced);
    if (is_forced) REQUIRE(forced[0] == next_byte);
    REQUIRE(matcher.Final() == (next_count == 0 && words.contains(prefix)));
  }
}

std::set<std::string> Decimals(int64_t low, int64_t high) {
  std::set<std::string> words;
  for (int64_t i = low; i <= high; ++i) words.insert(std::to_string(i));
  return words;
}

TEST_CASE("IntRange accepts exactly the decimals of its range") {
  const std::vector<std::pair<int64_t, int64_t>> ranges = {
      {0, 0},   {0, 9},    {0, 10},    {5, 5},       {-1, 1},    {-10, -1},    {-100, 99},
      {7, 123}, {99, 101}, {100, 999}, {-999, 1000}, {-57, -13}, {1234, 5678}, {990, 1010}};
  for (const auto& range : ranges) {
    const int64_t low = range.first, high = range.second;
    CAPTURE(low);
    CAPTURE(high);
    const auto grammar = IntRange(low, high);
    REQUIRE(grammar.ok());
    CheckLanguage(*grammar, Decimals(low, high));
  }
  Rng rng(1);
  for (int round = 0; round < (testing::kSanitized ? 12 : 60); ++round) {
    const auto low = static_cast<int64_t>(rng.Below(2500)) - 1250;
    const auto high = low + static_cast<int64_t>(rng.Below(300));
    CAPTURE(low);
    CAPTURE(high);
    const auto grammar = IntRange(low, high);
    REQUIRE(grammar.ok());
    CheckLanguage(*grammar, Decimals(low, high));
  }
}

TEST_CASE("IntRange at the ends of 64 bits") {
  const auto grammar = IntRange(INT64_MIN, INT64_MAX);
  REQUIRE(grammar.ok());
  for (const std::string word : {"9223372036854775807", "-9223372036854775808", "0", "-1"}) {
    CHECK(Accepts(*grammar, word));
  }
  for (const std::string word : {"9223372036854775808", "-9223372036854775809", "-0", "00", "+1"}) {
    CHECK(!Bare(*grammar).AcceptBytes(word));
  }
  const auto least = IntRange(INT64_MIN, INT64_MIN);
  REQUIRE(least.ok());
  CheckLanguage(*least, {"-9223372036854775808"});
  CHECK(!IntRange(1, 0).ok());
}

TEST_CASE("Choice accepts exactly its options") {
  const auto grammar = Choice({"true", "false", "truth", "t", "\xC3\xA4"});
  REQUIRE(grammar.ok());
  CheckLanguage(*grammar, {"true", "false", "truth", "t", "\xC3\xA4"});
  CHECK(!Choice({}).ok());
  CHECK(!Choice({"a", ""}).ok());
  CHECK(!Choice({"a", "b", "a"}).ok());
  CHECK(Choice({std::string(kChoiceBytesMax, 'x')}).ok());
  CHECK(!Choice({std::string(kChoiceBytesMax, 'x'), "y"}).ok());
}

TEST_CASE("Prefixed forces its literal, then the rest") {
  const auto options = Choice({"1", "12"});
  REQUIRE(options.ok());
  CheckLanguage(Prefixed("ab", *options), {"ab1", "ab12"});
  CheckLanguage(Prefixed("", *options), {"1", "12"});
  CheckLanguage(Prefixed("a", Prefixed("b", *options)), {"ab1", "ab12"});
}

// The definition of a mask: a text token is allowed iff its bytes keep a completion possible; an
// end token iff what is there already is complete.
void CheckMask(const Vocabulary& vocabulary, const Matcher& matcher, const std::string& so_far,
               const std::set<std::string>& words) {
  TokenMask mask;
  REQUIRE(matcher.Mask({vocabulary.control_end}, &mask).ok());
  for (TokenId id = 0; id < vocabulary.tokenizer->vocabulary(); ++id) {
    CAPTURE(id);
    bool expected = false;
    if (id == vocabulary.control_end) {
      expected = words.contains(so_far);
    } else if (vocabulary.tokenizer->spec().types[static_cast<size_t>(id)] !=
                   text::PieceType::kUnused &&
               id > vocabulary.control_end) {
      const std::string next = so_far + std::string(vocabulary.tokenizer->Bytes(id));
      for (const std::string& word : words) expected = expected || word.starts_with(next);
    }
    REQUIRE(mask.Allows(id) == expected);
    Matcher copy = matcher;
    if (id != vocabulary.control_end && id > vocabulary.control_end &&
        vocabulary.tokenizer->spec().types[static_cast<size_t>(id)] != text::PieceType::kUnused) {
      REQUIRE(copy.Accept(id) == expected);
    }
  }
}

void WalkMasks(const Vocabulary& vocabulary, const GrammarRef& grammar,
               const std::set<std::string>& words, uint64_t seed) {
  Rng rng(seed);
  for (int round = 0; round < 20; ++round) {
    Matcher matcher = vocabulary.Match(grammar);
    std::string so_far;
    while (true) {
      CheckMask(vocabulary, matcher, so_far, words);
      CHECK(matcher.Accepting() == words.contains(so_far));
      TokenMask mask;
      REQUIRE(matcher.Mask({}, &mask).ok());
      std::vector<TokenId> allowed;
      for (TokenId id = 0; id < vocabulary.tokenizer->vocabulary(); ++id) {
        if (mask.Allows(id)) allowed.push_back(id);
      }
      if (allowed.empty()) {
        CHECK(matcher.Final());
        break;
      }
      const TokenId id = allowed[rng.Below(allowed.size())];
      REQUIRE(matcher.Accept(id));
      so_far += vocabulary.tokenizer->Bytes(id);
    }
  }
}

TEST_CASE("masks: a token is allowed iff its bytes keep a completion possible") {
  const Vocabulary vocabulary = Mixed();
  const std::set<std::string> words = {"abcab", "ab", "acb", "a1", "true", " a"};
  const auto choice = Choice({words.begin(), words.end()});
  REQUIRE(choice.ok());
  WalkMasks(vocabulary, *choice, words, 1);
  const auto range = IntRange(-130, 1245);
  REQUIRE(range.ok());
  WalkMasks(vocabulary, *range, Decimals(-130, 1245), 2);
  std::set<std::string> healed;
  for (const std::string& word : words) healed.insert("ab" + word);
  WalkMasks(vocabulary, Prefixed("ab", *choice), healed, 3);
}

TEST_CASE("AnyText: every text token, no control, unknown or unused one; ends everywhere") {
  const Vocabulary vocabulary = Mixed();
  const Matcher matcher = vocabulary.Match(AnyText());
  CHECK(matcher.Unrestricted());
  TokenMask mask;
  REQUIRE(matcher.Mask({3}, &mask).ok());
  for (TokenId id = 0; id < vocabulary.tokenizer->vocabulary(); ++id) {
    const auto type = vocabulary.tokenizer->spec().types[static_cast<size_t>(id)];
    const bool text = type == text::PieceType::kNormal || type == text::PieceType::kByte ||
                      type == text::PieceType::kUserDefined;
    CHECK(mask.Allows(id) == (text || id == 3));
  }
}

TEST_CASE("healing: tokens that cross from the forced literal into free text are allowed") {
  const Vocabulary vocabulary = Mixed();
  Matcher matcher = vocabulary.Match(Prefixed("a", AnyText()));
  CHECK(!matcher.Unrestricted());
  CHECK(matcher.ForcedText() == "a");
  TokenMask mask;
  REQUIRE(matcher.Mask({3}, &mask).ok());
  for (TokenId id = 4; id < vocabulary.tokenizer->vocabulary(); ++id) {
    CAPTURE(id);
    CHECK(mask.Allows(id) == vocabulary.tokenizer->Bytes(id).starts_with("a"));
  }
  CHECK(!mask.Allows(3));
  CHECK(matcher.Accept(262));  // "abc"
  CHECK(matcher.Unrestricted());
  CHECK(matcher.Accepting());
  CHECK(matcher.ForcedText().empty());
}

TEST_CASE("a token that is not allowed leaves the state as it was") {
  const Vocabulary vocabulary = Mixed();
  const auto choice = Choice({"ab1", "ab2"});
  REQUIRE(choice.ok());
  Matcher matcher = vocabulary.Match(*choice);
  CHECK(matcher.ForcedText() == "ab");
  CHECK(!matcher.Accept(262));  // "abc": its first two bytes fit
  CHECK(matcher.ForcedText() == "ab");
  CHECK(!matcher.Accept(3));
  CHECK(!matcher.Accept(-1));
  CHECK(!matcher.Accept(100000));
  CHECK(matcher.AcceptBytes("ab"));
  CHECK(matcher.ForcedText().empty());
  CHECK(!matcher.AcceptBytes("1x"));
  CHECK(matcher.AcceptBytes("1"));
  CHECK(matcher.Final());
}

TEST_CASE("a user-defined end token is allowed only where the text is complete") {
  const Vocabulary vocabulary = Mixed();
  const TokenId end = vocabulary.tokenizer->vocabulary() - 1;  // "ac", user-defined
  TokenMask mask;
  REQUIRE(vocabulary.Match(AnyText()).Mask({end}, &mask).ok());
  CHECK(mask.Allows(end));
  const auto choice = Choice({"acb"});
  REQUIRE(choice.ok());
  REQUIRE(vocabulary.Match(*choice).Mask({end}, &mask).ok());
  CHECK(!mask.Allows(end));
}

}  // namespace
}  // namespace lmp::constrain
