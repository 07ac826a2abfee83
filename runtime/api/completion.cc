// Completions of lmp.h over exec::Loop.
#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "runtime/api/engine_impl.h"
#include "runtime/api/state.h"
#include "runtime/base/limits.h"
#include "runtime/base/spin.h"
#include "runtime/constrain/gbnf.h"
#include "runtime/exec/chat_prompt.h"
#include "runtime/exec/text_form.h"

namespace lmp {

struct TextForm::State {
  constrain::GrammarRef grammar;
};

TextForm TextForm::JsonObject() {
  static const TextForm form(
      std::make_shared<const State>(State{exec::FormOfJsonObject().grammar}));
  return form;
}

Result<TextForm> TextForm::Gbnf(std::string_view grammar) {
  return api::Wall<TextForm>([&]() -> Result<TextForm> {
    LMP_TRY(constrain::GrammarRef made, constrain::GbnfGrammar(grammar));
    LMP_RETURN_IF_ERROR(exec::TryStart(made));
    return TextForm(std::make_shared<const State>(State{std::move(made)}));
  });
}

SchemaOutcome FormOfSchema(std::string_view schema) {
  Result<exec::TextForm> formed = api::Wall<exec::TextForm>(
      [&]() -> Result<exec::TextForm> { return exec::FormOfJsonSchema(schema); });
  SchemaOutcome out;
  if (!formed.ok()) {
    out.refused.push_back({"", "", formed.status().message(), formed.status().message()});
    return out;
  }
  exec::TextForm made = *std::move(formed);
  for (constrain::SchemaProblem& problem : made.refused) {
    std::string text = problem.ToText();
    out.refused.push_back({std::move(problem.pointer), std::move(problem.keyword),
                           std::move(problem.reason), std::move(text)});
  }
  if (out.refused.empty()) {
    out.form.emplace(
        std::make_shared<const TextForm::State>(TextForm::State{std::move(made.grammar)}));
  }
  return out;
}

namespace api {

namespace {

std::string_view FinishOf(engine::EndReason reason) {
  return reason == engine::EndReason::kLength ? "length" : "stop";
}

// The host's end of one completion: filled on the engine thread, awaited on the caller's.
class CompletionState final : public exec::CompletionSink {
 public:
  CompletionState(CompletionRequest request, std::shared_ptr<const text::Tokenizer> tokenizer)
      : request_(std::move(request)), tokenizer_(std::move(tokenizer)) {
    report_.choices.resize(request_.choices);
  }

  void OnText(size_t choice, engine::TextEvent& event) override {
    std::vector<ScoredToken> tokens;
    for (engine::TokenScore& score : event.scores) tokens.push_back(Scored(std::move(score)));
    {
      std::lock_guard lock(emit_mutex_);
      if (!detached_ && request_.on_piece) request_.on_piece({choice, event.text, tokens});
    }
    std::move(tokens.begin(), tokens.end(), std::back_inserter(report_.choices[choice].tokens));
  }
  void OnChoice(size_t choice, engine::EndReason reason) override {
    std::lock_guard lock(emit_mutex_);
    if (!detached_ && request_.on_choice) request_.on_choice(choice, FinishOf(reason));
  }
  void OnDone(exec::CompletionResult result) override {
    report_.ok = result.ok;
    report_.failure = {std::move(result.failure.kind), std::move(result.failure.message), "", ""};
    report_.prompt_tokens = result.prompt_tokens;
    report_.cached_tokens = result.cached_tokens;
    report_.generated_tokens = result.generated_tokens;
    for (size_t i = 0; i < result.choices.size(); ++i) {
      CompletionChoice& choice = report_.choices[i];
      choice.text = std::move(result.choices[i].text);
      choice.finish = FinishOf(result.choices[i].reason);
      choice.ids.assign(result.choices[i].tokens.begin(), result.choices[i].tokens.end());
      const std::vector<double>& scores = result.choices[i].logprobs;
      const auto scored = request_.tokens.end() - static_cast<ptrdiff_t>(scores.size());
      for (size_t at = 0; at < scores.size(); ++at) {
        const auto id = static_cast<TokenId>(scored[static_cast<ptrdiff_t>(at)]);
        choice.tokens.push_back({std::string(tokenizer_->Bytes(id)), scores[at], {}});
      }
    }
    {
      std::lock_guard lock(mutex_);
      done_.store(true, std::memory_order_release);
      ended_.notify_all();
    }
    std::lock_guard lock(emit_mutex_);
    if (detached_ || !request_.on_done) return;
    try {
      request_.on_done();
    } catch (...) {  // the completion has ended already: there is nothing left to fail
    }
  }
  // No callback begins after this, and none of another thread is still going on.
  void Detach() {
    std::lock_guard lock(emit_mutex_);
    detached_ = true;
  }
  const CompletionReport& Wait() {
    if (SpinUntil([this] { return done(); })) return report_;
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return done(); });
    return report_;
  }
  bool done() const { return done_.load(std::memory_order_acquire); }

 private:
  ScoredToken Scored(engine::TokenScore score) const {
    ScoredToken out{std::move(score.bytes), score.logprob, {}};
    for (const engine::TokenScore::Likely& likely : score.top) {
      const std::string_view bytes = tokenizer_->Bytes(likely.id);
      const std::string& piece = tokenizer_->spec().pieces[static_cast<size_t>(likely.id)];
      out.top.push_back({bytes.empty() ? piece : std::string(bytes), likely.logprob});
    }
    return out;
  }

  const CompletionRequest request_;
  const std::shared_ptr<const text::Tokenizer> tokenizer_;
  std::recursive_mutex emit_mutex_;  // a callback may destroy its own completion
  bool detached_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::atomic<bool> done_{false};  // report_ does not change any more
  CompletionReport report_;
};

class CompletionImpl final : public Completion {
 public:
  CompletionImpl(std::function<void()> cancel, std::shared_ptr<CompletionState> state)
      : cancel_(std::move(cancel)), state_(std::move(state)) {}
  ~CompletionImpl() override {
    state_->Detach();
    Cancel();
  }
  const CompletionReport& Wait() override { return state_->Wait(); }
  bool done() const override { return state_->done(); }
  void Cancel() override {
    if (!state_->done()) cancel_();
  }

 private:
  const std::function<void()> cancel_;  // the engine may be gone
  const std::shared_ptr<CompletionState> state_;
};

Status CheckRequest(const CompletionRequest& request) {
  const int prompts = (request.messages.empty() ? 0 : 1) + (request.text ? 1 : 0) +
                      (request.tokens.empty() ? 0 : 1);
  if (prompts != 1) {
    return InvalidArgument("a completion needs one of messages, text and tokens, found " +
                           std::to_string(prompts));
  }
  if (request.choices < 1 || request.choices > kChoicesMax) {
    return InvalidArgument("choices: expected 1 to " + std::to_string(kChoicesMax) + ", found " +
                           std::to_string(request.choices));
  }
  if (request.tokens_max < 0) return InvalidArgument("tokens_max must not be negative");
  if (request.healed_bytes != 0 && (request.healed_bytes < 0 || request.tokens.empty()))
    return InvalidArgument("healed_bytes needs a prompt of tokens and must not be negative");
  if (request.score_tokens < 0) return InvalidArgument("score_tokens must not be negative");
  if (request.score_tokens > 0 && request.tokens.empty())
    return InvalidArgument("score_tokens needs a prompt of tokens");
  const int top = request.top_logprobs.value_or(0);
  if (top < 0 || top > kTopLogprobsMax) {
    return InvalidArgument("top_logprobs: expected 0 to " + std::to_string(kTopLogprobsMax) +
                           ", found " + std::to_string(top));
  }
  return OkStatus();
}

Result<text::Role> RoleOf(const std::string& name) {
  constexpr std::array<std::string_view, text::kRoleCount> kNames = {"system", "user", "assistant",
                                                                     "observe"};
  const auto* found = std::find(kNames.begin(), kNames.end(), name);
  if (found != kNames.end()) return static_cast<text::Role>(found - kNames.begin());
  return InvalidArgument("the role \"" + name +
                         "\" is unknown: expected system, user, assistant or observe");
}

}  // namespace

Result<std::unique_ptr<Completion>> EngineImpl::Complete(CompletionRequest request) {
  return Wall<std::unique_ptr<Completion>>([&]() -> Result<std::unique_ptr<Completion>> {
    LMP_RETURN_IF_ERROR(CheckProcess());
    LMP_RETURN_IF_ERROR(CheckRequest(request));
    exec::Prompt prompt;
    if (request.text) {
      prompt = exec::TextPrompt(*tokenizer_, format_, *trie_, *request.text);
    } else if (!request.tokens.empty()) {
      prompt.tokens.assign(request.tokens.begin(), request.tokens.end());
    } else {
      if (format_.raw) {
        return InvalidArgument(format_.refusal.empty()
                                   ? "the model has no chat format: it takes text, no messages"
                                   : "the model takes text, no messages: " + format_.refusal);
      }
      std::vector<exec::ChatTurn> turns;
      for (const ChatMessage& message : request.messages) {
        LMP_TRY(const text::Role role, RoleOf(message.role));
        turns.push_back({role, message.text});
      }
      prompt = exec::ChatPrompt(*tokenizer_, format_, *trie_, turns);
    }
    if (prompt.tokens.empty())
      return InvalidArgument("the prompt is empty, and this model has no token to begin from");

    exec::CompletionRequest out;
    engine::GenerateSpec& generate = out.generate;
    // Tokens that only spell healed bytes again stand in the context, too.
    const int64_t left = std::min<int64_t>(summary_.context_max, kv_tokens_max_ + 1) -
                         static_cast<int64_t>(prompt.tokens.size() + prompt.healed.size());
    const int64_t wanted = request.tokens_max == 0 ? left : request.tokens_max;
    generate.max_tokens = static_cast<int>(std::max<int64_t>(1, std::min(wanted, left)));
    generate.sampling.temperature = request.temperature;
    generate.sampling.top_p = request.top_p;
    generate.sampling.min_p = request.min_p;
    generate.sampling.top_k = request.top_k;
    generate.min_tokens = std::min(request.tokens_min, generate.max_tokens);
    generate.sampling.seed = request.seed;
    generate.sampling.site = request.site;
    generate.stops = request.stops;
    generate.end_tokens = format_.ends;
    generate.healed_bytes = static_cast<int>(prompt.healed.size()) + request.healed_bytes;
    generate.top_scores = request.top_logprobs.value_or(-1);
    if (request.form.state() != nullptr || !prompt.healed.empty()) {
      constrain::GrammarRef grammar =
          request.form.state() != nullptr ? request.form.state()->grammar : constrain::AnyText();
      if (!prompt.healed.empty())
        grammar = constrain::Prefixed(std::move(prompt.healed), std::move(grammar));
      generate.matcher.emplace(std::move(grammar), trie_);
    }
    out.tokens = std::move(prompt.tokens);
    out.score_tokens = request.score_tokens;
    out.choices = request.choices;
    out.tenant = request.tenant;
    auto state = std::make_shared<CompletionState>(std::move(request), tokenizer_);
    out.sink = state;
    LMP_TRY(const exec::RunId id, loop_.Submit(std::move(out)));
    return std::unique_ptr<Completion>(
        std::make_unique<CompletionImpl>(loop_.CancellerOf(id), std::move(state)));
  });
}

}  // namespace api
}  // namespace lmp
