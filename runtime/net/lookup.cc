#include "runtime/net/lookup.h"

#include <netdb.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <system_error>
#include <thread>

#include "runtime/base/url.h"

namespace lmp::net {
namespace {

Result<std::vector<Address>> Ask(const std::string& host, uint16_t port, int flags) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code == EAI_NONAME || code == EAI_NODATA) return NotFound("there is no host " + host);
  if (code != 0) {
    const char* why = code == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(code);
    return Unavailable("the address of " + host + " is not found out: " + why);
  }
  std::vector<Address> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    Address address;
    if (each->ai_addrlen > sizeof address.bytes) continue;
    std::memcpy(&address.bytes, each->ai_addr, each->ai_addrlen);
    address.size = each->ai_addrlen;
    addresses.push_back(address);
  }
  freeaddrinfo(found);
  if (addresses.empty()) return NotFound("there is no host " + host);
  return addresses;
}

}  // namespace

// Of the thread that looks up until `ready`, then of whoever takes.
struct Lookup::Shared {
  Shared() : file(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Shared() {
    if (file >= 0) close(file);
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  void Answer(Result<std::vector<Address>> answer) {
    addresses = std::move(answer);
    ready = true;
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(file, &one, sizeof one);
  }

  const int file;
  Result<std::vector<Address>> addresses = Unavailable("");
  std::atomic<bool> ready = false;
};

Lookup::Lookup(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
Lookup::~Lookup() = default;

Result<std::unique_ptr<Lookup>> Lookup::Start(const std::string& host, uint16_t port) {
  auto shared = std::make_shared<Shared>();
  if (shared->file < 0) return Unavailable("no more files can be opened");
  if (IsAddress(host)) {
    shared->Answer(Ask(host, port, AI_NUMERICHOST));
  } else {
    try {
      std::thread([shared, host, port] { shared->Answer(Ask(host, port, 0)); }).detach();
    } catch (const std::system_error&) {
      return Unavailable("no more threads can be made");
    }
  }
  return std::unique_ptr<Lookup>(new Lookup(std::move(shared)));
}

int Lookup::file() const { return shared_->file; }

Result<std::vector<Address>> Lookup::Take() {
  LMP_CHECK(shared_->ready);
  return shared_->addresses;
}

}  // namespace lmp::net
