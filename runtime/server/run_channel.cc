#include "runtime/server/run_channel.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace lmp::server {

namespace asio = boost::asio;

Result<std::shared_ptr<RunChannel>> RunChannel::Start(RunPost* post, Engine* engine, RunAsk ask) {
  auto inbox = std::make_shared<RunInbox>();
  inbox->limited = ask.stream;
  inbox->settled = true;
  auto slot = std::make_shared<Slot>();
  LMP_TRY(slot->work, StartRun(post, engine, inbox, std::move(ask)));
  return std::shared_ptr<RunChannel>(new RunChannel(post, std::move(inbox), std::move(slot)));
}

std::shared_ptr<RunChannel> RunChannel::Ask(RunPost* post, Desk* desk, DeskAsk ask,
                                            std::string body) {
  const auto inbox = std::make_shared<RunInbox>();
  const auto slot = std::make_shared<Slot>();
  slot->body = std::move(body);
  const size_t tenant = ask.caller.tenant;
  desk->Post(tenant, [=, ask = std::move(ask)] {
    Desk::Started started;  // a reply that nobody hears
    try {
      if (!slot->claimed.exchange(true)) {
        const std::string text = std::move(slot->body);
        started = desk->Start(post, inbox, ask, text);
      }
    } catch (const std::exception& e) {
      started = ErrorReply(500, e.what());
    }
    const bool refused = std::holds_alternative<Reply>(started);
    if (refused) {
      slot->reply = std::get<Reply>(std::move(started));
    } else {
      slot->work = std::get<std::unique_ptr<Work>>(std::move(started));
    }
    const bool limited = !refused && slot->work->streams();
    post->Put({.to = inbox, .settled = true, .limited = limited, .refused = refused});
  });
  return std::shared_ptr<RunChannel>(new RunChannel(post, inbox, slot));
}

RunChannel::RunChannel(RunPost* post, std::shared_ptr<RunInbox> inbox, std::shared_ptr<Slot> slot)
    : inbox_(std::move(inbox)), slot_(std::move(slot)), changed_(*post->io()), limit_(*post->io()) {
  inbox_->waiting = &changed_;
}

RunChannel::~RunChannel() {
  GiveUp();
  inbox_->waiting = nullptr;
}

void RunChannel::GiveUp() {
  // What an empty string is assigned to keeps its memory.
  if (!slot_->claimed.exchange(true)) std::string().swap(slot_->body);
}

asio::awaitable<void> RunChannel::Wait(std::chrono::milliseconds most) {
  if (HasNews()) co_return;
  changed_.expires_after(most);
  boost::system::error_code error;
  co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

std::string RunChannel::Take() { return std::exchange(inbox_->untaken, {}); }

void RunChannel::SetUnwanted() {
  inbox_->unwanted = true;
  changed_.cancel();
}

void RunChannel::CutOff(const Work::Cut& why) {
  cut_off_ = true;
  if (settled() && reply() == nullptr) work().CutOff(why);
  changed_.cancel();
}

asio::awaitable<void> RunChannel::End() {
  SetUnwanted();
  GiveUp();
  bool cancelled = false;
  while (!done()) {
    if (settled() && !std::exchange(cancelled, true)) work().Cancel();
    changed_.expires_at(std::chrono::steady_clock::time_point::max());
    boost::system::error_code error;
    co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

void RunChannel::SetLimit(std::chrono::milliseconds most) {
  if (!work().has_limit()) return;
  limit_.expires_after(most);
  limit_.async_wait([self = weak_from_this(), most](const boost::system::error_code& error) {
    const auto channel = self.lock();
    if (error || channel == nullptr) return;
    channel->work().CutOff({"timeout", "the run took longer than the " +
                                           std::to_string(most.count() / 1000) +
                                           " s that this server gives one (--run-s)"});
  });
}

}  // namespace lmp::server
