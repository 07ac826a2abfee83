// TLS 1.2 and 1.3 over a socket. The certificate must come from an authority that is trusted and
// name the host; nothing switches that off.
#pragma once

#include <memory>
#include <string>

#include "runtime/base/status.h"
#include "runtime/net/socket.h"

struct ssl_ctx_st;
struct ssl_st;

namespace lmp::net {

// The authorities that are trusted. Immutable, any thread.
class TlsTrust {
 public:
  // Those of the system (which SSL_CERT_FILE and SSL_CERT_DIR replace), and those of a PEM file
  // unless it is "". Errors: NotFound, Corruption (the file).
  static Result<std::unique_ptr<const TlsTrust>> Load(const std::string& ca_file);
  ~TlsTrust();
  TlsTrust(const TlsTrust&) = delete;
  TlsTrust& operator=(const TlsTrust&) = delete;

  ssl_ctx_st* context() const { return context_; }

 private:
  explicit TlsTrust(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* const context_;
};

// Errors as Socket; Corruption where the certificate is refused or the other side breaks the
// protocol. An end without TLS's own end is an error: the rest may have been cut off.
class TlsStream final : public Stream {
 public:
  static Result<std::unique_ptr<Stream>> Open(std::unique_ptr<Socket> socket, const TlsTrust& trust,
                                              const std::string& host);
  ~TlsStream() override;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  Result<size_t> Read(std::span<char> into) override;
  Status Write(std::string_view bytes) override;

 private:
  TlsStream(std::unique_ptr<Socket> socket, ssl_st* ssl) : socket_(std::move(socket)), ssl_(ssl) {}
  Status SetHost(const std::string& host);
  // Waits for what OpenSSL wants; an error if it wants nothing more.
  Status Await(int result, const char* doing);

  const std::unique_ptr<Socket> socket_;
  ssl_st* const ssl_;
};

}  // namespace lmp::net
