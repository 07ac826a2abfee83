#include "kernels/weight_blocks.h"

#include <cstring>

#include "kernels/number.h"

namespace lmp::kernels {
namespace {

uint8_t Byte(const std::byte* p) { return static_cast<uint8_t>(*p); }

uint16_t Half(const std::byte* p) {
  uint16_t value;
  std::memcpy(&value, p, sizeof(value));
  return value;
}

// 16 bytes: weight i in the low half of byte i, weight i + `apart` in its high half; `count` bytes.
void ReadNibbles(const std::byte* from, int count, int apart, uint8_t* q) {
  for (int i = 0; i < count; ++i) {
    q[i] = Byte(from + i) & 15;
    q[i + apart] = Byte(from + i) >> 4;
  }
}

void ReadSmallBlock(const BlockLayout& layout, const std::byte* file, WeightBlock* out) {
  out->d = Half(file);
  file += 2;
  if (layout.has_offset) {
    out->offset = Half(file);
    file += 2;
  }
  if (layout.low_bits == 8) {
    std::memcpy(out->q, file, kGroup);
    return;
  }
  uint32_t high = 0;
  if (layout.high_bits > 0) {
    std::memcpy(&high, file, sizeof(high));
    file += sizeof(high);
  }
  ReadNibbles(file, kGroup / 2, kGroup / 2, out->q);
  for (int i = 0; i < kGroup; ++i) {
    out->q[i] = static_cast<uint8_t>(out->q[i] | ((high >> i) & 1u) << 4);
  }
}

// Eight 6-bit scales and minima in 12 bytes.
void ReadScales(const std::byte* from, WeightBlock* out) {
  for (int i = 0; i < 4; ++i) {
    const int a = Byte(from + i), b = Byte(from + i + 4), c = Byte(from + i + 8);
    out->scales[i] = static_cast<uint8_t>(a & 63);
    out->minima[i] = static_cast<uint8_t>(b & 63);
    out->scales[i + 4] = static_cast<uint8_t>((c & 15) | (a >> 6) << 4);
    out->minima[i + 4] = static_cast<uint8_t>((c >> 4) | (b >> 6) << 4);
  }
}

void ReadQ45K(const BlockLayout& layout, const std::byte* file, WeightBlock* out) {
  out->d = Half(file);
  out->offset = Half(file + 2);
  ReadScales(file + 4, out);
  const std::byte* const high = file + 16;
  const std::byte* const low = high + kGroup * layout.high_bits;
  for (int i = 0; i < kBlockMax; i += 2 * kGroup) {
    ReadNibbles(low + i / 2, kGroup, kGroup, out->q + i);
  }
  if (layout.high_bits == 0) return;
  for (int i = 0; i < kBlockMax; ++i) {
    const int bit = (Byte(high + i % kGroup) >> (i / kGroup)) & 1;
    out->q[i] = static_cast<uint8_t>(out->q[i] | bit << 4);
  }
}

void ReadQ6K(const std::byte* file, WeightBlock* out) {
  const std::byte* low = file;
  const std::byte* high = file + 128;
  for (int half = 0; half < kBlockMax; half += 128, low += 64, high += 32) {
    ReadNibbles(low, 64, 64, out->q + half);
    for (int i = 0; i < 128; ++i) {
      const int bits = (Byte(high + i % 32) >> (i / 32 * 2)) & 3;
      out->q[half + i] = static_cast<uint8_t>(out->q[half + i] | bits << 4);
    }
  }
  std::memcpy(out->scales, file + 192, sizeof(out->scales));
  out->d = Half(file + 208);
}

// Where the parts of one group of a packed block begin.
struct GroupParts {
  GroupParts(const BlockLayout& layout, int group)
      : small(static_cast<size_t>(layout.header_bytes() + group * layout.group_bytes())),
        high(small + static_cast<size_t>(layout.small_bytes)),
        low(high + static_cast<size_t>(layout.high_bytes())) {}
  size_t small, high, low;
};

void PackSmall(const BlockLayout& layout, const WeightBlock& block, int group, int row,
               std::byte* small) {
  if (layout.small_bytes == 0) return;
  if (!layout.has_offset) {
    small[row] = static_cast<std::byte>(block.scales[2 * group]);
    small[row + kPanel] = static_cast<std::byte>(block.scales[2 * group + 1]);
    return;
  }
  const int minimum = block.minima[group];
  small[row] = static_cast<std::byte>(block.scales[group] | (minimum & 3) << 6);
  std::byte& shared = small[kPanel + row % 8];
  const int shift = row / 8 * 4;
  const int others = static_cast<int>(shared) & (0xF0 >> shift);
  shared = static_cast<std::byte>(others | (minimum >> 2) << shift);
}

void UnpackSmall(const BlockLayout& layout, const std::byte* small, int group, int row,
                 WeightBlock* out) {
  if (layout.small_bytes == 0) return;
  if (!layout.has_offset) {
    out->scales[2 * group] = Byte(small + row);
    out->scales[2 * group + 1] = Byte(small + row + kPanel);
    return;
  }
  const int both = Byte(small + row);
  const int high = (Byte(small + kPanel + row % 8) >> (row / 8 * 4)) & 15;
  out->scales[group] = static_cast<uint8_t>(both & 63);
  out->minima[group] = static_cast<uint8_t>(both >> 6 | high << 2);
}

// The uint32 of row `row` that has the high bits of k, and where in it they are.
struct HighPlace {
  HighPlace(const BlockLayout& layout, int k, int row)
      : offset(static_cast<size_t>(4 * (k * layout.high_bits / 32 * kPanel + row))),
        shift(k * layout.high_bits % 32) {}
  size_t offset;
  int shift;
};

}  // namespace

void ReadBlock(WeightFormat format, const std::byte* file, WeightBlock* out) {
  const BlockLayout layout = LayoutOf(format);
  if (layout.elements == kGroup) {
    ReadSmallBlock(layout, file, out);
  } else if (layout.has_offset) {
    ReadQ45K(layout, file, out);
  } else {
    ReadQ6K(file, out);
  }
}

void PackBlock(WeightFormat format, const WeightBlock& block, int row, std::byte* packed) {
  const BlockLayout layout = LayoutOf(format);
  std::memcpy(packed + 2 * row, &block.d, 2);
  if (layout.header_halves > 1) std::memcpy(packed + 2 * (kPanel + row), &block.offset, 2);
  for (int group = 0; group < layout.elements / kGroup; ++group) {
    const GroupParts parts(layout, group);
    PackSmall(layout, block, group, row, packed + parts.small);
    const uint8_t* const q = block.q + group * kGroup;
    std::byte* low = packed + parts.low + row;
    if (layout.low_bits == 8) {
      for (int k = 0; k < kGroup; ++k) low[k * kPanel] = static_cast<std::byte>(q[k]);
      continue;
    }
    for (int k = 0; k < kGroup; k += 2, low += kPanel) {
      *low = static_cast<std::byte>((q[k] & 15) | (q[k + 1] & 15) << 4);
    }
    uint32_t words[2] = {};
    for (int k = 0; k < kGroup && layout.high_bits > 0; ++k) {
      const HighPlace place(layout, k, row);
      words[k * layout.high_bits / 32] |= static_cast<uint32_t>(q[k] >> 4) << place.shift;
    }
    for (int word = 0; word < layout.high_bits; ++word) {
      std::memcpy(packed + parts.high + 4 * (word * kPanel + row), &words[word], 4);
    }
  }
}

void UnpackBlock(WeightFormat format, const std::byte* packed, int row, WeightBlock* out) {
  const BlockLayout layout = LayoutOf(format);
  out->d = Half(packed + 2 * row);
  if (layout.header_halves > 1) out->offset = Half(packed + 2 * (kPanel + row));
  for (int group = 0; group < layout.elements / kGroup; ++group) {
    const GroupParts parts(layout, group);
    UnpackSmall(layout, packed + parts.small, group, row, out);
    uint8_t* const q = out->q + group * kGroup;
    const std::byte* const low = packed + parts.low + row;
    for (int k = 0; k < kGroup; ++k) {
      if (layout.low_bits == 8) {
        q[k] = Byte(low + k * kPanel);
        continue;
      }
      uint32_t word = 0;
      const HighPlace place(layout, k, row);
      if (layout.high_bits > 0) std::memcpy(&word, packed + parts.high + place.offset, 4);
      const uint32_t high = (word >> place.shift) & ((1u << layout.high_bits) - 1);
      q[k] = static_cast<uint8_t>(((Byte(low + k / 2 * kPanel) >> (k % 2 * 4)) & 15) | high << 4);
    }
  }
}

void WidenBlock(WeightFormat format, const WeightBlock& block, float* out) {
  const BlockLayout layout = LayoutOf(format);
  const float d = F32FromF16(block.d);
  const float offset = F32FromF16(block.offset);
  for (int i = 0; i < layout.elements; ++i) {
    if (layout.low_bits == 8) {
      out[i] = d * static_cast<float>(static_cast<int8_t>(block.q[i]));
    } else if (!layout.has_offset) {
      const float scale =
          layout.small_bytes == 0
              ? d
              : d * static_cast<float>(static_cast<int8_t>(block.scales[i / kScaleItems6]));
      out[i] = scale * static_cast<float>(block.q[i] - layout.bias);
    } else if (layout.small_bytes == 0) {
      out[i] = d * static_cast<float>(block.q[i]) + offset;
    } else {
      const float scale = d * static_cast<float>(block.scales[i / kGroup]);
      const float minimum = offset * static_cast<float>(block.minima[i / kGroup]);
      out[i] = scale * static_cast<float>(block.q[i]) - minimum;
    }
  }
}

}  // namespace lmp::kernels
