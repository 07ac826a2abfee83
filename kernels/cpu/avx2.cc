#include "kernels/cpu/ops-inl.h"

namespace lmp::kernels {
constinit const Ops cpu::kAvx2Ops = HWY_NAMESPACE::OpsNamed("cpu_avx2");
constinit const Probes cpu::kAvx2Probes = HWY_NAMESPACE::AllProbes();
}  // namespace lmp::kernels
