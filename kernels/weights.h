// Weight matrices as kernels read them: packed once at load, immutable afterwards, shared by
// threads.
//
// A matrix W has n output rows and k input columns (GGUF order: row-major [n][k]). Packed it is
// panels of kPanel output rows with k ascending inside, so that one vector load gives kPanel
// outputs of one k and a decode step reads memory linearly:
//
//   kF32, kF16, kBf16:  panel -> k -> kPanel elements
//   quantised:          panel -> block -> { header, groups of 32 k }, see weight_blocks.h
//
// The last panel is padded with zeros. The packed form has as many bytes as the file's and is the
// same for all CPU implementations. Every weight has one fp32 value, that of the format's
// definition, so the arithmetic of a quantised matrix is that of its widened fp32 matrix, bit for
// bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "runtime/base/status.h"

namespace lmp::kernels {

inline constexpr int kPanel = 16;

// The names are those of GGUF; the quantised ones are described in weight_blocks.h.
enum class WeightFormat : uint8_t {
  kF32,
  kF16,
  kBf16,
  kQ8_0,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ4_K,
  kQ5_K,
  kQ6_K,
};
inline constexpr WeightFormat kWeightFormats[] = {
    WeightFormat::kF32,  WeightFormat::kF16,  WeightFormat::kBf16, WeightFormat::kQ8_0,
    WeightFormat::kQ4_0, WeightFormat::kQ4_1, WeightFormat::kQ5_0, WeightFormat::kQ5_1,
    WeightFormat::kQ4_K, WeightFormat::kQ5_K, WeightFormat::kQ6_K};
std::string_view WeightFormatName(WeightFormat format);  // "F32", "BF16", "Q4_K", ...

// Elements of a row that only exist together: 1, 32 or 256. Rows have whole blocks.
int BlockElements(WeightFormat format);
// Bytes of `count` consecutive unpacked elements of one row; whole blocks.
size_t UnpackedBytes(WeightFormat format, int64_t count);
size_t PanelBytes(WeightFormat format, int64_t k);

// What kernels take: POD, does not own.
struct MatrixView {
  WeightFormat format = WeightFormat::kF32;
  int64_t n = 0;
  int64_t k = 0;
  const std::byte* panels = nullptr;
};

class PackedMatrix {
 public:
  PackedMatrix() = default;
  PackedMatrix(PackedMatrix&&) = default;
  PackedMatrix& operator=(PackedMatrix&&) = default;
  // Zero-filled. Errors: InvalidArgument for n, k < 1 or k not of whole blocks;
  // ResourceExhausted when the memory is not there.
  static Result<PackedMatrix> Allocate(WeightFormat format, int64_t n, int64_t k);
  // Allocate and SetRows of the whole matrix.
  static Result<PackedMatrix> Pack(WeightFormat format, int64_t n, int64_t k, const void* source);

  // Packs rows [n_begin, n_begin + n_count) from row-major unpacked bytes (any alignment). Several
  // matrices of one format and k can so be joined along n (Q|K|V, gate|up). Distinct row ranges may
  // be set from distinct threads if they share no panel.
  void SetRows(int64_t n_begin, int64_t n_count, const void* source);

  MatrixView view() const { return view_; }
  size_t bytes() const { return bytes_; }

 private:
  MatrixView view_;
  size_t bytes_ = 0;
  std::shared_ptr<std::byte> storage_;
};

// W[row][column] widened to fp32. For tests; slow.
float WeightAt(const MatrixView& w, int64_t row, int64_t column);

// The whole row, out[w.k].
void WidenRow(const MatrixView& w, int64_t row, float* out);

// Unpacked row elements, whole blocks, widened to fp32: for norm weights and biases (any format,
// any alignment).
void WidenElements(WeightFormat format, const void* source, int64_t count, float* out);

}  // namespace lmp::kernels
