// RunChannel: what a run says, from the engine's thread to the thread of the sockets. Closing it
// ends the run.
//
// Everything but the callbacks inside is for the thread of the sockets.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "runtime/server/service.h"

namespace lmp::server {

class RunChannel {
 public:
  // Starts the run. Errors: those of Engine::Start.
  static Result<std::unique_ptr<RunChannel>> Start(boost::asio::io_context* io, Engine* engine,
                                                   const ProgramCall& call);
  // Ends the run if it goes on.
  ~RunChannel();

  // Waits until there is something new, or for that long.
  boost::asio::awaitable<void> Wait(std::chrono::milliseconds most);
  // What has come since the last time: events of a stream, or the text of a run that has none.
  std::string Take();
  bool HasNews() const;
  bool done() const;
  // The client has gone, or takes too little: nothing more is wanted.
  bool unwanted() const;
  void SetUnwanted();
  const RunReport& Report() { return run_->Wait(); }

 private:
  struct Inbox;
  explicit RunChannel(std::shared_ptr<Inbox> inbox) : inbox_(std::move(inbox)) {}

  std::shared_ptr<Inbox> inbox_;
  std::unique_ptr<Run> run_;
};

}  // namespace lmp::server
