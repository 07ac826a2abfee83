// Quantised weights: one block of a row as the file has it, as numbers, and packed.
//
// A block is 32 or 256 consecutive weights of a row (BlockElements). Its weight i is
//
//   scale * (q[i] - bias)            Q8_0 (q is an int8, bias 0), Q4_0, Q5_0, Q6_K
//   scale * q[i] + offset            Q4_1, Q5_1, Q4_K, Q5_K
//
// with q of 4, 5, 6 or 8 bits. Blocks of 32 hold scale and offset in fp16. Blocks of 256 hold an
// fp16 factor for each of them and small integers: scale = d * scales[i / 32], offset =
// -(dmin * minima[i / 32]); of Q6_K scale = d * scales[i / 16]. All products are exact in fp32, so
// the only rounding is that of the last addition, fused or not.
//
// Packed, a block of kPanel rows is
//
//   header: kPanel fp16 (d) [, kPanel fp16 (dmin, or the offset)]
//   per 32 k: [small integers]
//             high: one uint32 per row and bit: bits of q above 4, k ascending from bit 0
//             low:  Q8_0: kPanel bytes per k. Else kPanel bytes per two k, the even one in bits 0-3
//
// Small integers of Q4_K, Q5_K are 6 bits: kPanel bytes scale | minimum << 6, then kPanel / 2 bytes
// with the high 4 bits of the minima of row i (bits 0-3) and row i + 8. Of Q6_K they are 2 x kPanel
// int8.
//
// Pure functions, any thread, any alignment.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/weights.h"

namespace lmp::kernels {

inline constexpr int kGroup = 32;        // k of a group
inline constexpr int kBlockMax = 256;    // weights of a block
inline constexpr int kScaleItems6 = 16;  // weights that share a scale in Q6_K

struct BlockLayout {
  int elements = 1;
  int file_bytes = 0;
  bool grouped = true;    // false: plain floats, none of the below
  int header_halves = 0;  // fp16 of a row
  int small_bytes = 0;    // per panel and group: the small integers
  int high_bits = 0;      // 0, 1, 2
  int low_bits = 4;       // 4, 8
  int bias = 0;           // subtracted from q
  bool has_offset = false;
  int scale_elements = kGroup;  // that share a scale

  constexpr int header_bytes() const { return 2 * kPanel * header_halves; }
  constexpr int high_bytes() const { return 4 * kPanel * high_bits; }
  constexpr int group_bytes() const {
    return small_bytes + high_bytes() + kGroup * kPanel * low_bits / 8;
  }
};

constexpr BlockLayout LayoutOf(WeightFormat format) {
  switch (format) {
    case WeightFormat::kF32:
      return {.file_bytes = 4, .grouped = false};
    case WeightFormat::kF16:
    case WeightFormat::kBf16:
      return {.file_bytes = 2, .grouped = false};
    case WeightFormat::kQ8_0:
      return {.elements = 32, .file_bytes = 34, .header_halves = 1, .low_bits = 8};
    case WeightFormat::kQ4_0:
      return {.elements = 32, .file_bytes = 18, .header_halves = 1, .bias = 8};
    case WeightFormat::kQ4_1:
      return {.elements = 32, .file_bytes = 20, .header_halves = 2, .has_offset = true};
    case WeightFormat::kQ5_0:
      return {.elements = 32, .file_bytes = 22, .header_halves = 1, .high_bits = 1, .bias = 16};
    case WeightFormat::kQ5_1:
      return {
          .elements = 32, .file_bytes = 24, .header_halves = 2, .high_bits = 1, .has_offset = true};
    case WeightFormat::kQ4_K:
      return {.elements = 256,
              .file_bytes = 144,
              .header_halves = 2,
              .small_bytes = kPanel + kPanel / 2,
              .has_offset = true};
    case WeightFormat::kQ5_K:
      return {.elements = 256,
              .file_bytes = 176,
              .header_halves = 2,
              .small_bytes = kPanel + kPanel / 2,
              .high_bits = 1,
              .has_offset = true};
    case WeightFormat::kQ6_K:
      return {.elements = 256,
              .file_bytes = 210,
              .header_halves = 1,
              .small_bytes = 2 * kPanel,
              .high_bits = 2,
              .bias = 32,
              .scale_elements = kScaleItems6};
  }
  return {};
}

// The packed form of a block of kPanel rows has as many bytes as they have in the file.
constexpr bool PackedAsSmall(WeightFormat format) {
  const BlockLayout b = LayoutOf(format);
  return b.header_bytes() + b.elements / kGroup * b.group_bytes() == kPanel * b.file_bytes;
}
static_assert(PackedAsSmall(WeightFormat::kQ8_0) && PackedAsSmall(WeightFormat::kQ4_0) &&
              PackedAsSmall(WeightFormat::kQ4_1) && PackedAsSmall(WeightFormat::kQ5_0) &&
              PackedAsSmall(WeightFormat::kQ5_1) && PackedAsSmall(WeightFormat::kQ4_K) &&
              PackedAsSmall(WeightFormat::kQ5_K) && PackedAsSmall(WeightFormat::kQ6_K));

// A block of one row as numbers.
struct WeightBlock {
  uint16_t d = 0;           // fp16: scale, or the factor of the scales
  uint16_t offset = 0;      // fp16: offset, or the factor of the minima
  uint8_t scales[16] = {};  // of Q6_K int8
  uint8_t minima[8] = {};
  uint8_t q[kBlockMax] = {};  // without bias; of Q8_0 int8
};

// From the bytes of a file (GGUF). Any bytes are a block.
void ReadBlock(WeightFormat format, const std::byte* file, WeightBlock* out);
// Into and from row `row` (0..15) of a packed block.
void PackBlock(WeightFormat format, const WeightBlock& block, int row, std::byte* packed);
void UnpackBlock(WeightFormat format, const std::byte* packed, int row, WeightBlock* out);
// Its weights: LayoutOf(format).elements of them.
void WidenBlock(WeightFormat format, const WeightBlock& block, float* out);

}  // namespace lmp::kernels
