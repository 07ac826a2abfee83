// Loop: the thread that owns an Engine, or several, and their Tasks: runs and completions.
// Everything outside talks to it through one bounded mailbox of Events; nothing reacts to the
// outside directly.
//
//   tick: drain events -> advance runs -> Engine::Step -> hand out its events -> advance -> publish
//
// Public functions may be called on any thread. A failed invariant inside a tick poisons the loop:
// its runs fail with `internal`, later submissions are refused, the process goes on.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/base/mailbox.h"
#include "runtime/engine/engine.h"
#include "runtime/exec/engines.h"
#include "runtime/exec/pins.h"
#include "runtime/exec/request.h"

namespace lmp::exec {

class Task;

class Loop {
 public:
  // `others`: for functions that name another engine than `engine` (Request::elsewhere).
  explicit Loop(std::unique_ptr<engine::Engine> engine,
                std::vector<std::unique_ptr<engine::Engine>> others = {});
  // Cancels what runs, publishes it, joins the thread.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Errors: ResourceExhausted when the mailbox is full (nothing waits), Internal when poisoned.
  Result<RunId> Submit(Request request);
  Result<RunId> Submit(CompletionRequest request);
  // What cancels a task, also when the loop is gone: then it does nothing.
  std::function<void()> CancellerOf(RunId id) const;
  void Cancel(RunId id) const { CancellerOf(id)(); }
  void ClearCache();
  // Calls `look` on the loop's thread, between two ticks, and returns when it has. Not on that
  // thread. What `look` throws poisons the loop, as a tick does. Errors: Unavailable after that,
  // and when the loop has ended; ResourceExhausted (memory, which poisons nothing).
  Status Look(std::function<void(Engines&)> look);
  // Of the first engine. Errors: those of Look.
  Result<engine::EngineStats> Stats();
  bool poisoned() const { return poisoned_.load(std::memory_order_acquire); }

 private:
  void ThreadMain();
  // False when the loop shall end.
  bool Tick();
  bool DrainEvents();
  int64_t WaitMs() const;
  template <typename Submitted>
  Result<RunId> Post(Submitted event);
  // `tell` is called if the task cannot even be made.
  void StartTask(RunId id, const std::function<std::unique_ptr<Task>()>& make,
                 const std::function<void(const Failure&)>& tell);
  // Does something with a task. What that throws ends the task alone, but for a broken invariant:
  // then nothing here can be trusted.
  template <typename Do>
  void Guarded(Task& task, const Do& act);
  void StepEngine();
  void AdvanceTasks();
  // Keeps the handle until the last copy of what this gives is gone, on whatever thread.
  std::shared_ptr<const void> Keep(std::unique_ptr<engine::Retained> retained);
  void Handle(Event& event, bool* go_on);
  void Poison(const std::string& why) noexcept;
  void EndTasks(const Failure& failure) noexcept;

  std::optional<Engines> engines_;  // until the thread ends
  SystemClock clock_;
  Pins pins_;
  // Shared with those who answer: a retriever may do so when the loop is gone.
  const std::shared_ptr<Mailbox<Event>> mailbox_;
  std::atomic<RunId> next_run_{1};
  std::atomic<bool> poisoned_{false};

  // The thread's own.
  std::unordered_map<RunId, std::unique_ptr<Task>> tasks_;
  std::unordered_map<engine::SequenceId, RunId> routes_;
  std::unordered_map<uint64_t, std::unique_ptr<engine::Retained>> kept_;
  uint64_t next_kept_ = 1;
  std::vector<Event> events_;
  std::vector<engine::SequenceEvent> sequence_events_;
  std::string poison_reason_;
  bool more_ = false;  // a task was cut in its computation: do not wait for events

  std::thread thread_;  // last: joined before all else goes
};

}  // namespace lmp::exec
