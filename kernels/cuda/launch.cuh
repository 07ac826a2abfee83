// Launch on a device's stream, for launchers.cuh. nvcc only.
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "kernels/cuda/device.cuh"

namespace lmp::kernels::cuda {

// A block may ask for more dynamic shared memory only if its kernel has been allowed it.
inline constexpr size_t kSharedWithoutAsking = size_t{48} << 10;

inline Status StatusOf(cudaError_t error, const char* doing) {
  if (error == cudaSuccess) return OkStatus();
  return Unavailable(std::string(doing) + ": " + cudaGetErrorString(error));
}

// Errors: Unavailable, also for what earlier work of the device has met.
template <typename... Params, typename... Args>
Status Launch(cudaStream_t stream, const LaunchShape& shape, void (*kernel)(Params...),
              const Args&... args) {
  if (shape.shared_bytes > kSharedWithoutAsking) {
    LMP_RETURN_IF_ERROR(
        StatusOf(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                      static_cast<int>(shape.shared_bytes)),
                 "shared memory of a kernel"));
  }
  kernel<<<dim3(shape.blocks_x, shape.blocks_y), shape.threads, shape.shared_bytes, stream>>>(
      args...);
  return StatusOf(cudaGetLastError(), "launching a kernel");
}

}  // namespace lmp::kernels::cuda
