// The CPU implementations of this build; each is defined in the file of its name. Calling an op needs
// a machine that registry.cc found able.
#pragma once

#include "kernels/ops.h"
#include "kernels/registry.h"

namespace lmp::kernels::cpu {

extern const Ops kGenericOps;
extern const Ops kAvx2Ops;    // x86-64 builds only
extern const Ops kAvx512Ops;  // x86-64 builds only

extern const Probes kGenericProbes;
extern const Probes kAvx2Probes;
extern const Probes kAvx512Probes;

}  // namespace lmp::kernels::cpu
