// SentencePiece BPE against a naive merger, on random vocabularies and random text.
#include "runtime/text/sentencepiece.h"

#include <doctest/doctest.h>

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/text/utf8_scan.h"
#include "tests/support/tiny_tokenizer.h"

namespace lmp::text {
namespace {

using testing::Marked;
using testing::Piece;
using testing::TinySpec;

std::shared_ptr<const Tokenizer> Make(TokenizerSpec spec) {
  auto made = MakeTokenizer(std::move(spec));
  REQUIRE_MESSAGE(made.ok(), made.status().ToString());
  return *made;
}

// The definition, word for word: user-defined pieces first, then again and again the best pair.
std::vector<TokenId> NaiveEncode(const TokenizerSpec& spec, const std::string& text,
                                 FragmentStart start) {
  std::vector<TokenId> ids;
  if (text.empty()) return ids;
  std::map<std::string, TokenId> known;
  std::map<std::string, TokenId> user;
  for (size_t i = spec.pieces.size(); i-- > 0;) {
    const auto id = static_cast<TokenId>(i);
    if (spec.types[i] == PieceType::kNormal) known[spec.pieces[i]] = id;
    if (spec.types[i] == PieceType::kUserDefined) known[spec.pieces[i]] = user[spec.pieces[i]] = id;
  }
  const bool prefix = start == FragmentStart::kMessage && spec.add_space_prefix;
  const std::string all = Marked((prefix ? " " : "") + text);
  std::vector<std::string> parts;
  std::vector<bool> frozen;
  for (size_t at = 0; at < all.size();) {
    size_t length = 0;
    for (const auto& [piece, id] : user) {
      if (all.compare(at, piece.size(), piece) == 0) length = std::max(length, piece.size());
    }
    frozen.push_back(length > 0);
    if (length == 0) {
      const Utf8Unit unit = ScanUtf8(std::string_view(all).substr(at));
      length = unit.form == Utf8Form::kComplete ? unit.length : 1;
    }
    parts.push_back(all.substr(at, length));
    at += length;
  }
  while (true) {
    size_t best = parts.size();
    float best_score = 0;
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      if (frozen[i] || frozen[i + 1]) continue;
      const auto found = known.find(parts[i] + parts[i + 1]);
      if (found == known.end()) continue;
      const float score = spec.scores[static_cast<size_t>(found->second)];
      if (best < parts.size() && score <= best_score) continue;
      best = i;
      best_score = score;
    }
    if (best == parts.size()) break;
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    frozen.erase(frozen.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
  for (const std::string& part : parts) {
    if (const auto found = known.find(part); found != known.end()) {
      ids.push_back(found->second);
      continue;
    }
    for (const char c : part) ids.push_back(4 + static_cast<uint8_t>(c));
  }
  return ids;
}

const std::vector<std::string>& Alphabet() {
  static const std::vector<std::string> kAlphabet = {
      "a",    "b",    "c",    " ",  "  ", "\n", "\xC3\xA4", "\xE2\x96\x81", "\xF0\x9F\x98\x80",
      "\xFF", "\xE2", "\x96", "<s>"};
  return kAlphabet;
}

std::string RandomText(Rng& rng, size_t length_max) {
  std::string text;
  const size_t count = rng.Below(length_max + 1);
  for (size_t i = 0; i < count; ++i) text += Alphabet()[rng.Below(Alphabet().size())];
  return text;
}

// Random pieces over a, b, c, space, newline, with equal scores here and there. Marks inside a
// piece only if `inner_marks`.
TokenizerSpec RandomSpec(Rng& rng, bool inner_marks) {
  const std::string letters = "abc \n";
  std::map<std::string, bool> seen;
  std::vector<Piece> pieces;
  for (const char c : letters) {
    seen[std::string(1, c)] = true;
    pieces.push_back({std::string(1, c), -1.0f});
  }
  for (int i = 0; i < 40; ++i) {
    std::string text;
    const size_t length = 2 + rng.Below(4);
    while (text.size() < length) {
      const char c = letters[rng.Below(letters.size())];
      if (c == ' ' && !inner_marks && !text.empty() && text.back() != ' ') continue;
      text.push_back(c);
    }
    if (seen[text]) continue;
    seen[text] = true;
    const bool user_defined = rng.Below(12) == 0;
    pieces.push_back({text, -static_cast<float>(rng.Below(15)),
                      user_defined ? PieceType::kUserDefined : PieceType::kNormal});
  }
  TokenizerSpec spec = TinySpec(pieces);
  spec.add_space_prefix = rng.Below(2) == 0;
  return spec;
}

FragmentStart RandomStart(Rng& rng) {
  return rng.Below(2) == 0 ? FragmentStart::kMessage : FragmentStart::kContinue;
}

TEST_CASE("random vocabularies and texts: the ids of the naive merger") {
  Rng rng(1);
  for (int round = 0; round < 300; ++round) {
    const TokenizerSpec spec = RandomSpec(rng, round % 2 == 0);
    const auto tokenizer = Make(spec);
    for (int i = 0; i < 20; ++i) {
      const std::string text = RandomText(rng, 40);
      const FragmentStart start = RandomStart(rng);
      std::vector<TokenId> ids;
      tokenizer->Encode(text, start, &ids);
      REQUIRE(ids == NaiveEncode(spec, text, start));
      REQUIRE(tokenizer->Decode(ids, start) ==
              [&] {  // a literal U+2581 is a word mark: it reads back as a space
                std::string spaced = text;
                for (size_t at; (at = spaced.find("\xE2\x96\x81")) != std::string::npos;) {
                  spaced.replace(at, 3, " ");
                }
                return spaced;
              }());
    }
  }
}

TEST_CASE("StableCut: the head's tokens never depend on what follows") {
  Rng rng(2);
  int cuts = 0;
  for (int round = 0; round < 300; ++round) {
    const auto tokenizer = Make(RandomSpec(rng, round % 3 == 0));
    for (int i = 0; i < 20; ++i) {
      const std::string text = RandomText(rng, 25);
      const FragmentStart start = RandomStart(rng);
      const size_t cut = tokenizer->StableCut(text, start);
      REQUIRE(cut <= text.size());
      if (cut == 0) continue;
      ++cuts;
      std::vector<TokenId> head;
      tokenizer->Encode(text.substr(0, cut), start, &head);
      for (int j = 0; j < 5; ++j) {
        const std::string rest = text.substr(cut) + RandomText(rng, 10);
        std::vector<TokenId> joined = head;
        tokenizer->Encode(rest, FragmentStart::kContinue, &joined);
        std::vector<TokenId> whole;
        tokenizer->Encode(text.substr(0, cut) + rest, start, &whole);
        REQUIRE(whole == joined);
      }
    }
  }
  CHECK(cuts > 1000);
}

TEST_CASE("StableCut: before the last run of spaces that follows something else") {
  const auto plain = Make(TinySpec({{" ", -1}, {" a", -2}}));
  CHECK(plain->StableCut("one two", FragmentStart::kMessage) == 3);
  CHECK(plain->StableCut("one two   ", FragmentStart::kMessage) == 7);
  CHECK(plain->StableCut("one  two", FragmentStart::kMessage) == 3);
  CHECK(plain->StableCut("one", FragmentStart::kMessage) == 0);
  CHECK(plain->StableCut("  one", FragmentStart::kMessage) == 0);
  CHECK(plain->StableCut("", FragmentStart::kMessage) == 0);
  SUBCASE("a piece with a mark inside blocks the borders that it can span") {
    const auto inner = Make(TinySpec({{" ", -1}, {"\n  ", -2, PieceType::kUserDefined}}));
    CHECK(inner->StableCut("one\n two", FragmentStart::kMessage) == 0);
    CHECK(inner->StableCut("zero one\n two", FragmentStart::kMessage) == 4);
  }
  SUBCASE("unused pieces are split by the whole text, so nothing is sure") {
    const auto unused = Make(TinySpec({{" ", -1}, {"ab", -2, PieceType::kUnused}}));
    CHECK(unused->StableCut("one two", FragmentStart::kMessage) == 0);
  }
}

TEST_CASE("equal scores: the leftmost pair merges first") {
  const auto tokenizer = Make(TinySpec({{"a", -1}, {"aa", -2}}));
  std::vector<TokenId> ids;
  tokenizer->Encode("aaa", FragmentStart::kContinue, &ids);
  CHECK(ids == std::vector<TokenId>{261, 260});
}

TEST_CASE("unused pieces are split into what they were merged from") {
  const auto tokenizer = Make(
      TinySpec({{"a", -1}, {"b", -1}, {"c", -1}, {"ab", -2, PieceType::kUnused}, {"abc", -3}}));
  std::vector<TokenId> ids;
  tokenizer->Encode("abcab", FragmentStart::kContinue, &ids);
  CHECK(ids == std::vector<TokenId>{264, 260, 261});
}

TEST_CASE("text never becomes a control piece") {
  const auto tokenizer = Make(TinySpec({{"<", -1}, {"s", -1}, {">", -1}, {" ", -1}}));
  for (const std::string text : {"<s>", "</s>", "<|end|>", "<unk>", "<0x41>", " <s> "}) {
    std::vector<TokenId> ids;
    tokenizer->Encode(text, FragmentStart::kMessage, &ids);
    for (const TokenId id : ids) {
      CHECK(!tokenizer->IsControl(id));
      CHECK(id != tokenizer->spec().unknown);
    }
    CHECK(tokenizer->Decode(ids, FragmentStart::kMessage) == text);
  }
  CHECK(tokenizer->FindSpecial("<|end|>") == 3);
  CHECK(!tokenizer->FindSpecial("<|en").has_value());
}

TEST_CASE("without byte pieces unknown characters become one unknown token per run") {
  TokenizerSpec spec = TinySpec({{"a", -1}});
  for (PieceType& type : spec.types) {
    if (type == PieceType::kByte) type = PieceType::kUnused;
  }
  const auto tokenizer = Make(spec);
  std::vector<TokenId> ids;
  tokenizer->Encode("axya", FragmentStart::kContinue, &ids);
  CHECK(ids == std::vector<TokenId>{260, 0, 260});
  CHECK(tokenizer->StableCut("a b", FragmentStart::kContinue) == 0);
}

TEST_CASE("a megabyte of one letter takes n log n, not n squared") {
  std::vector<Piece> pieces = {{"a", -1}, {" ", -1}};
  for (size_t n = 2; n <= 64; n *= 2) pieces.push_back({std::string(n, 'a'), -2.0f});
  const auto tokenizer = Make(TinySpec(pieces));
  const auto seconds = [&](size_t n) {
    std::vector<TokenId> ids;
    const int64_t begin = ThreadCpuNs();
    tokenizer->Encode(std::string(n, 'a'), FragmentStart::kContinue, &ids);
    CHECK(ids.size() >= n / 64);
    return static_cast<double>(ThreadCpuNs() - begin) * 1e-9;
  };
  const double small = seconds(1 << 16);
  const double large = seconds(1 << 20);
  CHECK(large < 60 * small + 0.05);  // n log n gives 20, n squared 256
}

TEST_CASE("wrong specs are refused and the error names the field") {
  const auto message = [](TokenizerSpec spec) {
    const auto made = MakeTokenizer(std::move(spec));
    REQUIRE(!made.ok());
    return made.status().message();
  };
  TokenizerSpec spec = TinySpec({});
  spec.model = "bert";
  CHECK(message(spec).find("tokenizer.ggml.model") == 0);
  spec = TinySpec({});
  spec.scores.pop_back();
  CHECK(message(spec).find("tokenizer.ggml.scores") == 0);
  spec = TinySpec({});
  spec.types.pop_back();
  CHECK(message(spec).find("tokenizer.ggml.token_type") == 0);
  spec = TinySpec({});
  spec.bos = 260;
  CHECK(message(spec).find("tokenizer.ggml.bos_token_id") == 0);
  spec = TinySpec({});
  spec.pieces[10] = "<0x4>";
  CHECK(message(spec).find("tokenizer.ggml.tokens[10]: a byte piece") == 0);
  spec = TinySpec({{std::string(4097, 'a'), 0}});
  CHECK(message(spec).find("tokenizer.ggml.tokens[260]: 4097 bytes, at most 4096") == 0);
  spec = TinySpec({});
  spec.unknown = -1;
  spec.types[100] = PieceType::kNormal;
  CHECK(message(spec).find("tokenizer.ggml.tokens") == 0);
  spec.unknown = 1;  // a control piece: text without a byte's piece would make it
  CHECK(message(spec).find("tokenizer.ggml.unknown_token_id: piece 1 is a control token") == 0);
  spec.types[100] = PieceType::kByte;
  CHECK(MakeTokenizer(spec).ok());
  spec = TinySpec({{"a", std::numeric_limits<float>::quiet_NaN()}});
  CHECK(message(spec).find("tokenizer.ggml.scores") == 0);
}

TEST_CASE("ids outside the vocabulary have no bytes") {
  const auto tokenizer = Make(TinySpec({}));
  CHECK(tokenizer->Bytes(-1).empty());
  CHECK(tokenizer->Bytes(260).empty());
  CHECK(!tokenizer->IsControl(260));
}

}  // namespace
}  // namespace lmp::text
