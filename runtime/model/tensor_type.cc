#include "runtime/model/tensor_type.h"

#include <algorithm>
#include <cctype>

#include "runtime/base/check.h"

namespace lmp::model {
namespace {

using kernels::WeightFormat;

// In the order in which errors list them.
constexpr struct {
  TensorType type;
  WeightFormat format;
} kTypes[] = {
    {TensorType::kF32, WeightFormat::kF32},   {TensorType::kF16, WeightFormat::kF16},
    {TensorType::kBF16, WeightFormat::kBf16}, {TensorType::kQ8_0, WeightFormat::kQ8_0},
    {TensorType::kQ4_0, WeightFormat::kQ4_0}, {TensorType::kQ4_1, WeightFormat::kQ4_1},
    {TensorType::kQ5_0, WeightFormat::kQ5_0}, {TensorType::kQ5_1, WeightFormat::kQ5_1},
    {TensorType::kQ4_K, WeightFormat::kQ4_K}, {TensorType::kQ5_K, WeightFormat::kQ5_K},
    {TensorType::kQ6_K, WeightFormat::kQ6_K},
};

bool SameIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::toupper(static_cast<unsigned char>(x)) ==
           std::toupper(static_cast<unsigned char>(y));
  });
}

}  // namespace

std::optional<TensorType> FindTensorType(uint32_t number) {
  for (const auto& row : kTypes) {
    if (static_cast<uint32_t>(row.type) == number) return row.type;
  }
  return std::nullopt;
}

std::optional<TensorType> FindTensorType(std::string_view name) {
  for (const auto& row : kTypes) {
    if (SameIgnoringCase(kernels::WeightFormatName(row.format), name)) return row.type;
  }
  return std::nullopt;
}

WeightFormat WeightFormatOf(TensorType type) {
  for (const auto& row : kTypes) {
    if (row.type == type) return row.format;
  }
  LMP_CHECK(false);
  return WeightFormat::kF32;
}

std::string TensorTypeNames() {
  std::string names;
  for (const auto& row : kTypes) {
    if (!names.empty()) names += &row == std::end(kTypes) - 1 ? " and " : ", ";
    names += kernels::WeightFormatName(row.format);
  }
  return names;
}

}  // namespace lmp::model
