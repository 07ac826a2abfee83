#include "runtime/model/tensor_encode.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "kernels/number.h"
#include "kernels/weight_blocks.h"
#include "runtime/base/check.h"

namespace lmp::model {
namespace {

constexpr size_t kGroup = 32;

template <typename T>
std::byte* Put(T value, std::byte* out) {
  std::memcpy(out, &value, sizeof(T));
  return out + sizeof(T);
}

void EncodeQ8(std::span<const float> values, std::byte* out) {
  for (size_t begin = 0; begin < values.size(); begin += kGroup) {
    const auto group = values.subspan(begin, kGroup);
    float largest = 0;
    for (const float x : group) largest = std::max(largest, std::fabs(x));
    const float scale = largest / 127.0f;
    const float inverse = scale > 0 ? 1.0f / scale : 0.0f;
    out = Put(kernels::F16FromF32(scale), out);
    for (const float x : group) out = Put(static_cast<int8_t>(std::lround(x * inverse)), out);
  }
}

}  // namespace

void EncodeElements(TensorType type, std::span<const float> values, std::vector<std::byte>* out) {
  const kernels::WeightFormat format = WeightFormatOf(type);
  LMP_CHECK(static_cast<int64_t>(values.size()) % kernels::BlockElements(format) == 0);
  const size_t begin = out->size();
  out->resize(begin + kernels::UnpackedBytes(format, static_cast<int64_t>(values.size())));
  std::byte* at = out->data() + begin;
  switch (type) {
    case TensorType::kF32:
      std::memcpy(at, values.data(), values.size_bytes());
      return;
    case TensorType::kF16:
      for (const float x : values) at = Put(kernels::F16FromF32(x), at);
      return;
    case TensorType::kBF16:
      for (const float x : values) at = Put(kernels::Bf16FromF32(x), at);
      return;
    case TensorType::kQ8_0:
      EncodeQ8(values, at);
      return;
    default:
      LMP_CHECK(false);  // see AppendRandomBlocks
  }
}

void AppendRandomBlocks(TensorType type, int64_t count, float bound, Rng* rng,
                        std::vector<std::byte>* out) {
  const kernels::WeightFormat format = WeightFormatOf(type);
  const kernels::BlockLayout layout = kernels::LayoutOf(format);
  LMP_CHECK(layout.grouped && layout.low_bits == 4 && count % layout.elements == 0);
  const int levels = 16 << layout.high_bits;
  const bool super = layout.elements == kernels::kBlockMax;
  constexpr float kSmall = 16;  // every small integer of the K formats
  // scale * (levels - 1) is the width of the range, or scale * (levels / 2) its half.
  const float scale = layout.has_offset ? 2 * bound / static_cast<float>(levels - 1)
                                        : 2 * bound / static_cast<float>(levels);
  const float d = super ? scale / kSmall : scale;
  const float offset = super ? bound / kSmall : -bound;
  const auto block_bytes = static_cast<size_t>(layout.file_bytes);
  for (int64_t i = 0; i < count; i += layout.elements) {
    const size_t begin = out->size();
    out->resize(begin + block_bytes);
    std::byte* const at = out->data() + begin;
    for (size_t b = 0; b < block_bytes; b += 8) {
      const uint64_t bits = rng->Next();
      std::memcpy(at + b, &bits, std::min<size_t>(8, block_bytes - b));
    }
    if (super && !layout.has_offset) {
      std::memset(at + 192, static_cast<int>(kSmall), 16);
      Put(kernels::F16FromF32(d), at + 208);
      continue;
    }
    std::byte* const behind = Put(kernels::F16FromF32(d), at);
    if (layout.has_offset) Put(kernels::F16FromF32(offset), behind);
    if (super) {  // 8 scales and 8 minima of 6 bits, all 16
      std::memset(at + 4, 0x50, 8);
      std::memset(at + 12, 0, 4);
    }
  }
}

}  // namespace lmp::model
