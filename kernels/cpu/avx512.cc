#include "kernels/cpu/ops-inl.h"

namespace lmp::kernels {
constinit const Ops cpu::kAvx512Ops = HWY_NAMESPACE::OpsNamed("cpu_avx512");
}  // namespace lmp::kernels
