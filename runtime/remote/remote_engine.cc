#include "runtime/remote/remote_engine.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/json.h"
#include "runtime/base/limits.h"
#include "runtime/engine/vocabulary_digest.h"
#include "runtime/net/cancellation.h"
#include "runtime/remote/conversation.h"
#include "runtime/remote/same_tokens.h"
#include "runtime/text/stop_matcher.h"

namespace lmp::remote {
namespace {

using engine::SequenceEvent;
using engine::SequenceId;
using std::chrono::milliseconds;

constexpr int kConnectionsMax = 1024;
constexpr int kPriorityMax = 1'000'000;  // its negative is sent, too

class RemoteSequences final : public engine::Engine {
 public:
  RemoteSequences(model::ModelConfig config, std::unique_ptr<Correspondents> with);
  ~RemoteSequences() override;

  const text::Tokenizer& tokenizer() const override { return *with_->tokenizer; }
  const model::ModelConfig& model_config() const override { return config_; }
  const engine::EngineOptions& options() const override { return options_; }
  std::shared_ptr<const constrain::TokenTrie> token_trie() const override { return trie_; }
  Result<SequenceId> Start(engine::SequenceSpec spec) override;
  size_t Room(uint64_t owner) const override;
  void Cancel(SequenceId id) override;
  engine::SequenceUsage UsageOf(SequenceId id) const override;
  int CachedTokens(std::span<const TokenId>, const std::string&) const override { return 0; }
  std::unique_ptr<engine::Retained> Retain(std::span<const TokenId>, const std::string&) override {
    return nullptr;
  }
  bool HasWork() const override { return has_events_.load(std::memory_order_acquire); }
  Status Step(std::vector<SequenceEvent>* events) override;
  void SetWake(std::function<void()> wake) override { wake_ = std::move(wake); }
  engine::EngineStats stats() const override { return stats_; }
  void ClearCache() override {}

 private:
  struct Job {
    SequenceId id = 0;
    engine::SequenceSpec spec;
    // Guarded by mutex_; made when a thread takes the job.
    std::unique_ptr<net::Cancellation> cancellation;
    bool cancelled = false;
    uint64_t turn = 0;  // the least is taken first
  };
  Status Check(const engine::SequenceSpec& spec) const;
  uint64_t TurnLocked(uint64_t owner);
  std::shared_ptr<Job> TakeLocked();
  void Work();
  void Serve(Job& job);
  void Post(SequenceEvent event, bool wakes = true);
  void Forget(SequenceId id);
  void CancelLocked(Job& job);

  const model::ModelConfig config_;
  engine::EngineOptions options_;
  const std::unique_ptr<Correspondents> with_;
  const std::shared_ptr<const constrain::TokenTrie> trie_;
  std::function<void()> wake_;
  // The owner's thread alone.
  SequenceId next_id_ = 1;
  std::unordered_map<SequenceId, std::shared_ptr<Job>> jobs_;
  std::unordered_map<uint64_t, size_t> owned_;  // jobs by owner; none that has no job
  engine::EngineStats stats_;

  std::mutex mutex_;
  std::condition_variable queued_;     // the queue, closing
  std::condition_variable cancelled_;  // a cancellation, closing: for those who wait to ask again
  std::deque<std::shared_ptr<Job>> queue_;
  uint64_t turn_ = 0;                                  // of the job that was taken last
  std::unordered_map<uint64_t, uint64_t> last_turns_;  // by owner: of his last job, if behind turn_
  std::vector<SequenceEvent> events_;
  std::atomic<bool> has_events_ = false;  // !events_.empty()
  std::vector<std::thread> threads_;
  size_t idle_ = 0;  // threads that wait for a job
  bool closing_ = false;
};

RemoteSequences::RemoteSequences(model::ModelConfig config, std::unique_ptr<Correspondents> with)
    : config_(std::move(config)),
      with_(std::move(with)),
      trie_(std::make_shared<const constrain::TokenTrie>(*with_->tokenizer)) {
  options_.sequences_max = with_->options.sequences_max;
  options_.prefix_cache = false;
  options_.kv_pages = static_cast<uint32_t>(config_.context_max / kPageTokens + 1);
}

RemoteSequences::~RemoteSequences() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
    for (auto& [id, job] : jobs_) CancelLocked(*job);
  }
  queued_.notify_all();
  cancelled_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Status RemoteSequences::Check(const engine::SequenceSpec& spec) const {
  if (spec.tokens.empty()) return InvalidArgument("the prompt has no tokens");
  const int vocabulary = tokenizer().vocabulary();
  const bool all_known = std::all_of(spec.tokens.begin(), spec.tokens.end(),
                                     [&](TokenId id) { return id >= 0 && id < vocabulary; });
  if (!all_known) {
    return InvalidArgument("a token of the prompt is not in the vocabulary of " +
                           std::to_string(vocabulary));
  }
  if (const auto* generate = std::get_if<engine::GenerateSpec>(&spec.work)) {
    if (generate->max_tokens < 1) return InvalidArgument("max_tokens must be at least 1");
    if (generate->min_tokens < 0) return InvalidArgument("min_tokens must not be negative");
    if (generate->top_scores >= 0)
      return InvalidArgument("servers are not asked for log-probabilities of what they write");
    return text::StopMatcher::Make(generate->stops).status();
  }
  const auto* score = std::get_if<engine::ScoreSpec>(&spec.work);
  if (score != nullptr &&
      (score->count < 1 || static_cast<size_t>(score->count) >= spec.tokens.size()))
    return InvalidArgument("a score needs a count of at least 1 and a longer prompt");
  return OkStatus();
}

size_t RemoteSequences::Room(uint64_t owner) const {
  const auto at = owned_.find(owner);
  return kSequencesMax - (at == owned_.end() ? 0 : at->second);
}

Result<SequenceId> RemoteSequences::Start(engine::SequenceSpec spec) {
  if (Room(spec.owner) == 0) {
    return ResourceExhausted(std::to_string(kSequencesMax) +
                             " sequences are waiting and running, which is the limit");
  }
  LMP_RETURN_IF_ERROR(Check(spec));
  const bool generates = std::holds_alternative<engine::GenerateSpec>(spec.work);
  const bool asks = generates || std::holds_alternative<engine::ScoreSpec>(spec.work);
  const int needed = static_cast<int>(spec.tokens.size()) + (generates ? 1 : 0);
  auto job = std::make_shared<Job>();
  job->id = next_id_++;
  job->spec = std::move(spec);
  jobs_.emplace(job->id, job);
  ++owned_[job->spec.owner];
  engine::SequenceUsage usage;
  usage.prompt_tokens = usage.exact_tokens = static_cast<int>(job->spec.tokens.size());
  if (needed > config_.context_max) {
    Post(engine::FailedEvent{job->id, engine::FailureKind::kOverflow,
                             std::to_string(needed) + " tokens do not fit the context of " +
                                 std::to_string(config_.context_max),
                             "", usage},
         false);
    return job->id;
  }
  if (!asks) {
    engine::FinishedEvent finished;
    finished.id = job->id;
    finished.usage = usage;
    finished.usage.prompt_tokens = finished.usage.exact_tokens = 0;  // nothing was asked
    Post(std::move(finished), false);
    return job->id;
  }
  std::lock_guard lock(mutex_);
  job->turn = TurnLocked(job->spec.owner);
  queue_.push_back(job);
  if (idle_ < queue_.size() && static_cast<int>(threads_.size()) < options_.sequences_max)
    threads_.emplace_back([this] { Work(); });
  queued_.notify_one();
  return job->id;
}

// Owners take turns: start-time fair queueing, each job of one size.
uint64_t RemoteSequences::TurnLocked(uint64_t owner) {
  std::erase_if(last_turns_, [this](const auto& last) { return last.second <= turn_; });
  uint64_t& last = last_turns_[owner];
  return last = std::max(last, turn_) + 1;
}

std::shared_ptr<RemoteSequences::Job> RemoteSequences::TakeLocked() {
  const auto next = std::min_element(
      queue_.begin(), queue_.end(), [](const auto& a, const auto& b) { return a->turn < b->turn; });
  std::shared_ptr<Job> job = std::move(*next);
  queue_.erase(next);
  turn_ = job->turn;
  return job;
}

void RemoteSequences::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    queued_.wait(lock, [this] { return !queue_.empty() || closing_; });
    --idle_;
    if (closing_) return;
    const std::shared_ptr<Job> job = TakeLocked();
    job->cancellation = std::make_unique<net::Cancellation>();
    if (job->cancelled) job->cancellation->Cancel();
    lock.unlock();
    Serve(*job);
    lock.lock();
    job->cancellation.reset();
  }
}

void RemoteSequences::Serve(Job& job) {
  const auto wait = [&](milliseconds time) {
    std::unique_lock lock(mutex_);
    cancelled_.wait_for(lock, time, [&] { return job.cancelled || closing_; });
    return !job.cancelled && !closing_;
  };
  const auto fail = [&](engine::FailureKind kind, const char* why) {
    Post(engine::FailedEvent{job.id, kind, why, "", {}});
  };
  if (job.cancellation->cancelled()) return fail(engine::FailureKind::kCancelled, "cancelled");
  try {
    Conversation conversation(with_.get(), job.spec, job.id, job.cancellation.get(), wait,
                              [this](SequenceEvent event) { Post(std::move(event)); });
    conversation.Run();
  } catch (const std::exception& e) {  // no memory, or a fault of ours: this sequence alone
    fail(engine::FailureKind::kInternal, e.what());
  }
}

void RemoteSequences::Post(SequenceEvent event, bool wakes) {
  {
    std::lock_guard lock(mutex_);
    wakes = wakes && events_.empty();
    events_.push_back(std::move(event));
    has_events_.store(true, std::memory_order_release);
  }
  if (wakes && wake_) wake_();
}

void RemoteSequences::CancelLocked(Job& job) {
  job.cancelled = true;
  if (job.cancellation != nullptr) job.cancellation->Cancel();
}

void RemoteSequences::Cancel(SequenceId id) {
  const auto at = jobs_.find(id);
  if (at == jobs_.end()) return;
  {
    std::lock_guard lock(mutex_);
    CancelLocked(*at->second);
  }
  cancelled_.notify_all();
}

engine::SequenceUsage RemoteSequences::UsageOf(SequenceId id) const {
  engine::SequenceUsage usage;
  if (const auto at = jobs_.find(id); at != jobs_.end())
    usage.prompt_tokens = static_cast<int>(at->second->spec.tokens.size());
  return usage;
}

void RemoteSequences::Forget(SequenceId id) {
  const auto at = jobs_.find(id);
  if (at == jobs_.end()) return;
  const auto of_owner = owned_.find(at->second->spec.owner);
  if (--of_owner->second == 0) owned_.erase(of_owner);
  jobs_.erase(at);
}

Status RemoteSequences::Step(std::vector<SequenceEvent>* events) {
  std::vector<SequenceEvent> taken;
  {
    std::lock_guard lock(mutex_);
    taken.swap(events_);
    has_events_.store(false, std::memory_order_release);
  }
  ++stats_.steps;
  const auto id_of = [](const SequenceEvent& event) {
    return std::visit([](const auto& e) { return e.id; }, event);
  };
  std::stable_sort(taken.begin(), taken.end(), [&](const SequenceEvent& a, const SequenceEvent& b) {
    return id_of(a) < id_of(b);
  });
  for (SequenceEvent& event : taken) {
    if (!std::holds_alternative<engine::TextEvent>(event)) {
      const auto* finished = std::get_if<engine::FinishedEvent>(&event);
      const engine::SequenceUsage& usage =
          finished != nullptr ? finished->usage : std::get<engine::FailedEvent>(event).usage;
      ++(finished != nullptr ? stats_.sequences_finished : stats_.sequences_failed);
      stats_.prompt_tokens += static_cast<uint64_t>(usage.prompt_tokens);
      stats_.cached_tokens += static_cast<uint64_t>(usage.cached_tokens);
      stats_.generated_tokens += static_cast<uint64_t>(usage.generated_tokens);
      Forget(id_of(event));
    }
    events->push_back(std::move(event));
  }
  return OkStatus();
}

net::HttpRequest ProbeRequest(const Correspondents& with, const std::string& base,
                              std::string_view path) {
  net::HttpRequest request;
  request.url = UrlOf(base, path);
  request.headers = HeadersOf(with.options);
  request.redirects_max = 0;
  const RemoteOptions& options = with.options;
  request.timeouts = {.connect = options.connect,
                      .idle = options.idle,
                      .first = options.first,
                      .whole = options.first + options.idle};
  request.body_bytes_max = 4u << 20;
  return request;
}

Result<net::HttpReply> Get(const Correspondents& with, const std::string& base,
                           std::string_view path) {
  return with.client.Send(ProbeRequest(with, base, path));
}

// What one server says of itself.
Result<std::vector<ServedModel>> ModelsOf(const Correspondents& with, const std::string& base) {
  LMP_TRY(const net::HttpReply reply, Get(with, base, "/v1/models"));
  if (reply.status != 200) {
    const std::string why = ReadRefusal(reply.body);
    return InvalidArgument("the server answers " + std::to_string(reply.status) +
                           (why.empty() ? "" : ": " + why));
  }
  return ReadModels(reply.body);
}

// Holds the tokens of a server to ours, where it says what they are.
Status CheckTokens(const Correspondents& with, const std::string& url) {
  const ServerKind& kind = *with.asked.kind;
  const std::vector<TokenId> probe = ProbeTokens(*with.tokenizer);
  if (kind.detokenized.empty() || probe.empty()) return OkStatus();
  net::HttpRequest request = ProbeRequest(with, url, "/detokenize");
  request.method = "POST";
  request.body = DumpJson({{"model", with.asked.model}, {"tokens", probe}});
  const Result<net::HttpReply> reply = with.client.Send(request);
  if (!reply.ok() || reply->status != 200) return OkStatus();  // a version or a gateway without it
  const auto text = ReadDetokenized(reply->body, kind.detokenized);
  return text ? CheckProbe(*with.tokenizer, probe, *text) : OkStatus();
}

// Our priority as servers of that kind count; `urls` are those that answer.
Result<int> PriorityFor(const Correspondents& with, const std::vector<std::string>& urls) {
  const ServerKind& kind = *with.asked.kind;
  const int ours = with.options.priority;
  if (ours == 0) return 0;
  if (kind.priority == ServerKind::Priority::kNone) {
    return InvalidArgument("servers of the kind " + std::string(kind.name) +
                           " know no priorities: vllm and sglang do");
  }
  if (kind.priority == ServerKind::Priority::kLessFirst) return -ours;
  std::optional<bool> less_first;
  for (const std::string& url : urls) {
    LMP_TRY(const net::HttpReply reply, Get(with, url, "/get_server_info"));
    ServedOrder order;  // of a version or a gateway that does not say
    if (reply.status == 200) {
      Result<ServedOrder> read = ReadOrder(reply.body);
      if (!read.ok()) return read.status().WithPrefix(url);
      order = *read;
    }
    if (!order.enabled) {
      return InvalidArgument(url +
                             " does not schedule by priority: it was started without "
                             "--enable-priority-scheduling");
    }
    if (less_first && *less_first != order.less_first)
      return InvalidArgument(url + " counts priorities otherwise than the servers before it");
    less_first = order.less_first;
  }
  return less_first.value_or(false) ? -ours : ours;
}

// Sets kind and model where they are not given, and holds them to what is said where they are.
Status TakeModels(const std::vector<ServedModel>& models, const std::string& url,
                  Correspondents* with) {
  Asked& asked = with->asked;
  if (asked.model.empty()) asked.model = models.front().id;
  const auto model = std::find_if(models.begin(), models.end(),
                                  [&](const ServedModel& each) { return each.id == asked.model; });
  if (model == models.end()) {
    return InvalidArgument(url + " has no model \"" + asked.model + "\", but \"" +
                           models.front().id + "\"");
  }
  const ServerKind* kind = ServerKindOfOwner(model->owner);
  if (asked.kind == nullptr) asked.kind = kind;
  if (asked.kind == nullptr) {
    return InvalidArgument(url + " does not say of which kind it is (its models are owned by \"" +
                           model->owner +
                           "\"): name one of lmp, vllm, sglang, llama-server, "
                           "llama-cpp-python");
  }
  if (with->options.kind.empty() && kind != asked.kind) {
    return InvalidArgument(url + " is of another kind than the servers before it, which are " +
                           std::string(asked.kind->name));
  }
  const std::string ours = engine::VocabularyDigest(*with->tokenizer);
  if (!model->vocabulary.empty() && !ours.empty() && model->vocabulary != ours) {
    return InvalidArgument(url +
                           ": the tokens of its model are other ones than those of the tokenizer "
                           "given");
  }
  if (model->context_max > 0) with->context_max = std::min(with->context_max, model->context_max);
  return OkStatus();
}

}  // namespace

Result<RemoteEngine> MakeRemoteEngine(model::ModelConfig config,
                                      std::shared_ptr<const text::Tokenizer> tokenizer,
                                      const RemoteOptions& options) {
  if (options.urls.empty()) return InvalidArgument("no server is named");
  if (options.sequences_max < 1 || options.sequences_max > kConnectionsMax) {
    return InvalidArgument("connections at once: expected 1 to " + std::to_string(kConnectionsMax) +
                           ", found " + std::to_string(options.sequences_max));
  }
  if (options.priority < -kPriorityMax || options.priority > kPriorityMax) {
    return InvalidArgument("the priority is " + std::to_string(options.priority) + ": expected -" +
                           std::to_string(kPriorityMax) + " to " + std::to_string(kPriorityMax));
  }
  RemoteEngine made;
  auto with =
      std::unique_ptr<Correspondents>(new Correspondents{.asked = {nullptr, options.model, 0},
                                                         .options = options,
                                                         .context_max = config.context_max,
                                                         .tokenizer = std::move(tokenizer),
                                                         .client = net::HttpClient(),
                                                         .endpoints = Endpoints(options.urls),
                                                         .grammars = {}});
  if (!options.kind.empty()) {
    LMP_TRY(with->asked.kind, ServerKindNamed(options.kind));
  }
  std::vector<std::string> answering;
  for (const std::string& url : options.urls) {
    LMP_RETURN_IF_ERROR(ParseUrl(url).status());
    const Result<std::vector<ServedModel>> models = ModelsOf(*with, url);
    const StatusCode code = models.status().code();
    if (code == StatusCode::kUnavailable || code == StatusCode::kDeadlineExceeded ||
        code == StatusCode::kNotFound) {
      made.silent.push_back(url + ": " + models.status().message());
      continue;
    }
    if (!models.ok()) return models.status().WithPrefix(url);
    LMP_RETURN_IF_ERROR(TakeModels(*models, url, with.get()));
    const Status tokens = CheckTokens(*with, url);
    if (!tokens.ok()) return tokens.WithPrefix(url);
    answering.push_back(url);
  }
  if (made.silent.size() == options.urls.size()) {
    return Unavailable("no server answers: " + made.silent.front());
  }
  LMP_TRY(with->asked.priority, PriorityFor(*with, answering));
  made.kind = with->asked.kind;
  if (made.kind->interrupts) with->options.sequences_max = 1;
  made.model = with->asked.model;
  config.context_max = with->context_max;
  made.engine = std::make_unique<RemoteSequences>(std::move(config), std::move(with));
  return made;
}

}  // namespace lmp::remote
