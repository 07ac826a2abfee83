// LineListener: what is typed while a program of the session listens. The thread that entered the
// program waits for its end meanwhile, so the reader is this one's.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "runtime/api/lmp.h"
#include "runtime/repl/line_reader.h"

namespace lmp::repl {

class LineListener {
 public:
  // `read` is called when a line was read, or will not come, before that is answered.
  LineListener(LineReader* reader, std::function<void()> read)
      : reader_(reader), read_(std::move(read)) {}
  ~LineListener() { Stop(); }
  LineListener(const LineListener&) = delete;
  LineListener& operator=(const LineListener&) = delete;

  // Answers with the next line once it is there, or ends at the end of the input. Any thread; one
  // at a time: a later one takes the place of one that was cancelled.
  void Listen(const Listening& listening);
  // Stops reading; who still listens hears nothing more. Gives how many lines were heard.
  int Stop();

 private:
  void Work();

  LineReader* const reader_;
  const std::function<void()> read_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Listening> asked_;
  bool closed_ = false;
  int lines_ = 0;
  std::thread thread_;  // starts when somebody listens
};

}  // namespace lmp::repl
