#include "runtime/repl/line_listener.h"

#include <string>
#include <utility>

namespace lmp::repl {

int LineListener::Stop() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  return lines_;
}

void LineListener::Listen(const Listening& listening) {
  const std::lock_guard lock(mutex_);
  asked_ = listening;
  if (!thread_.joinable()) thread_ = std::thread([this] { Work(); });
  changed_.notify_all();
}

void LineListener::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closed_ || asked_.has_value(); });
    if (closed_) return;
    const Listening listening = *std::exchange(asked_, std::nullopt);
    lock.unlock();
    std::string line;
    const auto unheard = [&] {
      const std::lock_guard again(mutex_);
      return closed_ || listening.cancelled();
    };
    const LineReader::Got got = reader_->Read(LineReader::Prompt::kListening, &line, unheard);
    read_();
    switch (got) {
      case LineReader::Got::kLine:
        ++lines_;
        while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
        listening.Answer(std::move(line));
        break;
      case LineReader::Got::kEnd:
        listening.End("the input has ended");
        break;
      case LineReader::Got::kInterrupted:  // by Ctrl-C, which cancels the run, or unheard
        break;
    }
    lock.lock();
  }
}

}  // namespace lmp::repl
