#include "runtime/bench/machine_limits.h"

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string>

namespace lmp::bench {

namespace {

constexpr int64_t kChunk = 1 << 20;  // bytes of one item of the read probe
constexpr int64_t kFmaRounds = 3'000'000;

std::vector<double> ProbeRates(int64_t (*probe)(int64_t rounds), kernels::ThreadPool& pool,
                               int reps) {
  std::vector<int64_t> operations(static_cast<size_t>(pool.size()));
  const auto body = [&] {
    pool.For(pool.size(), [&](int64_t begin, int64_t, int) {
      operations[static_cast<size_t>(begin)] = probe(kFmaRounds);
    });
  };
  body();
  int64_t total = 0;
  for (const int64_t n : operations) total += n;
  return Rates(reps, static_cast<double>(total), body);
}

}  // namespace

Result<Machine> ChooseMachine() {
  LMP_TRY(const kernels::Ops* ops, kernels::ChooseOps());
  for (const kernels::Implementation& i : kernels::Implementations()) {
    if (i.ops == ops && i.probes != nullptr) return Machine{ops, i.probes};
  }
  return Unsupported(
      "this bench needs a SIMD implementation; this machine runs only the reference");
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Result<std::vector<double>> ReadRates(const Machine& machine, kernels::ThreadPool& pool,
                                      int64_t bytes, int reps) {
  const std::unique_ptr<std::byte[]> memory(new (std::nothrow)
                                                std::byte[static_cast<size_t>(bytes)]);
  if (memory == nullptr) {
    return ResourceExhausted("no memory to read " + std::to_string(bytes >> 20) + " MiB");
  }
  std::memset(memory.get(), 1, static_cast<size_t>(bytes));
  return Rates(reps, static_cast<double>(bytes), [&] {
    pool.For(bytes / kChunk, [&](int64_t begin, int64_t end, int) {
      machine.probes->read(memory.get() + begin * kChunk, (end - begin) * kChunk);
    });
  });
}

std::vector<double> FmaRates(const Machine& machine, kernels::ThreadPool& pool, int reps) {
  return ProbeRates(machine.probes->multiply_add, pool, reps);
}

std::vector<double> Int8Rates(const Machine& machine, kernels::ThreadPool& pool, int reps) {
  if (machine.probes->multiply_add_int8 == nullptr) return {};
  return ProbeRates(machine.probes->multiply_add_int8, pool, reps);
}

std::vector<double> Bf16Rates(const Machine& machine, kernels::ThreadPool& pool, int reps) {
  if (machine.probes->multiply_add_bf16 == nullptr) return {};
  return ProbeRates(machine.probes->multiply_add_bf16, pool, reps);
}

}  // namespace lmp::bench
