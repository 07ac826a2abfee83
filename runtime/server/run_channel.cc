#include "runtime/server/run_channel.h"

#include <algorithm>
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

}  // namespace

struct RunChannel::Inbox : std::enable_shared_from_this<Inbox> {
  Inbox(asio::io_context* context, bool streams)
      : io(context), changed(*context), stream(streams) {}

  // The engine's thread.
  void Post(std::string text) {
    asio::post(*io, [self = shared_from_this(), text = std::move(text)] {
      self->untaken += text;
      if (self->stream && self->untaken.size() > kUntakenBytesMax) self->unwanted = true;
      self->changed.cancel();
    });
  }
  void PostDone() {
    asio::post(*io, [self = shared_from_this()] {
      self->done = true;
      self->changed.cancel();
    });
  }

  asio::io_context* const io;
  asio::steady_timer changed;  // cancelled when something has come
  const bool stream;  // else the text is taken as fast as it comes, and has a limit of its own
  std::string untaken;
  bool done = false, unwanted = false;
};

namespace {

class ProgramChannel final : public RunChannel {
 public:
  ProgramChannel(std::shared_ptr<Inbox> inbox, ProgramCall call)
      : RunChannel(std::move(inbox)), call_(std::move(call)) {}
  static RunOptions OptionsOf(const ProgramCall& call, const std::shared_ptr<Inbox>& inbox) {
    RunOptions options;
    options.seed = call.seed;
    options.tenant = call.tenant;
    if (call.stream) {
      options.on_piece = [inbox](const TextPiece& piece) {
        inbox->Post(Service::PieceEvent(piece, true));
      };
      if (call.generations) {
        options.on_generated = [inbox](const TextPiece& piece) {
          inbox->Post(Service::PieceEvent(piece, false));
        };
      }
    } else {
      options.on_text = [inbox](std::string_view text) { inbox->Post(std::string(text)); };
    }
    options.on_done = [inbox] { inbox->PostDone(); };
    return options;
  }
  void SetRun(std::unique_ptr<Run> run) { run_ = std::move(run); }

  bool streams() const override { return call_.stream; }
  bool waits_for_first() const override { return false; }
  bool failed() override { return !run_->Wait().ok; }
  Reply Finished(std::string_view emitted) override {
    return Service::Finished(call_, run_->Wait(), emitted);
  }
  std::string LastEvents() override { return Service::LastEvent(call_, run_->Wait()); }

 private:
  const ProgramCall call_;
  std::unique_ptr<Run> run_;
};

class CompletionChannel final : public RunChannel {
 public:
  CompletionChannel(std::shared_ptr<Inbox> inbox, std::shared_ptr<const CompletionCall> call)
      : RunChannel(std::move(inbox)), call_(std::move(call)) {}

  // What the callbacks of all requests share, on the engine's thread.
  struct Progress {
    std::shared_ptr<Inbox> inbox;
    std::shared_ptr<const CompletionCall> call;
    size_t running = 0;
    bool begun = false;
    using Time = std::chrono::steady_clock::time_point;
    const Time start = std::chrono::steady_clock::now();
    Time first = {}, last = {};  // pieces of any choice

    void Came() {
      last = std::chrono::steady_clock::now();
      if (first == Time()) first = last;
    }
    std::vector<size_t> characters = {};  // of each choice, so far

    void Begin() {
      if (std::exchange(begun, true)) return;
      std::string events;
      for (size_t i = 0; i < characters.size(); ++i) events += FirstChunk(*call, i);
      if (!events.empty()) inbox->Post(std::move(events));
    }
  };
  // `first`: the number of the request's first choice.
  static void SetCallbacks(CompletionRequest* request, size_t first,
                           const std::shared_ptr<Progress>& progress) {
    request->on_done = [progress] {
      if (--progress->running == 0) progress->inbox->PostDone();
    };
    if (!progress->call->stream) {
      request->on_piece = [progress](const CompletionPiece&) { progress->Came(); };
      return;
    }
    request->on_piece = [progress, first](const CompletionPiece& piece) {
      progress->Came();
      progress->Begin();
      const size_t choice = first + piece.choice;
      progress->inbox->Post(
          PieceChunk(*progress->call, choice, piece, progress->characters[choice]));
      progress->characters[choice] += CharacterCount(piece.text);
    };
    request->on_choice = [progress, first](size_t choice, std::string_view finish) {
      progress->Begin();
      progress->inbox->Post(FinishChunk(*progress->call, first + choice, finish));
    };
  }
  void SetProgress(std::shared_ptr<const Progress> progress) { progress_ = std::move(progress); }
  void Add(std::unique_ptr<Completion> completion) {
    completions_.push_back(std::move(completion));
  }

  bool streams() const override { return call_->stream; }
  bool waits_for_first() const override { return true; }
  bool failed() override {
    const auto reports = Reports();
    return std::any_of(reports.begin(), reports.end(),
                       [](const auto* report) { return !report->ok; });
  }
  Reply Finished(std::string_view) override { return CompletionReply(*call_, Reports()); }
  std::string LastEvents() override { return LastChunks(*call_, Reports()); }
  std::optional<Times> times() override {
    using Seconds = std::chrono::duration<double>;
    if (!done() || progress_->first == Progress::Time()) return std::nullopt;
    int64_t tokens = 0;
    for (const CompletionReport* report : Reports()) tokens += report->generated_tokens;
    const auto each =
        static_cast<double>(tokens) / static_cast<double>(progress_->characters.size());
    const double took = Seconds(progress_->last - progress_->first).count();
    return Times{Seconds(progress_->first - progress_->start).count(),
                 each >= 2 ? took / (each - 1) : 0};
  }

 private:
  std::vector<const CompletionReport*> Reports() {
    std::vector<const CompletionReport*> reports;
    for (const auto& completion : completions_) reports.push_back(&completion->Wait());
    return reports;
  }

  const std::shared_ptr<const CompletionCall> call_;
  std::shared_ptr<const Progress> progress_;
  std::vector<std::unique_ptr<Completion>> completions_;
};

}  // namespace

Result<std::unique_ptr<RunChannel>> RunChannel::Start(asio::io_context* io, Engine* engine,
                                                      const ProgramCall& call) {
  const auto inbox = std::make_shared<Inbox>(io, call.stream);
  auto channel = std::make_unique<ProgramChannel>(inbox, call);
  LMP_TRY(auto run, engine->Start(call.program->program, call.function, call.arguments_json,
                                  ProgramChannel::OptionsOf(call, inbox)));
  channel->SetRun(std::move(run));
  return std::unique_ptr<RunChannel>(std::move(channel));
}

Result<std::unique_ptr<RunChannel>> RunChannel::Start(asio::io_context* io, Engine* engine,
                                                      CompletionCall call) {
  const auto inbox = std::make_shared<Inbox>(io, call.stream);
  std::vector<CompletionRequest> requests = std::exchange(call.requests, {});
  const auto kept = std::make_shared<const CompletionCall>(std::move(call));
  const auto progress = std::make_shared<CompletionChannel::Progress>();
  progress->inbox = inbox;
  progress->call = kept;
  progress->running = requests.size();
  progress->characters.resize(requests.size() * kept->choices);
  auto channel = std::make_unique<CompletionChannel>(inbox, kept);
  channel->SetProgress(progress);
  for (size_t i = 0; i < requests.size(); ++i) {
    CompletionChannel::SetCallbacks(&requests[i], i * kept->choices, progress);
    LMP_TRY(auto completion, engine->Complete(std::move(requests[i])));
    channel->Add(std::move(completion));
  }
  return std::unique_ptr<RunChannel>(std::move(channel));
}

RunChannel::~RunChannel() = default;

asio::awaitable<void> RunChannel::Wait(std::chrono::milliseconds most) {
  if (HasNews()) co_return;
  inbox_->changed.expires_after(most);
  boost::system::error_code error;
  co_await inbox_->changed.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

std::string RunChannel::Take() { return std::exchange(inbox_->untaken, {}); }
bool RunChannel::HasNews() const {
  return !inbox_->untaken.empty() || inbox_->done || inbox_->unwanted;
}
bool RunChannel::HasText() const { return !inbox_->untaken.empty(); }
bool RunChannel::done() const { return inbox_->done; }
bool RunChannel::unwanted() const { return inbox_->unwanted; }

void RunChannel::SetUnwanted() {
  inbox_->unwanted = true;
  inbox_->changed.cancel();
}

}  // namespace lmp::server
