#include "kernels/thread_pool.h"

#ifdef __linux__
#include <sched.h>
#endif

#include <algorithm>
#include <atomic>
#include <exception>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "runtime/base/check.h"

namespace lmp::kernels {
namespace {

// A token forks some hundred times within milliseconds, so workers spin about 20 us before they
// sleep: waking them costs more than many ops take. With more workers than cores, spinning would
// only take the core from the one that works.
//
// On a machine that has other work a worker may get no core for milliseconds, as long as a token
// takes. So a part is claimed, by its worker or, once the caller has done its own, by the caller:
// only a worker that lost its core in the middle of a part is waited for. Where the worker is
// merely waking up, parts that take longer than that are still its own.
constexpr int kSpins = 1500;

inline void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

// Returns once `word` is no longer `old`.
template <typename T>
void AwaitChange(const std::atomic<T>& word, T old, int spins) {
  for (int i = 0; i < spins; ++i) {
    if (word.load(std::memory_order_acquire) != old) return;
    Pause();
  }
  while (word.load(std::memory_order_acquire) == old) word.wait(old, std::memory_order_acquire);
}

int CurrentCore() {
#ifdef __linux__
  return sched_getcpu();
#else
  return -1;
#endif
}

// Where all cores are busy the system may wake a worker on the caller's core, where it comes too
// late each time, and, as it hardly runs, leave it there. So it moves itself.
void LeaveCore([[maybe_unused]] int core) {
#ifdef __linux__
  cpu_set_t allowed;
  if (core < 0 || core != sched_getcpu()) return;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2) return;
  cpu_set_t others = allowed;
  CPU_CLR(static_cast<size_t>(core), &others);
  if (sched_setaffinity(0, sizeof others, &others) != 0) return;
  sched_setaffinity(0, sizeof allowed, &allowed);
#endif
}

struct AlignedFree {
  void operator()(std::byte* p) const { ::operator delete[](p, std::align_val_t{64}); }
};

}  // namespace

struct ThreadPool::State {
  // The last epoch in which the part was taken; between runs the current one for all parts.
  struct alignas(64) Claim {
    std::atomic<uint32_t> epoch{0};
  };

  // The job of the current epoch; written before `epoch` is raised.
  int64_t items = 0;
  Body body = nullptr;
  void* context = nullptr;
  int spins = kSpins;
  std::atomic<int> caller_core{-1};  // a worker that came too late may read a later one

  alignas(64) std::atomic<uint32_t> epoch{0};
  alignas(64) std::atomic<int> running{0};
  std::atomic<bool> stop{false};
  std::vector<std::exception_ptr> errors;  // [size], each written by who runs that part
  std::vector<Claim> claims;               // [size]
  std::vector<std::thread> threads;
  std::unique_ptr<std::byte[], AlignedFree> scratch;

  // True for the one thread that is to run the part. `body` and the rest belong to `now` then, for
  // no other epoch begins before that part has ended.
  bool Take(int part, uint32_t now) {
    uint32_t before = now - 1;
    return claims[static_cast<size_t>(part)].epoch.compare_exchange_strong(
        before, now, std::memory_order_acq_rel);
  }

  void Part(int worker, int size) {
    // items * w / size without overflow.
    const auto cut = [&](int w) {
      return static_cast<int64_t>(items / size * w + items % size * w / size);
    };
    const int64_t begin = cut(worker), end = cut(worker + 1);
    if (begin == end) return;
    try {
      body(context, begin, end, worker);
    } catch (...) {
      errors[static_cast<size_t>(worker)] = std::current_exception();
    }
  }
};

ThreadPool::ThreadPool(int threads) : size_(std::max(threads, 1)), state_(new State) {
  State& s = *state_;
  const size_t size = static_cast<size_t>(size_);
  s.errors.resize(size);
  s.claims = std::vector<State::Claim>(size);
  s.scratch.reset(
      static_cast<std::byte*>(::operator new[](size* kScratchBytes, std::align_val_t{64})));
  if (size > std::thread::hardware_concurrency()) s.spins = 0;
  s.threads.reserve(size - 1);
  // `ready` holds the workers back until size_ is final.
  auto ready = std::make_shared<std::atomic<int>>(0);
  for (int w = 1; w < size_; ++w) {
    try {
      s.threads.emplace_back([&s, w, ready] {
        ready->wait(0);
        const int final_size = ready->load();
        uint32_t seen = 0;
        while (true) {
          AwaitChange(s.epoch, seen, s.spins);
          seen = s.epoch.load(std::memory_order_acquire);
          if (s.stop.load(std::memory_order_relaxed)) return;
          if (!s.Take(w, seen)) {
            LeaveCore(s.caller_core.load(std::memory_order_relaxed));
            continue;
          }
          s.Part(w, final_size);
          if (s.running.fetch_sub(1, std::memory_order_acq_rel) == 1) s.running.notify_one();
        }
      });
    } catch (const std::system_error&) {
      size_ = w;
    }
  }
  ready->store(size_);
  ready->notify_all();
}

ThreadPool::~ThreadPool() {
  State& s = *state_;
  s.stop.store(true, std::memory_order_relaxed);
  s.epoch.fetch_add(1, std::memory_order_release);
  s.epoch.notify_all();
  for (std::thread& t : s.threads) t.join();
}

std::byte* ThreadPool::scratch(int worker) const {
  return state_->scratch.get() + static_cast<size_t>(worker) * kScratchBytes;
}

void ThreadPool::Run(int64_t items, Body body, void* context) {
  if (items <= 0) return;
  if (size_ == 1) return body(context, 0, items, 0);
  State& s = *state_;
  LMP_DCHECK(s.running.load() == 0);
  s.items = items;
  s.body = body;
  s.context = context;
  s.running.store(size_ - 1, std::memory_order_relaxed);
  s.caller_core.store(CurrentCore(), std::memory_order_relaxed);
  const uint32_t now = s.epoch.fetch_add(1, std::memory_order_release) + 1;
  s.epoch.notify_all();
  s.Part(0, size_);
  for (int part = 1; part < size_; ++part) {
    if (!s.Take(part, now)) continue;
    s.Part(part, size_);
    s.running.fetch_sub(1, std::memory_order_acq_rel);
  }
  for (int left = s.running.load(std::memory_order_acquire); left != 0;
       left = s.running.load(std::memory_order_acquire)) {
    AwaitChange(s.running, left, s.spins);
  }
  for (std::exception_ptr& e : s.errors) {
    if (!e) continue;
    std::exception_ptr first = std::move(e);
    for (std::exception_ptr& rest : s.errors) rest = nullptr;
    std::rethrow_exception(first);
  }
}

}  // namespace lmp::kernels
