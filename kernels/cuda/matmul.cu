#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/matmul.cuh"

namespace lmp::kernels::cuda {

Status Matmul(DeviceStream stream, const MatmulArgs& a) { return LaunchMatmul(stream, a); }
Status Embed(DeviceStream stream, const EmbedArgs& a) { return LaunchEmbed(stream, a); }

}  // namespace lmp::kernels::cuda
