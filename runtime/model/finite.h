// Weights that are not numbers make every answer of a model nonsense, so loading refuses them.
// Pure functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "runtime/model/gguf.h"

namespace lmp::model {

// The index of the first element that is infinite or not a number; of a quantised type the first
// element of the block with such a scale or offset. `bytes` holds whole blocks.
std::optional<int64_t> FindNotFinite(TensorType type, std::span<const std::byte> bytes);

}  // namespace lmp::model
