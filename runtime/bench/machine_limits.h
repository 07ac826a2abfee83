// The ceilings of this machine that benches hold their figures against: how fast memory is read and
// how many fp32 multiply-adds run. Measured, not looked up.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/registry.h"
#include "runtime/base/clock_rng.h"
#include "runtime/base/status.h"

namespace lmp::bench {

// The implementation that is measured and its probes. Errors: Unsupported where only the reference
// runs, which has none.
struct Machine {
  const kernels::Ops* ops;
  const kernels::Probes* probes;
};
Result<Machine> ChooseMachine();

double Median(std::vector<double> values);  // at least one

// `amount` per ns of `body`, once per rep, after one round to warm up.
template <typename F>
std::vector<double> Rates(int reps, double amount, F&& body) {
  const SystemClock clock;
  body();
  std::vector<double> rates;
  for (int i = 0; i < std::max(reps, 1); ++i) {
    const int64_t begin = clock.NowNs();
    body();
    rates.push_back(amount / static_cast<double>(std::max<int64_t>(clock.NowNs() - begin, 1)));
  }
  return rates;
}

// GB/s of reading an array of `bytes` (whole MiB) with all threads of the pool, in four streams
// each. Errors: ResourceExhausted.
Result<std::vector<double>> ReadRates(const Machine& machine, kernels::ThreadPool& pool,
                                      int64_t bytes, int reps);
// GFLOP/s of fp32 multiply-adds on registers.
std::vector<double> FmaRates(const Machine& machine, kernels::ThreadPool& pool, int reps);
// The same of 8-bit integers. Empty where no kernel uses them.
std::vector<double> Int8Rates(const Machine& machine, kernels::ThreadPool& pool, int reps);
// And of bf16.
std::vector<double> Bf16Rates(const Machine& machine, kernels::ThreadPool& pool, int reps);

}  // namespace lmp::bench
