// TLS: who is believed, and who is not.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>

#include "runtime/net/http_client.h"
#include "tests/support/scripted_server.h"

namespace lmp::net {
namespace {

using namespace std::chrono_literals;
using test::ScriptedServer;
using test::TlsIdentity;
using Connection = ScriptedServer::Connection;

constexpr HttpTimeouts kPatient{.connect = 20s, .idle = 20s, .whole = 40s};

// A file with text, for as long as this lives.
struct TextFile {
  explicit TextFile(const std::string& text) {
    char name[] = "/tmp/lmp-net-XXXXXX";
    close(mkstemp(name));
    path = name;
    std::ofstream(path) << text;
  }
  ~TextFile() { unlink(path.c_str()); }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  std::string path;
};

void Serve(Connection& c, const TlsIdentity& identity) {
  if (!c.StartTls(identity) || c.ReadRequest().empty()) return;
  c.Reply("secret");
  c.EndTls();
}

Result<HttpReply> Ask(const ScriptedServer& server, const std::string& ca_file,
                      const std::string& host) {
  const HttpClient client({.ca_file = ca_file});
  return client.Send({.url = server.Url("/", "https", host), .timeouts = kPatient});
}

void CheckRefused(const Result<HttpReply>& reply, const std::string& part) {
  REQUIRE_FALSE(reply.ok());
  CAPTURE(reply.status().message());
  CHECK(reply.status().code() == StatusCode::kCorruption);
  CHECK(reply.status().message().find("the certificate is refused") != std::string::npos);
  CHECK(reply.status().message().find(part) != std::string::npos);
}

TEST_CASE("a certificate must be from an authority that is known, for this host, and of this day") {
  const TlsIdentity localhost("DNS:localhost"), address("IP:127.0.0.1"), other("DNS:other.example"),
      old("DNS:localhost", -1);
  const TextFile trusted(localhost.authority()), trusts_address(address.authority()),
      trusts_other(other.authority()), trusts_old(old.authority());
  const TlsIdentity* identity = &localhost;
  ScriptedServer server([&](Connection& c) { Serve(c, *identity); });

  const Result<HttpReply> reply = Ask(server, trusted.path, "localhost");
  REQUIRE_MESSAGE(reply.ok(), reply.status().message());
  CHECK(reply->body == "secret");
  CheckRefused(Ask(server, trusted.path, "127.0.0.1"), "IP address mismatch");
  CheckRefused(Ask(server, "", "localhost"), "unable to get local issuer certificate");
  CheckRefused(Ask(server, trusts_other.path, "localhost"), "certificate");
  identity = &address;
  CHECK(Ask(server, trusts_address.path, "127.0.0.1")->body == "secret");
  CheckRefused(Ask(server, trusts_address.path, "localhost"), "ostname mismatch");
  identity = &other;
  CheckRefused(Ask(server, trusts_other.path, "localhost"), "ostname mismatch");
  identity = &old;
  CheckRefused(Ask(server, trusts_old.path, "localhost"), "expired");
}

TEST_CASE("an end that TLS does not confirm is cut off") {
  const TlsIdentity identity("DNS:localhost");
  const TextFile trusted(identity.authority());
  for (const bool confirmed : {true, false}) {
    CAPTURE(confirmed);
    ScriptedServer server([&](Connection& c) {
      if (!c.StartTls(identity)) return;
      c.ReadRequest();
      c.Send("HTTP/1.1 200 OK\r\n\r\nas long as the connection");
      if (confirmed) c.EndTls();
    });
    const Result<HttpReply> reply = Ask(server, trusted.path, "localhost");
    REQUIRE(reply.ok() == confirmed);
    if (!confirmed) CHECK(reply.status().message().find("cut off") != std::string::npos);
  }
}

TEST_CASE("what is no TLS, and what is no list of authorities") {
  ScriptedServer plain([](Connection& c) {
    c.Send("HTTP/1.1 400 Bad Request\r\n\r\n");
    c.AwaitClose();
  });
  const Result<HttpReply> reply = Ask(plain, "", "localhost");
  REQUIRE_FALSE(reply.ok());
  CHECK(reply.status().message().find("TLS failed") != std::string::npos);
  const TextFile wrong("no certificate");
  CHECK(Ask(plain, wrong.path, "localhost").status().message().find("PEM") != std::string::npos);
  CHECK(Ask(plain, "/nowhere.pem", "localhost").status().code() == StatusCode::kNotFound);
}

TEST_CASE("https does not lead to http") {
  const TlsIdentity identity("DNS:localhost");
  const TextFile trusted(identity.authority());
  ScriptedServer plain([](Connection& c) { c.ReadRequest(), c.Reply("plain"); });
  ScriptedServer server([&](Connection& c) {
    if (!c.StartTls(identity)) return;
    c.ReadRequest();
    c.Send("HTTP/1.1 302 Found\r\nLocation: " + plain.Url("/") + "\r\nContent-Length: 0\r\n\r\n");
    c.EndTls();
  });
  const Result<HttpReply> reply = Ask(server, trusted.path, "localhost");
  REQUIRE_FALSE(reply.ok());
  CHECK(reply.status().message().find("not protected by TLS") != std::string::npos);
  CHECK(plain.connections() == 0);
}

TEST_CASE("through a proxy, TLS is with the host and not with the proxy") {
  const TlsIdentity identity("DNS:nowhere.example");
  const TextFile trusted(identity.authority());
  std::string asked;
  ScriptedServer proxy([&](Connection& c) {
    asked = c.ReadRequest();
    if (asked.find("closed.example") != std::string::npos) {
      c.Send("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    c.Send("HTTP/1.1 200 Connection established\r\n\r\n");
    Serve(c, identity);
  });
  const std::string address = "127.0.0.1:" + proxy.port();
  const HttpClient client({.ca_file = trusted.path, .proxy_environment = [&](const char* name) {
                             return std::string_view(name) == "https_proxy" ? address.c_str()
                                                                            : nullptr;
                           }});
  const Result<HttpReply> reply =
      client.Send({.url = "https://nowhere.example/", .timeouts = kPatient});
  REQUIRE_MESSAGE(reply.ok(), reply.status().message());
  CHECK(reply->body == "secret");
  CHECK(asked.starts_with("CONNECT nowhere.example:443 HTTP/1.1\r\n"));
  const Result<HttpReply> closed =
      client.Send({.url = "https://closed.example/", .timeouts = kPatient});
  REQUIRE_FALSE(closed.ok());
  CHECK(closed.status().message().find("403 Forbidden") != std::string::npos);
}

}  // namespace
}  // namespace lmp::net
