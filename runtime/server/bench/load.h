// What clients see of a server that is asked for many completions: the load of `lmp bench serve`,
// for this server and for others that take OpenAI's /v1/completions with token ids.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lmp::server {

struct LoadTarget {
  std::string address = "127.0.0.1";  // IPv4 or IPv6
  uint16_t port = 0;
  // Ask it to go on behind the model's end: of models that end soon. Not every server can.
  bool ignore_eos = false;
  std::string model = {};  // what requests call the model; may be empty
};

struct LoadAsk {
  double at_seconds = 0;  // when it is sent, since the load began
  std::vector<int32_t> prompt;
  int tokens_max = 16;
};

// Times in seconds since the load began; counts as the server's `usage` has them.
struct LoadReply {
  double sent = 0, first_text = -1, end = 0;
  int64_t prompt_tokens = 0, cached_tokens = 0, generated_tokens = 0;
  std::string error = {};  // empty if the stream came whole
};

// One connection for each ask, all on the calling thread; ends when all are answered. Greedy, each
// streamed. Replies in the order of the asks.
std::vector<LoadReply> RunLoad(const LoadTarget& target, const std::vector<LoadAsk>& asks);

// One connection, one ask after the other, not streamed; seconds of each. Stops at an error, which
// the last reply has.
std::vector<LoadReply> RunInTurn(const LoadTarget& target, const std::vector<LoadAsk>& asks);

}  // namespace lmp::server
