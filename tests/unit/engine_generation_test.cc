// What a `gen` means between two rows of logits: stops, streaming, healing, jump-forward, limits.
// The logits are scripted: each text piece is drawn as the token that spells it.
#include <doctest/doctest.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "runtime/engine/generation.h"
#include "runtime/sim/digest_model.h"

namespace lmp::engine {
namespace {

struct Fixture {
  std::shared_ptr<const text::Tokenizer> tokenizer = sim::MakeDigestTokenizer().value();
  std::shared_ptr<const constrain::TokenTrie> trie =
      std::make_shared<const constrain::TokenTrie>(*tokenizer);
  std::shared_ptr<const constrain::TokenMask> text_tokens = TextTokens(*tokenizer);
  std::vector<TokenId> tokens = {1};  // the prompt
  Sampler sampler;

  TokenId eot() const { return tokenizer->spec().eot; }
  // The token whose bytes are `text`; the normal piece where there is a byte piece too.
  TokenId Token(std::string_view text) const {
    for (TokenId id = tokenizer->vocabulary() - 1; id >= 0; --id) {
      if (tokenizer->Bytes(id) == text) return id;
    }
    FAIL("no token " << std::string(text));
    return -1;
  }
  constrain::Matcher Match(constrain::GrammarRef grammar) const {
    return constrain::Matcher(std::move(grammar), trie, tokenizer);
  }
  Generation Make(GenerateSpec spec) {
    Generation generation =
        Generation::Make(std::move(spec), static_cast<int>(tokens.size()), *tokenizer, text_tokens)
            .value();
    generation.Begin(&tokens);
    return generation;
  }
  // Draws with logits that prefer `wanted`, then the others in order of id.
  void Draw(Generation& generation, const std::vector<TokenId>& wanted) {
    std::vector<float> logits(static_cast<size_t>(tokenizer->vocabulary()), 0.0f);
    float logit = 10;
    for (const TokenId id : wanted) logits[static_cast<size_t>(id)] = logit--;
    generation.Draw(logits, sampler, &tokens);
  }
  void Draw(Generation& generation, std::string_view text) { Draw(generation, {Token(text)}); }
  std::string Generated() const {
    return tokenizer->Decode(std::span(tokens).subspan(1), text::FragmentStart::kContinue);
  }
  static std::optional<EndReason> Reason(const Generation& generation) {
    if (!generation.end().has_value()) return std::nullopt;
    const auto* reason = std::get_if<EndReason>(&*generation.end());
    return reason == nullptr ? std::nullopt : std::optional(*reason);
  }
  static std::optional<FailureKind> Failure(const Generation& generation) {
    if (!generation.end().has_value()) return std::nullopt;
    const auto* failure = std::get_if<GenerationFailure>(&*generation.end());
    return failure == nullptr ? std::nullopt : std::optional(failure->kind);
  }
};

TEST_CASE_FIXTURE(Fixture, "an end token ends the text and is not part of it") {
  Generation g = Make({.end_tokens = {eot()}});
  Draw(g, " the");
  Draw(g, {eot()});
  CHECK(Reason(g) == EndReason::kEndToken);
  CHECK(g.text() == " the");
  CHECK(tokens == std::vector<TokenId>{1, Token(" the")});
  CHECK(g.count() == 2);
  CHECK(g.kept() == 2);
}

TEST_CASE_FIXTURE(Fixture, "control tokens that end nothing are not drawn") {
  Generation g = Make({});
  Draw(g, {eot(), 1, Token("a")});
  CHECK(tokens.back() == Token("a"));
}

TEST_CASE_FIXTURE(Fixture, "max_tokens truncates text and fails a value") {
  Generation text = Make({.max_tokens = 2});
  Draw(text, "a");
  CHECK(!text.end().has_value());
  Draw(text, "b");
  CHECK(Reason(text) == EndReason::kLength);
  CHECK(text.text() == "ab");

  const auto range = constrain::IntRange(100, 9999).value();
  tokens = {1};
  Generation value = Make({.max_tokens = 2, .matcher = Match(range), .must_complete = true});
  Draw(value, "1");
  Draw(value, "2");
  CHECK(Failure(value) == FailureKind::kLimit);
  CHECK(value.text() == "12");

  tokens = {1};
  Generation whole = Make({.max_tokens = 3, .matcher = Match(range), .must_complete = true});
  for (const char* digit : {"1", "2", "3"}) Draw(whole, digit);
  CHECK(Reason(whole) == EndReason::kComplete);
  CHECK(whole.text() == "123");
}

TEST_CASE_FIXTURE(Fixture, "min_tokens holds back end tokens and stops") {
  Generation g = Make({.min_tokens = 2, .stops = {"a"}, .end_tokens = {eot()}});
  Draw(g, {eot(), Token("a")});
  CHECK(!g.end().has_value());
  Draw(g, {eot(), Token("a")});
  CHECK(!g.end().has_value());
  Draw(g, "b");
  Draw(g, "a");
  CHECK(Reason(g) == EndReason::kStop);
  CHECK(g.text() == "aab");
}

TEST_CASE_FIXTURE(Fixture, "a stop across tokens drops all of them") {
  Generation g = Make({.stops = {"b c"}});
  Draw(g, "a");
  CHECK(g.TakeText() == "a");
  Draw(g, "b");
  CHECK(g.TakeText() == "");  // may begin the stop
  Draw(g, " ");
  CHECK(g.TakeText() == "");
  Draw(g, "c");
  CHECK(Reason(g) == EndReason::kStop);
  CHECK(g.text() == "a");
  CHECK(tokens == std::vector<TokenId>{1, Token("a")});
  CHECK(g.kept() == 2);
}

TEST_CASE_FIXTURE(Fixture, "what only looked like a stop is shown after all") {
  Generation g = Make({.stops = {"aab"}});
  for (const char* piece : {"a", "a", "a"}) Draw(g, piece);
  CHECK(g.TakeText() == "a");
  Draw(g, "c");
  CHECK(g.TakeText() == "aac");
}

TEST_CASE_FIXTURE(Fixture, "a stop inside a token leaves the canonical tokens of the kept bytes") {
  Generation g = Make({.stops = {"wer"}});
  Draw(g, "a");
  Draw(g, " answer");
  CHECK(Reason(g) == EndReason::kStop);
  CHECK(g.text() == "a ans");
  std::vector<TokenId> canonical = {1, Token("a")};
  tokenizer->Encode(" ans", text::FragmentStart::kContinue, &canonical);
  CHECK(tokens == canonical);
  CHECK(g.kept() == 2);
}

TEST_CASE_FIXTURE(Fixture, "a stop that begins inside an earlier token cuts there") {
  Generation g = Make({.stops = {"er is"}});
  Draw(g, "a");
  Draw(g, " answer");
  CHECK(g.TakeText() == "a answ");
  Draw(g, " ");
  Draw(g, "i");
  Draw(g, "s");
  CHECK(Reason(g) == EndReason::kStop);
  CHECK(g.text() == "a answ");
  CHECK(Generated() == "a answ");
  CHECK(g.kept() == 2);
}

TEST_CASE_FIXTURE(Fixture, "code points cut across tokens stream whole") {
  Generation g = Make({});
  for (const char* byte : {"\xC3", "\xA9", "\xE2", "\x82"}) {
    Draw(g, byte);
  }
  CHECK(g.TakeText() == "\u00E9");
  Draw(g, "a");
  CHECK(g.TakeText() == "\uFFFD\uFFFDa");
}

TEST_CASE_FIXTURE(Fixture, "text that ends inside a character ends before it") {
  Generation limit = Make({.max_tokens = 4});
  for (const char* byte : {"a", "\xF0", "\x9F", "\x98"}) Draw(limit, byte);
  CHECK(Reason(limit) == EndReason::kLength);
  CHECK(limit.TakeText() == "a");
  CHECK(tokens == std::vector<TokenId>{1, Token("a")});
  CHECK(limit.kept() == 2);
  CHECK(limit.count() == 4);

  tokens = {1};
  Generation ended = Make({.end_tokens = {eot()}});
  Draw(ended, "\xC3");
  Draw(ended, {eot()});
  CHECK(Reason(ended) == EndReason::kEndToken);
  CHECK(ended.text() == "");
  CHECK(tokens == std::vector<TokenId>{1});

  tokens = {1};
  Generation stopped = Make({.stops = {"b"}});
  for (const char* byte : {"a", "\xC3", "b"}) Draw(stopped, byte);
  CHECK(Reason(stopped) == EndReason::kStop);
  CHECK(stopped.text() == "a");
  CHECK(Generated() == "a");

  // A byte that no character has stands for itself, inside and at the end.
  tokens = {1};
  Generation wrong = Make({.max_tokens = 2});
  for (const char* byte : {"a", "\xFF"}) Draw(wrong, byte);
  CHECK(wrong.text() == "a\uFFFD");
  CHECK(Generated() == "a\xFF");
}

TEST_CASE_FIXTURE(Fixture, "a single choice is forced without a draw") {
  const auto one = constrain::Choice({"the answer"}).value();
  Generation g = Make({.matcher = Match(one)});
  CHECK(Reason(g) == EndReason::kComplete);
  CHECK(g.text() == "the answer");
  CHECK(g.forced() == g.count());
  std::vector<TokenId> canonical = {1};
  tokenizer->Encode("the answer", text::FragmentStart::kContinue, &canonical);
  CHECK(tokens == canonical);
}

TEST_CASE_FIXTURE(Fixture, "forced text is jumped over up to its last token") {
  const auto choice = constrain::Choice({"the answer is yes", "the answer is no"}).value();
  Generation g = Make({.matcher = Match(choice)});
  std::vector<TokenId> forced;
  tokenizer->Encode("the answer is ", text::FragmentStart::kContinue, &forced);
  REQUIRE(forced.size() > 1);
  CHECK(g.forced() == static_cast<int>(forced.size()) - 1);
  CHECK(g.count() == g.forced());
  // The space is drawn, alone or with what follows it; here with "no", which the choice then
  // forces.
  Draw(g, " no");
  CHECK(Reason(g) == EndReason::kComplete);
  CHECK(g.text() == "the answer is no");
}

TEST_CASE_FIXTURE(Fixture, "forced text counts towards max_tokens and meets stops") {
  const auto choice = constrain::Choice({"the answer is yes", "the answer is no"}).value();
  Generation cut = Make({.max_tokens = 2, .matcher = Match(choice), .must_complete = true});
  CHECK(Failure(cut) == FailureKind::kLimit);
  CHECK(cut.count() == 2);
  tokens = {1};
  Generation stopped = Make({.matcher = Match(choice), .stops = {" ans"}});
  CHECK(Reason(stopped) == EndReason::kStop);
  CHECK(stopped.text() == "the");
  CHECK(Generated() == "the");
}

TEST_CASE_FIXTURE(Fixture, "healed bytes are forced and not part of the text") {
  const auto healed = constrain::Prefixed(" the pre", constrain::AnyText());
  Generation g = Make({.matcher = Match(healed), .stops = {"the", "fix"}, .healed_bytes = 8});
  CHECK(Generated() == " the");  // the last forced token is drawn, with what follows it
  CHECK(g.TakeText() == "");
  Draw(g, {Token("b"), Token(" prefi")});
  CHECK(g.TakeText() == "");  // "fi" may begin a stop; " pre" was the prompt's
  Draw(g, "x");
  CHECK(Reason(g) == EndReason::kStop);
  CHECK(g.text() == "");
  CHECK(Generated() == " the pre");
}

TEST_CASE_FIXTURE(Fixture, "tokens that only spell healed bytes do not count") {
  const auto healed = constrain::Prefixed("thx", constrain::AnyText());
  Generation g = Make({.max_tokens = 2, .matcher = Match(healed), .healed_bytes = 3});
  while (!g.end().has_value()) Draw(g, {Token("b"), Token("x"), Token("h"), Token("t")});
  CHECK(g.count() > 2);
  CHECK(Reason(g) == EndReason::kLength);
  CHECK(g.text() == "bb");
}

TEST_CASE_FIXTURE(Fixture, "penalties count the text's tokens, biases move single ones") {
  // Logits 10, 9 and 8, less what a token has lost.
  const std::vector<TokenId> wanted = {Token("a"), Token("b"), Token("c")};
  const auto text = [&](SamplingOptions sampling, constrain::GrammarRef grammar = nullptr,
                        int healed = 0) {
    tokens.resize(1);
    GenerateSpec spec = {.max_tokens = 5, .sampling = sampling, .healed_bytes = healed};
    if (grammar != nullptr) spec.matcher.emplace(Match(grammar));
    Generation g = Make(std::move(spec));
    while (!g.end().has_value()) Draw(g, wanted);
    return g.text();
  };
  CHECK(text({}) == "aaaaa");
  CHECK(text({.presence_penalty = 1.5}) == "abaaa");
  CHECK(text({.frequency_penalty = 0.6}) == "aabab");
  CHECK(text({.presence_penalty = 2.5, .frequency_penalty = 0.5}) == "abcaa");
  CHECK(text({.frequency_penalty = -2}) == "aaaaa");
  CHECK(text({.logit_bias = {{wanted[2], 3}}}) == "ccccc");
  CHECK(text({.presence_penalty = 4, .logit_bias = {{wanted[0], -100}}}) == "bcbbb");
  // Tokens of the prompt, and those that spell its end again, do not count.
  tokens = {wanted[0]};
  CHECK(text({.presence_penalty = 1.5}) == "abaaa");
  CHECK(text({.presence_penalty = 1.5}, constrain::Prefixed("a", constrain::AnyText()), 1) ==
        "abaaa");
  // What the form forbids stays forbidden.
  CHECK(text({.logit_bias = {{wanted[0], 100}}}, constrain::Choice({"c", "bc"}).value()) == "bc");
}

TEST_CASE_FIXTURE(Fixture, "no allowed finite logit is a constraint failure") {
  Generation g = Make({.matcher = Match(constrain::Choice({"yes", "no"}).value())});
  const std::vector<float> logits(static_cast<size_t>(tokenizer->vocabulary()),
                                  -std::numeric_limits<float>::infinity());
  g.Draw(logits, sampler, &tokens);
  CHECK(Failure(g) == FailureKind::kConstraint);
}

TEST_CASE_FIXTURE(Fixture, "bad options are refused") {
  const auto refused = [&](GenerateSpec spec) {
    return Generation::Make(std::move(spec), 1, *tokenizer, text_tokens).status().code() ==
           StatusCode::kInvalidArgument;
  };
  CHECK(refused({.max_tokens = 0}));
  CHECK(refused({.min_tokens = -1}));
  CHECK(refused({.sampling = {.temperature = -0.1}}));
  CHECK(refused({.sampling = {.temperature = std::numeric_limits<double>::quiet_NaN()}}));
  CHECK(refused({.sampling = {.top_k = -1}}));
  CHECK(refused({.sampling = {.top_p = 0}}));
  CHECK(refused({.sampling = {.top_p = 1.1}}));
  CHECK(refused({.sampling = {.min_p = -0.1}}));
  CHECK(refused({.sampling = {.presence_penalty = std::numeric_limits<double>::infinity()}}));
  CHECK(refused({.sampling = {.frequency_penalty = std::numeric_limits<double>::quiet_NaN()}}));
  CHECK(refused({.sampling = {.logit_bias = {{-1, 1}}}}));
  CHECK(refused({.sampling = {.logit_bias = {{tokenizer->vocabulary(), 1}}}}));
  CHECK(refused({.sampling = {.logit_bias = {{5, std::numeric_limits<double>::infinity()}}}}));
  CHECK(!refused({.sampling = {.logit_bias = {{tokenizer->vocabulary() - 1, -100}}}}));
  CHECK(refused({.stops = {""}}));
  CHECK(refused({.stops = {std::string(257, 'a')}}));
  CHECK(!refused({.stops = {std::string(256, 'a')}}));
  CHECK(refused({.end_tokens = {tokenizer->vocabulary()}}));
  CHECK(refused({.healed_bytes = -1}));
}

}  // namespace
}  // namespace lmp::engine
