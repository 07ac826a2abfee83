#include "runtime/remote/scores.h"

#include <algorithm>

#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/constrain/gbnf_text.h"

namespace lmp::remote {
namespace {

using Score = ServerKind::Score;

constexpr double kBias = 100;         // more than logits differ by
constexpr double kLogprobMin = -1e9;  // llama-server's for a probability that it rounds to 0

Score WayOf(const ServerKind& kind, TokenId last, const text::Tokenizer& tokenizer) {
  const bool unsaid = kind.score == Score::kForced && !kind.takes_ids && tokenizer.IsControl(last);
  return unsaid ? Score::kEcho : kind.score;
}

bool AddsBos(const text::Tokenizer& tokenizer) {
  return tokenizer.spec().add_bos && tokenizer.spec().bos >= 0;
}

// What a server may write, so that it writes these tokens.
Status Force(std::span<const TokenId> scored, const text::Tokenizer& tokenizer, Json* body) {
  std::string text;
  Json bias = Json::object();
  for (size_t i = 0; i < scored.size(); ++i) {
    bias[std::to_string(scored[i])] = kBias;
    const bool ends = i + 1 == scored.size() && tokenizer.IsControl(scored[i]);
    const std::string_view bytes = tokenizer.Bytes(scored[i]);
    if (!ends && (bytes.empty() || !IsValidUtf8(bytes))) {
      return Unsupported(
          "`select`: a token of an option is a part of a character, and of such ones this kind of "
          "server does not say the probability");
    }
    text += bytes;
  }
  std::string grammar = "root ::= \"\"";
  if (!text.empty()) {
    LMP_TRY(const constrain::GrammarRef literal, constrain::Choice({text}));
    LMP_TRY(grammar, constrain::GbnfText(*literal));
  }
  (*body)["grammar"] = std::move(grammar);
  (*body)["logit_bias"] = std::move(bias);
  (*body)["max_tokens"] = scored.size();
  (*body)["logprobs"] = 1;
  return OkStatus();
}

// Of the tokens that an answer lists: those that were asked for.
Result<std::span<const ServedToken>> ListedOf(const ServedTokens& served,
                                              std::span<const TokenId> tokens, size_t count,
                                              Score way, const text::Tokenizer& tokenizer) {
  std::span<const ServedToken> listed = served.tokens;
  size_t expected = count;
  if (way == Score::kEcho) {  // the prompt without each BOS, then what it has written
    const auto bos = std::count(tokens.begin(), tokens.end(), tokenizer.spec().bos);
    const size_t prompt = tokens.size() - static_cast<size_t>(bos);
    expected = prompt + static_cast<size_t>(served.usage.completion_tokens);
    if (listed.size() == expected) return listed.subspan(prompt - count, count);
  }
  if (listed.size() != expected) {
    return Corruption("the server lists " + std::to_string(listed.size()) +
                      " tokens with their probabilities, expected " + std::to_string(expected));
  }
  return listed;
}

}  // namespace

Result<ScoreQuestion> AskScores(const Asked& asked, const engine::SequenceSpec& spec, size_t count,
                                const text::Tokenizer& tokenizer) {
  const std::span<const TokenId> all = spec.tokens;
  const Score way = WayOf(*asked.kind, all.back(), tokenizer);
  const std::span<const TokenId> prompt =
      way == Score::kForced ? all.first(all.size() - count) : all;
  LMP_TRY(Json body, PromptBody(asked, spec, prompt, tokenizer));
  body["stream"] = false;
  body["temperature"] = 0;
  body["max_tokens"] = 1;
  if (way == Score::kScoreTokens) {
    body["score_tokens"] = count;
  } else if (way == Score::kForced) {
    LMP_RETURN_IF_ERROR(Force(all.last(count), tokenizer, &body));
  } else {
    body["echo"] = true;
    body["logprobs"] = 1;
    // Without BOS it gives each token the value of the one behind it.
    if (!asked.kind->takes_ids && !AddsBos(tokenizer)) {
      return Unsupported(
          "`select` by likelihood: of a model without BOS llama_cpp.server does not say how "
          "probable the end of a text is; options that differ in their first tokens need it only "
          "`with method: likelihood`");
    }
  }
  return ScoreQuestion{DumpJson(body), static_cast<int>(prompt.size())};
}

Result<ServedScores> TakeScores(const ServerKind& kind, std::span<const TokenId> tokens,
                                size_t count, std::string_view answer,
                                const text::Tokenizer& tokenizer) {
  if (kind.score == Score::kScoreTokens) return ReadScores(answer, 0, count);
  if (kind.score == Score::kEcho) return ReadScores(answer, tokens.size() - count, tokens.size());
  LMP_TRY(ServedTokens served, ReadTokens(answer));
  const std::span<const TokenId> scored = tokens.last(count);
  LMP_TRY(const std::span<const ServedToken> listed,
          ListedOf(served, tokens, count, WayOf(kind, scored.back(), tokenizer), tokenizer));
  ServedScores out;
  out.usage = served.usage;
  for (size_t i = 0; i < count; ++i) {
    const ServedToken& token = listed[i];
    const std::string_view bytes = tokenizer.Bytes(scored[i]);
    // Parts of characters are left out of texts; they are only echoed, and PromptText has checked.
    const bool same =
        token.id ? *token.id == scored[i] : token.text == bytes || !IsValidUtf8(bytes);
    if (!same) {
      return Corruption(
          "the server wrote " +
          (token.id ? "the token " + std::to_string(*token.id) : QuoteText(token.text)) +
          " where the probability of " + std::to_string(scored[i]) + " (" +
          QuoteText(std::string(bytes)) + ") was asked for");
    }
    if (!token.logprob || *token.logprob < kLogprobMin) {
      return Corruption("the server does not say how probable " + QuoteText(std::string(bytes)) +
                        " was: it guessed it (speculative decoding), or rounds it to 0");
    }
    out.logprobs.push_back(*token.logprob);
  }
  return out;
}

}  // namespace lmp::remote
