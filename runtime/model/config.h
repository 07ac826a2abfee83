// What a model file says about its network. Pure function of the file, any thread.
#pragma once

#include "runtime/base/status.h"
#include "runtime/model/gguf.h"
#include "runtime/model/model.h"

namespace lmp::model {

inline constexpr int64_t kLayersMax = 1024;
inline constexpr int64_t kHeadsMax = 4096;
inline constexpr int64_t kWidthMax = 1 << 20;

// Fills all of ModelConfig but weight_bytes (known once the weights are packed). Architectures:
// llama, qwen2, qwen3. Errors: NotFound / Corruption / Unsupported naming the key.
Result<ModelConfig> ReadModelConfig(const GgufFile& file);

// Rotated elements per head ("rope.dimension_count"; head_dim where the file is silent).
Result<int> ReadRopeDims(const GgufFile& file, const ModelConfig& config);

}  // namespace lmp::model
