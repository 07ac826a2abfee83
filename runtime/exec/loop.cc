#include "runtime/exec/loop.h"

#include <algorithm>
#include <utility>

#include "runtime/base/limits.h"
#include "runtime/exec/run.h"

namespace lmp::exec {

namespace {

// Stands outside for a handle in Loop::kept_.
class KeptOutside {
 public:
  KeptOutside(const std::shared_ptr<Mailbox<Event>>& mailbox, uint64_t kept)
      : mailbox_(mailbox), kept_(kept) {}
  ~KeptOutside() {
    if (const auto mailbox = mailbox_.lock()) mailbox->PushControl(ReleaseEvent{kept_});
  }
  KeptOutside(const KeptOutside&) = delete;
  KeptOutside& operator=(const KeptOutside&) = delete;

 private:
  // Weak: an event that waits in the mailbox may hold a context, and so one of these.
  const std::weak_ptr<Mailbox<Event>> mailbox_;
  const uint64_t kept_;
};

}  // namespace

Loop::Loop(std::unique_ptr<engine::Engine> engine)
    : engine_(std::move(engine)),
      mailbox_(std::make_shared<Mailbox<Event>>(kMailboxEventsMax)),
      thread_([this] { ThreadMain(); }) {}

Loop::~Loop() {
  mailbox_->PushControl(ShutdownEvent{});
  thread_.join();
}

Result<RunId> Loop::Submit(Request request) {
  if (poisoned()) return Internal("the engine has failed and takes no more runs");
  const RunId id = next_run_.fetch_add(1);
  if (!mailbox_->TryPush(SubmitEvent{id, std::move(request)})) {
    return ResourceExhausted("the engine's mailbox is full (" + std::to_string(kMailboxEventsMax) +
                             " events)");
  }
  return id;
}

std::function<void()> Loop::CancellerOf(RunId id) const {
  return [mailbox = mailbox_, id] { mailbox->PushControl(CancelEvent{id}); };
}
void Loop::ClearCache() { mailbox_->PushControl(ClearCacheEvent{}); }

Result<engine::EngineStats> Loop::Stats() {
  auto promise = std::make_shared<std::promise<engine::EngineStats>>();
  std::future<engine::EngineStats> future = promise->get_future();
  if (!mailbox_->PushControl(StatsEvent{promise})) return Unavailable("the engine has ended");
  promise.reset();
  try {
    return future.get();
  } catch (const std::future_error&) {
    return Unavailable("the engine has ended");
  }
}

void Loop::ThreadMain() {
  while (true) {
    try {
      if (!Tick()) break;
    } catch (const std::exception& e) {
      Poison(e.what());
    } catch (...) {
      Poison("an unknown exception");
    }
  }
  Failure failure;
  failure.kind = "cancelled";
  failure.message = "the engine was closed";
  EndRuns(failure);
  mailbox_->Close();
  events_.clear();
  mailbox_->Drain(kMailboxEventsMax * 2, &events_);
  for (Event& event : events_) {
    auto* submit = std::get_if<SubmitEvent>(&event);
    if (submit == nullptr || !submit->request.sink) continue;
    RunResult result;
    result.failure = failure;
    submit->request.sink->OnDone(std::move(result));
  }
  events_.clear();
  kept_.clear();
  pins_.Clear();
  engine_.reset();
}

bool Loop::Tick() {
  const bool busy = more_ || (!poisoned() && engine_->HasWork());
  if (!busy) mailbox_->WaitNonEmpty(std::chrono::milliseconds(WaitMs()));
  if (!DrainEvents()) return false;
  pins_.Expire(clock_.NowNs());
  AdvanceRuns();
  if (!poisoned() && engine_->HasWork()) {
    StepEngine();
    AdvanceRuns();
  }
  return true;
}

// Until the next deadline of a run; a second otherwise.
int64_t Loop::WaitMs() const {
  constexpr int64_t kLongestMs = 1000;
  int64_t wait = kLongestMs;
  const auto until = [&](int64_t ns) {
    wait = std::clamp((ns - clock_.NowNs()) / 1'000'000 + 1, int64_t{0}, wait);
  };
  if (const auto expiry = pins_.NextExpiryNs()) until(*expiry);
  for (const auto& [id, run] : runs_) {
    const std::optional<int64_t> deadline = run->NextDeadlineNs();
    if (deadline) until(*deadline);
  }
  return wait;
}

bool Loop::DrainEvents() {
  events_.clear();
  mailbox_->Drain(kEventsPerTickMax, &events_);
  bool go_on = true;
  for (Event& event : events_) {
    // One by one: the events behind a failing one must not be lost.
    try {
      Handle(event, &go_on);
    } catch (const std::exception& e) {
      Poison(e.what());
    } catch (...) {
      Poison("an unknown exception");
    }
  }
  events_.clear();
  return go_on;
}

void Loop::Handle(Event& event, bool* go_on) {
  if (auto* submit = std::get_if<SubmitEvent>(&event)) {
    StartRun(std::move(*submit));
  } else if (const auto* cancel = std::get_if<CancelEvent>(&event)) {
    if (const auto it = runs_.find(cancel->id); it != runs_.end()) it->second->Cancel();
  } else if (auto* retrieved = std::get_if<RetrievedEvent>(&event)) {
    if (const auto it = runs_.find(retrieved->id); it != runs_.end())
      it->second->OnRetrieved(retrieved->ticket, std::move(retrieved->answer));
  } else if (auto* given = std::get_if<ToolEvent>(&event)) {
    if (const auto it = runs_.find(given->id); it != runs_.end())
      it->second->OnTool(given->ticket, std::move(given->answer));
  } else if (const auto* release = std::get_if<ReleaseEvent>(&event)) {
    kept_.erase(release->kept);
  } else if (auto* said = std::get_if<SaidEvent>(&event)) {
    if (const auto it = runs_.find(said->id); it != runs_.end())
      it->second->OnSaid(said->ticket, std::move(said->answer));
  } else if (std::holds_alternative<ClearCacheEvent>(event)) {
    pins_.Clear();
    if (!poisoned()) engine_->ClearCache();
  } else if (auto* stats = std::get_if<StatsEvent>(&event)) {
    static_cast<std::promise<engine::EngineStats>*>(stats->reply.get())
        ->set_value(engine_->stats());
  } else {
    *go_on = false;
  }
}

void Loop::StartRun(SubmitEvent event) {
  const std::shared_ptr<RunSink> sink = event.request.sink;
  Run* started = nullptr;
  try {
    auto run = std::make_unique<Run>(
        event.id, std::move(event.request), engine_.get(), &clock_, &pins_,
        [mailbox = mailbox_](Event answer) { mailbox->PushControl(std::move(answer)); });
    started = runs_.emplace(event.id, std::move(run)).first->second.get();
  } catch (const std::exception& e) {
    // Nobody else knows this run, and its caller waits.
    RunResult result;
    result.failure = {"internal", e.what(), "", {}};
    if (sink != nullptr) sink->OnDone(std::move(result));
    throw;
  }
  if (poisoned()) {
    started->Abort({"internal", poison_reason_, "", {}});
    return;
  }
  started->Start();
}

void Loop::StepEngine() {
  sequence_events_.clear();
  const Status status = engine_->Step(&sequence_events_);
  for (engine::SequenceEvent& event : sequence_events_) {
    const engine::SequenceId id = std::visit([](const auto& e) { return e.id; }, event);
    const auto route = routes_.find(id);
    if (route == routes_.end()) continue;
    const auto run = runs_.find(route->second);
    if (!std::holds_alternative<engine::TextEvent>(event)) routes_.erase(route);
    if (run != runs_.end()) run->second->OnSequenceEvent(event);
  }
  sequence_events_.clear();  // may own retained KV: goes before the engine
  if (!status.ok()) Poison(status.message());
}

void Loop::AdvanceRuns() {
  more_ = false;
  for (auto it = runs_.begin(); it != runs_.end();) {
    Run& run = *it->second;
    if (run.Advance()) more_ = true;
    for (const engine::SequenceId sequence : run.TakeStarted()) routes_[sequence] = run.id();
    if (!run.done()) {
      ++it;
      continue;
    }
    run.KeepContexts([this](auto retained) { return Keep(std::move(retained)); });
    run.Publish();
    it = runs_.erase(it);
  }
  if (more_ || poisoned()) return;
  for (auto it = runs_.begin(); it != runs_.end() && !engine_->HasWork(); ++it) {
    Run& run = *it->second;
    if (!run.StartIdle()) {
      more_ = more_ || run.HasReady();  // it found that there is nothing to do
      continue;
    }
    for (const engine::SequenceId sequence : run.TakeStarted()) routes_[sequence] = run.id();
  }
}

std::shared_ptr<const void> Loop::Keep(std::unique_ptr<engine::Retained> retained) {
  kept_.emplace(next_kept_, std::move(retained));
  return std::make_shared<const KeptOutside>(mailbox_, next_kept_++);
}

void Loop::Poison(const std::string& why) noexcept {
  poison_reason_ = why;
  poisoned_.store(true, std::memory_order_release);
  EndRuns({"internal", why, "", {}});
}

void Loop::EndRuns(const Failure& failure) noexcept {
  for (auto& [id, run] : runs_) {
    try {
      run->Abort(failure);
    } catch (const std::exception&) {
      // The broken engine could not even cancel; the run is over all the same.
    }
    run->Publish();
  }
  runs_.clear();
  routes_.clear();
  sequence_events_.clear();
  more_ = false;
}

}  // namespace lmp::exec
