#include "runtime/api/host_tools.h"

#include <exception>
#include <utility>

namespace lmp::api {

namespace {

// A host's function may throw whatever it likes.
Result<std::string> Call(const ToolFunction& function, const exec::ToolRequest& request) {
  ToolCall call;
  call.name = request.tool->host;
  call.arguments_json = request.arguments;
  call.cancelled = [flag = request.cancelled] { return flag->load(); };
  try {
    return function(call);
  } catch (const std::exception& e) {
    return Internal(std::string("it threw: ") + e.what());
  } catch (...) {
    return Internal("it threw something that is no std::exception");
  }
}

}  // namespace

HostTools::~HostTools() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    jobs_.clear();  // nobody waits: the loop has ended
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void HostTools::Set(std::string name, ToolFunction function) {
  std::lock_guard lock(mutex_);
  if (function == nullptr) {
    functions_.erase(name);
  } else {
    functions_.insert_or_assign(std::move(name),
                                std::make_shared<const ToolFunction>(std::move(function)));
  }
}

void HostTools::Start(exec::ToolRequest request, std::function<void(Answer)> done) {
  Status refused;
  {
    std::lock_guard lock(mutex_);
    const auto found = functions_.find(request.tool->host);
    if (closed_) {
      refused = Unavailable("the engine was closed");
    } else if (found == functions_.end()) {
      refused = NotFound("this host has no tool \"" + request.tool->host + "\"");
    } else {
      jobs_.push_back({found->second, std::move(request), std::move(done)});
      if (idle_ < jobs_.size() && threads_.size() < kThreadsMax)
        threads_.emplace_back([this] { Work(); });
      changed_.notify_one();
      return;
    }
  }
  done(std::move(refused));
}

void HostTools::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
    --idle_;
    if (closed_) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    Answer answer = Cancelled("nobody waits for it");
    if (!job.request.cancelled->load()) answer = Call(*job.function, job.request);
    job.done(std::move(answer));
    job = {};  // what the host gave us goes without our lock
    lock.lock();
  }
}

}  // namespace lmp::api
