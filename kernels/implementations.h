// The tables behind the registry; each is defined in the file of its name. Calling a function of
// one needs a machine that registry.cc found able. Everyone else asks the registry.
#pragma once

#include "kernels/ops.h"
#include "kernels/registry.h"

namespace lmp::kernels {

// Scalar, fp64 accumulation, no cleverness: the oracle of the kernel tests, and slow.
extern const Ops kReferenceOps;

extern const Ops kGenericOps;
extern const Ops kAvx2Ops;        // x86-64 builds only
extern const Ops kAvx512Ops;      // x86-64 builds only
extern const Ops kAvx512VnniOps;  // x86-64 builds only
extern const Ops kAvx512Bf16Ops;  // x86-64 builds only

extern const Probes kGenericProbes;
extern const Probes kAvx2Probes;
extern const Probes kAvx512Probes;
extern const Probes kAvx512VnniProbes;
extern const Probes kAvx512Bf16Probes;

}  // namespace lmp::kernels
