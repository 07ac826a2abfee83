#include "runtime/server/connection.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <cstdio>
#include <utility>

namespace lmp::server {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::redirect_error;
using asio::use_awaitable;
using Error = boost::system::error_code;

namespace {

// Text of a run that is not streamed, before it is given up.
constexpr size_t kTextBytesMax = 16u << 20;
constexpr std::chrono::milliseconds kLinger{1'000};
constexpr std::string_view kEmptyLine = "\r\n";
// The status, in metrics alone, of a request whose client has gone before its answer.
constexpr int kGivenUp = 499;

const char* ReasonOf(int status) {
  switch (status) {
    case 422:
      return "Unprocessable Entity";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return http::obsolete_reason(static_cast<http::status>(status)).data();
  }
}

// Status line and headers, without the blank line.
std::string Head(int status, std::string_view type, bool keep_alive) {
  return "HTTP/1.1 " + std::to_string(status) + " " + ReasonOf(status) + "\r\nServer: lmp" +
         (type.empty() ? "" : "\r\nContent-Type: " + std::string(type)) +
         "\r\nConnection: " + (keep_alive ? "keep-alive" : "close") + "\r\n";
}

std::string Lines(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string lines;
  for (const auto& [name, value] : headers) lines += name + ": " + value + "\r\n";
  return lines;
}

std::string Chunk(const std::string& bytes) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + bytes + "\r\n";
}

// Ends a run that its client has left: until then it has its place, and what it took is counted.
asio::awaitable<void> EndFor(std::shared_ptr<RunChannel> run,
                             std::unique_ptr<Tenants::Place> place) {
  co_await run->End();
  if (run->reply() == nullptr)
    place->AddTokens(run->work().tokens(), std::chrono::steady_clock::now());
}

// What is wrong with a request that could not be read; nothing if nobody would hear it.
std::optional<Reply> ReplyTo(const Error& error, const ServerOptions& options) {
  if (error == http::error::body_limit) {
    return ErrorReply(
        413, "the body is longer than " + std::to_string(options.body_bytes_max) + " bytes", "",
        "body_too_large");
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return ErrorReply(
        431, "the header is longer than " + std::to_string(options.header_bytes_max) + " bytes", "",
        "header_too_large");
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message ||
      error.category() != http::make_error_code(http::error::bad_method).category())
    return std::nullopt;
  return ErrorReply(400, "this is no HTTP/1.1 request: " + error.message());
}

// What is wrong with a header that could be read: the connection ends.
std::optional<Reply> WrongHead(const http::request<http::string_body>& head) {
  // Where a body ends that is coded otherwise is not known, nor where the next request begins.
  const auto coding = head[http::field::transfer_encoding];
  if (!coding.empty() && !boost::beast::iequals(coding, "chunked"))
    return ErrorReply(400, "Transfer-Encoding: expected chunked");
  const size_t hosts = head.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && head.version() >= 11)) {
    return ErrorReply(400, "Host: expected one in an HTTP/1.1 request, found " +
                               (hosts == 0 ? "none" : std::to_string(hosts)));
  }
  return std::nullopt;
}

}  // namespace

Connection::Connection(RunPost* post, asio::ip::tcp::socket socket, Engine* engine,
                       const Service* service, Desk* desk, Tenants* tenants, Metrics* metrics,
                       const ServerOptions* options)
    : post_(post),
      socket_(std::move(socket)),
      deadline_(*post->io()),
      engine_(engine),
      service_(service),
      desk_(desk),
      tenants_(tenants),
      metrics_(metrics),
      options_(*options),
      buffer_(options->header_bytes_max + (64u << 10)) {
  Error ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

void Connection::Within(std::chrono::milliseconds most) {
  timed_out_ = false;
  due_ = std::chrono::steady_clock::now() + most;
  SetTimer();
}

void Connection::SetTimer() {
  if (timer_at_ <= due_) return;
  timer_at_ = due_;
  deadline_.expires_at(due_);
  deadline_.async_wait([self = weak_from_this()](const Error& error) {
    const auto connection = self.lock();
    if (error || !connection) return;
    Connection& c = *connection;
    c.timer_at_ = Time::max();
    if (c.due_ > std::chrono::steady_clock::now()) return c.SetTimer();
    c.due_ = Time::max();
    c.timed_out_ = true;
    Error ignored;
    c.socket_.cancel(ignored);
  });
}

void Connection::Drain() {
  draining_ = true;
  Error ignored;
  if (waiting_) socket_.cancel(ignored);
}

void Connection::CutOff(const Work::Cut& why) {
  if (const auto run = run_.lock()) run->CutOff(why);
}

void Connection::Close() {
  Error ignored;
  socket_.close(ignored);
  WithoutLimit();
  deadline_.cancel();
  if (const auto run = run_.lock()) run->SetUnwanted();
}

asio::awaitable<void> Connection::Serve() {
  bool sent = true;
  while (sent && !draining_) {
    const bool there = co_await HasRequest();
    if (!there) break;
    Parser parser;
    Request request;
    const Got got = co_await ReadRequest(&parser, &request);
    if (got == Got::kEnd) break;
    if (got == Got::kRefused) continue;
    const bool modern = parser.get().version() >= 11;
    const bool keep_alive = modern && parser.keep_alive() && !ends();
    sent = co_await ServeRequest(std::move(request), keep_alive, modern);
    Count(kGivenUp);  // of what was not answered
    if (!keep_alive) break;
  }
  Count(kGivenUp);
  if (sent) co_await Linger();
  Error ignored;
  // Who takes nothing holds no buffers either: what he has not taken is dropped.
  if (!sent) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  Close();
}

asio::awaitable<bool> Connection::ServeRequest(Request request, bool keep_alive, bool chunked) {
  Place place;
  // What computes is posted, and who posts has shown his key.
  const size_t tenant = request.method == "POST" ? service_->CallerOf(request).tenant : 0;
  if (tenant != 0) {
    auto entered = tenants_->Enter(tenant - 1, std::chrono::steady_clock::now());
    if (const auto* full = std::get_if<Reply>(&entered))
      co_return co_await Respond(*full, keep_alive);
    place = std::get<Place>(std::move(entered));
  }
  auto answer = service_->Answer(request);
  if (const auto* reply = std::get_if<Reply>(&answer))
    co_return co_await Respond(*reply, keep_alive);
  std::shared_ptr<RunChannel> run;
  if (const auto* ask = std::get_if<DeskAsk>(&answer)) {
    run = RunChannel::Ask(post_, desk_, *ask, std::move(request.body));
  } else {
    auto started = RunChannel::Start(post_, engine_, std::get<RunAsk>(std::move(answer)));
    if (!started.ok()) co_return co_await Respond(StartErrorReply(started.status()), keep_alive);
    run = std::move(started).value();
  }
  co_return co_await Deliver(std::move(run), std::move(place), keep_alive, chunked);
}

asio::awaitable<void> Connection::TurnAway() {
  co_await Respond(ErrorReply(503, "there are too many connections"), false);
  co_await Linger();
  Close();
}

asio::awaitable<bool> Connection::HasRequest() {
  bool skipped = false;
  while (true) {
    const auto bytes = buffer_.data();
    const std::string_view come(static_cast<const char*>(bytes.data()), bytes.size());
    // Some clients send an empty line behind a body (RFC 9112, 2.2).
    if (!skipped && come.starts_with(kEmptyLine)) {
      skipped = true;
      buffer_.consume(kEmptyLine.size());
      continue;
    }
    const bool may_be_empty = !skipped && kEmptyLine.starts_with(come);
    if (!come.empty() && !may_be_empty) co_return true;
    Within(options_.idle_max);
    Error error;
    waiting_ = true;
    const size_t read = co_await socket_.async_read_some(buffer_.prepare(4096),
                                                         redirect_error(use_awaitable, error));
    waiting_ = false;
    buffer_.commit(read);
    if (error) co_return false;
  }
}

asio::awaitable<Connection::Got> Connection::ReadRequest(Parser* parser, Request* request) {
  parser->header_limit(options_.header_bytes_max);
  parser->body_limit(options_.body_bytes_max);
  Error error;
  Within(options_.header_max);
  co_await http::async_read_header(socket_, buffer_, *parser, redirect_error(use_awaitable, error));
  if (!error) {
    const auto& head = parser->get();
    request->method = std::string(head.method_string());
    head_only_ = request->method == "HEAD";  // the answer to GET, without its body
    if (head_only_) request->method = "GET";
    request->target = std::string(head.target());
    request->authorization = std::string(head[http::field::authorization]);
    request->api_key = std::string(head["X-Api-Key"]);
    request->origin = std::string(head[http::field::origin]);
    request->host = std::string(head[http::field::host]);
    request->fetch_site = std::string(head["Sec-Fetch-Site"]);
    request->wanted_method = std::string(head[http::field::access_control_request_method]);
    request->wanted_headers = std::string(head[http::field::access_control_request_headers]);
    Begin(*request);
    if (const auto wrong = WrongHead(head)) {
      co_await Respond(*wrong, false);
      co_return Got::kEnd;
    }
    // Before its body: who may not ask need not send it.
    if (const auto refused = service_->Refuse(*request)) {
      const bool goes_on = parser->is_done() && parser->keep_alive() && !ends();
      const bool sent = co_await Respond(*refused, goes_on);
      co_return sent&& goes_on ? Got::kRefused : Got::kEnd;
    }
    const bool asks =
        head.version() >= 11 && boost::beast::iequals(head[http::field::expect], "100-continue");
    if (!parser->is_done() && asks) {
      const bool sent = co_await Write("HTTP/1.1 100 Continue\r\n\r\n");
      if (!sent) co_return Got::kEnd;
    }
    Within(options_.body_max);
    if (!parser->is_done())
      co_await http::async_read(socket_, buffer_, *parser, redirect_error(use_awaitable, error));
  }
  if (error) {
    const auto reply =
        timed_out_ ? ErrorReply(408, "the request took too long to come", "", "request_timeout")
                   : ReplyTo(error, options_);
    if (reply) co_await Respond(*reply, false);
    co_return Got::kEnd;
  }
  WithoutLimit();
  request->body = std::move(parser->get().body());
  co_return Got::kRequest;
}

asio::awaitable<bool> Connection::Write(const std::string& bytes) {
  // Most is taken at once, and then nobody need wait.
  Error error;
  const size_t taken = socket_.write_some(asio::buffer(bytes), error);
  if (!error && taken == bytes.size()) co_return true;
  if (error && error != asio::error::would_block) co_return false;
  Within(options_.write_max);
  co_await asio::async_write(socket_, asio::buffer(bytes) + taken,
                             redirect_error(use_awaitable, error));
  WithoutLimit();
  co_return !error;
}

asio::awaitable<bool> Connection::Respond(const Reply& reply, bool keep_alive) {
  std::string text =
      Head(reply.status, reply.type, keep_alive) + Lines(reply.headers) + Lines(cors_);
  if (reply.status != 204) text += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
  text += "\r\n";
  if (!head_only_) text += reply.body;
  head_only_ = false;
  if (route_.empty()) Begin({});
  const bool sent = co_await Write(text);
  Count(reply.status);
  co_return sent;
}

void Connection::Begin(const Request& request) {
  route_ = service_->RouteOf(request);
  began_ = std::chrono::steady_clock::now();
  cors_ = service_->CorsOf(request);
  metrics_->Began();
}

void Connection::Count(int status) {
  if (route_.empty()) return;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began_;
  metrics_->Answered(route_, status, seconds.count());
  route_ = {};
  cors_.clear();
}

asio::awaitable<void> Connection::Linger() {
  Error error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  if (error) co_return;
  Within(kLinger);
  buffer_.clear();
  while (!error) {
    co_await socket_.async_read_some(buffer_.prepare(4096), redirect_error(use_awaitable, error));
  }
}

asio::awaitable<bool> Connection::Deliver(std::shared_ptr<RunChannel> run, Place place,
                                          bool keep_alive, bool chunked) {
  run_ = run;
  watches_ = true;
  // Both live as long as the watch.
  asio::co_spawn(*post_->io(), Watch(run.get()),
                 [run, self = shared_from_this()](const std::exception_ptr&) {});
  while (!run->settled() && !run->unwanted() && !run->cut_off()) co_await run->Wait(options_.ping);
  bool sent = false;
  if (run->settled() && !run->unwanted()) {
    sent = co_await Tell(run.get(), keep_alive, chunked);
  } else if (run->cut_off() && !run->unwanted()) {
    sent =
        co_await Respond(ErrorReply(503, "the server ends: try another", "", kShuttingDown), false);
  }
  watches_ = false;
  Error ignored;
  socket_.cancel(ignored);  // the watch
  if (place != nullptr && run->done() && run->reply() == nullptr) {
    place->AddTokens(run->work().tokens(), std::chrono::steady_clock::now());
  } else if (place != nullptr && !run->done()) {
    asio::co_spawn(*post_->io(), EndFor(run, std::move(place)), asio::detached);
  }
  co_return sent;
}

asio::awaitable<bool> Connection::Tell(RunChannel* run, bool keep_alive, bool chunked) {
  if (const Reply* reply = run->reply()) co_return co_await Respond(*reply, keep_alive);
  Work& work = run->work();
  run->SetLimit(options_.run_max);
  if (work.waits_for_first()) co_await run->Wait(options_.ping);
  const bool failed = run->done() && !run->HasText() && work.failed();
  bool sent = false;
  if (work.streams() && !(work.waits_for_first() && failed)) {
    sent = co_await Stream(run, keep_alive, chunked);
  } else {
    sent = co_await TellAtEnd(run, keep_alive);
  }
  if (const auto times = run->done() ? work.times() : std::nullopt)
    metrics_->Generated(times->first_s, times->per_token_s);
  co_return sent;
}

asio::awaitable<bool> Connection::TellAtEnd(RunChannel* run, bool keep_alive) {
  std::string text;
  while (!run->done() && !run->unwanted() && text.size() <= kTextBytesMax) {
    co_await run->Wait(options_.ping);
    text += run->Take();
  }
  if (run->done()) text += run->Take();
  if (text.size() > kTextBytesMax) {
    const Reply reply = ErrorReply(
        422,
        "the run emitted more than " + std::to_string(kTextBytesMax) + " bytes: ask for a stream",
        "stream", "text_too_long");
    co_return co_await Respond(reply, keep_alive);
  }
  if (!run->done()) co_return false;
  const Reply reply = run->work().Finished(text);
  co_return co_await Respond(reply, keep_alive && !ends());
}

asio::awaitable<bool> Connection::Stream(RunChannel* run, bool keep_alive, bool chunked) {
  const std::string head = Head(200, "text/event-stream", keep_alive) + Lines(cors_) +
                           "Cache-Control: no-store\r\n" +
                           (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
  bool sent = co_await Write(head);
  while (sent && !run->unwanted()) {
    const bool done = run->done();  // then nothing comes behind what is taken now
    std::string events = run->Take();
    if (done) events += run->work().LastEvents();
    if (!events.empty()) {
      if (chunked) events = Chunk(events);
      if (done && chunked) events += "0\r\n\r\n";
      sent = co_await Write(events);
    }
    if (done) {
      if (sent) Count(200);
      co_return sent;
    }
    if (!sent) break;
    co_await run->Wait(options_.ping);
    if (!run->HasNews()) {
      // Not inside the co_await: g++ 12 frees such a string twice (docs/GOTCHAS.md).
      const std::string ping = chunked ? Chunk(": still running\n\n") : ": still running\n\n";
      sent = co_await Write(ping);
    }
  }
  co_return false;
}

asio::awaitable<void> Connection::Watch(RunChannel* run) {
  Error error;
  while (!error || error == asio::error::would_block) {
    co_await socket_.async_wait(asio::ip::tcp::socket::wait_read,
                                redirect_error(use_awaitable, error));
    // It may have been told before it was cancelled: then what comes is not for it.
    if (error || !watches_) co_return;
    // What comes ahead of its time is kept, so that the client is heard going behind it.
    constexpr size_t kMost = 4096;
    if (buffer_.max_size() - buffer_.size() < kMost) break;
    const size_t bytes = socket_.receive(buffer_.prepare(kMost), 0, error);
    buffer_.commit(bytes);
  }
  run->SetUnwanted();
}

}  // namespace lmp::server
