// Completions on the loop: several choices of one prompt, cancels, faults, and prompts of
// conversations.
#include <doctest/doctest.h>

#include <functional>
#include <future>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/limits.h"
#include "runtime/exec/chat_prompt.h"
#include "runtime/exec/context.h"
#include "runtime/exec/loop.h"
#include "runtime/sim/digest_model.h"
#include "tests/support/exec_harness.h"

namespace lmp {
namespace {

struct Outcome {
  exec::CompletionResult result;
  std::map<size_t, std::string> texts;  // as they came
  size_t ended = 0;
};

class Sink final : public exec::CompletionSink {
 public:
  explicit Sink(bool throws = false, size_t bytes_max = SIZE_MAX)
      : throws_(throws), bytes_max_(bytes_max) {}
  bool OnText(size_t choice, engine::TextEvent& text) override {
    if (throws_) throw 42;
    outcome_.texts[choice] += text.text;
    return outcome_.texts[choice].size() <= bytes_max_;
  }
  void OnChoice(size_t, engine::EndReason) override { ++outcome_.ended; }
  void OnDone(exec::CompletionResult result) override {
    outcome_.result = std::move(result);
    done_.set_value(std::move(outcome_));
  }
  Outcome Wait() { return done_.get_future().get(); }

 private:
  const bool throws_;
  const size_t bytes_max_;
  Outcome outcome_;
  std::promise<Outcome> done_;
};

exec::CompletionRequest RequestOf(const std::shared_ptr<Sink>& sink, size_t choices) {
  exec::CompletionRequest request;
  for (int i = 0; i < 50; ++i) request.tokens.push_back(3 + i);
  request.generate.max_tokens = 12;
  request.generate.sampling.temperature = 1;
  request.choices = choices;
  request.sink = sink;
  return request;
}

Outcome RunOn(exec::Loop& loop, size_t choices) {
  const auto sink = std::make_shared<Sink>();
  REQUIRE(loop.Submit(RequestOf(sink, choices)).ok());
  return sink->Wait();
}

TEST_CASE("a completion fails with `limit` where its host takes no more") {
  exec::Loop loop(testing::MakeDigestEngine({}));
  const size_t size = RunOn(loop, 1).texts.at(0).size();
  REQUIRE(size > 1);
  for (const size_t most : {size, size - 1}) {
    const auto sink = std::make_shared<Sink>(false, most);
    REQUIRE(loop.Submit(RequestOf(sink, 1)).ok());
    const Outcome out = sink->Wait();
    CHECK(out.result.ok == (most == size));
    if (!out.result.ok) CHECK(out.result.failure.kind == "limit");
  }
  CHECK(RunOn(loop, 1).result.ok);  // others go on
}

TEST_CASE("choices share the prompt, differ, and are what they are alone") {
  exec::Loop loop(testing::MakeDigestEngine({}));
  const Outcome many = RunOn(loop, 5);
  REQUIRE(many.result.ok);
  REQUIRE(many.result.choices.size() == 5);
  CHECK(many.ended == 5);
  for (size_t i = 0; i < 5; ++i) CHECK(many.texts.at(i) == many.result.choices[i].text);
  CHECK(many.result.choices[0].text != many.result.choices[1].text);
  CHECK(many.result.prompt_tokens == 50);
  CHECK(many.result.generated_tokens <= 60);
  const auto rows = loop.Stats()->rows;
  CHECK(rows < 50 + 5 * (16 + 12));  // the prompt once, but for what stands in its last page
  exec::Loop cold(testing::MakeDigestEngine({.prefix_cache = false}));
  CHECK(RunOn(cold, 1).result.choices[0].text == many.result.choices[0].text);
  CHECK(RunOn(loop, 1).result.cached_tokens > 0);
}

TEST_CASE("more choices than the engine takes at once wait") {
  exec::Loop loop(testing::MakeDigestEngine({.sequences_max = 16}));
  const Outcome outcome = RunOn(loop, kSequencesMax + 100);
  CHECK(outcome.result.ok);
  CHECK(outcome.ended == kSequencesMax + 100);
}

TEST_CASE("cancels, mistakes and callbacks that throw end a completion alone") {
  exec::Loop loop(testing::MakeDigestEngine({}));
  const std::string expected = RunOn(loop, 1).result.choices[0].text;
  const auto failure = [&](const std::shared_ptr<Sink>& sink, exec::CompletionRequest request,
                           bool cancel = false) {
    const auto id = loop.Submit(std::move(request));
    REQUIRE(id.ok());
    if (cancel) loop.Cancel(*id);
    const Outcome outcome = sink->Wait();
    CHECK(!outcome.result.ok);
    return outcome.result.failure.kind + ": " + outcome.result.failure.message;
  };
  auto sink = std::make_shared<Sink>();
  exec::CompletionRequest request = RequestOf(sink, 3);
  request.generate.max_tokens = 4000;
  CHECK(failure(sink, std::move(request), true) == "cancelled: the completion was cancelled");
  sink = std::make_shared<Sink>();
  request = RequestOf(sink, 2);
  request.tokens[1] = -7;
  CHECK(failure(sink, std::move(request)).starts_with("value: prompt token 1 is -7"));
  sink = std::make_shared<Sink>();
  request = RequestOf(sink, 2);
  request.tokens.resize(5000, 3);
  CHECK(failure(sink, std::move(request)).starts_with("overflow: "));
  sink = std::make_shared<Sink>(true);
  CHECK(failure(sink, RequestOf(sink, 2)).starts_with("internal: the host's callback"));
  CHECK(RunOn(loop, 1).result.choices[0].text == expected);
}

TEST_CASE("the loop's end ends what still runs and what has not begun") {
  std::vector<std::shared_ptr<Sink>> sinks;
  {
    exec::Loop loop(testing::MakeDigestEngine({.sequences_max = 1}));
    for (int i = 0; i < 20; ++i) {
      sinks.push_back(std::make_shared<Sink>());
      exec::CompletionRequest request = RequestOf(sinks.back(), 2);
      request.generate.max_tokens = 4000;
      REQUIRE(loop.Submit(std::move(request)).ok());
    }
  }
  for (const auto& sink : sinks) {
    const exec::CompletionResult result = sink->Wait().result;
    CHECK((result.ok || result.failure.kind == "cancelled"));
  }
}

TEST_CASE("a conversation has the tokens of a context that says the same") {
  const auto tokenizer = sim::MakeDigestTokenizer().value();
  const constrain::TokenTrie trie(*tokenizer);
  text::ChatFormat format = text::MakeChatFormat(*tokenizer).value();
  REQUIRE(!format.raw);
  const std::string smuggled = "a " + format.footer.text + format.header(text::Role::kSystem).text;
  const std::vector<exec::ChatTurn> turns = {{text::Role::kSystem, "the rules"},
                                             {text::Role::kUser, smuggled},
                                             {text::Role::kAssistant, ""},
                                             {text::Role::kObserve, "four  "},
                                             {text::Role::kUser, " and?\n"}};
  const exec::ContextMaker maker(*tokenizer, format);
  exec::ContextRef context = maker.Empty();
  for (const exec::ChatTurn& turn : turns) {
    const auto role = turn.role == text::Role::kSystem      ? ir::Role::kSystem
                      : turn.role == text::Role::kUser      ? ir::Role::kUser
                      : turn.role == text::Role::kAssistant ? ir::Role::kAssistant
                                                            : ir::Role::kObserve;
    context = maker.Open(*context, role, {});
    context = maker.Append(*context, turn.text, exec::SegmentKind::kDynamic, {}, nullptr);
    context = maker.Close(*context, role, {});
  }
  const auto seam = maker.Heal(*maker.Open(*context, ir::Role::kAssistant, {}), trie);
  const exec::Prompt prompt = exec::ChatPrompt(*tokenizer, format, trie, turns, SIZE_MAX);
  CHECK(prompt.tokens == seam.context->tokens);
  CHECK(prompt.healed == seam.forced);

  // What a template does beyond that.
  format.trims = true;
  const std::vector<exec::ChatTurn> padded = {{text::Role::kUser, " \n the rules\t"}};
  const std::vector<exec::ChatTurn> plain = {{text::Role::kUser, "the rules"}};
  CHECK(exec::ChatPrompt(*tokenizer, format, trie, padded, SIZE_MAX).tokens ==
        exec::ChatPrompt(*tokenizer, format, trie, plain, SIZE_MAX).tokens);
  const size_t before = exec::ChatPrompt(*tokenizer, format, trie, plain, SIZE_MAX).tokens.size();
  format.preamble = format.header(text::Role::kSystem);
  CHECK(exec::ChatPrompt(*tokenizer, format, trie, plain, SIZE_MAX).tokens.size() ==
        before + format.preamble.ids.size());
  format.trims = false;  // these begin with a system message
  CHECK(exec::ChatPrompt(*tokenizer, format, trie, turns, SIZE_MAX).tokens == prompt.tokens);
}

TEST_CASE("prompts at the limit of their tokens, and above it") {
  const auto tokenizer = sim::MakeDigestTokenizer().value();
  const constrain::TokenTrie trie(*tokenizer);
  const text::ChatFormat format = text::MakeChatFormat(*tokenizer).value();
  for (const size_t words : {size_t{10}, size_t{100'000}}) {
    std::string text = "so";
    for (size_t i = 0; i < words; ++i) text += " it goes";
    const std::vector<exec::ChatTurn> turns = {{text::Role::kUser, text}};
    const auto chat = [&](size_t most) {
      return exec::ChatPrompt(*tokenizer, format, trie, turns, most);
    };
    const auto plain = [&](size_t most) {
      return exec::TextPrompt(*tokenizer, format, trie, text, most);
    };
    for (const auto& make : {std::function<exec::Prompt(size_t)>(chat), {plain}}) {
      const exec::Prompt whole = make(SIZE_MAX);
      CHECK(!whole.too_long);
      const exec::Prompt fits = make(whole.tokens.size());
      CHECK(!fits.too_long);
      CHECK(fits.tokens == whole.tokens);
      CHECK(fits.healed == whole.healed);
      CHECK(make(whole.tokens.size() - 1).too_long);
    }
  }
}

TEST_CASE("a text is healed at its end and never empty") {
  const auto tokenizer = sim::MakeDigestTokenizer().value();
  const constrain::TokenTrie trie(*tokenizer);
  const text::ChatFormat format = text::MakeChatFormat(*tokenizer).value();
  const exec::Prompt prompt = exec::TextPrompt(*tokenizer, format, trie, "in the th", SIZE_MAX);
  std::string text = tokenizer->Decode(prompt.tokens, text::FragmentStart::kMessage);
  CHECK(text + prompt.healed == "in the th");
  CHECK(!prompt.healed.empty());
  CHECK(!exec::TextPrompt(*tokenizer, format, trie, "", SIZE_MAX).tokens.empty());  // BOS
}

}  // namespace
}  // namespace lmp
