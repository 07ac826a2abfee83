// AVX-512 with int8 and bf16 products: quantised and bf16 weights are multiplied by rounded x, all
// else is AVX-512's.
#include "kernels/cpu/matmul-bf16-inl.h"

namespace lmp::kernels {

// Of VNNI's table nothing is copied: it may be made after this one.
const Ops kAvx512Bf16Ops = [] {
  Ops ops = kAvx512Ops;
  ops.implementation = "cpu_avx512_bf16";
  ops.int8_products = ops.bf16_products = true;
  ops.matmul = HWY_NAMESPACE::MatmulBf16;
  return ops;
}();

const Probes kAvx512Bf16Probes = [] {
  Probes probes = kAvx512Probes;
  probes.multiply_add_int8 = [](int64_t rounds) {
    return kAvx512VnniProbes.multiply_add_int8(rounds);
  };
  probes.multiply_add_bf16 = HWY_NAMESPACE::ProbeMultiplyAddBf16;
  return probes;
}();

}  // namespace lmp::kernels
