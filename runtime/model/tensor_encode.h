// fp32 values to the elements of a tensor in a file. Pure, any thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "runtime/model/gguf.h"

namespace lmp::model {

// Appends the values in the type's form: F16 and BF16 rounded to nearest even; Q8_0 in groups of 32
// (the count must be a multiple) with scale max|x| / 127.
void EncodeElements(TensorType type, std::span<const float> values, std::vector<std::byte>* out);

}  // namespace lmp::model
