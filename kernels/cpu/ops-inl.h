// All ops of one instruction set: what the file of an implementation includes.
#pragma once

#include "kernels/cpu/attention-inl.h"
#include "kernels/cpu/logits-inl.h"
#include "kernels/cpu/matmul-inl.h"
#include "kernels/cpu/probe-inl.h"
#include "kernels/cpu/rows-inl.h"
#include "kernels/implementations.h"

namespace lmp::kernels {
namespace HWY_NAMESPACE {
namespace {

constexpr Ops OpsNamed(std::string_view name) {
  return {name, Matmul,  Embed,     RmsNorm,  Add,       Swiglu,
          Rope, KvWrite, Attention, ArgmaxOf, ExpWeights};
}

constexpr Probes AllProbes() { return {.multiply_add = ProbeMultiplyAdd, .read = ProbeRead}; }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lmp::kernels
