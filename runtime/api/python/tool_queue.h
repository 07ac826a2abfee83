// ToolQueue: calls of tools, and of who is listened to, on their way from LMP's threads to
// Python's, and the answers back. A tool's thread waits here without the interpreter's lock; a
// thread of Python takes the calls.
//
// Any thread.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "runtime/api/lmp.h"

namespace lmp_python {

class ToolQueue {
 public:
  using Call = std::tuple<uint64_t, std::string, std::string>;  // id, name, arguments as JSON

  ToolQueue() : fd_(eventfd(0, EFD_CLOEXEC)) {}
  ~ToolQueue() {
    if (fd_ >= 0) close(fd_);
  }
  ToolQueue(const ToolQueue&) = delete;
  ToolQueue& operator=(const ToolQueue&) = delete;

  // LMP's side: waits for the answer, until nobody wants it any more.
  lmp::Result<std::string> Ask(const lmp::ToolCall& call) {
    std::unique_lock lock(mutex_);
    if (closed_) return lmp::Unavailable("the engine was closed");
    const uint64_t id = next_++;
    waiting_.emplace(id, std::nullopt);
    calls_.emplace_back(id, call.name, call.arguments_json);
    Wake();
    while (!closed_ && !waiting_.at(id) && !call.cancelled())
      answered_.wait_for(lock, std::chrono::milliseconds(20));
    const auto found = waiting_.extract(id);
    if (found.mapped()) return *std::move(found.mapped());
    return lmp::Cancelled(closed_ ? "the engine was closed" : "nobody waits for it");
  }

  // LMP's side: `name` is asked what is said. Does not wait.
  void Listen(const std::string& name, const lmp::Listening& listening) {
    const std::lock_guard lock(mutex_);
    if (closed_) return listening.End("the engine was closed");
    listening_.emplace(next_, listening);
    calls_.emplace_back(next_++, name, "{}");
    Wake();
  }

  // Python's side. The file has something to read for each call, and once closed.
  int FileDescriptor() const { return fd_; }
  // (the next call, closed). Does not wait.
  std::pair<std::optional<Call>, bool> Take() {
    const std::lock_guard lock(mutex_);
    if (closed_ || calls_.empty()) return {std::nullopt, closed_};
    Call call = std::move(calls_.front());
    calls_.pop_front();
    return {std::move(call), false};
  }
  void Answer(uint64_t id, bool ok, std::string text) {
    const std::lock_guard lock(mutex_);
    if (const auto heard = listening_.extract(id)) {
      return ok ? heard.mapped().Answer(std::move(text)) : heard.mapped().End(std::move(text));
    }
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) return;
    if (ok) {
      found->second = lmp::Result<std::string>(std::move(text));
    } else {
      found->second = lmp::Result<std::string>(lmp::Unavailable(std::move(text)));
    }
    answered_.notify_all();
  }

  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (const auto& [id, listening] : std::exchange(listening_, {}))
      listening.End("the engine was closed");
    answered_.notify_all();
    Wake();
  }

 private:
  void Wake() {
    const uint64_t one = 1;
    if (fd_ >= 0) [[maybe_unused]]
      const ssize_t bytes = write(fd_, &one, sizeof one);
  }

  const int fd_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::deque<Call> calls_;
  std::map<uint64_t, std::optional<lmp::Result<std::string>>> waiting_;
  std::map<uint64_t, lmp::Listening> listening_;
  uint64_t next_ = 1;
  bool closed_ = false;
};

}  // namespace lmp_python
