// Listener: who says to a run what it listens for. The host's part of a run, as a Toolbox is for
// tools.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "runtime/base/status.h"

namespace lmp::exec {

class Listener {
 public:
  // What was said, without the line break; an error becomes the failure `listen` with its message.
  using Answer = Result<std::string>;
  virtual ~Listener() = default;
  // Called on the engine's thread, when all that the program has emitted was given to the sink:
  // must return at once. Calls `done` once, on any thread, be it late. `cancelled` becomes true
  // once nobody waits for the answer. A run listens once at a time.
  virtual void Start(std::shared_ptr<const std::atomic<bool>> cancelled,
                     std::function<void(Answer)> done) = 0;
};

}  // namespace lmp::exec
