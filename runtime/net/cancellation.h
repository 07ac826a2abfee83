// Ends calls of this folder from outside: from another thread, or from a signal function.
#pragma once

#include <atomic>

namespace lmp::net {

class Cancellation {
 public:
  Cancellation();
  ~Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  // For good: calls that wait end with Cancelled, and so do later ones. Any thread, any time.
  void Cancel();
  bool cancelled() const { return cancelled_; }
  // Readable once cancelled; -1 where the system had no more files.
  int file() const { return file_; }

 private:
  const int file_;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace lmp::net
