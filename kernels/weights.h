// Weight matrices as kernels read them: packed once at load, immutable afterwards, shared by
// threads.
//
// A matrix W has n output rows and k input columns (GGUF order: row-major [n][k]). Packed it is
// panels of kPanel output rows with k ascending inside, so that one vector load gives kPanel
// outputs of one k and a decode step reads memory linearly:
//
//   kF32, kF16, kBf16:  panel -> k -> kPanel elements
//   kQ8_0:              panel -> group of 32 k -> { kPanel fp16 scales, 32 x kPanel int8 }
//
// The last panel is padded with zeros. The packed form is the same for all CPU implementations.
// Every weight has an exact fp32 value (fp16 scale times int8 has at most 19 significant bits), so
// the arithmetic of a quantised matrix is that of its widened fp32 matrix, bit for bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "runtime/base/status.h"

namespace lmp::kernels {

inline constexpr int kPanel = 16;
inline constexpr int kQ8Group = 32;

enum class WeightFormat : uint8_t { kF32, kF16, kBf16, kQ8_0 };
std::string_view WeightFormatName(WeightFormat format);  // "F32", "F16", "BF16", "Q8_0"

// Bytes of `count` consecutive unpacked elements of one row (count a multiple of 32 for kQ8_0).
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
  // Zero-filled. Errors: InvalidArgument for n, k < 1 or k not a multiple of 32 with kQ8_0;
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
  struct Free {
    void operator()(std::byte* p) const;
  };
  MatrixView view_;
  size_t bytes_ = 0;
  std::unique_ptr<std::byte[], Free> storage_;
};

// W[row][column] widened to fp32, exact. For tests and the reference; slow.
float WeightAt(const MatrixView& w, int64_t row, int64_t column);

// Unpacked row elements widened to fp32, for norm weights and biases (any format, any alignment).
void WidenElements(WeightFormat format, const void* source, int64_t count, float* out);

}  // namespace lmp::kernels
