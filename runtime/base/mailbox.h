// Mailbox<T>: a bounded queue, many producers, one consumer. With log.cc the only place that holds
// a mutex. Producers never wait: a full mailbox refuses (the caller turns that into
// ResourceExhausted). The consumer drains a bounded number per tick, or waits with a timeout.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/base/spin.h"

namespace lmp {

template <typename T>
class Mailbox {
 public:
  explicit Mailbox(size_t capacity) : capacity_(capacity) {}

  // False when full or closed; the item is then dropped by its own destructor.
  bool TryPush(T item) {
    {
      std::lock_guard lock(mutex_);
      if (closed_ || items_.size() >= capacity_) return false;
      Add(std::move(item));
    }
    ready_.notify_one();
    return true;
  }

  // For events that must not be lost (cancel, shutdown): ignores the capacity. False when closed.
  bool PushControl(T item) {
    {
      std::lock_guard lock(mutex_);
      if (closed_) return false;
      Add(std::move(item));
    }
    ready_.notify_one();
    return true;
  }

  // Moves at most `max_count` items to `out`; returns how many. Does not wait.
  size_t Drain(size_t max_count, std::vector<T>* out) {
    std::lock_guard lock(mutex_);
    size_t n = 0;
    for (; n < max_count && !items_.empty(); ++n) {
      out->push_back(std::move(items_.front()));
      items_.pop_front();
    }
    waiting_.store(items_.size(), std::memory_order_relaxed);
    return n;
  }

  // Waits until an item is there, the mailbox is closed, or the timeout is over. True if an item
  // is.
  bool WaitNonEmpty(std::chrono::milliseconds timeout) {
    if (SpinUntil([this] { return waiting_.load(std::memory_order_acquire) > 0; })) return true;
    std::unique_lock lock(mutex_);
    ready_.wait_for(lock, timeout, [this] { return !items_.empty() || closed_; });
    return !items_.empty();
  }

  void Close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
  }

 private:
  void Add(T item) {
    items_.push_back(std::move(item));
    waiting_.store(items_.size(), std::memory_order_release);
  }

  const size_t capacity_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<T> items_;
  std::atomic<size_t> waiting_{0};  // items_.size(), to be looked at without the lock
  bool closed_ = false;
};

}  // namespace lmp
