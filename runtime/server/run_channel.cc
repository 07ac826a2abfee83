#include "runtime/server/run_channel.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "runtime/server/openai_reply.h"

namespace lmp::server {

namespace asio = boost::asio;

namespace {

// A client that leaves more than this untaken is too slow.
constexpr size_t kUntakenBytesMax = 4u << 20;

// The member that a completion was refused for.
std::string_view ParamOf(const Status& status, bool chat) {
  if (status.code() != StatusCode::kInvalidArgument) return "";
  if (status.message().starts_with("logit_bias")) return "logit_bias";
  return chat ? "messages" : "prompt";
}

class ProgramChannel final : public RunChannel,
                             public std::enable_shared_from_this<ProgramChannel> {
 public:
  ProgramChannel(RunPost* post, std::shared_ptr<RunInbox> inbox, std::shared_ptr<const RunAsk> ask)
      : RunChannel(post, std::move(inbox)), ask_(std::move(ask)), limit_(*post->io()) {}
  static RunOptions OptionsOf(const std::shared_ptr<const RunAsk>& ask, RunPost* post,
                              const std::shared_ptr<RunInbox>& inbox) {
    const auto tell = [ask, post, inbox](const TextPiece& piece, bool emitted) {
      std::string event = ask->event(piece, emitted);
      if (!event.empty()) post->Put({inbox, std::move(event)});
    };
    RunOptions options;
    if (ask->stream) {
      options.on_piece = [tell](const TextPiece& piece) { tell(piece, true); };
      if (ask->generations)
        options.on_generated = [tell](const TextPiece& piece) { tell(piece, false); };
    } else {
      options.on_text = [post, inbox](std::string_view text) {
        post->Put({inbox, std::string(text)});
      };
    }
    options.on_done = [post, inbox] { post->Put({.to = inbox, .done = true}); };
    return options;
  }
  void SetRun(std::unique_ptr<Run> run) { run_ = std::move(run); }

  bool started() const override { return true; }
  bool streams() const override { return ask_->stream; }
  bool waits_for_first() const override { return ask_->waits_for_first; }
  bool failed() override { return !Report().ok; }
  Reply Finished(std::string_view emitted) override { return ask_->finished(Report(), emitted); }
  std::string LastEvents() override { return ask_->last_event(Report()); }
  void SetLimit(std::chrono::milliseconds most) override {
    limit_.expires_after(most);
    limit_.async_wait([self = weak_from_this(), most](const boost::system::error_code& error) {
      const auto channel = self.lock();
      if (error || channel == nullptr) return;
      channel->cancelled_after_ = most;
      channel->run_->Cancel();
    });
  }

 private:
  // When done. The engine knows only that the run was cancelled.
  const RunReport& Report() {
    const RunReport& report = run_->Wait();
    if (!cancelled_after_ || report.failure.kind != "cancelled") return report;
    if (!late_) {
      late_ = report;
      late_->failure.kind = "timeout";
      late_->failure.message = "the run took longer than the " +
                               std::to_string(cancelled_after_->count() / 1000) +
                               " s that this server gives one (--run-s)";
    }
    return *late_;
  }

  const std::shared_ptr<const RunAsk> ask_;
  boost::asio::steady_timer limit_;
  std::optional<std::chrono::milliseconds> cancelled_after_;
  std::unique_ptr<Run> run_;
  std::optional<RunReport> late_;  // of a run that was cancelled so
};

// What the callbacks of all completions of a call share.
struct Progress {
  Progress(RunPost* to, std::shared_ptr<RunInbox> of, std::shared_ptr<const CompletionCall> asked,
           size_t requests)
      : post(to),
        inbox(std::move(of)),
        call(std::move(asked)),
        open(requests + 1),
        characters(requests * call->choices) {}

  RunPost* const post;
  const std::shared_ptr<RunInbox> inbox;
  const std::shared_ptr<const CompletionCall> call;
  // Completions that go on, and one while the desk starts them.
  std::atomic<size_t> open;

  // Of the engine's thread; of others when nothing is open.
  using Time = std::chrono::steady_clock::time_point;
  const Time start = std::chrono::steady_clock::now();
  Time first = {}, last = {};      // pieces of any choice
  std::vector<size_t> characters;  // of each choice, so far
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
      for (size_t i = 0; i < characters.size(); ++i) heads += FirstChunk(*call, i);
      events.insert(0, heads);
    }
    post->Put({inbox, std::move(events)});
  }
};

// `first`: the number of the request's first choice.
void SetCallbacks(CompletionRequest* request, size_t first,
                  const std::shared_ptr<Progress>& progress) {
  request->on_done = [progress] { progress->End(); };
  if (!progress->call->stream) {
    request->on_piece = [progress](const CompletionPiece&) { progress->Came(); };
    return;
  }
  request->on_piece = [progress, first](const CompletionPiece& piece) {
    progress->Came();
    const size_t choice = first + piece.choice;
    size_t& characters = progress->characters[choice];
    progress->Say(PieceChunk(*progress->call, choice, piece, characters));
    characters += CharacterCount(piece.text);
  };
  request->on_choice = [progress, first](size_t choice, std::string_view finish) {
    progress->Say(FinishChunk(*progress->call, first + choice, finish));
  };
}

// Filled at the desk, then only read, by the channel.
struct CompletionWork {
  std::atomic<bool> given_up{false};  // the channel has gone
  std::atomic<bool> started{false};   // all of `call`
  std::shared_ptr<const CompletionCall> call;
  // When done:
  std::optional<Reply> refused;
  std::shared_ptr<Progress> progress;
  std::vector<std::unique_ptr<Completion>> completions;

  // At the desk. What was refused is done.
  std::optional<Reply> Start(RunPost* post, Engine* engine, const std::shared_ptr<RunInbox>& inbox,
                             std::variant<Reply, CompletionCall> read) {
    if (auto* refusal = std::get_if<Reply>(&read)) return std::move(*refusal);
    auto& own = std::get<CompletionCall>(read);
    std::vector<CompletionRequest> requests = std::exchange(own.requests, {});
    call = std::make_shared<const CompletionCall>(std::move(own));
    progress = std::make_shared<Progress>(post, inbox, call, requests.size());
    // Until it is sure that nothing is refused, nobody hears what comes: a refusal is a status.
    post->Put({.to = inbox, .held = true});
    for (size_t i = 0; i < requests.size(); ++i) {
      SetCallbacks(&requests[i], i * call->choices, progress);
      auto completion = engine->Complete(std::move(requests[i]));
      if (!completion.ok()) {
        completions.clear();  // none of them says anything from now on
        return ErrorReply(completion.status(), ParamOf(completion.status(), call->chat));
      }
      completions.push_back(std::move(completion).value());
    }
    started = true;
    post->Put({.to = inbox, .held = false});
    progress->End();
    return std::nullopt;
  }
};

class CompletionChannel final : public RunChannel {
 public:
  CompletionChannel(RunPost* post, std::shared_ptr<RunInbox> inbox,
                    std::shared_ptr<CompletionWork> work)
      : RunChannel(post, std::move(inbox)), work_(std::move(work)) {}
  ~CompletionChannel() override { work_->given_up = true; }

  bool started() const override { return work_->started; }
  bool streams() const override { return work_->started && work_->call->stream; }
  bool waits_for_first() const override { return true; }
  bool failed() override {
    const auto reports = Reports();
    return work_->refused || std::any_of(reports.begin(), reports.end(),
                                         [](const auto* report) { return !report->ok; });
  }
  Reply Finished(std::string_view) override {
    return work_->refused ? *work_->refused : CompletionReply(*work_->call, Reports());
  }
  std::string LastEvents() override { return LastChunks(*work_->call, Reports()); }
  std::optional<Times> times() override {
    using Seconds = std::chrono::duration<double>;
    if (!done() || work_->refused) return std::nullopt;
    const Progress& progress = *work_->progress;
    if (progress.first == Progress::Time()) return std::nullopt;
    int64_t tokens = 0;
    for (const CompletionReport* report : Reports()) tokens += report->generated_tokens;
    const auto each = static_cast<double>(tokens) / static_cast<double>(progress.characters.size());
    const double took = Seconds(progress.last - progress.first).count();
    return Times{Seconds(progress.first - progress.start).count(),
                 each >= 2 ? took / (each - 1) : 0};
  }

 private:
  std::vector<const CompletionReport*> Reports() {
    std::vector<const CompletionReport*> reports;
    for (const auto& completion : work_->completions) reports.push_back(&completion->Wait());
    return reports;
  }

  const std::shared_ptr<CompletionWork> work_;
};

}  // namespace

void RunPost::Put(Letter letter) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    first = letters_.empty();
    letters_.push_back(std::move(letter));
  }
  if (first) asio::post(*io_, [this] { Deliver(); });
}

void RunPost::Deliver() {
  std::vector<Letter> letters;
  {
    std::lock_guard lock(mutex_);
    letters.swap(letters_);
  }
  for (Letter& letter : letters) {
    RunInbox& inbox = *letter.to;
    if (letter.done && inbox.held) {
      inbox.untaken.clear();
      inbox.held = false;
    }
    if (inbox.untaken.empty()) {
      inbox.untaken = std::move(letter.text);
    } else {
      inbox.untaken += letter.text;
    }
    inbox.held = letter.held.value_or(inbox.held);
    inbox.done |= letter.done;
    inbox.unwanted |= inbox.limited && inbox.untaken.size() > kUntakenBytesMax;
    if (inbox.waiting != nullptr && inbox.HasNews()) inbox.waiting->cancel();
  }
}

Result<std::shared_ptr<RunChannel>> RunChannel::Start(RunPost* post, Engine* engine, RunAsk ask) {
  const auto inbox = std::make_shared<RunInbox>(ask.stream);
  const auto kept = std::make_shared<const RunAsk>(std::move(ask));
  auto channel = std::make_shared<ProgramChannel>(post, inbox, kept);
  LMP_TRY(auto run, kept->start(engine, ProgramChannel::OptionsOf(kept, post, inbox)));
  channel->SetRun(std::move(run));
  return std::shared_ptr<RunChannel>(std::move(channel));
}

std::shared_ptr<RunChannel> RunChannel::Ask(RunPost* post, Engine* engine, Desk* desk, DeskAsk ask,
                                            std::string body) {
  // Of a completion that is not streamed nothing comes but its end.
  const auto inbox = std::make_shared<RunInbox>(true);
  const auto work = std::make_shared<CompletionWork>();
  asio::post(desk->thread, [=, body = std::move(body)] {
    if (work->given_up) return;
    std::optional<Reply> refused;
    try {
      refused = work->Start(post, engine, inbox,
                            desk->reader.Read(ask.what == DeskAsk::What::kChat, body, ask.key));
    } catch (const std::exception& e) {
      work->completions.clear();
      refused = ErrorReply(500, e.what());
    }
    if (!refused) return;  // what has started may be done, and the channel's own
    work->refused = std::move(refused);
    post->Put({.to = inbox, .done = true});
  });
  return std::make_shared<CompletionChannel>(post, inbox, work);
}

RunChannel::RunChannel(RunPost* post, std::shared_ptr<RunInbox> inbox)
    : inbox_(std::move(inbox)), changed_(*post->io()) {
  inbox_->waiting = &changed_;
}

RunChannel::~RunChannel() { inbox_->waiting = nullptr; }

asio::awaitable<void> RunChannel::Wait(std::chrono::milliseconds most) {
  if (HasNews()) co_return;
  changed_.expires_after(most);
  boost::system::error_code error;
  co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

std::string RunChannel::Take() { return std::exchange(inbox_->untaken, {}); }

void RunChannel::SetUnwanted() {
  inbox_->unwanted = true;
  changed_.cancel();
}

}  // namespace lmp::server
