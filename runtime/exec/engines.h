// Engines: what a Loop owns: the engine of its runs, and those that functions with `@engine` name.
// Sequences of all of them have one numbering.
//
// Thread: the engine's, but for what engine::Engine allows more.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "runtime/engine/engine.h"

namespace lmp::exec {

class Engines {
 public:
  // The first is the engine of the runs. None is null.
  explicit Engines(std::vector<std::unique_ptr<engine::Engine>> engines);

  size_t size() const { return engines_.size(); }
  engine::Engine& at(size_t engine) { return *engines_[engine]; }
  Result<engine::SequenceId> Start(size_t engine, engine::SequenceSpec spec);
  void Cancel(engine::SequenceId id);
  engine::SequenceUsage UsageOf(engine::SequenceId id) const;
  bool HasWork() const;
  // One step of each that has work. The first error, if there is one.
  Status Step(std::vector<engine::SequenceEvent>* events);
  void SetWake(const std::function<void()>& wake);
  void ClearCache();

 private:
  engine::SequenceId Outer(size_t engine, engine::SequenceId id) const {
    return id * engines_.size() + engine;
  }
  size_t EngineOf(engine::SequenceId id) const { return id % engines_.size(); }
  engine::SequenceId Inner(engine::SequenceId id) const { return id / engines_.size(); }

  std::vector<std::unique_ptr<engine::Engine>> engines_;
};

}  // namespace lmp::exec
