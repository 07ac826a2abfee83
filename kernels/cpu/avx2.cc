#include "kernels/cpu/ops-inl.h"

namespace lmp::kernels {
constinit const Ops kAvx2Ops = HWY_NAMESPACE::OpsNamed("cpu_avx2");
constinit const Probes kAvx2Probes = HWY_NAMESPACE::AllProbes();
}  // namespace lmp::kernels
