// TurnQueue: what waits for one thread, taken in turn: the oldest of each tenant that has some,
// round and round. Whoever comes waits for one of each other tenant, not for all that one has asked
// for.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <utility>

namespace lmp::server {

template <typename Task>
class TurnQueue {
 public:
  void Push(size_t tenant, Task task) { waiting_[tenant].push_back(std::move(task)); }
  // There is one.
  Task Pop() {
    auto next = waiting_.upper_bound(last_);
    if (next == waiting_.end()) next = waiting_.begin();
    last_ = next->first;
    Task task = std::move(next->second.front());
    next->second.pop_front();
    if (next->second.empty()) waiting_.erase(next);
    return task;
  }

 private:
  std::map<size_t, std::deque<Task>> waiting_;  // by tenant; none is empty
  size_t last_ = 0;                             // whose turn was last
};

}  // namespace lmp::server
