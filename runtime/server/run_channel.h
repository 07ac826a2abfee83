// RunChannel: what a run or a completion says, from the engine's thread to the thread of the
// sockets. Closing it ends what runs.
//
// Everything but Start of a completion, and the callbacks inside, is for the thread of the sockets.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "runtime/server/openai_request.h"
#include "runtime/server/service.h"

namespace lmp::server {

class RunChannel {
 public:
  // Starts the run. Errors: those of Engine::Start.
  static Result<std::unique_ptr<RunChannel>> Start(boost::asio::io_context* io, Engine* engine,
                                                   const ProgramCall& call);
  // Starts its completions; tokenises their prompts first. Any thread. Errors: those of
  // Engine::Complete.
  static Result<std::unique_ptr<RunChannel>> Start(boost::asio::io_context* io, Engine* engine,
                                                   CompletionCall call);
  // Ends the run if it goes on.
  virtual ~RunChannel();

  // Waits until there is something new, or for that long.
  boost::asio::awaitable<void> Wait(std::chrono::milliseconds most);
  // What has come since the last time: events of a stream, or the text of a run that has none.
  std::string Take();
  bool HasNews() const;
  bool HasText() const;  // to be taken
  bool done() const;
  // The client has gone, or takes too little: nothing more is wanted.
  bool unwanted() const;
  void SetUnwanted();

  virtual bool streams() const = 0;
  // A stream that says how it went by its status, if it fails before anything was said.
  virtual bool waits_for_first() const = 0;
  // When done. Of a stream too: if it failed.
  virtual bool failed() = 0;
  virtual Reply Finished(std::string_view emitted) = 0;
  virtual std::string LastEvents() = 0;
  // When done, of a completion that has written something: from its start to the first token, and
  // between two tokens of a choice (0: there were no two).
  struct Times {
    double first_s = 0, per_token_s = 0;
  };
  virtual std::optional<Times> times() { return std::nullopt; }

 protected:
  struct Inbox;
  explicit RunChannel(std::shared_ptr<Inbox> inbox) : inbox_(std::move(inbox)) {}

 private:
  const std::shared_ptr<Inbox> inbox_;
};

}  // namespace lmp::server
