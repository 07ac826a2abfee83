#include "kernels/cpu/ops-inl.h"

namespace lmp::kernels {
constinit const Ops cpu::kGenericOps = HWY_NAMESPACE::OpsNamed("cpu_generic");
constinit const Probes cpu::kGenericProbes = HWY_NAMESPACE::AllProbes();
}  // namespace lmp::kernels
