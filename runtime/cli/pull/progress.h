// How a download goes: one line that is written over on a terminal, a line every few seconds
// elsewhere. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace lmp::cli {

class PullProgress {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  explicit PullProgress(std::string name);
  ~PullProgress() { Clear(); }
  PullProgress(const PullProgress&) = delete;
  PullProgress& operator=(const PullProgress&) = delete;

  void Show(uint64_t done, std::optional<uint64_t> total);
  // A line of its own.
  void Say(const std::string& text);
  // Before something else is written on standard error.
  void Clear();

  // "m.gguf  42%  130.2 of 310.0 MB  11.2 MB/s  16 s left"
  std::string Line(uint64_t done, std::optional<uint64_t> total, Moment now);

 private:
  const std::string name_;
  const bool terminal_;
  bool drawn_ = false;
  std::optional<Moment> shown_;
  struct Sample {
    Moment at;
    uint64_t done;
  };
  std::deque<Sample> samples_;  // of the last seconds, for the rate
};

}  // namespace lmp::cli
