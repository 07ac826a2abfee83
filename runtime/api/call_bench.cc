#include "runtime/api/call_bench.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "runtime/api/lmp.h"

namespace lmp::api {
namespace {

constexpr int kCalls = 5000;
constexpr int kThreads = 16;
constexpr const char* kProgram = "fn add(a: int, b: int) -> int { return a + b }";

using Steady = std::chrono::steady_clock;

double MicrosSince(Steady::time_point begin) {
  return std::chrono::duration<double, std::micro>(Steady::now() - begin).count();
}

double Median(std::vector<double>* values) {
  std::nth_element(values->begin(), values->begin() + static_cast<ptrdiff_t>(values->size() / 2),
                   values->end());
  return (*values)[values->size() / 2];
}

// A call cannot be faster than waking another thread and being woken by it.
double ThereAndBack() {
  std::mutex mutex;
  std::condition_variable changed;
  int turn = 0;
  const auto hand_over = [&](int to) {
    const std::lock_guard lock(mutex);
    turn = to;
    changed.notify_all();
  };
  const auto wait_for = [&](int mine) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return turn == mine || turn < 0; });
    return turn >= 0;
  };
  std::thread other([&] {
    while (wait_for(1)) hand_over(0);
  });
  std::vector<double> micros;
  for (int i = 0; i < kCalls; ++i) {
    const Steady::time_point begin = Steady::now();
    hand_over(1);
    wait_for(0);
    micros.push_back(MicrosSince(begin));
  }
  hand_over(-1);
  other.join();
  return Median(&micros);
}

Result<double> CallOnce(Engine* engine, const ProgramRef& program, int number) {
  const Steady::time_point begin = Steady::now();
  LMP_TRY(const auto run, engine->Start(program, "add", ArgumentsJson({{"a", number}, {"b", 1}})));
  const RunReport& report = run->Wait();
  const double micros = MicrosSince(begin);
  if (!report.ok || report.value_json != std::to_string(number + 1))
    return Internal("a call gave " + report.value_json + report.failure.message);
  return micros;
}

// Microseconds per call when many threads call at once.
Result<double> CallFromThreads(Engine* engine, const ProgramRef& program) {
  std::atomic<int> next = 0, wrong = 0;
  std::vector<std::thread> threads;
  const Steady::time_point begin = Steady::now();
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int number = next++; number < kCalls; number = next++) {
        if (!CallOnce(engine, program, number).ok()) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double micros = MicrosSince(begin) / kCalls;
  if (wrong > 0) return Internal(std::to_string(wrong) + " calls failed");
  return micros;
}

}  // namespace

Result<std::vector<bench::BenchRow>> RunCallBench(const bench::BenchOptions& options) {
  if (options.model.empty()) return NotFound("bench call needs a model file, any");
  LMP_TRY(const auto engine, Engine::Load({.model = options.model, .threads = options.threads}));
  const CompileOutcome compiled = Compile("call.lmp", kProgram);
  if (compiled.program == nullptr) return Internal("the program of the bench does not compile");
  std::vector<double> alone, many, hand_overs;
  for (int rep = 0; rep < options.reps; ++rep) {
    hand_overs.push_back(ThereAndBack());
    std::vector<double> micros;
    for (int i = 0; i < kCalls; ++i) {
      LMP_TRY(const double one, CallOnce(engine.get(), compiled.program, i));
      micros.push_back(one);
    }
    alone.push_back(Median(&micros));
    LMP_TRY(const double each, CallFromThreads(engine.get(), compiled.program));
    many.push_back(each);
  }
  bench::BenchRow one = bench::MakeRow("call_us", "us", std::move(alone));
  one.floor = Median(&hand_overs);
  one.note = "median of " + std::to_string(kCalls) +
             " calls, one after the other; floor: waking another thread and being woken by it";
  bench::BenchRow threads = bench::MakeRow("call_16_threads_us", "us", std::move(many));
  threads.note = "wall time per call, 16 threads at once";
  std::vector<bench::BenchRow> rows = {std::move(one), std::move(threads)};
  std::erase_if(rows, [&](const auto& row) { return !bench::WantsRow(options, row.row); });
  return rows;
}

}  // namespace lmp::api
