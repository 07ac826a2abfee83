#include "runtime/net/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/net/lookup.h"

namespace lmp::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A cancellation without a file is looked at this often.
constexpr milliseconds kSlice{100};

std::string InWords(milliseconds time) {
  if (time.count() % 1000 == 0) return std::to_string(time.count() / 1000) + " s";
  return std::to_string(time.count()) + " ms";
}

enum class Waited { kReady, kLate, kCancelled };

Waited WaitUntil(int file, short events, Moment until, const Cancellation* cancellation) {
  for (;;) {
    if (cancellation != nullptr && cancellation->cancelled()) return Waited::kCancelled;
    const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
    if (left.count() <= 0) return Waited::kLate;
    const bool slices = cancellation != nullptr && cancellation->file() < 0;
    const milliseconds wait = std::min(left, slices ? kSlice : milliseconds(60'000));
    pollfd files[] = {{.fd = file, .events = events, .revents = 0},
                      {.fd = cancellation != nullptr ? cancellation->file() : -1,
                       .events = POLLIN,
                       .revents = 0}};
    const int count = poll(files, 2, static_cast<int>(wait.count()));
    if (count < 0 && errno != EINTR) return Waited::kLate;
    if (count > 0 && files[0].revents != 0 && files[1].revents == 0) return Waited::kReady;
  }
}

// The wait for `what` until `limit`, or the end of the whole call if that is sooner.
Status WaitFor(int file, short events, Moment limit, const Patience& patience,
               const std::string& late) {
  const bool whole = patience.end && *patience.end < limit;
  switch (WaitUntil(file, events, whole ? *patience.end : limit, patience.cancellation)) {
    case Waited::kReady:
      return OkStatus();
    case Waited::kCancelled:
      return Cancelled("cancelled");
    case Waited::kLate:
      break;
  }
  return DeadlineExceeded(whole ? "not done within the " + InWords(patience.whole) + " of the call"
                                : late);
}

Result<std::vector<Address>> AddressesOf(const std::string& host, uint16_t port, Moment until,
                                         const Patience& patience) {
  LMP_TRY(const auto lookup, Lookup::Start(host, port));
  LMP_RETURN_IF_ERROR(
      WaitFor(lookup->file(), POLLIN, until, patience,
              "the address of " + host + " is not found out within " + InWords(patience.connect)));
  return lookup->Take();
}

}  // namespace

Socket::Socket(std::string place, const Patience& patience)
    : place_(std::move(place)),
      patience_(patience),
      connect_end_(steady_clock::now() + patience.connect) {}

Socket::~Socket() {
  if (file_ >= 0) close(file_);
}

Result<std::unique_ptr<Socket>> Socket::Connect(const std::string& host, uint16_t port,
                                                const Patience& patience) {
  const bool literal = host.find(':') != std::string::npos;
  std::string place = (literal ? "[" + host + "]" : host) + ":" + std::to_string(port);
  std::unique_ptr<Socket> made(new Socket(std::move(place), patience));
  LMP_TRY(const std::vector<Address> addresses,
          AddressesOf(host, port, made->connect_end_, patience));
  Status last;
  for (size_t i = 0; i < addresses.size(); ++i) {
    // An address that does not answer leaves a share of the time to the others.
    const Moment now = steady_clock::now();
    const auto share = (made->connect_end_ - now) / static_cast<int64_t>(addresses.size() - i);
    last = made->ConnectTo(addresses[i], now + share);
    if (last.ok()) return made;
    if (last.code() == StatusCode::kCancelled) break;
  }
  return last;
}

Status Socket::ConnectTo(const Address& address, Moment until) {
  if (file_ >= 0) close(file_);
  file_ = socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (file_ < 0) return Unavailable(place_ + ": " + std::strerror(errno));
  const int on = 1;
  setsockopt(file_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // POSIX has every address behind this type.
  const auto* to = reinterpret_cast<const sockaddr*>(&address.bytes);
  if (connect(file_, to, address.size) == 0) return OkStatus();
  int error = errno;
  if (error == EINPROGRESS) {
    LMP_RETURN_IF_ERROR(WaitFor(file_, POLLOUT, until, patience_,
                                place_ + ": no connection within " + InWords(patience_.connect)));
    socklen_t size = sizeof error;
    getsockopt(file_, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error == 0) return OkStatus();
  return Unavailable(place_ + ": " +
                     (error == ECONNREFUSED ? "nothing listens there" : std::strerror(error)));
}

Status Socket::Wait(short events) const {
  if (!connected_) {
    return WaitFor(file_, events, connect_end_, patience_,
                   place_ + ": no TLS connection within " + InWords(patience_.connect));
  }
  const bool first = !heard_ && patience_.first.count() > 0;
  const milliseconds silence = first ? patience_.first : patience_.idle;
  return WaitFor(file_, events, steady_clock::now() + silence, patience_,
                 place_ + ": silent for " + InWords(silence));
}

Status Socket::WaitReadable() const { return Wait(POLLIN); }
Status Socket::WaitWritable() const { return Wait(POLLOUT); }

Result<size_t> Socket::Read(std::span<char> into) {
  for (;;) {
    // Also where bytes never end: a cancellation and the end of the call are seen between them.
    LMP_RETURN_IF_ERROR(WaitReadable());
    const ssize_t count = recv(file_, into.data(), into.size(), 0);
    if (count > 0 && connected_) heard_ = true;
    if (count >= 0) return static_cast<size_t>(count);
    if (errno == EINTR || errno == EAGAIN) continue;
    return Unavailable(place_ + ": the connection broke: " + std::strerror(errno));
  }
}

Status Socket::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    LMP_RETURN_IF_ERROR(WaitWritable());
    const ssize_t count = send(file_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count > 0) bytes.remove_prefix(static_cast<size_t>(count));
    if (count >= 0 || errno == EINTR || errno == EAGAIN) continue;
    return Unavailable(place_ + ": the connection broke: " + std::strerror(errno));
  }
  return OkStatus();
}

}  // namespace lmp::net
