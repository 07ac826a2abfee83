#include "kernels/registry.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <string>

#include "kernels/implementations.h"

namespace lmp::kernels {
namespace {

bool Always() { return true; }

#if defined(__x86_64__)
bool HasSsse3() { return __builtin_cpu_supports("ssse3"); }
// clang 14 does not know the name "f16c".
bool HasF16c() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}
bool HasAvx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && HasF16c() &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("aes");
}
bool HasAvx512() {
  return HasAvx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
bool HasAvx512Vnni() {
  return HasAvx512() && __builtin_cpu_supports("avx512vnni") &&
         __builtin_cpu_supports("avx512vbmi");
}
bool HasAvx512Bf16() { return HasAvx512Vnni() && __builtin_cpu_supports("avx512bf16"); }
#endif

std::string Names() {
  std::string names;
  for (const Implementation& i : Implementations()) {
    if (!names.empty()) names += ", ";
    names += i.name;
  }
  return names;
}

// The implementation that this function was written for: a better one may have it in its table,
// too.
template <typename Function>
OpChoice Describe(std::string_view op, Function Ops::*slot, const Ops& ops) {
  const std::span<const Implementation> all = Implementations();
  for (auto i = all.rbegin(); i != all.rend(); ++i) {
    if (i->ops->*slot == ops.*slot) return {op, i->name};
  }
  return {op, ops.implementation};
}

}  // namespace

std::span<const Implementation> Implementations() {
  static const Implementation kAll[] = {
#if defined(__x86_64__)
    {"cpu_avx512_bf16", "AVX-512 F, BW, DQ, VL, VNNI, VBMI, BF16", HasAvx512Bf16, &kAvx512Bf16Ops,
     &kAvx512Bf16Probes},
    {"cpu_avx512_vnni", "AVX-512 F, BW, DQ, VL, VNNI, VBMI", HasAvx512Vnni, &kAvx512VnniOps,
     &kAvx512VnniProbes},
    {"cpu_avx512", "AVX-512 F, BW, DQ, VL", HasAvx512, &kAvx512Ops, &kAvx512Probes},
    {"cpu_avx2", "AVX2, FMA, F16C, BMI2", HasAvx2, &kAvx2Ops, &kAvx2Probes},
    {"cpu_generic", "SSSE3", HasSsse3, &kGenericOps, &kGenericProbes},
#else
    {"cpu_generic", "nothing beyond the build's baseline", Always, &kGenericOps, &kGenericProbes},
#endif
    {"reference", "nothing", Always, &kReferenceOps, nullptr},
  };
  return kAll;
}

Result<const Ops*> ChooseOps(std::string_view forced) {
  for (const Implementation& i : Implementations()) {
    if (forced.empty() ? i.available() : i.name == forced) {
      if (i.available()) return i.ops;
      return Unavailable("kernels \"" + std::string(forced) + "\" need " + std::string(i.needs) +
                         ", which this machine lacks");
    }
  }
  return InvalidArgument("no kernels named \"" + std::string(forced) + "\"; there are " + Names());
}

std::vector<OpChoice> DescribeOps(const Ops& ops) {
  return {
      Describe("matmul", &Ops::matmul, ops),     Describe("embed", &Ops::embed, ops),
      Describe("rms_norm", &Ops::rms_norm, ops), Describe("add", &Ops::add, ops),
      Describe("swiglu", &Ops::swiglu, ops),     Describe("rope", &Ops::rope, ops),
      Describe("kv_write", &Ops::kv_write, ops), Describe("attention", &Ops::attention, ops),
      Describe("argmax", &Ops::argmax, ops),     Describe("exp_weights", &Ops::exp_weights, ops),
  };
}

}  // namespace lmp::kernels
