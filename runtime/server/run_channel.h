// RunChannel: what a run or a completion says, from the engine's thread to the thread of the
// sockets. Closing it ends what runs.
//
//   desk's thread     reads a completion, starts it
//   engine's thread   callbacks -> RunPost   (many letters, one wake)
//   sockets' thread            RunPost -> inbox -> Take
//
// Everything is for the thread of the sockets, but RunPost::Put and what stands below as others'.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/server/openai_request.h"
#include "runtime/server/playground.h"
#include "runtime/server/service.h"

namespace lmp::server {

// What has come of one run and is not taken yet.
struct RunInbox {
  explicit RunInbox(bool has_limit) : limited(has_limit) {}

  bool HasNews() const { return unwanted || (!held && (done || !untaken.empty())); }

  const bool limited;  // who leaves too much untaken is too slow, and the run ends
  std::string untaken;
  bool done = false, unwanted = false;
  bool held = false;                             // what has come may still be taken back
  boost::asio::steady_timer* waiting = nullptr;  // cancelled when there is news
};

// Letters of all runs of a server. They arrive in the order in which they were put.
class RunPost {
 public:
  explicit RunPost(boost::asio::io_context* io) : io_(io) {}

  struct Letter {
    std::shared_ptr<RunInbox> to;
    std::string text = {};
    bool done = false;
    std::optional<bool> held = {};
  };
  void Put(Letter letter);  // any thread

  boost::asio::io_context* io() const { return io_; }

 private:
  void Deliver();

  boost::asio::io_context* const io_;
  std::mutex mutex_;
  std::vector<Letter> letters_;  // if there are any, Deliver is on its way
};

// Where what takes long is read, apart from the sockets: compiling a schema may take seconds, and
// prompts are tokenised.
struct Desk {
  OpenAiReader reader;    // of its thread
  Playground playground;  // of its thread
  boost::asio::thread_pool thread{1};
};

class RunChannel {
 public:
  // Starts the run. Any thread. Errors: those of `ask.start`. The post and the engine outlive the
  // channel.
  static Result<std::shared_ptr<RunChannel>> Start(RunPost* post, Engine* engine, RunAsk ask);
  // Has the body of a request read at the desk, and starts its completions there. Why that was
  // refused is what Finished says. The desk's thread ends before the post.
  static std::shared_ptr<RunChannel> Ask(RunPost* post, Engine* engine, Desk* desk, DeskAsk ask,
                                         std::string body);
  // Ends the run if it goes on.
  virtual ~RunChannel();

  // Waits until there is something new, or for that long.
  boost::asio::awaitable<void> Wait(std::chrono::milliseconds most);
  // What has come since the last time: events of a stream, or the text of a run that has none.
  std::string Take();
  bool HasNews() const { return inbox_->HasNews(); }
  bool HasText() const { return !inbox_->untaken.empty(); }  // to be taken
  bool done() const { return inbox_->done; }
  // The client has gone, or takes too little: nothing more is wanted.
  bool unwanted() const { return inbox_->unwanted; }
  void SetUnwanted();
  // Ends a run that goes on for that long from now, by the failure `timeout`. Completions have
  // none: the model's context bounds them.
  virtual void SetLimit(std::chrono::milliseconds /*most*/) {}

  // It is known what is to be done. Always when there is news that is wanted.
  virtual bool started() const = 0;
  // When started.
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
  RunChannel(RunPost* post, std::shared_ptr<RunInbox> inbox);

 private:
  const std::shared_ptr<RunInbox> inbox_;
  boost::asio::steady_timer changed_;
};

}  // namespace lmp::server
