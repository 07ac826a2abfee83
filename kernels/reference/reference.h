// The scalar implementation of every op: fp64 accumulation, no cleverness, the only oracle of the
// kernel tests. Also a working back end (LMP_KERNELS=reference), slow.
#pragma once

#include "kernels/ops.h"

namespace lmp::kernels::reference {
extern const Ops kReferenceOps;
}  // namespace lmp::kernels::reference
