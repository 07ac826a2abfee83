// Completion: what a model says behind one prompt, once or several times; no program, no values.
// Its sequences share the prompt's KV like those of any run.
//
// Thread: the engine's. Owned by the Loop.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/exec/engines.h"
#include "runtime/exec/task.h"

namespace lmp::exec {

class Completion final : public Task {
 public:
  Completion(RunId id, CompletionRequest request, Engines* engines);  // runs on the first

  void Start() override;
  void OnSequenceEvent(engine::SequenceEvent& event) override;
  // Starts choices for which the engine had no room.
  bool Advance() override;
  void Cancel() override;
  void Abort(const Failure& failure) override;
  bool done() const override { return done_; }
  void Publish() noexcept override;

 private:
  void Count(const engine::SequenceUsage& usage, size_t choice);
  int HealedTokens(const std::vector<TokenId>& generated) const;
  void Fail(Failure failure);

  CompletionRequest request_;
  Engines* const engines_;
  size_t next_choice_ = 0;  // to be started
  std::unordered_map<engine::SequenceId, size_t> in_flight_;
  CompletionResult result_;
  bool done_ = false;
};

}  // namespace lmp::exec
