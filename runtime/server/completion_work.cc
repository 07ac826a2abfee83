#include <algorithm>
#include <atomic>
#include <deque>
#include <utility>
#include <vector>

#include "runtime/server/openai_reply.h"
#include "runtime/server/run_reply.h"
#include "runtime/server/work.h"

namespace lmp::server {

namespace {

// What holds the prompt, the i-th one if there are several.
std::string PromptName(bool chat, size_t i, bool several) {
  if (chat) return "messages";
  return several ? "prompt[" + std::to_string(i) + "]" : "prompt";
}

// Why a completion was refused. "logit_bias: ...", "tokens[2]: ..." say which member it was.
Reply RefusalOf(const Status& status, const std::string& prompt) {
  if (status.code() != StatusCode::kInvalidArgument) return ErrorReply(status);
  const std::string& text = status.message();
  for (const std::string_view name : {"logit_bias", "score_tokens", "healed_bytes"}) {
    if (text.starts_with(name)) return ErrorReply(status, name);
  }
  constexpr std::string_view kTokens = "tokens";
  const size_t end = text.find(": ");
  if (!text.starts_with(kTokens) || end == std::string::npos) return ErrorReply(status, prompt);
  const std::string param = prompt + text.substr(kTokens.size(), end - kTokens.size());
  return ErrorReply(400, param + text.substr(end), param);
}

// What the callbacks of all completions of a call share.
struct Progress {
  Progress(RunPost* to, std::shared_ptr<RunInbox> of, CompletionCall asked, size_t requests)
      : post(to),
        inbox(std::move(of)),
        call(std::move(asked)),
        open(requests),
        characters(requests * call.choices) {}

  RunPost* const post;
  const std::shared_ptr<RunInbox> inbox;
  const CompletionCall call;  // without its requests
  std::atomic<size_t> open;   // completions that go on

  // Of the engine's thread; of others when nothing is open.
  using Time = std::chrono::steady_clock::time_point;
  const Time start = std::chrono::steady_clock::now();
  Time first = {}, last = {};      // pieces of any choice
  std::vector<size_t> characters;  // of each choice's tokens that were told
  bool begun = false;

  void End() {
    if (--open == 0) post->Put({.to = inbox, .done = true});
  }
  void Came() {
    last = std::chrono::steady_clock::now();
    if (first == Time()) first = last;
  }
  void Say(std::string events) {
    if (!std::exchange(begun, true)) {
      std::string heads;
      for (size_t i = 0; i < characters.size(); ++i) heads += FirstChunk(call, i);
      events.insert(0, heads);
    }
    post->Put({inbox, std::move(events)});
  }
};

// `first`: the number of the request's first choice.
void SetCallbacks(CompletionRequest* request, size_t first,
                  const std::shared_ptr<Progress>& progress) {
  request->on_done = [progress] { progress->End(); };
  // Of a completion that is not streamed nothing is put but its end.
  if (!progress->call.stream) {
    request->on_piece = [progress](const CompletionPiece&) { progress->Came(); };
    return;
  }
  request->on_piece = [progress, first](const CompletionPiece& piece) {
    progress->Came();
    const size_t choice = first + piece.choice;
    size_t& characters = progress->characters[choice];
    progress->Say(PieceChunk(progress->call, choice, piece, characters));
    for (const ScoredToken& token : piece.tokens) characters += CharacterCount(token.text);
  };
  request->on_choice = [progress, first](size_t choice, std::string_view finish) {
    progress->Say(FinishChunk(progress->call, first + choice, finish));
  };
}

class CompletionWork final : public Work {
 public:
  CompletionWork(std::shared_ptr<const Progress> progress,
                 std::vector<std::unique_ptr<Completion>> completions)
      : progress_(std::move(progress)), completions_(std::move(completions)) {}

  bool streams() const override { return progress_->call.stream; }
  bool waits_for_first() const override { return true; }
  bool has_limit() const override { return false; }
  void Cancel() override {
    for (const auto& completion : completions_) completion->Cancel();
  }
  void CutOff(Cut why) override {
    if (!cut_) cut_ = std::move(why);
    Cancel();
  }
  bool failed() override {
    const auto reports = Reports();
    return std::any_of(reports.begin(), reports.end(),
                       [](const CompletionReport* report) { return !report->ok; });
  }
  Reply Finished(std::string_view) override { return CompletionReply(progress_->call, Reports()); }
  std::string LastEvents() override { return LastChunks(progress_->call, Reports()); }
  uint64_t tokens() override {
    int64_t sum = 0;
    for (const CompletionReport* report : Reports())
      sum += report->prompt_tokens + report->generated_tokens;
    return static_cast<uint64_t>(sum);
  }
  std::optional<Times> times() override {
    using Seconds = std::chrono::duration<double>;
    if (progress_->first == Progress::Time()) return std::nullopt;
    int64_t tokens = 0;
    for (const CompletionReport* report : Reports()) tokens += report->generated_tokens;
    const auto each =
        static_cast<double>(tokens) / static_cast<double>(progress_->characters.size());
    const double took = Seconds(progress_->last - progress_->first).count();
    return Times{Seconds(progress_->first - progress_->start).count(),
                 each >= 2 ? took / (each - 1) : 0};
  }

 private:
  // When done. The engine knows only that they were cancelled.
  std::vector<const CompletionReport*> Reports() {
    std::vector<const CompletionReport*> reports;
    for (const auto& completion : completions_) {
      const CompletionReport* report = &completion->Wait();
      if (cut_ && report->failure.kind == "cancelled") {
        cut_reports_.push_back(*report);
        cut_reports_.back().failure.kind = cut_->kind;
        cut_reports_.back().failure.message = cut_->message;
        report = &cut_reports_.back();
      }
      reports.push_back(report);
    }
    return reports;
  }

  const std::shared_ptr<const Progress> progress_;
  const std::vector<std::unique_ptr<Completion>> completions_;
  std::optional<Cut> cut_;
  std::deque<CompletionReport> cut_reports_;  // of completions that were cut off
};

}  // namespace

std::variant<Reply, std::unique_ptr<Work>> StartCompletions(RunPost* post, Engine* engine,
                                                            const std::shared_ptr<RunInbox>& inbox,
                                                            CompletionCall call) {
  std::vector<CompletionRequest> requests = std::exchange(call.requests, {});
  const auto progress = std::make_shared<Progress>(post, inbox, std::move(call), requests.size());
  std::vector<std::unique_ptr<Completion>> completions;
  for (size_t i = 0; i < requests.size(); ++i) {
    SetCallbacks(&requests[i], i * progress->call.choices, progress);
    auto completion = engine->Complete(std::move(requests[i]));
    const std::string prompt = PromptName(progress->call.chat, i, requests.size() > 1);
    // Those before it say nothing from now on.
    if (!completion.ok()) return RefusalOf(completion.status(), prompt);
    // A prompt that does not fit is known at once.
    if ((*completion)->done() && (*completion)->Wait().failure.kind == "overflow") {
      const RunFailure& failure = (*completion)->Wait().failure;
      return ErrorReply(400, failure.message, prompt, CodeOf(failure));
    }
    completions.push_back(std::move(completion).value());
  }
  return std::make_unique<CompletionWork>(progress, std::move(completions));
}

}  // namespace lmp::server
