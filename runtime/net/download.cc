#include "runtime/net/download.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>

#include "runtime/base/text.h"
#include "runtime/net/part_file.h"

namespace lmp::net {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPauseMax{60'000};
constexpr size_t kErrorBytes = 1000;  // kept of what a server says to an error

// "bytes 100-199/200": the first number and the last, if there is one.
struct ContentRange {
  std::optional<uint64_t> first, total;
};

std::optional<uint64_t> Number(std::string_view text) {
  uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool all = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return all ? std::optional(value) : std::nullopt;
}

ContentRange RangeOf(const HttpHead& head) {
  const std::string* text = head.Find("Content-Range");
  if (text == nullptr || !text->starts_with("bytes ")) return {};
  const std::string_view value = std::string_view(*text).substr(6);
  const size_t slash = value.find('/'), dash = value.find('-');
  ContentRange range;
  if (slash != std::string_view::npos) range.total = Number(value.substr(slash + 1));
  if (dash < slash) range.first = Number(value.substr(0, dash));
  return range;
}

// What If-Range takes: it must name these bytes and no others, which a weak ETag does not.
std::string ValidatorOf(const HttpHead& head) {
  const std::string* tag = head.Find("ETag");
  if (tag != nullptr && tag->starts_with('"')) return *tag;
  const std::string* date = head.Find("Last-Modified");
  return date != nullptr && tag == nullptr ? *date : "";
}

std::string AsDigest(std::string text) {
  std::erase(text, '"');
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const bool hex =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
  return hex && text.size() == 64 ? text : "";
}

// The hub names the digest where it redirects to where the bytes are.
std::string DigestSaidBy(const HttpReply& reply) {
  const auto of = [](const HttpHead& head) {
    const std::string* tag = head.Find("X-Linked-ETag");
    return tag != nullptr ? AsDigest(*tag) : "";
  };
  std::string digest = of(reply);
  for (const HttpHead& head : reply.redirects) {
    if (digest.empty()) digest = of(head);
  }
  return digest;
}

bool MayPass(int status) {
  constexpr std::array kPassing = {408, 429, 500, 502, 503, 504};
  return std::find(kPassing.begin(), kPassing.end(), status) != kPassing.end();
}

class Downloading {
 public:
  Downloading(const HttpClient& client, const DownloadRequest& request, PartFile* part)
      : client_(client), request_(request), part_(part) {}

  Result<DownloadOutcome> Run();

 private:
  enum class Next { kDone, kAgain, kAnew, kGiveUp };
  Next Try(Status* status);
  Status OnHead(const HttpReply& reply);
  Status OnBody(std::string_view piece);
  Status Complete();
  Status Restart();
  Status Pause(milliseconds time) const;
  void Note(const std::string& text) const {
    if (request_.on_note) request_.on_note(text);
  }

  const HttpClient& client_;
  const DownloadRequest& request_;
  PartFile* const part_;
  std::string begun_, error_body_, said_digest_;
  bool error_reply_ = false, complete_ = false, anew_ = false, wrong_begin_ = false;
  uint64_t continued_from_ = 0;
};

Status Downloading::Restart() {
  continued_from_ = 0;
  return part_->Restart();
}

Status Downloading::OnHead(const HttpReply& reply) {
  if (const std::string digest = DigestSaidBy(reply); !digest.empty()) said_digest_ = digest;
  const ContentRange range = RangeOf(reply);
  const uint64_t there = part_->size();
  if (reply.status == 416 && there > 0) {
    complete_ = range.total && *range.total == there && part_->origin().total == range.total;
    anew_ = !complete_;
    return OkStatus();
  }
  if (reply.status != 200 && reply.status != 206) {
    error_reply_ = true;
    return OkStatus();
  }
  const std::string validator = ValidatorOf(reply);
  if (reply.status == 206) {
    const bool same = range.first == there && there > 0 && range.total.has_value() &&
                      (!part_->origin().total || part_->origin().total == range.total) &&
                      (validator.empty() || validator == part_->origin().validator);
    if (!same) {
      anew_ = true;
      return Cancelled("another range");
    }
    return part_->SetOrigin({request_.url, part_->origin().validator, range.total});
  }
  if (there > 0) {
    Note("the server begins anew: the file has changed there, or it cannot continue");
    LMP_RETURN_IF_ERROR(Restart());
  }
  begun_.clear();
  const std::string* length = reply.Find("Content-Length");
  return part_->SetOrigin(
      {request_.url, validator, length != nullptr ? Number(*length) : std::nullopt});
}

Status Downloading::OnBody(std::string_view piece) {
  if (error_reply_ || complete_ || anew_) {
    error_body_ += piece.substr(0, kErrorBytes - std::min(kErrorBytes, error_body_.size()));
    return OkStatus();
  }
  if (part_->size() < request_.magic.size()) {
    begun_ += piece.substr(0, request_.magic.size() - begun_.size());
    if (begun_ != request_.magic.substr(0, begun_.size())) {
      wrong_begin_ = true;
      return Corruption(request_.url + ": the file does not begin with " +
                        QuoteText(request_.magic) + " but with " + QuoteText(piece.substr(0, 16)));
    }
  }
  LMP_RETURN_IF_ERROR(part_->Append(piece));
  if (request_.on_progress) request_.on_progress({part_->size(), part_->origin().total});
  return OkStatus();
}

Downloading::Next Downloading::Try(Status* status) {
  error_reply_ = complete_ = anew_ = false;
  error_body_.clear();
  HttpRequest ask{.url = request_.url, .headers = request_.headers, .timeouts = request_.timeouts};
  ask.body_bytes_max = std::numeric_limits<uint64_t>::max();
  ask.cancellation = request_.cancellation;
  ask.allow = request_.allow;
  ask.on_head = [this](const HttpReply& reply) { return OnHead(reply); };
  ask.on_body = [this](std::string_view piece) { return OnBody(piece); };
  if (part_->size() > 0 && part_->origin().validator.empty()) {
    Note("the server does not say which version of the file it sends, so it cannot be continued");
    *status = Restart();
    if (!status->ok()) return Next::kGiveUp;
  }
  if (part_->size() > 0) {
    ask.headers.push_back({"Range", "bytes=" + std::to_string(part_->size()) + "-"});
    ask.headers.push_back({"If-Range", part_->origin().validator});
  }
  Result<HttpReply> reply = client_.Send(ask);
  if (anew_) {
    *status = Corruption(request_.url + ": the server's answers to ranges do not fit together");
    return Next::kAnew;
  }
  if (!reply.ok()) {
    *status = reply.status();
    const bool passing = status->code() == StatusCode::kUnavailable ||
                         status->code() == StatusCode::kDeadlineExceeded;
    return passing ? Next::kAgain : Next::kGiveUp;
  }
  if (!error_reply_) return Next::kDone;
  reply->body = error_body_;
  *status = ExpectSuccess(*reply);
  return MayPass(reply->status) ? Next::kAgain : Next::kGiveUp;
}

Status Downloading::Pause(milliseconds time) const {
  pollfd file = {.fd = request_.cancellation != nullptr ? request_.cancellation->file() : -1,
                 .events = POLLIN,
                 .revents = 0};
  poll(&file, 1, static_cast<int>(time.count()));
  const bool ended = request_.cancellation != nullptr && request_.cancellation->cancelled();
  return ended ? Cancelled("cancelled") : OkStatus();
}

// All bytes are there: are they the right ones?
Status Downloading::Complete() {
  const std::string expected = !request_.sha256.empty() ? request_.sha256 : said_digest_;
  Status status;
  if (!expected.empty() && part_->Sha256Hex() != expected) {
    status = Corruption(request_.url + ": the SHA-256 of what came is " + part_->Sha256Hex() +
                        ", expected " + expected);
  } else if (part_->size() < request_.magic.size()) {
    status = Corruption(request_.url + ": the file has only " + std::to_string(part_->size()) +
                        " bytes");
  } else if (request_.check) {
    status = request_.check(part_->part_path());
  }
  if (!status.ok()) {
    part_->Discard();
    return status;
  }
  return part_->Finish();
}

Result<DownloadOutcome> Downloading::Run() {
  continued_from_ = part_->size();
  milliseconds pause = request_.pause;
  int tries = 0, anew = 0;
  for (;;) {
    const uint64_t before = part_->size();
    Status status;
    const Next next = Try(&status);
    if (next == Next::kDone) break;
    if (next == Next::kAnew) {
      if (++anew > 2) return status;
      LMP_RETURN_IF_ERROR(Restart());
      continue;
    }
    const bool moved = part_->size() > before;
    if (moved) pause = request_.pause;
    tries = moved ? 1 : tries + 1;
    if (next == Next::kGiveUp || tries >= request_.tries) {
      // Nothing to go on from.
      if (wrong_begin_ || part_->size() == 0) part_->Discard();
      return status;
    }
    Note(status.message() + "; trying again");
    LMP_RETURN_IF_ERROR(Pause(pause));
    pause = std::min(pause * 2, kPauseMax);
  }
  LMP_RETURN_IF_ERROR(Complete());
  DownloadOutcome outcome;
  outcome.continued_from = continued_from_;
  outcome.bytes = part_->size();
  outcome.sha256 = part_->Sha256Hex();
  outcome.sha256_checked = !request_.sha256.empty() || !said_digest_.empty();
  return outcome;
}

}  // namespace

Result<DownloadOutcome> Download(const HttpClient& client, const DownloadRequest& request) {
  if (!request.sha256.empty() && AsDigest(request.sha256) != request.sha256)
    return InvalidArgument("a SHA-256 is 64 hexadecimal digits in lower case, found " +
                           QuoteText(request.sha256));
  LMP_TRY(const std::unique_ptr<PartFile> part, PartFile::Open(request.path, request.url));
  return Downloading(client, request, part.get()).Run();
}

}  // namespace lmp::net
