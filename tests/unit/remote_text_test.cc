// What is asked of servers, and what of their text becomes a value.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "runtime/base/json.h"
#include "runtime/remote/asking.h"
#include "runtime/remote/checked_text.h"
#include "runtime/remote/scores.h"
#include "runtime/sim/digest_model.h"

namespace lmp::remote {
namespace {

using engine::EndReason;
using engine::FailureKind;

struct Fixture {
  std::shared_ptr<const text::Tokenizer> tokenizer = sim::MakeDigestTokenizer().value();
  std::shared_ptr<const constrain::TokenTrie> trie =
      std::make_shared<const constrain::TokenTrie>(*tokenizer);
  GrammarTexts grammars;

  engine::GenerateSpec Typed(constrain::GrammarRef grammar, std::string healed = "") const {
    engine::GenerateSpec spec;
    spec.healed_bytes = static_cast<int>(healed.size());
    if (!healed.empty()) grammar = constrain::Prefixed(std::move(healed), std::move(grammar));
    spec.matcher.emplace(std::move(grammar), trie);
    return spec;
  }
  std::vector<TokenId> Ids(std::string_view text) const {
    std::vector<TokenId> ids;
    tokenizer->Encode(text, text::FragmentStart::kContinue, &ids);
    return ids;
  }
  Json Body(std::string_view kind, const engine::SequenceSpec& spec,
            const engine::GenerateSpec& generate) {
    const Asked asked{ServerKindNamed(kind).value(), "m"};
    const auto body = GenerateBody(asked, spec, generate, 1000, *tokenizer, &grammars);
    REQUIRE_MESSAGE(body.ok(), body.status().message());
    return ParseJson(*body).value();
  }
};

std::string FailureOf(const std::variant<EndReason, CheckedFailure>& end) {
  const auto* failure = std::get_if<CheckedFailure>(&end);
  return failure == nullptr ? "" : std::string(engine::FailureKindName(failure->kind));
}

TEST_CASE_FIXTURE(Fixture, "healed bytes are the prompt's, wherever the server writes them") {
  const auto spec = Typed(constrain::IntRange(0, 99).value(), "n=");
  CheckedText text = CheckedText::Make(spec, *tokenizer, false).value();
  CHECK(!text.Push("n"));
  CHECK(text.Take().empty());
  CHECK(!text.Push("=4"));
  CHECK(!text.Push("2"));
  CHECK(text.Take() == "42");
  CHECK(std::get<EndReason>(text.Finish("stop")) == EndReason::kComplete);
  CHECK(text.text() == "42");
  CHECK(tokenizer->Decode(text.Tokens({}), text::FragmentStart::kContinue) == "n=42");

  CheckedText heals = CheckedText::Make(spec, *tokenizer, true).value();
  CHECK(!heals.Push("42"));
  CHECK(heals.text() == "42");
  CheckedText without = CheckedText::Make(spec, *tokenizer, false).value();
  CHECK(without.Push("42").has_value());
  CheckedText ended = CheckedText::Make(spec, *tokenizer, false).value();
  CHECK(FailureOf(ended.Finish("stop")) == "constraint");
}

TEST_CASE_FIXTURE(Fixture, "a text that the type does not allow is a failure that shows it") {
  CheckedText text =
      CheckedText::Make(Typed(constrain::Choice({"tea", "teapot"}).value()), *tokenizer, false)
          .value();
  CHECK(!text.Push("te"));
  const auto failure = text.Push("ach");
  REQUIRE(failure.has_value());
  CHECK(failure->kind == FailureKind::kConstraint);
  CHECK(failure->message == "the server wrote what the type does not allow: \"ch\" behind \"tea\"");
  for (const auto& [written, finish, wanted] : {std::tuple{"te", "stop", "constraint"},
                                                {"te", "length", "limit"},
                                                {"tea", "abort", "remote"},
                                                {"tea", "stop", ""}}) {
    engine::GenerateSpec spec = Typed(constrain::Choice({"tea", "teapot"}).value());
    spec.must_complete = true;
    CheckedText one = CheckedText::Make(spec, *tokenizer, false).value();
    CHECK(!one.Push(written));
    CHECK(FailureOf(one.Finish(finish)) == wanted);
  }
}

TEST_CASE_FIXTURE(Fixture, "stops are found here, too, and what may begin one is held back") {
  engine::GenerateSpec spec;
  spec.stops = {"STOP"};
  CheckedText text = CheckedText::Make(spec, *tokenizer, false).value();
  CHECK(!text.Push("a ST"));
  CHECK(text.Take() == "a ");
  CHECK(!text.Push("Ox"));
  CHECK(text.Take() == "STOx");
  CHECK(!text.Push(" ST"));
  CHECK(!text.Push("OP and more"));
  CHECK(text.stopped());
  CHECK(std::get<EndReason>(text.Finish("")) == EndReason::kStop);
  CHECK(text.Take() == " ");
  CHECK(text.text() == "a STOx ");

  CheckedText held = CheckedText::Make(spec, *tokenizer, false).value();
  CHECK(!held.Push("a ST"));
  CHECK(std::get<EndReason>(held.Finish("stop")) == EndReason::kEndToken);
  CHECK(held.Take() == "a ST");
}

TEST_CASE_FIXTURE(Fixture, "the server's tokens count where they spell its text") {
  CheckedText text = CheckedText::Make({}, *tokenizer, false).value();
  CHECK(!text.Push("abc"));
  const std::vector<TokenId> letters = {Ids("a")[0], Ids("b")[0], Ids("c")[0]};
  std::vector<TokenId> served = letters;
  served.push_back(tokenizer->spec().eot);
  CHECK(text.Tokens(served) == letters);
  CHECK(text.Tokens({Ids("b")[0]}) == Ids("abc"));
  CHECK(text.Tokens({-5, 1 << 30}) == Ids("abc"));
  CHECK(text.Tokens({}) == Ids("abc"));
}

TEST_CASE_FIXTURE(Fixture, "each kind of server is asked in its own words") {
  engine::SequenceSpec spec;
  spec.tokens = {1, 5, 6};
  engine::GenerateSpec generate = Typed(constrain::IntRange(0, 9).value(), "n=");
  generate.max_tokens = 20;
  generate.end_tokens = {2};
  generate.stops = {"=x", "y"};
  const Json lmp = Body("lmp", spec, generate);
  CHECK(lmp["healed_bytes"] == 2);
  CHECK(lmp["max_tokens"] == 20);
  CHECK(lmp["stop"].size() == 2);
  CHECK(lmp["top_k"] == 0);
  CHECK(!lmp.contains("stop_token_ids"));
  const Json vllm = Body("vllm", spec, generate);
  CHECK(vllm["structured_outputs"]["grammar"] == lmp["grammar"]);
  CHECK(vllm["max_tokens"] == 20 + static_cast<int>(Ids("n=").size()));
  CHECK(vllm["stop"] == Json::array({"y"}));  // "=x" could be found in the healed bytes' end
  CHECK(vllm["stop_token_ids"] == Json::array({2}));
  CHECK(vllm["top_k"] == -1);
  CHECK(vllm["seed"].get<uint64_t>() < (1u << 31));
  CHECK(Body("sglang", spec, generate).contains("ebnf"));
  CHECK(Body("llama-server", spec, generate)["repeat_penalty"] == 1);
  generate.min_tokens = 3;
  CHECK(Body("vllm", spec, generate)["min_tokens"] == 3);
  CHECK(GenerateBody({ServerKindNamed("llama-server").value(), "m"}, spec, generate, 1000,
                     *tokenizer, &grammars)
            .status()
            .code() == StatusCode::kUnsupported);
}

TEST_CASE_FIXTURE(Fixture, "servers that score no prompts are made to write what is scored") {
  engine::SequenceSpec spec;
  spec.tokens = {tokenizer->spec().bos};
  for (const TokenId id : Ids("x\"y")) spec.tokens.push_back(id);
  const std::vector<TokenId> option(spec.tokens.begin() + 2, spec.tokens.end());
  const size_t count = option.size();
  REQUIRE(count >= 2);
  spec.tokens.push_back(tokenizer->spec().eot);
  const Asked ids{ServerKindNamed("llama-server").value(), "m"};
  const auto asked = AskScores(ids, spec, count + 1, *tokenizer);
  REQUIRE(asked.ok());
  CHECK(asked->prompt_tokens == 2);
  const Json body = ParseJson(asked->body).value();
  CHECK(body["prompt"] == Json::array({spec.tokens[0], spec.tokens[1]}));
  CHECK(body["grammar"] == "root ::= r1\nr1 ::= \"\\u0022y\"\n");
  CHECK(body["max_tokens"] == count + 1);
  CHECK(body["logit_bias"].size() == count + 1);  // the end, too

  Json content = Json::array();
  double expected = 0;
  for (size_t i = 2; i < spec.tokens.size(); ++i) {
    content.push_back({{"id", spec.tokens[i]}, {"logprob", -1.0 - static_cast<double>(i)}});
    content.back()["top_logprobs"] = Json::array({Json::object()});
    expected += -1.0 - static_cast<double>(i);
  }
  const auto take = [&](const Json& entries) {
    const Json answer = {{"choices", Json::array({{{"logprobs", {{"content", entries}}}}})}};
    return TakeScores(*ids.kind, spec.tokens, count + 1, DumpJson(answer), *tokenizer);
  };
  const auto scores = take(content);
  REQUIRE_MESSAGE(scores.ok(), scores.status().message());
  CHECK(scores->logprobs.size() == count + 1);
  double sum = 0;
  for (const double value : scores->logprobs) sum += value;
  CHECK(sum == expected);
  Json fewer = content, other = content, guessed = content, zero = content;
  fewer.erase(fewer.size() - 1);
  other[0]["id"] = spec.tokens[0];
  guessed[1]["top_logprobs"] = Json::array();
  zero[1]["logprob"] = -3.4e38;
  for (const Json& wrong : {fewer, other, guessed, zero})
    CHECK(take(wrong).status().code() == StatusCode::kCorruption);

  // A part of a character: what comes of it is no text, and such servers say nothing of it.
  spec.tokens = {spec.tokens[0], spec.tokens[1]};
  for (const TokenId id : Ids("\xf0\x9f\x98\x80")) spec.tokens.push_back(id);
  CHECK(AskScores(ids, spec, 1, *tokenizer).status().code() == StatusCode::kUnsupported);
}

TEST_CASE_FIXTURE(Fixture, "the end of a text is scored by echo where a server takes text") {
  engine::SequenceSpec spec;
  spec.tokens = {tokenizer->spec().bos};
  tokenizer->Encode("xy", text::FragmentStart::kMessage, &spec.tokens);
  spec.tokens.push_back(tokenizer->spec().eot);
  const size_t all = spec.tokens.size();
  const Asked text{ServerKindNamed("llama-cpp-python").value(), "m"};
  const auto asked = AskScores(text, spec, 2, *tokenizer);
  REQUIRE_MESSAGE(asked.ok(), asked.status().message());
  CHECK(asked->prompt_tokens == static_cast<int>(all));
  CHECK(ParseJson(asked->body).value()["echo"] == true);
  // It lists the prompt without BOS, whose first value is null, and what it wrote.
  Json texts = Json::array(), values = Json::array();
  for (size_t i = 1; i < all; ++i) {
    texts.push_back(std::string(tokenizer->Bytes(spec.tokens[i])));
    values.push_back(i == 1 ? Json() : Json(-1.0 * static_cast<double>(i)));
  }
  texts.push_back("z");
  values.push_back(-9);
  const auto take = [&](int written) {
    const Json answer = {
        {"choices", Json::array({{{"logprobs", {{"tokens", texts}, {"token_logprobs", values}}}}})},
        {"usage", {{"prompt_tokens", all}, {"completion_tokens", written}}}};
    return TakeScores(*text.kind, spec.tokens, 2, DumpJson(answer), *tokenizer);
  };
  const auto scores = take(1);
  REQUIRE_MESSAGE(scores.ok(), scores.status().message());
  CHECK(scores->logprobs == std::vector<double>{-1.0 * static_cast<double>(all - 2),
                                                -1.0 * static_cast<double>(all - 1)});
  CHECK(take(0).status().code() == StatusCode::kCorruption);
  texts[all - 3] = "w";  // the first scored token
  CHECK(take(1).status().code() == StatusCode::kCorruption);
}

TEST_CASE_FIXTURE(Fixture, "what is private is salted, or not sent") {
  engine::SequenceSpec spec;
  spec.tokens = {1, 5, 6};
  spec.tenant = "ada";
  const std::string salt = Body("vllm", spec, {})["cache_salt"];
  CHECK(salt.size() == 64);
  spec.tenant = "bob";
  CHECK(Body("vllm", spec, {})["cache_salt"] != salt);
  CHECK(GenerateBody({ServerKindNamed("llama-server").value(), "m"}, spec, {}, 1000, *tokenizer,
                     &grammars)
            .status()
            .code() == StatusCode::kUnsupported);
}

TEST_CASE("kinds of servers") {
  CHECK(ServerKindOfOwner("vllm")->name == "vllm");
  CHECK(ServerKindOfOwner("me")->interrupts);
  CHECK(ServerKindOfOwner("openai") == nullptr);
  CHECK(ServerKindNamed("gpt").status().message().find("llama-server") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "seeds differ by generation, and do not by run") {
  engine::SequenceSpec spec;
  spec.tokens = {1, 5};
  engine::GenerateSpec one, other;
  other.sampling.site = 1;
  CHECK(Body("vllm", spec, one)["seed"] == Body("vllm", spec, one)["seed"]);
  CHECK(Body("vllm", spec, one)["seed"] != Body("vllm", spec, other)["seed"]);
  CHECK(Body("lmp", spec, other)["site"] == 1);
}

}  // namespace
}  // namespace lmp::remote
