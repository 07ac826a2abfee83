// The HTTP client against a server that says anything: bodies in every form, what is cut off,
// limits, silence, cancellation, redirects.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/net/http_client.h"
#include "tests/support/scripted_server.h"

namespace lmp::net {
namespace {

using namespace std::chrono_literals;
using test::ScriptedServer;
using Connection = ScriptedServer::Connection;

// Short, so that a wait that should not be fails soon; long enough for a busy machine.
constexpr HttpTimeouts kPatient{.connect = 20s, .idle = 20s, .whole = 40s};

Result<HttpReply> Get(const std::string& url, HttpRequest request = {}) {
  request.url = url;
  request.timeouts = kPatient;
  return HttpClient().Send(request);
}

// What one answer of a server becomes.
Result<HttpReply> Answered(const std::string& bytes, const HttpRequest& request = {}) {
  ScriptedServer server([&](Connection& c) {
    c.ReadRequest();
    c.Send(bytes);
  });
  return Get(server.Url("/"), request);
}

void CheckFails(const Result<HttpReply>& reply, StatusCode code, const std::string& part) {
  REQUIRE_FALSE(reply.ok());
  CAPTURE(reply.status().message());
  CHECK(reply.status().code() == code);
  CHECK(reply.status().message().find(part) != std::string::npos);
}

TEST_CASE("requests say what was asked for") {
  std::string seen;
  ScriptedServer server([&](Connection& c) {
    seen = c.ReadRequest();
    c.Reply("ok", "X-A: 1\r\n");
  });
  HttpRequest request{
      .method = "POST", .url = {}, .headers = {{"X-Key", "v w"}}, .body = "{\"a\":1}"};
  const Result<HttpReply> reply = Get(server.Url("/p q?r=s#t"), request);
  REQUIRE(reply.ok());
  CHECK(reply->status == 200);
  CHECK(reply->body == "ok");
  CHECK(*reply->Find("x-a") == "1");
  CHECK(reply->Find("x-b") == nullptr);
  CHECK(reply->url == server.Url("/p%20q?r=s"));
  CHECK(seen ==
        "POST /p%20q?r=s HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() +
            "\r\nConnection: close\r\nUser-Agent: lmp\r\nAccept: */*\r\n"
            "Accept-Encoding: identity\r\nX-Key: v w\r\nContent-Length: 7\r\n\r\n{\"a\":1}");
}

TEST_CASE("bodies in every form") {
  CHECK(Answered("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")->body == "abc");
  CHECK(Answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                 "chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\n")
            ->body == "abc");
  CHECK(Answered("HTTP/1.1 200 OK\r\n\r\nabc")->body == "abc");
  CHECK(Answered("HTTP/1.0 200 OK\r\n\r\n")->body == "");
  CHECK(Answered("HTTP/1.1 204 No Content\r\n\r\n")->body == "");
  CHECK(Answered("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone")->status == 404);
  CHECK(Answered("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                 "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
            ->body == "x");
  CHECK(
      Answered("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", {.method = "HEAD", .url = {}})
          ->status == 200);
}

TEST_CASE("what is cut off is an error") {
  const StatusCode cut = StatusCode::kUnavailable;
  CheckFails(Answered("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), cut,
             "7 of 10 bytes are missing");
  CheckFails(Answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), cut,
             "cut off");
  CheckFails(Answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"), cut,
             "cut off");
  CheckFails(Answered("HTTP/1.1 200 OK\r\nContent-Le"), cut, "cut off in its headers");
  CheckFails(Answered(""), cut, "closed without a response");
}

TEST_CASE("what is no HTTP is an error, and what is too long") {
  CheckFails(Answered("SSH-2.0-x\r\n\r\n"), StatusCode::kCorruption, "no HTTP/1.1 response");
  CheckFails(Answered("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), StatusCode::kCorruption, "");
  CheckFails(Answered("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
             StatusCode::kCorruption, "");
  CheckFails(Answered("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: "
                      "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
             StatusCode::kCorruption, "");
  CheckFails(Answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
             StatusCode::kCorruption, "");
  CheckFails(Answered("HTTP/1.1 101 Switching Protocols\r\n\r\n"), StatusCode::kCorruption, "101");
  CheckFails(Answered("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"),
             StatusCode::kUnsupported, "gzip");
  std::string early;
  for (int i = 0; i < 20; ++i) early += "HTTP/1.1 100 Continue\r\n\r\n";
  CheckFails(Answered(early), StatusCode::kCorruption, "early");

  HttpRequest small;
  small.head_bytes_max = 1000;
  small.body_bytes_max = 10;
  const StatusCode limit = StatusCode::kResourceExhausted;
  CheckFails(Answered("HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x') + "\r\n\r\n", small), limit,
             "1000 bytes");
  CheckFails(Answered("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nabc", small), limit,
             "10 bytes");
  CheckFails(
      Answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n",
               small),
      limit, "10 bytes");
  CheckFails(Answered("HTTP/1.1 200 OK\r\n\r\n12345678901", small), limit, "10 bytes");
  CHECK(Answered("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234567890", small).ok());
}

TEST_CASE("the caller's functions see the reply and can end the call") {
  const std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef";
  std::string taken;
  HttpRequest request;
  request.on_body = [&](std::string_view piece) {
    taken += piece;
    return OkStatus();
  };
  const Result<HttpReply> reply = Answered(bytes, request);
  REQUIRE(reply.ok());
  CHECK(taken == "abcdef");
  CHECK(reply->body == "");
  request.on_body = [](std::string_view) { return ResourceExhausted("the disk is full"); };
  CheckFails(Answered(bytes, request), StatusCode::kResourceExhausted, "the disk is full");
  request.on_head = [](const HttpReply& r) {
    return NotFound("found " + std::to_string(r.status));
  };
  CheckFails(Answered(bytes, request), StatusCode::kNotFound, "found 200");
}

TEST_CASE("nothing is sent that a caller could not have meant") {
  for (const HttpHeader& header : std::vector<HttpHeader>{{"X", "a\r\nEvil: 1"},
                                                          {"X\r\nEvil", "1"},
                                                          {"", "a"},
                                                          {"Host", "other"},
                                                          {"content-length", "9"}}) {
    CAPTURE(header.name);
    CheckFails(Get("http://127.0.0.1:1/", {.url = {}, .headers = {header}}),
               StatusCode::kInvalidArgument, "");
  }
  CheckFails(Get("http://127.0.0.1:1/", {.method = "GET / HTTP/1.1\r\nX:", .url = {}}),
             StatusCode::kInvalidArgument, "method");
  CheckFails(Get("nowhere"), StatusCode::kInvalidArgument, "nowhere");
}

TEST_CASE("nobody there") {
  std::string port;
  {
    const ScriptedServer gone([](Connection&) {});
    port = gone.port();
  }
  CheckFails(Get("http://127.0.0.1:" + port + "/"), StatusCode::kUnavailable,
             "nothing listens there");
}

TEST_CASE("silence ends at the limit that it meets") {
  ScriptedServer silent([](Connection& c) { c.AwaitClose(); });
  HttpRequest request{.url = silent.Url("/"), .timeouts = {.connect = 20s, .idle = 50ms}};
  CheckFails(HttpClient().Send(request), StatusCode::kDeadlineExceeded, "silent for 50 ms");
  request.url = silent.Url("/", "https");
  request.timeouts.connect = 50ms;
  CheckFails(HttpClient().Send(request), StatusCode::kDeadlineExceeded,
             "no TLS connection within 50 ms");

  ScriptedServer dripping([](Connection& c) {
    c.ReadRequest();
    c.Send("HTTP/1.1 200 OK\r\n\r\n");
    while (c.Send("x")) std::this_thread::sleep_for(2ms);
  });
  request = {.url = dripping.Url("/"), .timeouts = {.idle = 20s, .whole = 100ms}};
  CheckFails(HttpClient().Send(request), StatusCode::kDeadlineExceeded,
             "not done within the 100 ms");
}

TEST_CASE("a call ends when it is cancelled") {
  ScriptedServer silent([](Connection& c) {
    c.ReadRequest();
    c.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    c.AwaitClose();
  });
  Cancellation cancellation;
  HttpRequest request{.url = silent.Url("/"), .timeouts = kPatient};
  request.cancellation = &cancellation;
  std::atomic<bool> begun = false;
  request.on_body = [&](std::string_view) {
    begun = true;
    return OkStatus();
  };
  std::thread other([&] {
    while (!begun) std::this_thread::sleep_for(1ms);
    cancellation.Cancel();
  });
  CheckFails(HttpClient().Send(request), StatusCode::kCancelled, "cancelled");
  other.join();
  const int before = silent.connections();
  CheckFails(HttpClient().Send(request), StatusCode::kCancelled, "cancelled");  // for good
  CHECK(silent.connections() == before);
}

// Answers by path; keeps what was asked.
struct Site {
  explicit Site(std::function<std::string(const std::string& path)> answer)
      : server([this, answer](Connection& c) {
          const std::string request = c.ReadRequest();
          {
            const std::lock_guard lock(mutex);
            requests.push_back(request);
          }
          const size_t begin = request.find(' ') + 1;
          c.Send(answer(request.substr(begin, request.find(' ', begin) - begin)));
        }) {}
  std::mutex mutex;
  std::vector<std::string> requests;
  ScriptedServer server;
};

std::string RedirectTo(const std::string& where, int status = 302) {
  return "HTTP/1.1 " + std::to_string(status) + " Found\r\nLocation: " + where +
         "\r\nContent-Length: 0\r\n\r\n";
}
const char kFine[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";

TEST_CASE("redirects are followed, and what led there is kept") {
  Site site([](const std::string& path) {
    return path == "/a" ? RedirectTo("b?c") : path == "/b?c" ? RedirectTo("/d", 301) : kFine;
  });
  const Result<HttpReply> reply =
      Get(site.server.Url("/a"), {.url = {}, .headers = {{"Authorization", "x"}}});
  REQUIRE(reply.ok());
  CHECK(reply->body == "fine");
  CHECK(reply->url == site.server.Url("/d"));
  REQUIRE(reply->redirects.size() == 2);
  CHECK(reply->redirects[0].url == site.server.Url("/a"));
  CHECK(*reply->redirects[1].Find("location") == "/d");
  CHECK(site.requests[2].find("Authorization: x") != std::string::npos);
}

TEST_CASE("secrets stay with their origin") {
  Site other([](const std::string&) { return kFine; });
  Site site([&](const std::string&) { return RedirectTo(other.server.Url("/")); });
  REQUIRE(Get(site.server.Url("/"),
              {.url = {}, .headers = {{"authorization", "x"}, {"Cookie", "y"}, {"X-Z", "z"}}})
              .ok());
  CHECK(site.requests[0].find("authorization: x") != std::string::npos);
  CHECK(other.requests[0].find("authorization") == std::string::npos);
  CHECK(other.requests[0].find("Cookie") == std::string::npos);
  CHECK(other.requests[0].find("X-Z: z") != std::string::npos);
}

TEST_CASE("a redirect keeps or drops the body as its status says") {
  for (const int status : {301, 302, 303, 307, 308}) {
    CAPTURE(status);
    Site site(
        [&](const std::string& path) { return path == "/" ? RedirectTo("/x", status) : kFine; });
    HttpRequest request{
        .method = "POST", .url = {}, .headers = {{"Content-Type", "text/plain"}}, .body = "text"};
    REQUIRE(Get(site.server.Url("/"), request).ok());
    const bool kept = status >= 307;
    CHECK(site.requests[1].starts_with(kept ? "POST" : "GET"));
    CHECK((site.requests[1].find("Content-Type") != std::string::npos) == kept);
    CHECK(site.requests[1].ends_with("\r\n\r\ntext") == kept);
  }
}

TEST_CASE("redirects end") {
  Site site([](const std::string& path) { return RedirectTo(path + "x"); });
  CheckFails(Get(site.server.Url("/")), StatusCode::kUnavailable, "more than 10 redirects");
  CHECK(site.requests.size() == 11);
  HttpRequest none;
  none.redirects_max = 0;
  const Result<HttpReply> reply = Get(site.server.Url("/"), none);
  REQUIRE(reply.ok());
  CHECK(reply->status == 302);
  Site wrong([](const std::string&) { return RedirectTo("file:///etc/passwd"); });
  CheckFails(Get(wrong.server.Url("/")), StatusCode::kInvalidArgument, "redirects");
}

TEST_CASE("the caller says where calls may go") {
  Site other([](const std::string&) { return kFine; });
  Site site(
      [&](const std::string&) { return RedirectTo(other.server.Url("/", "http", "localhost")); });
  HttpRequest request;
  request.allow = [](const Url& to) {
    return to.host == "127.0.0.1" ? OkStatus() : InvalidArgument(to.host + " is not allowed");
  };
  CheckFails(Get(site.server.Url("/"), request), StatusCode::kInvalidArgument,
             "localhost is not allowed");
  CHECK(other.requests.empty());
  CheckFails(Get("http://localhost:1/", request), StatusCode::kInvalidArgument,
             "localhost is not allowed");
}

TEST_CASE("names and IPv6 addresses") {
  ScriptedServer four([](Connection& c) { c.ReadRequest(), c.Reply("4"); });
  CHECK(Get(four.Url("/", "http", "localhost"))->body == "4");
  std::string seen;
  ScriptedServer six([&](Connection& c) { seen = c.ReadRequest(), c.Reply("6"); }, true);
  if (!six.listens()) {
    MESSAGE("SKIPPED: no IPv6 on this machine");
    return;
  }
  CHECK(Get(six.Url("/", "http", "[::1]"))->body == "6");
  CHECK(seen.find("Host: [::1]:" + six.port() + "\r\n") != std::string::npos);
}

TEST_CASE("a proxy is asked with the whole URL") {
  std::string seen;
  ScriptedServer proxy([&](Connection& c) { seen = c.ReadRequest(), c.Reply("through"); });
  const std::string address = "127.0.0.1:" + proxy.port();
  const HttpClient client({.proxy_environment = [&](const char* name) {
    return std::string_view(name) == "http_proxy" ? address.c_str() : nullptr;
  }});
  CHECK(client.Send({.url = "http://nowhere.example/x", .timeouts = kPatient})->body == "through");
  CHECK(seen.starts_with("GET http://nowhere.example/x HTTP/1.1\r\nHost: nowhere.example\r\n"));
}

TEST_CASE("many calls at once through one client") {
  ScriptedServer server([](Connection& c) {
    const std::string request = c.ReadRequest();
    c.Reply(request.substr(5, request.find(' ', 5) - 5));
  });
  const HttpClient client;
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string name = std::to_string(t * 1000 + i);
        const Result<HttpReply> reply =
            client.Send({.url = server.Url("/" + name), .timeouts = kPatient});
        right += reply.ok() && reply->body == name ? 1 : 0;
      }
    });
  }
  for (std::thread& each : threads) each.join();
  CHECK(right == 160);
}

TEST_CASE("statuses in words") {
  HttpReply reply;
  reply.status = 206;
  CHECK(ExpectSuccess(reply).ok());
  reply.status = 404;
  reply.url = "http://h/x";
  reply.reason = "Not Found";
  CHECK(ExpectSuccess(reply).ToString() ==
        "not_found: http://h/x: the server answers 404 Not Found");
  reply.status = 503;
  reply.reason = "";
  reply.body = "try\nlater";
  CHECK(ExpectSuccess(reply).code() == StatusCode::kUnavailable);
  CHECK(ExpectSuccess(reply).message().find("503: try") != std::string::npos);
}

}  // namespace
}  // namespace lmp::net
