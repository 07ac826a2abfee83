// ThreadPool: fork-join over a fixed static partition, for kernels. The calling thread is worker 0
// and takes part; Run returns when all workers are done.
//
// Partition: worker w of size() gets items [items * w / size, items * (w + 1) / size). It depends
// on nothing else, so a run is repeatable; no kernel's result depends on it at all (decision 1).
// Where worker w has not begun when the caller has done its own part, the caller does that one too,
// as worker w: on a machine with other work its thread may have to wait for a core.
// Thread: one Run at a time, from any one thread (the engine thread); not from inside a Body.
// Errors: an exception of a Body is carried to the caller of Run after all workers ended; of
// several the lowest worker's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace lmp::kernels {

class ThreadPool {
 public:
  // A plain function pointer, because instruction-set specific files must not instantiate shared
  // templates (docs/KERNELS.md, "One file, one instruction set").
  using Body = void (*)(void* context, int64_t begin, int64_t end, int worker);

  // At least 1. A pool of 1 has no thread of its own and runs inline. Where the system refuses a
  // thread the pool is smaller than asked; size() tells.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return size_; }
  // Not called for an empty range; nothing happens for items <= 0.
  void Run(int64_t items, Body body, void* context);
  // kScratchBytes, 64-byte aligned, owned by the worker for the length of one Body call.
  std::byte* scratch(int worker) const;
  static constexpr size_t kScratchBytes = size_t{1} << 20;

  // f(begin, end, worker).
  template <typename F>
  void For(int64_t items, F&& f) {
    Run(
        items,
        [](void* context, int64_t begin, int64_t end, int worker) {
          (*static_cast<F*>(context))(begin, end, worker);
        },
        const_cast<void*>(static_cast<const void*>(&f)));
  }

 private:
  struct State;
  int size_;
  std::unique_ptr<State> state_;
};

}  // namespace lmp::kernels
