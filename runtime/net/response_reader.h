// One response of HTTP/1.1, read from a stream: status and headers, then the body in pieces,
// whether it has a length, comes in chunks or ends with the connection.
//
// Errors: those of the stream; Corruption (no HTTP), Unavailable (cut off), ResourceExhausted (a
// limit), Unsupported (an encoding). One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/net/http_client.h"
#include "runtime/net/socket.h"

namespace lmp::net {

class ResponseReader {
 public:
  struct Limits {
    size_t head_bytes_max = 64u << 10;
    uint64_t body_bytes_max = 64ull << 20;
  };
  // `stream` must outlive this; `place` names it in messages.
  ResponseReader(Stream* stream, std::string place, const Limits& limits);
  ~ResponseReader();
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  // Passes over what comes before the final response (100 to 199). `no_body`: of HEAD and CONNECT.
  Result<HttpHead> ReadHead(bool no_body);
  // All of the body. An error of `sink` ends it.
  Status ReadBody(const std::function<Status(std::string_view)>& sink);

 private:
  class Parser;
  Status Advance();
  Status ReadMore();
  Status Explain(const std::string& why) const;

  Stream* const stream_;
  const std::string place_;
  const Limits limits_;
  std::unique_ptr<Parser> parser_;
  std::string bytes_;  // read, not yet parsed from `at_` on
  size_t at_ = 0;
};

}  // namespace lmp::net
