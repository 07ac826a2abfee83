// HTTP/1.1 and HTTPS, one call at a time: the way in for everything in LMP that asks the network.
//
//   net::HttpClient client;
//   auto reply = client.Send({.url = "https://example.org/x", .timeouts = {.whole = 20s}});
//   if (reply.ok()) LMP_RETURN_IF_ERROR(net::ExpectSuccess(reply.value()));
//
// A call blocks its thread, opens a connection of its own and closes it. It waits for nothing
// longer than its timeouts say, and a Cancellation ends it from another thread. TLS certificates
// are always checked. Redirects are followed only to where the caller lets them go; secrets
// (Authorization, Cookie, Proxy-Authorization) stay with the origin they were meant for, and
// nothing goes from https to http. Bodies are asked for and taken without compression.
//
// Errors of a call: InvalidArgument (URL, headers), NotFound (no such host), Unavailable (the
// network; a body that was cut off), DeadlineExceeded, Cancelled, Corruption (a certificate, what
// is no HTTP), ResourceExhausted (a limit of sizes), Unsupported (an encoding); and whatever the
// caller's functions return. A status such as 404 is no error of the call: see ExpectSuccess.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/url.h"
#include "runtime/net/cancellation.h"

namespace lmp::net {

struct HttpHeader {
  std::string name, value;
};

struct HttpHead {
  int status = 0;
  std::string reason;
  std::vector<HttpHeader> headers;
  std::string url;  // that was asked
  // The first of that name, in any case; null if there is none.
  const std::string* Find(std::string_view name) const;
};

struct HttpReply : HttpHead {
  std::string body;                 // where no on_body took it
  std::vector<HttpHead> redirects;  // that led here
};

struct HttpTimeouts {
  std::chrono::milliseconds connect{10'000};  // address, connection, TLS
  std::chrono::milliseconds idle{30'000};     // for the next byte
  std::chrono::milliseconds first{0};         // for the first byte; 0: as idle
  std::chrono::milliseconds whole{0};         // of the call with its redirects; 0: none
};

struct HttpRequest {
  std::string method = "GET";  // GET, HEAD, POST, PUT, DELETE, PATCH
  std::string url;
  std::vector<HttpHeader> headers =
      {};  // Host, Content-Length and Connection are written by the client
  std::string body = {};
  HttpTimeouts timeouts = {};
  int redirects_max = 10;                 // 0: a redirect is the reply
  bool headers_stay = false;              // a redirect to another origin gets none of `headers`
  size_t head_bytes_max = 64u << 10;      // status line and headers
  uint64_t body_bytes_max = 64ull << 20;  // of a reply
  const Cancellation* cancellation = nullptr;
  // Asked before the first connection and before each redirect; an error ends the call with it.
  // Nullable.
  std::function<Status(const Url& to)> allow = {};
  // The final reply before its body. An error ends the call with it. Nullable.
  std::function<Status(const HttpReply& reply)> on_head = {};
  // Its body as it comes, instead of HttpReply::body. An error ends the call with it. Nullable.
  std::function<Status(std::string_view piece)> on_body = {};
};

struct HttpClientOptions {
  std::string ca_file = {};  // PEM; authorities beside those of the system
  std::string user_agent = "lmp";
  // Where calls go through: getenv, for http_proxy, https_proxy, all_proxy and no_proxy (in
  // capitals too, except HTTP_PROXY). Null: they go straight.
  std::function<const char*(const char*)> proxy_environment = {};
};

// Any thread, several calls at once.
class HttpClient {
 public:
  explicit HttpClient(HttpClientOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  Result<HttpReply> Send(const HttpRequest& request) const;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

// Ok for 200 to 299. NotFound for 404 and 410, Unavailable else: URL, status, what the server says.
Status ExpectSuccess(const HttpReply& reply);

}  // namespace lmp::net
