#include "runtime/engine/local_engine.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/clock_rng.h"
#include "runtime/base/limits.h"
#include "runtime/engine/batch.h"
#include "runtime/engine/chunk_reuse.h"
#include "runtime/engine/mask_worker.h"
#include "runtime/engine/sampler.h"
#include "runtime/engine/sequence.h"
#include "runtime/engine/step_planner.h"

namespace lmp::engine {
namespace {

using Events = std::vector<SequenceEvent>;

class RetainedPrefix final : public Retained {
 public:
  explicit RetainedPrefix(cache::Retained retained) : retained_(std::move(retained)) {}
  void SetNextUse(int64_t next_use) override {
    if (retained_.valid()) retained_.SetNextUse(next_use);
  }

 private:
  cache::Retained retained_;
};

class LocalEngine final : public Engine {
 public:
  LocalEngine(std::unique_ptr<model::Model> model, std::unique_ptr<KvMemory> memory,
              std::shared_ptr<const text::Tokenizer> tokenizer,
              std::shared_ptr<const constrain::TokenTrie> trie, const EngineOptions& options);

  const text::Tokenizer& tokenizer() const override { return *tokenizer_; }
  const model::ModelConfig& model_config() const override { return model_->config(); }
  const EngineOptions& options() const override { return options_; }
  std::shared_ptr<const constrain::TokenTrie> token_trie() const override { return trie_; }

  Result<SequenceId> Start(SequenceSpec spec) override;
  void Cancel(SequenceId id) override;
  size_t Room(uint64_t owner) const override;
  SequenceUsage UsageOf(SequenceId id) const override;
  int CachedTokens(std::span<const TokenId> tokens, const std::string& tenant) const override;
  std::unique_ptr<Retained> Retain(std::span<const TokenId> tokens,
                                   const std::string& tenant) override;
  bool HasWork() const override { return !sequences_.empty() || reuse_.has_jobs(); }
  Status Step(Events* events) override;
  EngineStats stats() const override;
  void ClearCache() override;
  const cache::PrefixCache* cache() const { return poisoned_.ok() ? &memory_->cache() : nullptr; }

 private:
  Status CheckTokens(const SequenceSpec& spec) const;
  uint64_t SaltOf(const std::string& tenant) const;
  Owner* OwnerOf(uint64_t owner);
  Status SetWork(SequenceSpec& spec, Sequence* s) const;
  Status StepOrThrow(Events* events);
  void StartJob();
  void Prepare(Sequence& s);
  void CheckRoom(Sequence& s);
  Status Plan();
  Status RunModel();
  Status RunProbe();
  std::vector<Generation*> DrawingFromBatch();
  void TakeLogits(const BatchRows& rows, std::span<const float> logits);
  void Settle(Events* events);
  bool Publish(Sequence& s, Events* events);
  void Finish(Sequence& s, EndReason reason, Events* events);
  void Fail(Sequence& s, GenerationFailure failure, Events* events);
  void CollectUsage(Sequence& s);
  void Poison(Status error, Events* events);

  const EngineOptions options_;
  const std::unique_ptr<model::Model> model_;
  const std::shared_ptr<const text::Tokenizer> tokenizer_;
  const std::shared_ptr<const constrain::TokenTrie> trie_;
  std::shared_ptr<const constrain::TokenMask> text_tokens_;
  const std::unique_ptr<KvMemory> memory_;
  ChunkReuse reuse_;

  SequenceList sequences_;  // in order of id; after memory_, whose pages they hold
  SequenceId next_id_ = 1;
  std::unordered_map<uint64_t, Owner> owners_;  // by SequenceSpec::owner; those with sequences
  StepPlanner planner_;
  Batch batch_;
  Batch probe_;
  Sampler sampler_;
  std::unique_ptr<MaskWorker> mask_worker_;  // from the first draw under a mask on
  EngineStats stats_;
  const SystemClock clock_;
  uint64_t step_calls_ = 0;
  double row_seconds_ = 0;  // of the last step
  Status poisoned_;
};

LocalEngine::LocalEngine(std::unique_ptr<model::Model> model, std::unique_ptr<KvMemory> memory,
                         std::shared_ptr<const text::Tokenizer> tokenizer,
                         std::shared_ptr<const constrain::TokenTrie> trie,
                         const EngineOptions& options)
    : options_(options),
      model_(std::move(model)),
      tokenizer_(std::move(tokenizer)),
      trie_(std::move(trie)),
      text_tokens_(TextTokens(*tokenizer_)),
      memory_(std::move(memory)),
      reuse_(*model_, options_.chunk_store, options_, *tokenizer_),
      planner_(options_, *memory_, reuse_, model_->config().layers, model_->config().context_max),
      batch_(model_->config().context_max),
      probe_(model_->config().context_max) {}

Status LocalEngine::CheckTokens(const SequenceSpec& spec) const {
  if (spec.tokens.empty()) return InvalidArgument("the prompt has no tokens");
  for (size_t i = 0; i < spec.tokens.size(); ++i) {
    if (spec.tokens[i] >= 0 && spec.tokens[i] < tokenizer_->vocabulary()) continue;
    return InvalidArgument("prompt token " + std::to_string(i) + " is " +
                           std::to_string(spec.tokens[i]) + ", not in the vocabulary of " +
                           std::to_string(tokenizer_->vocabulary()));
  }
  if (spec.private_from < -1) return InvalidArgument("private_from must be -1 or a token index");
  return reuse_.CheckSpec(spec);
}

Status LocalEngine::SetWork(SequenceSpec& spec, Sequence* s) const {
  if (auto* generate = std::get_if<GenerateSpec>(&spec.work)) {
    LMP_TRY(Generation generation,
            Generation::Make(std::move(*generate), s->prompt_size, *tokenizer_, text_tokens_));
    s->generation = std::move(generation);
  } else if (const auto* score = std::get_if<ScoreSpec>(&spec.work)) {
    if (score->count < 1 || score->count >= s->prompt_size) {
      return InvalidArgument("a score of " + std::to_string(score->count) +
                             " tokens needs a count of at least 1 and a longer prompt than " +
                             std::to_string(s->prompt_size) + " tokens");
    }
    s->score_count = score->count;
  } else if (std::holds_alternative<CompileSpec>(spec.work)) {
    s->compile = reuse_.MakeCompile(spec);
  }
  return OkStatus();
}

size_t LocalEngine::Room(uint64_t owner) const {
  const auto at = owners_.find(owner);
  return kSequencesMax - (at == owners_.end() ? 0 : at->second.sequences);
}

// Who comes anew has had as much as the least served of those that are there: what came before is
// no debt and no credit.
Owner* LocalEngine::OwnerOf(uint64_t owner) {
  uint64_t least = UINT64_MAX;
  for (const auto& [id, other] : owners_) least = std::min(least, other.rows);
  return &owners_.try_emplace(owner, Owner{.rows = owners_.empty() ? 0 : least}).first->second;
}

// No two tenants that have sequences share a salt: it is the id of the first of them.
uint64_t LocalEngine::SaltOf(const std::string& tenant) const {
  if (tenant.empty()) return 0;
  const auto same = std::find_if(sequences_.rbegin(), sequences_.rend(),
                                 [&](const auto& s) { return s->tenant == tenant; });
  return same == sequences_.rend() ? next_id_ : (*same)->salt;
}

Result<SequenceId> LocalEngine::Start(SequenceSpec spec) {
  LMP_RETURN_IF_ERROR(poisoned_);
  if (Room(spec.owner) == 0) {
    return ResourceExhausted(std::to_string(kSequencesMax) +
                             " sequences are waiting and running, which is the limit");
  }
  LMP_RETURN_IF_ERROR(CheckTokens(spec));
  cache::KvKey key;
  key.model = model_->config().name;
  key.tenant = spec.tenant;
  auto s = std::make_unique<Sequence>(next_id_, *memory_, std::move(key));
  s->prompt_size = static_cast<int>(spec.tokens.size());
  LMP_RETURN_IF_ERROR(SetWork(spec, s.get()));
  s->tokens = std::move(spec.tokens);
  s->salt = SaltOf(spec.tenant);
  s->tenant = std::move(spec.tenant);
  s->private_from = spec.private_from;
  s->retain = spec.retain;
  s->usage.prompt_tokens = s->prompt_size;
  s->usage.exact_tokens = s->prompt_size;
  s->context_tokens = spec.context_tokens;
  // Scores compare, and comparing needs exact KV (decision 11).
  if (reuse_.enabled() && s->score_count == 0) s->chunks = std::move(spec.chunks);
  s->owner = OwnerOf(spec.owner);
  ++s->owner->sequences;
  sequences_.push_back(std::move(s));
  return next_id_++;
}

void LocalEngine::Cancel(SequenceId id) {
  const auto at = std::lower_bound(sequences_.begin(), sequences_.end(), id,
                                   [](const auto& s, SequenceId want) { return s->id < want; });
  if (at != sequences_.end() && (*at)->id == id) (*at)->cancelled = true;
}

SequenceUsage UsageNow(const Sequence& s) {
  SequenceUsage usage = s.usage;
  if (s.generation.has_value()) {
    usage.generated_tokens = s.generation->count();
    usage.forced_tokens = s.generation->forced();
  }
  return usage;
}

int LocalEngine::CachedTokens(std::span<const TokenId> tokens, const std::string& tenant) const {
  if (!options_.prefix_cache || !poisoned_.ok()) return 0;
  cache::KvKey key;
  key.model = model_->config().name;
  key.tenant = tenant;
  return memory_->cache().Peek(key, tokens);
}

std::unique_ptr<Retained> LocalEngine::Retain(std::span<const TokenId> tokens,
                                              const std::string& tenant) {
  if (!options_.prefix_cache || !poisoned_.ok()) return nullptr;
  cache::KvKey key;
  key.model = model_->config().name;
  key.tenant = tenant;
  KvSpan found(*memory_, std::move(key));
  found.Match(tokens);
  found.DropPartial();
  if (found.leased() == 0) return nullptr;
  return std::make_unique<RetainedPrefix>(found.Retain());
}

SequenceUsage LocalEngine::UsageOf(SequenceId id) const {
  const auto at = std::lower_bound(sequences_.begin(), sequences_.end(), id,
                                   [](const auto& s, SequenceId want) { return s->id < want; });
  if (at == sequences_.end() || (*at)->id != id) return {};
  return UsageNow(**at);
}

Status LocalEngine::Step(Events* events) {
  LMP_RETURN_IF_ERROR(poisoned_);
  try {
    const Status status = StepOrThrow(events);
    if (!status.ok()) Poison(status, events);
  } catch (const std::exception& failure) {  // a failed invariant, or no memory
    Poison(Internal(failure.what()), events);
  }
  return poisoned_;
}

void LocalEngine::ClearCache() {
  if (!poisoned_.ok()) return;
  memory_->Clear();
}

// One step: admit and plan, compute, sample, publish.
Status LocalEngine::StepOrThrow(Events* events) {
  const size_t events_begin = events->size();
  const size_t sequences_before = sequences_.size();
  ++step_calls_;
  if (sequences_.empty()) StartJob();
  for (const auto& s : sequences_) {
    if (s->state == SequenceState::kNew) Prepare(*s);
    if (s->cancelled) s->failure = GenerationFailure{FailureKind::kCancelled, "cancelled"};
  }
  Settle(events);
  if (options_.preempt_every > 0 &&
      step_calls_ % static_cast<uint64_t>(options_.preempt_every) == 0) {
    planner_.PreemptLast(sequences_);
  }
  LMP_RETURN_IF_ERROR(Plan());
  LMP_RETURN_IF_ERROR(RunProbe());
  LMP_RETURN_IF_ERROR(RunModel());
  Settle(events);
  const bool moved = !batch_.empty() || !probe_.empty() || planner_.loaded();
  if (!moved && !sequences_.empty() && sequences_.size() == sequences_before) {
    const auto reads = [](const auto& s) { return !s->chunk_requests.empty(); };
    const auto waiting = std::find_if(sequences_.begin(), sequences_.end(), reads);
    LMP_CHECK(waiting != sequences_.end());
    reuse_.WaitForReads(**waiting);
  }
  const auto by_id = [](const SequenceEvent& a, const SequenceEvent& b) {
    const auto id = [](const auto& event) { return event.id; };
    return std::visit(id, a) < std::visit(id, b);
  };
  const auto begin = events->begin() + static_cast<ptrdiff_t>(events_begin);
  if (!std::is_sorted(begin, events->end(), by_id)) std::stable_sort(begin, events->end(), by_id);
  return OkStatus();
}

// Nothing else is to be done: computes a chunk that was asked for and not stored.
void LocalEngine::StartJob() {
  while (reuse_.has_jobs()) {
    SequenceSpec job = reuse_.NextJob();
    if (!Start(std::move(job)).ok()) continue;
    sequences_.back()->compile->internal = true;
    return;
  }
}

void LocalEngine::Prepare(Sequence& s) {
  s.state = SequenceState::kWaiting;
  if (s.generation.has_value()) s.generation->Begin(&s.tokens);
  CheckRoom(s);
}

// Fails a sequence whose next row no model or pool of this size could hold.
void LocalEngine::CheckRoom(Sequence& s) {
  if (s.generation.has_value() && s.generation->end().has_value()) return;
  const int context_max = model_config().context_max;
  const int needed = static_cast<int>(s.tokens.size()) + (s.generation.has_value() ? 1 : 0);
  const auto pool_tokens = static_cast<int64_t>(options_.kv_pages) * kPageTokens;
  if (needed > context_max) {
    s.failure = GenerationFailure{FailureKind::kOverflow, std::to_string(needed) +
                                                              " tokens do not fit the context of " +
                                                              std::to_string(context_max)};
  } else if (s.rows_end() > pool_tokens) {
    s.failure = GenerationFailure{
        FailureKind::kOverflow,
        std::to_string(s.rows_end()) + " tokens do not fit the KV pool of " +
            std::to_string(pool_tokens) + ", kv_pages = " + std::to_string(options_.kv_pages)};
  }
}

Status LocalEngine::Plan() {
  const int64_t begin_ns = ThreadCpuNs();
  const int64_t apart_ns = memory_->cpu().total() + reuse_.load_cpu_ns();
  const Status status = planner_.Plan(sequences_, &batch_, &probe_);
  stats_.plan_cpu_ns +=
      ThreadCpuNs() - begin_ns - (memory_->cpu().total() + reuse_.load_cpu_ns() - apart_ns);
  return status;
}

// The rows whose deviation decides what is computed of their chunks, next step.
Status LocalEngine::RunProbe() {
  if (probe_.empty()) return OkStatus();
  ChunkCapture capture(probe_);
  model::StepLayout& layout = probe_.Layout();
  layout.capture = &capture;
  layout.probe_layer = kCheckLayer;
  model::StepOutput output;
  const int64_t begin_ns = ThreadCpuNs();
  LMP_RETURN_IF_ERROR(model_->Step(layout, memory_->bytes(), &output));
  stats_.model_cpu_ns += ThreadCpuNs() - begin_ns;
  for (const BatchRows& rows : probe_.rows()) {
    rows.sequence->usage.probed_tokens += rows.count;
    stats_.reuse.probed_tokens += static_cast<uint64_t>(rows.count);
  }
  return capture.status();
}

Status LocalEngine::RunModel() {
  if (batch_.empty()) return OkStatus();
  model::StepOutput output;
  ChunkCapture capture(batch_);
  model::StepLayout& layout = batch_.Layout();
  if (std::any_of(batch_.rows().begin(), batch_.rows().end(),
                  [](const BatchRows& rows) { return rows.sequence->compile != nullptr; })) {
    layout.capture = &capture;
  }
  const int64_t begin_ns = ThreadCpuNs(), wall_ns = clock_.NowNs();
  std::vector<Generation*> drawing = DrawingFromBatch();
  if (!drawing.empty() && mask_worker_ == nullptr) mask_worker_ = std::make_unique<MaskWorker>();
  const bool loading = batch_.rows().front().sequence->early;
  const int64_t load_ns = reuse_.load_cpu_ns();
  if (loading) layout.gate = &reuse_;
  const MaskWorker::Work masks(mask_worker_.get(), std::move(drawing));
  LMP_RETURN_IF_ERROR(model_->Step(layout, memory_->bytes(), &output));
  if (!loading) {
    reuse_.cost().AddStep(batch_.row_count(), batch_.PairCount(),
                          static_cast<double>(clock_.NowNs() - wall_ns) * 1e-9);
  }
  masks.Join();
  LMP_RETURN_IF_ERROR(capture.status());
  if (loading && !reuse_.EndLoading(*batch_.rows().front().sequence)) {
    planner_.BackToWaiting(*batch_.rows().front().sequence);
    memory_->EndStep();
    return OkStatus();
  }
  const int64_t sample_ns = ThreadCpuNs();
  stats_.model_cpu_ns += sample_ns - begin_ns - (reuse_.load_cpu_ns() - load_ns);
  row_seconds_ = static_cast<double>(sample_ns - begin_ns) * 1e-9 / batch_.row_count();
  ++stats_.steps;
  stats_.rows += static_cast<uint64_t>(batch_.row_count());

  memory_->EndStep();
  const size_t vocabulary = static_cast<size_t>(model_config().vocabulary);
  size_t row = 0;
  for (const BatchRows& rows : batch_.rows()) {
    const size_t count = static_cast<size_t>(rows.logit_rows());
    LMP_CHECK(output.logits.size() >= (row + count) * vocabulary);
    TakeLogits(rows, output.logits.subspan(row * vocabulary, count * vocabulary));
    row += count;
  }
  LMP_CHECK(output.logit_rows == static_cast<int>(row));
  stats_.sample_cpu_ns += ThreadCpuNs() - sample_ns;
  // The pages that this step filled and that were not put into the tree ahead of it.
  for (const BatchRows& rows : batch_.rows()) {
    Sequence& s = *rows.sequence;
    s.kv.Publish(s.first(s.shareable(s.kv.computed())));
  }
  return OkStatus();
}

// The generations that draw from this step's logits under a mask, for the worker.
std::vector<Generation*> LocalEngine::DrawingFromBatch() {
  std::vector<Generation*> generations;
  if (!options_.mask_worker) return generations;
  for (const BatchRows& rows : batch_.rows()) {
    Sequence& s = *rows.sequence;
    const bool draws = rows.logit_rows() > 0 && s.generation.has_value();
    if (draws && s.generation->NeedsMask()) generations.push_back(&*s.generation);
  }
  return generations;
}

// The rows of one sequence are computed: counts them, and scores or draws. A row of the draft
// counts if its token was drawn from the row before it; the rest of the draft was never there.
void LocalEngine::TakeLogits(const BatchRows& rows, std::span<const float> logits) {
  Sequence& s = *rows.sequence;
  const int guessed = s.draft.size(), end = rows.end - guessed;
  s.kv.SetComputed(end);
  s.usage.computed_tokens += rows.count - guessed;
  s.owner->rows += static_cast<uint64_t>(rows.count);
  if (s.compile != nullptr) s.compile->seconds += row_seconds_ * rows.count;
  if (s.plan != nullptr) {
    const int repaired = s.plan->RowsRepaired(rows.first, end);
    s.usage.recomputed_tokens += repaired;
    stats_.reuse.recomputed_tokens += static_cast<uint64_t>(repaired);
  }
  const size_t vocabulary = static_cast<size_t>(model_config().vocabulary);
  int drawn = 0;
  for (int i = 0; i < rows.logit_rows(); ++i) {
    const auto row = logits.subspan(static_cast<size_t>(i) * vocabulary, vocabulary);
    const int at = rows.logits_begin + i;
    const auto next = static_cast<size_t>(at) + 1;
    if (at >= end) {
      if (s.failure.has_value() || s.generation->end().has_value()) break;
      if (s.tokens[next - 1] != s.draft.tokens()[static_cast<size_t>(at - end)]) break;
      ++drawn;
      s.kv.SetComputed(at + 1);
    }
    if (!s.generation.has_value()) {
      s.logprobs.push_back(sampler_.LogProbability(row, s.tokens[next]));
    } else if (next < s.tokens.size()) {
      if (at < end) s.generation->Score(row, sampler_, s.tokens);  // else it was jumped over
    } else {
      s.generation->Draw(row, sampler_, &s.tokens);
      s.kv.Truncate(s.generation->kept());
      CheckRoom(s);
    }
  }
  s.computed_max = std::max(s.computed_max, end + drawn);
  s.usage.computed_tokens += drawn;
  stats_.draft_rows += static_cast<uint64_t>(guessed);
  stats_.draft_drawn += static_cast<uint64_t>(drawn);
  s.draft.Judge(drawn);
}

// Publishes what became final and forgets the sequences that ended.
void LocalEngine::Settle(Events* events) {
  std::erase_if(sequences_, [&](const std::unique_ptr<Sequence>& s) {
    if (!Publish(*s, events)) return false;
    --s->owner->sequences;
    return true;
  });
  std::erase_if(owners_, [](const auto& owner) { return owner.second.sequences == 0; });
}

// True if the sequence ended.
bool LocalEngine::Publish(Sequence& s, Events* events) {
  if (s.failure.has_value() && s.generation.has_value()) {
    s.generation->Fail(s.failure->kind, s.failure->message);
  }
  if (s.generation.has_value()) {
    std::vector<TokenScore> scores = s.generation->TakeScores();
    std::string text = s.generation->TakeText();
    if (!text.empty() || !scores.empty())
      events->push_back(TextEvent{s.id, std::move(text), std::move(scores)});
  }
  if (s.failure.has_value()) {
    Fail(s, *s.failure, events);
    return true;
  }
  if (s.generation.has_value()) {
    if (!s.generation->end().has_value()) return false;
    // What it jumped over at its end has no logits yet.
    if (s.prompt_size + s.generation->scored(s.tokens) < static_cast<int>(s.tokens.size()) &&
        !std::holds_alternative<GenerationFailure>(*s.generation->end()))
      return false;
    const GenerationEnd& end = *s.generation->end();
    if (const auto* failure = std::get_if<GenerationFailure>(&end)) {
      Fail(s, *failure, events);
    } else {
      Finish(s, std::get<EndReason>(end), events);
    }
    return true;
  }
  if (s.state != SequenceState::kRunning || s.pending() > 0) return false;
  Finish(s, EndReason::kComplete, events);
  return true;
}

void LocalEngine::Finish(Sequence& s, EndReason reason, Events* events) {
  if (s.compile != nullptr) s.usage.chunk_stored = reuse_.Store(*s.compile);
  CollectUsage(s);
  ++stats_.sequences_finished;
  FinishedEvent event;
  event.id = s.id;
  event.reason = reason;
  event.logprobs = std::move(s.logprobs);
  event.usage = s.usage;
  if (s.generation.has_value()) {
    event.text = s.generation->text();
    event.tokens.assign(s.tokens.begin() + s.prompt_size, s.tokens.end());
    event.forced = s.generation->forced_at();
  }
  const int computed = s.kv.computed();
  s.kv.Donate(s.first(s.shareable(computed)));
  if (s.retain) event.retained = std::make_unique<RetainedPrefix>(s.kv.Retain());
  s.kv.Release();
  if (!s.internal()) events->push_back(std::move(event));
}

void LocalEngine::Fail(Sequence& s, GenerationFailure failure, Events* events) {
  CollectUsage(s);
  ++stats_.sequences_failed;
  s.kv.Release();
  if (s.internal()) return;
  events->push_back(FailedEvent{.id = s.id,
                                .kind = failure.kind,
                                .message = std::move(failure.message),
                                .text = s.generation.has_value() ? s.generation->text() : "",
                                .usage = s.usage});
}

void LocalEngine::CollectUsage(Sequence& s) {
  s.usage = UsageNow(s);
  const auto count = [](int n) { return static_cast<uint64_t>(n); };
  stats_.prompt_tokens += count(s.usage.prompt_tokens);
  stats_.cached_tokens += count(s.usage.cached_tokens);
  stats_.generated_tokens += count(s.usage.generated_tokens);
  stats_.forced_tokens += count(s.usage.forced_tokens);
  stats_.preemptions += count(s.usage.preemptions);
}

// What the pages hold is unknown from here on, so nothing of them may be used again.
void LocalEngine::Poison(Status error, Events* events) {
  poisoned_ = std::move(error);
  for (const auto& s : sequences_) {
    CollectUsage(*s);
    ++stats_.sequences_failed;
    events->push_back(FailedEvent{.id = s->id,
                                  .kind = FailureKind::kInternal,
                                  .message = poisoned_.message(),
                                  .text = s->generation.has_value() ? s->generation->text() : "",
                                  .usage = s->usage});
  }
  sequences_.clear();
}

EngineStats LocalEngine::stats() const {
  EngineStats stats = stats_;
  const cache::PagePool& pool = memory_->pool();
  stats.pages_total = pool.page_count();
  stats.pages_free = pool.free_count();
  stats.pages_tree = pool.tree_count();
  stats.pages_private = pool.private_count();
  stats.pages_evicted = memory_->cache().statistics().pages_evicted;
  stats.match_cpu_ns = memory_->cpu().match_ns;
  stats.insert_cpu_ns = memory_->cpu().insert_ns;
  stats.evict_cpu_ns = memory_->cpu().evict_ns;
  stats.load_cpu_ns = reuse_.load_cpu_ns();
  const uint64_t recomputed = stats.reuse.recomputed_tokens, probed = stats.reuse.probed_tokens;
  stats.reuse = reuse_.stats();
  stats.reuse.recomputed_tokens = recomputed;
  stats.reuse.probed_tokens = probed;
  stats.reuse.chunks_waiting = reuse_.job_count();
  for (const auto& s : sequences_) {
    ++(s->state == SequenceState::kRunning ? stats.sequences_running : stats.sequences_waiting);
    if (s->compile != nullptr) ++stats.reuse.chunks_waiting;
  }
  return stats;
}

Status CheckOptions(const EngineOptions& options) {
  if (options.kv_pages < 1) return InvalidArgument("kv_pages must be at least 1");
  if (options.step_tokens_max < 1) return InvalidArgument("step_tokens_max must be at least 1");
  if (options.sequences_max < 1) return InvalidArgument("sequences_max must be at least 1");
  if (options.preempt_every < 0) return InvalidArgument("preempt_every must not be negative");
  return OkStatus();
}

}  // namespace

Result<std::unique_ptr<Engine>> MakeLocalEngine(std::unique_ptr<model::Model> model,
                                                std::shared_ptr<const text::Tokenizer> tokenizer,
                                                std::shared_ptr<const constrain::TokenTrie> trie,
                                                const EngineOptions& options) {
  LMP_RETURN_IF_ERROR(CheckOptions(options));
  if (tokenizer->vocabulary() > model->config().vocabulary) {
    return InvalidArgument("the tokenizer has " + std::to_string(tokenizer->vocabulary()) +
                           " tokens, the model only " + std::to_string(model->config().vocabulary));
  }
  if (options.chunk_store != nullptr) {
    LMP_RETURN_IF_ERROR(CheckChunkStore(*options.chunk_store, *model));
  }
  if (trie == nullptr) trie = std::make_shared<const constrain::TokenTrie>(*tokenizer);
  LMP_TRY(std::unique_ptr<KvMemory> memory,
          KvMemory::Make(*model,
                         {.page_count = options.kv_pages, .prefix_cache = options.prefix_cache}));
  return std::unique_ptr<Engine>(std::make_unique<LocalEngine>(
      std::move(model), std::move(memory), std::move(tokenizer), std::move(trie), options));
}

const cache::PrefixCache* CacheOf(const Engine& engine) {
  const auto* local = dynamic_cast<const LocalEngine*>(&engine);
  return local == nullptr ? nullptr : local->cache();
}

}  // namespace lmp::engine
