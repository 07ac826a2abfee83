// The engine under measurement: a model file, or random weights in a real shape.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/bench/bench.h"
#include "runtime/engine/engine.h"
#include "runtime/model/tensor_type.h"
#include "runtime/model/transformer.h"

namespace lmp::bench {

// Its model. `format`: of the random weights. Errors: those of loading.
Result<model::OpenedModel> OpenSubjectModel(const BenchOptions& options, const std::string& shape,
                                            model::TensorType format = model::TensorType::kQ8_0);

// `shape` is used where the options name no model: "demo" (12 layers of width 256) or a name of
// runtime/model/synth.h. Errors: those of loading.
Result<std::unique_ptr<engine::Engine>> MakeSubject(
    const BenchOptions& options, const std::string& shape,
    const engine::EngineOptions& engine_options,
    model::TensorType format = model::TensorType::kQ8_0);

// Distinct token ids that are plain text, `count` of them, different per seed.
std::vector<TokenId> RandomTokens(const engine::Engine& engine, uint64_t seed, int count);

// Starts all, steps until all have ended. Errors: those of Start and Step; a failed sequence is
// Internal with its message.
Result<std::vector<engine::FinishedEvent>> RunAll(engine::Engine& engine,
                                                  std::vector<engine::SequenceSpec> specs);

// Drawing without any constraint or stop: exactly `tokens` tokens.
engine::SequenceSpec GenerateExactly(std::vector<TokenId> prompt, int tokens);

}  // namespace lmp::bench
