// Work: what runs for a request once it has started: a run of a program, or completions.
//
// Made on any thread, then for the thread of the sockets.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/server/openai_request.h"
#include "runtime/server/run_post.h"
#include "runtime/server/service.h"

namespace lmp::server {

class Work {
 public:
  // Ends it if it goes on; then nothing more is put.
  virtual ~Work() = default;
  virtual bool streams() const = 0;
  // A stream that says how it went by its status, if it fails before anything was said.
  virtual bool waits_for_first() const = 0;
  // Whether it is given a limit of time. Completions are not: the model's context bounds them.
  virtual bool has_limit() const = 0;
  // It ends soon, and is put as done.
  virtual void Cancel() = 0;
  // The same, by that failure: what is told of it where it would be told `cancelled`. The first
  // counts.
  struct Cut {
    std::string kind, message;
  };
  virtual void CutOff(Cut why) = 0;

  // When done. Of a stream too: if it failed.
  virtual bool failed() = 0;
  virtual Reply Finished(std::string_view emitted) = 0;
  virtual std::string LastEvents() = 0;
  // Of prompts, and written.
  virtual uint64_t tokens() = 0;
  // Of a completion that has written something: from its start to the first token, and between two
  // tokens of a choice (0: there were no two).
  struct Times {
    double first_s = 0, per_token_s = 0;
  };
  virtual std::optional<Times> times() { return std::nullopt; }
};

// Starts what is asked; what it says is put for `inbox`. The post and the engine outlive the work.
// Any thread. Errors: those of `ask.start`.
Result<std::unique_ptr<Work>> StartRun(RunPost* post, Engine* engine,
                                       const std::shared_ptr<RunInbox>& inbox, RunAsk ask);
// All of the call's completions, or none and why not.
std::variant<Reply, std::unique_ptr<Work>> StartCompletions(RunPost* post, Engine* engine,
                                                            const std::shared_ptr<RunInbox>& inbox,
                                                            CompletionCall call);

}  // namespace lmp::server
