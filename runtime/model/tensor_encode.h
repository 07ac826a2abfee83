// fp32 values to the elements of a tensor in a file. Pure, any thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/model/tensor_type.h"

namespace lmp::model {

// Appends the values in the type's form: F16 and BF16 rounded to nearest even; Q8_0 in groups of 32
// (the count must be a multiple) with scale max|x| / 127. No other types.
void EncodeElements(TensorType type, std::span<const float> values, std::vector<std::byte>* out);

// Appends `count` random weights of a type of 4 to 6 bits, about uniform in (-bound, bound): random
// bits under constant scales. `count` is whole blocks.
void AppendRandomBlocks(TensorType type, int64_t count, float bound, Rng* rng,
                        std::vector<std::byte>* out);

}  // namespace lmp::model
