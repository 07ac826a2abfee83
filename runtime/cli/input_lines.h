// InputLines: standard input line by line, for programs that listen. Nothing is read before
// somebody listens.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "runtime/api/lmp.h"

namespace lmp::cli {

class InputLines {
 public:
  InputLines() = default;
  // Stops reading; who still listens hears nothing more.
  ~InputLines();
  InputLines(const InputLines&) = delete;
  InputLines& operator=(const InputLines&) = delete;

  // Answers with the next line once it is there, or ends at the end of the input. Any thread; one
  // at a time: a later one takes the place of one that was cancelled.
  void Listen(const Listening& listening);

 private:
  void Work();
  // False when the input has ended, nobody listens any more or this is closed.
  bool ReadLine(const Listening& listening, std::string* line);
  bool closed();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Listening> asked_;
  bool closed_ = false;
  // The thread's own.
  std::string buffer_;  // read, not yet handed out
  bool ended_ = false;
  std::thread thread_;  // starts when somebody listens
};

}  // namespace lmp::cli
