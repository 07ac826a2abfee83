#include "runtime/server/run_post.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace lmp::server {

namespace {

// A client that leaves more than this untaken is too slow.
constexpr size_t kUntakenBytesMax = 4u << 20;

void DeliverLetter(RunPost::Letter letter) {
  RunInbox& inbox = *letter.to;
  if (letter.refused) inbox.untaken.clear();
  if (inbox.unwanted) {
    // Nobody will take it.
  } else if (inbox.untaken.empty()) {
    inbox.untaken = std::move(letter.text);
  } else {
    inbox.untaken += letter.text;
  }
  inbox.settled |= letter.settled;
  inbox.limited |= letter.limited;
  inbox.done |= letter.done || letter.refused;
  inbox.unwanted |= inbox.limited && inbox.untaken.size() > kUntakenBytesMax;
  const bool changed = letter.settled || letter.done || inbox.HasNews();
  if (inbox.waiting != nullptr && changed) inbox.waiting->cancel();
}

}  // namespace

void RunPost::Put(Letter letter) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    first = letters_.empty();
    letters_.push_back(std::move(letter));
  }
  if (first) boost::asio::post(*io_, [this] { Deliver(); });
}

void RunPost::Deliver() {
  std::vector<Letter> letters;
  {
    std::lock_guard lock(mutex_);
    letters.swap(letters_);
  }
  for (Letter& letter : letters) DeliverLetter(std::move(letter));
}

}  // namespace lmp::server
