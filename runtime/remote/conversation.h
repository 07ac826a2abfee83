// Conversation: one sequence, asked of servers until there is an answer or a failure: the choice of
// an endpoint, retries, the stream and what it may say.
//
// Blocks the thread that calls Run. Shared between threads are only Endpoints, GrammarTexts and the
// client.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/engine/engine.h"
#include "runtime/net/cancellation.h"
#include "runtime/net/http_client.h"
#include "runtime/remote/answers.h"
#include "runtime/remote/asking.h"
#include "runtime/remote/endpoints.h"
#include "runtime/remote/remote_engine.h"

namespace lmp::remote {

struct Correspondents {
  Asked asked;
  RemoteOptions options;
  int context_max = 0;
  std::shared_ptr<const text::Tokenizer> tokenizer;
  net::HttpClient client;
  Endpoints endpoints;
  GrammarTexts grammars;
};

class Conversation {
 public:
  // All outlive it. `wait`: sleeps, false if the sequence was cancelled meanwhile.
  Conversation(Correspondents* with, const engine::SequenceSpec& spec, engine::SequenceId id,
               const net::Cancellation* cancellation,
               std::function<bool(std::chrono::milliseconds)> wait,
               std::function<void(engine::SequenceEvent)> on_event)
      : with_(with),
        spec_(spec),
        id_(id),
        cancellation_(cancellation),
        wait_(std::move(wait)),
        on_event_(std::move(on_event)) {}

  // Ends with one FinishedEvent or FailedEvent.
  void Run();

 private:
  // What a request came to. `again`: nothing of an answer had come, and it may be asked once more.
  struct Outcome {
    Status status;
    bool again = false;
    bool busy = false;                   // 429: it works, and has enough to do
    std::chrono::milliseconds after{0};  // as the server asks
  };
  void Generate(const engine::GenerateSpec& generate);
  void Score(const engine::ScoreSpec& score);
  // Sends until there is an outcome that is not asked for again. `reset` before each request.
  Status Ask(const std::string& body, const std::function<void()>& reset, bool streams,
             const std::function<Status(std::string_view)>& on_piece,
             const std::function<bool()>& begun);
  Outcome AskOnce(size_t endpoint, const std::string& body, bool streams,
                  const std::function<Status(std::string_view)>& on_piece,
                  const std::function<bool()>& begun);
  // Errors: Corruption where the server has counted another prompt than was sent.
  Status Count(const ServedUsage& usage, int sent);
  void Fail(engine::FailureKind kind, std::string message, std::string text = {});
  void Fail(const Status& status, std::string text = {});

  Correspondents* const with_;
  const engine::SequenceSpec& spec_;
  const engine::SequenceId id_;
  const net::Cancellation* const cancellation_;
  const std::function<bool(std::chrono::milliseconds)> wait_;
  const std::function<void(engine::SequenceEvent)> on_event_;
  engine::SequenceUsage usage_;
};

// The headers of every request.
std::vector<net::HttpHeader> HeadersOf(const RemoteOptions& options);
// "http://host:8000" + "/v1/models".
std::string UrlOf(std::string_view base, std::string_view path);

}  // namespace lmp::remote
