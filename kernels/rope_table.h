// RopeTable: cosines and sines of rotary position embedding, made in fp64 and rounded once to fp32
// (decision 3). Immutable after construction; any thread.
//
// angle(position, i) = position * base^(-2i / dims) / factor[i], i in [0, dims / 2).
// Row `position` is cos[dims / 2] then sin[dims / 2].
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lmp::kernels {

// Which elements of a head form the pair i.
enum class RopeLayout : uint8_t {
  kAdjacent,  // (2i, 2i + 1): llama in GGUF
  kHalves,    // (i, i + dims / 2): NeoX, qwen2
};

struct RopeView {
  const float* rows = nullptr;  // [positions][dims]
  int dims = 0;                 // rotated elements per head, even, <= head_dim; the rest is copied
  int64_t positions = 0;
  RopeLayout layout = RopeLayout::kAdjacent;
};

class RopeTable {
 public:
  // dims even and > 0; positions > 0; factors empty or dims / 2 long (Llama-3 style rope_freqs).
  RopeTable(RopeLayout layout, int dims, double base, int64_t positions,
            std::span<const float> factors = {});
  RopeView view() const;

 private:
  RopeLayout layout_;
  int dims_;
  int64_t positions_;
  std::vector<float> rows_;
};

}  // namespace lmp::kernels
