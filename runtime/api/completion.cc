// Completions of lmp.h over exec::Loop.
#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>

#include "runtime/api/closed_objects.h"
#include "runtime/api/engine_impl.h"
#include "runtime/api/state.h"
#include "runtime/base/json.h"
#include "runtime/base/limits.h"
#include "runtime/base/spin.h"
#include "runtime/constrain/gbnf.h"
#include "runtime/exec/chat_prompt.h"
#include "runtime/exec/text_form.h"
#include "runtime/exec/tool_form.h"

namespace lmp {

struct TextForm::State {
  constrain::GrammarRef grammar;
};

struct ChatTools::State {
  std::shared_ptr<const text::ToolChat> chat;  // of the engine
  ToolRules rules;
  constrain::GrammarRef grammar;

  exec::ToolChoice choice() const { return ChoiceOf(rules.choice); }
  static exec::ToolChoice ChoiceOf(ToolRules::Choice choice) {
    switch (choice) {
      case ToolRules::Choice::kNone:
        return exec::ToolChoice::kNone;
      case ToolRules::Choice::kAuto:
        return exec::ToolChoice::kAuto;
      case ToolRules::Choice::kRequired:
        break;
    }
    return exec::ToolChoice::kRequired;
  }
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

namespace {

SchemaRefusal RefusalOf(constrain::SchemaProblem problem) {
  std::string text = problem.ToText();
  return {std::move(problem.pointer), std::move(problem.keyword), std::move(problem.reason),
          std::move(text)};
}

}  // namespace

SchemaOutcome FormOfSchema(std::string_view schema) {
  Result<exec::TextForm> formed = api::Wall<exec::TextForm>(
      [&]() -> Result<exec::TextForm> { return exec::FormOfJsonSchema(schema); });
  SchemaOutcome out;
  if (!formed.ok()) {
    out.refused.push_back({"", "", formed.status().message(), formed.status().message()});
    return out;
  }
  exec::TextForm made = *std::move(formed);
  for (constrain::SchemaProblem& problem : made.refused)
    out.refused.push_back(RefusalOf(std::move(problem)));
  if (out.refused.empty()) {
    out.form.emplace(
        std::make_shared<const TextForm::State>(TextForm::State{std::move(made.grammar)}));
  }
  return out;
}

namespace api {

namespace {

// The host's end of one completion: filled on the engine thread, awaited on the caller's.
class CompletionState final : public exec::CompletionSink {
 public:
  CompletionState(CompletionRequest request, std::shared_ptr<const text::Tokenizer> tokenizer)
      : request_(std::move(request)), tokenizer_(std::move(tokenizer)) {
    report_.choices.resize(request_.choices);
    const auto& tools = request_.tools.state();
    if (tools == nullptr || tools->rules.choice == ToolRules::Choice::kNone) return;
    for (size_t i = 0; i < request_.choices; ++i)
      readers_.emplace_back(&tools->chat->call_form(), tools->choice());
  }

  bool OnText(size_t choice, engine::TextEvent& event) override {
    std::vector<ScoredToken> tokens;
    for (engine::TokenScore& score : event.scores) tokens.push_back(Scored(std::move(score)));
    report_bytes_ += request_.report ? BytesOf(event.text, tokens) : 0;
    if (request_.report_bytes_max != 0 && report_bytes_ > request_.report_bytes_max) return false;
    if (readers_.empty()) {
      Tell({choice, event.text, tokens});
    } else {
      std::vector<exec::CallReader::Piece> pieces;
      readers_[choice].Push(event.text, &pieces);
      if (pieces.empty() && !tokens.empty()) pieces.emplace_back();
      TellAll(choice, pieces, tokens);
    }
    if (!request_.report) return true;
    std::move(tokens.begin(), tokens.end(), std::back_inserter(report_.choices[choice].tokens));
    return true;
  }
  void OnChoice(size_t choice, engine::EndReason reason) override {
    if (!readers_.empty()) {
      std::vector<exec::CallReader::Piece> pieces;
      readers_[choice].End(&pieces);
      TellAll(choice, pieces, {});
    }
    std::lock_guard lock(emit_mutex_);
    if (!detached_ && request_.on_choice) request_.on_choice(choice, FinishOf(choice, reason));
  }
  void OnDone(exec::CompletionResult result) override {
    report_.ok = result.ok;
    report_.failure = {std::move(result.failure.kind), std::move(result.failure.message), "", ""};
    report_.prompt_tokens = result.prompt_tokens;
    report_.cached_tokens = result.cached_tokens;
    report_.generated_tokens = result.generated_tokens;
    for (size_t i = 0; i < result.choices.size(); ++i) {
      CompletionChoice& choice = report_.choices[i];
      if (readers_.empty() && request_.report) choice.text = std::move(result.choices[i].text);
      choice.finish = FinishOf(i, result.choices[i].reason);
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
  // It has ended before it began. The caller's thread.
  void Overflow(std::string message) {
    exec::CompletionResult result;
    result.failure = {"overflow", std::move(message), "", {}};
    result.choices.resize(request_.choices);
    OnDone(std::move(result));
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
  // In memory, about.
  static uint64_t BytesOf(std::string_view text, const std::vector<ScoredToken>& tokens) {
    uint64_t bytes = text.size();
    for (const ScoredToken& token : tokens)
      bytes += sizeof token + token.text.size() + token.top.size() * sizeof(ScoredToken::Likely);
    return bytes;
  }
  std::string_view FinishOf(size_t choice, engine::EndReason reason) const {
    if (reason == engine::EndReason::kLength) return "length";
    return report_.choices[choice].calls.empty() ? "stop" : "tool_calls";
  }
  void Tell(const CompletionPiece& piece) {
    std::lock_guard lock(emit_mutex_);
    if (!detached_ && request_.on_piece) request_.on_piece(piece);
  }
  // The tokens are those of all pieces: the first one has them.
  void TellAll(size_t choice, const std::vector<exec::CallReader::Piece>& pieces,
               const std::vector<ScoredToken>& tokens) {
    static const std::vector<ScoredToken> kNone;
    CompletionChoice& out = report_.choices[choice];
    for (const exec::CallReader::Piece& piece : pieces) {
      if (!piece.name.empty()) out.calls.push_back({piece.name, ""});
      if (request_.report) (piece.call < 0 ? out.text : out.calls.back().arguments) += piece.text;
      Tell({choice, piece.text, &piece == pieces.data() ? tokens : kNone, piece.call, piece.name});
    }
  }
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
  std::vector<exec::CallReader> readers_;  // one per choice that may call tools
  std::recursive_mutex emit_mutex_;        // a callback may destroy its own completion
  bool detached_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::atomic<bool> done_{false};  // report_ does not change any more
  uint64_t report_bytes_ = 0;
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
  if (request.tools.state() != nullptr) {
    if (request.messages.empty()) return InvalidArgument("tools need messages");
    const bool calls = request.tools.state()->rules.choice != ToolRules::Choice::kNone;
    if (calls && request.form.state() != nullptr)
      return InvalidArgument("an answer that may call tools has no form besides theirs");
  }
  if (request.tokens_max < 0) return InvalidArgument("tokens_max must not be negative");
  if (request.healed_bytes != 0 && (request.healed_bytes < 0 || request.tokens.empty()))
    return InvalidArgument("healed_bytes: expected a prompt of token ids, and no negative number");
  if (request.score_tokens < 0) return InvalidArgument("score_tokens: expected no negative number");
  if (request.score_tokens > 0 && request.tokens.empty())
    return InvalidArgument("score_tokens: expected a prompt of token ids");
  const auto prompt_tokens = static_cast<int64_t>(request.tokens.size());
  if (request.score_tokens > 0 && request.score_tokens >= prompt_tokens) {
    return InvalidArgument("score_tokens: expected less than the " + std::to_string(prompt_tokens) +
                           " tokens of the prompt, found " + std::to_string(request.score_tokens));
  }
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

// Stop strings are looked for in the text: a call is none, and its arguments stay whole.
void StopInTextOnly(const ChatTools::State& tools, engine::GenerateSpec* generate) {
  if (tools.rules.choice == ToolRules::Choice::kRequired) generate->stops.clear();
  if (tools.rules.choice != ToolRules::Choice::kAuto) return;
  const text::CallForm& form = tools.chat->call_form();
  generate->stops_until = form.mark.empty() ? form.begin : form.mark;
}

bool IsToolName(std::string_view name) {
  return !name.empty() && name.size() <= kToolNameBytesMax &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
}

Status CheckRules(const ToolRules& rules) {
  if (rules.tools.empty() || rules.tools.size() > kChatToolsMax) {
    return InvalidArgument("expected 1 to " + std::to_string(kChatToolsMax) + " tools, found " +
                           std::to_string(rules.tools.size()));
  }
  std::set<std::string_view> names;
  for (const ChatTool& tool : rules.tools) {
    if (!IsToolName(tool.name)) {
      return InvalidArgument("the name of a tool: expected 1 to " +
                             std::to_string(kToolNameBytesMax) + " letters, digits, `_` and `-`");
    }
    if (!names.insert(tool.name).second)
      return InvalidArgument("two tools have the name `" + tool.name + "`");
  }
  if (!rules.only.empty() && !names.contains(rules.only))
    return InvalidArgument("there is no tool `" + rules.only + "`");
  return OkStatus();
}

// The turn as it was generated, when the arguments of a call were cut and so are no JSON.
std::string TextOfCalls(const text::ToolTurn& turn, const text::CallForm& form) {
  std::string text(turn.text);
  for (size_t i = 0; i < turn.calls.size(); ++i) {
    const text::ToolCallText& call = turn.calls[i];
    if (!text.empty()) text += form.between;
    text += form.begin + std::string(call.name) + form.middle + std::string(call.arguments);
    if (ParseJson(call.arguments).ok()) text += form.end;
  }
  return text;
}

// A schema that only objects fulfil, of the names that it has. Errors: what it is instead.
Result<std::string> ObjectSchema(std::string_view text) {
  LMP_TRY(Json schema, ParseJsonOnce(text));
  if (!schema.is_object()) return InvalidArgument("expected an object, found another JSON value");
  const auto type = schema.find("type");
  if (type == schema.end()) {
    schema["type"] = "object";
  } else if (*type != "object") {
    return InvalidArgument("`type`: expected \"object\", as arguments have names");
  }
  CloseObjects(&schema);
  return DumpJson(schema);
}

// Why a prompt, and a token behind it, cannot be computed; empty if it can. As the engine says it.
std::string NoRoom(const exec::Prompt& prompt, bool generates, size_t context_max, int64_t pool) {
  const size_t tokens = prompt.tokens.size();
  const size_t needed = tokens + (generates ? 1 : 0);
  const std::string context = " tokens do not fit the context of " + std::to_string(context_max);
  if (prompt.too_long) return "more than " + std::to_string(context_max) + context;
  if (needed > context_max) return std::to_string(needed) + context;
  if (static_cast<int64_t>(tokens) > pool)  // what is generated last needs no KV
    return std::to_string(tokens) + " tokens do not fit the KV pool of " + std::to_string(pool);
  return "";
}

}  // namespace

Status EngineImpl::NeedChatFormat() const {
  if (!format_.raw) return OkStatus();
  return InvalidArgument(format_.refusal.empty()
                             ? "the model has no chat format: it takes text, no messages"
                             : "the model takes text, no messages: " + format_.refusal);
}

Result<ToolsOutcome> EngineImpl::CompileTools(const ToolRules& rules) {
  return Wall<ToolsOutcome>([&]() -> Result<ToolsOutcome> {
    LMP_RETURN_IF_ERROR(CheckRules(rules));
    LMP_RETURN_IF_ERROR(NeedChatFormat());
    auto state = std::make_shared<ChatTools::State>();
    state->chat = tool_chat_;
    state->rules = rules;
    if (!rules.only.empty()) state->rules.choice = ToolRules::Choice::kRequired;
    ToolsOutcome out;
    std::vector<std::string> schemas;
    for (size_t i = 0; i < rules.tools.size(); ++i) {
      Result<std::string> schema = ObjectSchema(rules.tools[i].parameters);
      if (!schema.ok()) {
        const std::string& reason = schema.status().message();
        out.refused.push_back({i, {"", "", reason, reason}});
      }
      schemas.push_back(schema.ok() ? *std::move(schema) : "true");
    }
    std::vector<text::ToolText> callable;
    std::vector<size_t> numbers;
    for (size_t i = 0; i < rules.tools.size(); ++i) {
      const std::string& name = rules.tools[i].name;
      if (!rules.only.empty() && name != rules.only) continue;
      callable.push_back({name, "", schemas[i]});
      numbers.push_back(i);
    }
    if (!out.refused.empty()) return out;
    const bool several = rules.several && rules.only.empty();
    LMP_TRY(exec::ToolForm form, exec::FormOfTools(tool_chat_->call_form(), callable,
                                                   state->choice(), several ? kChatCallsMax : 1));
    for (exec::ToolProblem& problem : form.refused)
      out.refused.push_back({numbers[problem.tool], RefusalOf(std::move(problem.schema))});
    if (!out.refused.empty()) return out;
    state->grammar = std::move(form.grammar);
    out.tools.emplace(std::move(state));
    return out;
  });
}

Result<exec::Prompt> EngineImpl::ConversationOf(const CompletionRequest& request) const {
  const auto most = static_cast<size_t>(summary().context_max);
  bool calls = request.tools.state() != nullptr;
  std::vector<text::ToolTurn> turns;
  std::deque<std::string> written;  // of turns whose calls are text
  for (const ChatMessage& message : request.messages) {
    LMP_TRY(const text::Role role, RoleOf(message.role));
    text::ToolTurn& turn = turns.emplace_back(text::ToolTurn{role, message.text, {}});
    bool cut = false;
    for (const ChatCall& call : message.calls) {
      if (!IsToolName(call.name)) return InvalidArgument("a call has no name of a tool");
      const Result<Json> arguments = ParseJson(call.arguments);
      if (arguments.ok() && !arguments->is_object())
        return InvalidArgument("the arguments of a call: expected a JSON object");
      cut = cut || !arguments.ok();
      turn.calls.push_back({call.name, call.arguments});
    }
    if (!turn.calls.empty() && role != text::Role::kAssistant)
      return InvalidArgument("calls are the assistant's, not of the role \"" + message.role + "\"");
    if (cut) turn = {role, written.emplace_back(TextOfCalls(turn, tool_chat_->call_form()))};
    calls = calls || !turn.calls.empty();
  }
  if (!calls) {
    std::vector<exec::ChatTurn> plain;
    for (const text::ToolTurn& turn : turns) plain.push_back({turn.role, turn.text});
    return exec::ChatPrompt(*tokenizer_, format_, *trie_, plain, most);
  }
  std::vector<text::ToolText> tools;
  if (const auto& given = request.tools.state(); given != nullptr) {
    if (given->chat != tool_chat_) return InvalidArgument("the tools are of another engine");
    for (const ChatTool& tool : given->rules.tools)
      tools.push_back({tool.name, tool.description, tool.parameters});
  }
  LMP_TRY(const std::vector<text::ChatPart> parts, tool_chat_->Write(turns, tools));
  return exec::ToolPrompt(*tokenizer_, format_, *trie_, parts, tool_chat_->marks(), most);
}

Result<std::unique_ptr<Completion>> EngineImpl::Complete(CompletionRequest request) {
  return Wall<std::unique_ptr<Completion>>([&]() -> Result<std::unique_ptr<Completion>> {
    LMP_RETURN_IF_ERROR(CheckProcess());
    LMP_RETURN_IF_ERROR(CheckRequest(request));
    for (const auto& [id, bias] : request.logit_bias) {
      if (id < 0 || id >= tokenizer_->vocabulary()) {
        return InvalidArgument("logit_bias: token " + std::to_string(id) +
                               " is not in the vocabulary of " +
                               std::to_string(tokenizer_->vocabulary()));
      }
    }
    for (size_t i = 0; i < request.tokens.size(); ++i) {
      const int32_t id = request.tokens[i];
      if (id >= 0 && id < tokenizer_->vocabulary()) continue;
      return InvalidArgument("tokens[" + std::to_string(i) + "]: " + std::to_string(id) +
                             " is not in the vocabulary of " +
                             std::to_string(tokenizer_->vocabulary()));
    }
    const auto context_max = static_cast<size_t>(summary().context_max);
    exec::Prompt prompt;
    if (request.text) {
      prompt = exec::TextPrompt(*tokenizer_, format_, *trie_, *request.text, context_max);
    } else if (!request.tokens.empty()) {
      prompt.tokens.assign(request.tokens.begin(), request.tokens.end());
    } else {
      LMP_RETURN_IF_ERROR(NeedChatFormat());
      LMP_TRY(prompt, ConversationOf(request));
    }
    if (prompt.tokens.empty())
      return InvalidArgument("the prompt is empty, and this model has no token to begin from");
    std::string refusal = NoRoom(prompt, request.score_tokens == 0, context_max, kv_tokens_max_);
    if (!refusal.empty()) {
      auto state = std::make_shared<CompletionState>(std::move(request), tokenizer_);
      state->Overflow(std::move(refusal));
      return std::unique_ptr<Completion>(std::make_unique<CompletionImpl>([] {}, std::move(state)));
    }

    exec::CompletionRequest out;
    engine::GenerateSpec& generate = out.generate;
    // Tokens that only spell healed bytes again stand in the context, too.
    const int64_t left = std::min<int64_t>(summary().context_max, kv_tokens_max_ + 1) -
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
    generate.sampling.presence_penalty = request.presence_penalty;
    generate.sampling.frequency_penalty = request.frequency_penalty;
    generate.sampling.logit_bias.assign(request.logit_bias.begin(), request.logit_bias.end());
    generate.stops = request.stops;
    if (request.tools.state() != nullptr) StopInTextOnly(*request.tools.state(), &generate);
    generate.end_tokens = format_.ends;
    generate.healed_bytes = static_cast<int>(prompt.healed.size()) + request.healed_bytes;
    generate.top_scores = request.top_logprobs.value_or(-1);
    constrain::GrammarRef grammar;
    if (request.tools.state() != nullptr) grammar = request.tools.state()->grammar;
    if (request.form.state() != nullptr) grammar = request.form.state()->grammar;
    if (grammar != nullptr || !prompt.healed.empty()) {
      if (grammar == nullptr) grammar = constrain::AnyText();
      if (!prompt.healed.empty())
        grammar = constrain::Prefixed(std::move(prompt.healed), std::move(grammar));
      generate.matcher.emplace(std::move(grammar), trie_);
    }
    out.tokens = std::move(prompt.tokens);
    out.score_tokens = request.score_tokens;
    out.choices = request.choices;
    out.tenant = request.tenant;
    out.owner = request.owner;
    auto state = std::make_shared<CompletionState>(std::move(request), tokenizer_);
    out.sink = state;
    LMP_TRY(const exec::RunId id, loop_.Submit(std::move(out)));
    return std::unique_ptr<Completion>(
        std::make_unique<CompletionImpl>(loop_.CancellerOf(id), std::move(state)));
  });
}

}  // namespace api
}  // namespace lmp
