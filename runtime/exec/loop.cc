#include "runtime/exec/loop.h"

#include <algorithm>
#include <new>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/limits.h"
#include "runtime/exec/completion.h"
#include "runtime/exec/run.h"

namespace lmp::exec {

namespace {

struct LookAsk {  // of StatsEvent
  std::function<void(Engines&)> look;
  std::promise<void> done;
};

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

void EndUnstarted(RunSink& sink, const Failure& failure) {
  RunResult result;
  result.failure = failure;
  sink.OnDone(std::move(result));
}
void EndUnstarted(CompletionSink& sink, const Failure& failure) {
  CompletionResult result;
  result.failure = failure;
  sink.OnDone(std::move(result));
}

}  // namespace

Loop::Loop(std::unique_ptr<engine::Engine> engine,
           std::vector<std::unique_ptr<engine::Engine>> others)
    : mailbox_(std::make_shared<Mailbox<Event>>(kMailboxEventsMax)) {
  others.insert(others.begin(), std::move(engine));
  engines_.emplace(std::move(others));
  engines_->SetWake([mailbox = mailbox_] { mailbox->PushControl(WakeEvent{}); });
  thread_ = std::thread([this] { ThreadMain(); });
}

Loop::~Loop() {
  mailbox_->PushControl(ShutdownEvent{});
  thread_.join();
}

template <typename Submitted>
Result<RunId> Loop::Post(Submitted event) {
  if (poisoned()) return Internal("the engine has failed and takes no more runs");
  const RunId id = next_run_.fetch_add(1);
  event.id = id;
  if (!mailbox_->TryPush(std::move(event))) {
    return ResourceExhausted("the engine's mailbox is full (" + std::to_string(kMailboxEventsMax) +
                             " events)");
  }
  return id;
}

template <typename Do>
void Loop::Guarded(Task& task, const Do& act) {
  try {
    act();
  } catch (const InvariantFailure&) {
    throw;
  } catch (const std::bad_alloc&) {
    more_ = true;  // to publish it
    task.Abort({"internal", "there is no memory for it", "", {}});
  } catch (const std::exception& e) {
    more_ = true;
    task.Abort({"internal", e.what(), "", {}});
  }
}

Result<RunId> Loop::Submit(Request request) { return Post(SubmitEvent{0, std::move(request)}); }
Result<RunId> Loop::Submit(CompletionRequest request) {
  return Post(CompleteEvent{0, std::move(request)});
}

std::function<void()> Loop::CancellerOf(RunId id) const {
  return [mailbox = mailbox_, id] { mailbox->PushControl(CancelEvent{id}); };
}
void Loop::ClearCache() { mailbox_->PushControl(ClearCacheEvent{}); }

Status Loop::Look(std::function<void(Engines&)> look) {
  auto ask = std::make_shared<LookAsk>();
  ask->look = std::move(look);
  std::future<void> done = ask->done.get_future();
  if (!mailbox_->PushControl(StatsEvent{ask})) return Unavailable("the engine has ended");
  ask.reset();
  try {
    done.get();
  } catch (const std::future_error&) {
    return Unavailable("the engine has ended");
  } catch (const std::bad_alloc&) {
    return ResourceExhausted("there is no memory to look at the engine");
  }
  return OkStatus();
}

Result<engine::EngineStats> Loop::Stats() {
  engine::EngineStats stats;
  LMP_RETURN_IF_ERROR(Look([&](Engines& engines) { stats = engines.at(0).stats(); }));
  return stats;
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
  EndTasks(failure);
  mailbox_->Close();
  events_.clear();
  mailbox_->Drain(kMailboxEventsMax * 2, &events_);
  for (Event& event : events_) {
    const auto* submit = std::get_if<SubmitEvent>(&event);
    if (submit != nullptr && submit->request.sink) EndUnstarted(*submit->request.sink, failure);
    const auto* complete = std::get_if<CompleteEvent>(&event);
    if (complete != nullptr) EndUnstarted(*complete->request.sink, failure);
  }
  events_.clear();
  kept_.clear();
  pins_.Clear();
  engines_.reset();
}

bool Loop::Tick() {
  const bool busy = more_ || (!poisoned() && engines_->HasWork());
  if (!busy) mailbox_->WaitNonEmpty(std::chrono::milliseconds(WaitMs()));
  if (!DrainEvents()) return false;
  pins_.Expire(clock_.NowNs());
  AdvanceTasks();
  if (!poisoned() && engines_->HasWork()) {
    StepEngine();
    AdvanceTasks();
  }
  return true;
}

// Until the next deadline of a task; a second otherwise.
int64_t Loop::WaitMs() const {
  constexpr int64_t kLongestMs = 1000;
  int64_t wait = kLongestMs;
  const auto until = [&](int64_t ns) {
    wait = std::clamp((ns - clock_.NowNs()) / 1'000'000 + 1, int64_t{0}, wait);
  };
  if (const auto expiry = pins_.NextExpiryNs()) until(*expiry);
  for (const auto& [id, task] : tasks_) {
    const std::optional<int64_t> deadline = task->NextDeadlineNs();
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
  const auto hand = [this](RunId id, const auto& give) {
    const auto it = tasks_.find(id);
    if (it != tasks_.end()) Guarded(*it->second, [&] { give(*it->second); });
  };
  if (auto* submit = std::get_if<SubmitEvent>(&event)) {
    StartTask(
        submit->id,
        [&] {
          return std::make_unique<Run>(
              submit->id, std::move(submit->request), &*engines_, &clock_, &pins_,
              [mailbox = mailbox_](Event answer) { mailbox->PushControl(std::move(answer)); });
        },
        [sink = submit->request.sink](const Failure& failure) {
          if (sink != nullptr) EndUnstarted(*sink, failure);
        });
  } else if (auto* complete = std::get_if<CompleteEvent>(&event)) {
    StartTask(
        complete->id,
        [&] {
          return std::make_unique<Completion>(complete->id, std::move(complete->request),
                                              &*engines_);
        },
        [sink = complete->request.sink](const Failure& failure) { EndUnstarted(*sink, failure); });
  } else if (const auto* cancel = std::get_if<CancelEvent>(&event)) {
    hand(cancel->id, [](Task& task) { task.Cancel(); });
  } else if (auto* retrieved = std::get_if<RetrievedEvent>(&event)) {
    hand(retrieved->id,
         [&](Task& task) { task.OnRetrieved(retrieved->ticket, std::move(retrieved->answer)); });
  } else if (auto* given = std::get_if<ToolEvent>(&event)) {
    hand(given->id, [&](Task& task) { task.OnTool(given->ticket, std::move(given->answer)); });
  } else if (const auto* release = std::get_if<ReleaseEvent>(&event)) {
    kept_.erase(release->kept);
  } else if (auto* said = std::get_if<SaidEvent>(&event)) {
    hand(said->id, [&](Task& task) { task.OnSaid(said->ticket, std::move(said->answer)); });
  } else if (std::holds_alternative<ClearCacheEvent>(event)) {
    pins_.Clear();
    if (!poisoned()) engines_->ClearCache();
  } else if (std::holds_alternative<WakeEvent>(event)) {
    // The tick looks for the engine's work by itself.
  } else if (auto* stats = std::get_if<StatsEvent>(&event)) {
    auto& ask = *static_cast<LookAsk*>(stats->reply.get());
    try {
      ask.look(*engines_);
      ask.done.set_value();
    } catch (const std::bad_alloc&) {
      ask.done.set_exception(std::current_exception());
    }
  } else {
    *go_on = false;
  }
}

void Loop::StartTask(RunId id, const std::function<std::unique_ptr<Task>()>& make,
                     const std::function<void(const Failure&)>& tell) {
  Task* started = nullptr;
  try {
    started = tasks_.emplace(id, make()).first->second.get();
  } catch (const std::exception& e) {
    // Nobody else knows this task, and its caller waits.
    tell({"internal", e.what(), "", {}});
    throw;
  }
  if (poisoned()) {
    started->Abort({"internal", poison_reason_, "", {}});
    return;
  }
  Guarded(*started, [started] { started->Start(); });
}

void Loop::StepEngine() {
  sequence_events_.clear();
  const Status status = engines_->Step(&sequence_events_);
  for (engine::SequenceEvent& event : sequence_events_) {
    const engine::SequenceId id = std::visit([](const auto& e) { return e.id; }, event);
    const auto route = routes_.find(id);
    if (route == routes_.end()) continue;
    const auto task = tasks_.find(route->second);
    if (!std::holds_alternative<engine::TextEvent>(event)) routes_.erase(route);
    if (task != tasks_.end()) Guarded(*task->second, [&] { task->second->OnSequenceEvent(event); });
  }
  sequence_events_.clear();  // may own retained KV: goes before the engine
  if (!status.ok()) Poison(status.message());
}

void Loop::AdvanceTasks() {
  more_ = false;
  for (auto it = tasks_.begin(); it != tasks_.end();) {
    Task& task = *it->second;
    Guarded(task, [&] { more_ = task.Advance() || more_; });
    for (const engine::SequenceId sequence : task.TakeStarted()) routes_[sequence] = task.id();
    if (!task.done()) {
      ++it;
      continue;
    }
    Guarded(task, [&] {
      task.KeepContexts([this](auto retained) { return Keep(std::move(retained)); });
    });
    task.Publish();
    it = tasks_.erase(it);
  }
  if (more_ || poisoned()) return;
  for (auto it = tasks_.begin(); it != tasks_.end() && !engines_->HasWork(); ++it) {
    Task& task = *it->second;
    bool started = false;
    Guarded(task, [&] { started = task.StartIdle(); });
    if (!started) {
      more_ = more_ || task.HasReady();  // it found that there is nothing to do
      continue;
    }
    for (const engine::SequenceId sequence : task.TakeStarted()) routes_[sequence] = task.id();
  }
}

std::shared_ptr<const void> Loop::Keep(std::unique_ptr<engine::Retained> retained) {
  kept_.emplace(next_kept_, std::move(retained));
  return std::make_shared<const KeptOutside>(mailbox_, next_kept_++);
}

void Loop::Poison(const std::string& why) noexcept {
  poison_reason_ = why;
  poisoned_.store(true, std::memory_order_release);
  EndTasks({"internal", why, "", {}});
}

void Loop::EndTasks(const Failure& failure) noexcept {
  for (auto& [id, task] : tasks_) {
    try {
      task->Abort(failure);
    } catch (const std::exception&) {
      // The broken engine could not even cancel; the task is over all the same.
    }
    task->Publish();
  }
  tasks_.clear();
  routes_.clear();
  sequence_events_.clear();
  more_ = false;
}

}  // namespace lmp::exec
