// HostTools: the functions that a host has registered, and the threads that call them. A function
// may block; one that never returns keeps its thread, up to kThreadsMax, and the end of the engine
// waiting.
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

class HostTools final : public exec::Toolbox {
 public:
  ~HostTools() override;
  void Set(std::string name, ToolFunction function);
  void Start(exec::ToolRequest request, std::function<void(Answer)> done) override;

 private:
  static constexpr size_t kThreadsMax = 32;  // calls beyond wait
  struct Job {
    std::shared_ptr<const ToolFunction> function;
    exec::ToolRequest request;
    std::function<void(Answer)> done;
  };
  void Work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<const ToolFunction>> functions_;
  std::deque<Job> jobs_;
  size_t idle_ = 0;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace lmp::api
