// RunPost: what runs say, from the engine's thread and the desk's to the thread of the sockets.
//
//   desk's thread     reads a request, starts what it asks for
//   engine's thread   callbacks -> RunPost   (many letters, one wake)
//   sockets' thread            RunPost -> RunInbox -> RunChannel
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace lmp::server {

// What has come of one run and is not taken yet. The thread of the sockets.
struct RunInbox {
  bool HasNews() const { return unwanted || (settled && (done || !untaken.empty())); }

  bool limited = false;  // who leaves too much untaken is too slow, and the run ends
  std::string untaken;
  bool settled = false;  // it is known whether it started; what comes before may be taken back
  bool done = false, unwanted = false;
  boost::asio::steady_timer* waiting = nullptr;  // cancelled when something has changed
};

// Letters of all runs of a server. They arrive in the order in which they were put.
class RunPost {
 public:
  explicit RunPost(boost::asio::io_context* io) : io_(io) {}

  struct Letter {
    std::shared_ptr<RunInbox> to;
    std::string text = {};
    bool done = false;
    bool settled = false;
    bool limited = false;  // with settled
    bool refused = false;  // with settled: nothing that has come counts, and nothing follows
  };
  void Put(Letter letter);  // any thread

  boost::asio::io_context* io() const { return io_; }

 private:
  void Deliver();

  boost::asio::io_context* const io_;
  std::mutex mutex_;
  std::vector<Letter> letters_;  // if there are any, Deliver is on its way
};

}  // namespace lmp::server
