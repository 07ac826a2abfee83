#include "runtime/server/bench/load.h"

#include <utility>  // which Boost 1.74 lacks

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>

#include "runtime/base/json.h"

namespace lmp::server {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::use_awaitable;
using asio::ip::tcp;

namespace {

using Clock = std::chrono::steady_clock;
constexpr uint64_t kBodyBytesMax = 1u << 30;

using Parser = http::response_parser<http::string_body>;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

http::request<http::string_body> RequestOf(const LoadTarget& target, const LoadAsk& ask,
                                           bool stream) {
  Json body{{"prompt", ask.prompt},
            {"max_tokens", ask.tokens_max},
            {"temperature", 0},
            {"stream", stream}};
  if (stream) body["stream_options"] = {{"include_usage", true}};
  if (target.ignore_eos) body["ignore_eos"] = true;
  if (!target.model.empty()) body["model"] = target.model;
  http::request<http::string_body> request(http::verb::post, "/v1/completions", 11);
  request.set(http::field::host, target.address);
  request.set(http::field::content_type, "application/json");
  request.body() = DumpJson(body);
  request.prepare_payload();
  return request;
}

void TakeUsage(const Json& said, LoadReply* reply) {
  const auto usage = said.find("usage");
  if (usage == said.end() || !usage->is_object()) return;
  reply->prompt_tokens = usage->value("prompt_tokens", int64_t{0});
  reply->generated_tokens = usage->value("completion_tokens", int64_t{0});
  const auto details = usage->find("prompt_tokens_details");
  if (details != usage->end() && details->is_object())
    reply->cached_tokens = details->value("cached_tokens", int64_t{0});
}

bool HasText(const Json& said) {
  const auto choices = said.find("choices");
  if (choices == said.end() || !choices->is_array() || choices->empty()) return false;
  const auto text = choices->front().find("text");
  return text != choices->front().end() && text->is_string() && !text->get<std::string>().empty();
}

// The events of a stream, in whatever pieces it comes.
class Events {
 public:
  // `body` is all that has come so far.
  void Read(std::string_view body, double now, LoadReply* reply) {
    while (true) {
      const size_t end = body.find('\n', at_);
      if (end == body.npos) return;
      std::string_view line = body.substr(at_, end - at_);
      at_ = end + 1;
      if (!line.starts_with("data:")) continue;
      line.remove_prefix(5);
      if (line.find("[DONE]") != line.npos) {
        done_ = true;
        continue;
      }
      const Result<Json> said = ParseJson(line);
      if (!said.ok() || !said->is_object()) {
        reply->error = "an event that is no JSON object";
      } else if (said->contains("error")) {
        reply->error = DumpJson((*said)["error"]);
      } else {
        if (reply->first_text < 0 && HasText(*said)) reply->first_text = now;
        TakeUsage(*said, reply);
      }
    }
  }
  bool done() const { return done_; }

 private:
  size_t at_ = 0;
  bool done_ = false;
};

tcp::endpoint EndpointOf(const LoadTarget& target) {
  return {asio::ip::make_address(target.address), target.port};
}

asio::awaitable<void> AskStreamed(const LoadTarget& target, const LoadAsk& ask,
                                  Clock::time_point begin, LoadReply* reply) {
  const auto executor = co_await asio::this_coro::executor;
  try {
    if (ask.at_seconds > 0) {
      asio::steady_timer timer(executor);
      timer.expires_at(begin + std::chrono::duration_cast<Clock::duration>(
                                   std::chrono::duration<double>(ask.at_seconds)));
      co_await timer.async_wait(use_awaitable);
    }
    const http::request<http::string_body> request = RequestOf(target, ask, true);
    tcp::socket socket(executor);
    reply->sent = SecondsSince(begin);
    co_await socket.async_connect(EndpointOf(target), use_awaitable);
    socket.set_option(tcp::no_delay(true));
    co_await http::async_write(socket, request, use_awaitable);
    boost::beast::flat_buffer buffer;
    Parser parser;
    parser.body_limit(kBodyBytesMax);
    co_await http::async_read_header(socket, buffer, parser, use_awaitable);
    Events events;
    while (!parser.is_done()) {
      co_await http::async_read_some(socket, buffer, parser, use_awaitable);
      events.Read(parser.get().body(), SecondsSince(begin), reply);
    }
    reply->end = SecondsSince(begin);
    if (parser.get().result() != http::status::ok) {
      reply->error = "status " + std::to_string(parser.get().result_int()) + ": " +
                     parser.get().body().substr(0, 500);
    } else if (reply->error.empty() && !events.done()) {
      reply->error = "the stream ended without [DONE]";
    }
  } catch (const std::exception& e) {
    reply->end = SecondsSince(begin);
    reply->error = e.what();
  }
}

}  // namespace

std::vector<LoadReply> RunLoad(const LoadTarget& target, const std::vector<LoadAsk>& asks) {
  std::vector<LoadReply> replies(asks.size());
  asio::io_context io(1);
  const Clock::time_point begin = Clock::now();
  for (size_t i = 0; i < asks.size(); ++i)
    asio::co_spawn(io, AskStreamed(target, asks[i], begin, &replies[i]), asio::detached);
  io.run();
  return replies;
}

std::vector<LoadReply> RunInTurn(const LoadTarget& target, const std::vector<LoadAsk>& asks) {
  std::vector<LoadReply> replies;
  asio::io_context io(1);
  tcp::socket socket(io);
  boost::beast::flat_buffer buffer;
  const Clock::time_point begin = Clock::now();
  try {
    socket.connect(EndpointOf(target));
    socket.set_option(tcp::no_delay(true));
    for (const LoadAsk& ask : asks) {
      const http::request<http::string_body> request = RequestOf(target, ask, false);
      LoadReply& reply = replies.emplace_back();
      reply.sent = SecondsSince(begin);
      http::write(socket, request);
      http::response<http::string_body> response;
      http::read(socket, buffer, response);
      reply.end = SecondsSince(begin);
      const Result<Json> said = ParseJson(response.body());
      if (response.result() != http::status::ok || !said.ok()) {
        reply.error = "status " + std::to_string(response.result_int()) + ": " +
                      response.body().substr(0, 500);
        break;
      }
      TakeUsage(*said, &reply);
    }
  } catch (const std::exception& e) {
    if (replies.empty()) replies.emplace_back();
    replies.back().error = e.what();
  }
  return replies;
}

}  // namespace lmp::server
