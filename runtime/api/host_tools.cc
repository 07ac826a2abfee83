#include "runtime/api/host_tools.h"

#include <exception>
#include <utility>

namespace lmp::api {

namespace {

// What is called may throw whatever it likes.
Result<std::string> Call(const HostTools::Work& work, const exec::ToolRequest& request) {
  try {
    return work(request);
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

void HostTools::Start(exec::ToolRequest request, Done done) {
  std::shared_ptr<const ToolFunction> function;
  {
    std::lock_guard lock(mutex_);
    const auto found = functions_.find(request.tool->host);
    if (found != functions_.end()) function = found->second;
  }
  if (function == nullptr)
    return done(NotFound("this host has no tool \"" + request.tool->host + "\""));
  Start(
      [function](const exec::ToolRequest& asked) {
        ToolCall call;
        call.name = asked.tool->host;
        call.arguments_json = asked.arguments;
        call.cancelled = [unwanted = asked.unwanted] { return unwanted->load(); };
        return (*function)(call);
      },
      std::move(request), std::move(done));
}

void HostTools::Start(Work work, exec::ToolRequest request, Done done) {
  {
    std::lock_guard lock(mutex_);
    if (!closed_) {
      jobs_.push_back({std::move(work), std::move(request), std::move(done)});
      if (idle_ < jobs_.size() && threads_.size() < kThreadsMax)
        threads_.emplace_back([this] { RunJobs(); });
      changed_.notify_one();
      return;
    }
  }
  done(Unavailable("the engine was closed"));
}

void HostTools::RunJobs() {
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
    if (!job.request.unwanted->load()) answer = Call(job.work, job.request);
    job.done(std::move(answer));
    job = {};  // what the host gave us goes without our lock
    lock.lock();
  }
}

}  // namespace lmp::api
