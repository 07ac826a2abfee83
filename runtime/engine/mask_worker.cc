#include "runtime/engine/mask_worker.h"

#include <utility>

namespace lmp::engine {

MaskWorker::MaskWorker() : thread_([this] { ThreadMain(); }) {}

MaskWorker::~MaskWorker() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

MaskWorker::Work::Work(MaskWorker* worker, std::vector<Generation*> generations)
    : worker_(generations.empty() ? nullptr : worker) {
  if (worker_ != nullptr) worker_->Begin(std::move(generations));
}

MaskWorker::Work::~Work() {
  if (worker_ != nullptr) worker_->Wait();
}

void MaskWorker::Work::Join() const {
  if (worker_ == nullptr) return;
  worker_->Wait();
  if (worker_->failure_ != nullptr)
    std::rethrow_exception(std::exchange(worker_->failure_, nullptr));
}

void MaskWorker::Begin(std::vector<Generation*> generations) {
  {
    const std::lock_guard lock(mutex_);
    generations_ = std::move(generations);
    working_ = true;
  }
  changed_.notify_all();
}

void MaskWorker::Wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !working_; });
}

void MaskWorker::ThreadMain() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return working_ || closing_; });
    if (closing_) return;
    lock.unlock();
    std::exception_ptr failure;
    try {
      for (Generation* generation : generations_) generation->PrepareMask();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    failure_ = failure;
    working_ = false;
    changed_.notify_all();
  }
}

}  // namespace lmp::engine
