#include "kernels/weights.h"

#include <cstring>
#include <new>
#include <string>

#include "kernels/number.h"

namespace lmp::kernels {
namespace {

constexpr size_t kQ8BlockBytes = 2 + kQ8Group;  // GGUF: fp16 scale, 32 int8
constexpr size_t kQ8PanelGroupBytes = size_t{kPanel} * kQ8BlockBytes;
constexpr size_t kAlignment = 64;
// Kernels may prefetch and load whole vectors a little behind the last panel.
constexpr size_t kTailBytes = 4096;

template <typename T>
T Read(const std::byte* p) {
  T value;
  std::memcpy(&value, p, sizeof(T));
  return value;
}

size_t ElementBytes(WeightFormat format) { return format == WeightFormat::kF32 ? 4 : 2; }

// Where element (row, column) of a not grouped format, or its int8 for kQ8_0, lies.
size_t PackedOffset(const MatrixView& w, int64_t row, int64_t column) {
  const size_t panel = static_cast<size_t>(row / kPanel) * PanelBytes(w.format, w.k);
  const size_t lane = static_cast<size_t>(row % kPanel);
  const size_t k = static_cast<size_t>(column);
  if (w.format != WeightFormat::kQ8_0) {
    return panel + (k * kPanel + lane) * ElementBytes(w.format);
  }
  return panel + k / kQ8Group * kQ8PanelGroupBytes + 2 * kPanel + k % kQ8Group * kPanel + lane;
}

size_t ScaleOffset(const MatrixView& w, int64_t row, int64_t column) {
  return static_cast<size_t>(row / kPanel) * PanelBytes(w.format, w.k) +
         static_cast<size_t>(column) / kQ8Group * kQ8PanelGroupBytes +
         2 * static_cast<size_t>(row % kPanel);
}

// One element per kPanel-wide line of the panel.
template <size_t kBytes>
void SpreadElements(const std::byte* source, int64_t count, std::byte* out) {
  for (int64_t k = 0; k < count; ++k, source += kBytes, out += kBytes * kPanel) {
    std::memcpy(out, source, kBytes);
  }
}

void SetRow(std::byte* packed, const MatrixView& w, int64_t row, const std::byte* source) {
  if (w.format == WeightFormat::kQ8_0) {
    for (int64_t k = 0; k < w.k; k += kQ8Group, source += kQ8BlockBytes) {
      std::memcpy(packed + ScaleOffset(w, row, k), source, 2);
      std::byte* out = packed + PackedOffset(w, row, k);
      for (size_t i = 0; i < kQ8Group; ++i) out[i * kPanel] = source[2 + i];
    }
    return;
  }
  std::byte* out = packed + PackedOffset(w, row, 0);
  if (ElementBytes(w.format) == 4) {
    SpreadElements<4>(source, w.k, out);
  } else {
    SpreadElements<2>(source, w.k, out);
  }
}

}  // namespace

std::string_view WeightFormatName(WeightFormat format) {
  switch (format) {
    case WeightFormat::kF32:
      return "F32";
    case WeightFormat::kF16:
      return "F16";
    case WeightFormat::kBf16:
      return "BF16";
    case WeightFormat::kQ8_0:
      return "Q8_0";
  }
  return "?";
}

size_t UnpackedBytes(WeightFormat format, int64_t count) {
  const size_t n = static_cast<size_t>(count);
  return format == WeightFormat::kQ8_0 ? n / kQ8Group * kQ8BlockBytes : n * ElementBytes(format);
}

size_t PanelBytes(WeightFormat format, int64_t k) { return kPanel * UnpackedBytes(format, k); }

void PackedMatrix::Free::operator()(std::byte* p) const {
  ::operator delete[](p, std::align_val_t{kAlignment});
}

Result<PackedMatrix> PackedMatrix::Allocate(WeightFormat format, int64_t n, int64_t k) {
  constexpr int64_t kDimensionMax = int64_t{1} << 28;  // no byte count comes near 2^63
  if (n < 1 || k < 1 || n > kDimensionMax || k > kDimensionMax) {
    return InvalidArgument("matrix of " + std::to_string(n) + " x " + std::to_string(k) +
                           ": dimensions must be 1.." + std::to_string(kDimensionMax));
  }
  if (format == WeightFormat::kQ8_0 && k % kQ8Group != 0) {
    return InvalidArgument("Q8_0 matrix with rows of " + std::to_string(k) +
                           " elements: not a multiple of 32");
  }
  PackedMatrix m;
  m.bytes_ = static_cast<size_t>((n + kPanel - 1) / kPanel) * PanelBytes(format, k);
  void* memory =
      ::operator new[](m.bytes_ + kTailBytes, std::align_val_t{kAlignment}, std::nothrow);
  if (memory == nullptr) {
    return ResourceExhausted("no memory for a weight matrix of " + std::to_string(m.bytes_) +
                             " bytes");
  }
  std::memset(memory, 0, m.bytes_ + kTailBytes);
  m.storage_.reset(static_cast<std::byte*>(memory));
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

float WeightAt(const MatrixView& w, int64_t row, int64_t column) {
  const std::byte* p = w.panels + PackedOffset(w, row, column);
  switch (w.format) {
    case WeightFormat::kF32:
      return Read<float>(p);
    case WeightFormat::kF16:
      return F32FromF16(Read<uint16_t>(p));
    case WeightFormat::kBf16:
      return F32FromBf16(Read<uint16_t>(p));
    case WeightFormat::kQ8_0:
      return F32FromF16(Read<uint16_t>(w.panels + ScaleOffset(w, row, column))) *
             static_cast<float>(Read<int8_t>(p));
  }
  return 0;
}

void WidenElements(WeightFormat format, const void* source, int64_t count, float* out) {
  const std::byte* p = static_cast<const std::byte*>(source);
  for (int64_t i = 0; i < count; ++i) {
    const size_t at = static_cast<size_t>(i);
    switch (format) {
      case WeightFormat::kF32:
        out[i] = Read<float>(p + at * 4);
        break;
      case WeightFormat::kF16:
        out[i] = F32FromF16(Read<uint16_t>(p + at * 2));
        break;
      case WeightFormat::kBf16:
        out[i] = F32FromBf16(Read<uint16_t>(p + at * 2));
        break;
      case WeightFormat::kQ8_0: {
        const std::byte* block = p + at / kQ8Group * kQ8BlockBytes;
        out[i] = F32FromF16(Read<uint16_t>(block)) *
                 static_cast<float>(Read<int8_t>(block + 2 + at % kQ8Group));
        break;
      }
    }
  }
}

}  // namespace lmp::kernels
