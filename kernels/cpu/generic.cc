#include "kernels/cpu/ops-inl.h"

namespace lmp::kernels {
constinit const Ops kGenericOps = HWY_NAMESPACE::OpsNamed("cpu_generic");
constinit const Probes kGenericProbes = HWY_NAMESPACE::AllProbes();
}  // namespace lmp::kernels
