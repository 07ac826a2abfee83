// Launches of the emulation: what the kernels' headers ask of a stream.
#pragma once

#include "tests/cuda_emulation/cuda_emulation.h"
// The kernels, behind the names of the device.
#include "kernels/cuda/attention.cuh"
#include "kernels/cuda/kv.cuh"
#include "kernels/cuda/logits.cuh"
#include "kernels/cuda/matmul.cuh"
#include "kernels/cuda/rows.cuh"

namespace lmp::cuda_emulation {

template <typename... Params, typename... Args>
Status Launch(Stream, const kernels::cuda::LaunchShape& shape, void (*kernel)(Params...),
              const Args&... args) {
  Run({shape.blocks_x, shape.blocks_y, shape.threads, shape.shared_bytes},
      [&] { kernel(args...); });
  return OkStatus();
}

}  // namespace lmp::cuda_emulation
