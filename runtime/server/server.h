// Server: programs as HTTP endpoints. Plain HTTP/1.1; TLS is for the proxy in front of it.
//
//   auto server = Server::Listen(engine, {{"rag", program}}, {.port = 8080});
//   server.value()->Run();   // until Stop(), on this thread
//
// docs/SERVER.md has the routes. One thread does everything that waits for sockets; runs are the
// engine's, and what they emit is posted to that thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/api/lmp.h"
#include "runtime/server/api_keys.h"

namespace lmp::server {

struct ServedProgram {
  std::string name;  // letters, digits, `_`, `-`, `.`: its path is /v1/programs/NAME
  ProgramRef program;
  std::string source = {};  // for the playground
  std::string folder = {};  // that its file is in: left out of what clients are told
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 8080;  // 0: any that is free
  // Without any, nobody is asked for a key. Tenants share no cache.
  ApiKeys api_keys = {};
  // Whose web pages may ask from a browser: "https://app.example", or "*" for all. None: nobody's.
  std::vector<std::string> cors_origins = {};
  // The page at / (docs/SERVER.md): whoever may ask can run programs of his own.
  bool playground = false;
  size_t body_bytes_max = 8u << 20;
  uint32_t header_bytes_max = 16u << 10;
  int connections_max = 512;
  // How long a connection may do nothing, take for a header, for a body, for taking what is sent.
  std::chrono::milliseconds idle_max{60'000};
  std::chrono::milliseconds header_max{10'000};
  std::chrono::milliseconds body_max{30'000};
  std::chrono::milliseconds write_max{30'000};
  // How often a stream with nothing to say says that it is still there.
  std::chrono::milliseconds ping{15'000};
  // How long a run of a program or of an answer may take; then it ends by the failure `timeout`.
  std::chrono::milliseconds run_max{600'000};
  // How long runs may go on after Stop; and how long the port says in any case that the server
  // ends, so that balancers send their clients elsewhere before it is closed.
  std::chrono::milliseconds drain_max{30'000};
  std::chrono::milliseconds drain_grace{0};
};

// Whether nobody but this machine reaches that address.
bool IsLoopback(const std::string& address);

class Server {
 public:
  // Binds the address. `engine` outlives the server. Errors: InvalidArgument (a name, an address,
  // a key; a playground that others reach without keys; drain_grace above drain_max), Unavailable
  // (the port is taken).
  static Result<std::unique_ptr<Server>> Listen(Engine* engine, std::vector<ServedProgram> programs,
                                                ServerOptions options);
  virtual ~Server() = default;
  virtual uint16_t port() const = 0;
  // Serves until Stop, and then until what runs has ended and drain_grace is over, or drain_max is.
  // Runs that go on by then are ended, and their clients are told so for two seconds at most.
  virtual void Run() = 0;
  // Starts no new runs: who asks is told 503 (/readyz too) until this ends. A second call ends the
  // runs, a third the connections. Any thread.
  virtual void Stop() = 0;
};

}  // namespace lmp::server
