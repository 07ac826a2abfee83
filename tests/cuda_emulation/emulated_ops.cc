#include "tests/cuda_emulation/emulated_ops.h"

#include <vector>

#include "kernels/cuda/device_plan.h"
#include "runtime/base/check.h"
#include "tests/cuda_emulation/launch.h"

namespace lmp::kernels {
namespace {

using cuda_emulation::Stream;

void Must(const Status& status) { LMP_CHECK(status.ok()); }

void Matmul(const MatmulArgs& a, ThreadPool&) { Must(cuda::LaunchMatmul(Stream(), a)); }
void Embed(const EmbedArgs& a, ThreadPool&) { Must(cuda::LaunchEmbed(Stream(), a)); }
void RmsNorm(const RmsNormArgs& a, ThreadPool&) { Must(cuda::LaunchRmsNorm(Stream(), a)); }
void Add(const AddArgs& a, ThreadPool&) { Must(cuda::LaunchAdd(Stream(), a)); }
void Swiglu(const SwigluArgs& a, ThreadPool&) { Must(cuda::LaunchSwiglu(Stream(), a)); }
void Rope(const RopeArgs& a, ThreadPool&) { Must(cuda::LaunchRope(Stream(), a)); }
void KvWrite(const KvWriteArgs& a, ThreadPool&) { Must(cuda::LaunchKvWrite(Stream(), a)); }

// As a device would: the plan is copied, and partials are memory of the device's own.
void Attention(const AttentionArgs& a, ThreadPool&) {
  cuda::FlatPlan flat;
  flat.Build(a.plan);
  const std::vector<std::byte> bytes = flat.bytes();
  std::vector<float> partials(static_cast<size_t>(flat.partial_floats()));
  Must(cuda::LaunchAttention(Stream(), {.plan = flat.At(bytes.data(), partials.data()),
                                        .kv = a.kv,
                                        .q = a.q,
                                        .q_stride = a.q_stride,
                                        .out = a.out,
                                        .out_stride = a.out_stride,
                                        .scale = a.scale}));
}

cuda::LogitRows OneRow(const LogitsArgs& a) {
  return {.x = a.x, .n = a.n, .rows = 1, .masks = a.mask};
}
Argmax ArgmaxOf(const LogitsArgs& a) {
  Argmax out;
  Must(cuda::LaunchArgmax(Stream(), OneRow(a), &out));
  return out;
}
void ExpWeights(const LogitsArgs& a, const ExpWeightsArgs& w) {
  Must(cuda::LaunchExpWeights(
      Stream(), OneRow(a),
      {.max = &w.max, .rate = &w.rate, .least = &w.least, .weights = w.weights, .sums = w.sums}));
}

}  // namespace

constinit const Ops kCudaEmulatedOps = {"cuda_emulated", Matmul, Embed,   RmsNorm,   Add,
                                        Swiglu,          Rope,   KvWrite, Attention, ArgmaxOf,
                                        ExpWeights};

}  // namespace lmp::kernels
