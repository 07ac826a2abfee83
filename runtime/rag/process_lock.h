// One process changes a corpus at a time: a lock on a file beside it, which the system releases
// when the process ends, however it ends. Readers take no lock.
#pragma once

#include <memory>
#include <string>

#include "runtime/base/status.h"

namespace lmp::rag {

class ProcessLock {
 public:
  // Errors: Unavailable (another process, or another object of this one, holds it; the file cannot
  // be made). Does not wait.
  static Result<std::unique_ptr<ProcessLock>> Take(const std::string& corpus_path);
  ~ProcessLock();
  ProcessLock(const ProcessLock&) = delete;
  ProcessLock& operator=(const ProcessLock&) = delete;

 private:
  explicit ProcessLock(int file) : file_(file) {}
  const int file_;
};

}  // namespace lmp::rag
