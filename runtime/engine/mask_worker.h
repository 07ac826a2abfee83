// MaskWorker: computes the token masks of a batch on a thread of its own while the model computes
// the logits they will be laid over. The matchers are known then: a mask depends on the tokens
// before it alone.
//
// Owned by the engine; its thread sleeps between steps. One Work at a time, on the engine's thread.
#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/engine/generation.h"

namespace lmp::engine {

class MaskWorker {
 public:
  MaskWorker();
  ~MaskWorker();
  MaskWorker(const MaskWorker&) = delete;
  MaskWorker& operator=(const MaskWorker&) = delete;

  // The masks of some generations, which are the worker's as long as this lives.
  class Work {
   public:
    Work(MaskWorker* worker, std::vector<Generation*> generations);  // nothing to do: may be null
    ~Work();
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    // Waits until all masks are there; throws what computing them threw.
    void Join() const;

   private:
    MaskWorker* worker_;
  };

 private:
  void Begin(std::vector<Generation*> generations);
  void Wait();
  void ThreadMain();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Generation*> generations_;
  bool working_ = false, closing_ = false;
  std::exception_ptr failure_;
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace lmp::engine
