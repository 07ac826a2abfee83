// Runs IR programs on the real loop and engine over the digest model: for tests of runtime/exec.
#pragma once

#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ir/program.h"
#include "runtime/engine/engine.h"
#include "runtime/exec/loop.h"
#include "runtime/exec/request.h"

namespace lmp::testing {

struct RunOutcome {
  exec::RunResult result;
  std::string emitted;
  // What must not depend on the cache or on scheduling, as one text: value or failure, emitted
  // text, and the number of generated tokens.
  std::string Essence() const;
};

// A failed parse or bind is a failed invariant.
std::shared_ptr<const exec::BoundPlan> BindText(std::string_view ir_text, bool with_passes = true);
std::shared_ptr<const exec::BoundPlan> BindProgram(ir::Program program, bool with_passes = true);

std::unique_ptr<engine::Engine> MakeDigestEngine(const engine::EngineOptions& options,
                                                 int context_max = 4096);

// Collects one run; Wait blocks until it has ended.
class CollectingSink final : public exec::RunSink {
 public:
  void OnEmit(const exec::Piece& piece) override { emitted_ += piece.text; }
  void OnDone(exec::RunResult result) override {
    done_.set_value({std::move(result), std::move(emitted_)});
  }
  RunOutcome Wait() { return done_.get_future().get(); }

 private:
  std::string emitted_;
  std::promise<RunOutcome> done_;
};

// Submits and waits.
RunOutcome RunOn(exec::Loop& loop, std::shared_ptr<const exec::BoundPlan> plan,
                 std::vector<ir::Value> arguments = {}, const std::string& function = "main",
                 uint64_t seed = 0);
// On a fresh digest engine.
RunOutcome RunText(std::string_view ir_text, std::vector<ir::Value> arguments = {},
                   const engine::EngineOptions& options = {});

}  // namespace lmp::testing
