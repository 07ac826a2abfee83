#include "runtime/remote/conversation.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

#include "runtime/base/clock_rng.h"
#include "runtime/base/text.h"
#include "runtime/remote/checked_text.h"
#include "runtime/remote/event_stream.h"
#include "runtime/remote/scores.h"

namespace lmp::remote {
namespace {

using std::chrono::milliseconds;

constexpr size_t kRefusalBytesMax = 16u << 10;  // of what a server says to an error
constexpr milliseconds kRestWaitedMax{1000 * Endpoints::kRestSeconds + 1};
constexpr std::string_view kStopped = "a stop string was found";

int64_t NowNs() { return SystemClock().NowNs(); }

// Statuses that say "later", not "no".
bool IsForLater(int status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

// Seconds; dates are not read. 0 if it does not say.
milliseconds RetryAfterOf(const net::HttpHead& head) {
  const std::string* value = head.Find("Retry-After");
  int seconds = 0;
  if (value == nullptr) return milliseconds(0);
  const auto read = std::from_chars(value->data(), value->data() + value->size(), seconds);
  const bool whole = read.ec == std::errc() && read.ptr == value->data() + value->size();
  return milliseconds(whole && seconds > 0 ? int64_t{seconds} * 1000 : 0);
}

bool HasType(const net::HttpHead& head, std::string_view type) {
  const std::string* value = head.Find("Content-Type");
  return value != nullptr && value->starts_with(type);
}

}  // namespace

std::vector<net::HttpHeader> HeadersOf(const RemoteOptions& options) {
  std::vector<net::HttpHeader> headers = {{"Content-Type", "application/json"}};
  if (!options.key.empty()) headers.push_back({"Authorization", "Bearer " + options.key});
  return headers;
}

std::string UrlOf(std::string_view base, std::string_view path) {
  while (base.ends_with('/')) base.remove_suffix(1);
  if (base.ends_with("/v1")) base.remove_suffix(3);
  return std::string(base) + std::string(path);
}

void Conversation::Run() {
  usage_.prompt_tokens = static_cast<int>(spec_.tokens.size());
  usage_.exact_tokens = usage_.prompt_tokens;
  if (const auto* generate = std::get_if<engine::GenerateSpec>(&spec_.work)) {
    Generate(*generate);
  } else {
    Score(std::get<engine::ScoreSpec>(spec_.work));
  }
}

void Conversation::Fail(engine::FailureKind kind, std::string message, std::string text) {
  if (cancellation_->cancelled()) {
    kind = engine::FailureKind::kCancelled;
    message = "cancelled";
  }
  on_event_(engine::FailedEvent{id_, kind, std::move(message), std::move(text), usage_});
}

void Conversation::Fail(const Status& status, std::string text) {
  Fail(engine::FailureKind::kRemote, status.message(), std::move(text));
}

Status Conversation::Count(const ServedUsage& usage, int sent) {
  if (usage.prompt_tokens != 0 && usage.prompt_tokens != sent) {
    return Corruption("the server counts " + std::to_string(usage.prompt_tokens) +
                      " tokens in a prompt of " + std::to_string(sent) +
                      ": its tokenizer is not that of the model file given here");
  }
  usage_.cached_tokens = std::min(usage.cached_tokens.value_or(0), sent);
  usage_.generated_tokens = usage.completion_tokens;
  usage_.computed_tokens = sent - usage_.cached_tokens + std::max(0, usage.completion_tokens - 1);
  return OkStatus();
}

Conversation::Outcome Conversation::AskOnce(size_t endpoint, const std::string& body, bool streams,
                                            const std::function<Status(std::string_view)>& on_piece,
                                            const std::function<bool()>& begun) {
  const std::string url = UrlOf(with_->endpoints.url(endpoint), "/v1/completions");
  int status = 0;
  std::string refusal;
  Outcome outcome;
  net::HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.headers = HeadersOf(with_->options);
  request.headers.push_back({"Accept", streams ? "text/event-stream" : "application/json"});
  request.body = body;
  request.timeouts = {.connect = with_->options.connect,
                      .idle = with_->options.idle,
                      .first = with_->options.first};
  request.redirects_max = 0;  // a prompt goes where the user said, and nowhere else
  request.cancellation = cancellation_;
  request.on_head = [&](const net::HttpReply& reply) {
    status = reply.status;
    outcome.after = RetryAfterOf(reply);
    if (status == 200) with_->endpoints.Answers(endpoint);
    const std::string_view type = streams ? "text/event-stream" : "application/json";
    if (status != 200 || HasType(reply, type)) return OkStatus();
    const std::string* found = reply.Find("Content-Type");
    return Corruption("expected an answer of the type " + std::string(type) + ", found " +
                      (found == nullptr ? "none" : PrintableText(*found)));
  };
  request.on_body = [&](std::string_view piece) {
    if (status == 200) return on_piece(piece);
    refusal += piece.substr(0, kRefusalBytesMax - std::min(kRefusalBytesMax, refusal.size()));
    return OkStatus();
  };
  const Result<net::HttpReply> reply = with_->client.Send(request);
  if (status != 0 && status != 200) {
    std::string said = "the server answers " + std::to_string(status);
    if (const std::string why = ReadRefusal(refusal); !why.empty()) said += ": " + why;
    outcome.status = Unavailable(url + ": " + said);
    outcome.again = IsForLater(status);
    outcome.busy = status == 429;
  } else if (!reply.ok()) {
    outcome.status = reply.status().WithPrefix(url);
    // A server that is silent may be at work on it: it is not asked twice, but another may be.
    const bool late = reply.status().code() == StatusCode::kDeadlineExceeded;
    outcome.again = !begun() && (reply.status().code() == StatusCode::kUnavailable ||
                                 (late && with_->endpoints.size() > 1));
  }
  return outcome;
}

Status Conversation::Ask(const std::string& body, const std::function<void()>& reset, bool streams,
                         const std::function<Status(std::string_view)>& on_piece,
                         const std::function<bool()>& begun) {
  Status last;
  for (int attempt = 0;; ++attempt) {
    const milliseconds backoff = with_->options.backoff * (1 << std::min(attempt, 10));
    const Result<size_t> endpoint = with_->endpoints.Take(spec_.tokens, spec_.tenant, NowNs());
    if (!endpoint.ok()) {
      // Of a breakdown that has just begun the end is waited for, of a longer one it is not.
      const milliseconds rest(with_->endpoints.RestNs(NowNs()) / 1'000'000 + 1);
      if (attempt >= with_->options.retries_max || rest > kRestWaitedMax)
        return last.ok() ? endpoint.status() : last;
      if (!wait_(std::max(rest, backoff))) return Cancelled("cancelled");
      continue;
    }
    reset();
    Outcome outcome = AskOnce(*endpoint, body, streams, on_piece, begun);
    using Given = Endpoints::Outcome;
    const bool failed = outcome.again || outcome.status.code() == StatusCode::kDeadlineExceeded;
    with_->endpoints.Give(*endpoint,
                          cancellation_->cancelled() || outcome.busy ? Given::kNoMatter
                          : failed                                   ? Given::kFailed
                                                                     : Given::kAnswered,
                          outcome.status.message(), NowNs());
    if (outcome.status.ok() || !outcome.again) return outcome.status;
    last = outcome.status;
    if (attempt >= with_->options.retries_max) {
      return Status(last.code(),
                    last.message() + " (asked " + std::to_string(attempt + 1) + " times)");
    }
    if (outcome.after > with_->options.retry_after_max) {
      return Status(last.code(), last.message() + " (it wants to be asked again in " +
                                     std::to_string(outcome.after.count() / 1000) + " s)");
    }
    if (!wait_(std::max(outcome.after, backoff))) return Cancelled("cancelled");
  }
}

void Conversation::Generate(const engine::GenerateSpec& generate) {
  const ServerKind& kind = *with_->asked.kind;
  const text::Tokenizer& tokenizer = *with_->tokenizer;
  const int room = with_->context_max - static_cast<int>(spec_.tokens.size());
  const Result<std::string> body =
      GenerateBody(with_->asked, spec_, generate, room, tokenizer, &with_->grammars);
  if (!body.ok()) return Fail(body.status());
  Result<CheckedText> made = CheckedText::Make(generate, tokenizer, kind.heals);
  if (!made.ok()) return Fail(made.status());
  CheckedText text = *std::move(made);

  EventStream events;
  std::vector<TokenId> served;
  std::string finish;
  ServedUsage usage;
  bool begun = false, done = false;
  std::optional<CheckedFailure> failure;
  const auto take = [&](std::string_view data) -> Status {
    if (done || data == "[DONE]") {
      done = true;
      return OkStatus();
    }
    begun = true;
    LMP_TRY(const CompletionDelta delta, ReadDelta(data));
    if (delta.usage) usage = *delta.usage;
    served.insert(served.end(), delta.ids.begin(), delta.ids.end());
    if (!finish.empty() && !delta.text.empty())
      return Corruption("the server goes on behind the end of the text");
    failure = text.Push(delta.text);
    if (failure) return Corruption(failure->message);
    if (std::string piece = text.Take(); !piece.empty())
      on_event_(engine::TextEvent{id_, std::move(piece)});
    if (!delta.finish.empty()) finish = delta.finish;
    // What the server still writes, nobody wants.
    return text.stopped() && finish.empty() ? Cancelled(std::string(kStopped)) : OkStatus();
  };
  const auto reset = [&] {
    events = {};
    served.clear();
    usage = {};
    finish.clear();
    done = false;
  };
  const Status asked = Ask(
      *body, reset, true,
      [&](std::string_view piece) -> Status {
        const Status pushed = events.Push(piece, take);
        return pushed.ok() || text.stopped() || failure
                   ? pushed
                   : pushed.WithPrefix("what the server streams is no answer");
      },
      [&] { return begun; });
  if (failure && !cancellation_->cancelled())
    return Fail(failure->kind, failure->message, text.text());
  if (cancellation_->cancelled() || (!asked.ok() && !text.stopped()))
    return Fail(asked.ok() ? Cancelled("cancelled") : asked, text.text());
  if (!text.stopped() && (finish.empty() || events.inside()))
    return Fail(Unavailable("the server's stream ended before the text did"), text.text());
  if (const Status counted = Count(usage, usage_.prompt_tokens); !counted.ok())
    return Fail(counted, text.text());

  auto end = text.Finish(finish);
  if (std::string piece = text.Take(); !piece.empty())
    on_event_(engine::TextEvent{id_, std::move(piece)});
  if (const auto* failed = std::get_if<CheckedFailure>(&end))
    return Fail(failed->kind, failed->message, text.text());
  const auto reason = std::get<engine::EndReason>(end);
  if (reason == engine::EndReason::kLength && room < generate.max_tokens) {
    return Fail(engine::FailureKind::kOverflow,
                std::to_string(with_->context_max + 1) + " tokens do not fit the context of " +
                    std::to_string(with_->context_max),
                text.text());
  }
  engine::FinishedEvent finished{id_, reason, text.text(), text.Tokens(served), {}, {}, {}, {}};
  if (usage_.generated_tokens == 0)
    usage_.generated_tokens = static_cast<int>(finished.tokens.size());
  finished.usage = usage_;
  on_event_(std::move(finished));
}

void Conversation::Score(const engine::ScoreSpec& score) {
  const auto count = static_cast<size_t>(score.count);
  const Result<ScoreQuestion> question = AskScores(with_->asked, spec_, count, *with_->tokenizer);
  if (!question.ok()) return Fail(question.status());
  std::string answer;
  const Status asked = Ask(
      question->body, [&] { answer.clear(); }, false,
      [&](std::string_view piece) {
        answer += piece;
        return OkStatus();
      },
      [&] { return !answer.empty(); });
  if (asked.message().find("logits_all") != std::string::npos)  // llama_cpp.server
    return Fail(Unavailable(asked.message() + ": for `select`, start it with --logits_all true"));
  if (!asked.ok()) return Fail(asked);
  Result<ServedScores> scores =
      TakeScores(*with_->asked.kind, spec_.tokens, count, answer, *with_->tokenizer);
  if (!scores.ok()) return Fail(scores.status());
  scores->usage.completion_tokens = 0;  // written only because that is how they are asked
  if (const Status counted = Count(scores->usage, question->prompt_tokens); !counted.ok())
    return Fail(counted);
  engine::FinishedEvent finished;
  finished.id = id_;
  finished.logprobs = std::move(scores->logprobs);
  finished.usage = usage_;
  on_event_(std::move(finished));
}

}  // namespace lmp::remote
