// ToolCache: answers of tools that are marked `@cache`, for as long as they may be used. Equal
// questions that are asked at the same time are asked once. Errors are not kept.
//
// One per engine, in memory; the answer that was not used for longest goes first. Any thread; calls
// back without holding anything.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/base/clock_rng.h"
#include "runtime/exec/toolbox.h"

namespace lmp::api {

class ToolCache {
 public:
  using Answer = exec::Toolbox::Answer;
  using Done = std::function<void(Answer)>;
  struct Question {
    std::string key;  // equal keys have equal answers
    int64_t kept_ms = 0;
    exec::ToolRequest request;
    std::function<void(exec::ToolRequest, Done)> ask;
    std::function<bool(const std::string&)> is_good;  // else the answer is not kept
    std::function<void()> on_hit;                     // where it is not asked for
    Done done;
  };

  // `clock` must outlive this.
  explicit ToolCache(const Clock* clock, size_t bytes_max = 64u << 20)
      : clock_(clock), bytes_max_(bytes_max) {}

  // This must outlive the call of `done`.
  void Ask(Question question);

  // A number for these values of variables; others get another one. Keys have it instead of them.
  uint64_t NumberOf(const std::map<std::string, std::string>& variables);

 private:
  struct Kept {
    std::string key, answer;
    int64_t until_ns = 0;
    size_t bytes() const { return key.size() * 2 + answer.size() + 256; }
  };

  void Lead(Question question);
  void Finish(const Question& leader, Answer answer);
  void Keep(const Question& question, const std::string& answer);
  void Drop(std::list<Kept>::iterator kept);

  const Clock* const clock_;
  const size_t bytes_max_;
  std::mutex mutex_;
  std::list<Kept> kept_;  // used last first
  std::unordered_map<std::string, std::list<Kept>::iterator> by_key_;
  size_t bytes_ = 0;
  std::unordered_map<std::string, std::vector<Question>> asked_;  // who waits for the one that asks
  std::vector<std::map<std::string, std::string>> variables_;
  uint64_t variables_before_ = 0;  // numbers that are used no more
};

}  // namespace lmp::api
