// The kernels of kernels/cuda as a table of ops on host memory, run by the emulation: one more
// implementation for the tests of tests/kernels. Slow; one caller at a time.
#pragma once

#include "kernels/ops.h"

namespace lmp::kernels {

extern const Ops kCudaEmulatedOps;

}  // namespace lmp::kernels
