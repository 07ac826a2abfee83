#include "runtime/net/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "runtime/base/url.h"

namespace lmp::net {
namespace {

// OpenSSL's own socket writes with write(), which ends the process where the other side is gone.
int SocketOf(BIO* bio) { return *static_cast<const int*>(BIO_get_data(bio)); }

int WriteBio(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = send(SocketOf(bio), bytes, static_cast<size_t>(size), MSG_NOSIGNAL);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

int ReadBio(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = recv(SocketOf(bio), into, static_cast<size_t>(size), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(count);
}

long ControlBio(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* SocketMethod() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "lmp socket");
    LMP_CHECK(made != nullptr);
    BIO_meth_set_write(made, WriteBio);
    BIO_meth_set_read(made, ReadBio);
    BIO_meth_set_ctrl(made, ControlBio);
    return made;
  }();
  return method;
}

// The newest of OpenSSL's errors in words, and none are left.
std::string TakeReason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  return reason != nullptr ? reason : "no reason given";
}

}  // namespace

Result<std::unique_ptr<const TlsTrust>> TlsTrust::Load(const std::string& ca_file) {
  ERR_clear_error();
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) return Internal("TLS: " + TakeReason());
  std::unique_ptr<const TlsTrust> trust(new TlsTrust(context));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_default_verify_paths(context);
  if (!ca_file.empty() && SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
    ERR_clear_error();
    if (access(ca_file.c_str(), R_OK) != 0) return NotFound("cannot open " + ca_file);
    return Corruption(ca_file + ": no certificates in PEM form");
  }
  ERR_clear_error();  // a system without authorities has left some
  return trust;
}

TlsTrust::~TlsTrust() { SSL_CTX_free(context_); }

TlsStream::~TlsStream() {
  // Says the end if that takes no waiting; who reads all or wants no more needs no answer.
  ERR_clear_error();
  if (SSL_is_init_finished(ssl_)) SSL_shutdown(ssl_);
  SSL_free(ssl_);
  ERR_clear_error();
}

Status TlsStream::SetHost(const std::string& host) {
  X509_VERIFY_PARAM* const rules = SSL_get0_param(ssl_);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  bool set = false;
  if (IsAddress(host)) {
    set = X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1;
  } else {
    // What SSL_set_tlsext_host_name says, without its cast.
    std::string name = host;
    set = SSL_set1_host(ssl_, host.c_str()) == 1 &&
          SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
  }
  return set ? OkStatus() : Internal("TLS: " + TakeReason());
}

Result<std::unique_ptr<Stream>> TlsStream::Open(std::unique_ptr<Socket> socket,
                                                const TlsTrust& trust, const std::string& host) {
  ERR_clear_error();
  SSL* const ssl = SSL_new(trust.context());
  if (ssl == nullptr) return Internal("TLS: " + TakeReason());
  std::unique_ptr<TlsStream> stream(new TlsStream(std::move(socket), ssl));
  LMP_RETURN_IF_ERROR(stream->SetHost(host));
  BIO* const bio = BIO_new(SocketMethod());
  if (bio == nullptr) return Internal("TLS: " + TakeReason());
  BIO_set_data(bio, stream->socket_->file_address());
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  for (int result = 0; (result = SSL_connect(ssl)) != 1;) {
    const long verified = SSL_get_verify_result(ssl);
    if (verified != X509_V_OK) {
      ERR_clear_error();
      return Corruption(stream->socket_->place() +
                        ": the certificate is refused: " + X509_verify_cert_error_string(verified));
    }
    LMP_RETURN_IF_ERROR(stream->Await(result, "TLS failed"));
  }
  stream->socket_->SetConnected();
  return std::unique_ptr<Stream>(std::move(stream));
}

Status TlsStream::Await(int result, const char* doing) {
  const std::string place = socket_->place() + ": ";
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return socket_->WaitReadable();
    case SSL_ERROR_WANT_WRITE:
      return socket_->WaitWritable();
    case SSL_ERROR_SYSCALL:
    case SSL_ERROR_ZERO_RETURN:
      ERR_clear_error();
      return Unavailable(place + "the connection was cut off");
    default:
      break;
  }
  return Corruption(place + doing + ": " + TakeReason());
}

Result<size_t> TlsStream::Read(std::span<char> into) {
  for (;;) {
    // What OpenSSL has decrypted already does not wait for the network, and so not for its limits.
    if (SSL_has_pending(ssl_) == 0) LMP_RETURN_IF_ERROR(socket_->WaitReadable());
    ERR_clear_error();
    size_t count = 0;
    const int result = SSL_read_ex(ssl_, into.data(), into.size(), &count);
    if (result == 1) {
      socket_->SetHeard();
      return count;
    }
    if (SSL_get_error(ssl_, result) == SSL_ERROR_ZERO_RETURN) return size_t{0};
    LMP_RETURN_IF_ERROR(Await(result, "reading failed"));
  }
}

Status TlsStream::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    LMP_RETURN_IF_ERROR(socket_->WaitWritable());
    ERR_clear_error();
    size_t count = 0;
    const int result = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &count);
    if (result == 1) {
      bytes.remove_prefix(count);
      continue;
    }
    LMP_RETURN_IF_ERROR(Await(result, "writing failed"));
  }
  return OkStatus();
}

}  // namespace lmp::net
