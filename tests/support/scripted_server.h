// A server on this machine that says to each connection what a test wants, byte for byte, with or
// without TLS. Certificates are made here, by an authority that only the test knows.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <thread>

struct evp_pkey_st;
struct ssl_ctx_st;
struct ssl_st;
struct x509_st;

namespace lmp::test {

// An authority, and the certificate that it gave to the server.
class TlsIdentity {
 public:
  // `name`: "DNS:localhost", "IP:127.0.0.1". `days_left` may be negative: it has expired.
  explicit TlsIdentity(const std::string& name, int days_left = 2);
  ~TlsIdentity();
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

  // The certificate of the authority, PEM.
  const std::string& authority() const { return authority_; }
  ssl_ctx_st* context() const { return context_; }

 private:
  std::string authority_;
  ssl_ctx_st* context_ = nullptr;
};

class ScriptedServer {
 public:
  class Connection {
   public:
    explicit Connection(int file) : file_(file) {}
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Headers and body of the next request; "" if there is none.
    std::string ReadRequest();
    // False where nobody reads any more.
    bool Send(std::string_view bytes);
    // "HTTP/1.1 200 OK" with that body and its length.
    void Reply(std::string_view body, std::string_view more_headers = "");
    // False if the client refuses.
    bool StartTls(const TlsIdentity& identity);
    // Ends TLS in order; without it the connection just ends.
    void EndTls();
    void AwaitClose();

   private:
    long Read(char* into, size_t size);
    const int file_;
    ssl_st* ssl_ = nullptr;
    std::string bytes_;
  };

  // `script` runs on a thread per connection.
  explicit ScriptedServer(std::function<void(Connection&)> script, bool ipv6 = false);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  bool listens() const { return port_ != 0; }  // false without IPv6
  std::string port() const { return std::to_string(port_); }
  // "http://127.0.0.1:PORT/path"
  std::string Url(const std::string& path, const std::string& scheme = "http",
                  const std::string& host = "127.0.0.1") const {
    return scheme + "://" + host + ":" + port() + path;
  }
  int connections() const { return connections_; }

 private:
  void Accept();

  const std::function<void(Connection&)> script_;
  int file_ = -1;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::list<std::thread> serving_;
  std::thread accepting_;
};

}  // namespace lmp::test
