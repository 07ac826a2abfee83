// AVX-512 with int8 products: quantised weights are multiplied by rounded x, all else is AVX-512's.
#include "kernels/cpu/matmul-int8-inl.h"

namespace lmp::kernels {

const Ops kAvx512VnniOps = [] {
  Ops ops = kAvx512Ops;
  ops.implementation = "cpu_avx512_vnni";
  ops.int8_products = true;
  ops.matmul = HWY_NAMESPACE::MatmulInt8;
  return ops;
}();

const Probes kAvx512VnniProbes = [] {
  Probes probes = kAvx512Probes;
  probes.multiply_add_int8 = HWY_NAMESPACE::ProbeMultiplyAddInt8;
  return probes;
}();

}  // namespace lmp::kernels
