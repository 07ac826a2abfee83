#include "kernels/weights.h"

#include <cstring>
#include <iterator>
#include <string>

#include "kernels/number.h"
#include "kernels/weight_blocks.h"
#include "runtime/base/large_memory.h"

namespace lmp::kernels {
namespace {

// Kernels may prefetch and load whole vectors a little behind the last panel.
constexpr size_t kTailBytes = 4096;

template <typename T>
T Read(const std::byte* p) {
  T value;
  std::memcpy(&value, p, sizeof(T));
  return value;
}

// Where element (row, column) of plain floats lies, or the block that it is in.
size_t PackedOffset(const MatrixView& w, int64_t row, int64_t column) {
  const BlockLayout layout = LayoutOf(w.format);
  const auto file_bytes = static_cast<size_t>(layout.file_bytes);
  const size_t line = static_cast<size_t>(row / kPanel) * PanelBytes(w.format, w.k) +
                      static_cast<size_t>(column / layout.elements) * kPanel * file_bytes;
  return layout.grouped ? line : line + static_cast<size_t>(row % kPanel) * file_bytes;
}

float FloatAt(WeightFormat format, const std::byte* p) {
  switch (format) {
    case WeightFormat::kF32:
      return Read<float>(p);
    case WeightFormat::kF16:
      return F32FromF16(Read<uint16_t>(p));
    default:
      return F32FromBf16(Read<uint16_t>(p));
  }
}

// One element per kPanel-wide line of the panel.
template <size_t kBytes>
void SpreadElements(const std::byte* source, int64_t count, std::byte* out) {
  for (int64_t k = 0; k < count; ++k, source += kBytes, out += kBytes * kPanel) {
    std::memcpy(out, source, kBytes);
  }
}

void SetRow(std::byte* packed, const MatrixView& w, int64_t row, const std::byte* source) {
  const BlockLayout layout = LayoutOf(w.format);
  if (layout.grouped) {
    WeightBlock block;
    for (int64_t k = 0; k < w.k; k += layout.elements, source += layout.file_bytes) {
      ReadBlock(w.format, source, &block);
      PackBlock(w.format, block, static_cast<int>(row % kPanel), packed + PackedOffset(w, row, k));
    }
    return;
  }
  std::byte* out = packed + PackedOffset(w, row, 0);
  if (layout.file_bytes == 4) {
    SpreadElements<4>(source, w.k, out);
  } else {
    SpreadElements<2>(source, w.k, out);
  }
}

}  // namespace

std::string_view WeightFormatName(WeightFormat format) {
  static constexpr std::string_view kNames[] = {"F32",  "F16",  "BF16", "Q8_0", "Q4_0", "Q4_1",
                                                "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"};
  static_assert(std::size(kNames) == std::size(kWeightFormats));
  return kNames[static_cast<size_t>(format)];
}

int BlockElements(WeightFormat format) { return LayoutOf(format).elements; }

size_t UnpackedBytes(WeightFormat format, int64_t count) {
  const BlockLayout layout = LayoutOf(format);
  return static_cast<size_t>(count / layout.elements) * static_cast<size_t>(layout.file_bytes);
}

size_t PanelBytes(WeightFormat format, int64_t k) { return kPanel * UnpackedBytes(format, k); }

Result<PackedMatrix> PackedMatrix::Allocate(WeightFormat format, int64_t n, int64_t k) {
  constexpr int64_t kDimensionMax = int64_t{1} << 28;  // no byte count comes near 2^63
  if (n < 1 || k < 1 || n > kDimensionMax || k > kDimensionMax) {
    return InvalidArgument("matrix of " + std::to_string(n) + " x " + std::to_string(k) +
                           ": dimensions must be 1.." + std::to_string(kDimensionMax));
  }
  if (k % BlockElements(format) != 0) {
    return InvalidArgument(std::string(WeightFormatName(format)) + " matrix with rows of " +
                           std::to_string(k) + " elements: not a multiple of " +
                           std::to_string(BlockElements(format)));
  }
  PackedMatrix m;
  m.bytes_ = static_cast<size_t>((n + kPanel - 1) / kPanel) * PanelBytes(format, k);
  m.storage_ = AllocateLarge(m.bytes_ + kTailBytes);
  if (m.storage_ == nullptr) {
    return ResourceExhausted("no memory for a weight matrix of " + std::to_string(m.bytes_) +
                             " bytes");
  }
  m.view_ = {format, n, k, m.storage_.get()};
  return m;
}

Result<PackedMatrix> PackedMatrix::Pack(WeightFormat format, int64_t n, int64_t k,
                                        const void* source) {
  LMP_TRY(PackedMatrix m, Allocate(format, n, k));
  m.SetRows(0, n, source);
  return m;
}

void PackedMatrix::SetRows(int64_t n_begin, int64_t n_count, const void* source) {
  LMP_CHECK(n_begin >= 0 && n_count >= 0 && n_begin + n_count <= view_.n);
  const std::byte* row = static_cast<const std::byte*>(source);
  for (int64_t i = 0; i < n_count; ++i, row += UnpackedBytes(view_.format, view_.k)) {
    SetRow(storage_.get(), view_, n_begin + i, row);
  }
}

void WidenRow(const MatrixView& w, int64_t row, float* out) {
  const BlockLayout layout = LayoutOf(w.format);
  const std::byte* p = w.panels + PackedOffset(w, row, 0);
  const size_t step = kPanel * static_cast<size_t>(layout.file_bytes);
  WeightBlock block;
  for (int64_t k = 0; k < w.k; k += layout.elements, p += step) {
    if (!layout.grouped) {
      out[k] = FloatAt(w.format, p);
      continue;
    }
    UnpackBlock(w.format, p, static_cast<int>(row % kPanel), &block);
    WidenBlock(w.format, block, out + k);
  }
}

float WeightAt(const MatrixView& w, int64_t row, int64_t column) {
  const BlockLayout layout = LayoutOf(w.format);
  const std::byte* const p = w.panels + PackedOffset(w, row, column);
  if (!layout.grouped) return FloatAt(w.format, p);
  WeightBlock block;
  float values[kBlockMax];
  UnpackBlock(w.format, p, static_cast<int>(row % kPanel), &block);
  WidenBlock(w.format, block, values);
  return values[column % layout.elements];
}

void WidenElements(WeightFormat format, const void* source, int64_t count, float* out) {
  const BlockLayout layout = LayoutOf(format);
  const std::byte* p = static_cast<const std::byte*>(source);
  WeightBlock block;
  for (int64_t i = 0; i < count; i += layout.elements, p += layout.file_bytes) {
    if (!layout.grouped) {
      out[i] = FloatAt(format, p);
      continue;
    }
    ReadBlock(format, p, &block);
    WidenBlock(format, block, out + i);
  }
}

}  // namespace lmp::kernels
