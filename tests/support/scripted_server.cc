#include "tests/support/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "runtime/base/check.h"

namespace lmp::test {
namespace {

constexpr long kDay = 24 * 60 * 60;

X509* MakeCertificate(EVP_PKEY* key, const char* common_name, int days_left, long serial) {
  X509* cert = X509_new();
  X509_set_version(cert, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
  X509_gmtime_adj(X509_getm_notBefore(cert), -30 * kDay);
  X509_gmtime_adj(X509_getm_notAfter(cert), days_left * kDay);
  X509_set_pubkey(cert, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
  return cert;
}

void Extend(X509* cert, int what, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
  LMP_CHECK(extension != nullptr);
  X509_add_ext(cert, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

TlsIdentity::TlsIdentity(const std::string& name, int days_left) {
  EVP_PKEY* authority_key = EVP_EC_gen("P-256");
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* authority = MakeCertificate(authority_key, "test authority", 2, 1);
  X509_set_issuer_name(authority, X509_get_subject_name(authority));
  Extend(authority, NID_basic_constraints, "critical,CA:TRUE");
  LMP_CHECK(X509_sign(authority, authority_key, EVP_sha256()) > 0);
  X509* cert = MakeCertificate(key, "test server", days_left, 2);
  X509_set_issuer_name(cert, X509_get_subject_name(authority));
  Extend(cert, NID_subject_alt_name, name);
  LMP_CHECK(X509_sign(cert, authority_key, EVP_sha256()) > 0);

  BIO* text = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(text, authority);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text, &bytes);
  authority_.assign(bytes, static_cast<size_t>(size));
  BIO_free(text);
  context_ = SSL_CTX_new(TLS_server_method());
  LMP_CHECK(SSL_CTX_use_certificate(context_, cert) == 1);
  LMP_CHECK(SSL_CTX_use_PrivateKey(context_, key) == 1);
  X509_free(authority);
  X509_free(cert);
  EVP_PKEY_free(authority_key);
  EVP_PKEY_free(key);
}

TlsIdentity::~TlsIdentity() { SSL_CTX_free(context_); }

ScriptedServer::Connection::~Connection() {
  SSL_free(ssl_);
  close(file_);
}

long ScriptedServer::Connection::Read(char* into, size_t size) {
  if (ssl_ != nullptr) return SSL_read(ssl_, into, static_cast<int>(size));
  return recv(file_, into, size, 0);
}

std::string ScriptedServer::Connection::ReadRequest() {
  size_t end = std::string::npos;
  for (;;) {
    end = bytes_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const size_t at = bytes_.find("Content-Length: ");
      const size_t length = at < end ? std::strtoul(bytes_.c_str() + at + 16, nullptr, 10) : 0;
      end += 4 + length;
      if (bytes_.size() >= end) break;
    }
    std::array<char, 4096> piece;
    const long count = Read(piece.data(), piece.size());
    if (count <= 0) return "";
    bytes_.append(piece.data(), static_cast<size_t>(count));
  }
  std::string request = bytes_.substr(0, end);
  bytes_.erase(0, end);
  return request;
}

bool ScriptedServer::Connection::Send(std::string_view bytes) {
  if (ssl_ != nullptr)
    return bytes.empty() || SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) > 0;
  while (!bytes.empty()) {
    const ssize_t count = send(file_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

void ScriptedServer::Connection::Reply(std::string_view body, std::string_view more_headers) {
  Send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
       std::string(more_headers) + "\r\n" + std::string(body));
}

bool ScriptedServer::Connection::StartTls(const TlsIdentity& identity) {
  ssl_ = SSL_new(identity.context());
  SSL_set_fd(ssl_, file_);
  return SSL_accept(ssl_) == 1;
}

void ScriptedServer::Connection::EndTls() { SSL_shutdown(ssl_); }

void ScriptedServer::Connection::AwaitClose() {
  std::array<char, 4096> piece;
  while (Read(piece.data(), piece.size()) > 0) {
  }
}

ScriptedServer::ScriptedServer(std::function<void(Connection&)> script, bool ipv6)
    : script_(std::move(script)) {
  file_ = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_storage storage = {};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  auto* four = reinterpret_cast<sockaddr_in*>(&storage);
  auto* six = reinterpret_cast<sockaddr_in6*>(&storage);
  storage.ss_family = ipv6 ? AF_INET6 : AF_INET;
  if (ipv6) {
    six->sin6_addr = in6addr_loopback;
  } else {
    four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  if (file_ < 0 || bind(file_, address, ipv6 ? sizeof *six : sizeof *four) != 0) return;
  if (listen(file_, 64) != 0 || getsockname(file_, address, &size) != 0) return;
  port_ = ntohs(ipv6 ? six->sin6_port : four->sin_port);
  accepting_ = std::thread([this] { Accept(); });
}

void ScriptedServer::Accept() {
  for (;;) {
    const int file = accept4(file_, nullptr, nullptr, SOCK_CLOEXEC);
    if (file < 0) return;
    ++connections_;
    serving_.emplace_back([this, file] {
      Connection connection(file);
      script_(connection);
    });
  }
}

ScriptedServer::~ScriptedServer() {
  if (file_ >= 0) shutdown(file_, SHUT_RDWR);
  if (accepting_.joinable()) accepting_.join();
  for (std::thread& each : serving_) each.join();
  if (file_ >= 0) close(file_);
}

}  // namespace lmp::test
