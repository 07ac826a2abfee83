#include "runtime/server/run_channel.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace lmp::server {

namespace asio = boost::asio;

namespace {

// A client that leaves more than this untaken is too slow.
constexpr size_t kUntakenBytesMax = 4u << 20;

}  // namespace

struct RunChannel::Inbox : std::enable_shared_from_this<Inbox> {
  Inbox(asio::io_context* context, bool streams)
      : io(context), changed(*context), stream(streams) {}

  // The engine's thread.
  void Post(std::string text) {
    asio::post(*io, [self = shared_from_this(), text = std::move(text)] {
      self->untaken += text;
      if (self->stream && self->untaken.size() > kUntakenBytesMax) self->unwanted = true;
      self->changed.cancel();
    });
  }
  void PostDone() {
    asio::post(*io, [self = shared_from_this()] {
      self->done = true;
      self->changed.cancel();
    });
  }

  asio::io_context* const io;
  asio::steady_timer changed;  // cancelled when something has come
  const bool stream;  // else the text is taken as fast as it comes, and has a limit of its own
  std::string untaken;
  bool done = false, unwanted = false;
};

Result<std::unique_ptr<RunChannel>> RunChannel::Start(asio::io_context* io, Engine* engine,
                                                      const ProgramCall& call) {
  const auto inbox = std::make_shared<Inbox>(io, call.stream);
  RunOptions options;
  options.seed = call.seed;
  options.tenant = call.tenant;
  if (call.stream) {
    options.on_piece = [inbox](const TextPiece& piece) {
      inbox->Post(Service::PieceEvent(piece, true));
    };
    if (call.generations) {
      options.on_generated = [inbox](const TextPiece& piece) {
        inbox->Post(Service::PieceEvent(piece, false));
      };
    }
  } else {
    options.on_text = [inbox](std::string_view text) { inbox->Post(std::string(text)); };
  }
  options.on_done = [inbox] { inbox->PostDone(); };
  std::unique_ptr<RunChannel> channel(new RunChannel(inbox));
  LMP_TRY(channel->run_, engine->Start(call.program->program, call.function, call.arguments_json,
                                       std::move(options)));
  return channel;
}

RunChannel::~RunChannel() = default;

asio::awaitable<void> RunChannel::Wait(std::chrono::milliseconds most) {
  if (HasNews()) co_return;
  inbox_->changed.expires_after(most);
  boost::system::error_code error;
  co_await inbox_->changed.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

std::string RunChannel::Take() { return std::exchange(inbox_->untaken, {}); }
bool RunChannel::HasNews() const {
  return !inbox_->untaken.empty() || inbox_->done || inbox_->unwanted;
}
bool RunChannel::done() const { return inbox_->done; }
bool RunChannel::unwanted() const { return inbox_->unwanted; }

void RunChannel::SetUnwanted() {
  inbox_->unwanted = true;
  inbox_->changed.cancel();
}

}  // namespace lmp::server
