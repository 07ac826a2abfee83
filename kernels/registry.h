// Registry: the kernel implementations of this build, and the choice among them.
//
//   reference        scalar, fp64 accumulation; the oracle of tests, any machine
//   cpu_generic      SSSE3 on x86-64, the build's baseline elsewhere (NEON on aarch64)
//   cpu_avx2         AVX2, FMA, F16C, BMI2
//   cpu_avx512       AVX-512 F, BW, DQ, VL
//   cpu_avx512_vnni  these, VNNI and VBMI; quantised weights by int8 products, the rest as
//                    cpu_avx512
//   cpu_avx512_bf16  these and BF16; bf16 weights by bf16 products, the rest as cpu_avx512_vnni
//
// Constant after start, any thread. Nothing here reads the environment: the CLI does (LMP_KERNELS).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/ops.h"
#include "runtime/base/status.h"

namespace lmp::kernels {

// What the machine can do at most with an instruction set, for `lmp bench limits`. Each runs on the
// calling thread.
struct Probes {
  // Register-resident fused multiply-adds (multiply and add where there is no fused one); returns
  // the floating-point operations done.
  int64_t (*multiply_add)(int64_t rounds) = nullptr;
  // The same of 8-bit integers; null where matmul does not multiply such.
  int64_t (*multiply_add_int8)(int64_t rounds) = nullptr;
  // And of bf16.
  int64_t (*multiply_add_bf16)(int64_t rounds) = nullptr;
  // Reads `bytes` (a multiple of 256) in four streams with prefetch.
  void (*read)(const std::byte* from, int64_t bytes) = nullptr;
};

struct Implementation {
  std::string_view name;
  std::string_view needs;         // instruction sets, for people
  bool (*available)() = nullptr;  // can this machine run it
  const Ops* ops = nullptr;
  const Probes* probes = nullptr;  // null for the reference
};

// Compiled in, best first.
std::span<const Implementation> Implementations();

// The best available one, or the one named by `forced`. Errors: InvalidArgument for an unknown name
// (lists the names), Unavailable when the machine lacks its instruction sets.
Result<const Ops*> ChooseOps(std::string_view forced = {});

// Which implementation each op of the table comes from, in the order of ops.h.
struct OpChoice {
  std::string_view op;
  std::string_view implementation;
};
std::vector<OpChoice> DescribeOps(const Ops& ops);

}  // namespace lmp::kernels
