#include "runtime/net/cancellation.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace lmp::net {

Cancellation::Cancellation() : file_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Cancellation::~Cancellation() {
  if (file_ >= 0) close(file_);
}

void Cancellation::Cancel() {
  cancelled_ = true;
  const uint64_t one = 1;
  // It can only be full, which is readable as well.
  [[maybe_unused]] const ssize_t written = file_ >= 0 ? write(file_, &one, sizeof one) : 0;
}

}  // namespace lmp::net
