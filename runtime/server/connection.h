// Connection: one coroutine per client. Reads requests within their limits of size and time, says
// what Service answers, and streams runs.
//
// The thread of the sockets.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/server/metrics.h"
#include "runtime/server/run_channel.h"
#include "runtime/server/service.h"
#include "runtime/server/tenants.h"

namespace lmp::server {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // What it refers to outlives it.
  Connection(RunPost* post, boost::asio::ip::tcp::socket socket, Engine* engine,
             const Service* service, Desk* desk, Tenants* tenants, Metrics* metrics,
             const ServerOptions* options);

  // Whoever spawns these holds the connection until they end.
  // Until the client has gone, a limit is exceeded or the server drains.
  boost::asio::awaitable<void> Serve();
  // Says that there are too many connections.
  boost::asio::awaitable<void> TurnAway();
  // Ends a wait for the next request; one that is served is finished.
  void Drain();
  // Ends the run that is served, and has the client told so.
  void CutOff(const Work::Cut& why);
  // Ends everything.
  void Close();
  // Whether a run is served.
  bool runs() const { return !run_.expired(); }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  using Time = std::chrono::steady_clock::time_point;
  // What the socket waits for from now on ends after that time.
  void Within(std::chrono::milliseconds most);
  void WithoutLimit() { due_ = Time::max(); }
  // The timer goes off when that is due, or earlier, and then looks again: to set it anew for every
  // wait would cost more.
  void SetTimer();

  // True if there is a request, or part of one. False: the client has gone, or is silent.
  boost::asio::awaitable<bool> HasRequest();
  enum class Got { kRequest, kRefused, kEnd };  // kRefused: a reply was sent, others may follow
  boost::asio::awaitable<Got> ReadRequest(Parser* parser, Request* request);
  boost::asio::awaitable<bool> Respond(const Reply& reply, bool keep_alive);
  // No request is taken behind the one that is answered.
  bool ends() const { return draining_ || service_->draining(); }
  // A request has come as far as its header; its answer is sent, or given up.
  void Begin(const Request& request);
  void Count(int status);
  // All of it, within write_max. False: the client has gone.
  boost::asio::awaitable<bool> Write(const std::string& bytes);
  using Place = std::unique_ptr<Tenants::Place>;  // null: nobody's
  // The answer to a request that is not refused, as its tenant has room for it.
  boost::asio::awaitable<bool> ServeRequest(Request request, bool keep_alive, bool chunked);
  boost::asio::awaitable<bool> Deliver(std::shared_ptr<RunChannel> run, Place place,
                                       bool keep_alive, bool chunked);
  // Of a run that has settled: its reply, its stream, or what came of it in the end.
  boost::asio::awaitable<bool> Tell(RunChannel* run, bool keep_alive, bool chunked);
  boost::asio::awaitable<bool> TellAtEnd(RunChannel* run, bool keep_alive);
  boost::asio::awaitable<bool> Stream(RunChannel* run, bool keep_alive, bool chunked);
  // Lets the client read the last reply before the connection is closed over what it still sends.
  boost::asio::awaitable<void> Linger();
  // Ends the run when the client goes. Reads nothing.
  boost::asio::awaitable<void> Watch(RunChannel* run);

  RunPost* const post_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer deadline_;
  Time due_ = Time::max(), timer_at_ = Time::max();  // max: nothing is, the timer is not set
  bool timed_out_ = false;                           // what was waited for last
  Engine* const engine_;
  const Service* const service_;
  Desk* const desk_;
  Tenants* const tenants_;
  Metrics* const metrics_;
  const ServerOptions& options_;
  boost::beast::flat_buffer buffer_;  // read, not yet parsed
  bool waiting_ = false, draining_ = false;
  // Of the request that is being answered, until that is counted.
  bool head_only_ = false;  // its answer is sent without the body
  bool watches_ = false;    // for a client that goes
  std::string_view route_;  // empty: none
  std::chrono::steady_clock::time_point began_;
  std::vector<std::pair<std::string, std::string>> cors_;  // headers of its answer
  std::weak_ptr<RunChannel> run_;                          // that is served
};

}  // namespace lmp::server
