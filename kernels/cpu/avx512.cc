#include "kernels/cpu/ops-inl.h"

namespace lmp::kernels {
constinit const Ops kAvx512Ops = HWY_NAMESPACE::OpsNamed("cpu_avx512");
constinit const Probes kAvx512Probes = HWY_NAMESPACE::AllProbes();
}  // namespace lmp::kernels
