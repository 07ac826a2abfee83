// Types of tensors in model files, and what they are for the kernels. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernels/weights.h"

namespace lmp::model {

// Numbers as in GGUF; the tensor types that LMP reads.
enum class TensorType : uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kBF16 = 30,
};

// nullopt for a number that is not in TensorType.
std::optional<TensorType> FindTensorType(uint32_t number);
std::optional<TensorType> FindTensorType(std::string_view name);  // "Q4_K"; any case
kernels::WeightFormat WeightFormatOf(TensorType type);
inline std::string_view TensorTypeName(TensorType type) {
  return kernels::WeightFormatName(WeightFormatOf(type));
}
// "F32, F16, ... and Q6_K", for errors.
std::string TensorTypeNames();

}  // namespace lmp::model
