// HostTools: the functions that a host has registered, and the threads on which they and everything
// else that tools wait for is done. A function may block; one that never returns keeps its thread,
// up to kThreadsMax, and the end of the engine waiting.
//
// Any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/api/lmp.h"
#include "runtime/exec/toolbox.h"

namespace lmp::api {

class HostTools {
 public:
  using Answer = exec::Toolbox::Answer;
  using Done = std::function<void(Answer)>;
  // May block and throw. A wrong answer is an error.
  using Work = std::function<Answer(const exec::ToolRequest&)>;

  ~HostTools();
  void Set(std::string name, ToolFunction function);
  // Calls the host's function of that name.
  void Start(exec::ToolRequest request, Done done);
  // Calls `work`, unless nobody wants the answer any more, then `done`.
  void Start(Work work, exec::ToolRequest request, Done done);

 private:
  static constexpr size_t kThreadsMax = 32;  // calls beyond wait
  struct Job {
    Work work;
    exec::ToolRequest request;
    Done done;
  };
  void RunJobs();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<const ToolFunction>> functions_;
  std::deque<Job> jobs_;
  size_t idle_ = 0;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace lmp::api
