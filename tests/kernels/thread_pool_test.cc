#include "kernels/thread_pool.h"

#ifdef __linux__
#include <sched.h>
#endif

#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace lmp::kernels {
namespace {

TEST_CASE("every item is given to exactly one worker, in the fixed partition") {
  for (int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    CHECK(pool.size() == threads);
    for (int64_t items : {0, 1, 2, 3, 6, 7, 8, 100, 1001}) {
      std::vector<int> owner(static_cast<size_t>(items), -1);
      pool.For(items, [&](int64_t begin, int64_t end, int worker) {
        CHECK(begin == items * worker / threads);
        CHECK(end == items * (worker + 1) / threads);
        for (int64_t i = begin; i < end; ++i) owner[static_cast<size_t>(i)] = worker;
      });
      for (int64_t i = 0; i < items; ++i) CHECK(owner[static_cast<size_t>(i)] >= 0);
    }
  }
}

TEST_CASE("the partition of very many items does not overflow") {
  ThreadPool pool(3);
  const int64_t items = std::numeric_limits<int64_t>::max();
  std::vector<int64_t> cuts(6);
  pool.For(items, [&](int64_t begin, int64_t end, int worker) {
    cuts[static_cast<size_t>(2 * worker)] = begin;
    cuts[static_cast<size_t>(2 * worker + 1)] = end;
  });
  CHECK(cuts[0] == 0);
  CHECK(cuts[1] == cuts[2]);
  CHECK(cuts[3] == cuts[4]);
  CHECK(cuts[5] == items);
}

TEST_CASE("a pool of one runs on the calling thread") {
  ThreadPool pool(0);
  CHECK(pool.size() == 1);
  std::thread::id ran;
  pool.For(5, [&](int64_t, int64_t, int) { ran = std::this_thread::get_id(); });
  CHECK(ran == std::this_thread::get_id());
}

TEST_CASE("an exception reaches the caller after all workers ended, and the pool works on") {
  for (int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    std::atomic<int> ended{0};
    std::string what;
    try {
      pool.For(threads, [&](int64_t, int64_t, int worker) {
        ++ended;
        throw std::runtime_error("worker " + std::to_string(worker));
      });
    } catch (const std::runtime_error& e) {
      what = e.what();
    }
    CHECK(what == "worker 0");
    CHECK(ended == threads);
    int64_t sum = 0;
    pool.For(1, [&](int64_t, int64_t end, int) { sum += end; });
    CHECK(sum == 1);
  }
}

TEST_CASE("writes of one run are seen by the next") {
  ThreadPool pool(2);
  std::vector<int64_t> x(1000, 0);
  for (int round = 0; round < 2000; ++round) {
    pool.For(1000, [&](int64_t begin, int64_t end, int) {
      // Each item reads another worker's item of the round before.
      for (int64_t i = begin; i < end; ++i) {
        if (i % 2 == round % 2) x[static_cast<size_t>(i)] = x[static_cast<size_t>(999 - i)] + 1;
      }
    });
  }
  for (int64_t v : x) CHECK(v >= 1999);
}

#ifdef __linux__
TEST_CASE("the caller does the part of a worker that gets no core") {
  cpu_set_t before;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  }
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);  // of this thread and of those it makes
  {
    ThreadPool pool(3);
    int64_t parts = 0, by_caller = 0;
    std::mutex mutex;
    const std::thread::id caller = std::this_thread::get_id();
    for (int round = 0; round < 1000; ++round) {
      pool.For(3, [&](int64_t begin, int64_t, int worker) {
        const std::lock_guard lock(mutex);
        CHECK(begin == worker);
        ++parts;
        by_caller += worker > 0 && std::this_thread::get_id() == caller ? 1 : 0;
      });
    }
    CHECK(parts == 3000);
    CHECK(by_caller > 0);
  }
  REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
}
#endif

TEST_CASE("scratch is aligned, and apart per worker") {
  ThreadPool pool(3);
  for (int w = 0; w < 3; ++w) {
    CHECK(reinterpret_cast<uintptr_t>(pool.scratch(w)) % 64 == 0);
    if (w > 0) CHECK(pool.scratch(w) - pool.scratch(w - 1) == ThreadPool::kScratchBytes);
  }
}

}  // namespace
}  // namespace lmp::kernels
