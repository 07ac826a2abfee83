// How a download or the loading of a model goes: one line that is written over on a terminal, a
// line every few seconds elsewhere. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace lmp::cli {

class ByteProgress {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // Nothing is shown of what takes less than `quiet`.
  explicit ByteProgress(std::string name, std::chrono::milliseconds quiet = {});
  ~ByteProgress() { Clear(); }
  ByteProgress(const ByteProgress&) = delete;
  ByteProgress& operator=(const ByteProgress&) = delete;

  void Show(uint64_t done, std::optional<uint64_t> total);
  // A line of its own.
  void Say(const std::string& text);
  // Before something else is written on standard error.
  void Clear();

  // "m.gguf  42%  130.2 of 310.0 MB  11.2 MB/s  16 s left"
  std::string Line(uint64_t done, std::optional<uint64_t> total, Moment now);

 private:
  const std::string name_;
  const std::chrono::milliseconds quiet_;
  const bool terminal_;
  bool drawn_ = false;
  std::optional<Moment> begun_, shown_;
  struct Sample {
    Moment at;
    uint64_t done;
  };
  std::deque<Sample> samples_;  // of the last seconds, for the rate
};

}  // namespace lmp::cli
