#include "runtime/model/tensor_encode.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "kernels/number.h"
#include "runtime/base/check.h"

namespace lmp::model {
namespace {

constexpr size_t kGroup = 32;

template <typename T>
std::byte* Put(T value, std::byte* out) {
  std::memcpy(out, &value, sizeof(T));
  return out + sizeof(T);
}

uint16_t F16FromF32(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);  // rounds to infinity
  if (magnitude < 0x38800000u) {
    // A multiple of 2^-24 in fp16: adding 0.5 (whose last place in fp32 is 2^-24) rounds to it.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000u));
  }
  const uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
  return static_cast<uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
}

void EncodeQ8(std::span<const float> values, std::byte* out) {
  for (size_t begin = 0; begin < values.size(); begin += kGroup) {
    const auto group = values.subspan(begin, kGroup);
    float largest = 0;
    for (const float x : group) largest = std::max(largest, std::fabs(x));
    const float scale = largest / 127.0f;
    const float inverse = scale > 0 ? 1.0f / scale : 0.0f;
    out = Put(F16FromF32(scale), out);
    for (const float x : group) out = Put(static_cast<int8_t>(std::lround(x * inverse)), out);
  }
}

size_t EncodedBytes(TensorType type, size_t count) {
  switch (type) {
    case TensorType::kF32:
      return count * 4;
    case TensorType::kF16:
    case TensorType::kBF16:
      return count * 2;
    case TensorType::kQ8_0:
      return count / kGroup * (2 + kGroup);
  }
  return 0;
}

}  // namespace

void EncodeElements(TensorType type, std::span<const float> values, std::vector<std::byte>* out) {
  LMP_CHECK(type != TensorType::kQ8_0 || values.size() % kGroup == 0);
  const size_t begin = out->size();
  out->resize(begin + EncodedBytes(type, values.size()));
  std::byte* at = out->data() + begin;
  switch (type) {
    case TensorType::kF32:
      std::memcpy(at, values.data(), values.size_bytes());
      return;
    case TensorType::kF16:
      for (const float x : values) at = Put(F16FromF32(x), at);
      return;
    case TensorType::kBF16:
      for (const float x : values) at = Put(kernels::Bf16FromF32(x), at);
      return;
    case TensorType::kQ8_0:
      EncodeQ8(values, at);
      return;
  }
}

}  // namespace lmp::model
