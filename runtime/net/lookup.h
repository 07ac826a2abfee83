// Addresses of a host. The system's resolver cannot be interrupted, so it works on a thread of its
// own, which nobody waits for longer than they want: one that comes too late finds its answer
// unwanted and ends.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/status.h"

namespace lmp::net {

struct Address {
  sockaddr_storage bytes;
  socklen_t size = 0;
};

class Lookup {
 public:
  // Addresses in their usual spelling need no thread. Errors: Unavailable (no more threads, files).
  static Result<std::unique_ptr<Lookup>> Start(const std::string& host, uint16_t port);
  ~Lookup();
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  // Readable once Take may be called.
  int file() const;
  // Errors: NotFound (no such host), Unavailable (no answer).
  Result<std::vector<Address>> Take();

 private:
  struct Shared;
  explicit Lookup(std::shared_ptr<Shared> shared);
  const std::shared_ptr<Shared> shared_;
};

}  // namespace lmp::net
