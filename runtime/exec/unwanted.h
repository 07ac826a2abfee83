// Unwanted: whether an answer is still waited for. The run says so, on the engine's thread; who
// works on the answer hears it on a thread of its own, wherever it waits.
#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace lmp::exec {

// Any thread. Its mutex is held for as long as what Set calls takes.
class Unwanted {
 public:
  bool load() const {
    std::lock_guard lock(mutex_);
    return set_;
  }
  void Set() {
    std::lock_guard lock(mutex_);
    if (!set_ && on_set_) on_set_();
    set_ = true;
  }
  // What Set calls, on its thread: quick, and nothing of this class. At once where it has been set.
  // Null takes it back: no call goes on behind that.
  void OnSet(std::function<void()> call) {
    std::lock_guard lock(mutex_);
    on_set_ = std::move(call);
    if (set_ && on_set_) on_set_();
  }

 private:
  mutable std::mutex mutex_;
  bool set_ = false;
  std::function<void()> on_set_;
};

}  // namespace lmp::exec
