// Any bytes as what a server streams: the same events however they are cut, and each of them an
// answer within its bounds or an error with a reason.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/text.h"
#include "runtime/remote/answers.h"
#include "runtime/remote/event_stream.h"

namespace {

namespace remote = lmp::remote;

void Require(bool holds) {
  if (!holds) std::abort();
}

std::vector<std::string> Events(std::string_view bytes, size_t piece) {
  remote::EventStream stream;
  std::vector<std::string> out;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    const lmp::Status status = stream.Push(bytes.substr(at, piece), [&](std::string_view data) {
      out.emplace_back(data);
      return lmp::OkStatus();
    });
    Require(status.ok());
  }
  return out;
}

template <typename T>
void RequireReason(const lmp::Result<T>& result) {
  if (!result.ok()) Require(!result.status().message().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> events = Events(bytes, size + 1);
  Require(events == Events(bytes, 1));
  Require(events == Events(bytes, 7));
  for (const std::string& event : events) {
    const auto delta = remote::ReadDelta(event);
    RequireReason(delta);
    if (!delta.ok()) continue;
    for (const lmp::TokenId id : delta->ids) Require(id >= 0);
    if (delta->usage) Require(delta->usage->prompt_tokens >= 0);
  }
  RequireReason(remote::ReadModels(bytes));
  RequireReason(remote::ReadOrder(bytes));
  RequireReason(remote::ReadTokens(bytes));
  const auto scores = remote::ReadScores(bytes, 1, 3);
  RequireReason(scores);
  if (scores.ok()) Require(scores->logprobs.size() == 2);
  Require(lmp::IsValidUtf8(remote::ReadRefusal(bytes)));
  return 0;
}
