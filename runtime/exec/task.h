// Task: what the Loop advances: something that asks the engine for sequences, takes their events,
// and ends. Runs of programs (run.h) and completions (completion.h).
//
// Thread: the engine's. Owned by the Loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/exec/request.h"

namespace lmp::exec {

class Task {
 public:
  explicit Task(RunId id) : id_(id) {}
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  RunId id() const { return id_; }
  virtual void Start() = 0;
  // Hands over an event of one of this task's sequences.
  virtual void OnSequenceEvent(engine::SequenceEvent& event) = 0;
  // Answers from outside, to those who ask.
  virtual void OnRetrieved(uint64_t /*ticket*/, Retriever::Answer /*answer*/) {}
  virtual void OnTool(uint64_t /*ticket*/, Toolbox::Answer /*answer*/) {}
  virtual void OnSaid(uint64_t /*ticket*/, Listener::Answer /*answer*/) {}
  // Does what can be done now. True if more can be done at once: a long computation is cut here, so
  // that it cannot keep the engine from others, nor from its own cancelling.
  virtual bool Advance() = 0;
  // Called while the engine has nothing to do: starts a little of what may be needed later. True if
  // there was any.
  virtual bool StartIdle() { return false; }
  virtual bool HasReady() const { return false; }
  // When Advance has to be called though nothing has happened, on the clock of the loop.
  virtual std::optional<int64_t> NextDeadlineNs() const { return std::nullopt; }
  virtual void Cancel() = 0;
  // The engine is poisoned: ends the task at once.
  virtual void Abort(const Failure& failure) = 0;
  virtual bool done() const = 0;
  // What keeps KV for somebody outside: Loop::Keep.
  using Keep =
      std::function<std::shared_ptr<const void>(std::unique_ptr<engine::Retained> retained)>;
  // When done, before Publish: the contexts of the result keep what the cache has of them.
  virtual void KeepContexts(const Keep& /*keep*/) {}
  // Calls the sink's OnDone; once, when done.
  virtual void Publish() noexcept = 0;
  // Sequences started since the last call, for the loop's routing table.
  std::vector<engine::SequenceId> TakeStarted() { return std::exchange(started_, {}); }

 protected:
  std::vector<engine::SequenceId> started_;

 private:
  const RunId id_;
};

}  // namespace lmp::exec
