#include "tests/support/recording_engine.h"

#include <algorithm>
#include <bit>
#include <unordered_map>
#include <utility>

namespace lmp::testing {

class CountedRetained final : public engine::Retained {
 public:
  CountedRetained(std::unique_ptr<engine::Retained> inner, std::shared_ptr<EngineLog> log)
      : inner_(std::move(inner)), log_(std::move(log)) {
    std::lock_guard lock(log_->mutex_);
    ++log_->live_retained_;
  }
  ~CountedRetained() override {
    inner_.reset();
    std::lock_guard lock(log_->mutex_);
    --log_->live_retained_;
  }
  void SetNextUse(int64_t next_use) override { inner_->SetNextUse(next_use); }

 private:
  std::unique_ptr<engine::Retained> inner_;
  std::shared_ptr<EngineLog> log_;
};

class RecordingEngine final : public engine::Engine {
 public:
  RecordingEngine(std::unique_ptr<engine::Engine> inner, std::shared_ptr<EngineLog> log)
      : inner_(std::move(inner)), log_(std::move(log)) {}

  const text::Tokenizer& tokenizer() const override { return inner_->tokenizer(); }
  const model::ModelConfig& model_config() const override { return inner_->model_config(); }
  const engine::EngineOptions& options() const override { return inner_->options(); }
  std::shared_ptr<const constrain::TokenTrie> token_trie() const override {
    return inner_->token_trie();
  }

  Result<engine::SequenceId> Start(engine::SequenceSpec spec) override {
    Asked asked{spec.program, static_cast<int>(spec.tokens.size()), Question(spec)};
    int length = asked.prompt;
    if (const auto* gen = std::get_if<engine::GenerateSpec>(&spec.work)) length += gen->max_tokens;
    {
      std::lock_guard lock(log_->mutex_);
      log_->longest_ = std::max(log_->longest_, length);
      if (!asked.question.empty()) log_->prompts_.push_back(spec.tokens);
    }
    Result<engine::SequenceId> id = inner_->Start(std::move(spec));
    if (id.ok()) {
      if (asked.question.starts_with("gen ")) Count(asked.program, 1);
      asked_.emplace(id.value(), std::move(asked));
    }
    return id;
  }
  void Cancel(engine::SequenceId id) override {
    if (const auto it = asked_.find(id); it != asked_.end()) End(it->second);
    inner_->Cancel(id);
  }
  size_t Room(uint64_t owner) const override { return inner_->Room(owner); }
  int CachedTokens(std::span<const TokenId> tokens, const std::string& tenant) const override {
    return inner_->CachedTokens(tokens, tenant);
  }
  std::unique_ptr<engine::Retained> Retain(std::span<const TokenId> tokens,
                                           const std::string& tenant) override {
    std::unique_ptr<engine::Retained> retained = inner_->Retain(tokens, tenant);
    if (retained == nullptr) return nullptr;
    return std::make_unique<CountedRetained>(std::move(retained), log_);
  }
  engine::SequenceUsage UsageOf(engine::SequenceId id) const override {
    return inner_->UsageOf(id);
  }
  bool HasWork() const override { return inner_->HasWork(); }
  Status Step(std::vector<engine::SequenceEvent>* events) override {
    const size_t before = events->size();
    const Status status = inner_->Step(events);
    for (size_t i = before; i < events->size(); ++i) Note((*events)[i]);
    return status;
  }
  engine::EngineStats stats() const override { return inner_->stats(); }
  void ClearCache() override { inner_->ClearCache(); }

 private:
  struct Asked {
    uint64_t program;
    int prompt;
    std::string question;  // empty: a warm-up
    bool ended = false;
  };

  void Count(uint64_t program, int more) {
    std::lock_guard lock(log_->mutex_);
    int& now = log_->generating_[program];
    now += more;
    log_->most_[program] = std::max(log_->most_[program], now);
  }
  void End(Asked& asked) {
    if (!asked.ended && asked.question.starts_with("gen ")) Count(asked.program, -1);
    asked.ended = true;
  }

  static std::string Question(const engine::SequenceSpec& spec) {
    if (std::holds_alternative<engine::WarmSpec>(spec.work)) return "";
    std::string out;
    if (const auto* gen = std::get_if<engine::GenerateSpec>(&spec.work)) {
      out = "gen " + std::to_string(gen->sampling.site) + " seed " +
            std::to_string(gen->sampling.seed) + ":";
    } else {
      out = "score " + std::to_string(std::get<engine::ScoreSpec>(spec.work).count) + ":";
    }
    for (const TokenId t : spec.tokens) out += " " + std::to_string(t);
    return out;
  }

  void Note(engine::SequenceEvent& event) {
    if (const auto* failed = std::get_if<engine::FailedEvent>(&event)) End(asked_.at(failed->id));
    auto* finished = std::get_if<engine::FinishedEvent>(&event);
    if (finished == nullptr) return;
    if (finished->retained) {
      finished->retained = std::make_unique<CountedRetained>(std::move(finished->retained), log_);
    }
    Asked& asked = asked_.at(finished->id);
    End(asked);
    std::string answer = asked.question + " -> \"" + finished->text + "\"";
    for (const TokenId t : finished->tokens) answer += " " + std::to_string(t);
    for (const double p : finished->logprobs)
      answer += " bits " + std::to_string(std::bit_cast<uint64_t>(p));
    std::lock_guard lock(log_->mutex_);
    if (!asked.question.empty()) log_->answers_[asked.program].push_back(std::move(answer));
  }

  std::unique_ptr<engine::Engine> inner_;
  std::shared_ptr<EngineLog> log_;
  std::unordered_map<engine::SequenceId, Asked> asked_;
};

std::vector<std::string> EngineLog::AnswersOf(uint64_t program) const {
  std::lock_guard lock(mutex_);
  const auto it = answers_.find(program);
  std::vector<std::string> out = it == answers_.end() ? std::vector<std::string>() : it->second;
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::vector<TokenId>> EngineLog::prompts() const {
  std::lock_guard lock(mutex_);
  return prompts_;
}

int EngineLog::most_at_once(uint64_t program) const {
  std::lock_guard lock(mutex_);
  const auto it = most_.find(program);
  return it == most_.end() ? 0 : it->second;
}

int EngineLog::live_retained() const {
  std::lock_guard lock(mutex_);
  return live_retained_;
}

int EngineLog::longest() const {
  std::lock_guard lock(mutex_);
  return longest_;
}

std::unique_ptr<engine::Engine> Record(std::unique_ptr<engine::Engine> engine,
                                       std::shared_ptr<EngineLog> log) {
  return std::make_unique<RecordingEngine>(std::move(engine), std::move(log));
}

}  // namespace lmp::testing
