// An Engine that hands everything on to another and writes down what was asked and answered: for
// tests that compare whole runs token by token and bit by bit.
//
// The engine belongs to its loop's thread; the log may be read on any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/engine/engine.h"

namespace lmp::testing {

class EngineLog {
 public:
  // What the sequences of one run answered, sorted: prompt, site, and tokens and text or the bits
  // of the log-probabilities. Warm-ups, failed and cancelled sequences are left out.
  std::vector<std::string> AnswersOf(uint64_t program) const;
  // What every sequence began with, in the order of their starts; warm-ups are left out.
  std::vector<std::vector<TokenId>> prompts() const;
  // The most generations of one run that were in the engine at the same time.
  int most_at_once(uint64_t program) const;
  // Retained handles that are still alive.
  int live_retained() const;
  // The most tokens one sequence could have come to: its prompt and its `max`.
  int longest() const;

 private:
  friend class RecordingEngine;
  friend class CountedRetained;
  mutable std::mutex mutex_;
  std::map<uint64_t, std::vector<std::string>> answers_;
  std::vector<std::vector<TokenId>> prompts_;
  std::map<uint64_t, int> generating_, most_;
  int live_retained_ = 0;
  int longest_ = 0;
};

std::unique_ptr<engine::Engine> Record(std::unique_ptr<engine::Engine> engine,
                                       std::shared_ptr<EngineLog> log);

}  // namespace lmp::testing
