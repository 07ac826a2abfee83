// A file from a URL: in pieces that survive interruptions (runtime/net/part_file.h), checked
// against a digest, and under its name only once all of it is there and right.
//
// What an earlier try left is continued with Range and If-Range, so that a file which has changed
// on the server, or a server that knows no ranges, begins anew instead of giving a mixture.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/net/http_client.h"

namespace lmp::net {

struct DownloadProgress {
  uint64_t done = 0;  // with what was there before
  std::optional<uint64_t> total;
};

struct DownloadRequest {
  std::string url;
  std::string path;
  std::vector<HttpHeader> headers = {};
  std::string sha256 = {};  // hexadecimal; "" takes what the server says, if it says one
  std::string magic = {};   // how the file begins: what does not is refused at its first bytes
  HttpTimeouts timeouts = {};
  int tries = 5;  // in a row that bring nothing; one that brings bytes begins the count anew
  std::chrono::milliseconds pause{1000};  // before the second try; doubles
  const Cancellation* cancellation = nullptr;
  std::function<Status(const Url& to)> allow = {};                // as of HttpRequest
  std::function<void(const DownloadProgress&)> on_progress = {};  // nullable; often
  // Why a try ended or began anew, in words. Nullable.
  std::function<void(const std::string&)> on_note = {};
  // The whole file, before it gets its name; an error removes it. Nullable.
  std::function<Status(const std::string& part_path)> check = {};
};

struct DownloadOutcome {
  uint64_t bytes = 0;
  uint64_t continued_from = 0;  // bytes that an earlier call had brought
  std::string sha256;           // of the file
  bool sha256_checked = false;  // against one that was given or that the server said
};

// Blocks. Errors: those of HttpClient::Send, ExpectSuccess and PartFile; Corruption (the digest,
// the first bytes); those of `check`. What came is kept after Cancelled, Unavailable,
// DeadlineExceeded and ResourceExhausted.
Result<DownloadOutcome> Download(const HttpClient& client, const DownloadRequest& request);

}  // namespace lmp::net
