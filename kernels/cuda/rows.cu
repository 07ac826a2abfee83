#include "kernels/cuda/kv.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/logits.cuh"
#include "kernels/cuda/rows.cuh"

namespace lmp::kernels::cuda {

Status RmsNorm(DeviceStream stream, const RmsNormArgs& a) { return LaunchRmsNorm(stream, a); }
Status Add(DeviceStream stream, const AddArgs& a) { return LaunchAdd(stream, a); }
Status Swiglu(DeviceStream stream, const SwigluArgs& a) { return LaunchSwiglu(stream, a); }
Status Rope(DeviceStream stream, const RopeArgs& a) { return LaunchRope(stream, a); }
Status KvWrite(DeviceStream stream, const KvWriteArgs& a) { return LaunchKvWrite(stream, a); }

Status KvLoad(DeviceStream stream, const StoredKv& a, const KvLayerView& pool) {
  return LaunchKvLoad(stream, a, pool);
}

Status ArgmaxRows(DeviceStream stream, const LogitRows& a, Argmax* out) {
  return LaunchArgmax(stream, a, out);
}
Status ExpWeightsRows(DeviceStream stream, const LogitRows& a, const WeightRows& w) {
  return LaunchExpWeights(stream, a, w);
}

}  // namespace lmp::kernels::cuda
