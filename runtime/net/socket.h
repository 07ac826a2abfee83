// A connection as bytes that come and go, with an end to every wait: a limit for connecting, one
// for silence, one for the whole call, and a cancellation.
//
// Errors of all: Cancelled, DeadlineExceeded (which limit), Unavailable (the network, saying the
// host). One thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/net/cancellation.h"

namespace lmp::net {

using Moment = std::chrono::steady_clock::time_point;

// How long one call waits.
struct Patience {
  std::chrono::milliseconds connect{10'000};  // for the address, the connection and TLS together
  std::chrono::milliseconds idle{30'000};     // for the next byte
  std::chrono::milliseconds first{0};         // for the first one; 0: as idle
  std::optional<Moment> end;                  // of the whole call
  std::chrono::milliseconds whole{0};         // how long that was, for messages
  const Cancellation* cancellation = nullptr;
};

class Stream {
 public:
  virtual ~Stream() = default;
  // At least one byte; 0 where the other side has ended what it says, in order.
  virtual Result<size_t> Read(std::span<char> into) = 0;
  // All of it.
  virtual Status Write(std::string_view bytes) = 0;
};

class Socket final : public Stream {
 public:
  // Tries the addresses of the host in turn. Errors also: NotFound (no such host).
  static Result<std::unique_ptr<Socket>> Connect(const std::string& host, uint16_t port,
                                                 const Patience& patience);
  ~Socket() override;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  Result<size_t> Read(std::span<char> into) override;
  Status Write(std::string_view bytes) override;

  // For TLS, which reads and writes by itself: the end of the time for connecting holds until
  // SetConnected, then that for silence.
  int* file_address() { return &file_; }
  Status WaitReadable() const;
  Status WaitWritable() const;
  void SetConnected() { connected_ = true; }
  // A first byte of what was asked for is there: Read of this class sees that by itself.
  void SetHeard() { heard_ = true; }
  // "example.org:443", for messages.
  const std::string& place() const { return place_; }

 private:
  Socket(std::string place, const Patience& patience);
  Status Wait(short events) const;
  Status ConnectTo(const struct Address& address, Moment until);

  const std::string place_;
  const Patience patience_;
  const Moment connect_end_;
  int file_ = -1;
  bool connected_ = false, heard_ = false;
};

}  // namespace lmp::net
