// Token timelines: however a text arrives, its tokens are those of the whole text.
#include <doctest/doctest.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/exec/context.h"
#include "runtime/sim/digest_model.h"

namespace lmp::exec {
namespace {

struct Maker {
  explicit Maker(bool dummy_prefix)
      : tokenizer(Make(dummy_prefix)), format(text::MakeChatFormat(*tokenizer).value()) {}
  static std::shared_ptr<const text::Tokenizer> Make(bool dummy_prefix) {
    text::TokenizerSpec spec = sim::DigestTokenizerSpec();
    spec.add_space_prefix = dummy_prefix;
    return text::MakeTokenizer(std::move(spec)).value();
  }
  std::shared_ptr<const text::Tokenizer> tokenizer;
  text::ChatFormat format;
  ContextMaker make{*tokenizer, format};
};

std::string RandomText(Rng& rng) {
  static const std::vector<std::string> kPieces = {
      "the",  "th",   "e", " ",    "  ",           "\n",   "answer", "ans", "<|user|>", "<|end|>",
      "</s>", "wer.", "é", "\xe2", "\xf0\x9f\x98", "\x80", "x",      "<",   "|user|>",  "question"};
  std::string out;
  for (uint64_t i = rng.Below(6); i > 0; --i) out += kPieces[rng.Below(kPieces.size())];
  return out;
}

TEST_CASE("a message body in pieces has the tokens of the whole text, and no control token") {
  for (const bool dummy : {false, true}) {
    const Maker m(dummy);
    const ContextRef open = m.make.Open(*m.make.Empty(), ir::Role::kUser, {});
    size_t tokens = 0;
    for (uint64_t seed = 0; seed < 2000; ++seed) {
      Rng rng(seed);
      CAPTURE(seed);
      CAPTURE(dummy);
      ContextRef pieces = open;
      std::string whole;
      std::vector<size_t> begins;  // of the texts in it, with the dummy prefix
      for (uint64_t i = 1 + rng.Below(6); i > 0; --i) {
        const std::string text = RandomText(rng);
        if (!text.empty()) begins.push_back(whole.size() + (dummy ? 1 : 0));
        whole += text;
        if (rng.Below(2) == 0) {
          const StaticText ready =
              TokeniseStatic(*m.tokenizer, text, m.format.header(text::Role::kUser).next);
          pieces = m.make.Append(*pieces, text, SegmentKind::kStatic, {}, &ready);
        } else {
          pieces = m.make.Append(*pieces, text, SegmentKind::kDynamic, {}, nullptr);
        }
      }
      std::vector<TokenId> expected = open->tokens;
      m.tokenizer->Encode(whole, open->next, &expected);
      const ContextRef settled = m.make.Settled(*pieces);
      REQUIRE(settled->tokens == expected);
      REQUIRE(settled->pending.empty());
      const std::span<const TokenId> body = std::span(settled->tokens).subspan(open->tokens.size());
      for (const TokenId id : body) REQUIRE(!m.tokenizer->IsControl(id));
      REQUIRE(m.tokenizer->Decode(body, open->next) == whole);
      // Each text is a segment from the first token on that ends inside of it.
      REQUIRE(settled->segments.size() == open->segments.size() + begins.size());
      for (size_t t = 0; t < begins.size(); ++t) {
        size_t token = 0, end = 0;
        while (token < body.size() && (end += m.tokenizer->Bytes(body[token]).size()) <= begins[t])
          ++token;
        // The first begins where the message does, dummy prefix or not.
        if (t == 0) token = 0;
        REQUIRE(settled->segments[open->segments.size() + t].token_begin ==
                open->tokens.size() + token);
      }
      tokens += body.size();

      std::vector<TokenId> closed = expected;
      closed.insert(closed.end(), m.format.footer.ids.begin(), m.format.footer.ids.end());
      REQUIRE(m.make.Close(*pieces, ir::Role::kUser, {})->tokens == closed);
      // An option behind pending text is tokenised with it.
      std::vector<TokenId> behind = pieces->tokens;
      const std::vector<TokenId> option = m.make.TokeniseBehind(*pieces, "the answer");
      behind.insert(behind.end(), option.begin(), option.end());
      std::vector<TokenId> direct = open->tokens;
      m.tokenizer->Encode(whole + "the answer", open->next, &direct);
      REQUIRE(behind == direct);
    }
    CHECK(tokens > 10'000);
  }
}

TEST_CASE("a control piece enters by its role only") {
  const Maker m(false);
  const std::vector<TokenId>& header = m.format.header(text::Role::kUser).ids;
  REQUIRE(!header.empty());
  CHECK(m.tokenizer->IsControl(header.front()));
  const ContextRef open = m.make.Open(*m.make.Empty(), ir::Role::kUser, {});
  const ContextRef spelt =
      m.make.Settled(*m.make.Append(*open, "<|user|>", SegmentKind::kDynamic, {}, nullptr));
  CHECK(spelt->tokens.size() > open->tokens.size() + 1);
}

// Of the canonical tokens of `text`, how many at the end (at most kHealedTokensMax) some token
// begins with and goes on.
size_t HealedTokens(const constrain::TokenTrie& vocabulary, std::span<const TokenId> ids) {
  size_t best = 0;
  for (size_t count = 1; count <= std::min(kHealedTokensMax, ids.size()); ++count) {
    std::string tail;
    for (const TokenId id : ids.last(count)) tail += vocabulary.Bytes(id);
    for (TokenId id = 0; id < vocabulary.vocabulary(); ++id) {
      const std::string_view bytes = vocabulary.Bytes(id);
      if (bytes.size() > tail.size() && bytes.starts_with(tail)) best = count;
    }
  }
  return best;
}

TEST_CASE("a generation begins with the last tokens that a longer one may replace") {
  size_t healed = 0;
  for (const bool dummy : {false, true}) {
    const Maker m(dummy);
    const constrain::TokenTrie vocabulary(*m.tokenizer);
    const ContextRef open = m.make.Open(*m.make.Empty(), ir::Role::kUser, {});
    for (uint64_t seed = 0; seed < 500; ++seed) {
      CAPTURE(seed);
      CAPTURE(dummy);
      Rng rng(seed);
      const ContextRef before =
          m.make.Append(*open, RandomText(rng), SegmentKind::kDynamic, {}, nullptr);
      if (before->pending.empty()) continue;
      const ContextMaker::Seam seam = m.make.Heal(*before, vocabulary);
      std::vector<TokenId> whole;
      m.tokenizer->Encode(before->pending, before->next, &whole);
      const size_t expected = HealedTokens(vocabulary, whole);
      healed += expected;
      std::string forced;
      for (const TokenId id : std::span(whole).last(expected)) forced += m.tokenizer->Bytes(id);
      REQUIRE(seam.forced == forced);
      REQUIRE(seam.context->pending.empty());
      std::vector<TokenId> tokens = before->tokens;
      tokens.insert(tokens.end(), whole.begin(),
                    whole.end() - static_cast<std::ptrdiff_t>(expected));
      REQUIRE(seam.context->tokens == tokens);
    }
  }
  CHECK(healed > 150);
}

TEST_CASE("where a message begins, the dummy prefix is forced onto the generation") {
  for (const bool dummy : {false, true}) {
    CAPTURE(dummy);
    const Maker m(dummy);
    const constrain::TokenTrie vocabulary(*m.tokenizer);
    const ContextRef open = m.make.Open(*m.make.Empty(), ir::Role::kAssistant, {});
    CHECK(m.make.Heal(*open, vocabulary).forced == (dummy ? " " : ""));
    const std::vector<TokenId> generated = {300};
    const ContextRef behind = m.make.AfterGeneration(open->tokens, generated, *open, {});
    CHECK(m.make.Heal(*behind, vocabulary).forced == "");
    CHECK(behind->segments.back().kind == SegmentKind::kGenerated);
    CHECK(behind->segments.back().token_begin == open->tokens.size());
  }
}

TEST_CASE("a context is not changed by what is made from it, and a copy has no handle") {
  struct Handle final : engine::Retained {
    void SetNextUse(int64_t) override {}
  };
  const Maker m(true);
  const ContextRef open = m.make.Open(*m.make.Empty(), ir::Role::kUser, {});
  open->retained = std::make_unique<Handle>();
  const std::vector<TokenId> before = open->tokens;
  const ContextRef longer =
      m.make.Append(*open, "the answer and more", SegmentKind::kDynamic, {}, nullptr);
  CHECK(open->tokens == before);
  CHECK(open->pending.empty());
  CHECK(longer->retained == nullptr);
  CHECK(open->retained != nullptr);
}

TEST_CASE("tokens of a context are those of a prompt that ends there") {
  const Maker m(true);
  ContextRef context = m.make.Empty();
  CHECK(m.make.TokenCount(*context) == context->tokens.size());
  context = m.make.Open(*context, ir::Role::kUser, {});
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed);
    context = m.make.Append(*context, RandomText(rng), SegmentKind::kDynamic, {}, nullptr);
    CHECK(m.make.TokenCount(*context) == m.make.Settled(*context)->tokens.size());
  }
  CHECK(m.make.TokenCount(std::string_view()) == 0);
}

TEST_CASE("a clipped text is a beginning of whole characters, as long as its tokens allow") {
  const Maker m(true);
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    Rng rng(seed);
    CAPTURE(seed);
    std::string text;
    for (uint64_t i = rng.Below(5); i > 0; --i) text += RandomText(rng);
    const size_t all = m.make.TokenCount(std::string_view(text));
    const auto tokens = static_cast<size_t>(rng.Below(all + 3));
    const std::string_view clipped = m.make.Clip(text, tokens);
    CHECK(text.starts_with(clipped));
    CHECK(m.make.TokenCount(clipped) <= tokens);
    if (tokens >= all) CHECK(clipped == text);
    // Not shorter than it must be: a token is at most a few pieces of the vocabulary wide.
    if (tokens < all && tokens > 4) CHECK(m.make.TokenCount(clipped) + 4 >= tokens);
  }
  for (size_t tokens = 0; tokens < 5; ++tokens)
    CHECK(m.make.Clip("\xc3\xa9\xc3\xa9", tokens).size() % 2 == 0);
}

}  // namespace
}  // namespace lmp::exec
