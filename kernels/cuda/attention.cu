#include "kernels/cuda/attention.cuh"
#include "kernels/cuda/launch.cuh"

namespace lmp::kernels::cuda {

Status Attention(DeviceStream stream, const DeviceAttention& a) {
  return LaunchAttention(stream, a);
}

}  // namespace lmp::kernels::cuda
