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
  std::vector<int64_t> flops(static_cast<size_t>(pool.size()));
  const auto body = [&] {
    pool.For(pool.size(), [&](int64_t begin, int64_t, int) {
      flops[static_cast<size_t>(begin)] = machine.probes->multiply_add(kFmaRounds);
    });
  };
  body();
  int64_t total = 0;
  for (const int64_t n : flops) total += n;
  return Rates(reps, static_cast<double>(total), body);
}

}  // namespace lmp::bench
