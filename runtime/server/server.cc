#include "runtime/server/server.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <utility>

#include "runtime/server/connection.h"
#include "runtime/server/service.h"

namespace lmp::server {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kLastWords{2'000};

class HttpServer final : public Server {
 public:
  HttpServer(Engine* engine, std::vector<ServedProgram> programs, ServerOptions options)
      : options_(std::move(options)),
        engine_(engine),
        tenants_(options_.api_keys.tenants),
        service_(engine, std::move(programs), options_),
        desk_(engine, &service_, &metrics_),
        acceptor_(io_),
        pause_(io_),
        grace_(io_),
        drain_(io_) {}

  Status Bind() {
    Error error;
    const auto address = asio::ip::make_address(options_.address, error);
    if (error)
      return InvalidArgument("`" + options_.address +
                             "` is no address: expected one like 127.0.0.1");
    const tcp::endpoint endpoint(address, options_.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return Unavailable("cannot listen at " + options_.address + ":" +
                         std::to_string(options_.port) + ": " + error.message());
    }
    port_ = acceptor_.local_endpoint().port();
    return OkStatus();
  }

  uint16_t port() const override { return port_; }

  void Run() override {
    asio::co_spawn(io_, Accept(), asio::detached);
    io_.run();
  }

  void Stop() override {
    asio::post(io_, [this] { OnStop(); });
  }

 private:
  asio::awaitable<void> Accept() {
    while (acceptor_.is_open()) {
      Error error;
      tcp::socket socket(io_);
      co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
      if (error && acceptor_.is_open()) {
        // No descriptors are left, say: others will be given back.
        pause_.expires_after(std::chrono::milliseconds(50));
        co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        continue;
      }
      if (error) co_return;
      const auto connection = std::make_shared<Connection>(
          &post_, std::move(socket), engine_, &service_, &desk_, &tenants_, &metrics_, &options_);
      if (connections_.size() >= static_cast<size_t>(options_.connections_max)) {
        asio::co_spawn(io_, connection->TurnAway(), [connection](const std::exception_ptr&) {});
        continue;
      }
      connections_.insert(connection);
      metrics_.SetConnections(connections_.size());
      asio::co_spawn(io_, connection->Serve(), [this, connection](const std::exception_ptr&) {
        connection->Close();
        connections_.erase(connection);
        metrics_.SetConnections(connections_.size());
        EndIfNothingRuns();
      });
    }
  }

  void OnStop() {
    if (++stops_ == 2) return CutOff("a second signal ended the run");
    if (stops_ > 2) return CloseAll();
    service_.Drain();
    drain_.expires_after(options_.drain_max);
    drain_.async_wait([this](const Error& error) {
      if (!error) CutOff("the run was not done when the server ended (--drain-s)");
    });
    if (options_.drain_grace.count() == 0) return OnGraceOver();
    grace_.expires_after(options_.drain_grace);
    grace_.async_wait([this](const Error& error) {
      if (!error) OnGraceOver();
    });
  }

  // Connections end by themselves: those that wait now, the others when they have answered.
  void OnGraceOver() {
    grace_over_ = true;
    for (const auto& connection : Connections()) connection->Drain();
    EndIfNothingRuns();
  }

  void EndIfNothingRuns() {
    const auto runs = [](const auto& connection) { return connection->runs(); };
    if (!grace_over_ || std::any_of(connections_.begin(), connections_.end(), runs)) return;
    ClosePort();
    for (const auto& connection : Connections()) connection->Drain();
    if (connections_.empty()) drain_.cancel();
  }

  void ClosePort() {
    Error ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    grace_.cancel();
  }

  // What runs is ended. Clients have a moment to hear of it.
  void CutOff(const std::string& why) {
    grace_over_ = true;
    ClosePort();
    for (const auto& connection : Connections()) {
      connection->Drain();
      connection->CutOff({std::string(kShuttingDown), why + ": try another server"});
    }
    drain_.expires_after(kLastWords);
    drain_.async_wait([this](const Error& error) {
      if (!error) CloseAll();
    });
    EndIfNothingRuns();
  }

  void CloseAll() {
    for (const auto& connection : Connections()) connection->Close();
    drain_.cancel();
  }

  std::vector<std::shared_ptr<Connection>> Connections() const {
    return {connections_.begin(), connections_.end()};
  }

  const ServerOptions options_;
  Engine* const engine_;
  // These two outlive what io_ holds.
  RunPost post_{&io_};
  Tenants tenants_;
  asio::io_context io_{1};
  Service service_;
  Metrics metrics_;
  Desk desk_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_, grace_, drain_;
  std::set<std::shared_ptr<Connection>> connections_;
  uint16_t port_ = 0;
  int stops_ = 0;
  bool grace_over_ = false;
};

}  // namespace

bool IsLoopback(const std::string& address) {
  Error error;
  const auto parsed = asio::ip::make_address(address, error);
  return !error && parsed.is_loopback();
}

Result<std::unique_ptr<Server>> Server::Listen(Engine* engine, std::vector<ServedProgram> programs,
                                               ServerOptions options) {
  LMP_RETURN_IF_ERROR(Service::CheckNames(programs));
  for (const ApiKey& key : options.api_keys.keys) {
    if (key.key.empty()) return InvalidArgument("an empty API key would let everybody in");
    if (key.tenant >= options.api_keys.tenants.size())
      return InvalidArgument("an API key has no tenant");
  }
  for (const std::string& origin : options.cors_origins) {
    const size_t host = origin.find("://");
    const bool right =
        origin == "*" || (host != std::string::npos && host > 0 && host + 3 < origin.size() &&
                          origin.find('/', host + 3) == std::string::npos);
    if (!right) {
      return InvalidArgument("the origin `" + origin +
                             "`: expected one like https://app.example, without a path, or *");
    }
  }
  if (options.playground && options.api_keys.keys.empty() && !IsLoopback(options.address)) {
    return InvalidArgument("a playground at " + options.address +
                           " needs keys: whoever reaches it could run programs of his own; give "
                           "--api-key-file, or listen at 127.0.0.1");
  }
  if (options.drain_grace > options.drain_max) {
    return InvalidArgument("--drain-grace-s " + std::to_string(options.drain_grace.count() / 1000) +
                           ": expected at most --drain-s, which is " +
                           std::to_string(options.drain_max.count() / 1000));
  }
  auto server = std::make_unique<HttpServer>(engine, std::move(programs), std::move(options));
  LMP_RETURN_IF_ERROR(server->Bind());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace lmp::server
