// Registry: the kernel implementations of this build, and the choice among them.
//
//   reference    scalar, fp64 accumulation; the oracle of tests, any machine
//   cpu_generic  SSSE3 on x86-64, the build's baseline elsewhere (NEON on aarch64)
//   cpu_avx2     AVX2, FMA, F16C, BMI2
//   cpu_avx512   AVX-512 F, BW, DQ, VL, CD
//
// Constant after start, any thread. Nothing here reads the environment; the CLI passes LMP_KERNELS on.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "kernels/ops.h"
#include "runtime/base/status.h"

namespace lmp::kernels {

struct Implementation {
  std::string_view name;
  std::string_view needs;        // instruction sets, for people
  bool (*available)() = nullptr;  // can this machine run it
  const Ops* ops = nullptr;
};

// Compiled in, best first.
std::span<const Implementation> Implementations();

// The best available one, or the one named by `forced`. Errors: NotFound for an unknown name (lists
// the names), Unavailable when the machine lacks its instruction sets.
Result<const Ops*> ChooseOps(std::string_view forced = {});

// Which implementation each op of the table comes from, in the order of ops.h.
struct OpChoice {
  std::string_view op;
  std::string_view implementation;
};
std::vector<OpChoice> DescribeOps(const Ops& ops);

}  // namespace lmp::kernels
