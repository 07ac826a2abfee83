// Scores of generated tokens: those of a ScoreSpec over the same tokens, bit for bit, drawn, jumped
// over or cut, whatever the batch; and they spell the text.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/sim/sim_engine.h"

namespace lmp::engine {
namespace {

using sim::MakeDigestEngine;

struct Scored {
  FinishedEvent end;
  std::string text;  // of the text events
  std::vector<TokenScore> scores;

  std::string Bytes() const {
    std::string bytes;
    for (const TokenScore& score : scores) bytes += score.bytes;
    return bytes;
  }
};

Scored Run(Engine& engine, SequenceSpec spec) {
  const SequenceId id = engine.Start(std::move(spec)).value();
  Scored out;
  while (engine.HasWork()) {
    std::vector<SequenceEvent> events;
    REQUIRE(engine.Step(&events).ok());
    for (SequenceEvent& event : events) {
      if (auto* text = std::get_if<TextEvent>(&event); text != nullptr && text->id == id) {
        out.text += text->text;
        for (TokenScore& score : text->scores) out.scores.push_back(std::move(score));
        CHECK(out.Bytes().size() <= out.text.size());  // never ahead of the text
      }
      if (auto* end = std::get_if<FinishedEvent>(&event); end != nullptr && end->id == id)
        out.end = std::move(*end);
      CHECK(!std::holds_alternative<FailedEvent>(event));
    }
  }
  return out;
}

struct Fixture {
  sim::Vocabulary vocabulary = sim::MakeVocabulary();

  SequenceSpec Spec(int top, std::optional<constrain::GrammarRef> grammar = {}) const {
    Rng rng(5);
    SequenceSpec spec;
    spec.tokens = sim::RandomTokens(rng, vocabulary, 40);
    GenerateSpec generate;
    generate.max_tokens = 20;
    generate.sampling.temperature = 1;
    generate.sampling.seed = 9;
    generate.top_scores = top;
    if (grammar) generate.matcher.emplace(*std::move(grammar), vocabulary.trie);
    spec.work = std::move(generate);
    return spec;
  }
  // Log-probabilities of `tokens` behind the prompt of Spec.
  std::vector<double> Oracle(const std::vector<TokenId>& tokens) const {
    SequenceSpec spec = Spec(-1);
    spec.tokens = sim::Join(std::move(spec.tokens), tokens);
    spec.work = ScoreSpec{static_cast<int>(tokens.size())};
    const auto engine = MakeDigestEngine(vocabulary, {}, {.end_period = 0});
    const SequenceId id = engine->Start(std::move(spec)).value();
    sim::Ends ends;
    REQUIRE(RunToEnd(*engine, &ends).ok());
    return ends.finished.at(id).logprobs;
  }
};

const std::vector<EngineOptions>& Options() {
  static const std::vector<EngineOptions> options = {
      {}, {.step_tokens_max = 3}, {.prefix_cache = false, .preempt_every = 3}};
  return options;
}

TEST_CASE_FIXTURE(Fixture, "scores are those of the tokens as a prompt") {
  const std::vector<std::optional<constrain::GrammarRef>> grammars = {
      std::nullopt, constrain::Choice({"the end of the day"}).value(),         // forced whole
      constrain::Choice({"the end of the day", "the end of a week"}).value(),  // begins forced
      constrain::Prefixed("the ", constrain::Choice({"other", "others"}).value())};
  for (const auto& grammar : grammars) {
    for (const EngineOptions& options : Options()) {
      for (const int top : {0, 3}) {
        const auto engine = MakeDigestEngine(vocabulary, options, {.end_period = 0});
        const Scored scored = Run(*engine, Spec(top, grammar));
        REQUIRE(!scored.end.tokens.empty());
        CHECK(scored.text == scored.end.text);
        CHECK(scored.Bytes() ==
              vocabulary.tokenizer->Decode(scored.end.tokens, text::FragmentStart::kContinue));
        const std::vector<double> oracle = Oracle(scored.end.tokens);
        REQUIRE(scored.scores.size() == oracle.size());
        for (size_t i = 0; i < oracle.size(); ++i) {
          CHECK(scored.scores[i].id == scored.end.tokens[i]);
          CHECK(scored.scores[i].logprob == oracle[i]);
          CHECK(scored.scores[i].top.size() == static_cast<size_t>(top));
          for (size_t k = 1; k < scored.scores[i].top.size(); ++k)
            CHECK(scored.scores[i].top[k - 1].logprob >= scored.scores[i].top[k].logprob);
        }
        // The text is the same without them.
        CHECK(Run(*engine, Spec(-1, grammar)).end.text == scored.end.text);
      }
    }
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "healed bytes have no score, and a cut token has that of its kept part") {
  SequenceSpec healed = Spec(0, constrain::Prefixed("the ", constrain::Choice({"other"}).value()));
  std::get<GenerateSpec>(healed.work).healed_bytes = 4;
  for (const EngineOptions& options : Options()) {
    const auto engine = MakeDigestEngine(vocabulary, options, {.end_period = 0});
    SequenceSpec again = healed;
    const Scored scored = Run(*engine, std::move(again));
    CHECK(scored.end.text == "other");
    CHECK(scored.Bytes() == "other");

    const std::string whole = Run(*engine, Spec(2)).end.text;
    for (size_t at = 1; at + 2 <= whole.size(); ++at) {
      SequenceSpec cut = Spec(2);
      std::get<GenerateSpec>(cut.work).stops = {whole.substr(at, 2)};
      const Scored stopped = Run(*engine, std::move(cut));
      CHECK(stopped.Bytes() == stopped.end.text);
      CHECK(stopped.text == stopped.end.text);
    }
    // A stop inside of what is forced.
    SequenceSpec forced = Spec(1, constrain::Choice({"the end of the day"}).value());
    std::get<GenerateSpec>(forced.work).stops = {"f t"};
    const Scored stopped = Run(*engine, std::move(forced));
    CHECK(stopped.end.text == "the end o");
    CHECK(stopped.Bytes() == "the end o");
  }
}

TEST_CASE_FIXTURE(Fixture, "more likely tokens than there are tokens are refused") {
  const auto engine = MakeDigestEngine(vocabulary, {});
  const int size = vocabulary.tokenizer->vocabulary();
  CHECK(engine->Start(Spec(size + 1)).status().code() == StatusCode::kInvalidArgument);
  const Scored scored = Run(*engine, Spec(size));
  double total = 0;
  for (const TokenScore::Likely& likely : scored.scores.at(0).top)
    total += std::exp(likely.logprob);
  CHECK(total == doctest::Approx(1));
}

}  // namespace
}  // namespace lmp::engine
