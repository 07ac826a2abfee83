// RunChannel: a request that is being answered, from the thread of the sockets: what it has said so
// far, and what comes of it. Destroying it ends what runs.
//
// The thread of the sockets.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "runtime/server/desk.h"
#include "runtime/server/run_post.h"
#include "runtime/server/work.h"

namespace lmp::server {

class RunChannel : public std::enable_shared_from_this<RunChannel> {
 public:
  // Starts the run. Errors: those of `ask.start`. The post and the engine outlive the channel.
  static Result<std::shared_ptr<RunChannel>> Start(RunPost* post, Engine* engine, RunAsk ask);
  // Has the body of a request read at the desk, and what it asks for started there. The desk's
  // thread ends before the post.
  static std::shared_ptr<RunChannel> Ask(RunPost* post, Desk* desk, DeskAsk ask, std::string body);
  ~RunChannel();

  // Waits until there is something new, or for that long.
  boost::asio::awaitable<void> Wait(std::chrono::milliseconds most);
  bool HasNews() const { return inbox_->HasNews(); }
  // It is known what is to be done: there is a reply, or work.
  bool settled() const { return inbox_->settled; }
  // The client has gone, or takes too little: nothing more is wanted.
  bool unwanted() const { return inbox_->unwanted; }
  void SetUnwanted();

  // When settled; null: there is work.
  const Reply* reply() const { return slot_->work == nullptr ? &slot_->reply : nullptr; }
  // When settled and without reply:
  Work& work() { return *slot_->work; }
  // What has come since the last time: events of a stream, or the text of a run that has none.
  std::string Take();
  bool HasText() const { return !inbox_->untaken.empty(); }  // to be taken
  bool done() const { return inbox_->settled && inbox_->done; }
  // Lets work that has a limit expire when it goes on for that long from now.
  void SetLimit(std::chrono::milliseconds most);
  // Has what goes on end soon, by that failure. What is not settled by now need not be waited for.
  void CutOff(const Work::Cut& why);
  bool cut_off() const { return cut_off_; }
  // Ends what goes on, and waits for that. Nothing of it is taken any more.
  boost::asio::awaitable<void> End();

 private:
  // What the desk reads, and what it fills in before the channel is settled.
  struct Slot {
    std::atomic<bool> claimed{false};  // the body: by the desk, which reads it, or by who drops it
    std::string body;
    Reply reply;
    std::unique_ptr<Work> work;
  };
  RunChannel(RunPost* post, std::shared_ptr<RunInbox> inbox, std::shared_ptr<Slot> slot);
  // Nobody hears what comes of it. A body that waits to be read waits no longer.
  void GiveUp();

  const std::shared_ptr<RunInbox> inbox_;
  const std::shared_ptr<Slot> slot_;
  boost::asio::steady_timer changed_, limit_;
  bool cut_off_ = false;
};

}  // namespace lmp::server
