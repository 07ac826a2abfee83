// Downloads: continued, begun anew, checked, and never half under their name.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <vector>

#include "runtime/net/download.h"
#include "runtime/net/part_file.h"
#include "tests/support/scripted_server.h"

namespace lmp::net {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::ScriptedServer;
using Connection = ScriptedServer::Connection;

std::string Bytes(size_t count) {
  std::string text = "GGUF";
  for (uint32_t x = 1; text.size() < count; x = x * 1664525u + 1013904223u)
    text += static_cast<char>(x >> 24);
  return text;
}

std::string DigestOf(const std::string& text) {
  Sha256 hash;
  hash.Add(text);
  return hash.Hex();
}

std::string TextOf(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// A server with one file, and faults.
struct FileServer {
  std::string bytes = Bytes(300'000);
  std::string tag = "\"v1\"";
  bool ranges = true;
  size_t cut_after = SIZE_MAX;  // bytes of a body
  int errors = 0;               // answers with 503 first
  std::string more_headers;
  std::mutex mutex;
  std::vector<std::string> requests;

  void Serve(Connection& c) {
    const std::string request = c.ReadRequest();
    const std::lock_guard lock(mutex);
    requests.push_back(request);
    if (errors > 0) {
      --errors;
      c.Send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy");
      return;
    }
    size_t first = 0;
    const size_t at = request.find("Range: bytes=");
    const bool same = request.find("If-Range: " + tag + "\r\n") != std::string::npos;
    if (ranges && same && at != std::string::npos) first = std::stoul(request.substr(at + 13));
    const std::string size = std::to_string(bytes.size());
    if (first >= bytes.size()) {
      c.Send("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */" + size +
             "\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    std::string head = first == 0 ? "HTTP/1.1 200 OK\r\n"
                                  : "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " +
                                        std::to_string(first) + "-" +
                                        std::to_string(bytes.size() - 1) + "/" + size + "\r\n";
    if (!tag.empty()) head += "ETag: " + tag + "\r\n";
    head += more_headers + "Content-Length: " + std::to_string(bytes.size() - first) + "\r\n\r\n";
    c.Send(head + bytes.substr(first, cut_after));
  }
  int ranged() {
    int count = 0;
    for (const std::string& r : requests) count += r.find("Range: bytes=") != std::string::npos;
    return count;
  }

  ScriptedServer server{[this](Connection& c) { Serve(c); }};
};

// A folder that goes away, and one download into it.
struct World {
  World() {
    char name[] = "/tmp/lmp-download-XXXXXX";
    folder = mkdtemp(name);
    path = (folder / "m.gguf").string();
  }
  ~World() { fs::remove_all(folder); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  DownloadRequest Request() {
    DownloadRequest request{.url = files.server.Url("/m.gguf"), .path = path};
    request.timeouts = {.connect = 20s, .idle = 20s};
    request.pause = 1ms;
    request.on_note = [this](const std::string& note) { notes.push_back(note); };
    return request;
  }
  Result<DownloadOutcome> Get() { return Download(HttpClient(), Request()); }
  Result<DownloadOutcome> GetOnce() {
    DownloadRequest request = Request();
    request.tries = 1;
    return Download(HttpClient(), request);
  }
  // Only this is in the folder.
  void CheckLeft(const std::vector<std::string>& names) const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder))
      found.push_back(entry.path().filename());
    std::sort(found.begin(), found.end());
    CHECK(found == names);
  }
  void CheckWhole() const {
    CHECK(TextOf(path) == files.bytes);
    CheckLeft({"m.gguf"});
  }

  fs::path folder;
  std::string path;
  FileServer files;
  std::vector<std::string> notes;
};

void CheckFails(const Result<DownloadOutcome>& outcome, StatusCode code, const std::string& part) {
  REQUIRE_FALSE(outcome.ok());
  CAPTURE(outcome.status().message());
  CHECK(outcome.status().code() == code);
  CHECK(outcome.status().message().find(part) != std::string::npos);
}

TEST_CASE("a whole file, and its digest") {
  World world;
  DownloadRequest request = world.Request();
  request.sha256 = DigestOf(world.files.bytes);
  request.magic = "GGUF";
  uint64_t last = 0;
  request.on_progress = [&](const DownloadProgress& p) {
    CHECK(p.done > last);
    CHECK(p.total == 300'000);
    last = p.done;
  };
  const Result<DownloadOutcome> outcome = Download(HttpClient(), request);
  REQUIRE_MESSAGE(outcome.ok(), outcome.status().message());
  CHECK(outcome->bytes == 300'000);
  CHECK(last == 300'000);
  CHECK(outcome->sha256 == request.sha256);
  CHECK(outcome->sha256_checked);
  world.CheckWhole();
}

TEST_CASE("what was cut off goes on from where it was, in this call and in the next") {
  World world;
  world.files.cut_after = 100'000;
  REQUIRE(world.Get().ok());
  world.CheckWhole();
  CHECK(world.files.requests.size() == 3);
  CHECK(world.files.ranged() == 2);
  fs::remove(world.path);

  CheckFails(world.GetOnce(), StatusCode::kUnavailable, "bytes are missing");
  world.CheckLeft({"m.gguf.part", "m.gguf.part.from"});
  CHECK(TextOf(world.path + ".part.from").find("127.0.0.1") == std::string::npos);  // may be secret
  world.files.cut_after = SIZE_MAX;
  const Result<DownloadOutcome> outcome = world.GetOnce();
  REQUIRE(outcome.ok());
  CHECK(outcome->continued_from == 100'000);
  CHECK(outcome->sha256 == DigestOf(world.files.bytes));
  world.CheckWhole();
}

TEST_CASE("a part is continued only with the same file") {
  World world;
  world.files.cut_after = 100'000;
  CHECK_FALSE(world.GetOnce().ok());
  world.files.cut_after = SIZE_MAX;
  SUBCASE("another ETag") {
    world.files.tag = "\"v2\"";
    world.files.bytes = Bytes(200'000) + "new";
  }
  SUBCASE("a server that knows no ranges") { world.files.ranges = false; }
  SUBCASE("another URL") {
    std::ofstream(world.path + ".part.from")
        << "lmp download 1\n" + DigestOf("other") + "\n\"v1\"\n300000\n";
  }
  SUBCASE("a part of unknown origin") { fs::remove(world.path + ".part.from"); }
  SUBCASE("a part that is longer than the file") {
    std::ofstream(world.path + ".part", std::ios::app) << Bytes(250'000);
  }
  const Result<DownloadOutcome> outcome = world.GetOnce();
  REQUIRE_MESSAGE(outcome.ok(), outcome.status().message());
  CHECK(outcome->continued_from == 0);
  world.CheckWhole();
}

TEST_CASE("without a version nothing is continued") {
  World world;
  SUBCASE("no ETag") { world.files.tag = ""; }
  SUBCASE("one that names several versions") { world.files.tag = "W/\"v1\""; }
  world.files.cut_after = 100'000;
  CHECK_FALSE(world.GetOnce().ok());
  world.files.cut_after = SIZE_MAX;
  REQUIRE(world.Get().ok());
  CHECK(world.files.ranged() == 0);
  world.CheckWhole();
}

TEST_CASE("a part that is the whole file is taken as it is") {
  World world;
  DownloadRequest request = world.Request();
  request.check = [](const std::string&) { return Unavailable("the light went out"); };
  CHECK_FALSE(Download(HttpClient(), request).ok());
  world.CheckLeft({});
  std::ofstream(world.path + ".part") << world.files.bytes;
  std::ofstream(world.path + ".part.from")
      << "lmp download 1\n" + DigestOf(request.url) + "\n\"v1\"\n300000\n";
  REQUIRE(world.Get().ok());
  CHECK(world.files.requests.back().find("Range: bytes=300000-") != std::string::npos);
  world.CheckWhole();
}

TEST_CASE("passing errors are tried again, others not") {
  World world;
  world.files.errors = 4;
  REQUIRE(world.Get().ok());
  CHECK(world.files.requests.size() == 5);
  CHECK(world.notes.size() == 4);
  world.CheckWhole();
  world.files.errors = 100;
  fs::remove(world.path);
  CheckFails(world.Get(), StatusCode::kUnavailable, "503 Service Unavailable: busy");
  CHECK(world.files.requests.size() == 10);
  world.CheckLeft({});

  ScriptedServer none([](Connection& c) {
    c.ReadRequest();
    c.Send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  });
  DownloadRequest request = world.Request();
  request.url = none.Url("/m.gguf");
  CheckFails(Download(HttpClient(), request), StatusCode::kNotFound, "404");
  CHECK(none.connections() == 1);
  world.CheckLeft({});
}

TEST_CASE("wrong bytes get no name and are not gone on from") {
  World world;
  DownloadRequest request = world.Request();
  SUBCASE("the digest that was given") { request.sha256 = DigestOf("other"); }
  SUBCASE("the digest that the server says") {
    world.files.more_headers = "X-Linked-ETag: \"" + DigestOf("other") + "\"\r\n";
  }
  SUBCASE("the first bytes") {
    request.magic = "GGUF";
    world.files.bytes = "<!doctype html>" + world.files.bytes;
  }
  SUBCASE("too short") {
    request.magic = "GGUF";
    world.files.bytes = "GG";
  }
  SUBCASE("what the caller finds") {
    request.check = [](const std::string& part) {
      CHECK(TextOf(part).size() == 300'000);
      return Corruption("no model");
    };
  }
  CheckFails(Download(HttpClient(), request), StatusCode::kCorruption, "");
  world.CheckLeft({});
}

TEST_CASE("the digest of the hub stands where it redirects") {
  World world;
  ScriptedServer hub([&](Connection& c) {
    c.ReadRequest();
    c.Send("HTTP/1.1 302 Found\r\nX-Linked-ETag: \"" + DigestOf(world.files.bytes) +
           "\"\r\nLocation: " + world.files.server.Url("/m.gguf") +
           "\r\nContent-Length: 0\r\n\r\n");
  });
  DownloadRequest request = world.Request();
  request.url = hub.Url("/resolve");
  Result<DownloadOutcome> outcome = Download(HttpClient(), request);
  REQUIRE(outcome.ok());
  CHECK(outcome->sha256_checked);
  request.sha256 = "ABC";
  CheckFails(Download(HttpClient(), request), StatusCode::kInvalidArgument, "64 hexadecimal");
}

TEST_CASE("a full disk is said, before and during") {
  World world;
  SUBCASE("before") {
    ScriptedServer huge([](Connection& c) {
      c.ReadRequest();
      c.Send("HTTP/1.1 200 OK\r\nContent-Length: 1125899906842624\r\n\r\nGGUF");
      c.AwaitClose();
    });
    DownloadRequest request = world.Request();
    request.url = huge.Url("/");
    CheckFails(Download(HttpClient(), request), StatusCode::kResourceExhausted,
               "1125899906.8 MB are to come");
    world.CheckLeft({});
  }
  SUBCASE("during") {
    rlimit before = {};
    getrlimit(RLIMIT_FSIZE, &before);
    const auto signal_before = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small = {.rlim_cur = 150'000, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const Result<DownloadOutcome> outcome = world.GetOnce();
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, signal_before);
    CheckFails(outcome, StatusCode::kResourceExhausted, "are there and kept");
    const Result<DownloadOutcome> again = world.GetOnce();
    REQUIRE(again.ok());
    CHECK(again->continued_from == 150'000);
    world.CheckWhole();
  }
}

TEST_CASE("one at a time, and where a file can be") {
  World world;
  {
    const auto other = PartFile::Open(world.path, "x");
    REQUIRE(other.ok());
    CheckFails(world.Get(), StatusCode::kUnavailable, "another process is writing it");
  }
  DownloadRequest request = world.Request();
  request.path = (world.folder / "none" / "m.gguf").string();
  CheckFails(Download(HttpClient(), request), StatusCode::kNotFound, "no folder");
}

TEST_CASE("a cancelled download keeps what came") {
  World world;
  Cancellation cancellation;
  DownloadRequest request = world.Request();
  request.cancellation = &cancellation;
  request.on_progress = [&](const DownloadProgress& p) {
    if (p.done > 100'000) cancellation.Cancel();
  };
  CheckFails(Download(HttpClient(), request), StatusCode::kCancelled, "");
  world.CheckLeft({"m.gguf.part", "m.gguf.part.from"});
  const Result<DownloadOutcome> outcome = world.Get();
  REQUIRE(outcome.ok());
  CHECK(outcome->continued_from > 100'000);
  world.CheckWhole();
}

}  // namespace
}  // namespace lmp::net
