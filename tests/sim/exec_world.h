// Whole random programs on the real loop and engine, compared with a reference run of each: the
// cache off, one sequence at a time. What a run answers must not depend on anything else.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/exec/loop.h"
#include "tests/support/exec_harness.h"
#include "tests/support/recording_engine.h"

namespace lmp::sim {

using EngineMaker = std::function<std::unique_ptr<engine::Engine>(const engine::EngineOptions&)>;

struct ObservedRun {
  testing::RunOutcome outcome;
  std::vector<std::string> answers;
  // A fork of the program leaves out failing children: how far such a child comes depends on
  // timing.
  bool skips = false;
  int most_at_once = 0;  // generations
};

// Empty, or what differs. A failed run is compared by its failure; how much it emitted and asked
// before depends on timing, but two such texts never contradict each other.
std::string Difference(const ObservedRun& reference, const ObservedRun& other);

struct ProgramCase {
  uint64_t seed = 0;
  std::shared_ptr<const exec::BoundPlan> plan;
  std::vector<ir::Value> arguments;
  ObservedRun reference;
  int longest = 0;  // tokens of its longest sequence
};

struct CaseOptions {
  int64_t gen_tokens_max = 24;
  int statements_max = 6;
};
// The program of a seed without passes and with them, each with its reference; `error` receives a
// difference between the two. Passes remove what nobody reads, so both are worth running.
std::vector<ProgramCase> MakeCases(uint64_t seed, const CaseOptions& options,
                                   const EngineMaker& maker, std::string* error);

// One engine behind a loop, with its log.
class ExecWorld {
 public:
  ExecWorld(const EngineMaker& maker, const engine::EngineOptions& options);

  struct Submitted {
    exec::RunId id = 0;
    std::shared_ptr<testing::CollectingSink> sink;
  };
  Submitted Submit(const ProgramCase& program);
  ObservedRun Wait(const Submitted& submitted);
  ObservedRun Run(const ProgramCase& program) { return Wait(Submit(program)); }

  // Waits until nothing runs; empty, or what is not conserved: pages, retained handles.
  std::string SettledError();
  exec::Loop& loop() { return *loop_; }
  engine::EngineStats stats() { return loop_->Stats().value(); }
  const testing::EngineLog& log() const { return *log_; }

 private:
  std::shared_ptr<testing::EngineLog> log_;
  std::unique_ptr<exec::Loop> loop_;
};

// The pool in which no sequence of the case overflows, and little more.
uint32_t TinyPool(int longest);

}  // namespace lmp::sim
