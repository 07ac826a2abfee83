#include "runtime/exec/completion.h"

#include <utility>

namespace lmp::exec {

Completion::Completion(RunId id, CompletionRequest request, Engines* engines)
    : Task(id), request_(std::move(request)), engines_(engines) {
  result_.choices.resize(request_.choices);
}

void Completion::Start() { Advance(); }

bool Completion::Advance() {
  while (!done_ && next_choice_ < request_.choices && engines_->at(0).Room(request_.owner) > 0) {
    engine::SequenceSpec spec;
    spec.tokens = request_.tokens;
    if (request_.score_tokens > 0) {
      spec.work = engine::ScoreSpec{request_.score_tokens};
    } else {
      engine::GenerateSpec generate = request_.generate;
      generate.sampling.site += next_choice_;
      spec.work = std::move(generate);
    }
    spec.tenant = request_.tenant;
    spec.owner = request_.owner;
    spec.program = id();
    const Result<engine::SequenceId> sequence = engines_->Start(0, std::move(spec));
    if (!sequence.ok()) {
      const bool poisoned = sequence.status().code() == StatusCode::kInternal;
      Fail({poisoned ? "internal" : "value", sequence.status().message(), "", {}});
      break;
    }
    in_flight_[*sequence] = next_choice_++;
    started_.push_back(*sequence);
  }
  return false;
}

void Completion::OnSequenceEvent(engine::SequenceEvent& event) {
  const engine::SequenceId id = std::visit([](const auto& e) { return e.id; }, event);
  const auto at = in_flight_.find(id);
  if (at == in_flight_.end() || done_) return;
  const size_t choice = at->second;
  try {
    if (auto* text = std::get_if<engine::TextEvent>(&event)) {
      if (!request_.sink->OnText(choice, *text))
        Fail({"limit",
              "the answer is larger than its host takes: expected less text, fewer choices "
              "or log-probabilities",
              "",
              {}});
      return;
    }
    in_flight_.erase(at);
    if (auto* failed = std::get_if<engine::FailedEvent>(&event)) {
      Count(failed->usage, choice);
      return Fail({std::string(engine::FailureKindName(failed->kind)), failed->message, "", {}});
    }
    auto& finished = std::get<engine::FinishedEvent>(event);
    Count(finished.usage, choice);
    result_.generated_tokens -= HealedTokens(finished.tokens);
    result_.choices[choice] = {std::move(finished.text), std::move(finished.tokens),
                               std::move(finished.logprobs), finished.reason};
    request_.sink->OnChoice(choice, finished.reason);
  } catch (...) {
    return Fail({"internal", "the host's callback for a completion threw", "", {}});
  }
  if (in_flight_.empty() && next_choice_ == request_.choices) {
    result_.ok = true;
    done_ = true;
  }
}

// The prompt is one, however many go on from it.
void Completion::Count(const engine::SequenceUsage& usage, size_t choice) {
  if (choice == 0) {
    result_.prompt_tokens = usage.prompt_tokens;
    result_.cached_tokens = usage.cached_tokens;
  }
  result_.generated_tokens += usage.generated_tokens;
}

// Tokens that only spell the end of the prompt again, and no limit counts.
int Completion::HealedTokens(const std::vector<TokenId>& generated) const {
  size_t bytes = 0;
  const auto healed_bytes = static_cast<size_t>(request_.generate.healed_bytes);
  int healed = 0;
  for (const TokenId id : generated) {
    bytes += engines_->at(0).tokenizer().Bytes(id).size();
    if (bytes > healed_bytes) break;
    ++healed;
  }
  return healed;
}

void Completion::Fail(Failure failure) {
  if (done_) return;
  done_ = true;
  result_.ok = false;
  result_.failure = std::move(failure);
  for (const auto& [id, choice] : in_flight_) engines_->Cancel(id);
  in_flight_.clear();
}

void Completion::Cancel() {
  if (done_) return;
  // What is on its way was worked for.
  for (const auto& [id, choice] : in_flight_) Count(engines_->UsageOf(id), choice);
  Fail({"cancelled", "the completion was cancelled", "", {}});
}
void Completion::Abort(const Failure& failure) { Fail(failure); }
void Completion::Publish() noexcept { request_.sink->OnDone(std::move(result_)); }

}  // namespace lmp::exec
