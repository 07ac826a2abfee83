#include "runtime/cli/input_lines.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace lmp::cli {

namespace {

// A run takes no longer line: more of it need not be in memory.
constexpr size_t kLineBytesMax = 1u << 20;

// How often a wait looks whether anybody still waits.
constexpr int kWaitMs = 50;

}  // namespace

InputLines::~InputLines() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool InputLines::closed() {
  std::lock_guard lock(mutex_);
  return closed_;
}

void InputLines::Listen(const Listening& listening) {
  std::lock_guard lock(mutex_);
  asked_ = listening;
  if (!thread_.joinable()) thread_ = std::thread([this] { Work(); });
  changed_.notify_all();
}

void InputLines::Work() {
  for (;;) {
    std::optional<Listening> listening;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return closed_ || asked_.has_value(); });
      if (closed_) return;
      listening = std::exchange(asked_, std::nullopt);
    }
    std::string line;
    if (ReadLine(*listening, &line)) {
      listening->Answer(std::move(line));
    } else if (ended_) {
      listening->End("standard input has ended");
    }
  }
}

bool InputLines::ReadLine(const Listening& listening, std::string* line) {
  for (;;) {
    const size_t end = buffer_.find('\n');
    const bool whole = end != std::string::npos;
    if (whole || buffer_.size() > kLineBytesMax || (ended_ && !buffer_.empty())) {
      *line = buffer_.substr(0, end);
      buffer_.erase(0, whole ? end + 1 : end);
      if (!line->empty() && line->back() == '\r') line->pop_back();
      return true;
    }
    if (ended_ || listening.cancelled() || closed()) return false;
    pollfd input = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    if (poll(&input, 1, kWaitMs) <= 0) continue;  // a signal is no end
    char bytes[4096];
    const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) {
      ended_ = true;
    } else {
      buffer_.append(bytes, static_cast<size_t>(count));
    }
  }
}

}  // namespace lmp::cli
